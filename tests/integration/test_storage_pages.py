"""Pages: due, in flight, tried, and kept as they were received."""

from __future__ import annotations

from dataclasses import replace

import pytest
import zstandard

from ingest.storage import page as pages
from ingest.storage.database import connect
from ingest.storage.page import BACKFILL, FRESH, RECHECK, RawPage
from tests.stored import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOON,
    SECOND,
    add_host,
    add_source,
    attempted,
    claim,
    take_pages,
    wanted,
)


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


@pytest.fixture
def place(connection):
    """A source and a host: (source id, host id)."""
    return add_source(connection), add_host(connection)


@pytest.fixture
def held(connection, place):
    """The host, leased."""
    (leased,) = claim(connection)
    assert leased.id == place[1]
    return leased


def make_due(connection, place, path="1", **more):
    return pages.make_pages_due(connection, [wanted(*place, path, **more)])


def only(connection, **which):
    (found,) = pages.list_pages(connection, **which)
    return found


def store(connection, page, **changes):
    pages.store_fetches(connection, [attempted(page, **changes)])


def test_new_addresses_are_counted_and_known_ones_are_not(connection, place):
    first = pages.make_pages_due(connection, [wanted(*place, "2"), wanted(*place, "1")])
    second = pages.make_pages_due(connection, [wanted(*place, "1"), wanted(*place, "3")])

    assert (first, second, pages.make_pages_due(connection, [])) == (2, 1, 0)


def test_a_known_page_is_due_again_only_when_its_announcement_changed(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    store(connection, page)

    make_due(connection, place, due_at=NOON + HOUR)
    after_repetition = only(connection).due_at
    make_due(connection, place, due_at=NOON + HOUR, again=True)

    assert after_repetition is None
    assert only(connection).due_at == NOON + HOUR


def test_a_correction_of_a_page_that_a_person_retried_is_live_again(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    store(connection, page, article_id=7)
    pages.retry_pages(connection, [page.id], now=NOON)
    (retried,) = take_pages(connection, held)
    store(connection, retried, article_id=7)

    make_due(connection, place)
    repeated = only(connection).cause
    make_due(connection, place, again=True)

    assert (retried.cause, repeated) == ("person", "person")
    assert only(connection).cause == "live"


def test_a_later_announcement_never_puts_a_page_off(connection, place):
    make_due(connection, place, due_at=NOON)
    make_due(connection, place, due_at=NOON + HOUR, again=True)

    assert only(connection).due_at == NOON


def test_a_page_that_waits_for_a_backfill_moves_up_when_it_is_announced(connection, place, held):
    make_due(connection, place, "old", cause="backfill", priority=BACKFILL)
    make_due(connection, place, "old")
    make_due(connection, place, "known", cause="live", priority=FRESH)

    taken = {page.url: page for page in take_pages(connection, held)}

    old = taken["https://wire.example/old"]
    assert (old.cause, old.priority) == ("live", FRESH)


def test_a_backfill_takes_nothing_from_a_live_page(connection, place):
    make_due(connection, place, priority=RECHECK)
    make_due(connection, place, cause="backfill", priority=BACKFILL)

    assert only(connection).cause == "live"


def test_a_removed_page_stays_removed_whatever_is_announced(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    connection.execute("UPDATE ingest.page SET state = 'removed', in_flight = NULL")

    new = make_due(connection, place, again=True)
    store(connection, page, due_at=NOON)
    retried = pages.retry_pages(connection, [page.id], now=NOON)

    found = only(connection)
    assert (new, retried) == (0, {})
    assert (found.state, found.due_at) == ("removed", None)


def test_fresh_pages_come_first_then_rechecks_then_backfill(connection, place, held):
    for path, priority, waits in (
        ("backfill", BACKFILL, 2 * DAY),
        ("recheck", RECHECK, DAY),
        ("young", FRESH, SECOND),
        ("fresh", FRESH, MINUTE),
    ):
        make_due(connection, place, path, priority=priority, due_at=NOON - waits)
    make_due(connection, place, "future", due_at=NOON + SECOND)

    order = []
    while taken := pages.take_due_pages(
        connection, host_id=held.id, token=held.token, now=NOON, batch=1
    ):
        order += [page.url.rsplit("/", 1)[1] for page in taken]

    assert order == ["fresh", "young", "recheck", "backfill"]


def test_the_attempt_is_counted_before_it_is_made(connection, place, held):
    make_due(connection, place)

    (page,) = take_pages(connection, held)
    again = take_pages(connection, held)

    assert page.attempts == only(connection).attempts == 1
    assert again == []


def test_a_page_not_tried_goes_back_uncounted(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    pages.return_pages(connection, [page.id], token=held.token + 1, due_at=NOON)
    by_another = only(connection).due_at

    pages.return_pages(connection, [page.id], token=held.token, due_at=NOON + SECOND)
    pages.return_pages(connection, [], token=held.token, due_at=NOON)

    found = only(connection)
    assert by_another is None
    assert (found.due_at, found.attempts) == (NOON + SECOND, 0)


def test_an_announcement_that_comes_while_a_page_is_in_flight_is_kept(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    make_due(connection, place, due_at=NOON + SECOND, again=True)
    while_in_flight = take_pages(connection, held, now=NOON + HOUR)

    store(connection, page, due_at=NOON + DAY)

    assert while_in_flight == []
    assert only(connection).due_at == NOON + SECOND


@pytest.mark.parametrize(("crashed", "crashes"), [(True, 1), (False, 0)])
def test_pages_left_in_flight_are_found_by_the_next_visit(connection, place, crashed, crashes):
    make_due(connection, place)
    (old,) = claim(connection)
    take_pages(connection, old)
    late = NOON + LEASE
    (new,) = claim(connection, now=late, real=late)

    mine = pages.recover_pages(
        connection, host_id=old.id, token=old.token, crashed=crashed, now=late
    )
    theirs = pages.recover_pages(
        connection, host_id=new.id, token=new.token, crashed=crashed, now=late
    )
    (again,) = take_pages(connection, new, now=late)

    assert (mine, theirs) == (0, 1)
    assert (again.crashes, again.attempts) == (crashes, 2)


def test_what_an_attempt_learnt_is_there_for_the_next(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    store(
        connection,
        page,
        due_at=NOON,
        etag='"é"',
        last_modified="never",
        validators_url="https://wire.example/1",
        rechecks=1,
        priority=RECHECK,
    )
    (again,) = take_pages(connection, held)
    store(connection, again, fetched_at=None, state="waiting", last_error="reset", due_at=NOON)

    assert (again.etag, again.last_modified, again.rechecks) == ('"é"', "never", 1)
    assert (again.body_digest, again.state) == (b"digest", "stored")
    found = only(connection)
    assert (found.fetched_at, found.last_error, found.state) == (NOON, "reset", "waiting")


def test_a_person_who_asks_again_wipes_the_slate(connection, place, held):
    make_due(connection, place)
    (page,) = take_pages(connection, held)
    store(connection, page, state="failed", attempts=8, crashes=3)

    retried = pages.retry_pages(connection, [page.id, 999], now=NOON)
    (again,) = take_pages(connection, held)

    assert retried == {page.id: place[1]}
    assert (again.state, again.crashes, again.attempts) == ("waiting", 0, 1)
    assert (again.cause, again.priority) == ("person", FRESH)


def test_pages_are_listed_newest_first_by_source_state_and_address(connection, place, held):
    other = (add_source(connection, "other"), place[1])
    make_due(connection, place, "1")
    make_due(connection, other, "2")
    for page in take_pages(connection, held)[:1]:
        store(connection, page, state="failed")

    listed = [found.url[-1] for found in pages.list_pages(connection)]
    failed = only(connection, state="failed")

    assert listed == ["2", "1"]
    assert only(connection, source="other").url[-1] == "2"
    assert only(connection, url_key=wanted(*place, "1").url_key).id == failed.id
    assert only(connection, page_id=failed.id).url[-1] == "1"
    assert [found.url[-1] for found in pages.list_pages(connection, most=1)] == ["2"]


def test_bytes_are_archived_compressed_once_a_fetch(connection):
    body = bytes(range(256)) * 50
    raw = RawPage(
        page_id=7,
        fetched_at=NOON,
        final_url="https://wire.example/1",
        content_type=None,
        body=body,
    )
    pages.archive_pages(connection, [raw, replace(raw, body=b"other")])
    pages.archive_pages(connection, [replace(raw, fetched_at=NOON + SECOND, body=b"")])

    kept = connection.execute(
        "SELECT size, body FROM ingest.raw_page ORDER BY fetched_at"
    ).fetchall()

    assert [size for size, _ in kept] == [len(body), 0]
    assert [zstandard.decompress(stored) for _, stored in kept] == [body, b""]
    assert len(kept[0][1]) < len(body) / 10


def test_announcements_of_no_pages_are_none(connection):
    assert pages.announcements_of(connection, []) == {}
    assert pages.announcements_of(connection, [999]) == {}


def test_an_address_too_long_for_its_index_is_refused_by_name(connection, place):
    long = replace(wanted(*place), url_key="https://wire.example/" + "ü" * 2000)

    with pytest.raises(Exception, match="page_url_key_bounded"):
        pages.make_pages_due(connection, [long])
