"""`python -m workers`: beat and the workers, kept alive.

    daemon ─┬─ celery beat       rings
            └─ celery worker     answers, in a pool of processes

A child that ends is started again, after a wait that doubles while it keeps ending soon.
SIGTERM and SIGINT end both: warm first, SIGKILL what is left after a few seconds. When the
daemon itself is killed, the system tells its children to end.

What runs but does nothing is not noticed here: only an end is.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial

import structlog

from ingest.errors import BrokerUnavailable, DatabaseUnavailable, KhabarError, ServiceError
from ingest.pipeline.journal import set_up_journal
from ingest.pipeline.orphans import die_with_parent
from ingest.settings import Settings, read_settings

log = structlog.get_logger(__name__)

GRACE_SECONDS = 8.0  # from SIGTERM to SIGKILL
CALM_SECONDS = 60.0  # a child that lived so long begins again with the shortest wait
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0
ROUND_SECONDS = 0.2

ROLES = {
    "beat": ("beat", "--loglevel=warning"),
    "worker": (
        "worker",
        "--loglevel=warning",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ),
}


@dataclass(slots=True)
class Child:
    """One program that is kept alive."""

    role: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = SHORTEST_WAIT
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start the program in a process group of its own: Ctrl-C reaches us alone."""
        command = [sys.executable, "-m", "celery", "-q", "-A", "workers.app", *ROLES[self.role]]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),
        )
        log.info("child.started", role=self.role, pid=self.process.pid)

    def look_after(self, now: float) -> None:
        """Start the program if it does not run and its wait is over."""
        if self.process is not None and self.process.poll() is not None:
            self.wait_longer(now)
            log.warning(
                "child.ended", role=self.role, status=self.process.returncode, wait=self.wait
            )
            self.process = None
        if self.process is None and now >= self.not_before:
            self.started_at = now
            try:
                self.start()
            except (OSError, subprocess.SubprocessError) as error:  # no memory, no process ids
                self.wait_longer(now)
                log.warning("child.not-started", role=self.role, error=str(error), wait=self.wait)

    def wait_longer(self, now: float) -> None:
        """Set when to start it again: soon after a long life, ever later after short ones."""
        lived = now - self.started_at
        if self.not_before == 0.0 or lived > CALM_SECONDS:
            self.wait = SHORTEST_WAIT
        else:
            self.wait = min(self.wait * 2, LONGEST_WAIT)
        self.not_before = now + self.wait

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program; to its whole group when it must die."""
        if self.process is None or self.process.poll() is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)


def supervise(roles: tuple[str, ...]) -> int:
    """Keep the programs running until a signal says to end; return the exit status."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    children = [Child(role) for role in roles]
    while not ended.is_set():
        for child in children:
            child.look_after(time.monotonic())
        ended.wait(ROUND_SECONDS)
    end_all(children)
    return 0


def end_all(children: list[Child]) -> None:
    """End every program: warm, then by force."""
    for child in children:
        child.tell(signal.SIGTERM)
    ends_at = time.monotonic() + GRACE_SECONDS
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(ends_at - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.warning("child.killed", role=child.role, pid=child.process.pid)
            child.tell(signal.SIGKILL)
            child.process.wait()


def check_broker(settings: Settings) -> None:
    """Ask the broker once.

    Raises:
        BrokerUnavailable: none is named, or it does not answer.
    """
    if settings.broker_url is None:
        raise BrokerUnavailable(
            "no broker is named", "set KHABAR_BROKER_URL, or start with `khabar up`"
        )
    # Here alone, so that the daemon stays small.
    from kombu.exceptions import OperationalError

    from workers.app import app

    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
    except (OperationalError, OSError, KeyError) as error:  # KeyError: no such transport
        raise BrokerUnavailable(
            f"no broker: {error}", "is it running and KHABAR_BROKER_URL right?"
        ) from error


def check_named(settings: Settings, role: str) -> None:
    """Check that what a role stands on is named; that it answers may come later.

    Raises:
        BrokerUnavailable, DatabaseUnavailable: with the cure.
    """
    if settings.broker_url is None:
        check_broker(settings)
    if role != "beat" and settings.database_url is None:
        raise DatabaseUnavailable(
            "no database is named", "set KHABAR_DATABASE_URL, or start with `khabar up`"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the daemon, or a part of it: `python -m workers [all|worker|beat|check]`."""
    parser = argparse.ArgumentParser(prog="python -m workers", description="beat and the workers")
    parser.add_argument("role", nargs="?", default="all", choices=("all", *ROLES, "check"))
    role = parser.parse_args(arguments).role
    try:
        settings = read_settings()
        set_up_journal(settings.log, settings.log_format)
        if role == "check":
            check_broker(settings)
            return 0
        check_named(settings, role)
    except KhabarError as error:
        sys.stderr.write(f"khabar: {error}\n")
        return 3 if isinstance(error, ServiceError) else 2
    return supervise(tuple(ROLES) if role == "all" else (role,))
