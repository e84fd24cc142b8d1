"""Which days an address is about, and whether it lies within the days that are asked for.

    published (news sitemap, feed)  decides
    day or month in the address     decides, but never against a lastmod that is older
    lastmod                         before the first day: out; two days after the last: who knows
    the listing's own days          decide where nothing else is known

The days are the agency's own: a moment counts on the calendar of its zone.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from ingest.model import Days, Moment, Precision, SitemapEntry

# Most corrections come so soon that a later lastmod tells nothing of the day of publication.
SLACK: Final = timedelta(days=2)
_ZONES: Final = timedelta(days=1)  # what two calendars may differ by

_YEAR: Final = r"(?P<y>(?:19[89]|20\d)\d)"
_NAMES: Final = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAY: Final = re.compile(
    rf"(?<!\d){_YEAR}(?P<s>[/_.-])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)"
)
_NAMED_DAY: Final = re.compile(
    rf"/{_YEAR}/(?P<n>{'|'.join(_NAMES)})[a-z]*/(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)", re.IGNORECASE
)
_COMPACT_DAY: Final = re.compile(
    rf"(?<![\da-zA-Z]){_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\da-zA-Z])"
)
_QUERY: Final = re.compile(
    rf"[?&](?:yyyy|year|y)={_YEAR}"
    r"(?:&(?:mm|month|m)=(?P<m>0?[1-9]|1[0-2])(?:&(?:dd|day|d)=(?P<d>0?[1-9]|[12]\d|3[01]))?)?"
    r"(?!\d)"
)
_MONTH_PATH: Final = re.compile(rf"/{_YEAR}[/-](?P<m>0?[1-9]|1[0-2])(?=/|$)")
# For the names of listings alone: sitemap-2025-11.xml, posts202511.gz, 2025.xml. What is too short
# for a day is a part (sitemap-2025-11-2.xml), and sitemap2025.xml one of that many.
_LISTED_DAY: Final = re.compile(
    rf"(?<!\d){_YEAR}(?:/(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12]\d|3[01])"
    r"|(?P<s>[_.-])(?P<m2>0[1-9]|1[0-2])(?P=s)(?P<d2>0[1-9]|[12]\d|3[01]))(?!\d)"
)
_DAY_NAME: Final = re.compile(
    rf"(?<!\d){_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"
)
_MONTH_NAME: Final = re.compile(rf"(?<!\d){_YEAR}[-_./]?(?P<m>0[1-9]|1[0-2])(?![\d]|-\d\d(?!\d))")
_YEAR_NAME: Final = re.compile(rf"(?<=[-_/=.]){_YEAR}(?=[-_/.&]|$)")

_FORMS: Final = (_DAY, _NAMED_DAY, _QUERY, _COMPACT_DAY, _MONTH_PATH)
_LISTING_FORMS: Final = (
    _LISTED_DAY, _NAMED_DAY, _QUERY, _DAY_NAME, _MONTH_PATH, _MONTH_NAME, _YEAR_NAME,
)  # fmt: skip


class Place(StrEnum):
    """Where an address lies beside the days that are asked for."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDATED = "undated"


def days_in_url(url: str, *, is_listing: bool = False) -> Days | None:
    """Return the day, month or year that an address names; None where it names none.

    Args:
        url: absolute.
        is_listing: of a sitemap or an archive page, whose names are read more freely.
    """
    rest = url.partition("://")[2].partition("#")[0]
    path = rest[rest.find("/") :] if "/" in rest else ""
    for form in _LISTING_FORMS if is_listing else _FORMS:
        for found in form.finditer(path):
            if days := _days_of(found.groupdict()):
                return days
    return None


def _days_of(named: dict[str, str | None]) -> Days | None:
    year = int(named["y"] or 0)
    month = int(named.get("m") or named.get("m2") or 0)
    month = month or _NAMES.get((named.get("n") or "").lower(), 0)
    day = int(named.get("d") or named.get("d2") or 0)
    if not month:
        return Days(date(year, 1, 1), date(year, 12, 31))
    longest = calendar.monthrange(year, month)[1]
    if day > longest:
        return None
    return Days(date(year, month, day or 1), date(year, month, day or longest))


def day_of(moment: Moment, zone: tzinfo) -> date:
    """Return the day of a moment on the agency's calendar; a day alone stays that day."""
    return moment.day if moment.precision is Precision.DAY else moment.at.astimezone(zone).date()


def place_entry(
    entry: SitemapEntry, wanted: Days, zone: tzinfo, *, listed: Days | None = None
) -> Place:
    """Return whether an address belongs to the days that are asked for.

    Args:
        entry: the address and what its listing says of it.
        wanted: the days that are asked for.
        zone: of the agency.
        listed: the days that the listing itself is about, where its name tells.
    """
    if wanted == Days():
        return Place.INSIDE
    if entry.published is not None:
        day = day_of(entry.published, zone)
        return Place.INSIDE if wanted.overlaps(Days(day, day)) else Place.OUTSIDE
    modified = None if entry.lastmod is None else day_of(entry.lastmod, zone)
    named = days_in_url(entry.url)
    if named and modified and named.first and modified < named.first - timedelta(days=1):
        named = None  # changed before that day: the digits mean something else
    if named is not None and not wanted.overlaps(named):
        return Place.OUTSIDE
    if named is not None and wanted.covers(named):
        return Place.INSIDE
    return _place_by_listing(modified, wanted, named or listed)


def _place_by_listing(modified: date | None, wanted: Days, named: Days | None) -> Place:
    """Return the place of an address whose own day is not known."""
    if modified is not None and wanted.first is not None and modified < wanted.first:
        return Place.OUTSIDE
    if named is not None and wanted.covers(named):
        return Place.INSIDE
    if modified is None:
        is_about = named is not None and wanted.overlaps(named)
        return Place.INSIDE if is_about else Place.OUTSIDE if named else Place.UNDATED
    is_soon = wanted.last is None or modified <= wanted.last + SLACK
    return Place.INSIDE if is_soon else Place.UNDATED


def may_hold(entry: SitemapEntry, wanted: Days, zone: tzinfo) -> bool:
    """Return whether a listing that an index names may hold addresses of these days.

    A listing's days may be UTC's rather than the agency's: a day more on either side counts.
    """
    if (
        entry.lastmod is not None
        and wanted.first is not None
        and day_of(entry.lastmod, zone) < wanted.first
    ):
        return False  # nothing in it has changed since before
    named = days_in_url(entry.url, is_listing=True)
    if named is None or named.first is None or named.last is None:
        return True
    return wanted.overlaps(Days(named.first - _ZONES, named.last + _ZONES))
