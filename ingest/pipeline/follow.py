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
from ingest.urls import host_of, normalize_url, site_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    now, settings = service.clock.now(), service.settings
    with service.database.connection() as connection:
        stored.store_sources(connection, sources(), now=now, declared=True)
        return sum(
            _follow_feed(connection, service, source, feed, origin="declared").is_new
            for source, feed in declared_feeds(settings.bridge_url)
        )


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
        return _follow_url(connection, service, url, slug=slug, title=title, origin=origin)


def follow_links(service: Service, links: Sequence[FeedLink]) -> list[Followed]:
    """Follow the feeds of an OPML list; their first polls are spread over the floor."""
    done = []
    with service.database.connection() as connection:
        for link in links:
            try:
                done.append(
                    _follow_url(connection, service, link.url, title=link.title, origin="import")
                )
            except UnusableURL as error:
                done.append(Followed(url=link.url, problem=error.reason))
    return done


def follow_source(service: Service, source: Source, *, origin: str) -> list[Followed]:
    """Store a source that no file declares, and follow its feeds."""
    with service.database.connection() as connection:
        stored.store_sources(connection, [source], now=service.clock.now(), declared=False)
        return [
            _follow_feed(connection, service, source, feed, origin=origin) for feed in source.feeds
        ]


def _follow_url(
    connection: Connection,
    service: Service,
    url: str,
    *,
    title: str | None,
    origin: str,
    slug: str | None = None,
) -> Followed:
    address = normalize_url(url)
    source = _source_for(connection, service, address, slug)
    feed = Feed(url=address)
    return _follow_feed(connection, service, source, feed, origin=origin, title=title)


def _source_for(connection: Connection, service: Service, url: str, slug: str | None) -> Source:
    if slug is not None:
        return known_source(connection, slug)
    declared = source_of_url(url)
    if declared is not None:
        return declared
    site = site_of(host_of(url))
    made = Source(
        slug=slug_of(site), name=site, homepage=f"https://{site}/", timezone=ZoneInfo("UTC")
    )
    stored.store_sources(connection, [made], now=service.clock.now(), declared=False)
    return made


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


def _follow_feed(
    connection: Connection,
    service: Service,
    source: Source,
    feed: Feed,
    *,
    origin: str,
    title: str | None = None,
) -> Followed:
    now, settings = service.clock.now(), service.settings
    url, host = address_and_host(feed.url)
    source_id = stored.source_id(connection, source.slug)
    if source_id is None:
        stored.store_sources(connection, [source], now=now, declared=True)
        source_id = stored.source_id(connection, source.slug)
    host_id = hosts.ensure_hosts(connection, [host])[host]
    alone = origin in ("person", "sample")
    first = now if alone else first_poll_at(now, settings.poll_floor, url)
    cadence = feed.cadence or source.cadence
    added = feeds.add_feed(
        connection,
        source_id=source_id or 0,
        host_id=host_id,
        url=url,
        origin=origin,
        now=now,
        next_poll_at=first,
        title=title,
        language=feed.language,
        section=feed.section,
        evidence=feed.evidence.value if origin == "declared" else None,
        stable_guids=feed.stable_guids,
        floor=_own(cadence.floor, settings.poll_floor),
        ceiling=_own(cadence.ceiling, settings.poll_ceiling),
    )
    if added is not None and origin == "declared" and not is_followed(feed):
        feeds.pause_feed(connection, added, now=now)
    elif added is not None:
        hosts.wake_hosts(connection, {host_id: first})
    feed_id = added if added is not None else feeds.feed_at_url(connection, url)
    return Followed(url=url, source=source.slug, feed_id=feed_id, is_new=added is not None)


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
