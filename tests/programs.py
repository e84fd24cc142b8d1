"""`python -m workers` as a program beside a test, and an agency that publishes when told."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time

import psutil
import psycopg
from psycopg import sql

from tests.agency import feed, html, item, page
from tests.service import changes, follow

PATIENCE = 60.0


class Program:
    """A program of ours that runs beside the test, and what it started."""

    def __init__(self, arguments, environment):
        self.process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, start_new_session=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        family = self.family()
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for one in psutil.wait_procs(family, timeout=PATIENCE)[1]:
            one.kill()

    def family(self):
        """Return the processes below it."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def find(self, role):
        """Return the process of a role, or None: beat, worker, or one of the worker's pool."""
        found = [one for one in self.family() if is_role(one, "worker" if role == "pool" else role)]
        below = {child.pid for one in found for child in one.children()}
        wanted = [one for one in found if (one.pid in below) == (role == "pool")]
        return wanted[0] if wanted else None

    def end(self):
        """Tell it to end; return its status and the seconds that took."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(PATIENCE), time.monotonic() - began


def is_role(process, role):
    try:
        return role in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def wait_for(is_so, seconds=PATIENCE):
    ends_at = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < ends_at, "what the test waits for did not come"
        time.sleep(0.05)
    return found


def set_read_only(database, word):
    """Make Postgres as a fail-over leaves it: old sessions ended, new ones read-only or not."""
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(
                name, sql.SQL(word)
            )
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def environment_for(database, broker_url, **settings):
    return os.environ | {
        "KHABAR_DATABASE_URL": database,
        "KHABAR_BROKER_URL": broker_url,
        "KHABAR_ALLOW_LOOPBACK": "1",
        "KHABAR_PROCESSES": "1",
        "KHABAR_TICK": "0.2",
        "KHABAR_TASK": "2",
        "KHABAR_REQUEST_GAP": "0",
        "KHABAR_POLL_FLOOR": "0.5",
        "KHABAR_POLL_CEILING": "1",
        "KHABAR_FETCH_TIMEOUT": "3",
        "KHABAR_LOG": "error",
        "KHABAR_METRICS_ADDRESS": "off",
        **settings,
    }


class Desk:
    """An agency that publishes when the test says so, and what became of its items."""

    def __init__(self, site, service):
        self.site, self.service, self.published = site, service, 0
        site.on("/feed", lambda _: feed([item(site.origin, n) for n in self._numbers()]))
        follow(service, site.url("/feed"))

    def _numbers(self):
        return range(self.published, 0, -1)

    def publish(self, answer=None):
        """Publish another item."""
        number = self.published + 1
        self.site.on(f"/{number}", answer or html(page(number)))
        self.published = number

    def has_arrived(self):
        """Return whether every item is there."""
        return {row["url"] for row in changes(self.service)} == {
            self.site.url(f"/{number}") for number in self._numbers()
        }
