"""From pages that gave a text to articles, revisions and changes; within one transaction.

The change lock is held from before the first look-up to the end of the transaction, so that
nobody else makes the same article at the same time, and changes become visible in the order
of their ids. Found by, in this order:

    the article this page led to before ─▶ the agency's own number ─▶ the announced address
    ─▶ the address after redirects ─▶ the page's own canonical, where it can be believed
    ─▶ a twin of these (AMP, mobile, print, www.) that carries the same text

Where they lead to several articles, or a page's text has become that of an article under a twin,
folding.py makes them one if their texts agree. An article that a person had removed is found like
any other, and stays removed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.fetch.folder import is_folder
from ingest.identity.articles import ArticleKeys, article_keys, confirms_twin
from ingest.identity.revisions import RECENT_TEXTS, Text, is_flapping, is_restless, what_changed
from ingest.identity.stories import link_items
from ingest.model import Item
from ingest.pipeline.folding import fold, fold_twins, forget_folded
from ingest.pipeline.ledger import (
    Ledger,
    add_article,
    advance,
    article_of,
    change_of,
    free_number,
    new_revision,
    remember_urls,
    url_of,
)
from ingest.pipeline.our_doing import is_our_doing
from ingest.pipeline.placing import find_corrected, held_by, place_item
from ingest.pipeline.stories import PostgresStoryIndex
from ingest.pipeline.story_changes import story_changes
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage import folding, search
from ingest.storage import story as stories
from ingest.storage.article import LearntKeys
from ingest.storage.story import StoryMembership, StoryRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ingest.pipeline.outcomes import PageOutcome
    from ingest.storage.article import CurrentRevision, NewRevision
    from ingest.storage.change import Change
    from ingest.storage.queries import Connection


_CAUSES = ("live", "person", "reprocess", "backfill")  # of a batch the first counts for its merges


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of some pages.

    Attributes:
        article_of_page: the article of each page that has one.
        holding_removed: the pages of a wire's documents that hold an item that was removed: their
            bytes may not be kept.
    """

    article_of_page: Mapping[int, int]
    holding_removed: frozenset[int] = frozenset()


def publish(connection: Connection, outcomes: Sequence[PageOutcome]) -> Published:
    """Find or make the article of each outcome, store new texts, publish the changes."""
    speaking = [one for outcome in outcomes for one in _told_apart(outcome)]
    if not speaking:
        return Published(article_of_page={})
    changes.lock_changes(connection)
    keys = [keys_of(outcome) for outcome in speaking]
    ledger = _open_ledger(connection, speaking, keys)
    texts: list[tuple[PageOutcome, int]] = []  # the new ones, with their articles
    drawn = iter(articles.draw_article_ids(connection, len(speaking)))
    for outcome, own in zip(speaking, keys, strict=True):
        if outcome.is_withdrawn:
            _withdraw(ledger, outcome)
            continue
        found = _find(ledger, outcome, own)
        is_known = found is not None
        found = next(drawn) if found is None else found
        if outcome.dispatch is not None:
            is_new = place_item(ledger, outcome, outcome.dispatch, own, found)
        elif is_known:
            is_new = _revise(connection, ledger, outcome, own, found)
        else:
            is_new = add_article(ledger, outcome, own, found)
        if is_new or found in ledger.grown:
            ledger.grown.discard(found)
            texts.append((outcome, found))
        _remember_page(ledger, outcome, found, is_new=is_new)
    _write_articles(connection, ledger)
    _link_stories(connection, ledger, texts)
    _write_changes(connection, ledger)
    return Published(
        article_of_page=ledger.article_of_page, holding_removed=frozenset(ledger.holding_removed)
    )


def _remember_page(ledger: Ledger, outcome: PageOutcome, article_id: int, *, is_new: bool) -> None:
    """Remember what a page leads to; of a document of many items the first that was not removed."""
    page, dispatch, current = outcome.page, outcome.dispatch, ledger.current.get(article_id)
    if current is None:  # a withdrawal of what never came, or nothing for readers
        return
    known = ledger.current.get(ledger.article_of_page.get(page.id, 0))
    if known is None or known.state == "removed":
        ledger.article_of_page[page.id] = article_id
    if dispatch is None:
        return
    if current.state == "removed":
        ledger.holding_removed.add(page.id)
    elif not is_new and (is_folder(page.url) or page.url != dispatch.url):
        ledger.new_urls.append(held_by(outcome, article_id))


def _told_apart(outcome: PageOutcome) -> Iterator[PageOutcome]:
    """Yield an outcome that says something, a wire's once for each of its items."""
    for dispatch in outcome.dispatches:
        yield replace(outcome, dispatches=(), dispatch=dispatch, article=dispatch.article)
    if outcome.article or outcome.is_withdrawn:
        yield outcome


def keys_of(outcome: PageOutcome) -> ArticleKeys:
    """Return what may find the article of an outcome; an item of a wire has its own key alone."""
    article = outcome.article
    if outcome.dispatch is not None:
        canonical = article.canonical if article else None
        return ArticleKeys(number=outcome.dispatch.key, urls=(), twins=(), canonical=canonical)
    return article_keys(
        outcome.page.url,
        final=outcome.reply.final_url if outcome.reply else None,
        canonical=article.canonical if article else None,
        links=article.links if article else (),
        source=outcome.source,
    )


def _open_ledger(
    connection: Connection, outcomes: Sequence[PageOutcome], keys: Sequence[ArticleKeys]
) -> Ledger:
    """Look up everything the outcomes may be found by, in four queries."""
    url_keys = {key for found in keys for key in found.urls}
    twins = {number for found in keys for number in found.twins}
    numbers = {
        (outcome.page.source_id, own.number)
        for outcome, own in zip(outcomes, keys, strict=True)
        if own.number
    }
    ledger = Ledger(
        of_url=articles.articles_of_urls(connection, url_keys),
        of_twin=articles.articles_of_twins(connection, twins),
        of_agency_key=articles.articles_of_agency_keys(connection, numbers),
    )
    ids = {*ledger.of_url.values(), *ledger.of_agency_key.values()}
    ids |= {article_id for found in ledger.of_twin.values() for article_id in found}
    ids |= {outcome.page.article_id for outcome in outcomes if outcome.page.article_id}
    while ids:
        ledger.current |= articles.current_revisions(connection, ids)
        ids = {current.folded_into for current in ledger.current.values() if current.folded_into}
        ids -= ledger.current.keys()
    return ledger


def _find(ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys) -> int | None:
    page = outcome.page
    if outcome.dispatch is not None:  # several articles may stand in a wire's document
        known_item = ledger.of_agency_key.get((page.source_id, keys.number or ""))
        return find_corrected(ledger, outcome) if known_item is None else known_item
    known = [] if page.article_id is None else [ledger.now(page.article_id)]
    if keys.number is not None:
        known += filter(None, [ledger.of_agency_key.get((page.source_id, keys.number))])
    known += [ledger.of_url[key] for key in keys.urls if key in ledger.of_url]
    found = [article_id for article_id in dict.fromkeys(known) if article_id in ledger.current]
    if not found:
        return _find_twin(ledger, outcome, keys)
    one = fold(ledger, outcome, found)
    twins = [other for twin in keys.twins for other in ledger.of_twin.get(twin, ())]
    return fold_twins(
        ledger, outcome, one, [other for other in dict.fromkeys(twins) if other != one]
    )


def _find_twin(ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys) -> int | None:
    """Return the article under a twin of the page's addresses, if the text is the same."""
    body = article_of(outcome).body
    for twin in keys.twins:
        for article_id in ledger.of_twin.get(twin, ()):
            current = ledger.current[article_id]
            if current.article is None or confirms_twin(body, current.article.body):
                return article_id
    return None


def _revise(
    connection: Connection,
    ledger: Ledger,
    outcome: PageOutcome,
    keys: ArticleKeys,
    article_id: int,
) -> bool:
    """Store the text if it is new to the article, and say so; return whether it was."""
    current = ledger.current[article_id]
    remember_urls(ledger, keys, article_id, outcome)
    if current.state == "removed" or current.article is None:
        return False
    revision = new_revision(outcome, article_id, current.revision + 1)
    is_new = _is_new_text(connection, current, revision) and not is_our_doing(
        connection, current, outcome, revision.article
    )
    is_back = current.state == "withdrawn"
    if not is_new and not is_back:
        _learn_keys(ledger, current, outcome, keys)
        return False
    what = what_changed(current.article, revision.article) if is_new else ()
    if is_new:
        ledger.revisions.append(revision)
        current = replace(
            current,
            revision=revision.number,
            digests=[*current.digests, revision.digest],
            page_id=outcome.page.id,
            fetched_at=revision.fetched_at,
            article=revision.article,
        )
    current = replace(current, state="live")
    ledger.current[article_id] = current
    number = free_number(ledger, current, outcome, keys)
    ledger.advances[article_id] = advance(current, outcome, replace(keys, number=number))
    back = ("returned",) if is_back else ()
    ledger.changes.append(change_of(outcome, current, "revised", [*what, *back]))
    return is_new


def _learn_keys(
    ledger: Ledger, current: CurrentRevision, outcome: PageOutcome, keys: ArticleKeys
) -> None:
    """Keep a number or a canonical address that the article's page did not tell before."""
    number = current.agency_key or free_number(ledger, current, outcome, keys)
    canonical = keys.canonical or current.canonical
    if (number, canonical) == (current.agency_key, current.canonical):
        return
    ledger.current[current.article_id] = replace(current, agency_key=number, canonical=canonical)
    ledger.learnt.append(LearntKeys(id=current.article_id, canonical=canonical, agency_key=number))


def _is_new_text(connection: Connection, current: CurrentRevision, revision: NewRevision) -> bool:
    if is_flapping(current.digests, revision.digest):
        return False
    is_other_page = revision.page_id != current.page_id
    if is_other_page and revision.digest in current.digests:  # a twin that lags behind
        return False
    if len(current.digests) <= 2:  # too few to tell a counter from a correction
        return True
    texts = articles.recent_texts(connection, current.article_id, most=RECENT_TEXTS)
    history = [Text(title=title, standfirst=stand, body=body) for title, stand, body in texts]
    return not is_restless(history, Text.of(revision.article))


def _withdraw(ledger: Ledger, outcome: PageOutcome) -> None:
    article_id = outcome.page.article_id
    current = None if article_id is None else ledger.current.get(ledger.now(article_id))
    if current is None or current.state != "live":
        return
    gone = replace(current, state="withdrawn")
    ledger.current[current.article_id] = gone
    ledger.advances[current.article_id] = advance(gone, outcome, None)
    ledger.changes.append(change_of(outcome, gone, "withdrawn", ["withdrawn"]))


def _link_stories(
    connection: Connection,
    ledger: Ledger,
    texts: Sequence[tuple[PageOutcome, int]],
) -> None:
    """Give every new text's article its story, and publish the new articles and the merges."""
    texts = [(one, article_id) for one, article_id in texts if _is_live(ledger, article_id)]
    if not texts:
        return
    arrived = texts[-1][0].at
    index = PostgresStoryIndex(connection, now=arrived)
    shared = set()  # stories that have more than one article, and may have another original
    items = [_item_of(outcome, article_id) for outcome, article_id in texts]
    links = link_items(items, index, arrived=arrived)
    for (outcome, article_id), link in zip(texts, links, strict=True):
        current = ledger.current[article_id]
        story = int(index.now(link.story))
        if link.of is not None or current.story_id is not None:
            shared.add(story if current.story_id is None else current.story_id)
        if current.story_id is None:
            ledger.stories.append(
                StoryRow(id=story, original_id=story, reason="seen first", at=outcome.at)
            )
            ledger.memberships.append(
                StoryMembership(
                    id=article_id,
                    story_id=story,
                    relation=link.relation.value,
                    of_id=None if link.of is None else int(link.of),
                    score=link.score,
                )
            )
            ledger.current[article_id] = replace(current, story_id=story)
            ledger.changes.append(change_of(outcome, ledger.current[article_id], "new", []))
    ledger.moved += index.moved
    ledger.shared = {int(index.now(str(story))) for story in {*ledger.shared, *shared}}


def _is_live(ledger: Ledger, article_id: int) -> bool:
    return ledger.current[article_id].state == "live"


def _item_of(outcome: PageOutcome, article_id: int) -> Item:
    article = article_of(outcome)
    return Item(
        id=str(article_id),
        source=outcome.source.slug,
        language=article.language,
        title=article.title,
        published=None if article.published is None else article.published.at,
        body=article.body,
        url=url_of(outcome),
    )


def _write_articles(connection: Connection, ledger: Ledger) -> None:
    articles.add_articles(connection, ledger.new_articles)
    articles.add_article_urls(connection, ledger.new_urls)
    articles.add_revisions(connection, ledger.revisions)
    folding.fold_articles(connection, ledger.folded_now)
    articles.advance_articles(connection, list(ledger.advances.values()))
    articles.learn_keys(connection, ledger.learnt)
    search.make_due(connection, {revision.article_id for revision in ledger.revisions})


def _write_changes(connection: Connection, ledger: Ledger) -> None:
    """Write stories and changes; the changes last, just before the end of the transaction."""
    stories.add_stories(connection, ledger.stories)
    stories.link_stories(connection, ledger.memberships)
    forget_folded(connection, ledger)
    fresh = {change.article for change in ledger.changes if change.kind == "new"}
    told = story_changes(
        connection,
        ledger.moved,
        ledger.shared,
        at=max((change.at for change in ledger.changes), default=None),
        cause=min((change.cause for change in ledger.changes), key=_CAUSES.index, default="live"),
    )
    told = [change for change in told if change.article not in fresh]
    changes.publish_changes(connection, [*_in_order(ledger.changes, fresh), *told])


def _in_order(found: Sequence[Change], fresh: AbstractSet[int]) -> list[Change]:
    """Return what is new before what became of it; a second text of it was new with it."""
    told = (one for one in found if one.kind != "revised" or one.article not in fresh)
    return sorted(told, key=lambda change: change.kind != "new")
