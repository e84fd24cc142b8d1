"""What was heard once is kept, soon, whatever else the process has to do."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import psycopg
import pytest

from ingest.pipeline.work import Worker
from ingest.storage.change import lock_changes
from tests.agency import feed, html, item, page
from tests.programs import set_read_only, wait_for
from tests.service import changes, follow, open_test_service, rows, work
from tests.web import Answer, Web

AWAY_SECONDS = 1.5
HOSTS = 12


@pytest.fixture
def web():
    with Web() as web:
        yield web


@pytest.fixture
def site(web):
    return web.new_host()


def losing_the_database(database, answer):
    """Return a script whose answer comes when the database has just gone, for a while."""
    back = threading.Timer(AWAY_SECONDS, set_read_only, (database, "off"))

    def script(_request):
        if not back.is_alive() and not back.finished.is_set():
            set_read_only(database, "on")
            back.start()
        return answer

    return script, back


def host_row(service):
    return rows(service, "SELECT backoff_until - now(), leased_until FROM ingest.host")[0]


def test_a_retry_after_that_comes_while_the_database_is_away_is_kept(database, site):
    busy = Answer(status=503, headers=[("Retry-After", "600")])
    script, back = losing_the_database(database, busy)
    site.on("/feed", script)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.requests))
        back.join()
        wait, leased_until = host_row(service)

    assert wait > timedelta(minutes=9)
    assert leased_until is None
    assert len(site.requests) == 1


def test_a_reply_that_comes_while_the_database_is_away_is_stored(database, site):
    script, back = losing_the_database(database, feed([item(site.origin, 1)]))
    site.on("/feed", script)
    site.on("/1", html(page(1)))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(site.requests))
        back.join()
        work(service, until=lambda: bool(changes(service)))

    assert len(site.asked("/feed")) == 1


def test_a_poll_waits_for_no_page(database, web):
    busy, other = web.new_host(), web.new_host()
    busy.on("/feed", feed([item(busy.origin, 1)]))
    busy.on("/1", html(page(1)))
    other.on("/feed", feed([item(other.origin, 2)]))

    with (
        open_test_service(database, task=timedelta(seconds=20)) as service,
        psycopg.connect(database) as hanging,
    ):
        follow(service, busy.url("/feed"))
        lock_changes(hanging)  # the page's batch waits for it
        worker = threading.Thread(target=work, args=(service,))
        worker.start()
        wait_for(lambda: bool(hanging_on_the_lock(service)))
        late = follow(service, other.url("/feed"))
        wait_for(
            lambda: rows(service, "SELECT 1 FROM ingest.entry WHERE feed_id = %s", late) != [],
        )
        published = changes(service)
        hanging.rollback()
        worker.join()

    assert published == []


def hanging_on_the_lock(service):
    return rows(service, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_what_comes_in_is_heard_between_two_pages(database, web):
    """However many pages came at once: the loop turns after each."""
    sites = [web.new_host() for _ in range(HOSTS)]
    for site in sites:
        site.on("/feed", feed([item(site.origin, 1)]))
        site.on("/1", Answer(page(1), headers=html(b"").headers, delay=0.5))

    with open_test_service(database, task=timedelta(seconds=3)) as service:
        for site in sites:
            follow(service, site.url("/feed"))
        most = asyncio.run(most_pages_in_a_turn(service))
        found = changes(service)

    assert len(found) == HOSTS
    assert most <= 2


async def most_pages_in_a_turn(service):
    """Work, and return how many pages were read between two turns of the loop at most."""
    most = 0
    async with Worker(service) as worker:
        working = asyncio.create_task(worker.work())
        while not working.done():
            await asyncio.sleep(0)
            most = max(most, sum(pages_read(service.tally.take())))
        await working
    return most


def pages_read(sums):
    return [
        sum(spread.buckets)
        for (name, _), spread in sums.spreads.items()
        if name == "extract_seconds"
    ]
