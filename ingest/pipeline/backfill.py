"""Backfills as people ask for them: begin, hold, go on, end; how long it will take.

start ─▶ running ◀─▶ paused        what is due lies in Postgres; whoever visits the host next
│  └─────▶ cancelled    does it, after all else that is due there
▼
done, or failed: nothing that it named could be read
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.errors import KhabarError, UnusableURL
from ingest.fetch.etiquette import gap_between_requests
from ingest.fetch.robots import read_robots
from ingest.model import Days, SourceKind
from ingest.pipeline.follow import UnknownSource, known_source, slug_of
from ingest.pipeline.gather import new_listing
from ingest.pipeline.listings import first_listings
from ingest.pipeline.patience import past_others
from ingest.sources import find_source, source_of_url
from ingest.storage import backfill as backfills
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage import source as stored
from ingest.storage.backfill import ItemCounts
from ingest.storage.schema import WORKERS
from ingest.urls import host_of, normalize_url, origin_of, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.model import Source
    from ingest.pipeline.listings import NamedListing
    from ingest.pipeline.service import Service
    from ingest.storage.backfill import HeldHost, ListedBackfill, WaitingHost
    from ingest.storage.queries import Connection

WAYS = ("sitemap", "news-sitemap", "archive", "feed-history", "wordpress", "wire", "warc", "urls")
FROM_DISK = ("warc", "urls")  # ways that read a file of the person's
STDIN = "-"
A_REQUEST = timedelta(seconds=0.3)  # how long a page takes besides the gap, until measured
ORIGINS = 3  # hosts of a source that are asked for a robots.txt


class UnknownBackfill(KhabarError):
    """No backfill has this number."""

    def __str__(self) -> str:
        return f"no backfill {self.args[0]!r}; `khabar backfill list` shows them"


class UnfitBackfill(KhabarError):
    """It can't be begun, or not be changed from the state it is in; says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person asks for.

    Attributes:
        via: one of WAYS.
        places: files for warc and urls; else addresses or patterns instead of the declared ones.
        undated: take addresses of which no day is known.
    """

    source: Source
    via: str
    wanted: Days
    places: tuple[str, ...] = ()
    undated: bool = False


def find_source_of(connection: Connection, name: str) -> Source:
    """Return the source that a person means by a slug, a feed's number or address, or a site.

    Raises:
        UnknownSource: there is none.
    """
    if name.isdecimal() and len(name) < 19:
        found = feeds.list_feeds(connection, feed_id=int(name))
        if not found:
            raise UnknownSource(name)
        return known_source(connection, found[0].source)
    if "://" not in name:
        return known_source(connection, name)
    try:
        url = normalize_url(name)
    except UnusableURL as error:
        raise UnknownSource(name) from error
    by_feed = feeds.list_feeds(connection, url=url)
    if by_feed:
        return known_source(connection, by_feed[0].source)
    owner = source_of_url(url)
    return owner or known_source(connection, slug_of(site_of(host_of(url))))


def default_via(source: Source, places: Sequence[str]) -> str:
    """Return the way that promises most: a declared archive by days, else the sitemaps."""
    if places:
        return "archive" if any("{" in place for place in places) else "sitemap"
    if source.wire is not None:
        return "wire"
    return "archive" if source.archives else "sitemap"


def begin(connection: Connection, service: Service, order: Order) -> int:
    """Record a backfill and make its first listings due; return its number.

    Raises:
        UnfitBackfill: nothing says where to begin.
        UnusableURL: a place that is no address.
    """
    now = service.clock.now()
    source_id = ensure_source(connection, service, order.source)
    listings = plan(connection, source_id, order)
    number = backfills.add_backfill(
        connection,
        source_id=source_id,
        via=order.via,
        wanted=order.wanted,
        places=order.places,
        undated=order.undated,
        now=now,
    )
    host_ids = hosts.ensure_hosts(connection, {host_of(one.url) for one in listings})
    due = [new_listing(one, number, host_ids, now) for one in listings]
    backfills.add_listings(connection, due)
    hosts.wake_hosts(connection, dict.fromkeys(host_ids.values(), now))
    return number


def ensure_source(connection: Connection, service: Service, source: Source) -> int:
    """Return the id of a source's row; a declared agency nobody follows yet gets one."""
    found = stored.source_id(connection, source.slug)
    if found is None:
        is_declared = find_source(source.slug) is not None
        stored.store_sources(connection, [source], now=service.clock.now(), declared=is_declared)
        found = stored.source_id(connection, source.slug)
    if found is None:
        raise UnknownSource(source.slug)
    return found


def plan(connection: Connection, source_id: int, order: Order) -> list[NamedListing]:
    """Return the listings an order begins with; none for files on disk.

    Raises:
        UnfitBackfill: nothing says where to begin.
    """
    if order.via in FROM_DISK:
        return []
    if order.wanted.first is None:
        raise UnfitBackfill(f"say from which day: --from 2025-11-01 (via {order.via})")
    if order.source.kind is SourceKind.FOLDER:
        raise UnfitBackfill("a folder's past is in the folder: put the files there")
    known = feeds.list_feeds(connection, source=order.source.slug)
    if order.via == "feed-history":
        origins = [feed.url for feed in known if feed.retired_at is None]
    else:  # a site outlives its feed
        origins = _origins(connection, source_id, order.source, [feed.url for feed in known])
    found = first_listings(
        order.via, order.source, order.wanted, places=order.places, origins=origins
    )
    if not found:
        raise UnfitBackfill(_nothing_to_begin_with(order))
    return found


def _nothing_to_begin_with(order: Order) -> str:
    slug = order.source.slug
    if order.via == "wire":
        return f"{slug} is no wire that is asked"
    if order.via == "archive":
        example = "'https://agency.example/{yyyy}/{mm}/{dd}/'"
        return f"{slug} declares no archive: name its pattern, such as {example}"
    if order.via == "feed-history":
        return f"{slug} has no feed: `khabar feed add` one, or name its address"
    return f"nothing says where {slug}'s pages are: name an address"


def _origins(
    connection: Connection, source_id: int, source: Source, feed_urls: Sequence[str]
) -> list[str]:
    """Return where a source's sitemaps may be: homepage, pages, feeds; each host once."""
    urls = [source.homepage] if find_source(source.slug) is not None else []
    urls += backfills.pages_of_hosts(connection, source_id, most=ORIGINS)
    urls += feed_urls or [source.homepage]
    found: dict[str, str] = {}
    for url in urls:
        if url:
            found.setdefault(host_of(url), origin_of(url))
    return list(found.values())[:ORIGINS]


# ── changing one ────────────────────────────────────────────────────────────────────────


def find_backfill(connection: Connection, number: int) -> ListedBackfill:
    """Return a backfill.

    Raises:
        UnknownBackfill: there is none.
    """
    found = backfills.list_backfills(connection, backfill_id=number)
    if not found:
        raise UnknownBackfill(number)
    return found[0]


def change(
    action: Callable[[Connection, Service, int], bool], service: Service, number: int
) -> bool:
    """Pause, cancel or resume in a transaction of its own, again where workers are in the way.

    Raises:
        UnknownBackfill, UnfitBackfill: as the action does.
        DatabaseUnavailable: they stay in the way.
    """

    def act() -> bool:
        with service.database.connection() as connection:
            return action(connection, service, number)

    return past_others(act)


def pause(connection: Connection, service: Service, number: int) -> bool:
    """Hold a running backfill; False if it is paused already.

    Raises:
        UnknownBackfill: there is none.
        UnfitBackfill: it has ended.
    """
    return _hold(connection, service, number, "paused", of=("running",))


def cancel(connection: Connection, service: Service, number: int) -> bool:
    """End a backfill; what is stored stays. False if it is cancelled already.

    Raises:
        UnknownBackfill: there is none.
        UnfitBackfill: it has ended by itself.
    """
    return _hold(connection, service, number, "cancelled", of=("running", "paused"))


def _hold(
    connection: Connection, service: Service, number: int, state: str, *, of: tuple[str, ...]
) -> bool:
    if backfills.set_state(connection, number, state, of=of, now=service.clock.now()):
        backfills.hold_work(connection, number, drop=state == "cancelled")
        return True
    is_so = find_backfill(connection, number).state
    if is_so != state:
        raise UnfitBackfill(f"backfill {number} is {is_so}")
    return False


def resume(connection: Connection, service: Service, number: int) -> bool:
    """Let a backfill go on that is paused, or done but for a file; False if it runs already.

    Raises:
        UnknownBackfill: there is none.
        UnfitBackfill: it has ended.
    """
    now = service.clock.now()
    of = ("paused", "done") if unread_files(connection, number) else ("paused",)
    if backfills.set_state(connection, number, "running", of=of, now=now):
        woken = backfills.release_work(connection, number, now=now)
        hosts.wake_hosts(connection, dict.fromkeys(woken, now))
        return True
    is_so = find_backfill(connection, number).state
    if is_so != "running":
        verb = "has" if is_so == "failed" else "is"
        raise UnfitBackfill(
            f"backfill {number} {verb} {is_so}; start it again: what is stored is not fetched again"
        )
    return False


def has_workers(connection: Connection) -> bool:
    """Return whether a worker process is there to do the work."""
    return backfills.count_sessions(connection, WORKERS) > 0


def unread_files(connection: Connection, number: int) -> list[str]:
    """Return the files of a backfill whose reading has not come to its end; no pipes."""
    return [
        one.url
        for one in backfills.file_listings(connection, number)
        if one.state == "reading" and one.url != STDIN
    ]


def settle(service: Service) -> dict[int, str]:
    """End the backfills that have nothing left to do; return their states by number."""
    with service.database.connection() as connection:
        return backfills.settle_backfills(connection, now=service.clock.now())


# ── how far it is ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a backfill is.

    Attributes:
        waits: real time until its pages are fetched at their hosts' pace; None when none wait.
        reads: the listing that is read now.
        held: the host it waits for, where one is left alone for a while.
    """

    backfill: ListedBackfill
    counts: ItemCounts
    waits: timedelta | None = None
    reads: str | None = None
    held: HeldHost | None = None


def look(connection: Connection, service: Service, number: int) -> Progress:
    """Return how far a backfill is.

    Raises:
        UnknownBackfill: there is none.
    """
    found = find_backfill(connection, number)
    counts = backfills.count_items(connection, [number])[number]
    waiting = backfills.waiting_by_host(connection, number) if counts.left else []
    runs = found.state == "running"
    return Progress(
        backfill=found,
        counts=counts,
        waits=time_left(service, {host.name: host for host in waiting}),
        reads=backfills.listing_in_hand(connection, number),
        held=backfills.held_host(connection, number, now=service.clock.now()) if runs else None,
    )


def time_left(service: Service, waiting: dict[str, WaitingHost]) -> timedelta | None:
    """Return the real time that the busiest host's pages take at its own pace."""
    longest = None
    for host in waiting.values():
        rules = read_robots(host.robots or "", host.robots_status) if host.robots else None
        delay = rules.crawl_delay(service.user_agent) if rules else None
        needed = at_pace(service, host.waiting, delay)
        longest = needed if longest is None else max(longest, needed)
    return longest


def at_pace(service: Service, pages: int, crawl_delay: float | None) -> timedelta:
    """Return the real time that so many pages of one host take, one after the other."""
    gap = gap_between_requests(crawl_delay, service.settings.request_gap)
    return timedelta(seconds=pages * service.clock.real_seconds(gap)) + pages * A_REQUEST
