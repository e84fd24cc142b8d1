"""A command of the operator's, run once for each trouble that needs a person.

    upkeep ── opens, ends ──▶ ingest.trouble ◀── told_at ── the daemon that ran the command
    not ready for two minutes ──▶ a trouble too; in memory alone while the database is away

What was told is in Postgres, so neither a restart nor a second daemon tells it again; a trouble
that ended and comes back is another one. A command that fails is run again, ever later.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from ingest.errors import KhabarError
from ingest.pipeline.service import database_url
from ingest.storage import trouble as troubles
from ingest.storage.database import connect
from ingest.storage.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from ingest.settings import Settings
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
COMMAND_SECONDS = 20.0
UNREADY_SECONDS = 120.0  # a restart of something is no trouble yet
FIRST_RETRY, LONGEST_RETRY = 30.0, 3600.0
NOT_READY = "not-ready"


class Alerts:
    """A thread that looks for untold troubles."""

    def __init__(
        self,
        settings: Settings,
        not_ready: Callable[[], list[str]],
        *,
        look_seconds: float = LOOK_SECONDS,
        unready_seconds: float = UNREADY_SECONDS,
        command_seconds: float = COMMAND_SECONDS,
    ) -> None:
        self._settings = settings
        self._not_ready = not_ready
        self._look_seconds = look_seconds
        self._unready_seconds = unready_seconds
        self._command_seconds = command_seconds
        self._unready_since: float | None = None
        self._told_from_memory = False
        self._may_stand = True  # a trouble that we opened, or that our forerunner here left open
        self._retries: dict[int, tuple[float, float]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ended.wait(self._look_seconds):
            try:
                self.look(time.monotonic())
            except Exception:
                log.exception("alert.broken")

    def look(self, now: float) -> None:
        """Tell what was not told; note whether we are ready."""
        reasons = self._not_ready()
        if not reasons:
            self._unready_since = None
        elif self._unready_since is None:
            self._unready_since = now
        since = self._unready_since
        is_trouble = since is not None and now - since >= self._unready_seconds
        try:
            with self._connect() as connection:
                self._keep_readiness(connection, "; ".join(reasons) if is_trouble else None)
            self._told_from_memory = False
            while not self._ended.is_set() and self._tell_one(now):
                pass
        except KhabarError:
            if is_trouble and not self._told_from_memory:
                self._told_from_memory = self._tell(self._readiness("; ".join(reasons)))

    def _connect(self) -> AbstractContextManager[Connection]:
        return connect(database_url(self._settings), name="khabar alerts")

    def _keep_readiness(self, connection: Connection, reasons: str | None) -> None:
        """Open or end what says that we are not ready; another daemon's of this machine stands."""
        found = self._readiness(reasons or "")
        if reasons is not None:
            troubles.open_trouble(connection, found, is_told=self._told_from_memory)
        elif self._may_stand:
            troubles.end_trouble(connection, found, at=found.since)
        self._may_stand = reasons is not None

    def _readiness(self, reasons: str) -> Trouble:
        return Trouble(
            kind=NOT_READY,
            subject=socket.gethostname(),
            sentence=f"nothing comes in: {reasons}",
            cure="khabar doctor",
            since=self._settings.clock.now(),
        )

    def _tell_one(self, now: float) -> bool:
        """Tell one trouble; False when there is none to be told now."""
        waiting = [number for number, (at, _) in self._retries.items() if at > now]
        with self._connect() as connection:
            found = troubles.untold_trouble(connection, but=waiting)
            if found is None:
                return False
            number, trouble = found
            if self._tell(trouble):
                troubles.mark_told(connection, number, at=self._settings.clock.now())
                self._retries.pop(number, None)
            else:
                wait = min(self._retries.get(number, (0.0, FIRST_RETRY / 2))[1] * 2, LONGEST_RETRY)
                self._retries[number] = now + wait, wait
        return True

    def _tell(self, trouble: Trouble) -> bool:
        """Run the command; return whether it ended well."""
        facts = {
            "kind": trouble.kind,
            "subject": trouble.subject,
            "sentence": trouble.sentence,
            "cure": trouble.cure,
            "since": trouble.since.isoformat(),
        }
        named = {f"KHABAR_TROUBLE_{name.upper()}": value for name, value in facts.items()}
        try:
            status, said = _run(
                self._settings.alert or "",
                environment=os.environ | named,
                told=json.dumps(facts, ensure_ascii=False).encode() + b"\n",
                seconds=self._command_seconds,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.warning("alert.failed", trouble=trouble.kind, reason=str(error))
            return False
        if status:
            said = said.strip()[-300:]
            log.warning("alert.failed", trouble=trouble.kind, status=status, said=said)
            return False
        log.info("alert.told", trouble=trouble.kind, subject=trouble.subject)
        return True


def _run(
    command: str, *, environment: Mapping[str, str], told: bytes, seconds: float
) -> tuple[int, str]:
    """Run an operator's command in their shell; return its status and what it complained of.

    Raises:
        OSError: there is no shell.
        subprocess.TimeoutExpired: it took too long; it is killed with all that it started.
    """
    with subprocess.Popen(  # noqa: S602 - theirs
        command,
        shell=True,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as shell:
        try:
            _, said = shell.communicate(told, timeout=seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            raise
    return shell.returncode, said.decode("utf-8", "replace")
