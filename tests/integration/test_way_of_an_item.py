"""From a feed to a change: poll, collect, commit, on a real database and a web of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.model import FeedLink
from ingest.pipeline.follow import follow_links
from ingest.storage import article as articles
from ingest.storage import feed as feeds
from ingest.storage.gap import list_gaps
from tests.agency import feed, html, item, page, paragraphs
from tests.service import changes, follow, open_test_service, pages, rows, work
from tests.web import Answer, Web, redirect


@pytest.fixture
def web():
    with Web() as running:
        yield running


@pytest.fixture
def site(web):
    return web.new_host()


def due_now(service, *, recheck=False):
    """Let every feed, and on request every page, fall due, as time would."""
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET next_poll_at = now() - interval '1 s'")
        if recheck:
            connection.execute("UPDATE ingest.page SET due_at = now() - interval '1 s'")
        connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")


def serve(site, *numbers, version=1):
    """Script the pages of items, and return them as feed items."""
    for number in numbers:
        site.on(f"/{number}", html(page(number, version)))
    return [item(site.origin, number) for number in numbers]


def test_an_announced_page_becomes_one_article_with_its_change(database, site):
    site.on("/feed", feed(serve(site, 1, 2)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 2)
        found = changes(service)

    assert {row["title"] for row in found} == {"Headline of item 1", "Headline of item 2"}
    assert {row["kind"] for row in found} == {"new"}
    first = next(row for row in found if row["title"] == "Headline of item 1")
    assert first["body"].splitlines() == paragraphs(1)
    assert first["url"] == site.url("/1")
    assert first["cause"] == "live"


def test_what_an_imported_feed_says_first_waits_for_the_other_feeds_of_its_list(database, site):
    site.on("/feed", feed(serve(site, 1)), feed(serve(site, 2, 1)))

    with open_test_service(database, poll_floor=timedelta(hours=1)) as service:
        follow_links(service, [FeedLink(url=site.url("/feed"))])
        due_now(service)
        work(service, until=lambda: len(pages(service)) == 1)
        (waits,) = rows(service, "SELECT due_at - added_at FROM ingest.page")[0]
        due_now(service)
        work(service, until=lambda: bool(changes(service)))
        later = changes(service)

    assert waits == timedelta(hours=1)
    assert [row["url"] for row in later] == [site.url("/2")]


def test_the_bytes_are_kept_as_they_were_received(database, site):
    site.on("/feed", feed(serve(site, 1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        kept = rows(service, "SELECT size, octet_length(body), final_url FROM ingest.raw_page")

    assert [(row[0], row[2]) for row in kept] == [(len(page(1)), site.url("/1"))]
    assert kept[0][1] < len(page(1))


def test_a_second_poll_is_conditional_and_stores_nothing_twice(database, site):
    etag = ("ETag", 'W/"odd "quoted" tag"')

    def answer(request):
        if request.header("If-None-Match") == etag[1]:
            return Answer(status=304, headers=[etag])
        return feed(serve(site, 1), etag)

    site.on("/feed", answer)

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        due_now(service)
        work(service, until=lambda: len(site.asked("/feed")) == 2)
        with service.database.connection() as connection:
            outcomes = [poll.outcome for poll in feeds.recent_polls(connection, number, most=9)]
        found = changes(service)

    assert [request.header("If-None-Match") for request in site.asked("/feed")] == [None, etag[1]]
    assert outcomes == ["unchanged", "read"]
    assert len(found) == 1
    assert len(site.asked("/1")) == 1


def test_a_changed_announcement_brings_a_revision(database, site):
    site.on("/feed", feed(serve(site, 1)), feed([item(site.origin, 1, title="A new headline")]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        site.on("/1", html(page(1, 2, title="A new headline")))
        due_now(service)
        work(service, until=lambda: len(changes(service)) == 2)
        revised = changes(service)[1]

    assert revised["kind"] == "revised"
    assert revised["revision"] == 2
    assert set(revised["changed"]) >= {"headline", "body"}
    assert revised["body"].splitlines() == paragraphs(1, 2)


def test_a_new_guid_for_a_known_link_that_says_something_new_is_a_correction(database, site):
    site.on(
        "/feed",
        feed(serve(site, 1)),
        feed([item(site.origin, 1, guid="another", title="Corrected headline")]),
    )

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        site.on("/1", html(page(1, 2)))
        due_now(service)
        work(service, until=lambda: len(changes(service)) == 2)
        found = changes(service)

    assert [row["kind"] for row in found] == ["new", "revised"]
    assert found[0]["article"] == found[1]["article"]


def test_guids_that_are_never_twice_the_same_ask_for_no_page_again(database, site):
    polls = iter(range(100))

    def answer(_request):
        poll = next(polls)
        return feed([item(site.origin, n, guid=f"g{n}-{poll}") for n in range(1, 6)])

    serve(site, 1, 2, 3, 4, 5)
    site.on("/feed", answer)

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 5)
        for polled in (2, 3):
            due_now(service)
            work(service, until=lambda polled=polled: len(site.asked("/feed")) == polled)
        with service.database.connection() as connection:
            listed = feeds.list_feeds(connection, feed_id=number)[0]

    assert [len(site.asked(f"/{n}")) for n in range(1, 6)] == [1] * 5
    assert not listed.stable_guids


def test_a_recheck_finds_a_correction_nobody_announced(database, site):
    site.on("/feed", feed(serve(site, 1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        waits = pages(service)[0].due_at - service.clock.now()
        site.on("/1", html(page(1, 2)))
        due_now(service, recheck=True)
        work(service, until=lambda: len(changes(service)) == 2)
        again = pages(service)[0].due_at - service.clock.now()

    assert timedelta(minutes=59) < waits <= timedelta(hours=1)
    assert timedelta(hours=22) < again <= timedelta(hours=23)


def test_a_page_that_is_taken_away_is_withdrawn_and_its_text_is_kept(database, site):
    site.on("/feed", feed(serve(site, 1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        site.on("/1", Answer(status=410))
        due_now(service, recheck=True)
        work(service, until=lambda: len(changes(service)) == 2)
        gone = changes(service)[1]
        with service.database.connection() as connection:
            shown = articles.show_article(connection, gone["article"])

    assert (gone["kind"], gone["changed"]) == ("withdrawn", ["withdrawn"])
    assert shown is not None
    assert shown["state"] == "withdrawn"
    assert shown["body"].splitlines() == paragraphs(1)


def test_one_404_is_a_mishap_two_are_a_withdrawal_and_a_return_is_told(database, site):
    site.on("/feed", feed(serve(site, 1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        site.on("/1", Answer(status=404))
        due_now(service, recheck=True)
        work(service, until=lambda: len(site.asked("/1")) == 2)
        after_one = len(changes(service))
        due_now(service, recheck=True)
        work(service, until=lambda: len(changes(service)) == 2)
        site.on("/1", html(page(1)))
        due_now(service, recheck=True)
        work(service, until=lambda: len(changes(service)) == 3)
        found = changes(service)

    assert after_one == 1
    assert [row["kind"] for row in found] == ["new", "withdrawn", "revised"]
    assert found[2]["changed"] == ["returned"]


def test_entries_stay_when_their_page_cannot_be_had(database, site):
    site.on("/feed", feed([item(site.origin, 1), item(site.origin, 2)]))
    site.on("/1", Answer(status=500))
    site.on("/2", html(page(2)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 1 and len(site.asked("/1")) > 0)
        entries = rows(service, "SELECT title FROM ingest.entry ORDER BY title")
        states = {found.url: found.state for found in pages(service)}

    assert entries == [("Headline of item 1",), ("Headline of item 2",)]
    assert states == {site.url("/1"): "waiting", site.url("/2"): "stored"}


def test_the_same_article_under_several_addresses_is_one_article(database, site):
    site.on(
        "/feed",
        feed([item(f"{site.origin}/old", 77123), item(f"{site.origin}/new", 77123, guid="b")]),
    )
    site.on("/old/77123", redirect("/new/77123", 301))
    site.on("/new/77123", html(page(3)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(
            service,
            until=lambda: (
                len(pages(service)) == 2
                and all(found.state == "stored" for found in pages(service))
            ),
        )
        found = changes(service)
        with service.database.connection() as connection:
            known = articles.article_addresses(connection, found[0]["article"])

    assert len(found) == 1
    assert {(address["url"], address["why"]) for address in known} == {
        (site.url("/old/77123"), "announced"),
        (site.url("/new/77123"), "redirect"),
    } or {address["url"] for address in known} == {site.url("/old/77123"), site.url("/new/77123")}


def test_a_copy_of_another_agency_joins_the_story(database, web):
    one, other = web.new_host(), web.new_host()
    for host in (one, other):
        host.on("/feed", feed([item(host.origin, 5)]))
        host.on("/5", html(page(5)))

    with open_test_service(database) as service:
        for host in (one, other):
            follow(service, host.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 2)
        first, second = changes(service)

    assert first["story"] == second["story"]
    assert (first["relation"], second["relation"]) == ("original", "copy")
    assert second["of"] == first["article"]


def test_robots_txt_keeps_us_from_a_page_and_not_from_the_feed(database, site):
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /1\nDisallow: /feed\n"))
    site.on("/feed", feed(serve(site, 1, 2)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 1)
        kept_from = next(found for found in pages(service) if found.url == site.url("/1"))

    assert site.asked("/1") == []
    assert kept_from.last_outcome == "robots"
    assert len(site.asked("/robots.txt")) == 1


def test_an_unreachable_robots_txt_keeps_us_away_until_it_answers(database, site):
    site.on("/robots.txt", Answer(status=503), Answer(b""))
    site.on("/feed", feed(serve(site, 1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(site.asked("/robots.txt")) == 1)
        asked_early = len(site.asked("/1"))
        with service.database.connection() as connection:
            connection.execute(
                "UPDATE ingest.host SET backoff_until = NULL, robots_retry_at = NULL"
            )
            connection.execute("UPDATE ingest.page SET due_at = now()")
        due_now(service)
        work(service, until=lambda: len(changes(service)) == 1)

    assert asked_early == 0


def test_a_broken_robots_txt_keeps_us_from_pages_and_not_from_the_feed(database, site):
    site.on("/robots.txt", Answer(status=500))
    site.on("/feed", feed(serve(site, 1)), feed(serve(site, 1, 2)), feed(serve(site, 1, 2, 3)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(site.asked("/robots.txt")) == 1)
        for polls in (2, 3):
            due_now(service)
            work(service, until=lambda polls=polls: len(site.asked("/feed")) == polls)
        work(service)
        waits = rows(service, "SELECT min(due_at) > now() + interval '4 min' FROM ingest.page")
        announced = len(pages(service))

    assert (announced, waits) == (3, [(True,)])
    assert len(site.asked("/robots.txt")) == 1
    assert [request for request in site.requests if request.path in ("/1", "/2", "/3")] == []


def test_a_redirect_to_another_host_obeys_that_hosts_robots_txt(database, site):
    with Web() as web:
        other = web.new_host()
        other.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /shut\n"))
        other.on("/shut", html(page(1)))
        other.on("/open", html(page(2)))
        site.on("/1", redirect(other.url("/shut")))
        site.on("/2", redirect(other.url("/open")))
        site.on("/feed", feed([item(site.origin, 1), item(site.origin, 2)]))

        with open_test_service(database) as service:
            follow(service, site.url("/feed"))
            work(service, until=lambda: len(changes(service)) == 1)
            work(service)
            kept_from = next(found for found in pages(service) if found.url == site.url("/1"))

    assert kept_from.last_outcome == "robots"
    assert [request.path for request in other.requests] == ["/robots.txt", "/open"]


def test_retry_after_is_kept_for_the_whole_host(database, site):
    site.on("/feed", Answer(status=429, headers=[("Retry-After", "120")]))
    site.on("/other", feed([]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(site.asked("/feed")) == 1)
        follow(service, site.url("/other"))
        work(service)
        quiet = rows(service, "SELECT backoff_until - now() FROM ingest.host")[0][0]

    assert site.asked("/other") == []
    assert timedelta(seconds=100) < quiet < timedelta(seconds=140)


def test_a_feed_moves_after_five_consistent_answers(database, site):
    site.on("/feed", redirect("/moved", 301))
    site.on("/moved", feed([]))

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        for polls in range(1, 7):
            due_now(service)
            work(service, until=lambda polls=polls: len(site.asked("/moved")) == polls)
        with service.database.connection() as connection:
            listed = feeds.list_feeds(connection, feed_id=number)[0]

    assert len(site.asked("/feed")) == 5
    assert listed.url == site.url("/moved")


def test_a_feed_that_moves_to_one_we_follow_already_retires(database, site):
    site.on("/feed", redirect("/moved", 308))
    site.on("/moved", feed([]))

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        follow(service, site.url("/moved"))
        for polls in range(1, 6):
            due_now(service)
            work(service, until=lambda polls=polls: len(site.asked("/feed")) == polls)
        with service.database.connection() as connection:
            listed = feeds.list_feeds(connection, feed_id=number)[0]

    assert listed.retired_at is not None
    assert "followed already" in (listed.last_error or "")


def test_410_twice_retires_a_feed_and_once_does_not(database, site):
    site.on("/feed", Answer(status=410))

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: len(site.asked("/feed")) == 1)
        with service.database.connection() as connection:
            once = feeds.list_feeds(connection, feed_id=number)[0]
        due_now(service)
        work(service, until=lambda: len(site.asked("/feed")) == 2)
        with service.database.connection() as connection:
            twice = feeds.list_feeds(connection, feed_id=number)[0]

    assert once.retired_at is None
    assert twice.retired_at is not None


def test_a_window_that_ran_over_is_a_gap(database, site):
    site.on("/feed", feed(serve(site, 1, 2, 3)), feed(serve(site, 7, 8, 9)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 3)
        due_now(service)
        work(service, until=lambda: len(changes(service)) == 6)
        with service.database.connection() as connection:
            gaps = list_gaps(connection)

    assert [gap.feed_url for gap in gaps] == [site.url("/feed")]
    assert gaps[0].from_at < gaps[0].to_at


def test_a_damaged_reply_opens_no_gap_and_keeps_the_validators(database, site):
    whole = feed(serve(site, 1, 2, 3), ("ETag", '"one"'))
    broken = feed(serve(site, 7, 8, 9), ("ETag", '"two"'))
    torn = Answer(broken.body[:-60], headers=broken.headers)
    site.on("/feed", whole, torn, whole)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 3)
        for polls in (2, 3):
            due_now(service)
            work(service, until=lambda polls=polls: len(site.asked("/feed")) == polls)
        with service.database.connection() as connection:
            gaps = list_gaps(connection)

    assert gaps == []
    assert [request.header("If-None-Match") for request in site.asked("/feed")] == [
        None,
        '"one"',
        '"one"',
    ]


def test_dates_that_cannot_be_true_are_left_out(database, site):
    future = datetime(2099, 1, 1, tzinfo=UTC)
    site.on("/feed", feed([item(site.origin, 1, published=future)]))
    site.on("/1", html(page(1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 1)
        found = changes(service)[0]
        kept = rows(service, "SELECT published_at FROM ingest.entry")

    assert found["published"] is None
    assert kept == [(None,)]


def test_an_announcement_tells_what_its_page_leaves_out(database, site):
    said = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    site.on("/feed", feed([item(site.origin, 1, published=said)]))
    site.on("/1", html(page(1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 1)
        found = changes(service)[0]

    assert found["published"] == said


def test_a_page_that_is_no_article_is_asked_for_again(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/1", html(b"<html><body><p>Database error</p></body></html>"), html(page(1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(
            service, until=lambda: pages(service) != [] and pages(service)[0].state == "no-article"
        )
        why = pages(service)[0].last_error
        due_now(service, recheck=True)
        work(service, until=lambda: len(changes(service)) == 1)

    assert why


def test_a_page_that_fails_in_passing_is_tried_for_a_day(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/1", redirect("/2"))
    site.on("/2", redirect("/1"))
    states = []

    with open_test_service(database, page_attempts=1) as service:
        follow(service, site.url("/feed"))
        for asked in (1, 2):
            work(service, until=lambda asked=asked: len(site.asked("/1")) == asked)
            query = "SELECT state, due_at - now() > interval '3 h' FROM ingest.page"
            states += rows(service, query)
            with service.database.connection() as connection:
                connection.execute("UPDATE ingest.page SET added_at = now() - interval '2 d'")
            due_now(service, recheck=True)

    assert states == [("waiting", True), ("failed", None)]


def test_a_page_that_never_answers_is_given_up_at_last_and_said_so(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/1", Answer(status=404))

    with open_test_service(database, page_attempts=3) as service:
        follow(service, site.url("/feed"))
        for asked in (1, 2, 3):
            work(service, until=lambda asked=asked: len(site.asked("/1")) == asked)
            due_now(service, recheck=True)
        with service.database.connection() as connection:
            connection.execute("UPDATE ingest.page SET due_at = NULL WHERE state = 'gone'")
        found = pages(service)[0]

    assert found.state == "gone"
    assert found.last_error is not None
    assert "404" in found.last_error
