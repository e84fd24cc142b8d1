"""One-off looks at the web, outside the schedule: discovery, a page, a dry run of an agency.

They ask as politely as visits do, one request at a time with the usual gap after each, and
store nothing. Pages of a dry run obey robots.txt; an address that a person named is theirs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.discover import find_feeds
from ingest.errors import KhabarError, RobotsRefused
from ingest.extract import extract_article
from ingest.feeds import parse_feed
from ingest.fetch import Fetcher
from ingest.fetch.etiquette import gap_between_requests
from ingest.fetch.robots import ask_for_robots
from ingest.model import SourceKind
from ingest.pipeline.service import fetch_options, limits_of, user_agent
from ingest.settings import read_settings
from ingest.urls import host_of

if TYPE_CHECKING:
    from ingest.fetch import Limits
    from ingest.fetch.robots import RobotsFile, RobotsRules
    from ingest.model import Article, Feed, FeedLink, ParsedFeed, Reply, Source

PAGES_TRIED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPage:
    """One page of a dry run: its article, or why there is none."""

    url: str
    article: Article | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeed:
    """One feed of a dry run: what it said, or why it can't be read."""

    feed: Feed
    parsed: ParsedFeed | None = None
    pages: tuple[CheckedPage, ...] = ()
    problem: str | None = None


def fetch_page(url: str) -> Reply:
    """Fetch one address that a person named.

    Raises:
        FetchError: it can't be had.
    """

    async def fetch() -> Reply:
        async with Look() as look:
            return await look.get(url)

    return asyncio.run(fetch())


def fetch_robots(url: str) -> RobotsFile:
    """Return the robots.txt of an address's host; one that cannot be had allows nothing.

    Raises:
        AddressRefused: the host may not be asked.
    """

    async def fetch() -> RobotsFile:
        async with Look() as look:
            return await look.robots_of(url)

    return asyncio.run(fetch())


def discover_feeds(url: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page names.

    Raises:
        FetchError: the page can't be had.
    """
    reply = fetch_page(url)
    return find_feeds(reply.body, url=reply.final_url)


def check_source_live(source: Source) -> list[CheckedFeed]:
    """Poll each feed of a source once and read two of its pages; nothing is stored."""

    async def check() -> list[CheckedFeed]:
        async with Look(source.ports) as look:
            return [await _check_feed(look, source, feed) for feed in source.feeds]

    return asyncio.run(check())


async def _check_feed(look: Look, source: Source, feed: Feed) -> CheckedFeed:
    if source.kind is SourceKind.BRIDGE:
        if not look.settings.bridge_url:
            return CheckedFeed(feed=feed, problem="set KHABAR_BRIDGE_URL to the bridge you run")
        feed = replace(feed, url=look.settings.bridge_url.rstrip("/") + feed.url)
    try:
        reply = await look.get(feed.url, limits=look.feed_limits)
        parsed = parse_feed(
            reply.body,
            url=reply.final_url,
            content_type=reply.content_type,
            timezone=source.timezone,
        )
    except KhabarError as error:
        return CheckedFeed(feed=feed, problem=str(error))
    links = [entry.url for entry in parsed.entries if entry.url][:PAGES_TRIED]
    pages = [await _check_page(look, source, link) for link in links]
    return CheckedFeed(feed=feed, parsed=parsed, pages=tuple(pages))


async def _check_page(look: Look, source: Source, url: str) -> CheckedPage:
    try:
        rules = await look.rules_of(url)
        if not rules.allows(look.user_agent, url):
            unreachable = (await look.robots_of(url)).why_unreachable
            raise RobotsRefused(url, unreachable or "robots.txt asks us to stay away")
        reply = await look.get(url)
        article = extract_article(
            reply.body,
            url=reply.final_url,
            content_type=reply.content_type,
            source=source,
            now=look.clock.now(),
        )
    except KhabarError as error:
        return CheckedPage(url=url, problem=str(error))
    return CheckedPage(url=url, article=article)


class Look:
    """One person's look at the web: a fetcher that keeps the gap and remembers robots.txt."""

    def __init__(self, ports: tuple[int, ...] = ()) -> None:
        self.settings = read_settings()
        self.clock = self.settings.clock
        self.user_agent = user_agent(self.settings)
        self._ports = ports
        self._fetcher = Fetcher(fetch_options(self.settings, self.clock))
        self._robots: dict[str, RobotsFile] = {}
        self._rules: dict[str, RobotsRules] = {}
        self._asked: set[str] = set()

    async def __aenter__(self) -> Look:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._fetcher.__aexit__(None, None, None)

    @property
    def feed_limits(self) -> Limits:
        """Bounds of a feed."""
        return limits_of(self.settings, self.settings.feed_max_bytes)

    async def get(self, url: str, limits: Limits | None = None) -> Reply:
        """Fetch an address when it is its host's turn."""
        return await self._fetcher.get(
            url,
            limits=limits,
            ports=self._ports,
            before_request=self._wait_for_turn,
            may_ask_again=self._wait_once_more,
        )

    async def robots_of(self, url: str) -> RobotsFile:
        """Return the robots.txt of an address's host; it is asked for once."""
        host = host_of(url)
        if host not in self._robots:
            file = await ask_for_robots(
                self._fetcher,
                url,
                ports=self._ports,
                before_request=self._wait_for_turn,
                may_ask_again=self._wait_once_more,
            )
            self._robots[host], self._rules[host] = file, file.rules
        return self._robots[host]

    async def rules_of(self, url: str) -> RobotsRules:
        """Return what the robots.txt of an address's host allows."""
        await self.robots_of(url)
        return self._rules[host_of(url)]

    async def _wait_once_more(self, url: str) -> bool:
        """Wait for the turn after one that died unheard."""
        await self._wait_for_turn(url)
        return True

    async def _wait_for_turn(self, url: str) -> None:
        """Leave a host alone for its gap between two requests; it is asked for nothing else."""
        host = host_of(url)
        if host in self._asked:
            rules = self._rules.get(host)
            delay = rules.crawl_delay(self.user_agent) if rules else None
            gap = gap_between_requests(delay, self.settings.request_gap)
            await asyncio.sleep(self.clock.real_seconds(gap))
        self._asked.add(host)
