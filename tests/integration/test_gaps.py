"""A window that ran over: noticed when it did, never when it did not, and filled from sitemaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.pipeline.fill import MOST_DOCUMENTS, SEARCHES
from ingest.storage.gap import list_gaps
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service, rows, work
from tests.web import Answer, Web

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


@pytest.fixture
def web():
    with Web() as web:
        yield web


@pytest.fixture
def site(web):
    site = web.new_host()
    for number in range(1, 30):
        site.on(f"/{number}", html(page(number)))
    return site


def xml(body):
    return Answer(body.encode(), headers=[("Content-Type", "application/xml")])


def sitemap_of(site, numbers, *, at=None, prefix=""):
    """Return a sitemap whose pages came just after the feed was asked for the first time."""

    def answer(request):
        since = timedelta(seconds=request.at - site.asked("/feed")[0].at)
        when = (at or datetime.now(UTC) - since).isoformat()
        return xml(
            f"<urlset xmlns='{SITEMAP}'>"
            + "".join(
                f"<url><loc>{site.url(f'{prefix}/{number}')}</loc><lastmod>{when}</lastmod></url>"
                for number in numbers
            )
            + "</urlset>"
        )

    return answer


def overflow(service, site, before=(3, 2, 1), after=(9, 8, 7)):
    """Poll a feed twice, with nothing in common between; work until no search is due."""
    site.on(
        "/feed",
        feed([item(site.origin, number) for number in before]),
        feed([item(site.origin, number) for number in after]),
    )
    follow(service, site.url("/feed"))
    work(service, until=lambda: len(changes(service)) == len(before))
    fall_due(service)
    work(service, until=lambda: gaps(service) and gaps(service)[0].filled is not None)


def fall_due(service):
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET next_poll_at = now() - interval '1 s'")
        connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")


def gaps(service):
    with service.database.connection() as connection:
        return list_gaps(connection)


def search_again(service):
    """Let the next search fall due."""
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.gap SET search_at = now() WHERE search_at IS NOT NULL")
        connection.execute("UPDATE ingest.host SET due_at = now()")
    work(service)


def test_what_a_window_lost_is_fetched_through_the_sitemap_that_robots_names(database, site):
    site.on("/robots.txt", Answer(f"Sitemap: {site.url('/map.xml')}\n".encode()))
    site.on("/map.xml", sitemap_of(site, range(1, 10)))

    with open_test_service(database) as service:
        overflow(service, site)
        work(service, until=lambda: len(changes(service)) == 9)
        (gap,) = gaps(service)

    assert (gap.filled, gap.at_least) == (3, 3)
    assert len(site.asked("/map.xml")) == 1
    assert site.asked("/sitemap.xml") == []


def test_an_index_leads_to_the_sitemaps_of_the_time_and_to_no_others(database, site):
    def index(_request):
        names = [f"/posts-{datetime.now(UTC):%Y-%m}.xml", "/posts-2019-01.xml"]
        return xml(
            f"<sitemapindex xmlns='{SITEMAP}'>"
            + "".join(f"<sitemap><loc>{site.url(name)}</loc></sitemap>" for name in names)
            + "</sitemapindex>"
        )

    site.on("/sitemap.xml", index)
    site.on(f"/posts-{datetime.now(UTC):%Y-%m}.xml", sitemap_of(site, (4, 5)))

    with open_test_service(database) as service:
        overflow(service, site)
        (gap,) = gaps(service)

    assert gap.filled == 2
    assert site.asked("/posts-2019-01.xml") == []
    assert len(site.asked("/news-sitemap.xml")) == 1


def test_where_no_sitemap_is_there_the_gap_says_that_none_was_found(database, site):
    with open_test_service(database) as service:
        overflow(service, site)
        (gap,) = gaps(service)

    assert (gap.filled, gap.at_least) == (0, 0)
    assert gap.searched_at is not None


def test_what_lies_elsewhere_on_the_site_or_in_time_was_not_lost(database, site):
    old = datetime(2019, 5, 1, tzinfo=UTC)
    site.on("/robots.txt", Answer(f"Sitemap: {site.url('/a')}\nSitemap: {site.url('/b')}".encode()))
    site.on("/a", sitemap_of(site, (4, 5), at=old))
    site.on("/b", sitemap_of(site, (6,), prefix="/sport"))

    with open_test_service(database) as service:
        overflow(service, site)
        (gap,) = gaps(service)

    assert gap.filled == 0
    assert site.asked("/4") == site.asked("/sport/6") == []


def test_a_late_sitemap_is_asked_for_again_and_then_left_alone(database, site):
    site.on(
        "/sitemap.xml",
        sitemap_of(site, ()),
        sitemap_of(site, (4,)),
        sitemap_of(site, (4, 5)),
    )

    with open_test_service(database) as service:
        overflow(service, site)
        found = [gaps(service)[0].filled]
        for _ in SEARCHES:
            search_again(service)
            found.append(gaps(service)[0].filled)
        (gap,) = gaps(service)

    assert found == [0, 1, 2, 2]
    assert gap.search_at is None
    assert len(site.asked("/sitemap.xml")) == len(SEARCHES)


def test_a_sitemap_at_another_host_is_read_in_that_hosts_own_visit(database, web, site):
    other = web.new_host()
    site.on("/robots.txt", Answer(f"Sitemap: {other.url('/map.xml')}\n".encode()))
    other.on("/robots.txt", Answer(b"User-agent: *\nDisallow:\n"))
    other.on("/map.xml", sitemap_of(site, (4, 5, 6)))

    with open_test_service(database) as service:
        overflow(service, site)
        work(service, until=lambda: len(changes(service)) == 9)
        (gap,) = gaps(service)

    assert gap.filled == 3
    assert [request.path for request in other.requests] == ["/robots.txt", "/map.xml"]


def test_news_that_reaches_back_far_enough_is_all_that_is_read(database, web, site):
    other = web.new_host()
    robots = f"Sitemap: {other.url('/map.xml')}\nSitemap: {site.url('/news.xml')}\n"
    site.on("/robots.txt", Answer(robots.encode()))

    def news(request):
        since = timedelta(seconds=request.at - site.asked("/feed")[0].at)
        lost = (datetime.now(UTC) - since).isoformat()
        return xml(
            f"<urlset><url><loc>{site.url('/4')}</loc><published>{lost}</published></url>"
            f"<url><loc>{site.url('/5')}</loc><published>2020-01-01T00:00:00Z</published></url>"
            "</urlset>"
        )

    site.on("/news.xml", news)

    with open_test_service(database) as service:
        overflow(service, site)
        (gap,) = gaps(service)

    assert gap.filled == 1
    assert other.requests == []


def test_a_sitemap_that_robots_shuts_is_not_read(database, site):
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /sitemap.xml\n"))
    site.on("/sitemap.xml", sitemap_of(site, (4,)))

    with open_test_service(database) as service:
        overflow(service, site)
        (gap,) = gaps(service)

    assert gap.filled == 0
    assert site.asked("/sitemap.xml") == []


def test_a_host_that_fails_is_searched_later(database, site):
    site.on("/sitemap.xml", Answer(status=500), sitemap_of(site, (4,)))

    with open_test_service(database) as service:
        overflow(service, site)
        (held_up,) = gaps(service)
        search_again(service)
        (gap,) = gaps(service)

    assert held_up.filled == 0
    assert held_up.search_at > held_up.searched_at + timedelta(minutes=9)
    assert gap.filled == 1


def test_sitemaps_that_name_one_another_end(database, site):
    def ring(request):
        number = int(request.path.strip("/ring") or 0)
        name = site.url(f"/ring{number + 1}")
        return xml(f"<sitemapindex><sitemap><loc>{name}</loc></sitemap></sitemapindex>")

    site.on("/robots.txt", Answer(f"Sitemap: {site.url('/ring0')}".encode()))
    site.on("*", ring)

    with open_test_service(database) as service:
        overflow(service, site)

    assert len([one for one in site.requests if "ring" in one.path]) == MOST_DOCUMENTS


def test_gaps_that_follow_one_another_share_their_search(database, site):
    site.on("/sitemap.xml", sitemap_of(site, ()))

    with open_test_service(database) as service:
        overflow(service, site)
        site.on("/feed", feed([item(site.origin, number) for number in (12, 11)]))
        fall_due(service)
        work(service, until=lambda: len(gaps(service)) == 2)
        work(service)
        found = rows(service, "SELECT search_at - noticed_at FROM ingest.gap ORDER BY id")

    assert len(site.asked("/sitemap.xml")) == 1
    assert found[1][0] > timedelta(minutes=9)


# ── no gap where nothing ran over ────────────────────────────────────────────────────────


def gaps_after(database, site, *replies):
    """Poll each reply in turn; return how many gaps that opened."""
    site.on("/feed", *(reply if isinstance(reply, Answer) else feed(reply) for reply in replies))
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/feed")))
        for polls in range(2, len(replies) + 1):
            fall_due(service)
            work(service, until=lambda polls=polls: len(site.asked("/feed")) >= polls)
        return len(gaps(service))


def test_an_oldest_first_feed_that_grows_opens_no_gap(database, site):
    replies = [
        [item(site.origin, number) for number in range(first, first + 5)] for first in (1, 3, 7)
    ]

    assert gaps_after(database, site, *replies) == 0


def test_a_reordered_feed_opens_no_gap(database, site):
    entries = [item(site.origin, number) for number in range(1, 6)]

    assert gaps_after(database, site, entries, entries[::-1], entries[2:] + entries[:2]) == 0


def test_guids_that_are_never_the_same_open_no_gap(database, site):
    replies = [
        [item(site.origin, number, guid=f"{number}-{poll}") for number in range(1, 6)]
        for poll in range(4)
    ]

    assert gaps_after(database, site, *replies) == 0


def test_an_empty_feed_between_opens_no_gap(database, site):
    entries = [item(site.origin, number) for number in range(1, 6)]

    assert gaps_after(database, site, entries, [], entries) == 0


def test_a_very_long_oldest_first_feed_that_grows_opens_no_gap(database, site):
    def reply(first):
        entries = [item("http://127.77.0.0:9", number) for number in range(first, first + 2400)]
        return feed(entries)

    assert gaps_after(database, site, reply(1), reply(1201)) == 0
