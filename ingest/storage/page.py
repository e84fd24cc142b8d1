"""Pages: addresses to fetch, what became of each attempt, and the bytes that came back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import zstandard

from ingest.model import Moment
from ingest.storage.database import read_moment
from ingest.storage.queries import (
    Connection,
    by_column,
    columns_of,
    load_queries,
    run,
    run_many,
    select,
    select_dicts,
    select_many,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

QUERIES = load_queries("page")

FRESH, RECHECK, BACKFILL = 0, 1, 2  # the order in which a visit takes pages
LARGE = 1_000_000  # bytes; more than that are sent alone


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """A page to fetch now, its attempt counted already. Times are virtual."""

    id: int
    source_id: int
    slug: str
    url: str
    url_key: str
    cause: str
    priority: int
    crashes: int
    attempts: int
    rechecks: int
    state: str
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_digest: bytes | None
    entry_id: int | None
    article_id: int | None
    added_at: datetime
    backfill_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage:
    """An address to make due.

    Attributes:
        again: even if it is known already.
        order: of those that are made due together, for files that are read in their order.
    """

    host_id: int
    source_id: int
    url: str
    url_key: str
    due_at: datetime
    added_at: datetime
    cause: str = "live"
    priority: int = FRESH
    entry_id: int | None = None
    backfill_id: int | None = None
    again: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """A page's columns after an attempt, whole."""

    id: int
    crashes: int
    attempts: int
    rechecks: int
    priority: int
    state: str
    due_at: datetime | None
    fetched_at: datetime | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_digest: bytes | None
    last_status: int | None
    last_outcome: str
    last_error: str | None
    article_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """The bytes of one reply, decoded of content codings, as they are archived.

    `part` counts the pages of an article that stands on several, the first of them 0.
    """

    page_id: int
    fetched_at: datetime
    final_url: str
    content_type: str | None
    body: bytes
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a feed said of a page: what the page itself may leave out."""

    id: int
    title: str | None
    summary: str | None
    authors: list[str]
    categories: list[str]
    image: str | None
    language: str | None
    published: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """A page as people see it."""

    id: int
    source: str
    url: str
    state: str
    cause: str
    due_at: datetime | None
    attempts: int
    crashes: int
    fetched_at: datetime | None
    last_status: int | None
    last_outcome: str | None
    last_error: str | None
    article_id: int | None


def recover_pages(
    connection: Connection, *, host_id: int, token: int, crashed: bool, now: datetime
) -> int:
    """Make pages due that an earlier visit left in flight; suspicious if its worker crashed."""
    params = {"host_id": host_id, "token": token, "crashed": crashed, "now": now}
    return run(connection, QUERIES["recover_pages"], params)


def take_due_pages(
    connection: Connection, *, host_id: int, token: int, now: datetime, batch: int
) -> list[DuePage]:
    """Take a leased host's due pages in order; in flight until stored or returned."""
    params = {"host_id": host_id, "token": token, "now": now, "batch": batch, "backfill": BACKFILL}
    pages = select(connection, DuePage, QUERIES["take_due_pages"], params)
    return sorted(pages, key=lambda page: (page.priority, page.id))


def return_pages(
    connection: Connection, ids: Collection[int], *, token: int, due_at: datetime
) -> None:
    """Give back pages that were taken and not tried."""
    if ids:
        run(
            connection,
            QUERIES["return_pages"],
            {"ids": list(ids), "token": token, "due_at": due_at},
        )


def postpone_pages(connection: Connection, *, host_id: int, until: datetime) -> int:
    """Put off what is due at a host; return how many pages."""
    return run(connection, QUERIES["postpone_pages"], {"host_id": host_id, "until": until})


def make_pages_due(connection: Connection, pages: Sequence[WantedPage]) -> int:
    """Make addresses due, in order of their keys; return how many were new."""
    in_order = sorted(pages, key=lambda page: (page.order, page.url_key))
    rows = [columns_of(page) for page in in_order]
    answers = select_many(connection, QUERIES["make_page_due"], rows)
    return sum(1 for answer in answers if answer is not None and answer[1])


def store_fetches(connection: Connection, pages: Sequence[PageRow]) -> None:
    """Store what became of attempts."""
    run_many(connection, QUERIES["store_fetch"], [columns_of(page) for page in pages])


@cache
def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=3)


def drop_raw_pages(
    connection: Connection, *, now: datetime, retention: timedelta, batch: int, shortest: bool
) -> int:
    """Delete raw pages that their agency's retention, or the given one, has passed.

    Args:
        connection: one transaction; the caller asks again until less than a batch went.
        now: virtual.
        retention: of agencies that declare none.
        batch: at most so many.
        shortest: whether the given one also cuts short those that are declared longer.
    """
    params = {"now": now, "retention": retention, "batch": batch, "shortest": shortest}
    return run(connection, QUERIES["drop_raw_pages"], params)


def carry_embargoed_over(connection: Connection, *, before: datetime, now: datetime) -> int:
    """Keep documents under an embargo from partitions that end before a time; return how many."""
    return run(connection, QUERIES["carry_embargoed_over"], {"before": before, "now": now})


def archive_pages(connection: Connection, pages: Sequence[RawPage]) -> None:
    """Keep the bytes as received, compressed."""
    rows = [
        columns_of(page) | {"size": len(page.body), "body": _compressor().compress(page.body)}
        for page in pages
    ]
    small = [row for row in rows if len(row["body"]) <= LARGE]
    for together in (small, *([row] for row in rows if len(row["body"]) > LARGE)):
        if together:
            run(connection, QUERIES["archive_pages"], by_column(together))


def archived_pages(
    connection: Connection, fetches: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], list[RawPage]]:
    """Return the bytes of fetches, given as (page id, time), each in its parts."""
    if not fetches:
        return {}
    page_ids, times = zip(*fetches, strict=True)
    params = {"page_ids": list(page_ids), "times": list(times)}
    found: dict[tuple[int, datetime], list[RawPage]] = {}
    for raw in select(connection, RawPage, QUERIES["archived_pages"], params):
        whole = replace(raw, body=zstandard.ZstdDecompressor().decompress(raw.body))
        found.setdefault((raw.page_id, raw.fetched_at), []).append(whole)
    return found


def settled_pages(connection: Connection, url_keys: Collection[str]) -> set[str]:
    """Return the keys, of these, of pages that are stored and for which nothing is due."""
    if not url_keys:
        return set()
    rows = connection.execute(QUERIES["settled_pages"], {"url_keys": list(url_keys)}).fetchall()
    return {row[0] for row in rows}


def newest_raw(connection: Connection, page_id: int) -> RawPage | None:
    """Return the bytes that a page's last fetch brought; None where they are kept no more."""
    rows = select(connection, RawPage, QUERIES["newest_raw"], {"page_id": page_id})
    if not rows:
        return None
    body = zstandard.ZstdDecompressor().decompress(rows[0].body)
    return replace(rows[0], body=body)


def announcements_of(connection: Connection, ids: Collection[int]) -> dict[int, Announcement]:
    """Return announcements by entry id."""
    if not ids:
        return {}
    rows = select_dicts(connection, QUERIES["announcement_of"], {"ids": list(ids)})
    return {row["id"]: _announcement(row) for row in rows}


def _announcement(row: dict[str, Any]) -> Announcement:
    own = {name: row[name] for name in Announcement.__slots__ if name != "published"}
    return Announcement(**own, published=read_moment(row, "published"))


def list_pages(
    connection: Connection,
    *,
    source: str | None = None,
    state: str | None = None,
    url_key: str | None = None,
    page_id: int | None = None,
    article_id: int | None = None,
    most: int = 100,
) -> list[ListedPage]:
    """Return pages as people see them, newest first."""
    params = {"source": source, "state": state, "url_key": url_key, "id": page_id, "most": most}
    params |= {"article_id": article_id}
    return select(connection, ListedPage, QUERIES["list_pages"], params)


def retry_pages(connection: Connection, ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Make pages due again with a clean slate; return page id to host id."""
    rows = connection.execute(QUERIES["retry_pages"], {"ids": list(ids), "now": now}).fetchall()
    return dict(rows)
