"""Addresses of archive pages and dated sitemaps, by pattern.

https://agency.example/{yyyy}/{mm}/{dd}/           a page a day
https://agency.example/sitemap-{yyyy}-{mm}.xml     a page a month
https://agency.example/?m={yyyy}{mm}&paged={page}  several pages, asked for one by one
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ingest.errors import UnusableURL
from ingest.urls import normalize_url

_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_PLACES: Final = frozenset(["yyyy", "yy", "mm", "dd", "m", "d", "page"])


def archive_urls(pattern: str, day_from: date, day_to: date, *, page: int = 1) -> Iterator[str]:
    """Yield the address of each day, month or year that a pattern tells apart, oldest first.

    Args:
        pattern: with {yyyy} {yy} {mm} {dd} {m} {d} {page}; m and d without leading zeros.
        day_from: the first day.
        day_to: the last day; before the first, nothing is yielded.
        page: what {page} stands for, the same in every address.

    Raises:
        UnusableURL: an unknown place in braces, or no address when filled in.
    """
    unknown = sorted(set(_PLACE.findall(pattern)) - _PLACES)
    if unknown:
        raise UnusableURL(pattern, f"unknown place {{{unknown[0]}}} in an archive's pattern")
    last = None
    for number in range((day_to - day_from).days + 1):
        day = day_from + timedelta(days=number)
        address = normalize_url(_filled(pattern, day, page))
        if address != last:
            yield address
        last = address


def _filled(pattern: str, day: date, page: int) -> str:
    values = {
        "yyyy": f"{day.year:04}",
        "yy": f"{day.year % 100:02}",
        "mm": f"{day.month:02}",
        "dd": f"{day.day:02}",
        "m": str(day.month),
        "d": str(day.day),
        "page": str(page),
    }
    return _PLACE.sub(lambda found: values[found[1]], pattern)
