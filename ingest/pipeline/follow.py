"""Which sources and feeds are followed: declared ones mirrored, a person's added.

A feed of a declared agency belongs to it, whoever adds it; any other makes a source named after
its host. First polls are spread over the floor, so that many feeds added together do not all
ring at once; a feed that a person adds alone is polled now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ingest.errors import KhabarError, UnusableURL
from ingest.fetch.folder import is_folder, read_place
from ingest.model import Feed, Source, SourceKind, WireService
from ingest.pipeline.service import has_credentials
from ingest.polling import first_poll_at
from ingest.sources import find_source, is_followed, source_of_url, sources
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage import source as stored
from ingest.storage.feed import NewFeed
from ingest.urls import host_of, normalize_url, site_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.model import FeedLink
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection


class UnknownSource(KhabarError):
    """No source has this slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug

    def __str__(self) -> str:
        return f"no source {self.slug!r}; `khabar source list` shows them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of an address that was to be followed.

    Attributes:
        feed_id: of the feed, new or not; None for an address that can't be one.
        is_new: it was not followed before.
        problem: why it can't be followed.
    """

    url: str
    source: str | None = None
    feed_id: int | None = None
    is_new: bool = False
    problem: str | None = None


def declared_feeds(bridge_url: str | None) -> list[tuple[Source, Feed]]:
    """Return every declared feed with its source.

    Bridges only when the operator runs one, wires only when there are credentials for them.
    """
    found = []
    for source in sources():
        for feed in source.feeds if _is_open(source) else ():
            if source.kind is not SourceKind.BRIDGE:
                found.append((source, feed))
            elif bridge_url:
                found.append((source, replace(feed, url=bridge_url.rstrip("/") + feed.url)))
    return found


def _is_open(source: Source) -> bool:
    """Return whether we have what a source wants: a wire's service wants credentials."""
    if not isinstance(source.wire, WireService):
        return True
    return has_credentials(source.feeds[0].url)


def follow_declared(service: Service) -> int:
    """Mirror the declarations and follow their feeds; return how many feeds were new."""
    with service.database.connection() as connection:
        stored.store_sources(connection, sources(), now=service.clock.now(), declared=True)
        found = declared_feeds(service.settings.bridge_url)
        wanted = [_wanted(source, feed) for source, feed in found]
        return sum(feed.is_new for feed in _follow(connection, service, wanted, origin="declared"))


def follow_url(
    service: Service,
    url: str,
    *,
    slug: str | None = None,
    title: str | None = None,
    origin: str = "person",
) -> Followed:
    """Follow one feed, polled as soon as its host allows.

    Raises:
        UnusableURL: it can never be fetched.
        UnknownSource: no source has this slug.
    """
    with service.database.connection() as connection:
        address = normalize_url(url)
        source = source_of_address(address) if slug is None else known_source(connection, slug)
        wanted = _wanted(source, Feed(url=address), title)
        return _follow(connection, service, [wanted], origin=origin)[0]


def follow_links(service: Service, links: Sequence[FeedLink]) -> list[Followed]:
    """Follow the feeds of an OPML list; their first polls are spread over the floor."""
    wanted, unusable = [], {}
    for place, link in enumerate(links):
        try:
            address = normalize_url(link.url)
            wanted.append(_wanted(source_of_address(address), Feed(url=address), link.title))
        except UnusableURL as error:
            unusable[place] = Followed(url=link.url, problem=error.reason)
    with service.database.connection() as connection:
        done = iter(_follow(connection, service, wanted, origin="import"))
    return [unusable.get(place) or next(done) for place in range(len(links))]


def follow_source(service: Service, source: Source, *, origin: str) -> list[Followed]:
    """Store a source that no file declares, and follow its feeds."""
    wanted = [_wanted(source, feed) for feed in source.feeds]
    with service.database.connection() as connection:
        stored.store_sources(connection, [source], now=service.clock.now(), declared=False)
        return _follow(connection, service, wanted, origin=origin)


def source_of_address(url: str) -> Source:
    """Return the declared source whose a feed's address is, or one made after its site."""
    site, scheme = site_of(host_of(url)), urlsplit(url).scheme
    return source_of_url(url) or Source(
        slug=slug_of(site), name=site, homepage=f"{scheme}://{site}/", timezone=ZoneInfo("UTC")
    )


def known_source(connection: Connection, slug: str) -> Source:
    """Return a source by its slug: its declaration, or what its row tells.

    Raises:
        UnknownSource: there is none.
    """
    found = find_source(slug) or stored.stored_source(connection, slug)
    if found is None:
        raise UnknownSource(slug)
    return found


def slug_of(site: str) -> str:
    """Return a slug for a site: its host name without port, in the letters a slug may have."""
    host = site.rsplit(":", 1)[0] if ":" in site and not site.startswith("[") else site
    return re.sub(r"[^a-z0-9.-]+", "-", host.lower()).strip("-.") or "site"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A feed to follow; `url` and `host` as `address_and_host` returns them."""

    source: Source
    feed: Feed
    url: str
    host: str
    title: str | None


def _wanted(source: Source, feed: Feed, title: str | None = None) -> _Wanted:
    return _Wanted(source, feed, *address_and_host(feed.url), title)


def _follow(
    connection: Connection, service: Service, wanted: Sequence[_Wanted], *, origin: str
) -> list[Followed]:
    """Follow feeds, some of which may be followed already, and make the sources they lack."""
    now = service.clock.now()
    urls = [one.url for one in wanted]
    known = feeds.followed_at_urls(connection, urls)
    lacking = [one for one in wanted if one.url not in known]
    source_ids = _source_ids(connection, lacking, now)
    host_ids = hosts.ensure_hosts(connection, {one.host for one in lacking})
    rows = [
        _row_of(
            service,
            one,
            origin=origin,
            now=now,
            source_id=source_ids[one.source.slug],
            host_id=host_ids[one.host],
        )
        for one in lacking
    ]
    added = feeds.add_feeds(connection, rows)
    due: dict[int, datetime] = {}
    for one, row, number in zip(lacking, rows, added, strict=True):
        if number is None:
            continue
        if origin == "declared" and not is_followed(one.feed):
            feeds.pause_feed(connection, number, now=now)
        else:
            due[row.host_id] = min(row.next_poll_at, due.get(row.host_id, row.next_poll_at))
    hosts.wake_hosts(connection, due)
    numbers = iter(added)
    is_new = [one.url not in known and next(numbers) is not None for one in wanted]
    now_known = feeds.followed_at_urls(connection, urls)
    return [
        Followed(url=url, feed_id=now_known[url][0], source=now_known[url][1], is_new=new)
        for url, new in zip(urls, is_new, strict=True)
    ]


def _source_ids(connection: Connection, wanted: Sequence[_Wanted], now: datetime) -> dict[str, int]:
    """Return the ids of the feeds' sources by slug; those that are lacking are made."""
    by_slug = {one.source.slug: one.source for one in wanted}
    known = stored.source_ids(connection, by_slug)
    lacking = [source for slug, source in by_slug.items() if slug not in known]
    for is_declared in (True, False):
        some = [s for s in lacking if (find_source(s.slug) is not None) is is_declared]
        stored.store_sources(connection, some, now=now, declared=is_declared)
    return known | stored.source_ids(connection, [source.slug for source in lacking])


def _row_of(
    service: Service, one: _Wanted, *, origin: str, now: datetime, source_id: int, host_id: int
) -> NewFeed:
    """Return the row of a feed that is followed from now on."""
    settings, feed = service.settings, one.feed
    is_alone = origin in ("person", "sample")
    cadence = feed.cadence or one.source.cadence
    return NewFeed(
        source_id=source_id,
        host_id=host_id,
        url=one.url,
        origin=origin,
        added_at=now,
        next_poll_at=now if is_alone else first_poll_at(now, settings.poll_floor, one.url),
        title=one.title,
        language=feed.language,
        section=feed.section,
        evidence=feed.evidence.value if origin == "declared" else None,
        stable_guids=feed.stable_guids,
        floor=_own(cadence.floor, settings.poll_floor),
        ceiling=_own(cadence.ceiling, settings.poll_ceiling),
    )


def address_and_host(url: str) -> tuple[str, str]:
    """Return a feed's address in its one spelling, and the host it is work of.

    Raises:
        UnusableURL: it can never be followed.
    """
    if is_folder(url):
        place = read_place(url)
        return place.url, place.work
    address = normalize_url(url)
    return address, host_of(address)


def _own(bound: timedelta, default: timedelta) -> timedelta | None:
    """Return a declared bound where it differs from what everybody gets; else None."""
    return None if bound in (default, timedelta(seconds=60), timedelta(days=1)) else bound
