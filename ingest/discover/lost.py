"""What a feed's window lost: which sitemaps to read for it, which of their addresses it may be.

    robots.txt, declaration ▶ sitemaps ▶ index? ▶ those that may speak of the time ▶ addresses
                                                                  of the time, as the feed has them

Sitemaps name a whole site and its whole past, a feed a part of it: what was published outside the
time, or under paths that the feed never led to, was not lost by the feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final
from urllib.parse import urlsplit

from ingest.discover.days import days_in_url
from ingest.model import Moment, Precision, Sitemap, SitemapEntry, ZoneReason

DAY: Final = timedelta(days=1)
LATE: Final = timedelta(minutes=30)  # an entry may reach its feed so long after its date
_UNDATED_TAKEN: Final = 1  # at each end of an index whose sitemaps say nothing of their time
_NEWS: Final = re.compile(r"news|latest|recent|googlenews|haber", re.IGNORECASE)
_GUESSES: Final = ("/sitemap.xml", "/news-sitemap.xml")
_PRECISION: Final = {
    Precision.SECOND: timedelta(seconds=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time between two complete replies of a feed, in which its window ran over."""

    since: datetime
    until: datetime

    def meets(self, first: datetime, last: datetime) -> bool:
        """Tell whether something of that time may have been lost in the span."""
        return first <= self.until and last >= self.since - LATE


def first_places(origin: str, named: Iterable[str]) -> list[str]:
    """Return the sitemaps to begin with: those that are named, else where they usually are."""
    return _news_first(dict.fromkeys(named)) or [origin + path for path in _GUESSES]


def sitemaps_for(index: Sitemap, span: Span) -> list[str]:
    """Return the sitemaps of an index that may speak of a time, those of news first.

    One that changed last before the span, or whose name is another month's, does not. Where neither
    is said, sites number their sitemaps from either end: the first and the last are taken.
    """
    dated, undated = [], []
    for entry in index.sitemaps:
        if entry.lastmod is not None and _covered(entry.lastmod, UTC)[1] < span.since:
            continue
        named = _named_time(entry.url)
        if named is not None and not span.meets(*named):
            continue
        if named is not None or _is_news(entry.url):
            dated.append(entry.url)
        else:
            undated.append(entry.url)
    if len(undated) > 2 * _UNDATED_TAKEN:
        undated = undated[:_UNDATED_TAKEN] + undated[-_UNDATED_TAKEN:]
    return _news_first(dict.fromkeys(dated + undated))


def addresses_for(
    sitemap: Sitemap, span: Span, zone: tzinfo, *, followed_since: datetime
) -> list[SitemapEntry]:
    """Return the addresses of a sitemap that may have been published in a span.

    Args:
        sitemap: its dates decide: publication where it is named, else the last change.
        span: the time; a day alone counts if it touches it.
        zone: of dates that carry none.
        followed_since: what may be older was no loss.
    """
    found = []
    for entry in sitemap.urls:
        said = entry.published or entry.lastmod
        if said is None:
            continue
        first, last = _covered(said, zone)
        if first >= followed_since and span.meets(first, last):
            found.append(entry)
    return found


def is_older_than(sitemap: Sitemap, span: Span, zone: tzinfo) -> bool:
    """Tell whether a sitemap of news begins before a span: then it names all of it."""
    published = [entry.published for entry in sitemap.urls if entry.published]
    return any(_covered(said, zone)[1] < span.since - LATE for said in published)


def shapes_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the shapes of the addresses that a feed led to."""
    return frozenset(shape_of(url) for url in urls)


def shape_of(url: str) -> str:
    """Return where on its site an address lies: the host and the first word of a longer path.

    Numbers and dates are one shape, so is an address without folders: `/2025/11/a`, `/news-4711`.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    first = segments[0].lower() if len(segments) > 1 else ""
    host = parts.netloc.removeprefix("www.")
    return f"{host}/{'#' if re.search(r'[0-9]', first) else first}"


def _news_first(urls: Iterable[str]) -> list[str]:
    return sorted(urls, key=lambda url: not _is_news(url))


def _is_news(url: str) -> bool:
    return _NEWS.search(urlsplit(url).path) is not None


def _covered(said: Moment, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the first and the last instant that a date may mean."""
    at = said.at.replace(tzinfo=zone) if said.zone is ZoneReason.NONE else said.at
    return at, at + _PRECISION[said.precision]


def _named_time(url: str) -> tuple[datetime, datetime] | None:
    """Return the time of the days that a sitemap's name names, in any zone."""
    days = days_in_url(url, is_listing=True)
    if days is None or days.first is None or days.last is None:
        return None
    first, last = (datetime.combine(day, time(), UTC) for day in (days.first, days.last))
    return first - DAY, last + 2 * DAY  # it is their day somewhere
