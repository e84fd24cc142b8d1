"""Backfills from files of the person's own: lists of addresses, web archives.

    urls   a line an address ▶ pages that are due, fetched by the workers
    warc   a response a page ▶ articles, read and stored here: nothing is fetched

Each part is stored with the place that was reached, in one transaction: reading that was cut
short goes on from there, and what is read twice is stored once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import IO, TYPE_CHECKING

import structlog

from ingest.dates import parse_machine_date
from ingest.discover import Place, place_entry
from ingest.discover.warc import archived_pages
from ingest.errors import DateContradiction, ExtractError, FeedError, UnusableURL
from ingest.extract import extract_article
from ingest.model import Days, Reply, SitemapEntry
from ingest.pipeline.backfill import STDIN, UnfitBackfill
from ingest.pipeline.believe import complete_article
from ingest.pipeline.commit import store_pages
from ingest.pipeline.gather import store_items
from ingest.pipeline.listings import is_of, item_of
from ingest.pipeline.outcomes import PageOutcome
from ingest.storage import backfill as backfills
from ingest.storage import host as hosts
from ingest.storage.backfill import ListingRow, NewListing
from ingest.storage.host import LeasedHost
from ingest.storage.page import BACKFILL, RECHECK, DuePage, PageRow, RawPage
from ingest.urls import normalize_url

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.discover.warc import ArchivedPage
    from ingest.model import Article, Source
    from ingest.pipeline.service import Service
    from ingest.storage.backfill import FileListing, ListedBackfill, NewItem
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

LINES_AT_ONCE = 1_000
PAGES_AT_ONCE = 25
LONGEST_HOLD = 2.0  # real seconds; what a slow pipe brought is stored by then
LONGEST_LINE = 8_192


class Interrupted(UnfitBackfill):
    """The backfill was paused or cancelled while its file was read."""


@dataclass(slots=True)
class _Tally:
    """How far the reading of one file is."""

    position: int
    found: int
    outside: int
    undated: int
    foreigners: int


def add_files(connection: Connection, number: int, via: str, names: tuple[str, ...]) -> None:
    """Add files to a backfill, to be read by `read_files`."""
    rows = [
        NewListing(
            backfill_id=number,
            host_id=None,
            kind=via,
            url=name if name == STDIN else str(Path(name).resolve()),
            due_at=None,
            state="reading",
        )
        for name in names
    ]
    backfills.add_listings(connection, rows)


def read_files(
    service: Service, found: ListedBackfill, source: Source, stdin: IO[bytes]
) -> Iterator[tuple[str, float | None]]:
    """Read the files of a backfill from where each was left.

    Yields:
        The file's name and how much of it is through, 0 to 1; None where it has no length.

    Raises:
        UnfitBackfill: a file that can't be opened.
        Interrupted: the backfill was paused or cancelled meanwhile.
    """
    with service.database.connection() as connection:
        listings = backfills.file_listings(connection, found.id)
    for listing in listings:
        if listing.state != "reading":
            continue
        step = _read_urls if listing.kind == "urls" else _read_archive
        with _opened(listing.url, stdin) as (stream, size):
            try:
                for _ in step(service, found, source, listing, stream):
                    yield listing.url, min(stream.tell() / size, 1.0) if size else None
            except FeedError as error:
                _give_up(service, found.id, listing.id, error.reason)


def _give_up(service: Service, number: int, listing_id: int, reason: str) -> None:
    """Note that a file can't be read on; what it gave before stays counted."""
    with service.database.connection() as connection:
        listings = backfills.file_listings(connection, number)
        listing = next(one for one in listings if one.id == listing_id)
        row = replace(
            _row(listing, _tally_of(listing), is_whole=False), state="failed", last_error=reason
        )
        backfills.store_listing(connection, row, now=service.clock.now())


@contextmanager
def _opened(name: str, stdin: IO[bytes]) -> Iterator[tuple[IO[bytes], int]]:
    if name == STDIN:
        yield stdin, 0
        return
    try:
        with Path(name).open("rb") as stream:
            yield stream, Path(name).stat().st_size
    except OSError as error:
        raise UnfitBackfill(f"{name}: {error.strerror}") from error


def _row(listing: FileListing, tally: _Tally, *, is_whole: bool) -> ListingRow:
    return ListingRow(
        id=listing.id,
        state="read" if is_whole else "reading",
        position=tally.position,
        found=tally.found,
        outside=tally.outside,
        undated=tally.undated,
        foreigners=tally.foreigners,
    )


def _tally_of(listing: FileListing) -> _Tally:
    return _Tally(
        listing.position, listing.found, listing.outside, listing.undated, listing.foreigners
    )


# ── addresses ───────────────────────────────────────────────────────────────────────────


def read_line(line: str) -> SitemapEntry | None:
    """Return the address that a line begins with, and the date in its second column.

    None for an empty line, a comment or what is no address.
    """
    columns = line.strip().split("\t") if "\t" in line else line.split()
    if not columns or columns[0].startswith("#"):
        return None
    try:
        url = normalize_url(columns[0])
    except UnusableURL:
        return None
    published = None
    if len(columns) == 2:
        try:
            published = parse_machine_date(columns[1])
        except DateContradiction:
            published = None
    return SitemapEntry(url=url, published=published)


def _read_urls(
    service: Service,
    found: ListedBackfill,
    source: Source,
    listing: FileListing,
    stream: IO[bytes],
) -> Iterator[None]:
    wanted, tally = Days(found.from_day, found.to_day), _tally_of(listing)
    items: dict[str, NewItem] = {}
    stored_at = time.monotonic()
    skip = tally.position if listing.url != STDIN else 0
    for number, line in enumerate(iter(stream.readline, b""), 1):
        if number <= skip:
            continue
        tally.position = number
        entry = read_line(line[:LONGEST_LINE].decode("utf-8", "replace"))
        if entry is not None:
            tally.found += 1
            if place_entry(entry, wanted, source.timezone) is Place.OUTSIDE:
                tally.outside += 1
            else:
                item = item_of(entry, source)
                items.setdefault(item.url_key, item)
        if len(items) >= LINES_AT_ONCE or time.monotonic() - stored_at > LONGEST_HOLD:
            part = _row(listing, tally, is_whole=False)
            _store_urls(service, found, list(items.values()), part)
            items, stored_at = {}, time.monotonic()
            yield
    _store_urls(service, found, list(items.values()), _row(listing, tally, is_whole=True))
    yield


def _store_urls(
    service: Service,
    found: ListedBackfill,
    items: list[NewItem],
    row: ListingRow,
) -> None:
    with service.database.connection() as connection:
        host_ids = hosts.ensure_hosts(connection, {item.host for item in items})
    with service.database.connection() as connection:
        _check_state(connection, found.id, ("running", "paused", "done"))
        hosts.lock_hosts(connection, host_ids.values())
        backfills.reopen(connection, found.id)
        store_items(connection, service, found.id, found.source_id, items, host_ids)
        backfills.store_listing(connection, row, now=service.clock.now())


def _check_state(connection: Connection, number: int, allowed: tuple[str, ...]) -> None:
    state = backfills.state_of(connection, number)
    if state not in allowed:
        raise Interrupted(
            f"backfill {number} is {state}: its file was not read to the end;"
            f" `khabar backfill resume {number}` goes on from there"
        )


# ── web archives ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An archived page, and the article it yields or why it yields none."""

    page: ArchivedPage
    item: NewItem
    article: Article | None
    reason: str | None = None


def _read_archive(
    service: Service,
    found: ListedBackfill,
    source: Source,
    listing: FileListing,
    stream: IO[bytes],
) -> Iterator[None]:
    wanted, tally = Days(found.from_day, found.to_day), _tally_of(listing)
    read: dict[str, _Read] = {}
    pages = archived_pages(
        stream,
        name=listing.url,
        max_bytes=service.settings.page_max_bytes,
        after=tally.position,
    )
    for count, page in enumerate(pages, 1):
        tally.position = page.number
        tally.found += 1
        one = _sorted_in(page, source, wanted, tally, takes_undated=found.takes_undated)
        if one is not None:
            read.setdefault(one.item.url_key, one)
        if len(read) >= PAGES_AT_ONCE or count % LINES_AT_ONCE == 0:
            part = _row(listing, tally, is_whole=False)
            _store_archived(service, found, source, list(read.values()), part)
            read = {}
            yield
    _store_archived(
        service, found, source, list(read.values()), _row(listing, tally, is_whole=True)
    )
    yield


def _sorted_in(
    page: ArchivedPage, source: Source, wanted: Days, tally: _Tally, *, takes_undated: bool
) -> _Read | None:
    """Return a page of the days that are asked for, read; count it where it is left out."""
    try:
        url = normalize_url(page.url)
    except UnusableURL:
        return None
    if not is_of(source, url, source.homepage):
        tally.foreigners += 1
        return None
    if place_entry(SitemapEntry(url=url), wanted, source.timezone) is Place.OUTSIDE:
        tally.outside += 1
        return None
    article, reason = _extract(page, url, source)
    entry = SitemapEntry(url=url, published=article.published if article else None)
    place = place_entry(entry, wanted, source.timezone)
    if article is not None and place is Place.OUTSIDE:
        tally.outside += 1
    elif place is Place.UNDATED and not takes_undated:
        tally.undated += 1
    else:
        return _Read(page=page, item=item_of(entry, source), article=article, reason=reason)
    return None


def _extract(page: ArchivedPage, url: str, source: Source) -> tuple[Article | None, str | None]:
    try:
        article = extract_article(
            page.body, url=url, content_type=page.content_type, source=source, now=page.at
        )
    except ExtractError as error:
        return None, error.reason
    except Exception as error:  # a fault of ours costs this page alone
        log.exception("extract.broken", url=url)
        return None, f"reading it failed: {type(error).__name__}"
    return complete_article(article, None, page.at), None


def _store_archived(
    service: Service, found: ListedBackfill, source: Source, read: list[_Read], row: ListingRow
) -> None:
    now = service.clock.now()
    with service.database.connection() as connection:
        host_ids = hosts.ensure_hosts(connection, {one.item.host for one in read})
    with service.database.connection() as connection:
        _check_state(connection, found.id, ("running",))
        items = [one.item for one in read]
        fresh = backfills.add_items(connection, found.id, found.source_id, items)
        wanted = [one.item for one in read if one.item.url_key in fresh]
        if wanted:
            backfills.want_pages(
                connection, found.id, found.source_id, wanted, host_ids, now=now, is_due=False
            )
        ids = backfills.pages_of_keys(connection, fresh)
        making = _Making(service, found, source, host_ids, now)
        outcomes = [
            making.outcome(one, ids[one.item.url_key]) for one in read if one.item.url_key in ids
        ]
        store_pages(service, connection, outcomes)
        backfills.store_listing(connection, row, now=now)


@dataclass(frozen=True, slots=True)
class _Making:
    """What all outcomes of one part have in common."""

    service: Service
    found: ListedBackfill
    source: Source
    host_ids: dict[str, int]
    now: datetime

    def outcome(self, one: _Read, page_id: int) -> PageOutcome:
        """Return what an archived page brings, as if it had been fetched when it was archived."""
        item, archived = one.item, one.page
        host = LeasedHost(  # of nobody: what is stored here was not asked of the host
            id=self.host_ids[item.host],
            name=item.host,
            token=0,
            leased_until=self.now,
            crashed=False,
            next_request_at=None,
            backoff_until=None,
            failures=0,
            robots=None,
            robots_status=None,
            robots_fetched_at=None,
        )
        is_kept = archived.at >= self.now - self.service.settings.raw_retention
        raw = RawPage(
            page_id=page_id,
            fetched_at=archived.at,
            final_url=item.url,
            content_type=archived.content_type,
            body=archived.body,
        )
        return PageOutcome(
            host=host,
            page=self._page(item, page_id),
            row=self._row(one, page_id),
            at=self.now,
            source=self.source,
            raw=(raw,) if is_kept else (),
            article=one.article,
            reply=Reply(url=item.url, final_url=item.url, status=200),
        )

    def _page(self, item: NewItem, page_id: int) -> DuePage:
        return DuePage(
            id=page_id,
            source_id=self.found.source_id,
            slug=self.source.slug,
            url=item.url,
            url_key=item.url_key,
            cause="backfill",
            priority=BACKFILL,
            crashes=0,
            attempts=1,
            rechecks=0,
            state="waiting",
            etag=None,
            last_modified=None,
            validators_url=None,
            body_digest=None,
            entry_id=None,
            article_id=None,
            added_at=self.now,
            backfill_id=self.found.id,
        )

    def _row(self, one: _Read, page_id: int) -> PageRow:
        is_article = one.article is not None
        return PageRow(
            id=page_id,
            crashes=0,
            attempts=0 if is_article else 1,
            rechecks=0,
            priority=RECHECK if is_article else BACKFILL,
            state="stored" if is_article else "no-article",
            due_at=None,
            fetched_at=one.page.at,
            etag=None,
            last_modified=None,
            validators_url=None,
            body_digest=blake2b(one.page.body, digest_size=16).digest(),
            last_status=200,
            last_outcome="article" if is_article else "no-article",
            last_error=one.reason,
            article_id=None,
        )
