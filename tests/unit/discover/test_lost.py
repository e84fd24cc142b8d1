"""Of a site's sitemaps, what a feed's window lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.discover import (
    Span,
    addresses_for,
    first_places,
    is_older_than,
    parse_sitemap,
    shape_of,
    sitemaps_for,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPAN = Span(since=NOON, until=NOON + HOUR)
ISTANBUL = ZoneInfo("Europe/Istanbul")
SITE = "https://agency.example"


def index(*rows):
    """Return an index of sitemaps; a row is a path, or a path and its lastmod."""
    inner = "".join(
        f"<sitemap><loc>{SITE}/{row[0]}</loc><lastmod>{row[1]}</lastmod></sitemap>"
        if isinstance(row, tuple)
        else f"<sitemap><loc>{SITE}/{row}</loc></sitemap>"
        for row in rows
    )
    text = (
        f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</sitemapindex>"
    )
    return parse_sitemap(text.encode(), url=f"{SITE}/sitemap.xml")


def urls(*rows, name="lastmod"):
    """Return a sitemap; a row is a path and its date."""
    inner = "".join(
        f"<url><loc>{SITE}/{path}</loc><{name}>{at}</{name}></url>" for path, at in rows
    )
    text = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</urlset>"
    return parse_sitemap(text.encode(), url=f"{SITE}/sitemap.xml")


def chosen(sitemap):
    """Return the names of the sitemaps that are to be read."""
    return [url.removeprefix(f"{SITE}/") for url in sitemaps_for(sitemap, SPAN)]


def found(sitemap, *, followed_since=NOON - 99 * HOUR):
    """Return the paths that may have been lost."""
    entries = addresses_for(sitemap, SPAN, ISTANBUL, followed_since=followed_since)
    return [entry.url.removeprefix(f"{SITE}/") for entry in entries]


def test_sitemaps_of_news_are_read_first():
    assert chosen(index("posts-2026-03.xml", "news.xml")) == ["news.xml", "posts-2026-03.xml"]


@pytest.mark.parametrize(
    "name",
    [
        "2025-12.xml", "posts/2026/02/all.xml", "s-20260301.xml", "2024.xml", "m=202601",
        "posts202601.xml", "2026/jan/17/all.xml", "s.xml?yyyy=2026&mm=1", "2026/2/17.xml",
    ],
)  # fmt: skip
def test_another_times_sitemap_is_not_read(name):
    assert chosen(index(name)) == []


@pytest.mark.parametrize("name", ["2026-03.xml", "2026/03/04.xml", "s-20260304.xml", "2026.xml"])
def test_the_times_own_sitemap_is_read(name):
    assert chosen(index(name)) == [name]


def test_a_day_is_its_own_somewhere_on_earth():
    assert chosen(index("2026-03-05.xml", "2026-03-07.xml")) == ["2026-03-05.xml"]


def test_a_sitemap_that_has_not_changed_since_is_not_read():
    rows = index(("a.xml", "2026-03-04T11:00:00Z"), ("b.xml", "2026-03-04T12:30:00Z"))

    assert chosen(rows) == ["b.xml"]


def test_of_numbered_sitemaps_the_ends_are_read():
    assert chosen(index(*(f"sitemap{n}.xml" for n in range(1, 40)))) == [
        "sitemap1.xml",
        "sitemap39.xml",
    ]


def test_what_was_published_in_the_time_may_be_lost():
    rows = urls(
        ("early", "2026-03-04T11:00:00Z"),
        ("late", "2026-03-04T11:45:00Z"),
        ("lost", "2026-03-04T12:20:00Z"),
        ("after", "2026-03-04T13:01:00Z"),
    )

    assert found(rows) == ["late", "lost"]


def test_a_time_without_a_zone_is_the_agencys():
    assert found(urls(("lost", "2026-03-04T15:20:00"))) == ["lost"]


def test_a_day_alone_may_be_the_time_unless_the_feed_was_not_yet_followed():
    rows = urls(("lost", "2026-03-04"), ("before", "2026-03-03"))

    assert found(rows) == ["lost"]
    assert found(rows, followed_since=NOON - HOUR) == []


def test_what_has_no_date_cannot_be_told():
    text = f"<urlset><url><loc>{SITE}/a</loc></url></urlset>"

    assert found(parse_sitemap(text.encode(), url=SITE)) == []


def test_news_that_reaches_back_far_enough_needs_no_other_sitemap():
    reaching = urls(("a", "2026-03-04T09:00:00Z"), name="published")
    short = urls(("a", "2026-03-04T12:10:00Z"), name="published")

    assert is_older_than(reaching, SPAN, UTC)
    assert not is_older_than(short, SPAN, UTC)
    assert not is_older_than(urls(("a", "2026-03-04T09:00:00Z")), SPAN, UTC)  # a change is no news


def test_the_usual_places_are_tried_where_none_is_named():
    assert first_places(SITE, []) == [f"{SITE}/sitemap.xml", f"{SITE}/news-sitemap.xml"]
    assert first_places(SITE, [f"{SITE}/all.xml", f"{SITE}/news.xml"]) == [
        f"{SITE}/news.xml",
        f"{SITE}/all.xml",
    ]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (f"{SITE}/world/a", f"{SITE}/World/b/c", True),
        (f"{SITE}/world/a", f"{SITE}/sport/a", False),
        (f"{SITE}/2025/11/a", f"{SITE}/2026/03/b", True),
        (f"{SITE}/a-1", f"{SITE}/b-2", True),
        ("https://www.agency.example/a", f"{SITE}/b", True),
        ("https://agency.example/a", "https://sport.agency.example/a", False),
    ],
)
def test_addresses_have_shapes(one, other, is_same):
    assert (shape_of(one) == shape_of(other)) is is_same
