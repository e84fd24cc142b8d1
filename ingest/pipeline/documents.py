"""One attempt at a wire's document: get it, archive it, read it; what is to be stored of it.

    new bytes            archive ▶ items ▶ an article each        stored, or no article
    the same bytes                                                nothing new
    under an embargo     archived; due, and read from the archive, when it ends
    says no, or cannot be had                                     later, more and more seldom

An archive of documents comes in parts of DOCUMENTS_AT_ONCE, a transaction each; whoever finds it
half done begins it again, and what is stored already changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import structlog

from ingest.errors import (
    ExtractError,
    FetchError,
    FolderUnavailable,
    KhabarError,
    NotAnArticle,
    WireError,
)
from ingest.fetch.folder import is_folder, name_in
from ingest.model import Reply, WireService
from ingest.pipeline.arrive import folder_of
from ingest.pipeline.collect import (
    FIRST_RETRY,
    broken,
    guilty,
    kept_row,
    later,
    no_article,
    not_fetched,
    row_as_before,
)
from ingest.pipeline.dispatch import Reading, dispatch_of_row, read_document
from ingest.pipeline.outcomes import PageOutcome
from ingest.pipeline.trial import PageKillsReader
from ingest.pipeline.wire import hinted, send
from ingest.storage import page as pages
from ingest.storage.page import RawPage
from ingest.wires import has

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from ingest.model import Source
    from ingest.pipeline.conversation import Conversation
    from ingest.pipeline.outcomes import Dispatch
    from ingest.storage.page import Announcement, DuePage

log = structlog.get_logger(__name__)

DOCUMENTS_AT_ONCE = 50
EMBARGOED = "embargoed"


async def collect_document(
    talk: Conversation, page: DuePage, said: Announcement | None
) -> AsyncIterator[PageOutcome]:
    """Try a wire's document once and yield what is to be stored, in parts.

    Raises:
        LeaseLost, NotYet: it was not asked for.
        DatabaseUnavailable: it may have been; nothing is known of it.
    """
    try:
        async for outcome in _collect(talk, page, said):
            yield outcome
    except KhabarError:
        raise
    except Exception as error:  # a fault of ours costs this page an attempt, its neighbours nothing
        log.exception("document.broken", url=page.url)
        yield broken(talk, page, error)


async def _collect(
    talk: Conversation, page: DuePage, said: Announcement | None
) -> AsyncIterator[PageOutcome]:
    source = talk.service.source_of(page.slug)
    held = await asyncio.to_thread(_held, talk, page) if page.state == EMBARGOED else None
    if held is not None and await _is_over(talk, page, source, _reply_of(held)):
        async for outcome in _read(talk, page, source, _reply_of(held), archived=held.fetched_at):
            yield outcome
        return
    try:
        reply = await _get(talk, page, source)
    except (FetchError, WireError) as error:
        yield await _not_had(talk, page, source, said, error)
        return
    digest = blake2b(reply.body, digest_size=16).digest()
    at = talk.service.clock.now()
    if digest == page.body_digest and page.state != EMBARGOED:
        row = replace(kept_row(page, source, reply, at), last_outcome="unchanged")
        if is_folder(page.url):
            row = replace(row, due_at=None)
        yield PageOutcome(host=talk.host, page=page, row=row, at=at, source=source, reply=reply)
        return
    if (shown := _shown_alone(talk, page, source, said, reply)) is not None:
        yield shown
        return
    async for outcome in _read(talk, page, source, reply):
        yield outcome


async def _get(talk: Conversation, page: DuePage, source: Source) -> Reply:
    """Return a document as received."""
    if not is_folder(page.url):
        reply = await send(talk, source, has.Ask(url=page.url))
        return replace(reply, body=has.read_document(reply.body, page.url))
    talk.check_lease()
    wire = folder_of(talk, page.slug)
    folder = await talk.open_folder(page.url.rpartition("/")[0], wire)
    name = name_in(page.url)
    if page.url.startswith("file://"):  # a thread would cost more than the file
        body = folder.read(name, wire.most_bytes)
    else:
        body = await asyncio.to_thread(folder.read, name, wire.most_bytes)
    if len(body) > wire.most_bytes:
        raise FolderUnavailable(page.url, f"more than {wire.most_bytes:,} bytes")
    return Reply(url=page.url, final_url=page.url, status=200, body=body, wire_bytes=len(body))


# ── reading ─────────────────────────────────────────────────────────────────────────────


async def _read(
    talk: Conversation,
    page: DuePage,
    source: Source,
    reply: Reply,
    *,
    archived: datetime | None = None,
) -> AsyncIterator[PageOutcome]:
    """Yield what a document holds: parts of it first, what becomes of its page last.

    Args:
        talk: with its host.
        page: the document's.
        source: whose wire it is.
        reply: its bytes, fetched now or archived before.
        archived: when they were fetched, if they come from the archive.
    """
    at = talk.service.clock.now()
    digest = blake2b(reply.body, digest_size=16).digest()
    raw = RawPage(
        page_id=page.id,
        fetched_at=at,
        final_url=reply.final_url,
        content_type=reply.content_type,
        body=reply.body,
    )
    kept = () if archived else (raw,)
    row = kept_row(page, source, reply, at)
    row = replace(
        row,
        last_outcome="article",
        body_digest=digest,
        fetched_at=archived or at,
        # whoever writes a file anew is seen in the folder
        due_at=None if is_folder(page.url) else row.due_at,
    )
    whole = PageOutcome(
        host=talk.host, page=page, row=row, at=at, source=source, raw=kept, reply=reply
    )
    found = _Found(now=at)
    try:
        for reading in await _readings(talk, page, source, reply, at):
            for part in found.take(reading):
                yield replace(whole, dispatches=part, is_last=False)
                whole = replace(whole, raw=())
                await asyncio.sleep(0)
    except PageKillsReader as error:
        yield replace(whole, row=guilty(page, reply, at, error))
        return
    except WireError as error:
        found.problems.append(str(error))
    yield _ended(talk, whole, found)


class _Found:
    """What was found in a document so far."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.ready: list[Dispatch] = []
        self.stored = 0
        self.embargoes: list[datetime] = []
        self.problems: list[str] = []

    def take(self, reading: Reading) -> list[tuple[Dispatch, ...]]:
        """Take in one reading; return the parts that are full."""
        if reading.problem:
            where = f"{reading.name}: " if reading.name else ""
            self.problems.append(where + reading.problem)
        for dispatch in reading.dispatches:
            if dispatch.embargoed is not None and dispatch.embargoed > self._now:
                self.embargoes.append(dispatch.embargoed)
            else:
                self.ready.append(dispatch)
        full = []
        while len(self.ready) > DOCUMENTS_AT_ONCE:
            full.append(tuple(self.ready[:DOCUMENTS_AT_ONCE]))
            self.stored += DOCUMENTS_AT_ONCE
            del self.ready[:DOCUMENTS_AT_ONCE]
        return full


async def _readings(
    talk: Conversation, page: DuePage, source: Source, reply: Reply, at: datetime
) -> Iterable[Reading]:
    """Read a document; one under suspicion is read in a process of its own."""
    if page.crashes:
        return await talk.trial.read(reply, source, at)
    return read_document(
        reply.body,
        url=reply.final_url,
        content_type=reply.content_type,
        source=source,
        now=at,
    )


def _ended(talk: Conversation, whole: PageOutcome, found: _Found) -> PageOutcome:
    """Return the last part of a document, with what becomes of its page."""
    page, row, at = whole.page, whole.row, whole.at
    problem = "; ".join(found.problems)[:500] or None
    if not found.ready and not found.stored and not found.embargoes:
        if whole.reply is None:
            raise ValueError("a document that was read has its bytes")
        error: ExtractError = NotAnArticle(page.url, problem or "nothing in it")
        if not whole.raw:
            return replace(whole, row=replace(row, last_outcome="empty", last_error=problem))
        return replace(whole, row=no_article(talk.service, page, whole.reply.status, at, error))
    if problem:
        row = replace(row, last_error=problem)
    if found.embargoes:
        ends = min(found.embargoes)
        row = replace(row, state=EMBARGOED, due_at=ends, last_outcome="embargoed")
    elif page.state == EMBARGOED and not is_folder(page.url):
        row = replace(row, due_at=at)  # what it says now may be newer than what was archived
    return replace(whole, row=row, dispatches=tuple(found.ready))


# ── embargoes ───────────────────────────────────────────────────────────────────────────


def _held(talk: Conversation, page: DuePage) -> RawPage | None:
    """Return what was archived of a document under an embargo."""
    with talk.service.database.connection() as connection:
        return pages.newest_raw(connection, page.id)


def _reply_of(raw: RawPage) -> Reply:
    headers = {} if raw.content_type is None else {"content-type": raw.content_type}
    return Reply(
        url=raw.final_url, final_url=raw.final_url, status=200, headers=headers, body=raw.body
    )


async def _is_over(talk: Conversation, page: DuePage, source: Source, held: Reply) -> bool:
    """Return whether something in an archived document may be shown by now."""
    now = talk.service.clock.now()
    if is_folder(page.url):
        return True  # the file may be gone; an embargo that goes on is found anew
    readings = await _readings(talk, page, source, held, now)
    ends = [one.embargoed for reading in readings for one in reading.dispatches if one.embargoed]
    return any(end <= now for end in ends)


# ── what could not be had ───────────────────────────────────────────────────────────────


async def _not_had(
    talk: Conversation,
    page: DuePage,
    source: Source,
    said: Announcement | None,
    error: FetchError | WireError,
) -> PageOutcome:
    """Return the outcome of a document that could not be had."""
    if isinstance(error, FolderUnavailable):
        await talk.close_folder()
        return _lost(talk, page, source, error)
    alone = _of_row(talk, page, source, said, hinted(error))
    if alone is not None:
        return alone
    if isinstance(error, FetchError):
        return not_fetched(talk, page, source, error)
    return _refused(talk, page, source, error)


def _refused(talk: Conversation, page: DuePage, source: Source, error: WireError) -> PageOutcome:
    """Return the outcome of a document that the service does not give."""
    at = talk.service.clock.now()
    row = replace(row_as_before(page, at), last_outcome="refused", last_error=str(error)[:500])
    row = later(talk.service, page, row, FIRST_RETRY * 4 ** min(page.attempts, 5))
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source)


def _lost(
    talk: Conversation, page: DuePage, source: Source, error: FolderUnavailable
) -> PageOutcome:
    """Return the outcome of a file that cannot be read; one that went away is no failure."""
    at = talk.service.clock.now()
    row = replace(row_as_before(page, at), last_outcome="unreadable", last_error=str(error)[:500])
    if error.is_missing:
        state = "stored" if page.article_id else "gone"
        row = replace(row, state=state, due_at=None, last_outcome="gone")
    else:
        row = later(
            talk.service, page, row, talk.service.manners.first * 4 ** min(page.attempts, 5)
        )
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source)


def _shown_alone(
    talk: Conversation, page: DuePage, source: Source, said: Announcement | None, reply: Reply
) -> PageOutcome | None:
    """Return what the search told of a picture or video whose reply is the file itself."""
    kind = (reply.content_type or "").lower()
    if kind.startswith(("image/", "video/", "audio/")) or "stream" in kind:
        return _of_row(talk, page, source, said, None)
    return None


def _of_row(
    talk: Conversation,
    page: DuePage,
    source: Source,
    said: Announcement | None,
    problem: str | None,
) -> PageOutcome | None:
    """Return the article that a search's row alone makes: headline, time and files.

    None for a text, for a row without a headline, and while the service asks for quiet.
    """
    wire, at = source.wire, talk.service.clock.now()
    if not isinstance(wire, WireService) or said is None or not said.title:
        return None
    item = has.item_in(wire.root, page.url)
    waits = talk.pace.backoff_until is not None and talk.pace.backoff_until > at
    if item is None or not has.is_media(item) or waits:
        return None
    kind, *groups = said.categories or [has.type_of(item)]
    row = has.Row(
        id=item,
        type=kind,
        at=said.published,
        title=said.title,
        group=groups[0] if groups else None,
    )
    reply = Reply(url=page.url, final_url=page.url, status=200)
    kept = replace(kept_row(page, source, reply, at), last_outcome="article", due_at=None)
    return PageOutcome(
        host=talk.host,
        page=page,
        row=replace(kept, last_error=problem),
        at=at,
        source=source,
        dispatches=(dispatch_of_row(row, source, at),),
    )
