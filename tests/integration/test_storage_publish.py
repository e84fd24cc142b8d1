"""From texts to articles, revisions and changes: found again, revised, withdrawn, in one batch."""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from ingest.errors import DatabaseUnavailable
from ingest.model import Reply
from ingest.pipeline.publish import publish
from ingest.pipeline.writer import Writer
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage import page as pages
from ingest.storage.database import Database, connect
from tests.service import open_test_service
from tests.stored import (
    HOUR,
    MINUTE,
    NOON,
    Desk,
    add_feed,
    add_host,
    add_source,
    article,
    claim,
    feed_outcome,
    page_outcome,
    source,
    take_feeds,
    take_pages,
    text,
    wanted,
)

NUMBERED = replace(source(), number=re.compile(r"https://wire\.example/\S*?(?P<number>\d{4,})"))


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


@pytest.fixture
def desk(connection):
    return Desk(connection)


def test_nothing_said_is_nothing_published(desk):
    assert desk.publish("1", None) is None
    assert desk.told() == []


def test_the_same_text_at_the_same_address_is_nothing_new(desk):
    first = desk.publish("1", article(1))
    again = desk.publish("1", article(1), at=NOON + HOUR)

    assert first == again
    assert desk.told() == [("new", first, [])]


def test_an_article_the_page_led_to_is_found_whatever_its_address_says(desk):
    first = desk.publish("1", article(1))
    second = desk.publish("another", article(1, title="Corrected"), article_id=first)

    assert second == first
    assert desk.told()[1] == ("revised", first, ["headline"])


def test_an_agencys_number_finds_an_article_under_a_new_address(desk):
    first = desk.publish("a/77123", article(1), source=NUMBERED)
    second = desk.publish("b/77123", article(1, body=text(2)), source=NUMBERED)
    other = desk.publish("a/77124", article(3), source=NUMBERED)
    addresses = {found["url"] for found in articles.article_addresses(desk.connection, first)}

    assert (second == first, other == first) == (True, False)
    assert addresses == {"https://wire.example/a/77123", "https://wire.example/b/77123"}


def test_two_pages_of_one_number_in_one_batch_are_one_article(desk):
    batch = [
        desk.outcome("a/77123", article(1), source=NUMBERED),
        desk.outcome("b/77123", article(1), source=NUMBERED),
    ]

    numbers = publish(desk.connection, batch).article_of_page

    assert len(set(numbers.values())) == 1
    assert [kind for kind, _, _ in desk.told()] == ["new"]


def test_two_texts_of_one_number_in_one_batch_are_new_once_with_the_later(desk):
    corrected = article(1, title="Corrected")
    batch = [
        desk.outcome("a/77123", article(1), source=NUMBERED),
        desk.outcome("b/77123", corrected, source=NUMBERED),
    ]

    (found,) = set(publish(desk.connection, batch).article_of_page.values())

    assert desk.told() == [("new", found, [])]
    assert articles.current_revisions(desk.connection, [found])[found].article.title == "Corrected"


def test_a_number_learnt_later_is_kept_unless_it_is_anothers(desk):
    def key_of(number):
        query = "SELECT agency_key FROM ingest.article WHERE id = %s"
        return desk.connection.execute(query, [number]).fetchone()[0]

    plain = desk.publish("a/77123", article(1))
    desk.publish("a/77123", article(1, title="Again"), source=NUMBERED)
    holder = desk.publish("c/88123", article(2), source=NUMBERED)
    rival = desk.publish("d", article(3))
    desk.publish("e/88123", article(3, title="Again"), source=NUMBERED, article_id=rival)

    assert key_of(plain) == "77123"
    assert (key_of(holder), key_of(rival)) == ("88123", None)


@pytest.mark.parametrize(
    "paths",
    [
        ("news/boats-are-back-again", "news/boats-are-back-again/amp"),
        ("amp/news/boats-are-back-again", "news/boats-are-back-again"),
        ("news/boats-are-back-again?print=1", "m/news/boats-are-back-again/index.html"),
    ],
)
def test_a_twin_is_the_same_article_when_its_text_says_so(desk, paths):
    first, again = (desk.publish(path, article(1)) for path in paths)
    other = desk.publish(f"{paths[0]}/print", article(2))
    back = desk.publish(f"{paths[0]}/print", article(2, title="Corrected"))

    assert again == first
    assert (other == first, back) == (False, other)


def test_a_number_and_a_canonical_are_learnt_though_the_text_is_the_same(desk):
    first = desk.publish("news/boats-are-back-again", article(1))
    canonical = "https://wire.example/news/boats-are-back-77123"
    desk.publish(
        "news/boats-are-back-again",
        article(1, canonical=canonical),
        source=NUMBERED,
        at=NOON + HOUR,
    )
    keys = "SELECT agency_key, canonical, changed_at FROM ingest.article WHERE id = %s"

    assert desk.connection.execute(keys, [first]).fetchone() == ("77123", canonical, NOON)
    assert desk.publish("other-77123", article(2), source=NUMBERED) == first


def test_every_address_a_page_speaks_of_leads_to_its_article(desk):
    reply = Reply(
        url="https://wire.example/short", final_url="https://wire.example/2026/boats-77", status=200
    )
    found = article(
        1,
        canonical="https://wire.example/2026/03/boats-77123",
        links=("https://wire.example/s/77123",),
    )
    number = desk.publish("short-77123", found, reply=reply)

    known = {row["url"]: row["why"] for row in articles.article_addresses(desk.connection, number)}

    assert known["https://wire.example/short-77123"] == "announced"
    assert known["https://wire.example/2026/boats-77"] == "redirect"
    assert set(known.values()) <= {"announced", "redirect", "canonical", "link"}


def test_a_removed_article_takes_no_new_text(desk):
    number = desk.publish("1", article(1))
    desk.connection.execute("UPDATE ingest.article SET state = 'removed'")

    again = desk.publish("1", article(1, title="Back"))

    assert again == number
    assert len(desk.told()) == 1


def test_a_text_that_comes_and_goes_makes_no_endless_revisions(desk):
    for hours in range(8):
        desk.publish("1", article(1, title=("A", "B")[hours % 2]), at=NOON + hours * HOUR)

    assert [kind for kind, _, _ in desk.told()].count("revised") <= 2


def test_a_counter_makes_no_endless_revisions_and_a_correction_is_one(desk):
    def with_counter(count, body=None):
        return article(1, body=f"{body or text(1)}\nRead {count} times")

    for count in range(8):
        desk.publish("1", with_counter(count), at=NOON + count * HOUR)
    ticks = [kind for kind, _, _ in desk.told()].count("revised")
    desk.publish("1", with_counter(99, text(2)), at=NOON + 9 * HOUR)

    assert ticks <= 3
    assert [kind for kind, _, _ in desk.told()].count("revised") == ticks + 1


def test_what_is_taken_away_is_withdrawn_once(desk):
    number = desk.publish("1", article(1))
    for hours in (1, 2):
        desk.publish("1", None, is_withdrawn=True, article_id=number, at=NOON + hours * HOUR)
    desk.publish("2", None, is_withdrawn=True)

    assert desk.told()[1:] == [("withdrawn", number, ["withdrawn"])]


def test_a_withdrawn_article_that_returns_changed_says_both(desk):
    number = desk.publish("1", article(1))
    desk.publish("1", None, is_withdrawn=True, article_id=number)
    desk.publish("1", article(1, title="Back again"), article_id=number)

    assert desk.told()[2] == ("revised", number, ["headline", "returned"])


def test_a_cause_travels_to_the_change(desk):
    pages.make_pages_due(desk.connection, [wanted(*desk.place, "old", cause="backfill")])
    (page,) = take_pages(desk.connection, desk.host)
    publish(desk.connection, [page_outcome(desk.host, page, article(1))])

    (row,) = changes.changes_after(desk.connection, 0)
    assert row["cause"] == "backfill"


def test_stories_that_turn_out_to_be_one_are_told_to_consumers(desk):
    whole = text(1, paragraphs=8).splitlines()
    first = desk.publish("1", article(1, body="\n".join(whole)))
    second = desk.publish("2", article(2, body=text(2, paragraphs=8)))
    corrected = article(2, body="\n".join(whole))
    batch = [
        desk.outcome("2", corrected, article_id=second, at=NOON + MINUTE),
        desk.outcome("3", article(3, body="\n".join(whole)), at=NOON + MINUTE),
    ]
    publish(desk.connection, batch)

    told = desk.told()
    stories = dict(desk.connection.execute("SELECT id, story_id FROM ingest.article").fetchall())
    assert [kind for kind, _, _ in told[:2]] == ["new", "new"]
    assert len({stories[first], stories[second]}) == 1
    assert [(kind, changed) for kind, number, changed in told if kind == "story"] == [
        ("story", ["story", "original"])
    ]


# ── the writer's ways out ───────────────────────────────────────────────────────────────


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


def taken_page(service, path="1"):
    with service.database.connection() as connection:
        place = (add_source(connection), add_host(connection))
        pages.make_pages_due(connection, [wanted(*place, path)])
        (held,) = claim(connection, real=service.clock.real())
        return held, take_pages(connection, held)[0]


class Restarting(Database):
    """A database that is away for the first request."""

    def __init__(self, url):
        super().__init__(url)
        self.requests = 0

    @contextmanager
    def connection(self):
        self.requests += 1
        if self.requests == 1:
            raise DatabaseUnavailable("no database: it restarts")
        with super().connection() as opened:
            yield opened


async def test_a_batch_is_tried_again_until_the_database_is_back(service):
    held, page = taken_page(service)
    with Restarting(service.database.url) as restarting:
        service.database, kept = restarting, service.database
        async with Writer(service) as writer:
            stored = await writer.put(page_outcome(held, page, article(1)))
        service.database = kept

    assert await stored is True
    assert restarting.requests > 1


async def test_a_deadlock_is_somebody_elses_turn_and_then_ours(database, service):
    held, page = taken_page(service)
    with connect(database) as rival:
        rival.execute("SET deadlock_timeout = '30s'")
        changes.lock_changes(rival)
        async with Writer(service) as writer:
            stored = await writer.put(page_outcome(held, page, article(1)))
            await _wait_for_waiter(database)
            await asyncio.to_thread(rival.execute, "SELECT 1 FROM ingest.host FOR UPDATE")
            rival.rollback()

    assert await stored is True


async def _wait_for_waiter(database):
    """Return when the writer waits for the change lock."""
    with connect(database) as onlooker:
        onlooker.autocommit = True
        while not onlooker.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ).fetchall():
            await asyncio.sleep(0.01)


async def test_a_visit_that_waits_no_more_stops_no_writer(service):
    held, page = taken_page(service)

    async with Writer(service) as writer:
        stored = await writer.put(page_outcome(held, page, article(1)))
        stored.cancel()

    assert stored.cancelled()
    with service.database.connection() as connection:
        assert changes.newest_change(connection) == 1


async def test_a_fault_of_ours_beside_a_bad_row_fails_alone(service):
    with service.database.connection() as connection:
        place = (add_source(connection), add_host(connection))
        add_feed(connection, *place)
        pages.make_pages_due(connection, [wanted(*place, "1")])
        (held,) = claim(connection, real=service.clock.real())
        (feed,) = take_feeds(connection, held)
        (page,) = take_pages(connection, held)
    bad = feed_outcome(held, feed)
    bad = replace(bad, feed=replace(bad.feed, title="\0"))
    faulty = page_outcome(held, page, article(1, tags=None))

    async with Writer(service) as writer:
        stored = [await writer.put(outcome) for outcome in (bad, faulty)]

    assert [type(future.exception()) for future in stored] == [psycopg.DataError, TypeError]
