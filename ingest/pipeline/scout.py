"""A backfill tried dry: its listings are read, its pages counted; nothing is stored or fetched.

As polite as a visit: one request at a time, robots.txt and the gap after each.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.discover.sitemap import MAX_BYTES
from ingest.errors import FeedError, FetchError, RobotsRefused
from ingest.pipeline.backfill import at_pace
from ingest.pipeline.check import Look
from ingest.pipeline.listings import (
    NamedListing,
    Reading,
    next_guess,
    read_listing,
    sitemaps_of_robots,
)
from ingest.pipeline.service import limits_of
from ingest.storage import backfill as backfills
from ingest.storage.backfill import DueListing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.pipeline.backfill import Order
    from ingest.pipeline.service import Service
    from ingest.storage.backfill import NewItem

KEYS_AT_ONCE = 5_000


@dataclass(slots=True)
class Estimate:
    """What a backfill would do.

    Attributes:
        failed: listings that could not be read, and why.
        seconds: real time at the pace of the host with the most to fetch.
    """

    listings: int = 0
    found: int = 0
    outside: int = 0
    undated: int = 0
    foreigners: int = 0
    in_range: int = 0
    known: int = 0
    to_fetch: int = 0
    seconds: float = 0.0
    hosts: dict[str, int] = field(default_factory=dict)
    failed: list[dict[str, str]] = field(default_factory=list)


async def try_dry(
    service: Service,
    order: Order,
    begin: Sequence[NamedListing],
    source_id: int,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Estimate:
    """Read an order's listings and return what it would fetch.

    Args:
        service: whose database says what is known.
        order: what is asked for.
        begin: the listings it begins with.
        source_id: of the source's row; 0 where it has none yet.
        tell: hears which listing is read.
    """
    scout = _Scout(service, order)
    async with Look(order.source.ports) as look:
        await scout.read_all(look, begin, tell)
    return scout.estimate(source_id)


class _Scout:
    """One dry try."""

    def __init__(self, service: Service, order: Order) -> None:
        self._service = service
        self._order = order
        self._items: dict[str, NewItem] = {}
        self._digests: set[bytes] = set()
        self._delays: dict[str, float | None] = {}
        self._told = Estimate()

    async def read_all(
        self, look: Look, begin: Sequence[NamedListing], tell: Callable[[str], None]
    ) -> None:
        waiting, seen = deque(begin), set()
        while waiting:
            named = waiting.popleft()
            if (named.kind, named.url) in seen:
                continue
            seen.add((named.kind, named.url))
            tell(named.url)
            waiting.extend(await self._read(look, self._due(named)))
        for host in {item.host for item in self._items.values()}:
            rules = await look.rules_of(f"{self._scheme(host)}://{host}/")
            self._delays[host] = rules.crawl_delay(look.user_agent)

    def _scheme(self, host: str) -> str:
        return next(i.url.partition(":")[0] for i in self._items.values() if i.host == host)

    async def _read(self, look: Look, listing: DueListing) -> tuple[NamedListing, ...]:
        try:
            rules = await look.rules_of(listing.url)
            if listing.kind == "robots":
                return sitemaps_of_robots(listing, rules.sitemaps, self._order.source.timezone)
            if not rules.allows(look.user_agent, listing.url):
                raise RobotsRefused(listing.url, "robots.txt asks us to stay away")
            reply = await look.get(listing.url, limits_of(look.settings, MAX_BYTES))
            reading = read_listing(listing, reply, self._order.source)
        except (FetchError, FeedError) as error:
            return self._failed(listing, error.reason)
        return self._noted(reading)

    def _failed(self, listing: DueListing, reason: str) -> tuple[NamedListing, ...]:
        guess = next_guess(listing)
        if guess is not None:
            return (guess,)
        if listing.page == 1:
            self._told.failed.append({"url": listing.url, "reason": reason})
        return ()

    def _noted(self, reading: Reading) -> tuple[NamedListing, ...]:
        told = self._told
        told.listings += 1
        told.found += reading.found
        told.outside += reading.outside
        told.undated += reading.undated
        told.foreigners += reading.foreigners
        for item in reading.items:
            self._items.setdefault(item.url_key, item)
        if reading.digest in self._digests:
            return ()
        if reading.digest is not None:
            self._digests.add(reading.digest)
        return reading.listings

    def _due(self, named: NamedListing) -> DueListing:
        order, days = self._order, named.days
        return DueListing(
            id=0,
            backfill_id=0,
            host_id=None,
            kind=named.kind,
            url=named.url,
            pattern=named.pattern,
            page=named.page,
            depth=named.depth,
            first_day=days.first if days else None,
            last_day=days.last if days else None,
            attempts=1,
            position=0,
            slug=order.source.slug,
            source_id=0,
            via=order.via,
            from_day=order.wanted.first,
            to_day=order.wanted.last,
            takes_undated=order.undated,
        )

    def estimate(self, source_id: int) -> Estimate:
        """Return the figures, with what is known already taken off."""
        items = list(self._items.values())
        known: set[str] = set()
        with self._service.database.connection() as connection:
            for start in range(0, len(items), KEYS_AT_ONCE):
                part = items[start : start + KEYS_AT_ONCE]
                known |= backfills.known_keys(connection, source_id, part)
        waiting = Counter(item.host for item in items if item.url_key not in known)
        told = self._told
        told.in_range, told.known = len(items), len(known)
        told.to_fetch = waiting.total()
        told.hosts = dict(waiting)
        pace = [
            at_pace(self._service, count, self._delays.get(host)) for host, count in waiting.items()
        ]
        told.seconds = max(pace, default=timedelta()).total_seconds()
        return told
