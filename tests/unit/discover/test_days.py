"""Which days an address is about, and what belongs to the days that are asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ingest.discover.days import Place, days_in_url, may_hold, place_entry
from ingest.model import Days, Moment, Precision, SitemapEntry, ZoneReason

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOVEMBER = Days(date(2025, 11, 1), date(2025, 11, 30))
MIDDLE = Days(date(2025, 11, 10), date(2025, 11, 12))


def day(*numbers):
    return Days(date(*numbers), date(*numbers))


def at(*numbers, precision=Precision.SECOND, zone=UTC):
    moment = datetime(*numbers, tzinfo=zone)
    return Moment(at=moment, precision=precision, text=str(moment), zone=ZoneReason.TEXT)


def entry(url="https://wire.example/story", **said):
    return SitemapEntry(url=url, **said)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/2025/11/17/slug", day(2025, 11, 17)),
        ("https://x.example/2025-11-17-slug.html", day(2025, 11, 17)),
        ("https://x.example/news/20251117/0a1b/c.html", day(2025, 11, 17)),
        ("https://x.example/2025/nov/17/slug", day(2025, 11, 17)),
        ("https://x.example/a?year=2025&month=11&day=17", day(2025, 11, 17)),
        ("https://x.example/2025/11/slug", NOVEMBER),
        ("https://x.example/2025/2/30/slug", Days(date(2025, 2, 1), date(2025, 2, 28))),
        ("https://x.example/story-20251399", None),
        ("https://x.example/best-of-2024-10-things", None),
        ("https://x.example/2024-olympics/a", None),
        ("https://x.example/c7a20251117b", None),
        ("https://x.example", None),
    ],
)
def test_the_day_an_address_names(url, expected):
    assert days_in_url(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/sitemap-2025-11.xml", NOVEMBER),
        ("https://x.example/posts.202511.xml.gz", NOVEMBER),
        ("https://x.example/posts202511.xml", NOVEMBER),
        ("https://x.example/archive/2025/11.xml", NOVEMBER),
        ("https://x.example/sitemap-2025-11-2.xml", NOVEMBER),  # its second part
        ("https://x.example/sitemap-2025-11-17.xml", day(2025, 11, 17)),
        ("https://x.example/archive/2025/1/7/", day(2025, 1, 7)),
        ("https://x.example/archive?date=2025-1-7", Days(date(2025, 1, 1), date(2025, 12, 31))),
        ("https://x.example/sitemap20251117.xml", day(2025, 11, 17)),
        ("https://x.example/sitemap2025.xml", None),
        ("https://x.example/sitemap_2025.xml", Days(date(2025, 1, 1), date(2025, 12, 31))),
        ("https://x.example/sitemap.xml?yyyy=2025&mm=11&dd=17", day(2025, 11, 17)),
        ("https://x.example/post-sitemap12.xml", None),
    ],
)
def test_a_listings_name_is_read_more_freely(url, expected):
    assert days_in_url(url, is_listing=True) == expected


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"published": at(2025, 11, 9, 20, 59)}, Place.OUTSIDE),  # 23:59 in Istanbul
        ({"published": at(2025, 11, 9, 21, 1)}, Place.INSIDE),  # 00:01 the next day there
        ({"published": at(2025, 11, 12, 20, 59)}, Place.INSIDE),
        ({"published": at(2025, 11, 12, 21, 1)}, Place.OUTSIDE),
    ],
)
def test_days_begin_and_end_where_the_agency_is(said, place):
    assert place_entry(entry(**said), MIDDLE, ISTANBUL) is place


def test_a_day_alone_stays_that_day_whatever_the_zone():
    tokyo = timezone(timedelta(hours=9))
    said = at(2025, 11, 10, precision=Precision.DAY, zone=tokyo)

    assert place_entry(entry(published=said), MIDDLE, ISTANBUL) is Place.INSIDE


def test_the_address_counts_before_lastmod():
    url = "https://wire.example/2025/11/11/story"

    assert place_entry(entry(url, lastmod=at(2026, 3, 1)), MIDDLE, ISTANBUL) is Place.INSIDE


def test_digits_older_than_the_last_change_are_a_day_younger_ones_are_a_number():
    url = "https://wire.example/item/20251201"
    changed = at(2025, 11, 11)

    assert place_entry(entry(url, lastmod=changed), MIDDLE, ISTANBUL) is Place.INSIDE


@pytest.mark.parametrize(
    ("lastmod", "place"),
    [
        (at(2025, 11, 9, 12), Place.OUTSIDE),  # nothing appears after its last change
        (at(2025, 11, 10, 12), Place.INSIDE),
        (at(2025, 11, 14, 12), Place.INSIDE),  # corrected two days later
        (at(2025, 11, 20, 12), Place.UNDATED),  # corrected later, or younger
    ],
)
def test_lastmod_alone(lastmod, place):
    assert place_entry(entry(lastmod=lastmod), MIDDLE, ISTANBUL) is place


def test_a_listing_of_these_days_alone_settles_what_its_entries_leave_open():
    late = entry(lastmod=at(2026, 2, 1))

    assert place_entry(late, NOVEMBER, ISTANBUL, listed=day(2025, 11, 17)) is Place.INSIDE
    assert place_entry(entry(), NOVEMBER, ISTANBUL, listed=day(2025, 11, 17)) is Place.INSIDE
    assert place_entry(entry(), NOVEMBER, ISTANBUL, listed=day(2025, 10, 17)) is Place.OUTSIDE
    assert place_entry(entry(), NOVEMBER, ISTANBUL) is Place.UNDATED


def test_without_days_everything_belongs():
    assert place_entry(entry(), Days(), ISTANBUL) is Place.INSIDE


@pytest.mark.parametrize(
    ("url", "lastmod", "expected"),
    [
        ("https://x.example/sitemap-2025-11.xml", None, True),
        ("https://x.example/sitemap-2025-09.xml", None, False),
        ("https://x.example/sitemap-2025-11-13.xml", None, True),  # the 12th elsewhere
        ("https://x.example/sitemap-2025-11-14.xml", None, False),
        ("https://x.example/sitemap-7.xml", at(2025, 11, 9), False),
        ("https://x.example/sitemap-7.xml", at(2025, 11, 11), True),
        ("https://x.example/sitemap-7.xml", None, True),
    ],
)
def test_only_sitemaps_that_may_hold_the_days_are_read(url, lastmod, expected):
    assert may_hold(entry(url, lastmod=lastmod), MIDDLE, ISTANBUL) is expected


def test_open_ends_of_days():
    since = Days(date(2025, 11, 1), None)

    assert since.overlaps(day(2031, 1, 1))
    assert not since.overlaps(day(2025, 10, 31))
    assert since.covers(day(2025, 11, 1))
    assert not since.covers(Days(None, date(2026, 1, 1)))
    assert not day(2025, 11, 1).covers(since)
    assert Days().covers(since)
