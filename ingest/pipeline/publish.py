"""From pages that gave a text to articles, revisions and changes; within one transaction.

The change lock is held from before the first look-up to the end of the transaction, so that
nobody else makes the same article at the same time, and changes become visible in the order
of their ids. Found by, in this order:

    the article this page led to before ─▶ the agency's own number ─▶ the announced address
    ─▶ the address after redirects ─▶ the page's own canonical, where it can be believed
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingest.identity.articles import ArticleKeys, article_keys
from ingest.identity.revisions import (
    RECENT_TEXTS,
    Text,
    is_flapping,
    is_restless,
    text_digest,
    what_changed,
)
from ingest.model import Relation
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage.article import (
    Advance,
    ArticleURL,
    CurrentRevision,
    NewArticle,
    NewRevision,
    StoryMembership,
    StoryRow,
)
from ingest.storage.change import Change
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.model import Article
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection


@dataclass(slots=True)
class Ledger:
    """What one transaction is about to write, and what it knows so far."""

    of_url: dict[str, int] = field(default_factory=dict)
    of_agency_key: dict[tuple[int, str], int] = field(default_factory=dict)
    current: dict[int, CurrentRevision] = field(default_factory=dict)
    new_articles: list[NewArticle] = field(default_factory=list)
    new_urls: list[ArticleURL] = field(default_factory=list)
    revisions: list[NewRevision] = field(default_factory=list)
    advances: dict[int, Advance] = field(default_factory=dict)
    stories: list[StoryRow] = field(default_factory=list)
    memberships: list[StoryMembership] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    article_of_page: dict[int, int] = field(default_factory=dict)


def publish(
    connection: Connection, service: Service, outcomes: Sequence[PageOutcome]
) -> dict[int, int]:
    """Find or make the article of each outcome, store new texts, publish the changes.

    Returns:
        The article of each page that has one, by page id.
    """
    speaking = [outcome for outcome in outcomes if outcome.article or outcome.is_withdrawn]
    if not speaking:
        return {}
    changes.lock_changes(connection)
    keys = {outcome.page.id: keys_of(outcome) for outcome in speaking}
    ledger = _open_ledger(connection, speaking, keys)
    fresh: list[tuple[PageOutcome, int]] = []
    drawn = iter(articles.draw_article_ids(connection, len(speaking)))
    for outcome in speaking:
        if outcome.is_withdrawn:
            _withdraw(ledger, outcome)
            continue
        found = _find(ledger, outcome, keys[outcome.page.id])
        if found is None:
            found = next(drawn)
            _add_article(ledger, outcome, keys[outcome.page.id], found)
            fresh.append((outcome, found))
        else:
            _revise(connection, ledger, outcome, keys[outcome.page.id], found)
        ledger.article_of_page[outcome.page.id] = found
    _link_stories(connection, service, ledger, fresh)
    _write(connection, ledger)
    return ledger.article_of_page


def keys_of(outcome: PageOutcome) -> ArticleKeys:
    """Return what may find the article of an outcome."""
    article = outcome.article
    return article_keys(
        outcome.page.url,
        final=outcome.reply.final_url if outcome.reply else None,
        canonical=article.canonical if article else None,
        links=article.links if article else (),
        source=outcome.source,
    )


def _open_ledger(
    connection: Connection, outcomes: Sequence[PageOutcome], keys: dict[int, ArticleKeys]
) -> Ledger:
    """Look up everything the outcomes may be found by, in three queries."""
    url_keys = {key for found in keys.values() for key in found.urls}
    numbers = {
        (outcome.page.source_id, number)
        for outcome in outcomes
        if (number := keys[outcome.page.id].number)
    }
    ledger = Ledger(
        of_url=articles.articles_of_urls(connection, url_keys),
        of_agency_key=articles.articles_of_agency_keys(connection, numbers),
    )
    ids = {*ledger.of_url.values(), *ledger.of_agency_key.values()}
    ids |= {outcome.page.article_id for outcome in outcomes if outcome.page.article_id}
    ledger.current = articles.current_revisions(connection, ids)
    return ledger


def _find(ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys) -> int | None:
    page = outcome.page
    if page.article_id is not None and page.article_id in ledger.current:
        return page.article_id
    if keys.number is not None:
        found = ledger.of_agency_key.get((page.source_id, keys.number))
        if found is not None:
            return found
    return next((ledger.of_url[key] for key in keys.urls if key in ledger.of_url), None)


def _add_article(ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys, article_id: int) -> None:
    page = outcome.page
    ledger.new_articles.append(
        NewArticle(
            id=article_id,
            source_id=page.source_id,
            agency_key=keys.number,
            url=page.url,
            canonical=keys.canonical,
            at=outcome.at,
        )
    )
    if keys.number is not None:
        ledger.of_agency_key[(page.source_id, keys.number)] = article_id
    _remember_urls(ledger, keys, article_id, outcome)
    revision = _new_revision(outcome, article_id, 1)
    ledger.revisions.append(revision)
    ledger.current[article_id] = CurrentRevision(
        article_id=article_id,
        source_id=page.source_id,
        state="live",
        revision=1,
        story_id=None,
        url=page.url,
        digests=[revision.digest],
        article=revision.article,
    )


def _revise(
    connection: Connection,
    ledger: Ledger,
    outcome: PageOutcome,
    keys: ArticleKeys,
    article_id: int,
) -> None:
    """Store the text if it is new to the article; say so, or that the article is back."""
    current = ledger.current[article_id]
    _remember_urls(ledger, keys, article_id, outcome)
    if current.state == "removed" or current.article is None:
        return
    revision = _new_revision(outcome, article_id, current.revision + 1)
    is_new = _is_new_text(connection, current, revision)
    is_back = current.state == "withdrawn"
    if not is_new and not is_back:
        return
    what = what_changed(current.article, revision.article) if is_new else ()
    if is_new:
        ledger.revisions.append(revision)
        current = replace(
            current,
            revision=revision.number,
            digests=[*current.digests, revision.digest],
            article=revision.article,
        )
    current = replace(current, state="live")
    ledger.current[article_id] = current
    number = _free_number(ledger, current, outcome, keys)
    ledger.advances[article_id] = _advance(current, outcome, replace(keys, number=number))
    back = ("returned",) if is_back else ()
    ledger.changes.append(_change(outcome, current, "revised", [*what, *back]))


def _free_number(
    ledger: Ledger, current: CurrentRevision, outcome: PageOutcome, keys: ArticleKeys
) -> str | None:
    """Return the agency's number, unless it is another source's or another article's."""
    if keys.number is None or current.source_id != outcome.page.source_id:
        return None
    holder = ledger.of_agency_key.setdefault((current.source_id, keys.number), current.article_id)
    return keys.number if holder == current.article_id else None


def _is_new_text(connection: Connection, current: CurrentRevision, revision: NewRevision) -> bool:
    if is_flapping(current.digests, revision.digest):
        return False
    if len(current.digests) <= 2:  # too few to tell a counter from a correction
        return True
    texts = articles.recent_texts(connection, current.article_id, most=RECENT_TEXTS)
    history = [Text(title=title, standfirst=stand, body=body) for title, stand, body in texts]
    return not is_restless(history, Text.of(revision.article))


def _withdraw(ledger: Ledger, outcome: PageOutcome) -> None:
    article_id = outcome.page.article_id
    current = ledger.current.get(article_id) if article_id is not None else None
    if current is None or current.state != "live":
        return
    gone = replace(current, state="withdrawn")
    ledger.current[current.article_id] = gone
    ledger.advances[current.article_id] = _advance(gone, outcome, None)
    ledger.changes.append(_change(outcome, gone, "withdrawn", ["withdrawn"]))


def _link_stories(
    connection: Connection,
    service: Service,
    ledger: Ledger,
    fresh: Sequence[tuple[PageOutcome, int]],
) -> None:
    """Give every new article its story, and publish it."""
    if not fresh:
        return
    since = fresh[0][0].at - service.settings.story_window
    digests = {row.article_id: row.digest for row in ledger.revisions if row.number == 1}
    same = articles.articles_of_digests(connection, set(digests.values()), since=since)
    twins = {digest: (found.id, found.story_id) for digest, found in same.items()}
    story_ids = iter(articles.draw_story_ids(connection, len(fresh)))
    for outcome, article_id in fresh:
        digest = digests[article_id]
        twin, story = twins.get(digest, (None, None))
        is_copy = twin is not None and story is not None
        if story is None:
            story = next(story_ids)
            ledger.stories.append(
                StoryRow(id=story, original_id=article_id, reason="earliest", at=outcome.at)
            )
        twins.setdefault(digest, (article_id, story))
        ledger.memberships.append(
            StoryMembership(
                id=article_id,
                story_id=story,
                relation=(Relation.COPY if is_copy else Relation.ORIGINAL).value,
                of_id=twin if is_copy else None,
                score=1.0 if is_copy else None,
            )
        )
        current = replace(ledger.current[article_id], story_id=story)
        ledger.current[article_id] = current
        ledger.changes.append(_change(outcome, current, "new", []))


def _write(connection: Connection, ledger: Ledger) -> None:
    """Write the ledger; changes last, just before the end of the transaction."""
    articles.add_articles(connection, ledger.new_articles)
    articles.add_article_urls(connection, ledger.new_urls)
    articles.add_revisions(connection, ledger.revisions)
    articles.advance_articles(connection, list(ledger.advances.values()))
    articles.add_stories(connection, ledger.stories)
    articles.link_stories(connection, ledger.memberships)
    changes.publish_changes(connection, ledger.changes)


def _remember_urls(
    ledger: Ledger, keys: ArticleKeys, article_id: int, outcome: PageOutcome
) -> None:
    article = outcome.article
    spoken = {outcome.page.url: "announced"}
    if outcome.reply is not None:
        spoken.setdefault(outcome.reply.final_url, "redirect")
    if keys.canonical is not None:
        spoken.setdefault(keys.canonical, "canonical")
    for link in article.links if article else ():
        spoken.setdefault(link, "link")
    for url, why in spoken.items():
        key = url_key(url)
        if key in keys.urls and key not in ledger.of_url:
            ledger.of_url[key] = article_id
            ledger.new_urls.append(
                ArticleURL(url_key=key, article_id=article_id, url=url, why=why, seen_at=outcome.at)
            )


def _article_of(outcome: PageOutcome) -> Article:
    if outcome.article is None:
        raise ValueError(f"page {outcome.page.id} gave no article")
    return outcome.article


def _new_revision(outcome: PageOutcome, article_id: int, number: int) -> NewRevision:
    article = _article_of(outcome)
    return NewRevision(
        article_id=article_id,
        number=number,
        cause=outcome.page.cause,
        digest=text_digest(article.title, article.standfirst, article.body),
        article=article,
        page_id=outcome.page.id,
        fetched_at=outcome.row.fetched_at or outcome.at,
        stored_at=outcome.at,
    )


def _advance(current: CurrentRevision, outcome: PageOutcome, keys: ArticleKeys | None) -> Advance:
    return Advance(
        id=current.article_id,
        revision=current.revision,
        state=current.state,
        canonical=keys.canonical if keys else None,
        agency_key=keys.number if keys else None,
        at=outcome.at,
    )


def _change(outcome: PageOutcome, current: CurrentRevision, kind: str, what: list[str]) -> Change:
    return Change(
        at=outcome.at,
        kind=kind,
        cause=outcome.page.cause,
        changed=what,
        article=current.article_id,
        source=outcome.source.slug,
        revision=current.revision,
        story=current.story_id,
    )
