"""Sources as the database knows them: declared ones mirrored, others made by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from ingest.model import After, Source, SourceKind, WireFolder, WireService
from ingest.storage.counting import COUNTED, count_rows
from ingest.storage.queries import (
    Connection,
    load_queries,
    run,
    run_many,
    select,
    select_dicts,
    select_value,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

QUERIES = load_queries("source")
FEW = 1_000  # articles of one source, counted where all together are too many to be


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """A source's row."""

    slug: str
    name: str
    agency: str | None
    kind: str
    homepage: str | None
    timezone: str | None
    languages: list[str]
    licence: str
    wire: dict[str, Any] | None
    declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """A source as people see it."""

    slug: str
    name: str
    agency: str | None
    kind: str
    homepage: str | None
    timezone: str | None
    languages: list[str]
    evidence: str | None
    licence: str
    declared: bool
    feeds: int
    articles: int
    last_ok_at: datetime | None
    last_new_at: datetime | None


def store_sources(
    connection: Connection, sources: Iterable[Source], *, now: datetime, declared: bool
) -> None:
    """Mirror sources; a declared one is brought up to date, a person's own is left as it is."""
    rows = [
        {
            "slug": source.slug,
            "name": source.name,
            "agency": source.agency,
            "kind": source.kind.value,
            "homepage": source.homepage or None,
            "timezone": source.timezone.key,
            "languages": list(source.languages),
            "evidence": source.evidence.value if declared else None,
            "licence": source.licence,
            "retention": source.retention,
            "wire": None if source.wire is None else Jsonb(_wire_columns(source.wire)),
            "declared": declared,
            "now": now,
        }
        for source in sources
    ]
    run_many(connection, QUERIES["store_source"], rows)


def drop_empty_source(connection: Connection, slug: str) -> bool:
    """Drop a person's own source of which nothing is followed or stored; False for any other."""
    return run(connection, QUERIES["drop_empty_source"], {"slug": slug}) == 1


def _wire_columns(wire: WireService | WireFolder) -> dict[str, Any]:
    """Return what a wire is asked or does, as JSON: durations in seconds."""
    found = {name: getattr(wire, name) for name in type(wire).__slots__}
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in found.items()
    }


def _read_wire(columns: dict[str, Any]) -> WireService | WireFolder:
    if "root" not in columns:
        return WireFolder(
            **columns
            | {"after": After(columns["after"]), "settle": timedelta(seconds=columns["settle"])}
        )
    durations = {name: timedelta(seconds=columns[name]) for name in ("gap", "overlap")}
    filters = {name: tuple(codes) for name, codes in columns["filters"].items()}
    return WireService(**columns | durations | {"filters": filters})


def source_id(connection: Connection, slug: str) -> int | None:
    """Return a source's id."""
    found: int | None = select_value(connection, QUERIES["source_id"], {"slug": slug})
    return found


def source_ids(connection: Connection, slugs: Collection[str]) -> dict[str, int]:
    """Return the ids of the sources that there are, by slug."""
    return dict(connection.execute(QUERIES["source_ids"], {"slugs": list(slugs)}).fetchall())


def slugs_of(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return slugs by source id."""
    return dict(connection.execute(QUERIES["slugs_of"], {"ids": list(ids)}).fetchall())


def stored_source(connection: Connection, slug: str) -> Source | None:
    """Return a source as far as its row tells; for one that no declaration describes."""
    found = select(connection, StoredSource, QUERIES["stored_source"], {"slug": slug})
    if not found:
        return None
    row = found[0]
    return Source(
        slug=row.slug,
        name=row.name,
        agency=row.agency,
        kind=SourceKind(row.kind),
        homepage=row.homepage or "",
        timezone=ZoneInfo(row.timezone or "UTC"),
        languages=tuple(row.languages),
        licence=row.licence,
        wire=None if row.wire is None else _read_wire(row.wire),
    )


def retentions(connection: Connection) -> list[timedelta]:
    """Return how long agencies that say so let their raw pages be kept."""
    return [row[0] for row in connection.execute(QUERIES["retentions"]).fetchall()]


def list_sources(
    connection: Connection, *, slug: str | None = None, most: int = COUNTED
) -> list[ListedSource]:
    """Return sources as people see them.

    Args:
        connection: any.
        slug: of the only one that is wanted.
        most: of an archive that has more articles each source's are counted to 1,000, and about
            how many they are beyond that.
    """
    rows = select_dicts(connection, QUERIES["list_sources"], {"slug": slug})
    counts = _count_articles(connection, [row["id"] for row in rows], most)
    return [ListedSource(articles=counts[row.pop("id")], **row) for row in rows]


def _count_articles(connection: Connection, ids: Collection[int], most: int) -> dict[int, int]:
    """Return the articles of sources by id; where there are more than `most` in all, roughly."""
    if count_rows(connection, QUERIES["every_article"], most=most) <= most:
        found = dict(connection.execute(QUERIES["articles_by_source"]).fetchall())
        return {number: found.get(number, 0) for number in ids}
    query = QUERIES["articles_of_source"]
    return {
        number: count_rows(connection, query, {"source_id": number}, most=FEW) for number in ids
    }
