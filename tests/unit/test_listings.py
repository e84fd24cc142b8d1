"""What a listing says: addresses of the days that are asked for, and further listings."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from ingest.errors import NotAFeed, UnusableURL
from ingest.model import Days, Reply, Source
from ingest.pipeline.listings import (
    first_listings,
    is_of,
    next_guess,
    read_listing,
    sitemaps_of_robots,
)
from ingest.sources import find_source
from ingest.storage.backfill import DueListing

WIRE = Source(
    slug="wire",
    name="Wire",
    homepage="https://wire.example/",
    timezone=ZoneInfo("Europe/Istanbul"),
    sitemaps=("https://wire.example/sitemap.xml", "https://wire.example/news.xml"),
    archives=("https://wire.example/{yyyy}/{mm}/{dd}/?paged={page}",),
)
MIDDLE = Days(date(2025, 11, 10), date(2025, 11, 12))


def due(kind="sitemap", url="https://wire.example/sitemap.xml", **changes):
    given = {
        "id": 1,
        "backfill_id": 1,
        "host_id": 1,
        "pattern": None,
        "page": 1,
        "depth": 0,
        "first_day": None,
        "last_day": None,
        "attempts": 1,
        "position": 0,
        "slug": "wire",
        "source_id": 1,
        "via": kind,
        "from_day": MIDDLE.first,
        "to_day": MIDDLE.last,
        "takes_undated": False,
    }
    return DueListing(kind=kind, url=url, **(given | changes))


def reply(body, url="https://wire.example/sitemap.xml", media_type="application/xml"):
    return Reply(
        url=url, final_url=url, status=200, headers={"content-type": media_type}, body=body.encode()
    )


def urlset(*entries):
    rows = "".join(
        f"<url><loc>{url}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"
        for url, lastmod in entries
    )
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>"


def index(*urls):
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex>{rows}</sitemapindex>"


def urls_of(reading):
    return [item.url for item in reading.items]


# ── sitemaps ────────────────────────────────────────────────────────────────────────────


def test_a_sitemap_gives_what_is_of_these_days_and_counts_the_rest():
    body = urlset(
        ("https://wire.example/a", "2025-11-11"),
        ("https://wire.example/a#top", "2025-11-11"),
        ("https://wire.example/old", "2025-10-01"),
        ("https://wire.example/undated", None),
        ("https://elsewhere.example/b", "2025-11-11"),
    )

    reading = read_listing(due(), reply(body), WIRE)

    assert urls_of(reading) == ["https://wire.example/a"]
    counts = reading.found, reading.outside, reading.undated, reading.foreigners
    assert counts == (5, 1, 1, 1)


def test_undated_addresses_are_taken_when_asked_for():
    body = urlset(("https://wire.example/undated", None))

    reading = read_listing(due(takes_undated=True), reply(body), WIRE)

    assert urls_of(reading) == ["https://wire.example/undated"]


def test_an_index_leads_to_the_sitemaps_that_may_hold_these_days():
    body = index("https://wire.example/s-2025-11.xml", "https://wire.example/s-2025-01.xml")

    (child,) = read_listing(due(), reply(body), WIRE).listings

    assert child.url == "https://wire.example/s-2025-11.xml"
    assert child.days == Days(date(2025, 11, 1), date(2025, 11, 30))
    assert child.depth == 1


def test_an_index_of_indexes_is_followed_only_so_deep():
    body = index("https://wire.example/s.xml")

    assert read_listing(due(depth=5), reply(body), WIRE).listings == ()


def test_of_a_news_sitemap_only_what_says_when_it_was_published():
    body = (
        "<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>"
        "<url><loc>https://wire.example/a</loc><news:news><news:publication_date>2025-11-11T09:00Z"
        "</news:publication_date><news:title>Boats</news:title></news:news></url>"
        "<url><loc>https://wire.example/about</loc></url></urlset>"
    )

    reading = read_listing(due("news-sitemap"), reply(body), WIRE)

    assert [(item.url, item.title) for item in reading.items] == [
        ("https://wire.example/a", "Boats")
    ]
    assert (reading.found, reading.outside) == (2, 1)


def test_news_sitemaps_are_found_in_an_index_by_their_name():
    body = index("https://wire.example/google-news.xml", "https://wire.example/posts.xml")

    children = read_listing(due("news-sitemap"), reply(body), WIRE).listings

    assert [child.url for child in children] == ["https://wire.example/google-news.xml"]


def test_a_broken_sitemap_gives_what_can_be_read_and_says_so():
    body = urlset(("https://wire.example/a", "2025-11-11")).replace("</urlset>", "<url><loc>htt")

    reading = read_listing(due(), reply(body), WIRE)

    assert urls_of(reading) == ["https://wire.example/a"]
    assert reading.complaint


def test_what_is_no_sitemap_says_what_it_is():
    with pytest.raises(NotAFeed, match="not a sitemap"):
        read_listing(due(), reply("<!doctype html><p>Not here"), WIRE)


def test_robots_leads_to_the_sitemaps_it_names():
    listing = due("robots", "https://wire.example/robots.txt", via="sitemap")

    found = sitemaps_of_robots(
        listing, ["/map.xml", "https://wire.example/s-2025-01.xml", "mailto:x"], WIRE.timezone
    )

    assert [(one.kind, one.url) for one in found] == [("sitemap", "https://wire.example/map.xml")]


def test_where_robots_names_none_the_usual_places_are_guessed_one_by_one():
    listing = due("robots", "https://wire.example/robots.txt", via="sitemap")
    guessed = []

    (guess,) = sitemaps_of_robots(listing, [], WIRE.timezone)
    while guess is not None:
        guessed.append(guess.url)
        guess = next_guess(due(url=guess.url, pattern=guess.pattern, page=guess.page))

    assert guessed[:2] == ["https://wire.example/sitemap.xml",
                           "https://wire.example/sitemap_index.xml"]  # fmt: skip
    assert len(guessed) == len(set(guessed)) == 4
    assert next_guess(due()) is None


# ── archives ────────────────────────────────────────────────────────────────────────────


def test_an_archive_begins_with_a_page_for_each_day():
    found = first_listings("archive", WIRE, MIDDLE, places=(), origins=())

    assert [one.url for one in found] == [
        f"https://wire.example/2025/11/{day}/?paged=1" for day in (10, 11, 12)
    ]
    assert found[0].pattern == "https://wire.example/2025/11/10/?paged={page}"
    assert found[0].days == Days(date(2025, 11, 10), date(2025, 11, 10))


def test_an_archive_page_goes_on_until_nothing_is_on_it():
    listing = due(
        "archive",
        "https://wire.example/2025/11/10/?paged=1",
        pattern="https://wire.example/2025/11/10/?paged={page}",
        first_day=date(2025, 11, 10),
        last_day=date(2025, 11, 10),
    )
    full = "<html><a href='/world/three-boats-counted'>Boats</a></html>"

    reading = read_listing(listing, reply(full, listing.url, "text/html"), WIRE)
    empty = read_listing(listing, reply("<html><p>none</p>", listing.url, "text/html"), WIRE)

    assert urls_of(reading) == ["https://wire.example/world/three-boats-counted"]
    assert [(one.url, one.page) for one in reading.listings] == [
        ("https://wire.example/2025/11/10/?paged=2", 2)
    ]
    assert empty.listings == ()


def test_pages_older_than_the_days_end_an_archive():
    listing = due("archive", "https://wire.example/all?page=9",
                  pattern="https://wire.example/all?page={page}")  # fmt: skip
    body = "<html><a href='/2025/10/01/boats'>Boats</a><a href='/2025/09/30/bridges'>B</a></html>"

    reading = read_listing(listing, reply(body, listing.url, "text/html"), WIRE)

    assert (reading.items, reading.outside, reading.listings) == ((), 2, ())


def test_a_dated_sitemap_serves_as_an_archive():
    al_jazeera = find_source("al-jazeera")
    assert al_jazeera is not None
    first = first_listings("archive", al_jazeera, MIDDLE, places=(), origins=())[0]
    url = "https://www.aljazeera.net/news/2025/11/10/story"
    days = first.days or Days()
    listing = due("archive", first.url, first_day=days.first, last_day=days.last)

    reading = read_listing(listing, reply(urlset((url, "2025-12-24")), first.url), al_jazeera)

    assert first.url == "https://www.aljazeera.net/sitemap.xml?yyyy=2025&mm=11&dd=10"
    assert urls_of(reading) == [url]


def test_a_pattern_with_an_unknown_place_is_refused():
    with pytest.raises(UnusableURL, match="unknown place"):
        first_listings("archive", WIRE, MIDDLE, places=("https://w.example/{day}",), origins=())


# ── feeds and WordPress ─────────────────────────────────────────────────────────────────


def atom(*entries, link=""):
    rows = "".join(
        f"<entry><id>{url}</id><title>T</title><link href='{url}'/><published>{at}</published>"
        f"<updated>{at}</updated></entry>"
        for url, at in entries
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title>{link}{rows}</feed>"


def test_a_feeds_history_is_followed_back_until_before_the_days():
    older = "<link rel='prev-archive' href='/feed?page=2'/>"
    listing = due("feed", "https://wire.example/feed")
    young = atom(("https://wire.example/a", "2025-11-11T09:00:00Z"), link=older)
    old = atom(("https://wire.example/b", "2025-10-11T09:00:00Z"), link=older)

    reading = read_listing(listing, reply(young, listing.url, "application/atom+xml"), WIRE)
    last = read_listing(listing, reply(old, listing.url, "application/atom+xml"), WIRE)

    assert urls_of(reading) == ["https://wire.example/a"]
    assert [one.url for one in reading.listings] == ["https://wire.example/feed?page=2"]
    assert (last.items, last.listings) == ((), ())


def test_wordpress_goes_on_while_its_pages_are_full():
    (first,) = first_listings(
        "wordpress", WIRE, MIDDLE, places=(), origins=("https://wire.example",)
    )
    posts = [
        {"link": f"https://wire.example/?p={n}", "date_gmt": "2025-11-11T09:00:00"}
        for n in range(100)
    ]
    listing = due("wordpress", first.url, pattern=first.pattern)

    full = read_listing(listing, reply(json.dumps(posts), first.url, "application/json"), WIRE)
    rest = read_listing(listing, reply(json.dumps(posts[:9]), first.url, "application/json"), WIRE)

    assert (len(full.items), full.listings[0].page) == (100, 2)
    assert full.listings[0].url.endswith("page=2")
    assert (len(rest.items), rest.listings) == (9, ())


# ── where to begin, and whose address it is ─────────────────────────────────────────────


def test_declared_sitemaps_come_before_robots_and_a_persons_before_both():
    origins = ("https://wire.example",)
    bare = Source(slug="b", name="B", homepage="https://b.example/", timezone=WIRE.timezone)

    def begins(via, source=WIRE, places=()):
        found = first_listings(via, source, MIDDLE, places=places, origins=origins)
        return [one.url for one in found]

    assert begins("sitemap") == list(WIRE.sitemaps)
    assert begins("news-sitemap") == ["https://wire.example/news.xml"]
    assert begins("sitemap", bare) == ["https://wire.example/robots.txt"]
    assert begins("sitemap", places=("https://wire.example/x.xml",)) == [
        "https://wire.example/x.xml"
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.wire.example/a", True),
        ("https://en.wire.example/a", True),
        ("https://wire.example:8443/a", True),
        ("https://mywire.example/a", False),
        ("https://www.aa.com.tr/tr/a", False),
    ],
)
def test_an_address_is_the_sources_own(url, expected):
    assert is_of(WIRE, url, "https://wire.example/sitemap.xml") is expected


def test_a_declared_agencys_addresses_are_its_own_wherever_its_sitemap_is():
    anadolu = find_source("anadolu")
    assert anadolu is not None

    assert is_of(anadolu, "https://www.aa.com.tr/tr/a/1", "https://cdn.example/sitemap.xml")
