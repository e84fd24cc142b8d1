"""One poll: ask a feed, read what it says, decide what is new and when to ask again.

304, or the same bytes   nothing new
200                      parse ▶ which entries are new or changed ▶ pages due, gap?
moved, five times        the new address is adopted, though it fails now and then
410, and 410 again       retired
anything else            a failure: back off, say why, lose nothing
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

import structlog
from structlog.contextvars import bound_contextvars

from ingest.errors import FeedError, FetchError, KhabarError, NotAFeed, ReplyRefused
from ingest.feeds import parse_feed
from ingest.fetch.caching import fresh_for
from ingest.fetch.etiquette import NOT_MOVED, Moved, after_failed_poll, after_poll, url_wait
from ingest.model import SourceKind, Validators
from ingest.pipeline.arrive import look_into_folder
from ingest.pipeline.novelty import compare_with_known
from ingest.pipeline.outcomes import FeedOutcome
from ingest.pipeline.patience import when_there
from ingest.pipeline.tally import FAULTS
from ingest.pipeline.wire import cadence_of, poll_wire
from ingest.polling import NEW_FOR, PollOutcome, PollState, learn, next_poll_at
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage.feed import FeedRow, PollRow
from ingest.storage.gap import GapRow
from ingest.urls import host_of, origin_of

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.model import ParsedFeed, Reply
    from ingest.pipeline.conversation import Conversation
    from ingest.pipeline.novelty import Novelty
    from ingest.storage.feed import DueFeed

log = structlog.get_logger(__name__)

OTHERS_KEPT = 3  # addresses besides the last whose validators are remembered: where a detour led


async def poll_feed(talk: Conversation, feed: DueFeed) -> FeedOutcome:
    """Poll one feed and return what is to be stored.

    Raises:
        LeaseLost, NotYet: it was not asked.
        DatabaseUnavailable: it may have been; nothing is known of it.
    """
    try:
        with bound_contextvars(source=feed.slug, feed=feed.id):
            outcome = await _poll(talk, feed)
            log.debug(
                "feed.polled",
                outcome=outcome.poll.outcome,
                status=outcome.poll.status,
                fresh=outcome.poll.fresh,
                bytes=outcome.poll.bytes,
                error=outcome.poll.error,
                url=feed.url,
            )
            return outcome
    except KhabarError:
        raise
    except Exception as error:  # a fault of ours costs this feed a poll, its host's pages nothing
        log.exception("feed.broken", source=feed.slug, feed=feed.id, url=feed.url)
        talk.service.tally.add(FAULTS, "feed")
        trouble = NotAFeed(feed.url, f"a fault of ours: {type(error).__name__}")
        return await _failed(talk, feed, trouble, None)


async def _poll(talk: Conversation, feed: DueFeed) -> FeedOutcome:
    service = talk.service
    source = service.source_of(feed.slug)
    if source.kind is SourceKind.WIRE:
        return await poll_wire(talk, feed, _as_before(talk, feed, service.clock.now()))
    if source.kind is SourceKind.FOLDER:
        return await look_into_folder(talk, feed, _as_before(talk, feed, service.clock.now()))
    try:
        reply = await talk.ask(
            feed.url,
            source=source,
            limits=service.feed_limits,
            validators=_to_send(feed),
            obey_robots=False,
            may_repeat=False,
        )
    except FetchError as error:
        return await _failed(talk, feed, error, None)
    digest = blake2b(reply.body, digest_size=16).digest()
    if reply.status == 304 or digest == feed.body_digest:
        return await _unchanged(talk, feed, reply)

    def read() -> tuple[ParsedFeed, Novelty]:
        parsed = parse_feed(
            reply.body,
            url=reply.final_url,
            content_type=reply.content_type,
            timezone=source.timezone,
        )
        return parsed, compare_with_known(service, feed, parsed)

    try:
        parsed, novelty = await when_there(service, read)
    except FeedError as error:
        return await _failed(talk, feed, error, reply)
    return await _changed(talk, feed, reply, parsed, novelty, digest)


async def _changed(
    talk: Conversation,
    feed: DueFeed,
    reply: Reply,
    parsed: ParsedFeed,
    novelty: Novelty,
    digest: bytes,
) -> FeedOutcome:
    """Return the outcome of a reply that was read."""
    now = talk.service.clock.now()
    is_whole = parsed.complete
    ran_over = is_whole and not novelty.overlap
    learnt = PollOutcome(
        at=now,
        new=[None if entry.published is None else entry.published.at for entry in novelty.fresh],
        window=novelty.window,
        overflow=ran_over,
        fresh_for=fresh_for(reply.headers, now),
    )
    row = replace(
        await _answered(talk, feed, reply, learnt, parsed),
        title=parsed.title,
        language=parsed.language,
        stable_guids=feed.stable_guids and not novelty.churns,
        hub=parsed.hub,
        last_outcome="read" if is_whole else "damaged",
        last_error="; ".join(parsed.complaints)[:500] or None,
        last_new_at=now if novelty.announced else feed.last_new_at,
    )
    gap = None
    if is_whole:
        keys = list(novelty.keys) or feed.window_keys  # an empty one tells nothing
        row = replace(row, window_keys=keys, window_at=now, body_digest=digest)
        if ran_over and feed.window_at is not None:
            gap = GapRow(
                feed_id=feed.id,
                from_at=feed.window_at,
                to_at=now,
                at_least=0,  # the two windows may touch; sitemaps will tell
                noticed_at=now,
                host_id=novelty.host_id or talk.host.id,
            )
    else:  # nothing to build on: the next poll asks for the whole document again
        row = replace(row, etag=feed.etag, last_modified=feed.last_modified)
        row = replace(
            row, validators_url=feed.validators_url, other_validators=feed.other_validators
        )
    poll = replace(
        _logged(feed, row, reply),
        entries=len(parsed.entries),
        fresh=len(novelty.fresh),
        changed=len(novelty.announced) - len(novelty.fresh),
    )
    return FeedOutcome(
        host=talk.host, feed=row, poll=poll, poll_url=feed.url, announced=novelty.announced, gap=gap
    )


async def _unchanged(talk: Conversation, feed: DueFeed, reply: Reply) -> FeedOutcome:
    """Return the outcome of a reply that says nothing new."""
    now = talk.service.clock.now()
    learnt = PollOutcome(at=now, fresh_for=fresh_for(reply.headers, now))
    row = replace(
        await _answered(talk, feed, reply, learnt, None), last_outcome="unchanged", window_at=now
    )
    return FeedOutcome(host=talk.host, feed=row, poll=_logged(feed, row, reply), poll_url=feed.url)


async def _failed(
    talk: Conversation, feed: DueFeed, error: FetchError | FeedError, reply: Reply | None
) -> FeedOutcome:
    """Return the outcome of a poll that brought no feed: slower, and never switched off."""
    service = talk.service
    now, failures = service.clock.now(), feed.failures + 1
    cadence = cadence_of(talk, feed)
    status = error.status if isinstance(error, ReplyRefused) else (reply.status if reply else None)
    if isinstance(error, FetchError):
        ask = url_wait(error, failures, cadence.floor, service.rng, service.manners)
        wait, is_gone = ask.wait, ask.is_retired
        outcome = error.word if status is None else str(status)
    else:
        wait, is_gone = cadence.floor * 2 ** min(failures, 12), False
        outcome = "no-feed"
    if is_gone:  # once may be a mishap
        is_gone = feed.failures > 0 and await when_there(service, partial(_was_gone, talk, feed))
    known = Moved(url=feed.moved_url, polls=feed.moved_polls)
    if isinstance(error, FetchError):
        known = after_failed_poll(known, error)
    elif reply is not None and reply.hops:
        known = after_poll(known, reply.hops)
    row = replace(
        _as_before(talk, feed, now),
        next_poll_at=now + max(cadence.floor, min(wait, cadence.ceiling)),
        next_poll_reason=f"after {failures} failed poll{'s' if failures > 1 else ''}",
        failures=failures,
        retired_at=now if is_gone else None,
        last_status=status,
        last_outcome=outcome,
        last_error=str(error)[:500],
    )
    row = await _moved(talk, row, known, has_answered=known.url in _held(feed))
    return FeedOutcome(host=talk.host, feed=row, poll=_logged(feed, row, reply), poll_url=feed.url)


async def _answered(
    talk: Conversation,
    feed: DueFeed,
    reply: Reply,
    learnt: PollOutcome,
    parsed: ParsedFeed | None,
) -> FeedRow:
    """Return the feed's row after a usable answer: what it taught, where it lives, when next."""
    service, now = talk.service, learnt.at
    state = learn(_state(feed), learnt)
    asked = _as_before(talk, feed, now) if parsed is None else _asked(talk, feed, parsed, now)
    named = [learnt.fresh_for, asked.asked_interval]
    price = service.known_poll_price
    if price is None:
        price = await when_there(service, service.poll_price)
    plan = next_poll_at(
        state,
        now=now,
        price=max(price, talk.host.poll_price or 0.0),
        cadence=cadence_of(talk, feed),
        server_interval=max(filter(None, named), default=None),
        skip_hours=frozenset(asked.skip_hours or ()),
        skip_days=frozenset(asked.skip_days or ()),
        is_new=now - feed.added_at < NEW_FOR,
    )
    row = replace(
        asked,
        next_poll_at=plan.at,
        next_poll_reason=plan.reason,
        poll_state=None if state is None else state.to_json(),
        etag=reply.validators.etag,
        last_modified=reply.validators.last_modified,
        validators_url=reply.final_url,
        other_validators=_others(feed, reply.final_url, is_new=parsed is not None),
        failures=0,
        last_ok_at=now,
        last_status=reply.status,
    )
    known = after_poll(Moved(url=feed.moved_url, polls=feed.moved_polls), reply.hops)
    return await _moved(talk, row, known, has_answered=True)


async def _moved(talk: Conversation, row: FeedRow, known: Moved, *, has_answered: bool) -> FeedRow:
    """Return the row with what is known of a move, or moved.

    Args:
        talk: with the host that was asked.
        row: what else the poll taught.
        known: this poll included.
        has_answered: the new address has ever given us the feed.
    """
    after = talk.service.settings.moved_after_polls
    if known.url is None or not known.is_adopted(after, has_answered=has_answered):
        return replace(row, moved_url=known.url, moved_polls=known.polls)
    host_id = await when_there(talk.service, partial(_host_id, talk, known.url))
    return replace(
        row, url=known.url, host_id=host_id, moved_url=NOT_MOVED.url, moved_polls=NOT_MOVED.polls
    )


def _asked(talk: Conversation, feed: DueFeed, parsed: ParsedFeed, now: datetime) -> FeedRow:
    """Return the row with the pace that the document asks for; kept until another one comes."""
    return replace(
        _as_before(talk, feed, now),
        asked_interval=parsed.poll_interval,
        skip_hours=sorted(parsed.skip_hours),
        skip_days=sorted(parsed.skip_days),
    )


def _held(feed: DueFeed) -> dict[str, Validators]:
    """Return the validators we hold, by the URL whose they are; the newest last."""
    held = {
        url: Validators(etag=etag, last_modified=modified)
        for url, (etag, modified) in (feed.other_validators or {}).items()
    }
    last = feed.validators_url or feed.url
    held.pop(last, None)
    return held | {last: Validators(etag=feed.etag, last_modified=feed.last_modified)}


def _to_send(feed: DueFeed) -> dict[str, Validators]:
    """Return what each address is asked with: its own, and nobody else's but for one case.

    A feed that gave us its document only where its own server had sent us for a while is asked
    with what that came with: it is said to be the same resource (RFC 9110, 15.4.3), and the
    alternative would be an unconditional question. If the address answers for itself again, and
    with something older than the date, its next entry ends the silence.
    """
    held = _held(feed)
    away = feed.validators_url
    if feed.url in held or feed.moved_url is not None or away is None:
        return held
    if origin_of(away) != origin_of(feed.url):
        return held
    return held | {feed.url: held[away]}


def _others(feed: DueFeed, answered: str, *, is_new: bool) -> dict[str, list[str | None]] | None:
    """Return what stays held for addresses other than the one that answered now.

    A new document at the feed's own address outdates what its detours came with.
    """
    if is_new and answered == feed.url:
        return None
    others = {
        url: [held.etag, held.last_modified]
        for url, held in _held(feed).items()
        if url != answered and held != Validators()
    }
    return dict(list(others.items())[-OTHERS_KEPT:]) or None


def _was_gone(talk: Conversation, feed: DueFeed) -> bool:
    """Return whether the feed was gone before; an outage between two 410s says nothing."""
    with talk.service.database.connection() as connection:
        return feeds.was_gone(connection, feed.id, since=feed.last_ok_at)


def _host_id(talk: Conversation, url: str) -> int:
    with talk.service.database.connection() as connection:
        name = host_of(url)
        return hosts.ensure_hosts(connection, [name])[name]


def _as_before(talk: Conversation, feed: DueFeed, now: datetime) -> FeedRow:
    """Return the row of a feed about which nothing is known but that it was polled."""
    return FeedRow(
        id=feed.id,
        url=feed.url,
        host_id=talk.host.id,
        title=None,
        language=None,
        stable_guids=feed.stable_guids,
        next_poll_at=now,
        next_poll_reason="",
        poll_state=feed.poll_state,
        asked_interval=feed.asked_interval,
        skip_hours=feed.skip_hours,
        skip_days=feed.skip_days,
        retired_at=None,
        etag=feed.etag,
        last_modified=feed.last_modified,
        validators_url=feed.validators_url,
        other_validators=feed.other_validators,
        body_digest=feed.body_digest,
        window_keys=feed.window_keys,
        window_at=feed.window_at,
        checkpoint=feed.checkpoint,
        moved_url=feed.moved_url,
        moved_polls=feed.moved_polls,
        failures=feed.failures,
        last_polled_at=now,
        last_ok_at=feed.last_ok_at,
        last_new_at=feed.last_new_at,
        last_status=None,
        last_outcome="",
        last_error=None,
        hub=None,
    )


def _logged(feed: DueFeed, row: FeedRow, reply: Reply | None) -> PollRow:
    return PollRow(
        feed_id=feed.id,
        at=row.last_polled_at,
        outcome=row.last_outcome,
        status=row.last_status,
        bytes=reply.wire_bytes if reply else 0,
        seconds=reply.seconds if reply else 0.0,
        error=row.last_error,
    )


def _state(feed: DueFeed) -> PollState | None:
    return None if feed.poll_state is None else PollState.from_json(feed.poll_state)
