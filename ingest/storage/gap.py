"""Gaps: where a feed's window ran over, and the search for what was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.storage.queries import Connection, columns_of, load_queries, run, run_many, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

QUERIES = load_queries("gap")


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A window that ran over between two complete replies.

    Attributes:
        at_least: how many entries are known to be lost.
        host_id: where the feed's links lead: its sitemaps are searched.
    """

    feed_id: int
    from_at: datetime
    to_at: datetime
    at_least: int
    noticed_at: datetime
    host_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGap:
    """A gap to search for now at a host of ours.

    Attributes:
        searches: how many ended before this one.
        tries: how often this one could not go on.
        asked: how many sitemaps this one has read.
        places: sitemaps still to be read; None before it has begun.
    """

    id: int
    feed_id: int
    feed_url: str
    feed_added_at: datetime
    source_id: int
    slug: str
    from_at: datetime
    to_at: datetime
    searches: int
    tries: int
    asked: int
    places: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """A gap's columns after a part of a search.

    Attributes:
        search_at: when it goes on; None: no more.
        found: addresses found in this part.
    """

    id: int
    host_id: int
    search_at: datetime | None
    searches: int
    tries: int
    asked: int
    places: list[str] | None
    searched_at: datetime
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGap:
    """One gap as people see it.

    Attributes:
        filled: how many lost entries the sitemaps named; None: not looked for yet.
        searched_at: when they were read last.
        search_at: when they will be read next; None: no more.
    """

    feed_url: str
    from_at: datetime
    to_at: datetime
    at_least: int
    filled: int | None
    searched_at: datetime | None
    search_at: datetime | None


def open_gaps(connection: Connection, gaps: Sequence[GapRow]) -> None:
    """Write down that windows ran over."""
    run_many(connection, QUERIES["open_gap"], [columns_of(gap) for gap in gaps])


def take_due_gaps(
    connection: Connection,
    *,
    host_id: int,
    token: int,
    now: datetime,
    retry: timedelta,
    batch: int,
) -> list[DueGap]:
    """Take the gaps to search for at a leased host, moved on before anything is asked."""
    params = {"host_id": host_id, "token": token, "now": now, "retry": retry, "batch": batch}
    return select(connection, DueGap, QUERIES["take_due_gaps"], params)


def return_gaps(
    connection: Connection, ids: Collection[int], *, token: int, due_at: datetime
) -> None:
    """Give back gaps that were taken and not searched for."""
    if ids:
        params = {"ids": list(ids), "token": token, "due_at": due_at}
        run(connection, QUERIES["return_gaps"], params)


def postpone_gaps(connection: Connection, *, host_id: int, until: datetime) -> None:
    """Put off the searches that are due at a host."""
    run(connection, QUERIES["postpone_gaps"], {"host_id": host_id, "until": until})


def store_searches(connection: Connection, searches: Sequence[SearchRow]) -> None:
    """Store how searches stand; what they found is added to what was found before."""
    run_many(connection, QUERIES["store_search"], [columns_of(row) for row in searches])


def recent_links(connection: Connection, feed_id: int, *, most: int) -> list[str]:
    """Return where a feed led lately."""
    rows = connection.execute(QUERIES["recent_links"], {"feed_id": feed_id, "most": most})
    return [row[0] for row in rows.fetchall()]


def known_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of some URL keys that we have met."""
    rows = connection.execute(QUERIES["known_keys"], {"keys": list(keys)}).fetchall()
    return {row[0] for row in rows}


def list_gaps(connection: Connection, *, most: int | None = None) -> list[ListedGap]:
    """Return the newest gaps, or every gap, in the order they were noticed."""
    return select(connection, ListedGap, QUERIES["list_gaps"], {"most": most})[::-1]
