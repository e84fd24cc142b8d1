"""`python -m workers` as a program: what it keeps alive, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from ingest.embedded import open_services, revive_services
from tests.programs import PATIENCE, Program, environment_for, wait_for
from tests.service import changes
from tests.web import Answer


def test_killed_children_are_replaced_and_nothing_is_lost(desk, daemon):
    for role in ("worker", "beat", "pool"):
        desk.publish()
        wait_for(desk.has_arrived)
        victim = wait_for(lambda role=role: daemon.find(role))
        below = victim.children()
        assert len(below) == (1 if role == "worker" else 0)

        victim.kill()
        desk.publish()
        wait_for(desk.has_arrived)

        assert wait_for(lambda role=role: daemon.find(role)).pid != victim.pid
        assert not psutil.wait_procs(below, timeout=PATIENCE)[1]  # a worker's pool went with it
    assert [row["kind"] for row in changes(desk.service)] == ["new"] * 6


def test_sigterm_ends_it_within_ten_seconds_in_the_middle_of_a_visit(database, broker, desk):
    environment = environment_for(database, broker.broker_url, KHABAR_FETCH_TIMEOUT="60")
    with Program(["-m", "workers"], environment) as daemon:
        desk.publish(Answer(ending="silence"))
        wait_for(lambda: desk.site.asked("/1"))
        family = daemon.family()

        status, seconds = daemon.end()

        assert (status, seconds < 10) == (0, True)
        assert not psutil.wait_procs(family, timeout=1)[1]
    with desk.service.database.connection() as connection:
        held = connection.execute("SELECT 1 FROM ingest.host WHERE leased_until IS NOT NULL")
        assert held.fetchall() == []


def test_when_the_daemon_is_killed_its_children_end(desk, daemon):
    desk.publish(Answer(ending="silence"))
    wait_for(lambda: desk.site.asked("/1"))
    family = daemon.family()
    assert len(family) == 3

    daemon.process.kill()

    assert not psutil.wait_procs(family, timeout=10)[1]


def test_a_broker_that_comes_late_is_waited_for_and_ctrl_c_ends_it(database, desk, home):
    with open_services(home, postgres=False) as services:
        broker_url = services.broker_url
    with Program(["-m", "workers"], environment_for(database, broker_url)) as daemon:
        wait_for(lambda: daemon.find("worker") and daemon.find("beat"))
        time.sleep(1)  # let both find nobody there
        with open_services(home, postgres=False):
            desk.publish()
            wait_for(desk.has_arrived)

            daemon.process.send_signal(signal.SIGINT)

            assert daemon.process.wait(PATIENCE) == 0


@pytest.mark.usefixtures("daemon")
def test_a_broker_that_dies_in_between_costs_only_time(desk, broker, home):
    desk.publish()
    wait_for(desk.has_arrived)
    server = next(one for one in psutil.process_iter() if is_valkey(one, home))

    server.kill()
    psutil.wait_procs([server], timeout=PATIENCE)
    desk.publish()
    assert revive_services(broker) == ("Valkey",)
    wait_for(desk.has_arrived)

    desk.publish()
    wait_for(desk.has_arrived)


def is_valkey(process, home):
    try:
        words = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return bool(words) and "valkey" in words[0] and str(home) in " ".join(words)


def test_without_a_broker_it_still_ends_when_told(database, home):
    environment = environment_for(database, f"redis+socket://{home}/nobody")
    with Program(["-m", "workers"], environment) as daemon:
        wait_for(lambda: daemon.find("worker") and daemon.find("beat"))
        time.sleep(1)

        status, seconds = daemon.end()

    assert (status, seconds < 10) == (0, True)


def test_plain_celery_runs_worker_and_beat_one_by_one(database, broker, desk):
    environment = environment_for(database, broker.broker_url)
    celery = ["-m", "celery", "-q", "-A", "workers.app"]
    with (
        Program([*celery, "worker", "--loglevel=error"], environment) as worker,
        Program([*celery, "beat", "--loglevel=error"], environment) as beat,
    ):
        desk.publish()
        wait_for(desk.has_arrived)

        ends = [worker.end()[0], beat.end()[0]]

    assert ends == [0, 0]


def check(broker_url, *arguments):
    environment = os.environ | {"KHABAR_BROKER_URL": broker_url}
    return subprocess.run(
        [sys.executable, "-m", "workers", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_check_says_whether_the_broker_answers(valkey_url, home):
    there, away = check(valkey_url, "check"), check(f"redis+socket://{home}/nobody", "check")

    assert (there.returncode, there.stderr) == (0, "")
    assert away.returncode == 3
    assert away.stderr.startswith("khabar: no broker: ")
    assert away.stderr.count("\n") == 1


def test_a_setting_that_is_nonsense_is_one_sentence():
    done = check("nonsense")

    assert done.returncode == 2
    assert done.stderr == "khabar: KHABAR_BROKER_URL: write redis://host:6379/0\n"


def test_a_process_that_has_grown_is_replaced(database, broker, desk):
    environment = environment_for(
        database, broker.broker_url, KHABAR_PROCESS_MAX_BYTES="90000000", KHABAR_TASK="0.5"
    )
    with Program(["-m", "workers"], environment) as daemon:
        seen = set()
        for _ in range(3):
            desk.publish()
            wait_for(desk.has_arrived)
            seen.add(wait_for(lambda: daemon.find("pool")).pid)
            wait_for(lambda: (now := daemon.find("pool")) and now.pid not in seen)

    assert [row["kind"] for row in changes(desk.service)] == ["new"] * 3
