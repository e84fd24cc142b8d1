"""Backfills on a real database and web: what is fetched, what is not, and how it goes on."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.model import Days
from ingest.pipeline import backfill as jobs
from ingest.pipeline.backfill import Order, UnfitBackfill
from ingest.pipeline.files import add_files, read_files
from ingest.pipeline.follow import UnknownSource
from ingest.storage import backfill as backfills
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service, work
from tests.warc import warc_record
from tests.web import Answer, Web, gzipped

ALL = Days()
NOVEMBER = Days(date(2025, 11, 1), date(2025, 11, 30))


@pytest.fixture(scope="module")
def web():
    with Web() as web:
        yield web


class Site:
    """An agency with a sitemap; pages are numbered, in November unless told otherwise."""

    def __init__(self, web):
        self.host = web.new_host()
        self.rows = []
        self.is_open = True

    def when_open(self, number):
        """Return a script that refuses a page while the site is not open."""
        return lambda _: html(page(number)) if self.is_open else Answer(status=503)

    def add(self, number, *, on="2025-11-17", answers=(), sitemap="/sitemap.xml"):
        path = f"/news/boats-were-counted-{number}"
        self.host.on(path, *(answers or (html(page(number)),)))
        self.rows.append(f"<url><loc>{self.host.url(path)}</loc><lastmod>{on}</lastmod></url>")
        self.host.on(sitemap, self.sitemap())
        return self.host.url(path)

    def sitemap(self):
        return Answer(f"<urlset>{''.join(self.rows)}</urlset>".encode())

    def asked(self, number):
        return len(self.host.asked(f"/news/boats-were-counted-{number}"))


@pytest.fixture
def site(web):
    return Site(web)


@pytest.fixture
def service(database):
    with open_test_service(database) as service:
        yield service


@pytest.fixture
def slug(service, site):
    """The slug of the source that following the site's feed makes."""
    follow(service, site.host.on("/feed", feed([])))
    return site.host.address


def begin(service, slug, via="sitemap", wanted=NOVEMBER, places=(), **more):
    with service.database.connection() as connection:
        source = jobs.find_source_of(connection, slug)
        order = Order(source=source, via=via, wanted=wanted, places=tuple(places), **more)
        return jobs.begin(connection, service, order)


def look(service, number):
    with service.database.connection() as connection:
        return jobs.look(connection, service, number)


def work_off(service, number):
    work(service, until=lambda: look(service, number).backfill.state != "running")
    return look(service, number)


def hasten(service):
    """Let everything that waits for a later time be due now."""
    with service.database.connection() as connection:
        now = service.clock.now()
        for table in ("page", "backfill_listing"):
            connection.execute(
                f"UPDATE ingest.{table} SET due_at = %s WHERE due_at > %s", [now, now]
            )
        connection.execute("UPDATE ingest.host SET due_at = %s, backoff_until = NULL", [now])


def finish(service, number):
    """Work a backfill off whose host and pages wait for a later time again and again."""

    def ended():
        hasten(service)
        return look(service, number).backfill.state != "running"

    work(service, until=ended)
    return look(service, number)


def act(service, action, number):
    with service.database.connection() as connection:
        return action(connection, service, number)


# ── from a sitemap ──────────────────────────────────────────────────────────────────────


def test_what_a_sitemap_names_of_the_days_is_stored_as_backfilled(service, site, slug):
    urls = {site.add(number) for number in (1, 2, 3)}
    site.add(4, on="2025-10-01")

    progress = work_off(service, begin(service, slug))

    rows = changes(service)
    assert {row["url"] for row in rows} == urls
    assert {(row["kind"], row["cause"]) for row in rows} == {("new", "backfill")}
    assert progress.backfill.state == "done"
    counts = progress.counts
    assert (counts.in_range, counts.known, counts.stored, counts.left) == (3, 0, 3, 0)
    assert (progress.backfill.found, progress.backfill.outside) == (4, 1)
    assert site.asked(4) == 0


def test_a_site_outlives_its_feed(service, site, slug):
    url = site.add(1)
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET retired_at = now()")

    work_off(service, begin(service, slug))

    assert [row["url"] for row in changes(service)] == [url]


def test_an_article_keeps_its_own_time_and_the_sitemaps_where_it_names_none(service, site, slug):
    dated = page(1).replace(b"<article>", b"<article><time datetime=2025-11-03T08:00Z></time>")
    site.host.on("/news/one-two-three", html(dated))
    site.host.on("/news/four-five-six", html(page(2)))
    rows = "".join(
        f"<url><loc>{site.host.url(path)}</loc><n:news><n:publication_date>2025-11-17T09:00:00Z"
        "</n:publication_date></n:news></url>"
        for path in ("/news/one-two-three", "/news/four-five-six")
    )
    space = "xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"
    site.host.on("/news-sitemap.xml", Answer(f"<urlset {space}>{rows}</urlset>".encode()))

    work_off(service, begin(service, slug, "news-sitemap"))

    at = {row["url"].rpartition("/")[2]: row["published"] for row in changes(service)}
    assert at == {
        "one-two-three": datetime(2025, 11, 3, 8, tzinfo=UTC),
        "four-five-six": datetime(2025, 11, 17, 9, tzinfo=UTC),
    }


def test_robots_txt_leads_to_nested_packed_sitemaps(service, site, slug):
    site.add(1, sitemap="/unused.xml")
    host = site.host
    host.on("/robots.txt", Answer(f"Sitemap: {host.url('/maps.xml')}\n".encode()))
    index = "<sitemapindex><sitemap><loc>/{}</loc></sitemap></sitemapindex>"
    host.on("/maps.xml", Answer(index.format("more.xml").encode()))
    host.on("/more.xml", Answer(index.format("posts-2025-11.xml.gz").encode()))
    host.on("/posts-2025-11.xml.gz", Answer(gzipped(site.sitemap().body)))

    progress = work_off(service, begin(service, slug))

    assert (progress.counts.stored, progress.backfill.listings_read) == (1, 3)


def test_a_page_known_already_is_not_fetched_again(service, site, slug):
    known = site.add(1)
    site.add(2)
    with_feed = site.host.on(
        "/live", feed([item(known.rpartition("/")[0], "boats-were-counted-1")])
    )
    follow(service, with_feed)
    work(service, until=lambda: len(changes(service)) == 1)

    progress = work_off(service, begin(service, slug))

    assert (progress.counts.known, progress.counts.stored) == (1, 1)
    assert site.asked(1) == 1
    assert [row["cause"] for row in changes(service)] == ["live", "backfill"]


def test_found_by_a_backfill_and_then_by_the_feed_it_is_one_article(service, site, slug):
    url = site.add(1)
    work_off(service, begin(service, slug))

    path = url.rpartition("/")[0]
    site.host.on("/live", feed([item(path, "boats-were-counted-1")]))
    follow(service, site.host.url("/live"))
    work(service, until=lambda: bool(site.host.asked("/live")))

    assert [(row["url"], row["kind"]) for row in changes(service)] == [(url, "new")]


def test_a_second_backfill_fetches_nothing_again(service, site, slug):
    site.add(1)
    site.add(2, answers=[html(b"<html><h1>Section</h1></html>")])
    work_off(service, begin(service, slug))
    asked = site.asked(1), site.asked(2)

    progress = work_off(service, begin(service, slug))

    assert (progress.counts.known, progress.counts.stored) == (2, 0)
    assert (site.asked(1), site.asked(2)) == asked == (1, 1)


def test_a_backfill_leaves_what_polling_learnt_alone(service, site, slug):
    def feeds():
        with service.database.connection() as connection:
            return connection.execute(
                "SELECT poll_state, window_keys, next_poll_at, etag,"
                " (SELECT count(*) FROM ingest.poll) FROM ingest.feed"
            ).fetchall()

    work(service, until=lambda: bool(site.host.asked("/feed")))
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET next_poll_at = next_poll_at + interval '1 day'")
    before = feeds()
    history = feed([item(site.host.url("/news"), 7, published=datetime(2025, 11, 3, tzinfo=UTC))])
    site.host.on("/feed", history)
    site.host.on("/news/7", html(page(7)))

    work_off(service, begin(service, slug, "feed-history"))

    assert len(changes(service)) == 1
    assert feeds() == before


# ── what goes wrong ─────────────────────────────────────────────────────────────────────


def test_a_page_that_gives_no_article_is_asked_once_and_counted(service, site, slug):
    site.add(1, answers=[html(b"<html><h1>Section</h1><a href=/>Home</a></html>")])

    progress = work_off(service, begin(service, slug))

    assert (progress.counts.no_article, progress.counts.left, site.asked(1)) == (1, 0, 1)


def test_a_page_that_is_gone_is_asked_twice(service, site, slug):
    site.add(1, answers=[Answer(status=404)])
    number = begin(service, slug)
    work(service, until=lambda: site.asked(1) == 1)
    hasten(service)

    progress = work_off(service, number)

    assert (progress.counts.failed, site.asked(1)) == (1, 2)
    with service.database.connection() as connection:
        (failure,) = backfills.failures(connection, number)
    assert (failure.what, failure.state, failure.last_status) == ("page", "gone", 404)


def test_a_page_that_always_fails_is_given_up_so_that_the_backfill_ends(database, web):
    site = Site(web)
    with open_test_service(database, page_attempts=3) as service:
        follow(service, site.host.on("/feed", feed([])))
        work(service)
        site.add(1, answers=[Answer(status=500)])
        site.add(2)
        progress = finish(service, begin(service, site.host.address))

    assert (progress.backfill.state, progress.counts.stored, progress.counts.failed) == (
        "done",
        1,
        1,
    )
    assert site.asked(1) == 3


def test_what_robots_shuts_is_not_asked_for(service, site, slug):
    url = site.add(1)
    site.host.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /news/\n"))
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.host SET robots_fetched_at = NULL")

    number = begin(service, slug)
    progress = work_off(service, number)

    assert (progress.counts.failed, site.asked(1)) == (1, 0)
    with service.database.connection() as connection:
        (failure,) = backfills.failures(connection, number)
    assert failure.url == url
    assert "robots.txt" in (failure.last_error or "")


def test_a_site_without_a_sitemap_fails_and_says_why(service, slug):
    number = begin(service, slug)
    progress = work_off(service, number)

    assert progress.backfill.state == "failed"
    with service.database.connection() as connection:
        (failure,) = backfills.failures(connection, number)
    assert (failure.what, failure.last_error) == ("listing", "HTTP 404")


def test_a_sitemap_that_fails_for_a_while_is_asked_again(service, site, slug):
    site.add(1)
    site.host.on("/sitemap.xml", Answer(status=500), site.sitemap())
    number = begin(service, slug)
    work(service, until=lambda: bool(site.host.asked("/sitemap.xml")))
    hasten(service)

    assert work_off(service, number).counts.stored == 1


def test_a_listing_that_ends_its_worker_again_and_again_is_given_up(service, site, slug):
    site.add(1)
    number = begin(service, slug)
    with service.database.connection() as connection:
        connection.execute(
            "UPDATE ingest.backfill_listing SET in_flight = 0, attempts = 5, due_at = NULL"
        )
    progress = work_off(service, number)

    assert progress.backfill.state == "failed"
    assert not site.host.asked("/sitemap.xml")


# ── pausing, going on, ending ───────────────────────────────────────────────────────────


def held_in_the_middle(service, site, slug, count=3):
    """Begin a backfill and pause it once its addresses are known, before any is stored."""
    site.is_open = False
    for number in range(1, count + 1):
        site.add(number, answers=[site.when_open(number)])
    job = begin(service, slug)
    work(service, until=lambda: look(service, job).counts.in_range == count)
    act(service, jobs.pause, job)
    site.is_open = True
    return job


def test_a_paused_backfill_fetches_nothing_and_goes_on_where_it_was(service, site, slug):
    job = held_in_the_middle(service, site, slug)
    hasten(service)
    asked = len(site.host.requests)

    work(service)
    assert len(site.host.requests) == asked
    assert look(service, job).counts.left == 3

    assert act(service, jobs.resume, job)
    assert finish(service, job).counts.stored == 3


def test_pausing_and_resuming_twice_changes_nothing_and_says_so(service, site, slug):
    site.add(1)
    job = begin(service, slug)

    assert act(service, jobs.pause, job) is True
    assert act(service, jobs.pause, job) is False
    assert act(service, jobs.resume, job) is True
    assert act(service, jobs.resume, job) is False
    assert act(service, jobs.cancel, job) is True
    assert act(service, jobs.cancel, job) is False
    with pytest.raises(UnfitBackfill, match="is cancelled"):
        act(service, jobs.resume, job)


def test_a_feed_that_announces_a_held_page_has_it_fetched(service, site, slug):
    held_in_the_middle(service, site, slug, 1)
    hasten(service)
    site.host.on("/live", feed([item(site.host.url("/news"), "boats-were-counted-1")]))
    follow(service, site.host.url("/live"))

    work(service, until=lambda: bool(changes(service)))

    assert [row["cause"] for row in changes(service)] == ["live"]


def test_a_cancelled_backfill_leaves_no_page_behind(service, site, slug):
    job = held_in_the_middle(service, site, slug)

    act(service, jobs.cancel, job)

    with service.database.connection() as connection:
        (left,) = connection.execute("SELECT count(*) FROM ingest.page").fetchone()
    assert left == 0
    assert look(service, job).backfill.state == "cancelled"


def test_what_two_backfills_want_goes_on_with_the_other_one(service, site, slug):
    first = held_in_the_middle(service, site, slug)
    act(service, jobs.resume, first)
    site.is_open = False
    hasten(service)
    second = begin(service, slug)
    work(service, until=lambda: look(service, second).counts.in_range == 3)

    act(service, jobs.cancel, second)
    site.is_open = True

    assert finish(service, first).counts.stored == 3
    assert len(changes(service)) == 3


def test_a_backfill_taken_up_by_another_after_it_was_cancelled(service, site, slug):
    first = held_in_the_middle(service, site, slug)
    act(service, jobs.cancel, first)
    second = begin(service, slug)

    assert finish(service, second).counts.stored == 3
    assert look(service, first).counts.stored == 3


# ── archives and WordPress ──────────────────────────────────────────────────────────────


def test_dated_archive_pages_are_walked_day_by_day_and_page_by_page(service, site, slug):
    host = site.host

    def archive(request):
        listed = {"/2025/11/01/?p=1": (1, 2), "/2025/11/01/?p=2": (3,), "/2025/11/02/?p=1": (4,)}
        links = "".join(
            f"<a href='/s/{n}-boat-was-seen'>n</a>" for n in listed.get(request.path, ())
        )
        return html(f"<html><p>archive</p>{links}</html>".encode())

    for day in ("01", "02", "03"):
        host.on(f"/2025/11/{day}/", archive)
    for number in (1, 2, 3, 4):
        host.on(f"/s/{number}-boat-was-seen", html(page(number)))
    pattern = host.url("/{yyyy}/{mm}/{dd}/?p={page}")
    wanted = Days(date(2025, 11, 1), date(2025, 11, 3))

    progress = work_off(service, begin(service, slug, "archive", wanted, [pattern]))

    assert progress.counts.stored == 4
    assert {request.path for request in host.requests if request.path.startswith("/2025")} == {
        "/2025/11/01/?p=1", "/2025/11/01/?p=2", "/2025/11/01/?p=3",
        "/2025/11/02/?p=1", "/2025/11/02/?p=2", "/2025/11/03/?p=1",
    }  # fmt: skip


def test_an_archive_that_repeats_its_last_page_comes_to_an_end(service, site, slug):
    host = site.host
    host.on("/all", html(b"<html><a href='/s/1-boat-was-seen'>n</a></html>"))
    host.on("/s/1-boat-was-seen", html(page(1)))

    job = begin(service, slug, "archive", NOVEMBER, [host.url("/all?p={page}")], undated=True)
    progress = work_off(service, job)

    assert progress.counts.stored == 1
    assert len(host.asked("/all")) == 2


def test_wordpress_posts_where_they_are_open(service, site, slug):
    url = site.add(1, sitemap="/unused.xml")
    post = f'[{{"link":"{url}","date_gmt":"2025-11-17T09:00:00","title":{{"rendered":"T"}}}}]'
    site.host.on("/wp-json/wp/v2/posts", Answer(post.encode()))

    work_off(service, begin(service, slug, "wordpress"))

    (row,) = changes(service)
    assert row["published"] == datetime(2025, 11, 17, 9, tzinfo=UTC)


# ── files ───────────────────────────────────────────────────────────────────────────────


def begin_files(service, slug, via, name, wanted=ALL):
    number = begin(service, slug, via, wanted, [str(name)])
    with service.database.connection() as connection:
        add_files(connection, number, via, (str(name),))
    return number


def read(service, number, stdin=b""):
    with service.database.connection() as connection:
        found = jobs.find_backfill(connection, number)
        source = jobs.find_source_of(connection, found.source)
    steps = list(read_files(service, found, source, io.BytesIO(stdin)))
    jobs.settle(service)
    return steps


def test_a_list_of_addresses_is_fetched(service, site, slug, tmp_path):
    urls = [site.add(number) for number in (1, 2)]
    listed = tmp_path / "urls.txt"
    listed.write_text(f"# mine\n{urls[0]}\n\n{urls[0]}\nno address\n{urls[1]}\t2025-11-17\n")
    number = begin_files(service, slug, "urls", listed)

    steps = read(service, number)
    progress = work_off(service, number)

    assert steps[-1] == (str(listed), 1.0)
    assert (progress.backfill.found, progress.counts.in_range, progress.counts.stored) == (3, 2, 2)


def test_addresses_come_through_a_pipe_and_outside_the_days_they_are_left(service, site, slug):
    url = site.add(1)
    number = begin_files(service, slug, "urls", "-", NOVEMBER)

    read(service, number, f"{url}\n{site.host.url('/2024/01/01/a')}\n".encode())
    progress = work_off(service, number)

    assert (progress.counts.stored, progress.backfill.outside) == (1, 1)


def dated(number):
    """Return a page that names a day of November."""
    day = f"<article><time datetime=2025-11-{number % 28 + 1:02}T08:00Z></time>"
    return page(number).replace(b"<article>", day.encode())


def crawl(site, tmp_path, *, count=3):
    where = tmp_path / "crawl.warc.gz"
    pages = {site.host.url(f"/w/{n}"): dated(n) for n in range(1, count + 1)}
    pages["http://elsewhere.example/1"] = page(99)
    pages[site.host.url("/")] = b"<html><h1>Front</h1></html>"
    where.write_bytes(b"".join(warc_record(url, body) for url, body in pages.items()))
    return where


def test_a_web_archive_is_stored_without_asking_anybody(service, site, slug, tmp_path):
    where = crawl(site, tmp_path)
    number = begin_files(service, slug, "warc", where)
    asked = len(site.host.requests)

    read(service, number)

    progress = look(service, number)
    rows = changes(service)
    assert (progress.backfill.state, progress.counts.stored, progress.counts.no_article) == (
        "done", 3, 1,
    )  # fmt: skip
    assert progress.backfill.foreigners == 1
    assert {row["cause"] for row in rows} == {"backfill"}
    assert rows[0]["published"] == datetime(2025, 11, 2, 8, tzinfo=UTC)
    assert len(site.host.requests) == asked


def test_of_a_web_archive_the_articles_own_day_decides(service, site, slug, tmp_path):
    wanted = Days(date(2025, 11, 3), date(2025, 11, 3))
    number = begin_files(service, slug, "warc", crawl(site, tmp_path), wanted)

    read(service, number)

    assert [row["url"] for row in changes(service)] == [site.host.url("/w/2")]


def test_reading_a_web_archive_goes_on_after_it_was_cut_short(service, site, slug, tmp_path):
    number = begin_files(service, slug, "warc", crawl(site, tmp_path, count=60))
    with service.database.connection() as connection:
        found = jobs.find_backfill(connection, number)
        source = jobs.find_source_of(connection, found.source)
    steps = read_files(service, found, source, io.BytesIO())
    next(steps)
    steps.close()
    before = {row["url"] for row in changes(service)}
    assert 0 < len(before) < 60

    jobs.settle(service)  # as upkeep does meanwhile
    assert act(service, jobs.resume, number)
    read(service, number)

    rows = changes(service)
    assert len(rows) == len({row["url"] for row in rows}) == 60
    assert look(service, number).counts.stored == 60


def test_a_file_that_is_no_web_archive_fails_with_the_reason(service, slug, tmp_path):
    where = tmp_path / "notes.warc"
    where.write_text("hello")
    number = begin_files(service, slug, "warc", where)

    read(service, number)

    assert look(service, number).backfill.state == "failed"
    with service.database.connection() as connection:
        (failure,) = backfills.failures(connection, number)
    assert failure.last_error == "neither a WARC nor a WACZ file"


# ── what a person may name ──────────────────────────────────────────────────────────────


def test_a_source_is_named_by_slug_feed_or_site(service, site, slug):
    with service.database.connection() as connection:

        def named(name):
            return jobs.find_source_of(connection, name).slug

        assert named("1") == named(site.host.url("/feed")) == named(site.host.url("/x")) == slug
        assert named("https://www.aa.com.tr/tr/gundem") == "anadolu"
        for unknown in ("77", "nobody", "https://nobody.example/", "http://"):
            with pytest.raises(UnknownSource):
                jobs.find_source_of(connection, unknown)


def test_nothing_to_begin_with_is_said(service, slug):
    with pytest.raises(UnfitBackfill, match="declares no archive"):
        begin(service, slug, "archive")
    with pytest.raises(UnfitBackfill, match="from which day"):
        begin(service, slug, wanted=Days())


def test_the_time_left_follows_the_busiest_hosts_crawl_delay(database, web):
    site = Site(web)
    with open_test_service(database, request_gap=timedelta(seconds=1)) as service:
        follow(service, site.host.on("/feed", feed([])))
        job = held_in_the_middle(service, site, site.host.address)
        before = look(service, job).waits
        with service.database.connection() as connection:
            connection.execute(
                "UPDATE ingest.host SET robots_status = 200,"
                " robots = E'User-agent: *\\nCrawl-delay: 10'"
            )
        after = look(service, job).waits

    assert before == timedelta(seconds=3 * 1.3)
    assert after == timedelta(seconds=3 * 10.3)
