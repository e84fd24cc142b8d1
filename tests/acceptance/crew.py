"""Writers and consumers as processes that may be killed at any moment; see consumers.py."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from ingest.errors import DatabaseUnavailable
from ingest.pipeline.publish import publish
from ingest.storage.database import connect
from ingest.storage.host import LeasedHost
from ingest.storage.page import DuePage
from tests.stored import NOON, add_source, article, page_outcome, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

BATCH = 50
COPIES, CORRECTIONS = 4, 3  # of a batch
SHARED_TEXTS = 400
WRITER = "a writer"  # what its sessions call themselves
HOST = LeasedHost(
    id=1,
    name="wire.example",
    token=1,
    leased_until=NOON,
    crashed=False,
    next_request_at=None,
    backoff_until=None,
    failures=0,
    robots=None,
    robots_status=None,
    robots_fetched_at=None,
)


# ── a writer ────────────────────────────────────────────────────────────────────────────


def write(url: str) -> None:
    """Publish batches until killed; a session that is cut off is opened again."""
    draw = random.Random()
    own = draw.randrange(10**6, 10**12)  # numbers of texts and pages that nobody else has
    while True:
        try:
            with connect(url, name=WRITER) as connection:
                source_id = add_source(connection)
                connection.commit()
                while True:
                    own = _publish_batch(connection, source_id, own, draw)
        except (psycopg.Error, DatabaseUnavailable):
            time.sleep(0.05)


def _publish_batch(
    connection: psycopg.Connection, source_id: int, own: int, draw: random.Random
) -> int:
    now, before = datetime.now(UTC), own
    outcomes = []
    for number in range(BATCH):
        own += 1
        page, told = own, own
        if number < COPIES:
            told = draw.randrange(SHARED_TEXTS)
        elif number < COPIES + CORRECTIONS:
            page = told = before - number  # a page of the batch before, with another headline
        found = article(told, body=text(told), title=f"Headline {own} {number}")
        outcomes.append(page_outcome(HOST, _page(page, source_id, now), found, at=now))
    publish(connection, outcomes)
    connection.commit()
    return own


def _page(number: int, source_id: int, now: datetime) -> DuePage:
    url = f"https://wire.example/news/boats-{number}"
    return DuePage(
        id=number, source_id=source_id, slug="wire", url=url, url_key=url, cause="live", priority=0,
        crashes=0, attempts=1, rechecks=0, state="waiting", etag=None, last_modified=None,
        validators_url=None, body_digest=None, entry_id=None, article_id=None, added_at=now,
    )  # fmt: skip


# ── consumers ───────────────────────────────────────────────────────────────────────────


def consume_inside(url: str, name: str) -> None:
    """Read with a named cursor; work and cursor in one transaction of khabar's database."""
    keep = sql.SQL("INSERT INTO {} (change) VALUES (%s)").format(sql.Identifier(name, "seen"))
    read = "SELECT change FROM khabar.changes_after(khabar.cursor_of(%s), 500)"
    while True:
        try:
            with psycopg.connect(url, user=name, autocommit=True) as news:
                news.execute("LISTEN khabar")
                while True:
                    with news.transaction():
                        news.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
                        rows = news.execute(read, [name]).fetchall()
                        news.cursor().executemany(keep, rows)
                        if rows:
                            news.execute("SELECT khabar.commit_cursor(%s, %s)", [name, rows[-1][0]])
                    if not rows:
                        list(news.notifies(timeout=1, stop_after=1))
        except psycopg.Error:
            time.sleep(0.05)


def consume_outside(url: str, path: str) -> None:
    """Read with a place of its own; work and place in one transaction of SQLite."""
    ours = sqlite3.connect(path, isolation_level=None, timeout=30)
    while True:
        try:
            with psycopg.connect(url, user="khabar_reader", autocommit=True) as news:
                while True:
                    ours.execute("BEGIN IMMEDIATE")
                    last = (
                        "SELECT coalesce((SELECT change FROM seen ORDER BY place DESC LIMIT 1), 0)"
                    )
                    (after,) = ours.execute(last).fetchone()
                    rows = news.execute(
                        "SELECT change FROM khabar.changes_after(%s, 500)", [after]
                    ).fetchall()
                    ours.executemany("INSERT INTO seen (change) VALUES (?)", rows)
                    ours.execute("COMMIT")
                    if not rows:
                        time.sleep(0.1)
        except psycopg.Error:
            if ours.in_transaction:
                ours.execute("ROLLBACK")
            time.sleep(0.05)


# ── all of them ─────────────────────────────────────────────────────────────────────────


class Crew:
    """Processes by name, started again whenever they are killed."""

    def __init__(self) -> None:
        # Forked from a server that has imported all of it: on a busy machine that takes seconds.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._calls: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {}
        self._running: dict[str, BaseProcess] = {}

    def start(self, name: str, call: Callable[..., None], *words: str) -> None:
        """Start a process under a name."""
        self._calls[name] = (call, words)
        self._running[name] = self._context.Process(target=call, args=words, daemon=True)
        self._running[name].start()

    def kill(self, name: str) -> None:
        """Kill a process and see it gone."""
        process = self._running[name]
        process.kill()
        process.join()

    def hurt(self, name: str) -> None:
        """Kill a process and start it again."""
        self.kill(name)
        call, words = self._calls[name]
        self.start(name, call, *words)

    def names(self, prefix: str = "") -> list[str]:
        """Return the names that begin so."""
        return [name for name in self._calls if name.startswith(prefix)]
