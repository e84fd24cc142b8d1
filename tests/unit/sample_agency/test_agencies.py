"""What the sample agencies answer, as a function of path and time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from ingest.sample_agency import pages
from ingest.sample_agency.agencies import Daily, Wire, feed_answer, page_mishap
from ingest.sample_agency.calendar import Calendar, Mishap
from ingest.sample_agency.server import is_unchanged, picture

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8000"
MINUTE = timedelta(minutes=1)
NEWS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def wire():
    return Wire(1, with_mishaps=False)


@pytest.fixture
def daily(wire):
    return Daily(1, wire)


def path_of(url):
    return url.removeprefix(ORIGIN).partition("?")[0]


def rows(answer):
    """Titles by link of an RSS feed."""
    channel = ET.fromstring(answer.body)[0]
    return {item.findtext("link"): item.findtext("title") for item in channel.iter("item")}


def first_where(calendar, wanted, after=NOON):
    """The first story after a time for which something holds."""
    number = calendar.number_at(after) + 1
    while not wanted(number):
        number += 1
    return number


def test_a_dozen_stories_are_there_from_the_start(wire):
    for language in ("ar", "tr", "en"):
        feed = wire.answer(f"/rss/{language}.xml", ORIGIN, NOON)

        assert len(rows(feed)) == 12
        assert all(f"/{language}/" in link for link in rows(feed))


def test_a_story_comes_out_about_every_twenty_seconds(wire):
    times = [wire.calendar.published_at(number) for number in range(1000, 1100)]
    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(times)]

    assert all(10 < wait < 30 for wait in waits)
    assert 19 < sum(waits) / len(waits) < 21


@pytest.mark.parametrize("second", range(0, 60, 7))
def test_the_newest_story_is_out_and_the_next_is_not(wire, second):
    now = NOON + timedelta(seconds=second)
    newest = wire.calendar.number_at(now)

    assert wire.calendar.item(newest + 1, now) is None
    assert wire.calendar.published_at(newest) <= now < wire.calendar.published_at(newest + 1)


def test_whoever_starts_later_tells_the_same_story(wire):
    again = Wire(1, with_mishaps=False)
    path = "/rss/tr.xml"

    assert again.answer(path, ORIGIN, NOON) == wire.answer(path, ORIGIN, NOON)
    assert Wire(2).answer(path, ORIGIN, NOON) != wire.answer(path, ORIGIN, NOON)


def test_every_entry_leads_to_its_page(wire):
    for link, title in rows(wire.answer("/rss/ar.xml", ORIGIN, NOON)).items():
        answer = wire.answer(path_of(link), ORIGIN, NOON)

        assert answer.status == 200
        assert f"<h1>{title}</h1>" in answer.body.decode()
        assert f'<link rel="canonical" href="{link}">' in answer.body.decode()


def test_a_page_carries_what_has_to_be_left_out(wire):
    link = next(iter(rows(wire.answer("/rss/en.xml", ORIGIN, NOON))))
    page = wire.answer(path_of(link), ORIGIN, NOON).body.decode()

    for part in ("<nav>", 'class="share"', 'class="teaser"', 'class="notice"', "<footer>"):
        assert part in page
    assert page.count("<p>") >= 7


def test_a_correction_keeps_the_address_and_changes_text_and_entry(wire):
    calendar = wire.calendar
    number = first_where(calendar, lambda n: calendar.corrected_at(n) and n % 3 == 2)
    before = calendar.corrected_at(number) - timedelta(seconds=1)
    after = calendar.corrected_at(number)
    path = wire.path(calendar.item(number, before))

    old, new = wire.answer(path, ORIGIN, before), wire.answer(path, ORIGIN, after)

    assert (old.status, new.status) == (200, 200)
    assert old.modified < new.modified
    assert "Correction: " not in old.body.decode()
    assert "Correction: " in new.body.decode()
    assert "Correction: " in wire.answer("/rss/en.xml", ORIGIN, after).body.decode()


def test_a_withdrawn_story_is_gone_from_page_and_feed(wire):
    calendar = wire.calendar
    number = first_where(calendar, calendar.withdrawn_at)
    before = calendar.withdrawn_at(number) - timedelta(seconds=1)
    after = calendar.withdrawn_at(number)
    path = wire.path(calendar.item(number, before))
    feed = f"/rss/{calendar.language(number)}.xml"

    assert wire.answer(path, ORIGIN, before).status == 200
    assert wire.answer(path, ORIGIN, after).status == 404
    assert f"{ORIGIN}{path}" in rows(wire.answer(feed, ORIGIN, before))
    assert f"{ORIGIN}{path}" not in rows(wire.answer(feed, ORIGIN, after))


def test_another_spelling_of_an_address_leads_to_the_right_one(wire):
    item = wire.calendar.newest(NOON, count=1, language="ar")[0]

    short = wire.answer(f"/ar/{item.number}", ORIGIN, NOON)
    decoded = wire.answer(unquote(wire.path(item)), ORIGIN, NOON)

    assert short.status == 301
    assert short.headers["Location"] == f"{ORIGIN}{wire.path(item)}"
    assert decoded.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/en/section/slug/999999999",
        "/en/section/slug/9999999999",
        "/own/999999999",
        "/elsewhere/5",
        "/de/section/slug/1",
        "/sitemap/2026-02-30.xml",
        "/sitemap/2020-01-01.xml",
        "/sitemap/2026-11-25.xml",
        "/rss/de.xml",
    ],
)
def test_what_is_not_there_is_not_found(wire, daily, path):
    assert wire.answer(path, ORIGIN, NOON).status == 404
    assert daily.answer(path, ORIGIN, NOON).status == 404


def test_the_sitemap_reaches_back_for_days(wire):
    index = ET.fromstring(wire.answer("/sitemap.xml", ORIGIN, NOON).body)
    maps = [loc.text for loc in index.iter(f"{NEWS}loc")]
    whole_day = ET.fromstring(wire.answer(path_of(maps[3]), ORIGIN, NOON).body)
    links = [loc.text for loc in whole_day.iter(f"{NEWS}loc")]

    assert len(maps) == 15
    assert 20 <= len(links) <= 25
    assert {re.search(r"/(ar|tr|en)/", link)[1] for link in links} == {"ar", "tr", "en"}
    assert wire.answer(path_of(links[0]), ORIGIN, NOON).status == 200


def test_the_latest_sitemap_holds_more_than_the_feeds(wire):
    latest = ET.fromstring(wire.answer("/sitemap/latest.xml", ORIGIN, NOON).body)

    assert len(latest) == 90


def test_the_front_page_names_the_feeds(wire, daily):
    for site in (wire, daily):
        front = site.answer("/", ORIGIN, NOON).body.decode()

        assert all(feed in front for feed in site.feeds(ORIGIN))


def test_robots_may_come_and_learn_of_the_sitemap(wire, daily):
    for site in (wire, daily):
        text = site.answer("/robots.txt", ORIGIN, NOON).body.decode()

        assert f"Sitemap: {ORIGIN}/sitemap.xml" in text


def test_the_daily_copies_with_a_credit_line_and_adds_its_own(daily):
    feed = ET.fromstring(daily.answer("/feed.atom", ORIGIN, NOON).body)
    links = [link.get("href") for link in feed.iter("{http://www.w3.org/2005/Atom}link")][2:]
    copies = [path_of(link) for link in links if "/wire/" in link]
    own = [path_of(link) for link in links if "/own/" in link]

    assert len(links) == 12
    assert copies
    assert own
    for path in copies:
        page = daily.answer(path, ORIGIN, NOON).body.decode()
        assert re.search(
            r"first published by Nahr|Nehir Haber Ajansı tarafından|في وكالة نهر", page
        )
    for path in own:
        page = daily.answer(path, ORIGIN, NOON)
        assert page.status == 200
        assert 'class="notice"' not in page.body.decode()


def test_a_copy_comes_after_its_original_and_says_the_same(wire, daily):
    number = first_where(wire.calendar, lambda n: daily.copied_at(n) and n % 3 == 2)
    at = daily.copied_at(number)
    first = wire.calendar.item(number, at).story.paragraphs

    before = daily.answer(f"/wire/{number}", ORIGIN, at - timedelta(seconds=1))
    copy = daily.answer(f"/wire/{number}", ORIGIN, at).body.decode()

    assert before.status == 404
    assert at > wire.calendar.published_at(number)
    assert first[1].split('"')[0] in copy.replace("&quot;", '"').replace("&#x27;", "'")
    assert "first published by Nahr News Agency" in copy


def test_some_copies_are_shortened(wire, daily):
    numbers = [n for n in range(5000, 5400) if daily.copied_at(n)]
    lengths = set()
    for number in numbers:
        at = daily.copied_at(number)
        original, copy = wire.calendar.item(number, at), daily._copy(number, at)
        if original and copy:
            lengths.add(
                len(copy.story.paragraphs) - len(pages.body_paragraphs(original.story)),
            )

    assert 1 in lengths
    assert min(lengths) < 0


def test_a_withdrawn_report_may_live_on_in_its_copy_but_is_never_copied_late(wire, daily):
    number = first_where(
        wire.calendar, lambda n: wire.calendar.withdrawn_at(n) and daily.copied_at(n)
    )
    later = wire.calendar.withdrawn_at(number) + MINUTE

    assert wire.calendar.item(number, later) is None
    assert daily.answer(f"/wire/{number}", ORIGIN, later).status == 200


def test_mishaps_are_rare_and_heal():
    calendar = Calendar("nahr", 1)
    numbers = range(10_000, 11_000)
    at_once = [calendar.mishap(n, calendar.published_at(n)) for n in numbers]
    later = [calendar.mishap(n, calendar.published_at(n) + MINUTE) for n in numbers]

    assert {mishap for mishap in at_once if mishap} == {Mishap.BROKEN, Mishap.BUSY, Mishap.SLOW}
    assert sum(mishap is not None for mishap in at_once) < 120
    assert not any(later)


def test_feeds_fail_for_a_minute_now_and_then():
    calendar = Calendar("nahr", 1)
    hours = [calendar.feed_mishap("en", NOON + minute * MINUTE) for minute in range(600)]

    assert {mishap for mishap in hours if mishap} == {Mishap.TORN, Mishap.BROKEN, Mishap.SLOW}
    assert 10 < sum(mishap is not None for mishap in hours) < 60


def test_mishaps_are_what_they_are_called():
    assert page_mishap(None) is None
    assert page_mishap(Mishap.BROKEN).status == 500
    assert page_mishap(Mishap.BUSY).headers["Retry-After"] == "30"
    assert page_mishap(Mishap.SLOW).pause > 0
    assert feed_answer("<a></a>", "text/xml", [], Mishap.BROKEN).status == 503
    assert feed_answer("<a></a>", "text/xml", [], Mishap.SLOW).pause > 0
    torn = feed_answer("<a><b/><b/></a>", "text/xml", [], Mishap.TORN).body
    with pytest.raises(ET.ParseError):
        ET.fromstring(torn)


def test_a_page_in_trouble_says_so_before_it_comes():
    wire = Wire(1)
    calendar = wire.calendar
    seen = {}
    for number in range(20_000, 21_000):
        now = calendar.published_at(number)
        if mishap := calendar.mishap(number, now):
            answer = wire.answer(wire.path(calendar.item(number, now)), ORIGIN, now)
            seen[mishap] = answer.status, answer.pause

    assert seen == {Mishap.BROKEN: (500, 0), Mishap.BUSY: (429, 0), Mishap.SLOW: (200, 2.0)}


def test_declarations_name_what_is_really_served(wire, daily):
    for site in (wire, daily):
        source = site.source(ORIGIN)

        assert tuple(feed.url for feed in source.feeds) == site.feeds(ORIGIN)
        assert source.hosts == ("127.0.0.1:8000",)
        assert source.ports == (8000,)


@pytest.mark.parametrize("language", ["ar", "tr", "en"])
def test_the_declared_dateline_is_the_one_that_is_written(wire, language):
    (dateline,) = wire.source(ORIGIN).datelines
    for item in wire.calendar.newest(NOON, language=language):
        opening = pages.body_paragraphs(item.story)[0]

        assert dateline.match(opening)["place"].casefold()[:2] in {
            item.story.place.casefold()[:2],
            "zeytinova"[:2],
        }


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"If-None-Match": '"a", W/"b"'}, True),
        ({"If-None-Match": "*"}, True),
        ({"If-None-Match": '"c"', "If-Modified-Since": "Mon, 23 Nov 2026 13:00:00 GMT"}, False),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}, True),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 11:59:59 GMT"}, False),
        ({"If-Modified-Since": "yesterday"}, False),
    ],
)
def test_validators_are_compared_as_the_standard_says(headers, unchanged):
    assert is_unchanged(headers, '"b"', NOON) is unchanged


def test_pictures_have_a_colour_each():
    assert picture("/img/1.svg").body != picture("/img/2.svg").body
    assert picture("/img/x.svg").status == 404
    assert picture("/rss/en.xml") is None
