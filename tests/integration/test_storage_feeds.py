"""Feeds, sources and what was announced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ingest.model import Entry, Moment, Precision, ZoneReason
from ingest.storage import feed as feeds
from ingest.storage import page as pages
from ingest.storage import source as sources
from ingest.storage.database import connect, moment_columns, read_moment
from ingest.storage.feed import EntryRow, PollRow
from ingest.storage.gap import GapRow, list_gaps, open_gaps, return_gaps, take_due_gaps
from tests.stored import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    add_feed,
    add_host,
    add_source,
    claim,
    new_feed,
    polled,
    source,
    take_feeds,
)

ISTANBUL = timezone(timedelta(hours=3))


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


@pytest.fixture
def place(connection):
    """A source and a host: (source id, host id)."""
    return add_source(connection), add_host(connection)


def listed(connection, feed_id):
    return feeds.list_feeds(connection, feed_id=feed_id)[0]


def entry_row(feed_id, identity="g1", **changes):
    entry = Entry(guid=identity, url="https://wire.example/1", title="First", **changes)
    return EntryRow(
        feed_id=feed_id,
        identity=identity,
        url_key="https://wire.example/1",
        digest=b"one",
        entry=entry,
        seen_at=NOON,
    )


def test_an_address_is_followed_once(connection, place):
    number = add_feed(connection, *place)
    same, other = new_feed(*place, origin="import"), new_feed(*place, "other")
    again = feeds.add_feeds(connection, [same, other, other])

    assert again == [None, again[1], None]
    found = feeds.followed_at_urls(connection, [same.url, other.url, "https://wire.example/none"])
    assert found == {same.url: (number, "wire"), other.url: (again[1], "wire")}


def test_a_feed_taken_is_not_due_again_within_its_floor(connection, place):
    own_floor = add_feed(connection, *place, "own", floor=timedelta(minutes=40))
    plain = add_feed(connection, *place, "plain")
    (held,) = claim(connection)

    taken = take_feeds(connection, held)
    at_once = take_feeds(connection, held)

    assert {feed.id for feed in taken} == {own_floor, plain}
    assert at_once == []
    assert listed(connection, own_floor).next_poll_at == NOON + 40 * MINUTE
    assert listed(connection, plain).next_poll_at == NOON + MINUTE


@pytest.mark.parametrize(
    ("wait", "again"), [(10 * MINUTE, 6 * MINUTE), (3 * MINUTE, 3 * MINUTE), (SECOND, MINUTE)]
)
def test_a_feed_whose_poll_died_unheard_waits_as_it_did_before_but_not_for_long(
    connection, place, wait, again
):
    number = add_feed(connection, *place)
    (held,) = claim(connection)
    (feed,) = take_feeds(connection, held)
    row = polled(feed, held, last_polled_at=NOON, next_poll_at=NOON + wait)
    feeds.store_poll(connection, row)

    take_feeds(connection, held, now=NOON + wait, retry=6 * MINUTE)

    assert listed(connection, number).next_poll_at == NOON + wait + again


def test_the_longest_overdue_are_taken_first_and_stopped_ones_never(connection, place):
    late = add_feed(connection, *place, "late", next_poll_at=NOON - HOUR)
    later = add_feed(connection, *place, "later", next_poll_at=NOON - SECOND)
    paused = add_feed(connection, *place, "paused")
    feeds.pause_feed(connection, paused, now=NOON)
    add_feed(connection, *place, "future", next_poll_at=NOON + SECOND)
    (held,) = claim(connection)

    taken = [
        feed.id
        for _ in range(3)
        for feed in feeds.take_due_feeds(
            connection,
            host_id=held.id,
            token=held.token,
            now=NOON,
            floor=MINUTE,
            retry=MINUTE,
            batch=1,
        )
    ]

    assert taken == [late, later]


def test_a_feed_that_was_not_asked_is_given_back_and_one_that_was_is_not(connection, place):
    asked, unasked = add_feed(connection, *place, "a"), add_feed(connection, *place, "b")
    (held,) = claim(connection)
    taken = {feed.id: feed for feed in take_feeds(connection, held)}
    feeds.store_poll(connection, polled(taken[asked], held))

    feeds.return_feeds(connection, [asked, unasked], token=held.token, due_at=NOON + SECOND)
    feeds.return_feeds(connection, [], token=held.token, due_at=NOON)

    assert listed(connection, asked).next_poll_at == NOON + HOUR
    assert listed(connection, unasked).next_poll_at == NOON + SECOND


def test_a_lost_lease_gives_no_feed_back_that_another_is_asking_for(connection, place):
    number = add_feed(connection, *place)
    (old,) = claim(connection)
    take_feeds(connection, old)
    late = NOON + DAY
    (new,) = claim(connection, now=late, real=late)
    (taken,) = take_feeds(connection, new, now=late)

    feeds.return_feeds(connection, [number], token=old.token, due_at=late)

    assert taken.id == number
    assert listed(connection, number).next_poll_at > late


def test_what_a_poll_learnt_is_there_for_the_next(connection, place):
    number = add_feed(connection, *place, title="As added", language="tr")
    (held,) = claim(connection)
    (due,) = take_feeds(connection, held)
    row = polled(
        due,
        held,
        title=None,
        poll_state={"rate": 1.5},
        etag='W/"odd "quoted" tag"',
        last_modified="yesterday",
        validators_url="https://wire.example/feed",
        body_digest=b"\x00\x01",
        window_keys=[-(2**63), 2**63 - 1],
        window_at=NOON,
        next_poll_at=NOON,
        stable_guids=False,
        hub="https://hub.example/",
    )
    feeds.store_poll(connection, row)
    feeds.store_poll(connection, replace(row, hub=None))

    (again,) = take_feeds(connection, held)

    assert again.poll_state == {"rate": 1.5}
    assert (again.etag, again.last_modified) == ('W/"odd "quoted" tag"', "yesterday")
    assert (again.window_keys, again.body_digest) == ([-(2**63), 2**63 - 1], b"\x00\x01")
    assert not again.stable_guids
    shown = listed(connection, number)
    assert (shown.title, shown.language) == ("As added", "tr")
    assert shown.hub == "https://hub.example/"


def test_a_paused_feed_rests_until_it_is_resumed(connection, place):
    number = add_feed(connection, *place)
    once = feeds.pause_feed(connection, number, now=NOON)
    twice = feeds.pause_feed(connection, number, now=NOON)
    asked_for = feeds.poll_feed_now(connection, number, now=NOON, floor=MINUTE)
    (held,) = claim(connection)
    taken = take_feeds(connection, held)
    resumed = feeds.resume_feed(connection, number, now=NOON + HOUR)
    again = feeds.resume_feed(connection, number, now=NOON + HOUR)

    assert (once, twice, asked_for, taken) == (True, False, None, [])
    assert (resumed, again) == (place[1], None)
    assert listed(connection, number).next_poll_at == NOON + HOUR


def test_a_retired_feed_comes_back_when_a_person_says_so(connection, place):
    number = add_feed(connection, *place)
    (held,) = claim(connection)
    (due,) = take_feeds(connection, held)
    feeds.store_poll(connection, polled(due, held, retired_at=NOON, next_poll_at=NOON))
    while_retired = take_feeds(connection, held, now=NOON + DAY)
    feeds.resume_feed(connection, number, now=NOON)

    assert while_retired == []
    assert [feed.id for feed in take_feeds(connection, held)] == [number]


def test_asking_now_keeps_to_the_floor(connection, place):
    never, lately = add_feed(connection, *place, "a"), add_feed(connection, *place, "b")
    (held,) = claim(connection)
    due = {feed.id: feed for feed in take_feeds(connection, held)}
    feeds.store_poll(connection, polled(due[lately], held, last_polled_at=NOON))
    soon = NOON + 10 * SECOND

    answers = [
        feeds.poll_feed_now(connection, number, now=soon, floor=MINUTE)
        for number in (never, lately)
    ]

    assert answers == [(place[1], soon), (place[1], NOON + MINUTE)]


def test_an_announcement_is_kept_once_and_brought_up_to_date(connection, place):
    number = add_feed(connection, *place)
    said = Moment(
        at=datetime(2026, 3, 4, 15, 7, tzinfo=ISTANBUL),
        precision=Precision.MINUTE,
        text="04.03.2026 15:07",
        zone=ZoneReason.SOURCE,
    )
    first = feeds.store_entries(connection, [entry_row(number, published=said, updated=said)])
    changed = replace(
        entry_row(number, authors=("A", "B"), categories=("world",)),
        digest=b"two",
        seen_at=NOON + HOUR,
    )
    second = feeds.store_entries(connection, [changed])
    (known,) = feeds.recent_entries(connection, number, most=9)

    assert first == second == [known.id]
    assert (known.first_seen_at, known.changed_at) == (NOON, NOON + HOUR)
    assert listed(connection, number).entries == 1


def test_a_page_is_told_what_its_feed_said(connection, place):
    number = add_feed(connection, *place)
    said = Moment(
        at=datetime(2026, 3, 4, tzinfo=ISTANBUL),
        precision=Precision.DAY,
        text="4 Mart 2026",
        zone=ZoneReason.SOURCE,
    )
    row = entry_row(number, published=said, authors=("A",), summary="In short")
    (entry_id,) = feeds.store_entries(connection, [row])

    announcement = pages.announcements_of(connection, [entry_id])[entry_id]

    assert (announcement.title, announcement.summary) == ("First", "In short")
    assert (announcement.authors, announcement.published) == (["A"], said)


def test_what_was_announced_is_found_by_identity_and_by_address(connection, place):
    one, other = add_feed(connection, *place, "a"), add_feed(connection, *place, "b")
    feeds.store_entries(connection, [entry_row(one), entry_row(other, "g2")])

    found = [
        [
            known.identity
            for known in feeds.known_entries(
                connection, feed_id=one, identities=identities, url_keys=url_keys
            )
        ]
        for identities, url_keys in (
            (["g1", "g2"], []),
            ([], ["https://wire.example/1"]),
            (["g1"], ["https://wire.example/1"]),
            (["gone"], ["https://wire.example/9"]),
        )
    ]

    assert found == [["g1"], ["g1"], ["g1"], []]


def test_the_poll_log_and_gaps_are_shown_newest_and_oldest_first(connection, place):
    number = add_feed(connection, *place)
    for hours, outcome in enumerate(("read", "unchanged", "failed")):
        feeds.log_polls(
            connection, [PollRow(feed_id=number, at=NOON + hours * HOUR, outcome=outcome)]
        )
        gap = GapRow(
            feed_id=number,
            from_at=NOON,
            to_at=NOON + hours * HOUR,
            at_least=hours,
            noticed_at=NOON + hours * HOUR,
            host_id=place[1],
        )
        open_gaps(connection, [gap])
    feeds.log_polls(connection, [])

    polls = feeds.recent_polls(connection, number, most=2)
    gaps = list_gaps(connection)

    assert [poll.outcome for poll in polls] == ["failed", "unchanged"]
    assert [gap.at_least for gap in gaps] == [0, 1, 2]


def test_a_gap_that_was_not_searched_for_is_given_back_by_its_holder_alone(connection, place):
    number, host_id = add_feed(connection, *place), place[1]
    gap = GapRow(
        feed_id=number, from_at=NOON, to_at=NOON, at_least=1, noticed_at=NOON, host_id=host_id
    )
    open_gaps(connection, [gap])
    (old,), late = claim(connection), NOON + DAY
    take_due_gaps(connection, host_id=host_id, token=old.token, now=NOON, retry=HOUR, batch=9)
    (new,) = claim(connection, now=late, real=late)

    def take(now):
        taken = take_due_gaps(
            connection, host_id=host_id, token=new.token, now=now, retry=HOUR, batch=9
        )
        return [found.id for found in taken]

    first = take(late)
    return_gaps(connection, first, token=old.token, due_at=late)
    by_another = take(late)
    return_gaps(connection, first, token=new.token, due_at=late)
    by_its_holder = take(late)

    assert len(first) == 1
    assert (by_another, by_its_holder) == ([], first)


def test_a_removed_feed_takes_its_entries_along(connection, place):
    number = add_feed(connection, *place)
    feeds.store_entries(connection, [entry_row(number)])

    removed = [feeds.remove_feed(connection, number) for _ in range(2)]

    assert removed == [True, False]
    assert feeds.list_feeds(connection) == []
    assert feeds.recent_entries(connection, number, most=9) == []


def test_a_declared_source_is_brought_up_to_date_and_a_persons_own_is_not(connection):
    mine = replace(source("mine"), name="As I call it")
    theirs = source("wire")
    sources.store_sources(connection, [mine], now=NOON, declared=False)
    sources.store_sources(connection, [theirs], now=NOON, declared=True)
    sources.store_sources(connection, [replace(mine, name="X")], now=NOON, declared=False)
    sources.store_sources(connection, [replace(theirs, name="Renamed")], now=NOON, declared=True)

    names = {found.slug: (found.name, found.declared) for found in sources.list_sources(connection)}
    (one,) = sources.list_sources(connection, slug="mine")

    assert names == {"mine": ("As I call it", False), "wire": ("Renamed", True)}
    assert one.evidence is None


def test_a_stored_source_reads_back_as_a_declaration(connection):
    number = add_source(connection)

    found = sources.stored_source(connection, "wire")

    assert found == source()
    assert sources.stored_source(connection, "none") is None
    assert sources.source_id(connection, "none") is None
    assert sources.slugs_of(connection, [number, 99]) == {number: "wire"}


@pytest.mark.parametrize(
    "moment",
    [
        None,
        Moment(
            at=datetime(2026, 3, 4, tzinfo=ISTANBUL),
            precision=Precision.DAY,
            text="4 Mart 2026",
            zone=ZoneReason.SOURCE,
        ),
        Moment(
            at=datetime(1990, 1, 1, 0, 0, 1, tzinfo=UTC),
            precision=Precision.SECOND,
            text="x" * 500,
            zone=ZoneReason.NONE,
        ),
    ],
)
def test_a_moment_keeps_its_zone_and_precision(connection, moment):
    columns = moment_columns("published", moment)
    kept = connection.execute("SELECT %s::timestamptz", [columns["published_at"]]).fetchone()[0]

    assert read_moment(columns | {"published_at": kept}, "published") == moment
