"""One attempt at a listing: fetch, read, store what it names for its backfill.

    addresses not known ▶ pages, due after all else at their hosts
    further listings    ▶ due at theirs
    not to be had       ▶ tried again later, or given up

A listing may name 50,000 addresses: they are stored by the thousand, outside the writer's
batches, each part under the host's token. Doing it twice is doing it once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from ingest.discover.sitemap import MAX_BYTES
from ingest.errors import (
    FeedError,
    FetchError,
    KhabarError,
    LeaseLost,
    WireRefused,
)
from ingest.fetch.etiquette import is_host_failure, url_wait
from ingest.pipeline.listings import (
    NamedListing,
    Reading,
    next_guess,
    read_listing,
    sitemaps_of_robots,
)
from ingest.pipeline.patience import past_others
from ingest.pipeline.service import limits_of
from ingest.pipeline.wire import send
from ingest.storage import backfill as backfills
from ingest.storage import host as hosts
from ingest.storage.backfill import ListingRow, NewListing
from ingest.urls import host_of
from ingest.wires.has import ask_of_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.model import Source
    from ingest.pipeline.conversation import Conversation
    from ingest.pipeline.service import Service
    from ingest.storage.backfill import DueListing, NewItem
    from ingest.storage.host import LeasedHost
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

FIRST_RETRY = timedelta(minutes=1)
MOST_ATTEMPTS = 6
ROWS_AT_ONCE = 1_000
NOTHING = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingOutcome:
    """What an attempt at a listing brought."""

    row: ListingRow
    reading: Reading = NOTHING


async def gather_listing(talk: Conversation, listing: DueListing) -> None:
    """Try a listing once and store what it names.

    Raises:
        LeaseLost, NotYet: it was not asked, or is another's by now.
        DatabaseUnavailable: what it named may not be stored.
    """
    service = talk.service
    source = service.source_of(listing.slug)
    if listing.kind != "wire":
        await talk.learn_robots(listing.url, source)
    outcome = await _try(talk, listing, source)
    await asyncio.to_thread(_store, service, talk.host, listing, outcome)
    log.info(
        "backfill.listing",
        backfill=listing.backfill_id,
        url=listing.url,
        state=outcome.row.state,
        found=outcome.reading.found,
        inside=len(outcome.reading.items),
    )


async def _try(talk: Conversation, listing: DueListing, source: Source) -> ListingOutcome:
    if listing.kind == "robots":
        named = sitemaps_of_robots(listing, talk.sitemaps, source.timezone)
        return ListingOutcome(
            row=ListingRow(id=listing.id, state="read"), reading=Reading(listings=named)
        )
    service = talk.service
    try:
        limits = limits_of(service.settings, MAX_BYTES)
        if listing.kind == "wire":
            reply = await send(talk, source, ask_of_url(listing.url))
        else:
            reply = await talk.ask(listing.url, source=source, limits=limits)
        reading = await asyncio.to_thread(read_listing, listing, reply, source)
    except FetchError as error:
        return _not_fetched(talk, listing, error)
    except (FeedError, WireRefused) as error:
        return _given_up(listing, error.reason)
    except KhabarError:
        raise
    except Exception as error:  # a fault of ours costs this listing an attempt, nothing more
        log.exception("backfill.broken", url=listing.url)
        return _given_up(listing, f"a fault of ours: {type(error).__name__}: {error}")
    return ListingOutcome(row=_read_row(listing, reading), reading=reading)


def _read_row(listing: DueListing, reading: Reading) -> ListingRow:
    return ListingRow(
        id=listing.id,
        state="read",
        digest=reading.digest,
        found=reading.found,
        outside=reading.outside,
        undated=reading.undated,
        foreigners=reading.foreigners,
        last_error=reading.complaint,
    )


def _not_fetched(talk: Conversation, listing: DueListing, error: FetchError) -> ListingOutcome:
    """Return the outcome of a listing that could not be had: later again, or given up."""
    service = talk.service
    ask = url_wait(error, listing.attempts, FIRST_RETRY, service.rng, service.manners)
    may_heal = error.is_transient and not ask.is_retired and _is_passing(error)
    if may_heal and listing.attempts < MOST_ATTEMPTS:
        due_at = service.clock.now() + ask.wait
        row = ListingRow(id=listing.id, state="waiting", due_at=due_at, last_error=_word(error))
        return ListingOutcome(row=row)
    if listing.page > 1 and listing.pattern and "{page}" in listing.pattern:
        row = ListingRow(id=listing.id, state="skipped", last_error=f"the end: {_word(error)}")
        return ListingOutcome(row=row)
    return _given_up(listing, _word(error))


def _is_passing(error: FetchError) -> bool:
    """Say whether time may heal it; a 404 or a robots.txt that says no is an answer."""
    return is_host_failure(error) or error.word in ("damaged", "unreachable", "slow")


def _given_up(listing: DueListing, reason: str) -> ListingOutcome:
    """Return the outcome of a listing that brings nothing; the next guess where it was one."""
    guess = next_guess(listing)
    state = "failed" if guess is None else "skipped"
    row = ListingRow(id=listing.id, state=state, last_error=reason[:500])
    return ListingOutcome(row=row, reading=Reading(listings=(guess,) if guess else ()))


def _word(error: FetchError) -> str:
    return (error.reason or error.word)[:500]


# ── storing what it names ───────────────────────────────────────────────────────────────


def _store(
    service: Service, host: LeasedHost, listing: DueListing, outcome: ListingOutcome
) -> None:
    """Store a listing's outcome, by the thousand; the listing's own row with the last part."""
    reading = outcome.reading
    items = reading.items
    while len(items) > ROWS_AT_ONCE:
        part, items = items[:ROWS_AT_ONCE], items[ROWS_AT_ONCE:]
        past_others(partial(_store_part, service, host, listing, part, None))
    past_others(partial(_store_part, service, host, listing, items, outcome))


def _store_part(
    service: Service,
    host: LeasedHost,
    listing: DueListing,
    items: Sequence[NewItem],
    outcome: ListingOutcome | None,
) -> None:
    named = outcome.reading.listings if outcome else ()
    names = {item.host for item in items} | {host_of(one.url) for one in named}
    with service.database.connection() as connection:
        host_ids = hosts.ensure_hosts(connection, names)
    with service.database.connection() as connection:
        touched = {*host_ids.values(), host.id}
        if hosts.lock_hosts(connection, touched).get(host.id) != host.token:
            raise LeaseLost(host.name)
        store_items(connection, service, listing.backfill_id, listing.source_id, items, host_ids)
        if outcome is not None:
            _store_end(connection, service, listing, outcome, host_ids)


def store_items(
    connection: Connection,
    service: Service,
    backfill_id: int,
    source_id: int,
    items: Sequence[NewItem],
    host_ids: dict[str, int],
) -> int:
    """Add addresses to a backfill, make the unknown ones due; return how many these are."""
    now = service.clock.now()
    fresh = backfills.add_items(connection, backfill_id, source_id, items)
    wanted = [item for item in items if item.url_key in fresh]
    if not wanted:
        return 0
    is_running = backfills.want_pages(connection, backfill_id, source_id, wanted, host_ids, now=now)
    if is_running:
        hosts.wake_hosts(connection, {host_ids[item.host]: now for item in wanted})
    return len(wanted)


def _store_end(
    connection: Connection,
    service: Service,
    listing: DueListing,
    outcome: ListingOutcome,
    host_ids: dict[str, int],
) -> None:
    now, row, named = service.clock.now(), outcome.row, outcome.reading.listings
    if named and row.digest is not None and backfills.is_same_page(connection, listing, row.digest):
        named = ()  # a list that answers every further page with its last one
    due = [new_listing(one, listing.backfill_id, host_ids, now) for one in named]
    backfills.add_listings(connection, due)
    hosts.wake_hosts(connection, {one.host_id: now for one in due if one.host_id is not None})
    backfills.store_listing(connection, row, now=now)


def new_listing(
    named: NamedListing, backfill_id: int, host_ids: dict[str, int], now: datetime
) -> NewListing:
    """Return a listing as it is stored, due now."""
    return NewListing(
        backfill_id=backfill_id,
        host_id=host_ids[host_of(named.url)],
        kind=named.kind,
        url=named.url,
        pattern=named.pattern,
        page=named.page,
        depth=named.depth,
        days=named.days,
        due_at=now,
    )
