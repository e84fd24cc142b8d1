"""Backfills: what was asked for, the listings that name addresses, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ingest.model import Days
from ingest.storage.database import moment_columns, read_moment
from ingest.storage.page import BACKFILL, Announcement
from ingest.storage.queries import (
    Connection,
    columns_of,
    load_queries,
    run,
    run_many,
    select,
    select_dicts,
    select_value,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.model import Moment

QUERIES = load_queries("backfill")

MOST_DEATHS = 5  # of workers that read one listing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewListing:
    """A document to read.

    Attributes:
        host_id: None for a file on disk.
        kind: robots, sitemap, news-sitemap, archive, feed, wordpress, warc or urls.
        pattern: what its address was made from, where more pages may follow.
        page: which of several, from 1 upwards.
        depth: how many listings led to it.
        days: what its own name says it is about.
    """

    backfill_id: int
    host_id: int | None
    kind: str
    url: str
    due_at: datetime | None
    pattern: str | None = None
    page: int = 1
    depth: int = 0
    days: Days | None = None
    state: str = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueListing:
    """A document to read now, its attempt counted already."""

    id: int
    backfill_id: int
    host_id: int | None
    kind: str
    url: str
    pattern: str | None
    page: int
    depth: int
    first_day: date | None
    last_day: date | None
    attempts: int
    position: int
    slug: str
    source_id: int
    via: str
    from_day: date | None
    to_day: date | None
    takes_undated: bool

    @property
    def wanted(self) -> Days:
        """The days that are asked for."""
        return Days(self.from_day, self.to_day)

    @property
    def days(self) -> Days | None:
        """The days that its own name says it is about."""
        if self.first_day is None and self.last_day is None:
            return None
        return Days(self.first_day, self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """A listing's columns after an attempt."""

    id: int
    state: str
    due_at: datetime | None = None
    position: int = 0
    digest: bytes | None = None
    found: int = 0
    outside: int = 0
    undated: int = 0
    foreigners: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An address of the days that are asked for, and what its listing said of it."""

    url: str
    url_key: str
    host: str
    number: str | None = None
    title: str | None = None
    published: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBackfill:
    """A backfill as people see it; times are virtual.

    Attributes:
        listings_cut: files whose reading has not come to its end.
        found: addresses that its listings name, some of them more than once.
    """

    id: int
    source_id: int
    source: str
    via: str
    from_day: date | None
    to_day: date | None
    places: list[str]
    takes_undated: bool
    state: str
    created_at: datetime
    ended_at: datetime | None
    listings: int
    listings_read: int
    listings_failed: int
    listings_cut: int
    found: int
    outside: int
    undated: int
    foreigners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCounts:
    """What became of the addresses of one backfill."""

    id: int
    in_range: int = 0
    known: int = 0
    stored: int = 0
    no_article: int = 0
    failed: int = 0

    @property
    def left(self) -> int:
        """How many wait to be fetched, or to be tried again."""
        return self.in_range - self.known - self.stored - self.no_article - self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillCounts:
    """How many backfills go on, and how many pages they have still to fetch."""

    running: int
    paused: int
    waiting_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A page or listing that brought nothing, and why."""

    what: str
    url: str
    state: str
    attempts: int
    last_status: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingHost:
    """A host with pages of one backfill still to fetch."""

    name: str
    robots: str | None
    robots_status: int | None
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldHost:
    """A host that is left alone until a time (virtual), and why."""

    name: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileListing:
    """A file on disk that a backfill reads."""

    id: int
    kind: str
    url: str
    position: int
    state: str
    found: int
    outside: int
    undated: int
    foreigners: int


# ── what was asked for ──────────────────────────────────────────────────────────────────


def add_backfill(
    connection: Connection,
    *,
    source_id: int,
    via: str,
    wanted: Days,
    places: Sequence[str],
    undated: bool,
    now: datetime,
) -> int:
    """Record a backfill, running; return its number."""
    params = {
        "source_id": source_id,
        "via": via,
        "from_day": wanted.first,
        "to_day": wanted.last,
        "places": list(places),
        "undated": undated,
        "now": now,
    }
    found: int = select_value(connection, QUERIES["add_backfill"], params)
    return found


def set_state(
    connection: Connection, backfill_id: int, state: str, *, of: Collection[str], now: datetime
) -> bool:
    """Change a backfill's state if it is one of some; return whether it was."""
    params = {"id": backfill_id, "state": state, "from": list(of), "now": now}
    return run(connection, QUERIES["set_state"], params) == 1


def state_of(connection: Connection, backfill_id: int) -> str | None:
    """Return a backfill's state, locked against a change until the transaction ends."""
    found: str | None = select_value(connection, QUERIES["state_of"], {"id": backfill_id})
    return found


def hold_work(connection: Connection, backfill_id: int, *, drop: bool) -> None:
    """Let nothing of a backfill be due; what another running one waits for goes on with that."""
    params = {"id": backfill_id}
    run(connection, QUERIES["hand_over_pages"], params)
    run(connection, QUERIES["hold_listings"], params)
    run(connection, QUERIES["drop_pages" if drop else "hold_pages"], params)


def release_work(connection: Connection, backfill_id: int, *, now: datetime) -> set[int]:
    """Make due what waits; return the hosts to wake."""
    params = {"id": backfill_id, "now": now}
    released = connection.execute(QUERIES["release_pages"], params).fetchall()
    released += connection.execute(QUERIES["release_listings"], params).fetchall()
    return {row[0] for row in released}


def settle_backfills(
    connection: Connection, *, now: datetime, ids: Collection[int] | None = None
) -> dict[int, str]:
    """End the running backfills, or some of them, that have nothing left to do.

    Returns:
        The states of those that ended, by number.
    """
    params = {"ids": None if ids is None else list(ids), "now": now}
    return dict(connection.execute(QUERIES["settle"], params).fetchall())


def reopen(connection: Connection, backfill_id: int) -> None:
    """Let a backfill that was done run on."""
    run(connection, QUERIES["reopen"], {"id": backfill_id})


# ── listings ────────────────────────────────────────────────────────────────────────────


def add_listings(connection: Connection, listings: Sequence[NewListing]) -> None:
    """Add documents to read; those known to the backfill already are left as they are."""
    rows = []
    for listing in listings:
        row = columns_of(listing)
        days = row.pop("days") or Days()
        rows.append(row | {"first_day": days.first, "last_day": days.last})
    run_many(connection, QUERIES["add_listing"], rows)


def recover_listings(
    connection: Connection, *, host_id: int, token: int, now: datetime
) -> set[int]:
    """Make listings due that an earlier visit left in flight; return whose they are."""
    params = {"host_id": host_id, "token": token, "now": now, "most": MOST_DEATHS}
    return {row[0] for row in connection.execute(QUERIES["recover_listings"], params).fetchall()}


def take_due_listing(
    connection: Connection, *, host_id: int, token: int, now: datetime
) -> DueListing | None:
    """Take the next document of a leased host; in flight until stored or returned."""
    params = {"host_id": host_id, "token": token, "now": now}
    found = select(connection, DueListing, QUERIES["take_due_listing"], params)
    return found[0] if found else None


def postpone_listings(connection: Connection, *, host_id: int, until: datetime) -> None:
    """Let a host's listings wait until a time."""
    run(connection, QUERIES["postpone_listings"], {"host_id": host_id, "until": until})


def return_listing(
    connection: Connection, listing_id: int, *, token: int, due_at: datetime
) -> None:
    """Give back a listing that was taken and not asked for."""
    params = {"id": listing_id, "token": token, "due_at": due_at}
    run(connection, QUERIES["return_listing"], params)


def store_listing(connection: Connection, row: ListingRow, *, now: datetime) -> None:
    """Store what became of an attempt at a listing."""
    run(connection, QUERIES["store_listing"], columns_of(row) | {"now": now})


def is_same_page(connection: Connection, listing: DueListing, digest: bytes) -> bool:
    """Return whether another page of the same list held the very same links."""
    params = {
        "id": listing.id,
        "backfill_id": listing.backfill_id,
        "kind": listing.kind,
        "digest": digest,
    }
    return bool(select_value(connection, QUERIES["is_same_page"], params))


def file_listings(connection: Connection, backfill_id: int) -> list[FileListing]:
    """Return the files that a backfill reads from disk."""
    return select(connection, FileListing, QUERIES["file_listings"], {"id": backfill_id})


# ── addresses ───────────────────────────────────────────────────────────────────────────


def add_items(
    connection: Connection, backfill_id: int, source_id: int, items: Sequence[NewItem]
) -> set[str]:
    """Add addresses to a backfill; return the keys of those that are to be fetched.

    What the backfill has already is left as it is, so that doing it twice is doing it once.
    """
    if not items:
        return set()
    moments = [moment_columns("", item.published) for item in items]
    params = {
        "backfill_id": backfill_id,
        "source_id": source_id,
        "url_keys": [item.url_key for item in items],
        "numbers": [item.number for item in items],
        "titles": [item.title for item in items],
        "ats": [moment["_at"] for moment in moments],
        "offsets": [moment["_offset"] for moment in moments],
        "precisions": [moment["_precision"] for moment in moments],
        "texts": [moment["_text"] for moment in moments],
        "zones": [moment["_zone"] for moment in moments],
    }
    added = connection.execute(QUERIES["add_items"], params).fetchall()
    return {key for key, is_known in added if not is_known}


def want_pages(
    connection: Connection,
    backfill_id: int,
    source_id: int,
    items: Sequence[NewItem],
    host_ids: dict[str, int],
    *,
    now: datetime,
    is_due: bool = True,
) -> bool:
    """Make addresses due for a backfill; return whether they are, so that their hosts be woken.

    `is_due=False` makes the pages alone: what they hold is at hand already.
    """
    is_running = is_due and state_of(connection, backfill_id) == "running"
    params = {
        "backfill_id": backfill_id,
        "source_id": source_id,
        "host_ids": [host_ids[item.host] for item in items],
        "urls": [item.url for item in items],
        "url_keys": [item.url_key for item in items],
        "priority": BACKFILL,
        "due_at": now if is_running else None,
        "now": now,
    }
    run(connection, QUERIES["want_pages"], params)
    return is_running


def pages_of_keys(connection: Connection, url_keys: Collection[str]) -> dict[str, int]:
    """Return page ids by key, of pages that lead to no article and are in nobody's hands."""
    params = {"url_keys": list(url_keys)}
    return dict(connection.execute(QUERIES["pages_of_keys"], params).fetchall())


def known_keys(connection: Connection, source_id: int, items: Sequence[NewItem]) -> set[str]:
    """Return the keys of addresses that a backfill would not fetch."""
    params = {
        "source_id": source_id,
        "url_keys": [item.url_key for item in items],
        "numbers": [item.number for item in items],
    }
    return {row[0] for row in connection.execute(QUERIES["known_keys"], params).fetchall()}


def said_of_pages(connection: Connection, ids: Collection[int]) -> dict[int, Announcement]:
    """Return what listings said of pages that no feed announced, by page id."""
    if not ids:
        return {}
    rows = select_dicts(connection, QUERIES["said_of_pages"], {"ids": list(ids)})
    return {row["id"]: _announcement(row) for row in rows}


def _announcement(row: dict[str, Any]) -> Announcement:
    return Announcement(
        id=row["id"],
        title=row["title"],
        summary=None,
        authors=[],
        categories=[],
        image=None,
        language=None,
        published=read_moment(row, "published"),
    )


# ── what people ask ─────────────────────────────────────────────────────────────────────


def list_backfills(
    connection: Connection, *, backfill_id: int | None = None, most: int = 100
) -> list[ListedBackfill]:
    """Return backfills as people see them, newest first."""
    params = {"id": backfill_id, "most": most}
    return select(connection, ListedBackfill, QUERIES["list_backfills"], params)


def count_backfills(connection: Connection) -> BackfillCounts:
    """Return how many backfills go on."""
    return select(connection, BackfillCounts, QUERIES["count_backfills"])[0]


def count_items(connection: Connection, ids: Collection[int]) -> dict[int, ItemCounts]:
    """Return what became of the addresses of some backfills, by number."""
    counts = select(connection, ItemCounts, QUERIES["count_items"], {"ids": list(ids)})
    return {number: ItemCounts(id=number) for number in ids} | {row.id: row for row in counts}


def failures(connection: Connection, backfill_id: int) -> list[Failure]:
    """Return what could not be stored, and why."""
    return select(connection, Failure, QUERIES["failures"], {"id": backfill_id})


def waiting_by_host(connection: Connection, backfill_id: int) -> list[WaitingHost]:
    """Return the hosts with pages still to fetch, most first."""
    return select(connection, WaitingHost, QUERIES["waiting_by_host"], {"id": backfill_id})


def listing_in_hand(connection: Connection, backfill_id: int) -> str | None:
    """Return the address of the listing that is read now, or next."""
    found: str | None = select_value(connection, QUERIES["listing_in_hand"], {"id": backfill_id})
    return found


def held_host(connection: Connection, backfill_id: int, *, now: datetime) -> HeldHost | None:
    """Return the host that a backfill waits for longest, where one is left alone for a while."""
    found = select(connection, HeldHost, QUERIES["held_host"], {"id": backfill_id, "now": now})
    return found[0] if found else None


def pages_of_hosts(connection: Connection, source_id: int, *, most: int = 5) -> list[str]:
    """Return the address of one page at each host of a source's pages, most first."""
    params = {"source_id": source_id, "most": most}
    return [row[0] for row in connection.execute(QUERIES["pages_of_hosts"], params).fetchall()]


def count_sessions(connection: Connection, name: str) -> int:
    """Return how many sessions of this database carry a name."""
    found: int = select_value(connection, QUERIES["count_sessions"], {"name": name})
    return found
