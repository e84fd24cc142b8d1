"""/live, /ready and /metrics, over real HTTP, from real processes and a real database."""

from __future__ import annotations

import json
import socket
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from ingest.pipeline.tally import (
    COMMIT_SECONDS,
    DELAY_SECONDS,
    FETCHES,
    MEASURES,
    RING_SECONDS,
    Sums,
    Tally,
)
from ingest.settings import Settings
from ingest.storage import trouble as troubles
from ingest.storage.trouble import Trouble
from tests.programs import Program, environment_for, wait_for
from tests.service import open_test_service
from tests.stored import NOON, add_feed, add_host, add_source
from workers.endpoint import Endpoint
from workers.figures import GAUGES, MOST_SERIES, Fleet, Processes, Totals
from workers.word import Word, parts_of, read_word, write_word


def ask(port, path):
    """Return status and text of a path."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def samples(text):
    """Return every sample by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def test_a_daemon_shows_what_its_processes_did(database, broker, desk, port):
    settings = {"KHABAR_METRICS_ADDRESS": f"127.0.0.1:{port}"}
    environment = environment_for(database, broker.broker_url, **settings)
    with Program(["-m", "workers"], environment):
        desk.publish()
        wait_for(desk.has_arrived)
        wait_for(lambda: ask(port, "/ready")[0] == 200)
        wait_for(
            lambda: samples(ask(port, "/metrics")[1]).get(("khabar_pages_total", "article")) == 1
        )

        live, (status, text) = ask(port, "/live"), ask(port, "/metrics")
        nothing = ask(port, "/")

    found = samples(text)
    assert (live[0], status, nothing[0]) == (200, 200, 404)
    assert found["khabar_fetches_total", "page", "ok"] == 1
    assert found["khabar_fetches_total", "feed", "ok"] >= 1
    assert found["khabar_entries_total",] == 1
    assert found["khabar_extract_seconds_count",] == 1
    assert found["khabar_commit_seconds_count",] >= 1
    assert found["khabar_ring_seconds_count",] == found["khabar_rings_total",] > 0
    assert found["khabar_tasks_total", "work"] > 0
    assert found["khabar_database_up",] == 1
    assert found["khabar_newest_change",] == 1
    assert found["khabar_feeds",] == 1
    assert found["khabar_processes",] == 1


def test_every_figure_says_what_it_means(database):
    registry = CollectorRegistry(auto_describe=False)
    for part in (Totals(), Fleet(Settings(database_url=database)), Processes(list)):
        registry.register(part)
    endpoint = Endpoint("127.0.0.1:0", registry, list, list)
    endpoint.open()
    try:
        text = ask(endpoint.port, "/metrics")[1]
    finally:
        endpoint.close()

    families = list(text_string_to_metric_families(text))

    assert len(families) >= len(MEASURES) + len(GAUGES)
    assert all(family.documentation.endswith(".") for family in families)
    assert all(family.name.startswith("khabar_") for family in families)


def test_without_a_database_it_says_so_and_counts_on(port):
    fleet = Fleet(Settings(database_url=f"postgresql://127.0.0.1:{port}/nobody"))

    names = {metric.name: metric.samples[0].value for metric in fleet.collect()}

    assert names == {"khabar_database_up": 0.0}
    assert fleet.look()[1].startswith("no database: ")


def test_what_waits_and_what_lags_is_shown(database):
    with open_test_service(database) as service, service.database.connection() as connection:
        number = add_feed(connection, add_source(connection), add_host(connection))
        late = service.clock.now().replace(year=2020)
        connection.execute("UPDATE ingest.feed SET next_poll_at = %s", (late,))
        connection.execute(
            "INSERT INTO ingest.page (host_id, source_id, url, url_key, due_at, added_at, priority)"
            " SELECT host_id, source_id, url, url, %s, added_at, 2 FROM ingest.feed WHERE id = %s",
            (late, number),
        )
        connection.execute("SELECT khabar.commit_cursor('reader', 0)")
        troubles.open_trouble(connection, Trouble(
            kind="stale", subject="x", sentence="s", cure="c", since=NOON
        ))  # fmt: skip

    figures, trouble = Fleet(Settings(database_url=database)).look()

    assert trouble is None
    assert (figures.feeds, figures.feeds_due, figures.feeds_overdue) == (1, 1, 1)
    assert figures.queue == {"fresh": 0.0, "recheck": 0.0, "backfill": 1.0}
    assert figures.oldest["backfill"] > 86_400
    assert figures.lag == {"reader": 0.0}
    assert figures.troubles == {"stale": 1.0}


def test_not_ready_is_503_with_the_reasons():
    endpoint = Endpoint("127.0.0.1:0", CollectorRegistry(), list, lambda: ["no database: away"])
    endpoint.open()
    try:
        status, text = ask(endpoint.port, "/ready")
    finally:
        endpoint.close()

    assert status == 503
    assert json.loads(text) == {"ok": False, "because": ["no database: away"]}


def test_an_address_that_is_taken_costs_the_figures_alone(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        endpoint = Endpoint(f"127.0.0.1:{port}", CollectorRegistry(), list, list)

        endpoint.open()

        assert endpoint.port is None


def test_off_listens_nowhere():
    endpoint = Endpoint("off", CollectorRegistry(), list, list)

    endpoint.open()

    assert endpoint.port is None


# ── sums ────────────────────────────────────────────────────────────────────────────────


def test_sums_of_many_processes_add_up():
    totals = Totals()
    for seconds in (0.002, 0.3, 99.0):
        tally = Tally()
        tally.observe(COMMIT_SECONDS, value=seconds)
        tally.add(FETCHES, "page", "ok")
        totals.add(tally.take())

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in totals.collect()
        for sample in metric.samples
    }

    assert found["khabar_fetches_total", "page", "ok"] == 3
    assert found["khabar_commit_seconds_count",] == 3
    assert found["khabar_commit_seconds_bucket", "0.0025"] == 1
    assert found["khabar_commit_seconds_bucket", "0.5"] == 2
    assert found["khabar_commit_seconds_bucket", "+Inf"] == 3
    assert found["khabar_commit_seconds_sum",] == pytest.approx(99.302)


def test_labels_are_bounded():
    totals = Totals()
    for number in range(MOST_SERIES + 50):
        tally = Tally()
        tally.observe(DELAY_SECONDS, f"source-{number}", value=1.0)
        totals.add(tally.take())

    counts = {
        sample.labels["source"]: sample.value
        for metric in totals.collect()
        for sample in metric.samples
        if sample.name == "khabar_delay_seconds_count"
    }

    assert len(counts) == MOST_SERIES + 1
    assert counts["other"] == 50


def test_what_could_not_be_told_is_told_later():
    tally = Tally()
    tally.add(FETCHES, "page", "ok")
    tally.observe(RING_SECONDS, value=0.1)
    taken = tally.take()
    tally.add(FETCHES, "page", "ok")

    tally.put_back(taken)

    held = tally.take()
    assert held.counts == {("fetches", ("page", "ok")): 2.0}
    assert held.spreads["ring_seconds", ()].total == 0.1
    assert tally.take() == Sums()


def test_sums_of_any_length_fit_datagrams():
    sums = Sums()
    for number in range(1000):
        sums.observe(DELAY_SECONDS, (f"source-{number}" * 5,), 1.0)
    word = Word(role="pool", pid=1, done=1, busy=None, still=0.0, memory=1)

    datagrams = [write_word(word, part) for part in parts_of(sums)]

    assert max(map(len, datagrams)) < 60_000
    together = Sums()
    for datagram in datagrams:
        together.update(read_word(datagram)[1])
    assert together == sums
