"""`python -m workers`: beat and the workers, kept alive.

    daemon ─┬─ celery beat       rings
            └─ celery worker     answers, in a pool of processes

A child that ends is started again, after a wait that doubles while it keeps ending soon.
SIGTERM and SIGINT end both: warm first, SIGKILL what is left after a few seconds. When the
daemon itself is killed, the system tells its children to end.

What runs but gets nowhere is killed and started again: `watchdog` judges, by what beat and the pool
processes tell over a socket they inherit. What they tell is summed and shown: `endpoint`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
import time

import psutil
import structlog
from prometheus_client import CollectorRegistry

from ingest.errors import DatabaseUnavailable, KhabarError, ServiceError
from ingest.pipeline.disk import Disk
from ingest.pipeline.journal import set_up_journal
from ingest.pipeline.pulse import give_pulse
from ingest.pipeline.systemd import Systemd
from ingest.settings import Settings, read_settings
from workers.alerts import Alerts
from workers.broker import AskedBroker, check_broker
from workers.child import ROLES, Child, end_all
from workers.endpoint import Endpoint
from workers.figures import Fleet, Processes, Totals
from workers.watchdog import PROGRAM_OF, Bounds, Watchdog
from workers.word import MAX_WORD_BYTES, read_word

log = structlog.get_logger(__name__)

ROUND_SECONDS = 0.2
WATCH_SECONDS = 1.0
MOST_WORDS = 1_000  # heard in one round
LIVE_SECONDS = 15.0  # a daemon that has not turned for so long is not live
READY_SECONDS = 40.0  # without a ring that long, nothing comes in

QUESTIONS = ("check", "waiting")  # does the broker answer; how many rings wait there


class Daemon:
    """What keeps the programs running and shows how they do."""

    def __init__(self, settings: Settings, roles: tuple[str, ...]) -> None:
        self._settings = settings
        self._ear, self._mouth = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.setblocking(False)
        self.children = {role: Child(role, self._mouth.fileno()) for role in roles}
        self.watchdog = Watchdog(
            Bounds(
                patience=settings.watchdog.total_seconds(),
                longest_task=settings.longest_task.total_seconds(),
                max_bytes=settings.process_max_bytes,
            )
        )
        self._totals = Totals()
        self._fleet = Fleet(settings) if settings.database_url else None
        self._disk = Disk(settings)
        self._broker = AskedBroker()
        self._round_at = time.monotonic()
        self._watched_at = 0.0
        registry = CollectorRegistry(auto_describe=False)
        for figures in (self._totals, Processes(lambda: self.watchdog.words), self._fleet):
            if figures is not None:
                registry.register(figures)
        self.endpoint = Endpoint(settings.metrics_address, registry, self.not_live, self.not_ready)
        self._alerts = Alerts(settings, self.not_ready) if settings.alert else None
        self._systemd = Systemd()
        self._says_how = threading.Thread()

    def run(self, ended: threading.Event) -> None:
        """Keep the programs running until the event is set; then end them."""
        self.endpoint.open()
        if self._alerts is not None:
            self._alerts.start()
        while not ended.is_set():
            self.turn(time.monotonic())
            ended.wait(ROUND_SECONDS)
        self._systemd.ending()
        if self._alerts is not None:
            self._alerts.end()
        end_all(list(self.children.values()))
        self.endpoint.close()
        self._ear.close()
        self._mouth.close()

    def turn(self, now: float) -> None:
        """Start what does not run, hear what is told, and once a second replace what hangs."""
        self._round_at = now
        for role, child in self.children.items():
            if child.look_after(now):
                self.watchdog.begin(role, now)
        self._hear(now)
        if now - self._watched_at >= WATCH_SECONDS:
            self._watched_at = now
            give_pulse()
            self._watch(now)
            self._systemd.ready()
            self._systemd.alive()
            if self._systemd.wants_status(now) and not self._says_how.is_alive():
                self._says_how = threading.Thread(target=self._say_how, args=(now,), daemon=True)
                self._says_how.start()

    def _say_how(self, now: float) -> None:
        """Tell systemd how we do; in a thread: a database that hangs is waited for."""
        self._systemd.status(self.not_ready(), now)

    def _hear(self, now: float) -> None:
        for _ in range(MOST_WORDS):
            try:
                word, sums = read_word(self._ear.recv(MAX_WORD_BYTES))
            except BlockingIOError:
                return
            except (ValueError, KeyError, TypeError):
                log.exception("word.broken")
                continue
            self.watchdog.hear(word, now)
            self._totals.add(sums)

    def _watch(self, now: float) -> None:
        for verdict in self.watchdog.look(now):
            log.warning("process.hangs", pid=verdict.pid, reason=verdict.reason)
            self._replace(verdict.pid)
        for word in self.watchdog.words:
            if not psutil.pid_exists(word.pid):
                self.watchdog.forget(word.pid)
        still = [role for role in self.children if self.watchdog.stands_still(role, now)]
        if not still:
            return
        waiting = self._broker.ask(now)
        for role in still if waiting is not None else ():
            if role == "beat" or waiting:
                seconds = round(self.watchdog.idle_seconds(role, now))
                log.warning("child.hangs", role=role, seconds=seconds, waiting=waiting)
                self.children[role].tell(signal.SIGKILL)
                self.watchdog.begin(role, now)

    def _replace(self, pid: int) -> None:
        """Kill one process: the worker makes another in its place, and we another beat."""
        self.watchdog.forget(pid)
        for child in self.children.values():
            if child.process is not None and child.process.pid == pid:
                child.tell(signal.SIGKILL)
                return
            if child.process is not None and child.process.pid == parent_of(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                return

    def not_live(self) -> list[str]:
        """Return why the daemon itself gets nowhere; empty when it does."""
        seconds = time.monotonic() - self._round_at
        return [f"the daemon has not turned for {seconds:.0f} s"] if seconds > LIVE_SECONDS else []

    def not_ready(self) -> list[str]:
        """Return what keeps items from coming in; empty when nothing does."""
        now = time.monotonic()
        reasons = [self._idle(role, now) for role in self.children]
        if self._fleet is not None and "worker" in self.children:
            reasons += [self._fleet.look()[1], self._disk.lack()]
        return [reason for reason in reasons if reason]

    def _idle(self, role: str, now: float) -> str | None:
        words = [word for word in self.watchdog.words if PROGRAM_OF[word.role] == role]
        if not any(word.done for word in words):
            return f"{role} has not begun"
        seconds = self.watchdog.idle_seconds(role, now)
        if seconds <= max(READY_SECONDS, 5 * self._settings.tick.total_seconds()):
            return None
        done = "rung" if role == "beat" else "answered"
        return f"{role}: no ring was {done} for {seconds:.0f} s; does the broker answer, with room?"


def parent_of(pid: int) -> int | None:
    """Return a process's parent; None where there is no such process."""
    try:
        return int(psutil.Process(pid).ppid())
    except psutil.NoSuchProcess:
        return None


def supervise(settings: Settings, roles: tuple[str, ...]) -> int:
    """Keep the programs running until a signal says to end; return the exit status."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    Daemon(settings, roles).run(ended)
    return 0


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
    """Run the daemon, or a part of it: `python -m workers [all|worker|beat|check|waiting]`."""
    parser = argparse.ArgumentParser(prog="python -m workers", description="beat and the workers")
    parser.add_argument("role", nargs="?", default="all", choices=("all", *ROLES, *QUESTIONS))
    role = parser.parse_args(arguments).role
    try:
        settings = read_settings()
        set_up_journal(settings.log, settings.log_format)
        if role in QUESTIONS:
            waiting = check_broker(settings)
            if role == "waiting":
                sys.stdout.write(f"{waiting}\n")
            return 0
        check_named(settings, role)
    except KhabarError as error:
        sys.stderr.write(f"khabar: {error}\n")
        return 3 if isinstance(error, ServiceError) else 2
    return supervise(settings, tuple(ROLES) if role == "all" else (role,))
