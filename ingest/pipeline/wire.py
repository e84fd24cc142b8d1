"""A wire's service: what its search lists becomes entries and pages, its documents articles.

    poll      codes and subscription once a day ▶ one page of the search ▶ entries, pages due
              more pages? due again at once : the checkpoint moves on, in the same transaction
    collect   the document ▶ archive ▶ read ▶ its items; under an embargo: due when it ends

A search is resumed at its page, whoever asks next. Its rows date what is new; what was asked for
before is asked for again by the overlap and known by its id.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.errors import FetchError, KhabarError, ReplyRefused, WireRefused
from ingest.model import Cadence, Entry, ParsedFeed, WireService
from ingest.pipeline.novelty import compare_with_known
from ingest.pipeline.outcomes import Announced, FeedOutcome
from ingest.storage.feed import FeedRow, PollRow
from ingest.storage.page import BACKFILL
from ingest.wires import has
from ingest.wires.checkpoint import Checkpoint, after_page, next_search

if TYPE_CHECKING:
    from ingest.model import Reply, Source
    from ingest.pipeline.conversation import Conversation
    from ingest.storage.feed import DueFeed

log = structlog.get_logger(__name__)

TOLD_AGAIN = timedelta(days=1)  # codes and subscription
DOCUMENTS_A_POLL = 20  # between two polls there is time for as many, however fast the clock
LOCKED_OUT = frozenset({401, 403})


# ── asking ──────────────────────────────────────────────────────────────────────────────


async def poll_wire(talk: Conversation, feed: DueFeed, before: FeedRow) -> FeedOutcome:
    """Ask for one page of a wire's search and return what is to be stored.

    Args:
        talk: with the service's host.
        feed: the search's address, due.
        before: its row, as if nothing were learnt.

    Raises:
        LeaseLost, NotYet: nothing was asked.
        DatabaseUnavailable: it may have been; nothing is known of it.
    """
    source = talk.service.source_of(feed.slug)
    checkpoint = Checkpoint.of(feed.checkpoint)
    try:
        wire = _service_of(source, feed.url)
        _check_credentials(talk, wire, feed.url)
        checkpoint = await _told(talk, source, wire, checkpoint)
        return await _search(talk, feed, before, source, checkpoint)
    except (FetchError, WireRefused) as error:
        return await _refused(talk, feed, replace(before, checkpoint=checkpoint.kept()), error)


def _service_of(source: Source, url: str) -> WireService:
    if not isinstance(source.wire, WireService):
        raise WireRefused(url, f"source {source.slug} does not say how this wire is asked")
    return source.wire


def _check_credentials(talk: Conversation, wire: WireService, url: str) -> None:
    if not talk.has_credentials(url):
        raise WireRefused(url, f"{_variables(wire)} are not set")


def _variables(wire: WireService) -> str:
    stem = f"KHABAR_{wire.credentials.upper().replace('-', '_')}"
    return f"{stem}_USER and {stem}_PASSWORD"


async def ask(talk: Conversation, source: Source, question: has.Ask) -> bytes:
    """Send one request to a wire and return the body of its answer.

    Raises:
        FetchError, LeaseLost, NotYet: as the conversation has it.
    """
    reply = await send(talk, source, question)
    return reply.body


async def send(talk: Conversation, source: Source, question: has.Ask) -> Reply:
    """Send one request to a wire; a subscriber's service has no robots.txt to obey."""
    try:
        return await talk.ask(
            question.url,
            source=source,
            limits=talk.service.feed_limits,
            obey_robots=False,
            form=question.body,
        )
    except ReplyRefused as error:
        if error.status in LOCKED_OUT:  # asking on would lock the account
            await talk.quiet(error)
        raise


async def _told(
    talk: Conversation, source: Source, wire: WireService, checkpoint: Checkpoint
) -> Checkpoint:
    """Return the checkpoint with codes and subscription no older than a day."""
    now = talk.service.clock.now()
    if checkpoint.told_at is not None and now - checkpoint.told_at < TOLD_AGAIN:
        return checkpoint
    question = has.ask_for_codes(wire.root)
    codes = has.read_codes(await ask(talk, source, question), question.url)
    question = has.ask_for_subscription(wire.root)
    told = has.read_subscription(await ask(talk, source, question), question.url)
    return replace(
        checkpoint,
        told_at=now,
        codes=codes,
        archive_days=told.archive_days,
        download_limit=told.download_limit,
    )


async def _search(
    talk: Conversation, feed: DueFeed, before: FeedRow, source: Source, checkpoint: Checkpoint
) -> FeedOutcome:
    """Ask for the search's next page."""
    wire, now = _service_of(source, feed.url), talk.service.clock.now()
    checkpoint, sweep = next_search(checkpoint, now, wire.overlap)
    question = has.ask_for_rows(
        wire.root,
        since=sweep.since,
        until=sweep.until,
        offset=sweep.offset,
        limit=wire.batch,
        filters=has.codes_of(wire.filters, checkpoint.codes or {}, feed.url),
    )
    reply = await send(talk, source, question)
    found = has.read_rows(reply.body, question.url)
    parsed = parsed_rows(found, wire, feed.url)
    novelty = await asyncio.to_thread(compare_with_known, talk.service, feed, parsed)
    following = has.next_page(sweep, found, len(found.rows) + found.unread)
    row = _answered(talk, feed, before, checkpoint, sweep, found, following)
    announced = tuple(_ranked(one, sweep) for one in novelty.announced)
    poll = PollRow(
        feed_id=feed.id,
        at=now,
        outcome="read",
        status=reply.status,
        entries=len(found.rows),
        fresh=len(novelty.fresh),
        changed=len(announced) - len(novelty.fresh),
        bytes=reply.wire_bytes,
        seconds=reply.seconds,
    )
    if announced:
        row = replace(row, last_new_at=now)
    return FeedOutcome(host=talk.host, feed=row, poll=poll, poll_url=feed.url, announced=announced)


def parsed_rows(found: has.Found, wire: WireService, url: str) -> ParsedFeed:
    """Return a page of a search as a feed's entries, each leading to its document."""
    unread = (f"{found.unread} rows without a usable id",) if found.unread else ()
    entries = (
        Entry(
            guid=row.id,
            url=has.document_url(wire.root, row.id, wire.document),
            title=row.title,
            published=row.at,
            updated=row.at,
            categories=(row.type, *((row.group,) if row.group else ())),
        )
        for row in reversed(found.rows)
    )
    return ParsedFeed(format="has", url=url, entries=tuple(entries), complaints=unread)


def _answered(
    talk: Conversation,
    feed: DueFeed,
    before: FeedRow,
    checkpoint: Checkpoint,
    sweep: has.Sweep,
    found: has.Found,
    following: has.Sweep | None,
) -> FeedRow:
    """Return the row after a page that was read: on to the next, or the checkpoint moves on."""
    now = talk.service.clock.now()
    floor = max(cadence_of(talk, feed).floor, DOCUMENTS_A_POLL * talk.gap)
    newest = has.newest_of(sweep, found)
    kept = after_page(checkpoint, sweep, following, newest, news_at=now + floor)
    if kept.news is not None:
        next_at, reason = now, "more pages of the search"
    elif kept.history is not None:  # documents between its pages: news are asked for in between
        next_at, reason = now + 2 * talk.gap, "more pages of the archive"
    else:
        next_at, reason = kept.news_at or now, "the wire's pace"
    return replace(
        before,
        checkpoint=kept.kept(),
        next_poll_at=next_at,
        next_poll_reason=reason,
        failures=0,
        last_ok_at=now,
        last_status=200,
        last_outcome="read",
        last_error=f"{found.unread} rows without a usable id" if found.unread else None,
    )


def cadence_of(talk: Conversation, feed: DueFeed) -> Cadence:
    """Return how often a feed or a wire is asked."""
    usual = talk.service.settings.cadence
    return Cadence(floor=feed.floor or usual.floor, ceiling=feed.ceiling or usual.ceiling)


def _ranked(found: Announced, sweep: has.Sweep) -> Announced:
    """Return an announcement whose page waits behind the news, if it was found in the archive."""
    if found.page is None or not sweep.is_history:
        return found
    return replace(found, page=replace(found.page, cause="backfill", priority=BACKFILL))


async def _refused(
    talk: Conversation, feed: DueFeed, before: FeedRow, error: FetchError | WireRefused
) -> FeedOutcome:
    """Return the outcome of a page that was not had: slower with each failure, never off."""
    now, failures = talk.service.clock.now(), feed.failures + 1
    cadence = cadence_of(talk, feed)
    wait = min(cadence.floor * 2 ** min(failures, 8), timedelta(hours=1), cadence.ceiling)
    status = error.status if isinstance(error, ReplyRefused) else None
    word = "refused" if isinstance(error, WireRefused) else error.word
    outcome = str(status) if status else word
    row = replace(
        before,
        next_poll_at=max(now + wait, talk.pace.backoff_until or now),
        next_poll_reason=f"after {failures} failed poll{'s' if failures > 1 else ''}",
        failures=failures,
        last_status=status,
        last_outcome=outcome,
        last_error=hinted(error)[:500],
    )
    poll = PollRow(feed_id=feed.id, at=now, outcome=outcome, status=status, error=row.last_error)
    return FeedOutcome(host=talk.host, feed=row, poll=poll, poll_url=feed.url)


def hinted(error: KhabarError) -> str:
    """Return an error with what it means at such a service."""
    hints = {
        401: "user or password is wrong, or it is no API user",
        403: "not in the subscription, or asked from another IP than the link was given to",
        429: "too many requests; everything there waits",
    }
    hint = hints.get(error.status) if isinstance(error, ReplyRefused) else None
    return f"{error} ({hint})" if hint else str(error)
