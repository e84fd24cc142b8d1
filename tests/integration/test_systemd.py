"""What the service manager hears."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from ingest.pipeline.systemd import Systemd
from tests.programs import Program, environment_for, wait_for


@pytest.fixture
def manager(home):
    """A socket such as systemd gives, and what came over it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(home / "notify"))
        listening.setblocking(False)
        heard = []

        def listen():
            try:
                while True:
                    heard.extend(listening.recv(4096).decode().split("\n"))
            except BlockingIOError:
                return heard

        yield home / "notify", listen


def test_it_is_told_that_we_run_how_and_that_we_end(database, broker, manager):
    address, listen = manager
    environment = environment_for(database, broker.broker_url, NOTIFY_SOCKET=str(address))
    with Program(["-m", "workers"], environment) as daemon:
        wait_for(lambda: listen().count("WATCHDOG=1") > 1)
        heard = list(listen())
        daemon.end()

    assert heard[0] == "READY=1"
    assert any(line.startswith("STATUS=") for line in heard)
    assert listen()[-2:] == ["STOPPING=1", "STATUS=ending"]


# systemd names the process it started, which only that process's own number can do.
AS_SYSTEMD = """
import os, sys
os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "ingest", "up", "--no-declared", "--no-articles"])
"""


@pytest.fixture
def up(database, broker, home, manager):
    """A `khabar up` that systemd watches, once its daemon has said that it runs."""
    address, listen = manager
    environment = environment_for(
        database, broker.broker_url, NOTIFY_SOCKET=str(address), KHABAR_HOME=str(home)
    )
    with Program(["-c", AS_SYSTEMD], environment) as program:
        wait_for(lambda: {"READY=1", "WATCHDOG=1"} <= set(listen()))
        yield program


def test_an_up_that_hangs_is_not_kept_by_its_daemon(up, manager):
    _, listen = manager
    psutil.Process(up.process.pid).suspend()
    wait_for(lambda: psutil.Process(up.process.pid).status() == psutil.STATUS_STOPPED)
    listen().clear()

    wait_for(lambda: listen().count("READY=1") > 2)  # its daemon goes on, and says so each second

    assert "WATCHDOG=1" not in listen()
    psutil.Process(up.process.pid).resume()
    wait_for(lambda: "WATCHDOG=1" in listen())


def test_a_daemon_that_ends_alone_ends_nothing(up, manager):
    _, listen = manager
    (daemon,) = psutil.Process(up.process.pid).children()
    listen().clear()

    os.kill(daemon.pid, signal.SIGTERM)
    wait_for(lambda: "READY=1" in listen() and not daemon.is_running())

    assert "STOPPING=1" not in listen()
    assert up.end()[0] == 0
    assert "STOPPING=1" in listen()


def test_reasons_are_one_line(manager):
    address, listen = manager
    systemd = Systemd({"NOTIFY_SOCKET": str(address)})

    systemd.status(["no database:\nis it running?", "beat has not begun"], now=0.0)

    assert listen() == ["STATUS=no database: is it running?; beat has not begun"]
    assert not systemd.wants_status(1.0)
    assert systemd.wants_status(11.0)


def test_where_nobody_listens_nothing_is_told(tmp_path):
    assert not Systemd({}).wants_status(1000.0)
    Systemd({}).alive()
    Systemd({"NOTIFY_SOCKET": str(Path(tmp_path) / "gone")}).alive()
