"""Leases: one holder, no commit without one, and a dead worker's are free at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import psutil
import pytest

from ingest.clock import Clock
from ingest.errors import LeaseLost
from ingest.pipeline.commit import commit_batch
from ingest.pipeline.leases import Leases, is_dead, lease_length, void_dead_leases, worker_name
from ingest.pipeline.outcomes import PageOutcome
from ingest.pipeline.service import Service
from ingest.pipeline.writer import Writer
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage.database import Database, measure_offset
from tests.service import open_test_service, rows, settings_for
from tests.stored import add_source, attempted, source, take_pages, wanted

HOSTS = 40
AHEAD = timedelta(hours=1)


@pytest.fixture
def service(database):
    with open_test_service(database) as running:
        yield running


def add_hosts(service, count=HOSTS):
    """Make hosts that all have a page due."""
    with service.database.connection() as connection:
        names = [f"h{number}.example" for number in range(count)]
        ids = hosts.ensure_hosts(connection, names)
        hosts.wake_hosts(connection, dict.fromkeys(ids.values(), service.clock.now()))
    return ids


def claim(service, worker="m/b/n/1/1.00", batch=HOSTS, lease=None):
    """Claim as a worker does."""
    real = service.clock.real()
    until = real + (lease_length(service) if lease is None else lease)
    with service.database.connection() as connection:
        return hosts.claim_due_hosts(
            connection,
            now=service.clock.now(),
            real_now=real,
            leased_until=until,
            due_again=service.clock.virtual(until),
            batch=batch,
            worker=worker,
        )


def test_workers_that_claim_at_once_never_hold_the_same_host(service):
    add_hosts(service)

    def claim_some(_):
        found = []
        while batch := claim(service, batch=3):
            found += batch
        return found

    with ThreadPoolExecutor(5) as pool:
        claimed = [host.id for found in pool.map(claim_some, range(5)) for host in found]

    assert len(claimed) == len(set(claimed)) == HOSTS


def test_a_host_whose_lease_ran_out_is_claimed_anew_with_another_token(service):
    add_hosts(service, 1)
    (first,) = claim(service, lease=timedelta(milliseconds=-1))

    (second,) = claim(service)

    assert (second.token, second.crashed) == (first.token + 1, True)


def test_a_lease_that_ran_out_is_not_renewed_even_if_nobody_took_it(service):
    add_hosts(service, 2)
    stale, *_ = claim(service, batch=1, lease=timedelta(milliseconds=-1))
    fresh = next(host for host in claim(service) if host.id != stale.id)

    with Leases(service) as leases:
        leases.hold(stale)
        leases.hold(fresh)
        leases.renew()

        leases.check(fresh, timedelta(seconds=1))
        with pytest.raises(LeaseLost, match="no longer ours"):
            leases.check(stale, timedelta())
        assert leases.hosts == 1


def test_leases_are_renewed_by_themselves_before_they_run_out(database):
    quick = {"lease": timedelta(seconds=0.5), "fetch_timeout": timedelta(seconds=0.1)}
    with open_test_service(database, **quick) as service:
        add_hosts(service, 1)
        (host,) = claim(service)
        with Leases(service) as leases:
            leases.hold(host)
            ends_at = host.leased_until + timedelta(seconds=0.3)
            while service.clock.real() < ends_at:
                leases.check(host, timedelta())
            assert claim(service) == []


def test_a_database_that_is_away_renews_nothing_and_harms_nothing(database):
    settings = settings_for(database)
    with Database("postgresql://khabar@127.0.0.1:1/none") as nowhere:
        service = Service(settings, nowhere, settings.clock)
        with Leases(service) as leases:
            leases.renew()  # holds none: asks nobody

            assert leases.hosts == 0


def test_a_request_is_not_begun_that_could_outlast_its_lease(service):
    add_hosts(service, 1)
    (host,) = claim(service)

    with Leases(service) as leases:
        leases.hold(host)
        leases.check(host, lease_length(service) - timedelta(seconds=1))
        with pytest.raises(LeaseLost):
            leases.check(host, lease_length(service) + timedelta(seconds=1))


@contextmanager
def sleeping_worker():
    """A process of ours that lives until the test kills it, and its worker's name."""
    code = (
        "from ingest.pipeline.leases import worker_name\n"
        "import time\n"
        "print(worker_name(), flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child, child.stdout.readline().strip()
        finally:
            child.kill()


def test_a_killed_workers_hosts_are_free_at_once(service):
    add_hosts(service, 3)
    with sleeping_worker() as (child, name):
        (theirs, *_) = claim(service, name, batch=2)
        (ours,) = claim(service, worker_name())
        assert void_dead_leases(service) == 0
        assert claim(service) == []

        child.kill()
        psutil.wait_procs([psutil.Process(child.pid)], timeout=10)

        assert is_dead(name)
        assert void_dead_leases(service) == 2
        again = claim(service)
    assert theirs.id in {host.id for host in again}
    assert ours.id not in {host.id for host in again}
    assert {host.crashed for host in again} == {True}


def test_nobody_of_another_machine_is_declared_dead():
    assert not is_dead("elsewhere/0badcafe/4026531836/1/1.00")
    assert not is_dead(worker_name())


def test_a_process_id_that_went_to_another_program_is_a_dead_worker():
    machine, pid, _ = worker_name().rsplit("/", 2)

    assert is_dead(f"{machine}/{pid}/1.00")


class WrongMachine(Clock):
    """The clock of a machine whose time is an hour ahead."""

    def real(self) -> datetime:
        return super().real() + AHEAD


def test_a_machine_whose_clock_is_wrong_follows_postgres(service):
    add_hosts(service, 1)
    with service.database.connection() as connection:
        offset = measure_offset(connection, WrongMachine().real())
    corrected = WrongMachine().corrected_by(offset)
    other = Service(service.settings, service.database, corrected)
    (host,) = claim(service)

    taken = claim(other)
    with Leases(other) as leases:
        leases.hold(host)
        leases.check(host, timedelta(seconds=1))

    assert taken == []
    assert abs(corrected.real() - service.clock.real()) < timedelta(seconds=2)


def outcome_for(service, host, **changes):
    """Take the host's page and return an outcome that says it was read."""
    with service.database.connection() as connection:
        now = service.clock.now()
        (page,) = take_pages(connection, host, now=now)
    row = attempted(page, last_outcome="read by a test", **changes)
    return PageOutcome(host=host, page=page, row=row, at=now, source=source())


def two_visits(service):
    """Return the outcomes of visits to two hosts, the first of which was claimed anew since."""
    with service.database.connection() as connection:
        source_id = add_source(connection)
    ids = add_hosts(service, 2)
    with service.database.connection() as connection:
        now = service.clock.now()
        pages.make_pages_due(
            connection,
            [wanted(source_id, host, f"{host}", due_at=now, added_at=now) for host in ids.values()],
        )
    stale, ours = claim(service, lease=timedelta(milliseconds=-1))
    found = [outcome_for(service, stale), outcome_for(service, ours)]
    with service.database.connection() as connection:  # another takes the first
        connection.execute(
            "UPDATE ingest.host SET lease_token = lease_token + 1 WHERE id = %s", [stale.id]
        )
    return found


def test_a_commit_with_a_lost_token_stores_nothing_while_its_neighbours_are_stored(service):
    stale, ours = two_visits(service)

    lost = commit_batch(service, [stale, ours])

    assert lost == {stale.host.id}
    assert stored_pages(service) == [ours.page.id]


def stored_pages(service):
    found = rows(service, "SELECT id FROM ingest.page WHERE last_outcome = 'read by a test'")
    return [row[0] for row in found]


def test_the_writer_tells_each_visit_whether_its_own_rows_were_stored(service):
    stale, ours = two_visits(service)

    async def write():
        async with Writer(service) as writer:
            told = [await writer.put(stale), await writer.put(ours)]
            return await asyncio.gather(*told, return_exceptions=True)

    first, second = asyncio.run(write())

    assert isinstance(first, LeaseLost)
    assert second is True
    assert stored_pages(service) == [ours.page.id]


def test_a_row_that_postgres_refuses_costs_its_neighbours_nothing(service):
    with service.database.connection() as connection:
        source_id = add_source(connection)
    ids = add_hosts(service, 2)
    with service.database.connection() as connection:
        now = service.clock.now()
        pages.make_pages_due(
            connection,
            [wanted(source_id, host, f"{host}", due_at=now, added_at=now) for host in ids.values()],
        )
    one, other = claim(service)
    bad = outcome_for(service, one, last_error="no\0text")
    good = outcome_for(service, other)

    async def write():
        async with Writer(service) as writer:
            told = [await writer.put(bad), await writer.put(good)]
            return await asyncio.gather(*told, return_exceptions=True)

    assert asyncio.run(write()) == [True, True]
    assert stored_pages(service) == [good.page.id]
    assert rows(
        service, "SELECT state, last_outcome FROM ingest.page WHERE id = %s", bad.page.id
    ) == [("failed", "unstorable")]
