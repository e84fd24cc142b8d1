"""Articles to read from the archive again, and how far such a reading came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from ingest.storage.queries import Connection, columns_of, load_queries, run, select, select_value

QUERIES = load_queries("reprocess")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableArticle:
    """A live article and the fetch that its newest text was read from."""

    id: int
    source_id: int
    source: str
    url: str
    revision: int
    page_id: int
    fetched_at: datetime
    entry_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPlace:
    """How far a reading of the archive came.

    Attributes:
        scope: what is read, as the person said it.
        engine: version of the extractor.
        since: fetches from then on; None for all.
        article_id: the last article that is done.
        counts: what came of the articles so far.
    """

    scope: str
    engine: int
    since: datetime | None
    article_id: int
    counts: dict[str, int]


def count_readable(
    connection: Connection, *, after: int, source: str | None, since: datetime | None
) -> int:
    """Return how many articles after this one a reading has to do with."""
    params = {"after": after, "source": source, "since": since}
    return int(select_value(connection, QUERIES["count_readable"], params))


def readable(
    connection: Connection, *, after: int, source: str | None, since: datetime | None, batch: int
) -> list[ReadableArticle]:
    """Return the next articles to read again, in order of their numbers."""
    params = {"after": after, "source": source, "since": since, "batch": batch}
    return select(connection, ReadableArticle, QUERIES["readable"], params)


def reading(connection: Connection, scope: str) -> ReadingPlace | None:
    """Return how far the last reading of this scope came; None where it came to its end."""
    found = select(connection, ReadingPlace, QUERIES["reading"], {"scope": scope})
    return found[0] if found else None


def save_reading(connection: Connection, place: ReadingPlace, *, now: datetime) -> None:
    """Remember how far a reading came."""
    params = columns_of(place) | {"counts": Jsonb(place.counts), "now": now}
    run(connection, QUERIES["save_reading"], params)


def end_reading(connection: Connection, scope: str) -> None:
    """Forget a reading that came to its end."""
    run(connection, QUERIES["end_reading"], {"scope": scope})
