"""One-off looks at the web, outside the schedule: discovery, a page, a dry run of an agency.

They ask as politely as visits do, of one host at a time, and store nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.clock import Clock
from ingest.discover import find_feeds
from ingest.errors import KhabarError
from ingest.extract import extract_article
from ingest.feeds import parse_feed
from ingest.fetch import Fetcher
from ingest.fetch.robots import RobotsRules, robots_url
from ingest.pipeline.service import fetch_options
from ingest.settings import read_settings

if TYPE_CHECKING:
    from ingest.fetch import FetchOptions
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
    """One feed of a dry run."""

    feed: Feed
    parsed: ParsedFeed | None = None
    pages: tuple[CheckedPage, ...] = field(default=())
    problem: str | None = None


def fetch_page(url: str) -> Reply:
    """Fetch one address a person named.

    Raises:
        FetchError: it can't be had.
    """

    async def fetch() -> Reply:
        async with Fetcher(_options()) as fetcher:
            return await fetcher.get(url)

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
        async with Fetcher(_options()) as fetcher:
            return [await _check_feed(fetcher, source, feed) for feed in source.feeds]

    return asyncio.run(check())


def _options() -> FetchOptions:
    settings = read_settings()
    return fetch_options(settings, settings.clock)


async def _check_feed(fetcher: Fetcher, source: Source, feed: Feed) -> CheckedFeed:
    try:
        reply = await fetcher.get(feed.url, ports=source.ports)
        parsed = parse_feed(
            reply.body,
            url=reply.final_url,
            content_type=reply.content_type,
            timezone=source.timezone,
        )
    except KhabarError as error:
        return CheckedFeed(feed=feed, problem=str(error))
    links = [entry.url for entry in parsed.entries if entry.url][:PAGES_TRIED]
    pages = [await _check_page(fetcher, source, link) for link in links]
    return CheckedFeed(feed=feed, parsed=parsed, pages=tuple(pages))


async def _check_page(fetcher: Fetcher, source: Source, url: str) -> CheckedPage:
    settings = read_settings()
    await asyncio.sleep(settings.clock.real_seconds(settings.request_gap))
    try:
        robots = await _robots_of(fetcher, source, url)
        if robots is not None and not robots.allows("khabar", url):
            return CheckedPage(url=url, problem="robots.txt asks us to stay away")
        reply = await fetcher.get(url, ports=source.ports)
        article = extract_article(
            reply.body,
            url=reply.final_url,
            content_type=reply.content_type,
            source=source,
            now=Clock().now(),
        )
    except KhabarError as error:
        return CheckedPage(url=url, problem=str(error))
    return CheckedPage(url=url, article=article)


async def _robots_of(fetcher: Fetcher, source: Source, url: str) -> RobotsRules | None:
    try:
        reply = await fetcher.get(robots_url(url), ports=source.ports)
    except KhabarError:
        return None  # a dry run by a person of two pages; the service itself stays away
    return RobotsRules.parse(reply.body)
