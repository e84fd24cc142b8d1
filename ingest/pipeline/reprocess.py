"""The raw archive, read again with the present extractor and the present boilerplate.

    live articles in order of their numbers, a few at a time
        │  the very bytes that the newest text was read from, all parts of them
        ▼
    read in a child process ── no article now, or not archived any more ──▶ counted, left as it is
        │                                         same text ──▶ left as it is
        ▼
    one short transaction under the change lock: the text is still the one we compared with?
        ▶ revision, the story index, a change `revised` of cause `reprocess`, and how far we came

Live work goes on meanwhile: nothing is read while the lock is held, and whoever revised an article
in between wins. A run that was interrupted goes on where it ended. What the agency took back, and
what a person had removed, is not touched.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from ingest.errors import DiskShort, ExtractError, WireError
from ingest.extract.engine import ENGINE
from ingest.extract.parts import join_parts
from ingest.identity.revisions import Text, is_same_text, text_digest, what_changed
from ingest.identity.stories import link_items
from ingest.model import Item, Reply
from ingest.pipeline.believe import complete_article
from ingest.pipeline.boilerplate import NOTHING_ELSE, without_boilerplate
from ingest.pipeline.stories import PostgresStoryIndex
from ingest.pipeline.story_changes import story_changes
from ingest.pipeline.trial import WIRES, PageKillsReader, Trial
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage import page as pages
from ingest.storage import reprocess as places
from ingest.storage import search
from ingest.storage.article import Advance, NewRevision
from ingest.storage.change import Change
from ingest.storage.reprocess import ReadingPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ingest.model import Article, Source
    from ingest.pipeline.dispatch import Reading
    from ingest.pipeline.service import Service
    from ingest.storage.article import CurrentRevision
    from ingest.storage.page import Announcement, RawPage
    from ingest.storage.queries import Connection
    from ingest.storage.reprocess import ReadableArticle

log = structlog.get_logger(__name__)

BATCH: Final = 20  # articles; the change lock is held for the few of them that changed
CAUSE: Final = "reprocess"
UNCHANGED, REVISED = "unchanged", "revised"
NO_ARTICLE, NOT_ARCHIVED, BROKEN = "no_article", "not_archived", "broken"
OVERTAKEN = "overtaken"  # revised, withdrawn or removed by others while it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """An article whose text is another now, or would be."""

    article: int
    source: str
    url: str
    revision: int
    changed: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a reading.

    Attributes:
        articles: how many it has to do with, those of an interrupted run included.
        resumed_after: the article that the interrupted run ended with; None where none was.
        counts: articles by what became of them.
        revised: those of this run whose text changed.
        reasons: why some give no article now: a sentence to how many say so.
    """

    articles: int = 0
    resumed_after: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    revised: list[Revised] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """Count one article."""
        self.counts[what] = self.counts.get(what, 0) + 1

    @property
    def done(self) -> int:
        """How many articles were read, those of an interrupted run included."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereading:
    """An article of the archive as it reads now; `was` is what it was compared with."""

    row: ReadableArticle
    article: Article
    was: CurrentRevision
    wire: dict[str, Any] | None = None


class Reprocess:
    """One run over the archive.

    Args:
        source: slug; None for all.
        since: only texts fetched from then on.
        scope: what the person asked for: the same words go on with an interrupted run.
        dry_run: says what would change and stores nothing, not even how far it came.
        batch: articles a transaction.
    """

    def __init__(
        self,
        service: Service,
        *,
        source: str | None = None,
        since: datetime | None = None,
        scope: str = "",
        dry_run: bool = False,
        batch: int = BATCH,
    ) -> None:
        self._service = service
        self._source = source
        self._since = since
        self._scope = scope
        self._dry_run = dry_run
        self._batch = batch
        self._after = 0
        self.report = Report()
        self._document: tuple[object, list[Reading]] = (None, [])  # of a wire, read last

    def run(self, progress: Callable[[Report], None]) -> Report:
        """Read the archive; `progress` is told before the first batch and after each.

        Raises:
            DatabaseUnavailable: what was committed until then stays; the same command goes on.
            DiskShort: likewise, where a run that stores has too little room to go on.
        """
        self._begin()
        progress(self.report)
        asyncio.run(self._run(progress))
        self.report.articles = self.report.done  # some may have come or gone meanwhile
        if not self._dry_run:
            with self._service.database.connection() as connection:
                places.end_reading(connection, self._scope)
        return self.report

    def _begin(self) -> None:
        with self._service.database.connection() as connection:
            place = None if self._dry_run else places.reading(connection, self._scope)
            if place is not None and place.engine == ENGINE:
                self._after, self._since = place.article_id, place.since
                self.report.resumed_after = place.article_id
                self.report.counts = dict(place.counts)
            left = places.count_readable(
                connection, after=self._after, source=self._source, since=self._since
            )
        self.report.articles = self.report.done + left

    async def _run(self, progress: Callable[[Report], None]) -> None:
        async with Trial() as trial:
            while batch := self._next():
                self._heed_disk()
                await self._read_batch(trial, batch)
                self._after = batch[-1].id
                progress(self.report)

    def _heed_disk(self) -> None:
        lack = None if self._dry_run else self._service.disk.lack()
        if lack is not None:
            raise DiskShort(lack, "the same command goes on from here")

    def _next(self) -> list[ReadableArticle]:
        with self._service.database.connection() as connection:
            return places.readable(
                connection,
                after=self._after,
                source=self._source,
                since=self._since,
                batch=self._batch,
            )

    async def _read_batch(self, trial: Trial, batch: Sequence[ReadableArticle]) -> None:
        with self._service.database.connection() as connection:
            fetches = {(row.page_id, row.fetched_at) for row in batch}
            archived = pages.archived_pages(connection, fetches)
            said = pages.announcements_of(connection, [r.entry_id for r in batch if r.entry_id])
            current = articles.current_revisions(connection, [row.id for row in batch])
        found = []
        for row in batch:
            raw = archived.get((row.page_id, row.fetched_at))
            announced = said.get(row.entry_id) if row.entry_id else None
            reading = await self._read(trial, row, raw, announced, current.get(row.id))
            if reading is not None:
                found.append(reading)
        with self._service.database.connection() as connection:
            self._settle(connection, found, batch[-1].id)

    async def _read(
        self,
        trial: Trial,
        row: ReadableArticle,
        raw: Sequence[RawPage] | None,
        said: Announcement | None,
        was: CurrentRevision | None,
    ) -> Rereading | None:
        """Return an article as its bytes read now; None, and counted, where they give none."""
        if was is None or was.article is None or was.revision != row.revision:
            self.report.count(OVERTAKEN)
            return None
        if not raw:
            self.report.count(NOT_ARCHIVED)
            return None
        source = self._service.source_of(row.source)
        if source.kind in WIRES:
            return await self._read_wire(trial, row, raw[0], source, was)
        try:
            parts = [await trial.extract(_reply_of(part), source, row.fetched_at) for part in raw]
        except ExtractError as error:
            self._leave(row, NO_ARTICLE, error.reason)
            return None
        except PageKillsReader as error:
            self._leave(row, BROKEN, error.reason)
            return None
        article = join_parts(parts)
        if parts[-1].next_page is not None and was.article.partial:
            article = replace(article, partial=True)
        return Rereading(row=row, article=complete_article(article, said, row.fetched_at), was=was)

    async def _read_wire(
        self,
        trial: Trial,
        row: ReadableArticle,
        raw: RawPage,
        source: Source,
        was: CurrentRevision,
    ) -> Rereading | None:
        """Return an item of a wire as its document reads now; a document is read once a batch."""
        fetch = (raw.page_id, raw.fetched_at)
        try:
            if self._document[0] != fetch:
                self._document = fetch, await trial.read(_reply_of(raw), source, row.fetched_at)
        except WireError as error:
            self._leave(row, NO_ARTICLE, str(error))
            return None
        except PageKillsReader as error:
            self._leave(row, BROKEN, error.reason)
            return None
        dispatches = (one for reading in self._document[1] for one in reading.dispatches)
        found = next((one for one in dispatches if one.key == was.agency_key), None)
        if found is None or found.article is None:
            self._leave(row, NO_ARTICLE, "its document does not hold it")
            return None
        return Rereading(row=row, article=found.article, was=was, wire=found.facts)

    def _leave(self, row: ReadableArticle, what: str, reason: str) -> None:
        """Count an article that is left as it is, and why."""
        log.info("reprocess.left", article=row.id, url=row.url, reason=reason)
        self.report.count(what)
        self.report.reasons[reason] = self.report.reasons.get(reason, 0) + 1

    def _settle(self, connection: Connection, found: Sequence[Rereading], last: int) -> None:
        """Store what reads differently, and how far we came; in the caller's transaction."""
        differing = [one for one in map(self._cleaned(connection), found) if one is not None]
        if self._dry_run:
            for reading in differing:
                self._revised(reading, reading.was.revision + 1)
            return
        if differing:
            self._publish(connection, differing)
        place = ReadingPlace(
            scope=self._scope,
            engine=ENGINE,
            since=self._since,
            article_id=last,
            counts=self.report.counts,
        )
        places.save_reading(connection, place, now=self._service.clock.now())

    def _cleaned(self, connection: Connection) -> Callable[[Rereading], Rereading | None]:
        """Return what leaves the boilerplate out; its answer is None for an unchanged text."""

        def clean(reading: Rereading) -> Rereading | None:
            left: Article | None = reading.article
            if reading.wire is None:  # a wire's documents carry none
                left = without_boilerplate(connection, reading.row.source_id, reading.article)
            if left is None:
                self._leave(reading.row, NO_ARTICLE, NOTHING_ELSE)
                return None
            was = reading.was.article
            if was is not None and is_same_text(Text.of(was), Text.of(left)):
                self.report.count(UNCHANGED)
                return None
            return replace(reading, article=left)

        return clean

    def _revised(self, reading: Rereading, revision: int) -> None:
        was, row = reading.was.article, reading.row
        self.report.count(REVISED)
        self.report.revised.append(
            Revised(
                article=row.id,
                source=row.source,
                url=row.url,
                revision=revision,
                changed=() if was is None else what_changed(was, reading.article),
            )
        )

    def _publish(self, connection: Connection, found: Sequence[Rereading]) -> None:
        """Store revisions and their changes, of articles that nobody changed meanwhile."""
        at = self._service.clock.now()
        changes.lock_changes(connection)
        current = articles.current_revisions(connection, [one.row.id for one in found])
        ours = []
        for one in found:
            now = current.get(one.row.id)
            if now is None or (now.state, now.revision) != ("live", one.row.revision):
                self.report.count(OVERTAKEN)
                continue
            ours.append(replace(one, was=now))
            self._revised(one, now.revision + 1)
        articles.add_revisions(connection, [_revision_of(one, at) for one in ours])
        articles.advance_articles(connection, [_advance_of(one, at) for one in ours])
        search.make_due(connection, {one.row.id for one in ours})
        told = _relinked(connection, ours, at)
        revised = self.report.revised[len(self.report.revised) - len(ours) :]
        changes.publish_changes(
            connection,
            [
                *(_change_of(one, done, at) for one, done in zip(ours, revised, strict=True)),
                *told,
            ],
        )


def _reply_of(raw: RawPage) -> Reply:
    return Reply(
        url=raw.final_url,
        final_url=raw.final_url,
        status=200,
        headers={"content-type": raw.content_type} if raw.content_type else {},
        body=raw.body,
    )


def _revision_of(one: Rereading, at: datetime) -> NewRevision:
    article = one.article
    return NewRevision(
        article_id=one.row.id,
        number=one.was.revision + 1,
        cause=CAUSE,
        digest=text_digest(article.title, article.standfirst, article.body),
        article=article,
        page_id=one.row.page_id,
        fetched_at=one.row.fetched_at,
        stored_at=at,
        wire=one.wire,
    )


def _advance_of(one: Rereading, at: datetime) -> Advance:
    return Advance(
        id=one.row.id,
        revision=one.was.revision + 1,
        state="live",
        canonical=None,
        agency_key=None,
        at=at,
    )


def _change_of(one: Rereading, done: Revised, at: datetime) -> Change:
    return Change(
        at=at,
        kind="revised",
        cause=CAUSE,
        changed=list(done.changed),
        article=one.row.id,
        source=one.row.source,
        revision=done.revision,
        story=one.was.story_id,
    )


def _relinked(connection: Connection, ours: Sequence[Rereading], at: datetime) -> list[Change]:
    """Put the texts that the index of the last days holds into it anew; return the merges.

    Older ones stay out of it: they would be taken for today's news.
    """
    index = PostgresStoryIndex(connection, now=at)
    recent = index.load([str(one.row.id) for one in ours])
    items = [_item_of(one) for one in ours if str(one.row.id) in recent]
    if not items:
        return []
    links = link_items(items, index, arrived=at)
    stories = {int(index.now(link.story)) for link in links} if index.moved else set()
    return story_changes(connection, index.moved, stories, at=at, cause=CAUSE)


def _item_of(one: Rereading) -> Item:
    article = one.article
    return Item(
        id=str(one.row.id),
        source=one.row.source,
        language=article.language,
        title=article.title,
        published=None if article.published is None else article.published.at,
        body=article.body,
        url=one.row.url,
    )
