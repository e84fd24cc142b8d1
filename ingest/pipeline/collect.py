"""One attempt at a page: fetch, archive, extract; what is to be stored of it.

200, new bytes      archive ▶ extract ▶ article                       stored, or no article
200, same bytes, or 304                                               nothing new
200, the first of several pages, one of which can't be had            try again later
404 twice, or 410, of a page that was stored                          withdrawn
anything else       try again later, more and more seldom, for a day    failed at last

A backfill asks for what is old: a page without an article stays one, a 404 is believed the second
time, a robots.txt that says no at once; so that a backfill comes to its end.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

import structlog
from structlog.contextvars import bound_contextvars

from ingest.errors import (
    ExtractError,
    FetchError,
    KhabarError,
    NotAnArticle,
    ReplyRefused,
    RobotsRefused,
)
from ingest.extract import extract_article
from ingest.fetch.etiquette import (
    MISSING,
    back_off,
    is_host_failure,
    is_url_failure,
    url_wait,
)
from ingest.model import Validators
from ingest.pipeline.believe import complete_article
from ingest.pipeline.outcomes import PageOutcome
from ingest.pipeline.parts import Joined, join_pages
from ingest.pipeline.tally import EXTRACT_SECONDS, FAULTS
from ingest.pipeline.trial import PageKillsReader
from ingest.storage.page import RECHECK, PageRow, RawPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.model import Article, Reply, Source
    from ingest.pipeline.conversation import Conversation
    from ingest.pipeline.service import Service
    from ingest.storage.page import Announcement, DuePage

log = structlog.get_logger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LATE_RETRY = timedelta(hours=4)  # of a page that failed each time so far
LOOK_AGAIN = timedelta(days=1)  # a withdrawn page is asked for a few times more
WITHDRAWN_AFTER = 2  # 404s in a row; one may be a mishap, a 410 is meant
PARTS_PATIENCE = 3  # attempts; an article whose further pages are not to be had is stored without
MOST_CRASHES = 3  # of an extraction alone in its process


async def collect_page(talk: Conversation, page: DuePage, said: Announcement | None) -> PageOutcome:
    """Try a page once and return what is to be stored.

    Args:
        talk: with the page's host.
        page: taken, its attempt counted.
        said: what a feed said of it.

    Raises:
        LeaseLost, NotYet: it was not asked.
        DatabaseUnavailable: it may have been; nothing is known of it.
    """
    try:
        with bound_contextvars(source=page.slug, page=page.id):
            outcome = await _collect(talk, page, said)
            log.debug(
                "page.tried",
                outcome=outcome.row.last_outcome,
                status=outcome.row.last_status,
                url=page.url,
            )
            return outcome
    except KhabarError:
        raise
    except Exception as error:  # a fault of ours costs this page an attempt, its neighbours nothing
        log.exception("page.broken", source=page.slug, page=page.id, url=page.url)
        talk.service.tally.add(FAULTS, "page")
        return broken(talk, page, error)


async def _collect(talk: Conversation, page: DuePage, said: Announcement | None) -> PageOutcome:
    service = talk.service
    source = service.source_of(page.slug)
    await talk.learn_robots(page.url, source)
    held = Validators(etag=page.etag, last_modified=page.last_modified)
    try:
        reply = await talk.ask(
            page.url,
            source=source,
            limits=service.page_limits,
            validators={page.validators_url or page.url: held},
        )
    except FetchError as error:
        return not_fetched(talk, page, source, error)
    at = service.clock.now()
    if reply.status == 304 or _digest(reply) == page.body_digest:
        return _unchanged(talk, page, source, reply, at)
    return await _read(talk, page, said, source, reply)


async def _read(
    talk: Conversation,
    page: DuePage,
    said: Announcement | None,
    source: Source,
    reply: Reply,
) -> PageOutcome:
    """Read new bytes, and the further pages they lead to; return what is to be stored."""
    service = talk.service
    at = service.clock.now()
    raw = _raw_pages(page, at, [reply])

    async def read(part: Reply) -> Article:
        return await _extract(talk, page, source, part, at)

    try:
        article = await read(reply)
        joined = await join_pages(talk, source, reply, article, read)
    except PageKillsReader as error:
        row = guilty(page, reply, at, error)
        return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source, raw=raw)
    except ExtractError as error:
        row = no_article(service, page, reply.status, at, error)
        return PageOutcome(
            host=talk.host, page=page, row=row, at=at, source=source, raw=raw, reply=reply
        )
    if (len(joined.replies) > 1 or not joined.is_whole) and joined.digest == page.body_digest:
        return _unchanged(talk, page, source, reply, at)
    if _waits_for_parts(page, joined):
        return _not_whole(talk, page, source, joined, at)
    row = kept_row(page, source, reply, at)
    if len(joined.replies) > 1 or not joined.is_whole:
        row = _bare(row)  # a 304 of the first page would say nothing of the others
    row = replace(row, last_outcome="article", body_digest=joined.digest, last_error=joined.trouble)
    return PageOutcome(
        host=talk.host,
        page=page,
        row=row,
        at=at,
        source=source,
        raw=_raw_pages(page, at, joined.replies),
        article=complete_article(joined.article, said, at),
        reply=reply,
    )


def _raw_pages(page: DuePage, at: datetime, replies: Sequence[Reply]) -> tuple[RawPage, ...]:
    """Return the bytes of an article's parts as they are archived."""
    return tuple(
        RawPage(
            page_id=page.id,
            fetched_at=at,
            final_url=reply.final_url,
            content_type=reply.content_type,
            body=reply.body,
            part=number,
        )
        for number, reply in enumerate(replies)
    )


def _unchanged(
    talk: Conversation, page: DuePage, source: Source, reply: Reply, at: datetime
) -> PageOutcome:
    """Return the outcome of a page that says what it said before."""
    row = replace(kept_row(page, source, reply, at), last_outcome="unchanged")
    if reply.status != 304 and page.body_digest != _digest(reply):
        row = replace(row, etag=None, last_modified=None, validators_url=None)  # it has parts
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source, reply=reply)


def _waits_for_parts(page: DuePage, joined: Joined) -> bool:
    """Say whether an article is worth waiting for; a stored one gets shorter only in the end."""
    if joined.is_whole:
        return False
    is_patient, is_stored = page.attempts < PARTS_PATIENCE, page.article_id is not None
    return is_patient and is_stored if joined.is_gone else is_patient or is_stored


def _not_whole(
    talk: Conversation, page: DuePage, source: Source, joined: Joined, at: datetime
) -> PageOutcome:
    """Return the outcome of a page whose further parts could not be had: tried again later."""
    row = replace(
        row_as_before(page, at), last_outcome="parts", last_error=(joined.trouble or "")[:500]
    )
    wait = FIRST_RETRY * 4 ** min(page.attempts, 6)
    row = later(talk.service, page, row, min(wait, LOOK_AGAIN))
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source)


def _digest(reply: Reply) -> bytes:
    return blake2b(reply.body, digest_size=16).digest()


async def _extract(
    talk: Conversation, page: DuePage, source: Source, reply: Reply, at: datetime
) -> Article:
    """Read the article; a page under suspicion is read in a process of its own.

    One in each turn of the loop, however many came: what else came is heard in between.
    """
    tally = talk.service.tally
    if page.crashes:
        with tally.timed(EXTRACT_SECONDS):
            return await talk.trial.extract(reply, source, at)
    try:
        async with talk.reading:
            await asyncio.sleep(0)
            with tally.timed(EXTRACT_SECONDS):
                return extract_article(
                    reply.body,
                    url=reply.final_url,
                    content_type=reply.content_type,
                    source=source,
                    now=at,
                )
    except ExtractError:
        raise
    except Exception as error:
        log.exception("extract.broken", url=page.url)
        raise NotAnArticle(page.url, f"reading it failed: {type(error).__name__}") from error


def kept_row(page: DuePage, source: Source, reply: Reply, at: datetime) -> PageRow:
    """Return the row of a page that is stored; due again when its next re-check is."""
    waits = source.recheck_after if page.cause == "live" else ()
    done = page.rechecks if page.priority == RECHECK else 0
    earlier = waits[done - 1] if 0 < done <= len(waits) else None
    due_at = None
    if done < len(waits):
        due_at = at + (waits[done] - earlier if earlier else waits[done])
    return PageRow(
        id=page.id,
        crashes=0,
        attempts=0,
        rechecks=min(done + 1, len(waits)),
        priority=RECHECK,
        state="stored",
        due_at=due_at,
        fetched_at=at,
        etag=reply.validators.etag,
        last_modified=reply.validators.last_modified,
        validators_url=reply.final_url,
        body_digest=page.body_digest,
        last_status=reply.status,
        last_outcome="unchanged",
        last_error=None,
        article_id=page.article_id,
    )


def row_as_before(page: DuePage, at: datetime) -> PageRow:
    """Return the row of a page about which nothing new is known but that it was tried."""
    return PageRow(
        id=page.id,
        crashes=page.crashes,
        attempts=page.attempts,
        rechecks=page.rechecks,
        priority=page.priority,
        state=page.state,
        due_at=at,
        fetched_at=None,
        etag=page.etag,
        last_modified=page.last_modified,
        validators_url=page.validators_url,
        body_digest=page.body_digest,
        last_status=None,
        last_outcome="",
        last_error=None,
        article_id=page.article_id,
    )


def _bare(row: PageRow) -> PageRow:
    """Return the row without validators: the next attempt asks for the whole page."""
    return replace(row, etag=None, last_modified=None, validators_url=None, body_digest=None)


def no_article(
    service: Service, page: DuePage, status: int | None, at: datetime, error: ExtractError
) -> PageRow:
    """Return the row of a page that gave no article: asked for again later, like any failure.

    An error page with status 200, a check for robots, an empty page: most of them pass.
    """
    row = replace(
        _bare(row_as_before(page, at)),
        state="stored" if page.article_id else "no-article",
        fetched_at=at,
        last_status=status,
        last_outcome="no-article",
        last_error=error.reason[:500],
    )
    if page.cause == "backfill":
        return replace(row, due_at=None)
    manners = service.manners
    wait = back_off(
        page.attempts,
        service.rng,
        floor=manners.floor,
        first=FIRST_RETRY,
        ceiling=manners.url_ceiling,
    )
    return later(service, page, row, wait)


def broken(talk: Conversation, page: DuePage, error: Exception) -> PageOutcome:
    """Return the outcome of a page that met a fault of ours: asked for again later."""
    at = talk.service.clock.now()
    row = replace(
        row_as_before(page, at),
        last_outcome="broken",
        last_error=f"a fault of ours: {type(error).__name__}: {error}"[:500],
    )
    wait = FIRST_RETRY * 4 ** min(page.attempts, 6)
    row = later(talk.service, page, row, min(wait, LOOK_AGAIN))
    source = talk.service.source_of(page.slug)
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source)


def guilty(page: DuePage, reply: Reply, at: datetime, error: PageKillsReader) -> PageRow:
    """Return the row of a page whose reading killed a process: parked after MOST_CRASHES."""
    log.warning("page.kills", url=page.url, crashes=page.crashes, reason=error.reason)
    is_parked = page.crashes >= MOST_CRASHES
    return replace(
        row_as_before(page, at),
        crashes=page.crashes + 1,
        state="failed" if is_parked else page.state,
        due_at=None if is_parked else at + FIRST_RETRY * 4**page.crashes,
        last_status=reply.status,
        last_outcome="crash",
        last_error=f"reading it killed its process: {error.reason}",
    )


def not_fetched(
    talk: Conversation, page: DuePage, source: Source, error: FetchError
) -> PageOutcome:
    """Return the outcome of a page that could not be had."""
    at = talk.service.clock.now()
    status = error.status if isinstance(error, ReplyRefused) else None
    row = replace(
        row_as_before(page, at),
        last_status=status,
        last_outcome=error.word if status is None else str(status),
        last_error=str(error)[:500],
    )
    is_gone = status == 410 or (status == 404 and page.attempts >= WITHDRAWN_AFTER)
    if page.article_id is not None and is_gone:
        again = at + LOOK_AGAIN if page.attempts < WITHDRAWN_AFTER + 3 else None
        row = replace(_bare(row), state="withdrawn", due_at=again)
        return PageOutcome(
            host=talk.host, page=page, row=row, at=at, source=source, is_withdrawn=True
        )
    wait = url_wait(error, page.attempts, FIRST_RETRY, talk.service.rng, talk.service.manners).wait
    if page.cause == "backfill":
        row = later(talk.service, page, row, wait) if _may_come(page, row, error) else _over(row)
    elif is_host_failure(error) and talk.pace.backoff_until is not None:
        row = replace(row, attempts=max(page.attempts - 1, 0))  # the host's fault, not the page's
    else:
        row = later(talk.service, page, row, wait, may_pass=not is_url_failure(error))
    return PageOutcome(host=talk.host, page=page, row=row, at=at, source=source)


def later(
    service: Service, page: DuePage, row: PageRow, wait: timedelta, *, may_pass: bool = False
) -> PageRow:
    """Return the row due again after a wait; given up after the last attempt the settings allow.

    What may pass by itself is tried for a day, however many attempts its first hours took.
    """
    now = service.clock.now()
    if page.attempts < service.settings.page_attempts:
        return replace(row, due_at=now + wait)
    if may_pass and page.article_id is None and now - page.added_at < LOOK_AGAIN:
        return replace(row, due_at=now + LATE_RETRY)
    if page.article_id is not None:
        return replace(row, state="stored", due_at=None)
    if row.state == "no-article":
        return replace(row, due_at=None)
    return _over(row)


def _over(row: PageRow) -> PageRow:
    """Return the row of a page that is given up."""
    return replace(row, state="gone" if row.last_status in MISSING else "failed", due_at=None)


def _may_come(page: DuePage, row: PageRow, error: FetchError) -> bool:
    """Say whether a backfill's page that could not be had is worth another attempt.

    Attempts count here even where the host is to blame: there are others to try meanwhile.
    """
    if isinstance(error, RobotsRefused):
        return False
    return row.last_status not in MISSING or page.attempts < WITHDRAWN_AFTER
