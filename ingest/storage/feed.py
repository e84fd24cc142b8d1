"""Feeds and what they announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ingest.storage.database import moment_columns
from ingest.storage.queries import (
    Connection,
    columns_of,
    load_queries,
    run,
    run_many,
    select,
    select_many,
    select_value,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.model import Entry

QUERIES = load_queries("feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed to follow from now on. Times are virtual."""

    source_id: int
    host_id: int
    url: str
    origin: str
    added_at: datetime
    next_poll_at: datetime
    title: str | None
    language: str | None
    section: str | None
    evidence: str | None
    stable_guids: bool
    floor: timedelta | None
    ceiling: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed to poll now, with all that the poll needs. Times are virtual.

    Attributes:
        asked_interval: what its last whole document asked for between two polls.
        skip_hours: likewise; UTC, as skip_days, 0 for Monday.
        etag: of `validators_url`, which answered last.
        other_validators: by URL, of the addresses that answered before it.
        checkpoint: how far a wire was read; None for a feed.
    """

    id: int
    source_id: int
    slug: str
    url: str
    stable_guids: bool
    floor: timedelta | None
    ceiling: timedelta | None
    origin: str
    added_at: datetime
    poll_state: dict[str, Any] | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_digest: bytes | None
    window_keys: list[int] | None
    window_at: datetime | None
    moved_url: str | None
    moved_polls: int
    failures: int
    last_status: int | None
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    asked_interval: timedelta | None = None
    skip_hours: list[int] | None = None
    skip_days: list[int] | None = None
    other_validators: dict[str, list[str | None]] | None = None
    checkpoint: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed's columns after a poll, whole; what a poll did not learn is handed on unchanged."""

    id: int
    url: str
    host_id: int
    title: str | None
    language: str | None
    stable_guids: bool
    next_poll_at: datetime
    next_poll_reason: str
    poll_state: dict[str, Any] | None
    retired_at: datetime | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_digest: bytes | None
    window_keys: list[int] | None
    window_at: datetime | None
    moved_url: str | None
    moved_polls: int
    failures: int
    last_polled_at: datetime
    last_ok_at: datetime | None
    last_new_at: datetime | None
    last_status: int | None
    last_outcome: str
    last_error: str | None
    hub: str | None
    asked_interval: timedelta | None = None
    skip_hours: list[int] | None = None
    skip_days: list[int] | None = None
    other_validators: dict[str, list[str | None]] | None = None
    checkpoint: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRow:
    """One line of the poll log."""

    feed_id: int
    at: datetime
    outcome: str
    status: int | None = None
    entries: int = 0
    fresh: int = 0
    changed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What a feed announced before: enough to see what is new and what changed."""

    identity: str
    url_key: str | None
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry to store: the announcement and what identifies it."""

    feed_id: int
    identity: str
    url_key: str | None
    digest: bytes
    entry: Entry
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed as people see it; `kind` is its source's."""

    id: int
    source: str
    kind: str
    url: str
    title: str | None
    language: str | None
    section: str | None
    origin: str
    evidence: str | None
    stable_guids: bool
    floor: timedelta | None
    ceiling: timedelta | None
    added_at: datetime
    next_poll_at: datetime
    next_poll_reason: str
    paused_at: datetime | None
    retired_at: datetime | None
    moved_url: str | None
    moved_polls: int
    failures: int
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    last_status: int | None
    last_outcome: str | None
    last_error: str | None
    hub: str | None
    poll_state: dict[str, Any] | None
    entries: int
    host: str
    backoff_until: datetime | None
    host_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedPoll:
    """One poll as people see it."""

    at: datetime
    outcome: str
    status: int | None
    entries: int
    fresh: int
    changed: int
    bytes: int
    seconds: float
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """One entry as people see it."""

    id: int
    guid: str | None
    url: str | None
    title: str | None
    published_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime


def take_due_feeds(
    connection: Connection,
    *,
    host_id: int,
    token: int,
    now: datetime,
    floor: timedelta,
    retry: timedelta,
    batch: int,
) -> list[DueFeed]:
    """Take a leased host's due feeds, their next poll moved on before any request is made."""
    params = {
        "host_id": host_id,
        "token": token,
        "now": now,
        "floor": floor,
        "retry": retry,
        "batch": batch,
    }
    return select(connection, DueFeed, QUERIES["take_due_feeds"], params)


def return_feeds(
    connection: Connection, ids: Collection[int], *, token: int, due_at: datetime
) -> None:
    """Give back feeds that were taken and not asked."""
    if ids:
        params = {"ids": list(ids), "token": token, "due_at": due_at}
        run(connection, QUERIES["return_feeds"], params)


def store_poll(connection: Connection, feed: FeedRow) -> None:
    """Store a feed's columns after a poll."""
    row = {name: getattr(feed, name) for name in FeedRow.__slots__}
    for name in ("poll_state", "other_validators", "checkpoint"):
        row[name] = None if row[name] is None else Jsonb(row[name])
    run(connection, QUERIES["store_poll"], row)


def followed_at_urls(connection: Connection, urls: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return id and source's slug of the feeds with exactly these addresses."""
    rows = connection.execute(QUERIES["followed_at_urls"], {"urls": list(urls)}).fetchall()
    return {url: (feed_id, slug) for url, feed_id, slug in rows}


def was_gone(connection: Connection, feed_id: int, *, since: datetime | None) -> bool:
    """Return whether a feed answered 410 after an instant (virtual), as the poll log knows."""
    params = {"id": feed_id, "since": since}
    return bool(select_value(connection, QUERIES["was_gone"], params))


def log_polls(connection: Connection, polls: Sequence[PollRow]) -> None:
    """Write the poll log."""
    run_many(connection, QUERIES["log_poll"], [columns_of(poll) for poll in polls])


def known_entries(
    connection: Connection,
    *,
    feed_id: int,
    identities: Collection[str],
    url_keys: Collection[str],
) -> list[KnownEntry]:
    """Return what this feed announced before under these identities or addresses."""
    params = {"feed_id": feed_id, "identities": list(identities), "url_keys": list(url_keys)}
    return select(connection, KnownEntry, QUERIES["known_entries"], params)


def store_entries(connection: Connection, entries: Sequence[EntryRow]) -> list[int]:
    """Store new and changed entries; return their ids in order."""
    answers = select_many(
        connection, QUERIES["store_entry"], [_entry_params(row) for row in entries]
    )
    return [answer[0] for answer in answers if answer is not None]


def _entry_params(row: EntryRow) -> dict[str, Any]:
    entry = row.entry
    return {
        "feed_id": row.feed_id,
        "identity": row.identity,
        "guid": entry.guid,
        "url": entry.url,
        "url_key": row.url_key,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "authors": list(entry.authors),
        "categories": list(entry.categories),
        "image": entry.image,
        "language": entry.language,
        "updated_at": None if entry.updated is None else entry.updated.at,
        "digest": row.digest,
        "seen_at": row.seen_at,
    } | moment_columns("published", entry.published)


def add_feeds(connection: Connection, rows: Sequence[NewFeed]) -> list[int | None]:
    """Follow feeds and return their ids, in order; None where the address is followed already."""
    answers = select_many(connection, QUERIES["add_feed"], [columns_of(row) for row in rows])
    return [None if answer is None else answer[0] for answer in answers]


def remove_feed(connection: Connection, feed_id: int) -> bool:
    """Stop following a feed and forget its entries; its articles stay."""
    return run(connection, QUERIES["remove_feed"], {"id": feed_id}) == 1


def pause_feed(connection: Connection, feed_id: int, *, now: datetime) -> bool:
    """Stop polling a feed until it is resumed; False if it was paused already."""
    return run(connection, QUERIES["pause_feed"], {"id": feed_id, "now": now}) == 1


def resume_feed(connection: Connection, feed_id: int, *, now: datetime) -> int | None:
    """Poll a stopped feed again, from now; return its host, None if it was not stopped."""
    host_id: int | None = select_value(
        connection, QUERIES["resume_feed"], {"id": feed_id, "now": now}
    )
    return host_id


def poll_feed_now(
    connection: Connection, feed_id: int, *, now: datetime, floor: timedelta
) -> tuple[int, datetime] | None:
    """Let a feed fall due now, never within its floor; return host and time, None if stopped."""
    params = {"id": feed_id, "now": now, "floor": floor}
    row = connection.execute(QUERIES["poll_feed_now"], params).fetchone()
    return None if row is None else (row[0], row[1])


def list_feeds(
    connection: Connection,
    *,
    source: str | None = None,
    feed_id: int | None = None,
    url: str | None = None,
) -> list[ListedFeed]:
    """Return feeds as people see them, by source and address."""
    params = {"source": source, "id": feed_id, "url": url}
    return select(connection, ListedFeed, QUERIES["list_feeds"], params)


def recent_polls(connection: Connection, feed_id: int, *, most: int) -> list[LoggedPoll]:
    """Return a feed's last polls, newest first."""
    return select(
        connection, LoggedPoll, QUERIES["recent_polls"], {"feed_id": feed_id, "most": most}
    )


def recent_entries(connection: Connection, feed_id: int, *, most: int) -> list[ListedEntry]:
    """Return a feed's last entries, newest first."""
    return select(
        connection, ListedEntry, QUERIES["recent_entries"], {"feed_id": feed_id, "most": most}
    )


def make_due_from_future(connection: Connection, *, now: datetime, patience: timedelta) -> int:
    """Make feeds due that were polled later than now; return how many.

    Args:
        connection: one transaction.
        now: virtual.
        patience: by how much machines' clocks may differ.
    """
    params = {"now": now, "patience": patience}
    return int(select_value(connection, QUERIES["make_due_from_future"], params))
