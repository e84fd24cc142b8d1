"""A machine without a network blames nobody, says so once, and catches up within minutes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ingest.clock import Clock
from ingest.fetch.folder import is_folder
from ingest.pipeline.network import (
    LONGEST_REST,
    NO_NETWORK,
    SHORTEST_REST,
    Network,
    needs_network,
    rest,
)
from ingest.pipeline.troubles import look_for_troubles
from ingest.settings import Settings
from ingest.storage import status
from ingest.storage import trouble as troubles
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service, rows, work
from tests.stored import DAY, HOUR, MINUTE, add_feed, add_host, add_source
from tests.web import Web

SPEED = 600  # virtual seconds in a real one: the longest rest is 0.3 s
AGENCIES = 6


class Agencies:
    """Agencies whose names nobody finds, until the network is there."""

    def __init__(self, web):
        self.web = web
        self.sites = [web.new_host() for _ in range(AGENCIES)]
        self.names = [f"http://agency{number}.example" for number in range(AGENCIES)]
        for number, (site, name) in enumerate(zip(self.sites, self.names, strict=True)):
            site.on("/feed", feed([item(name, number)]))
            site.on(f"/{number}", html(page(number)))

    def appear(self, service):
        """Let the network be there from the next ring of the bell on."""
        pairs = zip(self.names, self.sites, strict=True)
        routes = ",".join(f"{name}={site.origin}" for name, site in pairs)
        service.settings = service.settings.model_copy(update={"connect_to": routes})


@pytest.fixture
def agencies():
    with Web() as web:
        yield Agencies(web)


@pytest.fixture
def fast(database, agencies):
    """A service that follows them in fast time, and whose network has been away for long."""
    with open_test_service(
        database, clock_epoch=Settings().clock.now(), clock_speed=SPEED
    ) as service:
        service.network = Network(service.clock, silent_seconds=0)
        for name in agencies.names:
            follow(service, f"{name}/feed")
        work(service, until=lambda: NO_NETWORK in open_kinds(service))
        yield service


def feeds(service):
    return rows(service, "SELECT id, failures FROM ingest.feed WHERE failures > 0 ORDER BY id")


def open_kinds(service):
    found = rows(service, "SELECT kind FROM ingest.trouble WHERE ended_at IS NULL")
    return [row[0] for row in found]


def resting_till(service):
    """Return until when the hosts rest that do so shortest and longest."""
    return rows(service, "SELECT min(backoff_until), max(backoff_until) FROM ingest.host")[0]


def test_nobody_is_blamed_while_our_own_network_is_away(fast):
    failures = "SELECT failures FROM ingest.host ORDER BY id"
    before, hosts_before, rested = feeds(fast), rows(fast, failures), resting_till(fast)[1]

    work(fast, until=lambda: resting_till(fast)[0] > rested)  # each was up at least once more

    (sentence, cure), *others = rows(fast, "SELECT sentence, cure FROM ingest.trouble")
    assert feeds(fast) == before
    assert rows(fast, failures) == hosts_before
    assert others == []
    assert " reaches nobody since " in sentence
    assert cure.startswith("mend its network or its DNS")


def test_what_lies_on_this_machine_is_asked_while_the_network_is_away(fast, agencies):
    away_since = fast.network.away_since
    here = agencies.web.new_host()
    here.on("/feed", feed([item(here.origin, 1)]))
    here.on("/1", html(page(1)))
    follow(fast, f"{here.origin}/feed")

    work(fast, until=lambda: bool(changes(fast)))

    assert fast.network.away_since == away_since
    assert NO_NETWORK in open_kinds(fast)


@pytest.mark.parametrize(
    ("host", "needs"),
    [
        ("agency.example", True),
        ("localhost.example:8080", True),
        ("127.example", True),
        ("192.0.2.7", True),
        ("[2001:db8::1]:8080", True),
        ("127.0.0.1:8790", False),
        ("127.9.9.9", False),
        ("[::1]:8790", False),
        ("localhost:8790", False),
        ("feeds.localhost", False),
        ("file:///srv/wire", False),
    ],
)
def test_what_needs_a_network(host, needs, service):
    with service.database.connection() as connection:
        kind = "folder" if is_folder(host) else "feed"
        add_feed(connection, add_source(connection), add_host(connection, host))
        connection.execute("UPDATE ingest.feed SET last_ok_at = now()")
        connection.execute("UPDATE ingest.source SET kind = %s", (kind,))
        last = troubles.last_answer(connection)

    assert needs_network(host) == needs
    assert (last is not None) == needs


def test_everybody_is_asked_within_minutes_of_the_networks_return(fast, agencies):
    latest = rows(fast, "SELECT max(due_at) FROM ingest.host")[0][0]
    wait = latest - fast.clock.now()

    agencies.appear(fast)
    work(fast, until=lambda: len(changes(fast)) == AGENCIES)
    work(fast, until=lambda: open_kinds(fast) == [])

    assert feeds(fast) == []
    assert rows(fast, "SELECT max(failures) FROM ingest.host") == [(0,)]
    assert wait < LONGEST_REST


def test_a_feed_that_was_asked_while_the_network_was_away_waits_for_its_floor(database, agencies):
    floor = timedelta(minutes=10)
    with open_test_service(database, poll_floor=floor) as service:
        service.network = Network(service.clock, silent_seconds=0)
        for agency in ("one", "two", "three"):
            service.network.silent(agency)
        follow(service, f"{agencies.names[0]}/feed")
        began = service.clock.now()
        resting = "SELECT due_at, failures FROM ingest.host WHERE backoff_until IS NOT NULL"

        work(service, until=lambda: bool(rows(service, resting)))

        ((due_at, failures),) = rows(service, resting)
    assert due_at >= began + floor
    assert failures == 0


# ── what one process knows ──────────────────────────────────────────────────────────────


def lost(clock):
    """Return what a process knows whose agencies have all fallen silent."""
    network = Network(clock, silent_seconds=0)
    for agency in ("one", "two", "three"):
        network.silent(agency)
    return network


def test_while_the_network_is_away_one_is_tried_now_and_then():
    network = lost(Clock())

    tried = [network.may_try() for _ in range(3)]
    network.answered()

    assert tried == [True, False, False]
    assert network.may_try()


def test_three_silent_agencies_are_no_sign_where_somebody_has_just_answered():
    network = Network(Clock())

    assert not any(network.silent(agency) for agency in ("one", "two", "three", "four"))


def test_one_agency_that_is_silent_again_and_again_says_nothing_of_the_network():
    network = Network(Clock(), silent_seconds=0)

    assert not any(network.silent("wire") for _ in range(100))


def test_agencies_that_have_been_ill_for_long_say_nothing_of_the_network():
    network = Network(Clock(), silent_seconds=0)

    assert not any(network.silent(agency, is_ill=True) for agency in ("one", "two", "three"))
    assert not any(network.silent(agency) for agency in ("four", "five"))
    assert network.silent("six")
    assert network.silent("one", is_ill=True)


def test_an_answer_in_between_says_that_the_network_is_there():
    network = Network(Clock(), silent_seconds=0)
    network.silent("one")
    network.silent("two")
    network.answered()

    assert not network.silent("three")
    assert network.away_since is None


def test_three_silent_agencies_mean_the_network_till_somebody_answers():
    network = Network(Clock(), silent_seconds=0)

    blamed = [network.silent(agency) for agency in ("one", "two", "three", "one")]
    network.answered()

    assert blamed == [False, False, True, True]
    assert network.away_since is None


def test_rests_are_spread_over_two_minutes():
    waits = [rest(random.Random(seed)) for seed in range(200)]

    assert SHORTEST_REST <= min(waits) < SHORTEST_REST + MINUTE / 4
    assert LONGEST_REST - MINUTE / 4 < max(waits) <= LONGEST_REST


# ── what the machine's processes, and upkeep, know ──────────────────────────────────────


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


def test_a_process_hears_from_another_of_its_machine(service):
    first, other, third = lost(service.clock), Network(service.clock), Network(service.clock)
    first.share(service)
    other.share(service)
    heard = other.away_since

    third.answered()
    third.share(service)
    first._look_at = 0.0
    first.share(service)

    assert heard is not None
    assert abs(heard - service.clock.now()) < MINUTE
    assert first.away_since is None


def fail(service, *, answered, source="wire"):
    with service.database.connection() as connection:
        source_id, host_id = add_source(connection, source), add_host(connection, source)
        number = add_feed(connection, source_id, host_id, source)
        connection.execute(
            "UPDATE ingest.feed SET failures = 3, last_ok_at = %s, last_error = 'no name'"
            " WHERE id = %s",
            (answered, number),
        )


def away_for(service, wait, *, told=timedelta()):
    now = service.clock.now()
    with service.database.connection() as connection:
        since = (now - wait).timestamp()
        status.set_fleet_number(connection, "network.away box", since, at=now - told)


def look(service):
    return [found.kind for found in look_for_troubles(service, service.clock.now())]


def test_what_follows_from_our_own_network_is_held_back(service):
    fail(service, answered=service.clock.now() - 2 * DAY)
    before = look(service)
    away_for(service, 2 * DAY - HOUR)
    fail(service, answered=service.clock.now() - 2 * DAY, source="other")

    assert before == ["feed-fails"]
    assert look(service) == [NO_NETWORK]
    assert sorted(open_kinds(service)) == ["feed-fails", NO_NETWORK]  # it was there before


def test_where_another_machine_reaches_agencies_their_failures_count(service):
    fail(service, answered=service.clock.now() - 2 * DAY)
    fail(service, answered=service.clock.now() - HOUR, source="other")
    away_for(service, 2 * HOUR)

    assert look(service) == [NO_NETWORK, "feed-fails"]


def test_for_an_hour_after_its_return_agencies_are_given_time(service):
    fail(service, answered=service.clock.now() - 2 * DAY)
    away_for(service, 2 * DAY - HOUR)
    look(service)
    away_for(service, 2 * DAY, told=5 * MINUTE)  # nobody says so any more
    soon = look(service)
    rows(service, "UPDATE ingest.trouble SET ended_at = ended_at - interval '2 h' RETURNING 1")

    assert soon == []
    assert look(service) == ["feed-fails"]


def test_a_network_that_is_away_for_a_moment_is_no_trouble(service):
    away_for(service, 4 * MINUTE)

    assert look(service) == []
