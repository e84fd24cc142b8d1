"""What one transaction is about to publish: entered here first, written by `publish` at its end.

    a page's outcome ──────── publish ──┐
                                        ├─▶ Ledger ─▶ articles, texts, stories, changes
    an item of a wire ─ placing ────────┘

The ledger also answers for what it holds already: an article that is about to be made is found
like one that is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from ingest.identity.revisions import text_digest
from ingest.identity.versions import Standing
from ingest.storage.article import (
    Advance,
    ArticleURL,
    CurrentRevision,
    LearntKeys,
    NewArticle,
    NewRevision,
)
from ingest.storage.change import Change
from ingest.storage.folding import FoldedArticle
from ingest.storage.story import MovedArticle, StoryMembership, StoryRow
from ingest.urls import twin_number, url_key

if TYPE_CHECKING:
    from ingest.identity.articles import ArticleKeys
    from ingest.model import Article
    from ingest.pipeline.outcomes import PageOutcome

Key = TypeVar("Key")


@dataclass(slots=True)
class Ledger:
    """What one transaction is about to write, and what it knows so far."""

    of_url: dict[str, int] = field(default_factory=dict)
    of_twin: dict[int, list[int]] = field(default_factory=dict)
    of_agency_key: dict[tuple[int, str], int] = field(default_factory=dict)
    current: dict[int, CurrentRevision] = field(default_factory=dict)
    new_articles: list[NewArticle] = field(default_factory=list)
    new_urls: list[ArticleURL] = field(default_factory=list)
    learnt: list[LearntKeys] = field(default_factory=list)
    revisions: list[NewRevision] = field(default_factory=list)
    advances: dict[int, Advance] = field(default_factory=dict)
    stories: list[StoryRow] = field(default_factory=list)
    memberships: list[StoryMembership] = field(default_factory=list)
    moved: list[MovedArticle] = field(default_factory=list)
    shared: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    article_of_page: dict[int, int] = field(default_factory=dict)
    holding_removed: set[int] = field(default_factory=set)
    folded_now: list[FoldedArticle] = field(default_factory=list)
    grown: set[int] = field(default_factory=set)  # what others were folded into, not linked since

    def now(self, article_id: int) -> int:
        """Return the article that one is now: another where it was folded."""
        while article_id in self.current:
            into = self.current[article_id].folded_into
            if into is None:
                break
            article_id = into
        return article_id

    def fold(self, folded: FoldedArticle) -> None:
        """Enter that an article is another one from now on: whatever found it finds that."""
        gone, into = folded.id, folded.into
        self.current[gone] = replace(
            self.current[gone], state="folded", agency_key=None, folded_into=into
        )
        self.folded_now.append(folded)
        self.advances.pop(gone, None)
        self.learnt = [keys for keys in self.learnt if keys.id != gone]
        self.grown.add(into)
        _lead_to(self.of_url, gone, into)
        _lead_to(self.of_agency_key, gone, into)
        _lead_to(self.article_of_page, gone, into)
        for number, article_ids in self.of_twin.items():
            self.of_twin[number] = [into if one == gone else one for one in article_ids]


def _lead_to(found: dict[Key, int], gone: int, into: int) -> None:
    for key in [key for key, article_id in found.items() if article_id == gone]:
        found[key] = into


def add_article(ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys, article_id: int) -> bool:
    """Enter an article with its first text; return that the text is new."""
    page, standing = outcome.page, standing_of(outcome)
    ledger.new_articles.append(
        NewArticle(
            id=article_id,
            source_id=page.source_id,
            agency_key=keys.number,
            url=url_of(outcome),
            canonical=keys.canonical,
            at=outcome.at,
            wire_version=standing.version,
            wire_at=standing.released,
        )
    )
    if keys.number is not None:
        ledger.of_agency_key[(page.source_id, keys.number)] = article_id
    remember_urls(ledger, keys, article_id, outcome)
    revision = new_revision(outcome, article_id, 1)
    ledger.revisions.append(revision)
    ledger.current[article_id] = CurrentRevision(
        article_id=article_id,
        source_id=page.source_id,
        state="live",
        revision=1,
        story_id=None,
        url=url_of(outcome),
        canonical=keys.canonical,
        agency_key=keys.number,
        digests=[revision.digest],
        page_id=page.id,
        fetched_at=revision.fetched_at,
        article=revision.article,
        wire=revision.wire,
        wire_version=standing.version,
        wire_at=standing.released,
    )
    return True


def remember_urls(ledger: Ledger, keys: ArticleKeys, article_id: int, outcome: PageOutcome) -> None:
    """Enter the addresses an article was seen under; one that leads to another is left to it."""
    if not keys.urls:
        return  # an item of a wire: its own key finds it
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
                ArticleURL(
                    url_key=key,
                    twins=twin_number(url),
                    article_id=article_id,
                    url=url,
                    why=why,
                    seen_at=outcome.at,
                )
            )
            ledger.of_twin.setdefault(twin_number(url), []).append(article_id)


def free_number(
    ledger: Ledger, current: CurrentRevision, outcome: PageOutcome, keys: ArticleKeys
) -> str | None:
    """Return the agency's number, unless it is another source's or another article's."""
    if keys.number is None or current.source_id != outcome.page.source_id:
        return None
    holder = ledger.of_agency_key.setdefault((current.source_id, keys.number), current.article_id)
    return keys.number if holder == current.article_id else None


def new_revision(outcome: PageOutcome, article_id: int, number: int) -> NewRevision:
    """Return what an outcome yields as its article's text of this number."""
    article = article_of(outcome)
    return NewRevision(
        article_id=article_id,
        number=number,
        cause=outcome.page.cause,
        digest=text_digest(article.title, article.standfirst, article.body),
        article=article,
        page_id=outcome.page.id,
        fetched_at=outcome.row.fetched_at or outcome.at,
        stored_at=outcome.at,
        wire=outcome.dispatch.facts if outcome.dispatch else None,
    )


def advance(current: CurrentRevision, outcome: PageOutcome, keys: ArticleKeys | None) -> Advance:
    """Return what an article's row is to say from now on."""
    return Advance(
        id=current.article_id,
        revision=current.revision,
        state=current.state,
        canonical=keys.canonical if keys else None,
        agency_key=keys.number if keys else None,
        at=outcome.at,
        wire_version=current.wire_version,
        wire_at=current.wire_at,
    )


def change_of(outcome: PageOutcome, current: CurrentRevision, kind: str, what: list[str]) -> Change:
    """Return what consumers are to be told of an article."""
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


def standing_of(outcome: PageOutcome) -> Standing:
    """Return how far an item of a wire has come; of a page nothing is known."""
    return outcome.dispatch.standing if outcome.dispatch else Standing()


def url_of(outcome: PageOutcome) -> str:
    """Return where an article is known to be."""
    return outcome.dispatch.url if outcome.dispatch else outcome.page.url


def article_of(outcome: PageOutcome) -> Article:
    """Return what an outcome yields, where it is known to yield anything."""
    if outcome.article is None:
        raise ValueError(f"page {outcome.page.id} gave no article")
    return outcome.article
