"""What a feed asks for, and what was learnt of it, holds from one poll to the next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ingest.storage import feed as feeds
from ingest.storage.gap import list_gaps
from tests.agency import feed, html, item, page
from tests.service import follow, open_test_service, work
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
