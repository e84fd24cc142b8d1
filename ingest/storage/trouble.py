"""What needs a person: opened when it is seen, told once, ended when it is seen no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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

QUERIES = load_queries("trouble")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that a person should look at.

    Attributes:
        kind: in one word; with `subject` it is how an open trouble is known again.
        subject: whom it concerns: an agency, a feed, a machine.
        sentence: what is wrong.
        cure: the command that helps, or shows more.
        since: when it was first seen (virtual).
    """

    kind: str
    subject: str
    sentence: str
    cure: str
    since: datetime


def open_troubles(connection: Connection, *, most: int = 50) -> list[Trouble]:
    """Return what needs a person now, the newest first."""
    return select(connection, Trouble, QUERIES["open_troubles"], {"most": most})


def open_trouble(connection: Connection, trouble: Trouble, *, is_told: bool = False) -> None:
    """Open a trouble, or bring the words of the open one up to date."""
    run(connection, QUERIES["open_trouble"], columns_of(trouble) | {"is_told": is_told})


def end_trouble(connection: Connection, trouble: Trouble, *, at: datetime) -> None:
    """End a trouble if it is open."""
    run(connection, QUERIES["end_trouble"], columns_of(trouble) | {"at": at})


def keep_troubles(
    connection: Connection, kinds: Collection[str], seen: Sequence[Trouble], *, at: datetime
) -> None:
    """Open what is seen; end what is open of these kinds and seen no more."""
    rows = [columns_of(trouble) | {"is_told": False} for trouble in seen]
    run_many(connection, QUERIES["open_trouble"], rows)
    params = {
        "kinds": sorted(kinds),
        "seen": [f"{trouble.kind} {trouble.subject}" for trouble in seen],
        "at": at,
    }
    run(connection, QUERIES["end_unseen"], params)


def untold_trouble(connection: Connection, *, but: Collection[int]) -> tuple[int, Trouble] | None:
    """Return an open trouble that nobody was told of, locked until the transaction ends."""
    rows = select_dicts(connection, QUERIES["untold_trouble"], {"but": list(but)})
    return None if not rows else (rows[0].pop("id"), Trouble(**rows[0]))


def mark_told(connection: Connection, number: int, *, at: datetime) -> None:
    """Note that a trouble was told."""
    run(connection, QUERIES["mark_told"], {"id": number, "at": at})


def last_seen(connection: Connection, kind: str, *, now: datetime) -> datetime | None:
    """Return when a trouble of a kind was there last (virtual); None where none ever was."""
    at: datetime | None = select_value(connection, QUERIES["last_seen"], {"kind": kind, "now": now})
    return at


def forget_troubles(connection: Connection, *, before: datetime) -> int:
    """Delete troubles that ended before an instant; return how many."""
    return run(connection, QUERIES["forget_troubles"], {"before": before})


# ── what is judged ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed that fails, is silent or is gone, and its habit.

    Attributes:
        news: polls of its last four weeks that brought something.
        span: from the first to the last of them.
        longest: the longest wait between two of them.
    """

    id: int
    source: str
    url: str
    added_at: datetime
    failures: int
    last_ok_at: datetime | None
    last_new_at: datetime | None
    last_error: str | None
    retired_at: datetime | None
    news: int
    span: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """The articles of an agency: its last day, and before.

    Attributes:
        length: the median of texts, in bytes.
        empty, ahead, undated: articles without text, dated in the future, without date.
        no_article: pages that yielded none.
    """

    source: str
    articles: int
    articles_before: int
    length: float | None
    length_before: float
    empty: int
    empty_before: int
    ahead: int
    undated: int
    undated_before: int
    no_article: int
    no_article_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedPages:
    """Pages of an agency that killed their reader; `example` is one of them."""

    source: str
    pages: int
    example: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckPages:
    """Fresh pages of one host that are long due."""

    host: str
    pages: int
    longest_due_at: datetime
    last_error: str | None
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConsumer:
    """A consumer that committed nothing for long and is behind."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAnswer:
    """The agency whose feed answered last, and when (virtual)."""

    source: str
    at: datetime


def last_answer(connection: Connection) -> LastAnswer | None:
    """Return who answered last; None where nobody ever did."""
    found = select(connection, LastAnswer, QUERIES["last_answer"])
    return found[0] if found else None


def feed_health(connection: Connection, *, now: datetime) -> list[FeedHealth]:
    """Return the feeds about which there may be something to say."""
    return select(connection, FeedHealth, QUERIES["feed_health"], {"now": now})


def source_health(connection: Connection, *, now: datetime) -> list[SourceHealth]:
    """Return how each agency's last articles compare with those before; a bounded sample."""
    return select(connection, SourceHealth, QUERIES["source_health"], {"now": now})


def parked_pages(connection: Connection) -> list[ParkedPages]:
    """Return where pages were given up because reading them killed a process."""
    return select(connection, ParkedPages, QUERIES["parked_pages"])


def stuck_pages(connection: Connection, *, before: datetime) -> list[StuckPages]:
    """Return the hosts whose fresh pages were due before an instant and still are."""
    return select(connection, StuckPages, QUERIES["stuck_pages"], {"before": before})


def standing_consumers(connection: Connection, *, since: datetime) -> list[StandingConsumer]:
    """Return the consumers that are behind and committed nothing since a real instant."""
    return select(connection, StandingConsumer, QUERIES["standing_consumers"], {"since": since})
