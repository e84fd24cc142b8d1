"""What the service manager hears."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.programs import Program, environment_for, wait_for
from workers.systemd import Systemd


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
