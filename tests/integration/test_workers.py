"""`python -m workers` as a program: what it keeps alive, and how it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from ingest.embedded import open_services, revive_services
from tests.agency import feed, html, item, page
from tests.service import changes, follow, open_test_service
from tests.web import Answer, Web

PATIENCE = 60.0


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


@pytest.fixture
def home(quick_folder):
    """A home for a Valkey of a test's own, to be killed; short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-w-", dir=quick_folder))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broker(home):
    with open_services(home, postgres=False) as services:
        yield services


class Program:
    """A program of ours that runs beside the test, and what it started."""

    def __init__(self, arguments, environment):
        self.process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, start_new_session=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        family = self.family()
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for one in psutil.wait_procs(family, timeout=PATIENCE)[1]:
            one.kill()

    def family(self):
        """Return the processes below it."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def find(self, role):
        """Return the process of a role, or None: beat, worker, or one of the worker's pool."""
        found = [one for one in self.family() if is_role(one, "worker" if role == "pool" else role)]
        below = {child.pid for one in found for child in one.children()}
        wanted = [one for one in found if (one.pid in below) == (role == "pool")]
        return wanted[0] if wanted else None

    def end(self):
        """Tell it to end; return its status and the seconds that took."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(PATIENCE), time.monotonic() - began


def is_role(process, role):
    try:
        return role in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def wait_for(is_so, seconds=PATIENCE):
    ends_at = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < ends_at, "what the test waits for did not come"
        time.sleep(0.05)
    return found


def environment_for(database, broker_url, **settings):
    return os.environ | {
        "KHABAR_DATABASE_URL": database,
        "KHABAR_BROKER_URL": broker_url,
        "KHABAR_ALLOW_LOOPBACK": "1",
        "KHABAR_PROCESSES": "1",
        "KHABAR_TICK": "0.2",
        "KHABAR_TASK": "2",
        "KHABAR_REQUEST_GAP": "0",
        "KHABAR_POLL_FLOOR": "0.5",
        "KHABAR_POLL_CEILING": "1",
        "KHABAR_FETCH_TIMEOUT": "3",
        "KHABAR_LOG": "error",
        **settings,
    }


class Desk:
    """An agency that publishes when the test says so, and what became of its items."""

    def __init__(self, site, service):
        self.site, self.service, self.published = site, service, 0
        site.on("/feed", lambda _: feed([item(site.origin, n) for n in self._numbers()]))
        follow(service, site.url("/feed"))

    def _numbers(self):
        return range(self.published, 0, -1)

    def publish(self, answer=None):
        """Publish another item."""
        number = self.published + 1
        self.site.on(f"/{number}", answer or html(page(number)))
        self.published = number

    def has_arrived(self):
        """Return whether every item is there."""
        return {row["url"] for row in changes(self.service)} == {
            self.site.url(f"/{number}") for number in self._numbers()
        }


@pytest.fixture
def desk(database, site):
    with open_test_service(database) as service:
        yield Desk(site, service)


@pytest.fixture
def daemon(database, broker):
    with Program(["-m", "workers"], environment_for(database, broker.broker_url)) as program:
        yield program


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
