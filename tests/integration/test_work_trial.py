"""Pages under suspicion are read apart: the guilty one is parked, its neighbours are stored."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from ingest.errors import NotAnArticle, NotAPage
from ingest.model import Reply
from ingest.pipeline.trial import PageKillsReader, Trial
from tests.agency import feed, html, item, page, paragraphs
from tests.service import changes, follow, open_test_service, pages, work
from tests.stored import source
from tests.web import Web

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def reply(body, content_type="text/html"):
    url = "https://wire.example/1"
    return Reply(
        url=url, final_url=url, status=200, headers={"content-type": content_type}, body=body
    )


def readers():
    """Return the processes of ours that read pages apart."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "ingest.pipeline.trial" in child.cmdline():
                found.append(child)
    return found


async def read(trial, *args):
    return await trial.extract(reply(*args), source(), NOW)


async def test_a_page_is_read_apart_as_it_is_here_and_by_one_process_for_all():
    async with Trial() as trial:
        first = await read(trial, page(1))
        (child,) = readers()
        second = await read(trial, page(2))

        assert first.body.splitlines() == paragraphs(1)
        assert second.title == "Headline of item 2"
        assert [one.pid for one in readers()] == [child.pid]
    assert readers() == []


async def test_what_gives_no_article_gives_none_apart_either():
    async with Trial() as trial:
        with pytest.raises(NotAPage):
            await read(trial, b"%PDF-1.7", "application/pdf")
        with pytest.raises(NotAnArticle):
            await read(trial, b"<html><body><h1>World</h1></body></html>")


async def test_a_page_whose_reader_dies_is_to_blame_and_the_next_has_another_reader():
    async with Trial() as trial:
        reading = asyncio.create_task(read(trial, page(1)))
        while not (found := readers()):
            await asyncio.sleep(0.01)

        found[0].kill()

        with pytest.raises(PageKillsReader, match="its reader died"):
            await reading
        assert (await read(trial, page(2))).title == "Headline of item 2"


async def test_a_page_that_hangs_its_reader_is_to_blame_after_a_while():
    async with Trial(seconds=0.01) as trial:  # no Python starts as soon as that
        with pytest.raises(PageKillsReader, match=r"not read within 0\.01 s"):
            await read(trial, page(1))

        assert readers() == []


async def test_a_reader_that_died_between_two_pages_blames_none():
    async with Trial() as trial:
        await read(trial, page(1))
        (child,) = readers()

        child.kill()
        psutil.wait_procs([child], timeout=10)
        while trial.is_reading:
            await asyncio.sleep(0.01)

        assert (await read(trial, page(2))).title == "Headline of item 2"


@contextlib.contextmanager
def every_reader_dies():
    """Kill each reader as soon as it is there, as a poisonous page does."""
    ended = threading.Event()

    def kill():
        while not ended.wait(0.01):
            for one in readers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    ended.set()
    killer.join()


def suspect(service, path):
    """Put a page under suspicion, as the next visit after a crash does."""
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.page SET crashes = 1 WHERE url LIKE %s", [f"%{path}"])


def followed_but_not_read(service, site):
    """Follow two items whose pages cannot be had yet."""
    site.on("/feed", feed([item(site.origin, number) for number in (1, 2)]))
    follow(service, site.url("/feed"))
    work(service, until=lambda: len(pages(service)) == 2 and len(site.asked("/2")) > 0)
    for number in (1, 2):
        site.on(f"/{number}", html(page(number)))


FAST = {
    "clock_epoch": datetime.now(UTC),
    "clock_speed": 2000.0,
    "poll_floor": timedelta(hours=1),
    "request_gap": timedelta(),
}


def test_the_guilty_page_is_parked_and_seen_and_its_neighbour_is_stored(database, site):
    with open_test_service(database, **FAST) as service:
        followed_but_not_read(service, site)
        suspect(service, "/1")

        with every_reader_dies():
            work(service, until=lambda: state_of(service, "/1").state == "failed")
        work(service, until=lambda: state_of(service, "/2").state == "stored")
        parked = state_of(service, "/1")

        assert (parked.crashes, parked.due_at) == (4, None)
        assert parked.last_error == "reading it killed its process: its reader died"
        assert [row["url"] for row in changes(service)] == [site.url("/2")]


def test_a_page_that_was_only_near_is_stored_and_the_suspicion_is_over(database, site):
    with open_test_service(database, **FAST) as service:
        followed_but_not_read(service, site)
        suspect(service, "/1")

        work(service, until=lambda: len(changes(service)) == 2)

        assert state_of(service, "/1").crashes == 0


def state_of(service, path):
    return next(one for one in pages(service) if one.url.endswith(path))
