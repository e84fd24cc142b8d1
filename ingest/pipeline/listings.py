"""What a listing says: addresses of the days that are asked for, and further listings.

    sitemap       urlset ▶ addresses    index ▶ the sitemaps that may hold these days
    news-sitemap  the same, of Google's news sitemaps alone
    archive       a page of links, or a dated sitemap; `{page}` goes on until nothing new comes
    feed          entries, and what RFC 5005 calls the page before
    wordpress     posts, a hundred a page
    wire          rows of a wire's search, a hundred a page; its texts

Decisions alone: whoever fetched the document hands it in and stores what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ingest.discover import (
    Place,
    archive_urls,
    article_links,
    days_in_url,
    may_hold,
    parse_sitemap,
    place_entry,
    read_posts,
)
from ingest.discover.wordpress import POSTS_A_PAGE, posts_url
from ingest.errors import NotAFeed, UnusableURL
from ingest.feeds import parse_feed
from ingest.identity.articles import agency_key
from ingest.model import Days, SitemapEntry, WireService
from ingest.sources import source_of_url
from ingest.storage.backfill import NewItem
from ingest.urls import host_of, normalize_url, origin_of, site_of, url_key
from ingest.wires import has

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.model import Reply, Source
    from ingest.storage.backfill import DueListing

DEEPEST = 5  # listings that lead to one another
MOST_PAGES = 5_000  # of one list
GUESSES = {
    "sitemap": ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/sitemap-index.xml"),
    "news-sitemap": (
        "/news-sitemap.xml",
        "/sitemap-news.xml",
        "/newssitemap.xml",
        "/sitemap.xml",
    ),
}
_ANY_PAGE = 987_654_321  # stands for {page} while the days of a pattern are filled in
GUESSED = "guess"  # the pattern of a listing whose address was guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedListing:
    """A listing that another one led to, or that a backfill begins with."""

    kind: str
    url: str
    pattern: str | None = None
    page: int = 1
    depth: int = 0
    days: Days | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a listing says.

    Attributes:
        items: addresses of the days that are asked for, each once.
        listings: to be read as well.
        found: addresses it names; `outside` of the days, `undated` and left out, of other sites.
        digest: of the addresses, to tell a list that repeats its last page; None where it has one.
        complaint: what was wrong with it, though it was read.
    """

    items: tuple[NewItem, ...] = ()
    listings: tuple[NamedListing, ...] = ()
    found: int = 0
    outside: int = 0
    undated: int = 0
    foreigners: int = 0
    digest: bytes | None = None
    complaint: str | None = None


# ── where a backfill begins ─────────────────────────────────────────────────────────────


def first_listings(
    via: str, source: Source, wanted: Days, *, places: Sequence[str], origins: Sequence[str]
) -> list[NamedListing]:
    """Return the listings that a backfill begins with.

    Args:
        via: sitemap, news-sitemap, archive, feed-history, wordpress or wire.
        source: whose `sitemaps` and `archives` are used where no places are named.
        wanted: the days that are asked for; both known for archives.
        places: addresses or patterns that a person named.
        origins: of the source's hosts, or addresses of its feeds for feed-history.

    Raises:
        UnusableURL: a place that is no address, or a pattern with an unknown place in braces.
    """
    if via == "archive":
        return _archive_listings(places or source.archives, wanted)
    if via == "wordpress":
        sites = places or origins[:1]
        urls = [normalize_url(posts_url(site, wanted)) for site in sites]
        return [
            NamedListing(kind="wordpress", url=url, pattern=site)
            for url, site in zip(urls, sites, strict=True)
        ]
    if via == "wire":
        return _wire_listings(source, wanted)
    if via == "feed-history":
        return [NamedListing(kind="feed", url=normalize_url(url)) for url in places or origins]
    named = [normalize_url(url) for url in places]
    declared = [url for url in source.sitemaps if via == "sitemap" or "news" in url]
    urls = named or [normalize_url(url) for url in declared]
    sitemaps = [_sitemap(via, url) for url in dict.fromkeys(urls)]
    if sitemaps:
        return sitemaps
    return [NamedListing(kind="robots", url=f"{origin}/robots.txt") for origin in origins]


def _archive_listings(patterns: Sequence[str], wanted: Days) -> list[NamedListing]:
    if wanted.first is None or wanted.last is None:
        raise ValueError("an archive is read by days")
    found = {}
    for pattern in patterns:
        is_dated = "{yyyy}" in pattern or "{yy}" in pattern
        for url in archive_urls(pattern, wanted.first, wanted.last, page=_ANY_PAGE):
            pages = url.replace(str(_ANY_PAGE), "{page}") if "{page}" in pattern else None
            first = url.replace(str(_ANY_PAGE), "1") if pages else url
            days = days_in_url(first, is_listing=True)
            found[first] = NamedListing(
                kind="archive",
                url=first,
                pattern=pages,
                days=days or (wanted if is_dated else None),
            )
    return list(found.values())


def _wire_listings(source: Source, wanted: Days) -> list[NamedListing]:
    """Return the first page of a wire's search; none for a source that is not asked."""
    if not isinstance(source.wire, WireService) or wanted.first is None or wanted.last is None:
        return []
    first, after = wanted.first, wanted.last + timedelta(days=1)
    ask = has.ask_for_rows(
        source.wire.root,
        since=datetime.combine(first, time(), source.timezone),
        until=datetime.combine(after, time(), source.timezone),
        offset=0,
        limit=source.wire.batch,
        filters={},
    )
    return [NamedListing(kind="wire", url=ask.as_url())]


def _read_wire(listing: DueListing, reply: Reply, source: Source) -> Reading:
    """Return the texts that a page of a wire's search names."""
    if not isinstance(source.wire, WireService):
        raise NotAFeed(listing.url, f"source {source.slug} is no wire any more")
    found = has.read_rows(reply.body, listing.url)
    entries = tuple(
        SitemapEntry(
            url=has.document_url(source.wire.root, row.id, source.wire.document),
            lastmod=row.at,
            published=row.at,
            title=row.title,
        )
        for row in found.rows
        if not has.is_media(row.id)
    )
    reading = replace(_sorted_out(listing, entries, source), digest=None)
    read = len(found.rows) + found.unread
    ask = has.ask_of_url(listing.url)
    if not read or ask.offset + read >= found.total:
        return reading
    following = NamedListing(
        kind="wire", url=ask.after(read).as_url(), page=listing.page + 1, days=listing.days
    )
    return _with_next(listing, reading, following)


def _sitemap(via: str, url: str, *, depth: int = 0) -> NamedListing:
    return NamedListing(kind=via, url=url, depth=depth, days=days_in_url(url, is_listing=True))


def sitemaps_of_robots(
    listing: DueListing, named: Iterable[str], zone: tzinfo
) -> tuple[NamedListing, ...]:
    """Return the sitemaps that a robots.txt names, or the first guess where it names none."""
    found = []
    for text in named:
        try:
            entry = SitemapEntry(url=normalize_url(text, listing.url))
        except UnusableURL:
            continue
        if may_hold(entry, listing.wanted, zone):
            found.append(_sitemap(listing.via, entry.url))
    return tuple(found) or (_guess(listing, 1),)


def next_guess(listing: DueListing) -> NamedListing | None:
    """Return where else a sitemap may be, once it is not where it was guessed; None at last."""
    if listing.pattern != GUESSED or listing.page >= len(GUESSES[listing.kind]):
        return None
    return _guess(listing, listing.page + 1)


def _guess(listing: DueListing, number: int) -> NamedListing:
    url = urljoin(origin_of(listing.url), GUESSES[listing.via][number - 1])
    return NamedListing(kind=listing.via, url=url, pattern=GUESSED, page=number)


# ── reading one ─────────────────────────────────────────────────────────────────────────


def read_listing(listing: DueListing, reply: Reply, source: Source) -> Reading:
    """Return what a listing says.

    Raises:
        FeedError: it is something else, empty, or too large.
    """
    match listing.kind:
        case "archive":
            return _read_archive(listing, reply, source)
        case "feed":
            return _read_feed(listing, reply, source)
        case "wire":
            return _read_wire(listing, reply, source)
        case "wordpress":
            posts = read_posts(reply.body, url=reply.final_url)
            return _with_next(
                listing, _sorted_out(listing, posts, source), _next_posts(listing, posts)
            )
        case _:
            return _read_sitemap(listing, reply, source)


def _read_sitemap(listing: DueListing, reply: Reply, source: Source) -> Reading:
    sitemap = parse_sitemap(reply.body, url=reply.final_url)
    entries = sitemap.urls
    skipped = 0
    if listing.kind == "news-sitemap":
        entries = tuple(entry for entry in entries if entry.published is not None)
        skipped = len(sitemap.urls) - len(entries)
    reading = _sorted_out(listing, entries, source)
    children: dict[str, NamedListing] = {}
    for entry in sitemap.sitemaps:
        is_meant = listing.kind == "sitemap" or "news" in entry.url.lower()
        if is_meant and may_hold(entry, listing.wanted, source.timezone):
            children[entry.url] = _sitemap(listing.kind, entry.url, depth=listing.depth + 1)
    return replace(
        reading,
        listings=tuple(children.values()) if listing.depth < DEEPEST else (),
        found=reading.found + skipped,
        outside=reading.outside + skipped,
        digest=None,
        complaint="; ".join(sitemap.complaints)[:500] or None,
    )


def _read_archive(listing: DueListing, reply: Reply, source: Source) -> Reading:
    try:
        sitemap = parse_sitemap(reply.body, url=reply.final_url)
        entries = sitemap.urls
    except NotAFeed:
        entries = article_links(
            reply.body,
            url=reply.final_url,
            is_ours=lambda url: agency_key(source, url) is not None,
        )
    reading = _sorted_out(listing, entries, source)
    is_over = not entries or _is_before(entries, listing.wanted)
    return _with_next(listing, reading, None if is_over else _next_archive_page(listing))


def _read_feed(listing: DueListing, reply: Reply, source: Source) -> Reading:
    parsed = parse_feed(
        reply.body,
        url=reply.final_url,
        content_type=reply.content_type,
        timezone=source.timezone,
    )
    entries = tuple(
        SitemapEntry(
            url=entry.url, lastmod=entry.updated, published=entry.published, title=entry.title
        )
        for entry in parsed.entries
        if entry.url is not None
    )
    following = None
    if parsed.next_url is not None and entries and not _is_before(entries, listing.wanted):
        following = NamedListing(kind="feed", url=parsed.next_url, page=listing.page + 1)
    return _with_next(listing, _sorted_out(listing, entries, source), following)


def _next_archive_page(listing: DueListing) -> NamedListing | None:
    if listing.pattern is None:
        return None
    page = listing.page + 1
    url = normalize_url(listing.pattern.replace("{page}", str(page)))
    return NamedListing(
        kind="archive", url=url, pattern=listing.pattern, page=page, days=listing.days
    )


def _next_posts(listing: DueListing, posts: Sequence[SitemapEntry]) -> NamedListing | None:
    if len(posts) < POSTS_A_PAGE or listing.pattern is None:
        return None
    page = listing.page + 1
    url = normalize_url(posts_url(listing.pattern, listing.wanted, page))
    return NamedListing(kind="wordpress", url=url, pattern=listing.pattern, page=page)


def _with_next(listing: DueListing, reading: Reading, following: NamedListing | None) -> Reading:
    if following is None or listing.page >= MOST_PAGES:
        return reading
    return replace(reading, listings=(following,))


def _is_before(entries: Sequence[SitemapEntry], wanted: Days) -> bool:
    """Return whether all of a page is older than the days that are asked for."""
    if wanted.first is None:
        return False
    for entry in entries:
        named = days_in_url(entry.url)
        day = entry.published.day if entry.published else (named.last if named else None)
        if day is None or day >= wanted.first:
            return False
    return True


@dataclass(slots=True)
class _Tally:
    outside: int = 0
    undated: int = 0
    foreigners: int = 0
    items: dict[str, NewItem] = field(default_factory=dict)


def _sorted_out(listing: DueListing, entries: Sequence[SitemapEntry], source: Source) -> Reading:
    """Return the entries of the days that are asked for, and how many were left out, and why."""
    tally = _Tally()
    keys = blake2b(digest_size=16)
    for entry in entries:
        keys.update(entry.url.encode())
        place = place_entry(entry, listing.wanted, source.timezone, listed=listing.days)
        if place is Place.OUTSIDE:
            tally.outside += 1
        elif place is Place.UNDATED and not listing.takes_undated:
            tally.undated += 1
        elif not is_of(source, entry.url, listing.url):
            tally.foreigners += 1
        else:
            item = item_of(entry, source)
            tally.items.setdefault(item.url_key, item)
    return Reading(
        items=tuple(tally.items.values()),
        found=len(entries),
        outside=tally.outside,
        undated=tally.undated,
        foreigners=tally.foreigners,
        digest=keys.digest(),
    )


def item_of(entry: SitemapEntry, source: Source) -> NewItem:
    """Return an address as a backfill keeps it."""
    return NewItem(
        url=entry.url,
        url_key=url_key(entry.url),
        host=host_of(entry.url),
        number=agency_key(source, entry.url),
        title=entry.title and entry.title[:500],
        published=entry.published,
    )


def is_of(source: Source, url: str, listing_url: str) -> bool:
    """Return whether an address is the source's own: a listing may name others' as well."""
    owner = source_of_url(url)
    if owner is not None:
        return owner.slug == source.slug
    site = _bare_host(url)
    for other in filter(None, (_bare_host(listing_url), _bare_host(source.homepage))):
        if site == other or site.endswith(f".{other}") or other.endswith(f".{site}"):
            return True
    return False


def _bare_host(url: str) -> str:
    try:
        host = site_of(host_of(url))
    except UnusableURL:
        return ""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
