"""What recurs on many pages of one source: its lines, and how many articles were counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.storage.queries import (
    Connection,
    columns_of,
    load_queries,
    run,
    run_many,
    select,
    select_value,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

QUERIES = load_queries("boilerplate")


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
    witnesses: list[bytes]
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


def count_articles(connection: Connection, source_id: int, shelf: str, count: int) -> int:
    """Count new articles of a shelf and return how many there are now.

    Whoever counted is alone with the shelf's lines until the transaction ends; shelves are to be
    counted in order of (source_id, shelf), so that two transactions never wait for each other.
    """
    params = {"source_id": source_id, "shelf": shelf, "count": count}
    return int(select_value(connection, QUERIES["count_articles"], params))


def find_lines(connection: Connection, lines: Collection[tuple[int, int]]) -> list[StoredLine]:
    """Return what is known of lines, each given as (source id, line)."""
    if not lines:
        return []
    source_ids, keys = zip(*lines, strict=True)
    params = {"source_ids": list(source_ids), "lines": list(keys)}
    return select(connection, StoredLine, QUERIES["find_lines"], params)


def store_lines(connection: Connection, lines: Sequence[StoredLine]) -> None:
    """Keep what is known of lines now."""
    run_many(connection, QUERIES["store_line"], [columns_of(line) for line in lines])


def forget_lines(
    connection: Connection, source_id: int, shelf: str, *, articles: int, patience: int, window: int
) -> int:
    """Drop lines not seen for `window` articles, or `patience` where seen but once."""
    params = {"source_id": source_id, "shelf": shelf, "articles": articles}
    return run(
        connection, QUERIES["forget_lines"], params | {"patience": patience, "window": window}
    )


def learned_lines(connection: Connection, slug: str, *, window: int) -> list[LearnedLine]:
    """Return what a source's pages are known to repeat, the latest first."""
    params = {"slug": slug, "window": window}
    return select(connection, LearnedLine, QUERIES["learned_lines"], params)
