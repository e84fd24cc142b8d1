"""What recurs on many pages of one source: its lines, and how many articles were counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest.storage.queries import (
    Connection,
    load_queries,
    run,
    select,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

QUERIES = load_queries("boilerplate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A source's articles in one language: how many there were, and the last of them in brief."""

    source_id: int
    shelf: str
    articles: int
    recent: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """A line of a source's pages.

    Attributes:
        shelf: the source's articles among which it was counted.
        learned_at: since when it is boilerplate; None for one that is not.
        text: of a learned line.
    """

    source_id: int
    shelf: str
    line: int
    seen: int
    last: int
    witnesses: bytes
    learned_at: datetime | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedLine:
    """A learned line as people see it.

    Attributes:
        articles: of its shelf, counted so far.
        share: of the shelf's last articles when one carried it last.
    """

    text: str
    shelf: str
    learned_at: datetime
    articles: int
    share: float


def lock_shelves(connection: Connection, shelves: Collection[tuple[int, str]]) -> list[Shelf]:
    """Return shelves, given as (source id, name), made where they are new.

    Whoever has them is alone with their lines until the transaction ends. They are locked in
    order, so two transactions never wait for each other.
    """
    if not shelves:
        return []
    source_ids, names = zip(*sorted(shelves), strict=True)
    params = {"source_ids": list(source_ids), "shelves": list(names)}
    found = select(connection, Shelf, QUERIES["lock_shelves"], params)
    if len(found) < len(shelves):
        run(connection, QUERIES["add_shelves"], params)
        found = select(connection, Shelf, QUERIES["lock_shelves"], params)
    return found


def store_shelves(connection: Connection, shelves: Sequence[Shelf]) -> None:
    """Keep shelves as they are now."""
    if shelves:
        run(connection, QUERIES["store_shelves"], _columns(shelves))


def find_lines(connection: Connection, lines: Collection[tuple[int, int]]) -> list[StoredLine]:
    """Return what is known of lines, each given as (source id, line)."""
    if not lines:
        return []
    source_ids, keys = zip(*lines, strict=True)
    params = {"source_ids": list(source_ids), "lines": list(keys)}
    return select(connection, StoredLine, QUERIES["find_lines"], params)


def store_lines(connection: Connection, lines: Sequence[StoredLine]) -> None:
    """Keep what is known of lines now."""
    if lines:
        run(connection, QUERIES["store_lines"], _columns(lines))


def _columns(rows: Sequence[Shelf | StoredLine]) -> dict[str, list[Any]]:
    """Return rows as columns, for one statement; none of them is an array."""
    return {name: [getattr(row, name) for row in rows] for name in type(rows[0]).__slots__}


def forget_lines(connection: Connection, source_id: int, shelf: str, *, before: int) -> int:
    """Drop the lines of a shelf that no article from this number on carried."""
    params = {"source_id": source_id, "shelf": shelf, "before": before}
    return run(connection, QUERIES["forget_lines"], params)


def learned_lines(connection: Connection, slug: str, *, window: int) -> list[LearnedLine]:
    """Return what a source's pages are known to repeat, the latest first."""
    params = {"slug": slug, "window": window}
    return select(connection, LearnedLine, QUERIES["learned_lines"], params)
