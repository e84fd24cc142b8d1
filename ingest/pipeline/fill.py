"""What a window lost, looked for in sitemaps: declared, named by robots.txt, or the usual ones.

    gap ▶ robots.txt ▶ sitemaps ▶ those of its time ▶ addresses we never met ▶ pages due, counted
                          └─ at another host: the search goes on there, in that host's visit

A search reads few documents and is made three times, because sitemaps are often late: at once,
an hour and six hours later. All gaps of a source that are due at a host share what is read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from ingest.discover import (
    Span,
    addresses_for,
    first_places,
    is_older_than,
    parse_sitemap,
    shape_of,
    shapes_of,
    sitemaps_for,
)
from ingest.errors import FeedError, FetchError, HostUnreachable, ReplyRefused, ReplyTooSlow
from ingest.pipeline.outcomes import SearchOutcome
from ingest.pipeline.service import limits_of
from ingest.storage import gap as gaps
from ingest.storage import host as hosts
from ingest.storage.gap import SearchRow
from ingest.storage.page import WantedPage
from ingest.urls import host_of, origin_of, url_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.model import Sitemap, SitemapEntry, Source
    from ingest.pipeline.conversation import Conversation
    from ingest.storage.gap import DueGap
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

SEARCHES: Final = (timedelta(0), timedelta(hours=1), timedelta(hours=6))  # after it was noticed
MOST_DOCUMENTS: Final = 8  # of one search
MOST_PAGES: Final = 1_000  # of one part of a search
LINKS_COMPARED: Final = 300
MOST_TRIES: Final = 6
FIRST_RETRY: Final = timedelta(minutes=10)  # doubles with each further try
MAX_SITEMAP_BYTES: Final = 50_000_000


@dataclass(slots=True)
class _Search:
    """The gaps of one source while this host's part of their search lasts."""

    source: Source
    gaps: Sequence[DueGap]
    places: list[str]
    asked: int
    read: list[Sitemap] = field(default_factory=list)
    has_all: bool = False  # a sitemap of news reaches back far enough
    is_held_up: bool = False  # the host does not answer: later

    @property
    def is_over(self) -> bool:
        """No other sitemap is to be read, here or elsewhere."""
        return self.has_all or self.asked >= MOST_DOCUMENTS

    @property
    def span(self) -> Span:
        """All their time."""
        since, until = (gap.from_at for gap in self.gaps), (gap.to_at for gap in self.gaps)
        return Span(since=min(since), until=max(until))


async def fill_gaps(talk: Conversation, due: Sequence[DueGap]) -> SearchOutcome:
    """Search this host's sitemaps for what gaps of one source lost.

    Raises:
        LeaseLost, NotYet: the search goes on later.
        DatabaseUnavailable: likewise.
    """
    source = talk.service.source_of(due[0].slug)
    begun = [place for gap in due for place in gap.places or ()]
    search = _Search(source=source, gaps=due, places=begun, asked=max(gap.asked for gap in due))
    if any(gap.places is None for gap in due):
        address = f"{_scheme_of(due[0].feed_url)}://{talk.host.name}/"
        await talk.learn_robots(address, source)
        named = [*source.sitemaps, *talk.sitemaps]
        search.places += first_places(origin_of(address), named)
    search.places = list(dict.fromkeys(search.places))
    await _read_places(talk, search)
    return await asyncio.to_thread(_outcome, talk, search)


def _scheme_of(url: str) -> str:
    return url.partition(":")[0]


async def _read_places(talk: Conversation, search: _Search) -> None:
    """Read the sitemaps that are at this host, and those that they name."""
    while place := next((one for one in search.places if host_of(one) == talk.host.name), None):
        if search.is_over:
            break
        search.asked += 1
        try:
            sitemap = await _read(talk, place, search.source)
        except (FetchError, FeedError) as error:
            log.debug("gap.sitemap", url=place, error=str(error))
            if _may_heal(error):
                search.is_held_up = True
                return
            sitemap = None
        search.places.remove(place)
        if sitemap is None:
            continue
        search.read.append(sitemap)
        search.has_all = is_older_than(sitemap, search.span, search.source.timezone)
        new = [one for one in sitemaps_for(sitemap, search.span) if one not in search.places]
        seen = {document.url for document in search.read}
        search.places = [one for one in new if one not in seen] + search.places
    if search.is_over:
        search.places = []


def _may_heal(error: Exception) -> bool:
    if isinstance(error, ReplyRefused):
        return error.status == 429 or error.status >= 500
    return isinstance(error, (HostUnreachable, ReplyTooSlow))


async def _read(talk: Conversation, place: str, source: Source) -> Sitemap:
    limits = limits_of(talk.service.settings, MAX_SITEMAP_BYTES)
    await talk.learn_robots(place, source)
    reply = await talk.ask(place, source=source, limits=limits)
    return await asyncio.to_thread(parse_sitemap, reply.body, url=place)


def _outcome(talk: Conversation, search: _Search) -> SearchOutcome:
    """Return what was found and how each gap's search goes on."""
    now = talk.service.clock.now()
    with talk.service.database.connection() as connection:
        lost = _lost(connection, search)
        places = search.places
        names = {host_of(entry.url) for _, entry in lost} | {host_of(one) for one in places[:1]}
        host_ids = hosts.ensure_hosts(connection, names)
    found = Counter(gap.id for gap, _ in lost)
    there = host_ids[host_of(places[0])] if places else talk.host.id
    pages = [
        WantedPage(
            host_id=host_ids[host_of(entry.url)],
            source_id=gap.source_id,
            url=entry.url,
            url_key=url_key(entry.url),
            due_at=now,
            added_at=now,
        )
        for gap, entry in lost
    ]
    rows = [_row(gap, search, now=now, host_id=there, found=found[gap.id]) for gap in search.gaps]
    log.info("gap.searched", host=talk.host.name, gaps=len(rows), found=len(pages))
    return SearchOutcome(host=talk.host, searches=tuple(rows), pages=tuple(pages))


def _row(gap: DueGap, search: _Search, *, now: datetime, host_id: int, found: int) -> SearchRow:
    """Return how one gap's search goes on: here again, elsewhere, later, or not at all."""
    tries, searches = gap.tries, gap.searches
    places: list[str] | None = search.places
    next_at: datetime | None = now
    if search.is_held_up and tries + 1 < MOST_TRIES:
        tries += 1
        next_at = now + FIRST_RETRY * 2**tries
    elif search.is_held_up or not places:
        searches += 1
        places, tries = None, 0
        next_at = gap.to_at + SEARCHES[searches] if searches < len(SEARCHES) else None
    return SearchRow(
        id=gap.id,
        host_id=host_id,
        search_at=next_at,
        searches=searches,
        tries=tries,
        asked=0 if places is None else search.asked,
        places=places,
        searched_at=now,
        found=found,
    )


def _lost(connection: Connection, search: _Search) -> list[tuple[DueGap, SitemapEntry]]:
    """Return the addresses of the gaps' time that we never met, each with the gap it fills."""
    found: dict[str, tuple[DueGap, SitemapEntry]] = {}
    for gap in search.gaps:
        shapes = shapes_of(gaps.recent_links(connection, gap.feed_id, most=LINKS_COMPARED))
        for entry in _named(search, gap):
            if shape_of(entry.url) in shapes:
                found.setdefault(url_key(entry.url), (gap, entry))
    known = gaps.known_keys(connection, list(found))
    new = [pair for key, pair in found.items() if key not in known]
    return new[:MOST_PAGES]


def _named(search: _Search, gap: DueGap) -> list[SitemapEntry]:
    """Return what the sitemaps name of one gap's time, and nothing from before we followed it."""
    span, zone = Span(since=gap.from_at, until=gap.to_at), search.source.timezone
    return [
        entry
        for sitemap in search.read
        for entry in addresses_for(sitemap, span, zone, followed_since=gap.feed_added_at)
    ]
