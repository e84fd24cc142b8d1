"""Sources as the database knows them: declared ones mirrored, others made by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.model import Source, SourceKind
from ingest.storage.queries import Connection, load_queries, run, select, select_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

QUERIES = load_queries("source")


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
    for source in sources:
        params = {
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
            "declared": declared,
            "now": now,
        }
        run(connection, QUERIES["store_source"], params)


def source_id(connection: Connection, slug: str) -> int | None:
    """Return a source's id."""
    found: int | None = select_value(connection, QUERIES["source_id"], {"slug": slug})
    return found


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
    )


def retentions(connection: Connection) -> list[timedelta]:
    """Return how long agencies that say so let their raw pages be kept."""
    return [row[0] for row in connection.execute(QUERIES["retentions"]).fetchall()]


def list_sources(connection: Connection, *, slug: str | None = None) -> list[ListedSource]:
    """Return sources as people see them."""
    return select(connection, ListedSource, QUERIES["list_sources"], {"slug": slug})
