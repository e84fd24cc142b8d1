"""`khabar up` as a program of its own, and ways to hurt it.

with Running(home, KHABAR_CLOCK_SPEED="60") as service:
    service.khabar("feed", "add", url)
    service.kill("beat")                 # SIGKILL, by pid, of a child of ours
    rows = service.changes()
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Self

import psutil

from ingest.embedded import find_running
from ingest.errors import DatabaseUnavailable
from ingest.storage.change import changes_after
from ingest.storage.database import connect
from tests.acceptance.wires import Wire

PATIENCE = 60.0
ROLES = {
    "beat": ("-A workers.app beat",),
    "worker": ("-A workers.app worker",),
    "daemon": ("python", " -m workers "),
    "postgres": ("postgres", "-D"),
    "valkey": ("valkey", "unixsocket"),
}


@contextmanager
def new_home(name: str) -> Iterator[Path]:
    """Give a folder that root's servers can reach, short enough for a socket; then it goes."""
    folder = Path(tempfile.mkdtemp(prefix=f"khabar-{name}-"))
    folder.chmod(0o711)
    (folder / "home").mkdir(mode=0o711)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Running:
    """One run of the service on one KHABAR_HOME."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.environment = os.environ | {
            "KHABAR_HOME": str(home),
            "KHABAR_ALLOW_LOOPBACK": "1",
            "KHABAR_CONTACT": "https://tests.example/contact",
            "KHABAR_LOG": "warning",
            "KHABAR_FETCH_TIMEOUT": "3",
            "KHABAR_LEASE": "5",
            "KHABAR_REQUEST_GAP": "0.1",
            "KHABAR_POLL_FLOOR": "1",
            "KHABAR_METRICS_ADDRESS": "off",
            **settings,
        }
        self._log: BinaryIO | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        if self._log is not None:
            self._log.close()

    def start(self) -> None:
        """Start the service and wait until its workers run."""
        self._log = self._log or (self.home.parent / f"{self.home.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingest", "up", "--no-declared", "--no-articles"],
            env=self.environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.wait_for(lambda: bool(self.find("beat")) and bool(self.find("worker")))

    def stop(self) -> float:
        """End the service as an operator does; return how long that took."""
        process = self.process
        if process is None:
            return 0.0
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        self.process = None
        return time.monotonic() - began

    def find(self, role: str) -> list[psutil.Process]:
        """Return the processes of one role that belong to this run, parents first."""
        if role == "pool":
            parents = self.find("worker")[:1]
            return [child for parent in parents for child in _children(parent)]
        words = ROLES[role]
        if role in ("postgres", "valkey"):
            return self._servers(role)
        if self.process is None:
            return []
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [one for one in family if all(word in f"{_command(one)} " for word in words)]

    def _servers(self, role: str) -> list[psutil.Process]:
        """Return the servers of this home: found by their pid files, for they outlive us."""
        services = self.khabar_home_processes()
        return [one for one in services if role in _command(one)]

    def khabar_home_processes(self) -> list[psutil.Process]:
        """Return every process that names this home in its command line and is no child of ours."""
        return [
            one
            for one in psutil.process_iter()
            if str(self.home) in _command(one) and one.pid != os.getpid()
        ]

    def kill(self, role: str) -> None:
        """Kill the parent of one role with SIGKILL."""
        found = self.find(role)
        assert found, f"no {role} runs"
        found[0].kill()

    def kill_everything(self) -> None:
        """Kill the service, all below it, and its servers, as a power cut would."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        for one in [psutil.Process(self.process.pid), *family, *self.khabar_home_processes()]:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait(PATIENCE)
        self.process = None

    def khabar(self, *arguments: str) -> str:
        """Run a command beside the service and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "ingest", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def changes(self) -> list[dict[str, Any]]:
        """Return what consumers see, by the command they use."""
        return [json.loads(line) for line in self.khabar("changes", "--jsonl").splitlines()]

    def gaps(self) -> list[dict[str, Any]]:
        """Return where windows ran over, by the command people use."""
        return [json.loads(line) for line in self.khabar("gap", "list", "--jsonl").splitlines()]

    def published(self) -> set[str]:
        """Return the addresses of the articles published so far; none while Postgres is away."""
        services = find_running(self.home)
        if services is None or services.database_url is None:
            return set()
        try:
            with connect(services.database_url) as connection:
                return {row["url"] for row in changes_after(connection, 0, most=100_000)}
        except DatabaseUnavailable:
            return set()

    def has_all(self, wires: Iterable[Wire]) -> bool:
        """Return whether every announced item was published."""
        return self.published() >= set().union(*(wire.urls for wire in wires))

    def wait_for(self, is_there: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something is so, looking again and again."""
        ends_at = time.monotonic() + seconds
        while not is_there():
            assert time.monotonic() < ends_at, "what the test waits for did not come"
            time.sleep(0.2)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""
