"""A server's life: found, started, waited for, stopped.

Only a process that is proven ours is ever signalled: it must be alive and must carry our data
folder as an argument of its own, and it is then held by pid and start time. So a pid that
went to another program is left alone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import psutil

from ingest.embedded.places import open_own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ingest.embedded.places import Account
    from ingest.errors import ServiceError

ASK_EVERY = 0.02  # seconds between two questions to a server that starts
LOG_LINES = 6
MANY_LINES = 400  # among which those few are looked for
LOG_BYTES = 65_536
# While it recovers each of our own questions leaves such lines: they tell nothing.
TURNED_AWAY = re.compile(
    r"FATAL: +the database system is |DETAIL: +Consistent recovery state has not been yet reached"
)
CURES = {
    "No space left on device": "free some space on the disk of {}; it goes on from there by itself",
    "Read-only file system": "mend the disk of {}, or set KHABAR_HOME elsewhere",
}


class Server(Protocol):
    """What Postgres and Valkey have in common."""

    @property
    def name(self) -> str:
        """The product's name."""
        ...

    @property
    def folder(self) -> Path:
        """Its folder below the home."""
        ...

    @property
    def stop_signals(self) -> tuple[tuple[signal.Signals, float], ...]:
        """How to stop it: a signal and the seconds it is given, gentlest first."""
        ...

    def find(self) -> psutil.Process | None:
        """Return its process, proven ours and alive."""
        ...

    def launch(self) -> psutil.Process:
        """Start it, after whatever it needs."""
        ...

    def is_ready(self) -> bool:
        """Ask it; true when it serves."""
        ...

    def mend(self) -> bool:
        """After a start that failed: return whether another try may help."""
        ...

    def url(self) -> str:
        """Return where it answers."""
        ...

    def remarks(self) -> list[str]:
        """Return what an operator should be told."""
        ...

    def log_paths(self) -> list[Path]:
        """Return its logs."""
        ...

    def unavailable(self, reason: str, cure: str = "") -> ServiceError:
        """Return the error that names it."""
        ...


def ensure_running(server: Server, start_timeout: float) -> bool:
    """See to it that a server answers; the caller holds its gate.

    A server that is still busy when the time is over (a long recovery) is left to it: the
    next start finds it and waits on.

    Returns:
        Whether it had to be started.

    Raises:
        ServiceError: it died, or does not answer in time; quotes the last lines of its log.
    """
    deadline = time.monotonic() + start_timeout
    if server.is_ready():
        return False
    process, launched = server.find(), False
    while True:
        if process is None:
            process, launched = server.launch(), True
        if server.is_ready():
            return launched
        if not is_alive(process):
            if launched and not server.mend():
                said = last_words(server.log_paths())
                reason = f"{server.name} stopped at its start{_quoted(said)}"
                raise server.unavailable(reason, cure_of(said, server.folder))
            process = None
        if time.monotonic() > deadline:
            quoted = _quoted(last_words(server.log_paths()))
            reason = f"{server.name} does not answer after {start_timeout:.0f} s{quoted}"
            raise server.unavailable(reason, "it is left running: try again, it may recover")
        time.sleep(ASK_EVERY)


def stop_server(server: Server) -> None:
    """Stop a server and wait for its end; one that does not run is no error.

    Raises:
        ServiceError: it outlived every signal.
    """
    process = server.find()
    if process is None:
        return
    for number, seconds in server.stop_signals:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if ends_within(process, seconds):
            return
    raise server.unavailable(f"{server.name}, process {process.pid}, can't be stopped")


def ends_within(process: psutil.Process, seconds: float) -> bool:
    """Wait for an end; an orphan that its init is slow to reap has ended as well."""
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(ASK_EVERY)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs; a dead child of ours is reaped."""
    try:
        if process.status() != psutil.STATUS_ZOMBIE:
            return bool(process.is_running())
        process.wait(0)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        pass
    return False


def proven_process(pid: int, program: str, data: Path) -> psutil.Process | None:
    """Return a process if it is a server on our data folder, else None."""
    try:
        process = psutil.Process(pid)
        if is_alive(process) and _serves(process.cmdline(), program, data):
            return process
    except (psutil.Error, ValueError):
        pass
    return None


def search_process(program: str, data: Path) -> psutil.Process | None:
    """Look through all processes for a server on our data folder that left no pid file."""
    for process in psutil.process_iter(["cmdline"]):
        if _serves(process.info["cmdline"] or [], program, data) and is_alive(process):
            return process
    return None


def spawn_server(command: Sequence[str | Path], account: Account, log: Path) -> psutil.Process:
    """Start a server in a session of its own; it outlives us until it is stopped.

    Raises:
        OSError, subprocess.SubprocessError: it can't be started as that account.
    """
    with open_own(log) as output:
        account.own(log)
        child = subprocess.Popen(  # noqa: S603 - our own words
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            umask=0o077,
            cwd="/",
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process = psutil.Process(child.pid)
    child.returncode = 0  # Popen would warn that it still runs: it is meant to
    return process


def server_environment() -> Mapping[str, str]:
    """Return our environment without what would turn PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "5"}


def tail(path: Path, lines: int = LOG_LINES) -> list[str]:
    """Return the last lines of a log that say something."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - LOG_BYTES))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()][-lines:]


def last_words(logs: Sequence[Path]) -> list[str]:
    """Return the last lines of a server's logs that tell why it stopped."""
    logs = sorted((path for path in logs if path.exists()), key=_written_at)
    said = [line for path in logs for line in tail(path, MANY_LINES)]
    return [line for line in said if not TURNED_AWAY.search(line)][-LOG_LINES:]


def _quoted(said: list[str]) -> str:
    return f"; it said: {' | '.join(said)}" if said else ""


def cure_of(said: list[str], folder: Path) -> str:
    """Return what to do about a server's last words; empty where only a look into them helps."""
    for reason, cure in CURES.items():
        if any(reason in line for line in said):
            return cure.format(folder)
    return ""


def _written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _serves(arguments: list[str], program: str, data: Path) -> bool:
    return len(arguments) > 1 and program in arguments[0] and str(data) in arguments[1:]
