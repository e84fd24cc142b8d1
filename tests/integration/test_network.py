"""A machine without a network blames nobody, says so once, and catches up within minutes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ingest.clock import Clock
from ingest.pipeline.network import (
    LONGEST_REST,
    NO_NETWORK,
    SHORTEST_REST,
    SILENT_AGENCIES,
    Network,
    rest,
)
from ingest.pipeline.troubles import look_for_troubles
from ingest.settings import Settings
from ingest.storage import status
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service, rows, work
from tests.stored import DAY, HOUR, MINUTE, add_feed, add_host, add_source
from tests.web import Answer, Web

SPEED = 600  # virtual seconds in a real one: the longest rest is 0.3 s
AGENCIES = 6


class Wire:
    """Agencies whose servers all answer, or all end the connection."""

    def __init__(self, web):
        self.is_cut = True
        self.sites = [web.new_host() for _ in range(AGENCIES)]
        for number, site in enumerate(self.sites):
            self._serve(site, "/feed", feed([item(site.origin, number)]))
            self._serve(site, f"/{number}", html(page(number)))
            self._serve(site, "/robots.txt", Answer(status=404))

    def _serve(self, site, path, answer):
        site.on(path, lambda _: Answer(raw=b"", ending="reset") if self.is_cut else answer)


@pytest.fixture
def wire():
    with Web() as web:
        yield Wire(web)


def open_fast_service(database):
    return open_test_service(database, clock_epoch=Settings().clock.now(), clock_speed=SPEED)


def feeds(service):
    return rows(service, "SELECT failures, last_outcome FROM ingest.feed WHERE failures > 0")


def open_kinds(service):
    found = rows(service, "SELECT kind FROM ingest.trouble WHERE ended_at IS NULL")
    return [row[0] for row in found]


def test_nobody_is_blamed_while_our_own_network_is_away(database, wire):
    with open_fast_service(database) as service:
        for site in wire.sites:
            follow(service, site.url("/feed"))
        work(service, until=lambda: NO_NETWORK in open_kinds(service))

        failed = feeds(service)
        (sentence, cure), *others = rows(service, "SELECT sentence, cure FROM ingest.trouble")
        backing_off = rows(service, "SELECT max(failures) FROM ingest.host")

    assert len(failed) < SILENT_AGENCIES
    assert {failures for failures, _ in failed} <= {1}
    assert backing_off[0][0] <= 1
    assert others == []
    assert " reaches nobody since " in sentence
    assert cure.startswith("mend its network or its DNS")


def test_everybody_is_asked_within_minutes_of_the_networks_return(database, wire):
    with open_fast_service(database) as service:
        for site in wire.sites:
            follow(service, site.url("/feed"))
        work(service, until=lambda: NO_NETWORK in open_kinds(service))
        latest = rows(service, "SELECT max(due_at) FROM ingest.host")[0][0]
        wait = latest - service.clock.now()

        wire.is_cut = False
        work(service, until=lambda: len(changes(service)) == AGENCIES)
        work(service, until=lambda: open_kinds(service) == [])

        assert feeds(service) == []
        assert rows(service, "SELECT max(failures) FROM ingest.host") == [(0,)]
    assert wait < LONGEST_REST


def test_while_the_network_is_away_hosts_are_tried_one_by_one(database, wire):
    with open_fast_service(database) as service:
        for site in wire.sites:
            follow(service, site.url("/feed"))
        work(service, until=lambda: NO_NETWORK in open_kinds(service))
        before, began = sum(len(site.requests) for site in wire.sites), service.clock.now()

        def asked():
            return sum(len(site.requests) for site in wire.sites) - before

        work(service, until=lambda: asked() >= 5)

        minutes = (service.clock.now() - began) / MINUTE
        assert asked() <= 6 * minutes + 1  # once in ten seconds


# ── what one process knows ──────────────────────────────────────────────────────────────


def test_one_agency_that_is_silent_again_and_again_says_nothing_of_the_network():
    network = Network(Clock())

    assert not any(network.silent("wire") for _ in range(100))


def test_agencies_that_have_been_ill_for_long_say_nothing_of_the_network():
    network = Network(Clock())

    assert not any(network.silent(agency, is_ill=True) for agency in ("one", "two", "three"))
    assert not any(network.silent(agency) for agency in ("four", "five"))
    assert network.silent("six")
    assert network.silent("one", is_ill=True)


def test_an_answer_in_between_says_that_the_network_is_there():
    network = Network(Clock())
    network.silent("one")
    network.silent("two")
    network.answered()

    assert not network.silent("three")
    assert network.away_since is None


def test_three_silent_agencies_in_a_row_mean_the_network_till_somebody_answers():
    network = Network(Clock())

    blamed = [network.silent(agency) for agency in ("one", "two", "three", "one")]
    tried = [network.may_try() for _ in range(3)]
    network.answered()

    assert blamed == [False, False, True, True]
    assert tried == [True, False, False]
    assert network.may_try()


def test_rests_are_spread_over_two_minutes():
    waits = [rest(random.Random(seed)) for seed in range(200)]

    assert SHORTEST_REST <= min(waits) < SHORTEST_REST + MINUTE / 4
    assert LONGEST_REST - MINUTE / 4 < max(waits) <= LONGEST_REST


# ── what the machine's processes, and upkeep, know ──────────────────────────────────────


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


def lose_network(service):
    """Return what a process knows whose three agencies were silent, and that it was told."""
    network = Network(service.clock)
    for agency in ("one", "two", "three"):
        network.silent(agency)
    network.share(service)
    return network


def test_a_process_hears_from_another_of_its_machine(service):
    lost, other, third = lose_network(service), Network(service.clock), Network(service.clock)
    other.share(service)
    heard = other.away_since

    third.answered()
    third.share(service)
    lost._look_at = 0.0
    lost.share(service)

    assert heard is not None
    assert abs(heard - service.clock.now()) < MINUTE
    assert lost.away_since is None


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
