"""`python -m workers`: beat and the workers, kept alive.

    daemon ─┬─ celery beat       rings
            └─ celery worker     answers, in a pool of processes

A child that ends is started again, after a wait that doubles while it keeps ending soon.
SIGTERM and SIGINT end both: warm first, SIGKILL what is left after a few seconds. When the
daemon itself is killed its children notice and end too.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import structlog

from ingest.errors import BrokerUnavailable, KhabarError
from ingest.pipeline.journal import set_up_journal
from ingest.settings import read_settings

log = structlog.get_logger(__name__)

GRACE_SECONDS = 8.0  # from SIGTERM to SIGKILL
CALM_SECONDS = 60.0  # a child that lived so long begins again with the shortest wait
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0
PR_SET_PDEATHSIG = 1

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
            command, start_new_session=True, preexec_fn=_die_with_parent
        )
        self.started_at = time.monotonic()
        log.info("child.started", role=self.role, pid=self.process.pid)

    def look_after(self) -> None:
        """Start the program if it does not run and its wait is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            lived = now - self.started_at
            self.wait = SHORTEST_WAIT if lived > CALM_SECONDS else min(self.wait * 2, LONGEST_WAIT)
            self.not_before = now + self.wait
            log.warning("child.ended", role=self.role, status=self.process.returncode)
            self.process = None
        if self.process is None and now >= self.not_before:
            self.start()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program; to its whole group when it must die."""
        if self.process is None or self.process.poll() is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)


def _die_with_parent() -> None:
    """Ask Linux to end the child when the daemon dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def supervise(roles: tuple[str, ...]) -> int:
    """Keep the programs running until a signal says to end; return the exit status."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    children = [Child(role) for role in roles]
    while not ended.is_set():
        for child in children:
            child.look_after()
        ended.wait(0.2)
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


def check_broker() -> None:
    """Ask the broker once.

    Raises:
        BrokerUnavailable: it does not answer.
    """
    from workers.app import app

    settings = read_settings()
    if settings.broker_url is None:
        raise BrokerUnavailable(
            "no broker is named", "set KHABAR_BROKER_URL, or start with `khabar up`"
        )
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
    except Exception as error:
        raise BrokerUnavailable(
            f"no broker: {error}", "is it running and KHABAR_BROKER_URL right?"
        ) from error


def main(arguments: list[str] | None = None) -> int:
    """Run the daemon, or a part of it: `python -m workers [all|worker|beat|check]`."""
    parser = argparse.ArgumentParser(prog="python -m workers", description="beat and the workers")
    parser.add_argument("role", nargs="?", default="all", choices=("all", *ROLES, "check"))
    role = parser.parse_args(arguments).role
    try:
        settings = read_settings()
        set_up_journal(settings.log, settings.log_format)
        if role == "check":
            check_broker()
            return 0
        if settings.broker_url is None:
            check_broker()
    except KhabarError as error:
        sys.stderr.write(f"khabar: {error}\n")
        return 3 if isinstance(error, BrokerUnavailable) else 2
    return supervise(tuple(ROLES) if role == "all" else (role,))
