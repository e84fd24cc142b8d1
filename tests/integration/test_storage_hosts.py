"""Hosts: claimed by one at a time, renewed, given back with what is due next."""

from __future__ import annotations

import threading

import pytest

from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage.database import connect
from ingest.storage.host import HostPace
from tests.stored import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOON,
    SECOND,
    add_feed,
    add_host,
    add_source,
    claim,
    take_feeds,
    take_pages,
    wanted,
)


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


def due_at(connection, host_id):
    return connection.execute("SELECT due_at FROM ingest.host WHERE id = %s", [host_id]).fetchone()[
        0
    ]


def renew(connection, tokens, *, real, until=None):
    until = until or real + LEASE
    return hosts.renew_leases(
        connection, tokens, real_now=real, leased_until=until, due_again=until
    )


def test_a_host_has_one_number_however_often_it_is_named(connection):
    first = hosts.ensure_hosts(connection, ["b.example", "a.example", "b.example"])
    second = hosts.ensure_hosts(connection, ["c.example", "a.example"])

    assert set(first) == {"a.example", "b.example"}
    assert second["a.example"] == first["a.example"]
    assert hosts.ensure_hosts(connection, []) == {}


def test_hosts_made_by_two_at_once_are_made_once(database):
    names, barrier, found = [f"h{n}.example" for n in range(40)], threading.Barrier(2), []

    def make(order):
        with connect(database) as connection:
            barrier.wait(timeout=10)
            found.append(hosts.ensure_hosts(connection, order))

    both = [threading.Thread(target=make, args=(order,)) for order in (names, names[::-1])]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)

    assert found[0] == found[1]
    assert len(set(found[0].values())) == 40


def test_what_is_longest_overdue_is_claimed_first(connection):
    for hours, name in ((1, "b.example"), (3, "a.example"), (2, "c.example")):
        add_host(connection, name, due_at=NOON - hours * HOUR)
    add_host(connection, "later.example", due_at=NOON + SECOND)

    claimed = [claim(connection, batch=1)[0].name for _ in range(3)]
    nothing = claim(connection)

    assert claimed == ["a.example", "c.example", "b.example"]
    assert nothing == []


def test_two_workers_never_claim_the_same_host(database):
    with connect(database) as connection:
        for number in range(60):
            add_host(connection, f"h{number}.example")
    claimed, barrier = [], threading.Barrier(4)

    def work(worker):
        with connect(database) as connection:
            connection.autocommit = True
            barrier.wait(timeout=10)
            while found := claim(connection, batch=4, worker=worker):
                claimed.extend(host.id for host in found)

    workers = [threading.Thread(target=work, args=(f"m/{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 60


def test_a_claim_in_an_open_transaction_is_passed_over_not_waited_for(database):
    with connect(database) as connection:
        add_host(connection, "a.example", due_at=NOON - HOUR)
        add_host(connection, "b.example")
    with connect(database) as one, connect(database) as other:
        first = claim(one, batch=1)
        second = claim(other, batch=1)

    assert [host.name for host in (*first, *second)] == ["a.example", "b.example"]


def test_a_lease_that_ran_out_is_claimed_again_under_another_token(connection):
    add_host(connection)
    (first,) = claim(connection)

    too_early = claim(connection, now=NOON + LEASE - SECOND, real=NOON + LEASE - SECOND)
    (second,) = claim(connection, now=NOON + LEASE, real=NOON + LEASE)

    assert too_early == []
    assert second.token == first.token + 1
    assert (first.crashed, second.crashed) == (False, True)


def test_a_host_that_is_due_again_stays_its_holders_while_the_lease_runs(connection):
    number = add_host(connection)
    claim(connection)
    hosts.wake_hosts(connection, {number: NOON})

    assert claim(connection, now=NOON + SECOND, real=NOON + SECOND) == []


def test_a_renewed_lease_runs_on(connection):
    number = add_host(connection)
    (held,) = claim(connection)
    half = NOON + LEASE / 2

    kept = renew(connection, {held.id: held.token}, real=half)

    assert kept == {number}
    assert claim(connection, now=NOON + LEASE, real=NOON + LEASE) == []
    assert due_at(connection, number) == half + LEASE


def test_a_lease_that_ran_out_or_is_anothers_is_not_renewed(connection):
    one, two = add_host(connection, "a.example"), add_host(connection, "b.example")
    held = {host.id: host.token for host in claim(connection)}
    renew(connection, {two: held[two]}, real=NOON + SECOND)
    late = NOON + LEASE

    kept = renew(connection, held, real=late)
    with_wrong_token = renew(connection, {two: held[two] + 1}, real=late)

    assert kept == {two}
    assert with_wrong_token == set()
    assert [host.id for host in claim(connection, now=late, real=late)] == [one]


def test_a_host_given_back_is_due_with_the_first_of_its_work(connection):
    source_id, number = add_source(connection), add_host(connection)
    add_feed(connection, source_id, number, next_poll_at=NOON + 2 * HOUR)
    pages.make_pages_due(connection, [wanted(source_id, number, due_at=NOON + HOUR)])
    (held,) = claim(connection)

    due = hosts.release_host(connection, held, HostPace())

    assert due == due_at(connection, number) == NOON + HOUR


def test_feeds_go_before_what_a_host_that_made_room_has_left(connection):
    source_id, number = add_source(connection), add_host(connection)
    pages.make_pages_due(connection, [wanted(source_id, number, due_at=NOON)])
    pace = HostPace(next_request_at=NOON + SECOND)

    (held,) = claim(connection)
    left = hosts.release_host(connection, held, pace, behind=MINUTE)
    add_feed(connection, source_id, number, next_poll_at=NOON + 2 * SECOND)
    (again,) = claim(connection, now=NOON + HOUR, real=NOON + HOUR)
    fed = hosts.release_host(connection, again, pace, behind=MINUTE)

    assert (left, fed) == (NOON + SECOND + MINUTE, NOON + 2 * SECOND)


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (HostPace(), NOON),
        (HostPace(next_request_at=NOON + SECOND), NOON + SECOND),
        (HostPace(next_request_at=NOON + SECOND, backoff_until=NOON + DAY), NOON + DAY),
    ],
)
def test_a_host_is_not_due_before_it_may_be_asked(connection, pace, expected):
    source_id, number = add_source(connection), add_host(connection)
    add_feed(connection, source_id, number)
    (held,) = claim(connection)

    assert hosts.release_host(connection, held, pace) == expected


def test_stopped_feeds_and_pages_done_make_no_host_due(connection):
    source_id, number = add_source(connection), add_host(connection)
    feed_id = add_feed(connection, source_id, number)
    feeds.pause_feed(connection, feed_id, now=NOON)
    (held,) = claim(connection)

    assert hosts.release_host(connection, held, HostPace()) is None
    assert due_at(connection, number) is None
    assert hosts.next_due_at(connection, real_now=NOON) is None


def test_a_lost_lease_gives_nothing_back_and_stores_no_pace(connection):
    number = add_host(connection)
    (old,) = claim(connection)
    late = NOON + LEASE
    (new,) = claim(connection, now=late, real=late)
    pace = HostPace(backoff_until=NOON + DAY, failures=3, last_error="refused")

    released = hosts.release_host(connection, old, pace)
    stored_by_old, stored_by_new = (hosts.store_pace(connection, held, pace) for held in (old, new))
    tokens = hosts.lock_hosts(connection, [number])

    assert released is None
    assert (stored_by_old, stored_by_new) == (False, True)
    assert tokens == {number: new.token}


def test_pace_and_robots_are_there_for_the_next_who_claims(connection):
    add_host(connection)
    (held,) = claim(connection)
    pace = HostPace(
        next_request_at=NOON + SECOND, backoff_until=NOON + MINUTE, failures=2, last_error="reset"
    )
    hosts.store_robots(connection, held, robots="Disallow: /x", status=200, fetched_at=NOON)
    hosts.release_host(connection, held, pace)
    hosts.wake_hosts(connection, {held.id: NOON})

    (again,) = claim(connection)

    assert (again.robots, again.robots_status, again.robots_fetched_at) == (
        "Disallow: /x",
        200,
        NOON,
    )
    assert (again.next_request_at, again.backoff_until) == (NOON + SECOND, NOON + MINUTE)
    assert (again.failures, again.crashed) == (2, False)


def test_a_dead_workers_hosts_are_free_at_once_and_only_they(connection):
    for name in ("a.example", "b.example"):
        add_host(connection, name)
    (dead,) = claim(connection, batch=1, worker="m/dead")
    claim(connection, batch=1, worker="m/alive")

    holders = hosts.lease_holders(connection, real_now=NOON)
    voided = hosts.void_leases(connection, "m/dead", now=NOON, real_now=NOON)
    again = claim(connection, worker="m/other")

    assert sorted(holders) == ["m/alive", "m/dead"]
    assert voided == 1
    assert [(host.id, host.crashed) for host in again] == [(dead.id, True)]


def test_waking_never_puts_off(connection):
    soon, late = add_host(connection, "a.example"), add_host(connection, "b.example")
    (held,) = claim(connection, batch=1)
    hosts.release_host(connection, held, HostPace())
    hosts.wake_hosts(connection, {soon: NOON + HOUR, late: NOON + HOUR})
    hosts.wake_hosts(connection, {})

    assert (due_at(connection, soon), due_at(connection, late)) == (NOON + HOUR, NOON)
    assert hosts.next_due_at(connection, real_now=NOON) == NOON


def test_only_the_holder_of_the_lease_takes_feeds_and_pages(connection):
    source_id, number = add_source(connection), add_host(connection)
    add_feed(connection, source_id, number)
    pages.make_pages_due(connection, [wanted(source_id, number)])
    (old,) = claim(connection)
    late = NOON + LEASE
    (new,) = claim(connection, now=late, real=late)

    taken = [
        (take_feeds(connection, held, now=late), take_pages(connection, held, now=late))
        for held in (old, new)
    ]

    assert taken[0] == ([], [])
    assert [len(found) for found in taken[1]] == [1, 1]
