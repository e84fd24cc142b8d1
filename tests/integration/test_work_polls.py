"""What a feed asks for, and what was learnt of it, holds from one poll to the next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ingest.storage import feed as feeds
from ingest.storage.gap import list_gaps
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service, work
from tests.web import Answer, Web, redirect


@pytest.fixture
def site():
    with Web() as web:
        host = web.new_host()
        host.on("/1", html(page(1)))
        yield host


def poll_again(service):
    """Let every feed fall due, as time would, and poll it."""
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET next_poll_at = now() - interval '1 s'")
        connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
    work(service)


def gaps_after(database, site, *replies):
    """Poll each reply in turn; return how many gaps that opened."""
    site.on("/feed", *(feed(reply) for reply in replies))
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/feed")))
        for _ in replies[1:]:
            poll_again(service)
        with service.database.connection() as connection:
            return len(list_gaps(connection))


def test_an_update_back_at_the_top_does_not_hide_that_the_window_ran_over(database, site):
    before = [item(site.origin, number) for number in (3, 2, 1)]
    after = [item(site.origin, 1, title="Update"), *(item(site.origin, n) for n in (9, 8))]

    assert gaps_after(database, site, before, after) == 1


@pytest.mark.parametrize("is_back", [False, True])
def test_a_failure_between_two_410_does_not_say_that_the_feed_is_back(database, site, is_back):
    gone, missing = Answer(status=410), Answer(status=404)
    site.on("/feed", gone, feed([item(site.origin, 1)]) if is_back else missing, gone)
    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        for polls in range(1, 4):
            poll_again(service)
            work(service, until=lambda polls=polls: len(site.asked("/feed")) == polls)
        with service.database.connection() as connection:
            (found,) = feeds.list_feeds(connection, feed_id=number)

    assert (found.retired_at is None) is is_back


@pytest.mark.parametrize(("count", "expected"), [(4, 0), (5, 1)])
def test_a_feed_that_was_empty_and_is_full_may_have_run_over(database, site, count, expected):
    full = [item(site.origin, number) for number in range(count, 0, -1)]

    assert gaps_after(database, site, [], full) == expected


def test_texts_that_always_change_open_no_gap(database, site):
    replies = [
        [item(site.origin, number, summary=f"{minutes} minutes ago") for number in (3, 2, 1)]
        for minutes in (1, 2, 3)
    ]

    assert gaps_after(database, site, *replies) == 0


def test_a_wait_that_the_document_asked_for_holds_after_an_answer_without_it(database, site):
    channel = "<ttl>30</ttl><skipHours><hour>3</hour></skipHours>"
    document = feed([item(site.origin, 1)], ("ETag", '"a"'), channel=channel)
    site.on("/feed", document, Answer(status=304, headers=[("ETag", '"a"')]))

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        poll_again(service)
        with service.database.connection() as connection:
            found = feeds.list_feeds(connection, feed_id=number)[0]
            kept = connection.execute("SELECT skip_hours FROM ingest.feed").fetchall()

    assert found.last_status == 304
    assert found.next_poll_at - found.last_polled_at >= timedelta(minutes=30)
    assert kept == [([3],)]


def test_a_detour_forgets_no_validators(database, site):
    home = feed([item(site.origin, 1)], ("ETag", '"home"'))
    away = feed([item(site.origin, 1)], ("ETag", '"away"'))
    turns = [home, redirect("/away"), home, redirect("/away"), home]
    site.on("/feed", *turns)
    site.on("/away", away)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        for _ in turns[1:]:
            poll_again(service)

    sent = [request.header("If-None-Match") for request in site.asked("/feed")]
    assert sent == [None, '"home"', '"home"', '"home"', '"home"']
    assert [one.header("If-None-Match") for one in site.asked("/away")] == [None, '"away"']


def test_a_new_document_outdates_what_a_detour_came_with(database, site):
    old, new = [item(site.origin, 1)], [item(site.origin, 2), item(site.origin, 1)]
    turns = [redirect("/away"), feed(new, ("ETag", '"new"')), redirect("/away"), redirect("/away")]
    site.on("/feed", feed(old, ("ETag", '"old"')), *turns)
    site.on("/away", feed(old, ("ETag", '"away"')), feed(new, ("ETag", '"away, new"')))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        for _ in turns:
            poll_again(service)

    sent = [one.header("If-None-Match") for one in site.asked("/away")]
    assert sent == [None, None, '"away, new"']
    sent = [one.header("If-None-Match") for one in site.asked("/feed")]
    assert sent == [None, '"old"', '"old"', '"new"', '"new"']


def test_a_feed_that_answers_only_by_a_detour_is_asked_with_what_it_had_there(database, site):
    away = feed([item(site.origin, 1)], ("ETag", '"away"'))
    home = feed([item(site.origin, 1)], ("ETag", '"home"'))
    site.on("/feed", redirect("/away"), redirect("/away"), home)
    site.on("/away", away)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        for _ in range(3):
            poll_again(service)

    sent = [request.header("If-None-Match") for request in site.asked("/feed")]
    assert sent == [None, '"away"', '"away"', '"home"']


def test_a_detour_lends_a_date_too(database, site):
    noon = ("Last-Modified", "Mon, 17 Nov 2025 12:00:00 GMT")
    site.on("/feed", redirect("/there"))
    site.on("/there", feed([item(site.origin, 1)], noon))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        poll_again(service)

    assert site.asked("/feed")[1].header("If-Modified-Since") == noon[1]
    assert site.asked("/there")[1].header("If-Modified-Since") == noon[1]


def test_a_detour_to_another_host_lends_no_validators(database, site):
    with Web() as web:
        other = web.new_host()
        other.on("/away", feed([item(site.origin, 1)], ("ETag", '"away"')))
        site.on("/feed", redirect(other.url("/away")))

        with open_test_service(database) as service:
            follow(service, site.url("/feed"))
            work(service, until=lambda: bool(site.asked("/1")))
            poll_again(service)

        assert [one.header("If-None-Match") for one in site.asked("/feed")] == [None, None]
        assert [one.header("If-None-Match") for one in other.asked("/away")] == [None, '"away"']


BROKEN = [Answer(status=500), Answer(raw=b"", ending="reset"), Answer(b"<html>sorry</html>")]


def address_after(database, site, polls, *answers):
    """Poll a feed that moved so often; return what it is called then."""
    site.on("/feed", redirect("/new", 301))
    site.on("/new", *answers)
    with open_test_service(database, backoff_ceiling=timedelta(milliseconds=1)) as service:
        number = follow(service, site.url("/feed"))
        for asked in range(polls):
            poll_again(service)
            assert len(site.asked("/feed")) == asked + 1
        with service.database.connection() as connection:
            return feeds.list_feeds(connection, feed_id=number)[0].url


@pytest.mark.parametrize("broken", BROKEN)
def test_a_feed_that_moved_is_followed_though_its_new_address_fails(database, site, broken):
    good = feed([item(site.origin, 1)])

    assert address_after(database, site, 5, broken, good, broken) == site.url("/new")


def test_four_answers_move_nothing(database, site):
    good = feed([item(site.origin, 1)])

    assert address_after(database, site, 4, good, Answer(status=500)) == site.url("/feed")


@pytest.mark.parametrize(("polls", "path"), [(9, "/feed"), (10, "/new")])
def test_a_new_address_that_never_answers_is_believed_late(database, site, polls, path):
    assert address_after(database, site, polls, Answer(status=404)) == site.url(path)


def test_a_request_whose_kept_connection_died_keeps_the_gap(database, site):
    site.on("/feed", feed([item(site.origin, number) for number in (1, 2)]))
    for number in (1, 2):
        site.on(f"/{number}", Answer(raw=b"", ending="reset"), html(page(number)))

    with open_test_service(database, request_gap=timedelta(seconds=0.3)) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 2)

    for number in (1, 2):
        dead, again = site.asked(f"/{number}")
        assert again.at - dead.at >= 0.3


def test_a_poll_whose_kept_connection_died_waits_for_the_floor(database, site):
    site.on("/feed", feed([]))
    site.on("/other", Answer(raw=b"", ending="reset"), feed([]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        other = follow(service, site.url("/other"))
        work(service, until=lambda: bool(site.asked("/other")))
        with service.database.connection() as connection:
            found = feeds.list_feeds(connection, feed_id=other)[0]

    first, dead = site.requests
    assert first.connection == dead.connection
    assert found.last_outcome == "unreachable"


def test_a_fault_of_ours_with_one_feed_costs_its_host_nothing_else(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/other", feed([item(site.origin, 2)]))
    site.on("/2", html(page(2)))

    with open_test_service(database) as service:
        broken = follow(service, site.url("/feed"))
        follow(service, site.url("/other"))
        with service.database.connection() as connection:
            connection.execute(
                "UPDATE ingest.feed SET poll_state = '\"nonsense\"' WHERE id = %s", [broken]
            )
        work(service, until=lambda: bool(site.asked("/2")))
        with service.database.connection() as connection:
            found = feeds.list_feeds(connection, feed_id=broken)[0]

    assert found.failures == 1
    assert "a fault of ours" in found.last_error


def test_no_feed_waits_for_the_pages_of_hosts_that_fell_due_before_it(database):
    with Web() as web, open_test_service(database, visits=1) as service:
        sites = [web.new_host() for _ in range(3)]
        for site in sites:
            site.on("/feed", feed([item(site.origin, number) for number in range(1, 21)]))
            for number in range(1, 21):
                site.on(f"/{number}", html(page(number)))
            follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 60)
        polled = [site.asked("/feed")[0].at for site in sites]
        pages = [
            request.at for site in sites for request in site.requests if request.path[1:].isdigit()
        ]

    assert max(polled) < min(pages)


def test_a_worker_with_room_goes_on_with_the_pages_of_the_same_visit(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))

    with open_test_service(database, visits=2) as service:
        follow(service, site.url("/feed"))
        visited = work(service, until=lambda: len(changes(service)) == 1)

    assert visited == 1


def test_a_feed_is_new_for_half_an_hour(database, site):
    site.on("/feed", feed([item(site.origin, 1)]))

    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.asked("/1")))
        with service.database.connection() as connection:
            first = feeds.list_feeds(connection, feed_id=number)[0]
            connection.execute("UPDATE ingest.feed SET added_at = now() - interval '31 minutes'")
        poll_again(service)
        with service.database.connection() as connection:
            second = feeds.list_feeds(connection, feed_id=number)[0]

    assert first.next_poll_reason == "new"
    assert second.next_poll_at - second.last_polled_at > timedelta(minutes=30)
