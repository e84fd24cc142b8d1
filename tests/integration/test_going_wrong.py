"""docs/operating.md, "When things go wrong": what is not tried elsewhere, tried for real.

The table there names a test for each line; the last test here sees that each is there.
"""

from __future__ import annotations

import ast
import re
import shutil
import ssl
import threading
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from ingest.cli.status import read_status
from ingest.errors import DatabaseUnavailable
from ingest.pipeline.disk import Disk
from ingest.pipeline.upkeep import run_upkeep
from ingest.settings import Settings
from ingest.storage.database import Database
from tests.agency import feed, html, item, page
from tests.programs import set_read_only, wait_for
from tests.service import (
    changes,
    follow,
    open_test_service,
    pages,
    rows,
    settings_for,
    work,
)
from tests.web import Web
from workers.figures import Fleet

ROOT = Path(__file__).parents[2]
EXPIRED = ROOT / "tests" / "samples" / "tls" / "expired.pem"


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def publish(site, origin=None):
    """Let a site announce one item."""
    site.on("/feed", feed([item(origin or site.origin, 1)]))
    site.on("/1", html(page(1)))


# ── Postgres ────────────────────────────────────────────────────────────────────────────


DISK_FULL = """
CREATE FUNCTION ingest.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END
$$;
CREATE TRIGGER full_disk BEFORE INSERT ON ingest.revision EXECUTE FUNCTION ingest.full_disk();
"""


def run(database, statements):
    with psycopg.connect(database) as connection:
        connection.execute(statements)


def free_when_it_was_met(database, site):
    """Let the disk be full until an article could have been stored, and a while longer."""
    wait_for(lambda: "/1" in [request.path for request in site.requests])
    time.sleep(2)
    run(database, "DROP TRIGGER full_disk ON ingest.revision")


def test_a_full_disk_is_waited_for_and_loses_nothing(database, site):
    publish(site)
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        run(database, DISK_FULL)
        freed = threading.Thread(target=free_when_it_was_met, args=(database, site))
        freed.start()

        work(service, until=lambda: bool(changes(service)))

        freed.join()

        assert [row["kind"] for row in changes(service)] == ["new"]
        assert [one.state for one in pages(service)] == ["stored"]
    assert [request.path for request in site.requests].count("/1") == 1


def test_a_full_disk_is_named_with_its_cure(database):
    run(database, DISK_FULL.replace("ingest.revision", "ingest.consumer"))

    with (
        pytest.raises(DatabaseUnavailable) as caught,
        Database(database).connection() as connection,
    ):
        connection.execute("INSERT INTO ingest.consumer VALUES ('desk', 0, now())")

    assert str(caught.value) == (
        "the database has no room: could not extend file: No space left on device;"
        " free some space on its disk; `khabar db prune --raw 30d` makes room"
    )


def test_little_room_is_said_and_waited_for_before_postgres_stops(database, service_home, site):
    publish(site)
    free = [99_000_000]
    with open_test_service(database, home=service_home, disk_reserve=100_000_000) as service:
        service.disk = Disk(service.settings, free=lambda _: free[0])
        follow(service, site.url("/feed"))

        visited, lack = work(service), service.disk.lack()
        shown = read_status(service)["disk"]
        free[0] = 124_000_000
        still_lacking = service.disk.lack()
        free[0] = 125_000_000
        work(service, until=lambda: bool(changes(service)))

    assert visited == 0
    assert lack is not None
    assert re.fullmatch(
        r"only 99 MB are free at \S+/data: nothing new is taken up until 125 MB are", lack
    )
    assert shown == lack
    assert still_lacking is not None


def test_room_is_looked_at_where_our_own_postgres_lies_and_nowhere_else(database, service_home):
    more_than_there_is = shutil.disk_usage(service_home).total + 1
    ours = settings_for(database, home=service_home, disk_reserve=more_than_there_is)
    another_s = settings_for(
        "postgresql://db.example/khabar", home=service_home, disk_reserve=more_than_there_is
    )

    assert not Disk(ours).has_room()
    assert Disk(ours.model_copy(update={"disk_reserve": 0})).has_room()
    assert Disk(another_s).has_room()


def test_a_read_only_postgres_is_waited_for_and_said(database, site):
    publish(site)
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        set_read_only(database, "on")

        work(service)
        asked = len(site.requests)
        reason = Fleet(Settings(database_url=database)).look()[1]
        set_read_only(database, "off")
        work(service, until=lambda: bool(changes(service)))

    assert asked == 0
    assert reason == "no database: it takes no writes now"
    assert [request.path for request in site.requests].count("/1") == 1


# ── the broker ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def valkey(broker):
    with Redis(unix_socket_path=broker.broker_url.removeprefix("redis+socket://")) as client:
        yield client


@pytest.mark.usefixtures("daemon")
def test_an_emptied_broker_costs_nothing(desk, valkey):
    desk.publish()
    wait_for(desk.has_arrived)

    for _ in range(5):
        valkey.flushall()
        desk.publish()
        wait_for(desk.has_arrived)


@pytest.mark.usefixtures("daemon")
def test_a_full_broker_costs_only_time(desk, valkey):
    desk.publish()
    wait_for(desk.has_arrived)

    valkey.config_set("maxmemory", "1")
    desk.publish()
    wait_for(lambda: valkey.info("stats")["total_error_replies"] > 3)
    valkey.config_set("maxmemory", "256mb")

    wait_for(desk.has_arrived)


# ── the clock ───────────────────────────────────────────────────────────────────────────


def test_a_clock_that_is_set_back_is_not_waited_for(database, site):
    publish(site)
    now = Settings().clock.now()
    ahead = {"clock_epoch": now - timedelta(days=1), "clock_speed": 2.0}  # a day ahead
    with open_test_service(database, **ahead) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        run_upkeep(service)
    asked = len(site.requests)

    with open_test_service(database) as service:
        work(service)
        waited = len(site.requests)
        assert run_upkeep(service)
        work(service, until=lambda: len(site.requests) > asked)

    assert waited == asked


# ── the web ─────────────────────────────────────────────────────────────────────────────


def test_names_that_cannot_be_found_are_asked_for_again(database, site):
    publish(site, "http://agency.example")
    with open_test_service(database) as service:
        number = follow(service, "http://agency.example/feed")
        work(service)
        state = rows(service, "SELECT last_outcome, last_error, failures FROM ingest.feed")
        rows(service, "UPDATE ingest.feed SET next_poll_at = added_at RETURNING 1")
        rows(service, "UPDATE ingest.host SET due_at = '2020-01-01', backoff_until = NULL,"
                      " next_request_at = NULL RETURNING 1")  # fmt: skip
    routes = f"http://agency.example={site.origin}"
    with open_test_service(database, connect_to=routes) as service:
        work(service, until=lambda: bool(changes(service)))

    assert number
    assert state[0][0] == "unreachable"
    assert state[0][2] == 1
    assert re.search(r"agency\.example/feed: .*name", state[0][1], re.IGNORECASE)


def test_an_expired_certificate_is_named_and_asked_for_again(database, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(EXPIRED))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(EXPIRED)
    with Web() as web:
        site = web.new_host(tls=served)
        publish(site, "https://agency.example")
        routes = f"https://agency.example={site.origin}"
        with open_test_service(database, connect_to=routes) as service:
            follow(service, "https://agency.example/feed")
            work(service)
            (state,) = rows(
                service, "SELECT last_outcome, last_error, retired_at, paused_at FROM ingest.feed"
            )

    assert state[0] == "unreachable"
    assert "certificate has expired" in state[1]
    assert state[2:] == (None, None)


# ── the table ───────────────────────────────────────────────────────────────────────────


def test_every_line_of_the_table_names_a_test_that_is_there():
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    table = text.partition("## When things go wrong")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    named = {line: re.findall(r"`(test_\w+)`", line) for line in lines}

    assert len(lines) >= 20
    assert [line for line, tests in named.items() if not tests] == []
    assert {test for tests in named.values() for test in tests} - there == set()
