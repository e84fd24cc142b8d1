"""What `khabar status` counts, and the numbers the whole fleet shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.storage.counting import COUNTED, count_rows
from ingest.storage.queries import Connection, load_queries, run, select, select_dicts, select_value

QUERIES = load_queries("status")
SAMPLED = 1_000  # due pages of a host whose states stand for all
NONE_DUE: dict[str, Any] = {"due": 0, "longest_due_at": None}
OLDEST_POSTGRES = 170000


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """How the feeds do."""

    feeds: int
    paused: int
    retired: int
    failing: int
    due: int
    next_poll_at: datetime | None
    last_polled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCounts:
    """How the pages of one state do."""

    state: str
    pages: int
    due: int
    in_flight: int
    longest_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCounts:
    """How the hosts do."""

    hosts: int
    leased: int
    backing_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCounts:
    """What is stored."""

    articles: int
    revisions: int
    newest_change: int
    newest_change_at: datetime | None
    gaps: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingFeed:
    """A feed whose last polls failed."""

    id: int
    source: str
    url: str
    failures: int
    last_outcome: str | None
    last_error: str | None
    next_poll_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFigures:
    """What monitoring shows of the whole fleet.

    Attributes:
        queue: due pages by kind: fresh, recheck, backfill.
        oldest: virtual seconds that the longest of each kind waits.
        lag: changes that each consumer has not committed.
        troubles: open ones by kind.
    """

    feeds: int
    feeds_due: int
    feeds_overdue: int
    feeds_failing: int
    feeds_paused: int
    hosts_visited: int
    hosts_left_alone: int
    pages_parked: int
    gaps_open: int
    newest_change: int
    queue: dict[str, float]
    oldest: dict[str, float]
    lag: dict[str, float]
    troubles: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNumber:
    """A number that the whole fleet shares, and when it was set (virtual)."""

    name: str
    number: float
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a Postgres says of itself, for the doctor and before a schema is made."""

    version: int
    is_utf8: bool
    is_standby: bool
    is_read_only: bool
    free_connections: int


def server_facts(connection: Connection) -> ServerFacts:
    """Return what the server says of itself."""
    return select(connection, ServerFacts, QUERIES["server_facts"])[0]


def fault_of_server(facts: ServerFacts) -> tuple[str, str] | None:
    """Return why we can't work with a server, and the cure; None where we can."""
    if facts.version < OLDEST_POSTGRES:
        return f"Postgres {facts.version // 10000} is too old", "use Postgres 17 or newer"
    if not facts.is_utf8:
        return (
            "it is not encoded in UTF-8",
            "make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )
    if facts.is_standby or facts.is_read_only:
        return "nothing can be written there", "name the primary in KHABAR_DATABASE_URL"
    return None


def is_read_only(connection: Connection) -> bool:
    """Return whether the server takes no writes now."""
    return bool(select_value(connection, QUERIES["is_read_only"]))


def may_write(connection: Connection) -> bool:
    """Return whether our role may write into our schema."""
    return bool(select_value(connection, QUERIES["may_write"]))


OVERDUE = timedelta(minutes=5)  # virtual
_NO_QUEUE = {"fresh": 0.0, "recheck": 0.0, "backfill": 0.0}


def fleet_figures(connection: Connection, *, now: datetime, real_now: datetime) -> FleetFigures:
    """Return what monitoring shows; cheap however much is stored."""
    params = {"now": now, "real_now": real_now, "overdue": now - OVERDUE}
    figures = select_dicts(connection, QUERIES["fleet_figures"], params)[0]
    queue = select_dicts(connection, QUERIES["page_queue"], params)
    lags = connection.execute(QUERIES["consumer_lags"]).fetchall()
    troubles = connection.execute(QUERIES["open_troubles_by_kind"]).fetchall()
    return FleetFigures(
        **figures,
        queue=_NO_QUEUE | {row["kind"]: float(row["pages"]) for row in queue},
        oldest=_NO_QUEUE | {row["kind"]: row["oldest"] for row in queue},
        lag={name: float(lag) for name, lag in lags},
        troubles={kind: float(many) for kind, many in troubles},
    )


def count_feeds(connection: Connection, *, now: datetime) -> FeedCounts:
    """Count feeds."""
    return select(connection, FeedCounts, QUERIES["count_feeds"], {"now": now})[0]


def count_pages(connection: Connection, *, now: datetime, most: int = COUNTED) -> list[PageCounts]:
    """Count pages, a row a state; in a table of more than `most`, what no index bounds roughly."""
    total = count_rows(connection, QUERIES["every_page"], most=most)
    if total <= most:
        return select(connection, PageCounts, QUERIES["count_pages"], {"now": now})
    pages = dict(connection.execute(QUERIES["count_ended_pages"]).fetchall())
    pages["embargoed"] = count_rows(connection, QUERIES["embargoed_pages"], most=most)
    pages["waiting"] = count_rows(
        connection, QUERIES["scheduled_waiting_pages"], most=most, like=QUERIES["waiting_pages"]
    )
    pages["stored"] = max(total - sum(pages.values()), 0)
    due = _due_pages(connection, now, most)
    in_flight = dict(connection.execute(QUERIES["count_pages_in_flight"]).fetchall())
    return [
        PageCounts(
            state=state, pages=number, in_flight=in_flight.get(state, 0), **due.get(state, NONE_DUE)
        )
        for state, number in sorted(pages.items())
        if number
    ]


def _due_pages(connection: Connection, now: datetime, most: int) -> dict[str, dict[str, Any]]:
    """Return how many pages of each state are due, and since when the first is.

    The states are those of each host's longest due, as many as there are in all.
    """
    params = {"now": now, "each": SAMPLED}
    sample = select_dicts(connection, QUERIES["sample_due_pages"], params)
    seen = sum(row["due"] for row in sample)
    total = count_rows(connection, QUERIES["due_pages"], {"now": now}, most=most)
    return {row.pop("state"): row | {"due": row["due"] * total // seen} for row in sample}


def count_fresh_backlog(connection: Connection) -> int:
    """Count pages never fetched that are still to be tried: what readers wait for."""
    return int(select_value(connection, QUERIES["count_fresh_backlog"]))


def count_hosts(connection: Connection, *, now: datetime, real_now: datetime) -> HostCounts:
    """Count hosts."""
    params = {"now": now, "real_now": real_now}
    return select(connection, HostCounts, QUERIES["count_hosts"], params)[0]


def count_articles(connection: Connection, *, most: int = COUNTED) -> ArticleCounts:
    """Count what is stored; of each thing roughly where there are more than `most`."""
    newest = connection.execute(QUERIES["newest_change"]).fetchone()
    newest_change, newest_change_at = newest or (0, None)
    return ArticleCounts(
        articles=count_rows(connection, QUERIES["every_article"], most=most),
        revisions=count_rows(connection, QUERIES["every_revision"], most=most),
        newest_change=newest_change,
        newest_change_at=newest_change_at,
        gaps=count_rows(connection, QUERIES["every_gap"], most=most),
        entries=count_rows(connection, QUERIES["every_entry"], most=most),
    )


def failing_feeds(connection: Connection, *, most: int = 20) -> list[FailingFeed]:
    """Return the feeds that fail, worst first."""
    return select(connection, FailingFeed, QUERIES["failing_feeds"], {"most": most})


def add_partitions(connection: Connection, *, at: datetime) -> None:
    """Make the monthly partitions that hold a virtual instant and the month after it."""
    run(connection, QUERIES["add_partitions"], {"at": at})


def drop_partitions(connection: Connection, parent: str, *, before: datetime) -> int:
    """Drop a table's partitions that hold only rows older than a virtual instant; return how many.

    Older rows of its default partition are deleted.
    """
    return int(
        select_value(connection, QUERIES["drop_partitions"], {"parent": parent, "before": before})
    )


def drop_old_polls(connection: Connection, *, before: datetime) -> int:
    """Delete poll log lines older than a virtual instant; return how many."""
    return run(connection, QUERIES["drop_old_polls"], {"before": before})


def fleet_number(connection: Connection, name: str) -> float | None:
    """Return a number that the whole fleet shares."""
    number: float | None = select_value(connection, QUERIES["fleet_number"], {"name": name})
    return number


def fleet_numbers(connection: Connection, beginning: str) -> list[FleetNumber]:
    """Return the fleet's numbers whose names begin so."""
    return select(connection, FleetNumber, QUERIES["fleet_numbers"], {"beginning": beginning})


def drop_fleet_number(connection: Connection, name: str) -> None:
    """Forget a number."""
    run(connection, QUERIES["drop_fleet_number"], {"name": name})


def drop_old_fleet_numbers(connection: Connection, beginning: str, *, before: datetime) -> int:
    """Forget the numbers of names that begin so and were set before an instant; return how many."""
    params = {"beginning": beginning, "before": before}
    return run(connection, QUERIES["drop_old_fleet_numbers"], params)


def set_fleet_number(connection: Connection, name: str, number: float, *, at: datetime) -> None:
    """Set a number that the whole fleet shares."""
    run(connection, QUERIES["set_fleet_number"], {"name": name, "number": number, "at": at})


def poll_states(connection: Connection) -> list[tuple[int, dict[str, Any]]]:
    """Return (host, poll state) of every feed that is polled."""
    return [(row[0], row[1]) for row in connection.execute(QUERIES["poll_states"]).fetchall()]
