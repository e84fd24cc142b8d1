"""A wire's service with thousands of documents, 429s, and workers killed at random.

    python -m tests.acceptance.wire_chaos --documents 10000 --workers 3 --seed 1
    python -m tests.acceptance.wire_chaos --worker            one worker, until it is killed

The service's clock and khabar's run `--speed` times too fast, and so does the wire's half a second
between two requests: at 50 it is 10 ms for both, which is judged by the service's own log.

Exit status 1 when a document is missing, there twice or not in its newest version, or when two
requests came closer together than the wire allows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingest.clock import Clock
from ingest.embedded import open_services
from ingest.model import Source
from ingest.pipeline.follow import follow_source
from ingest.pipeline.service import open_service
from ingest.pipeline.work import Worker
from ingest.sample_agency.newsroom import Newsroom
from ingest.sample_agency.wire_service import WireService
from ingest.settings import Settings, read_settings
from ingest.sources.aa_has import SOURCE
from ingest.storage.database import connect
from ingest.storage.schema import migrate

A_STORY = 1.49  # documents: the text, pictures and videos with it
WIRE_GAP = 0.5  # seconds of the wire's time from one request to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it all."""

    kills: int
    seconds: float
    missing: list[str]
    twice: list[str]
    old: list[str]
    unread: int

    @property
    def is_good(self) -> bool:
        """Nothing is missing, there twice, old, or left undone."""
        return not (self.missing or self.twice or self.old or self.unread)


def work_until_killed() -> None:
    """Be one worker; the settings are the environment's."""

    async def work() -> None:
        with open_service(read_settings(), connections=4) as service:
            async with Worker(service) as worker:
                while True:
                    await worker.work()
                    await asyncio.sleep(0.05)

    asyncio.run(work())


class Workers:
    """Programs of their own, killed with SIGKILL and replaced."""

    def __init__(self, count: int, environment: dict[str, str]) -> None:
        self._environment = os.environ | environment
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the workers
        self._running = [self._start() for _ in range(count)]
        self.kills = 0

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.acceptance.wire_chaos", "--worker"]
        return subprocess.Popen(command, env=self._environment, stdout=self._log, stderr=self._log)

    def kill_one(self, dice: random.Random) -> None:
        """Kill one without a warning, and start another."""
        place = dice.randrange(len(self._running))
        self._running[place].send_signal(signal.SIGKILL)
        self._running[place].wait()
        self._running[place] = self._start()
        self.kills += 1

    def end(self) -> None:
        """Kill all of them."""
        for worker in self._running:
            worker.kill()
            worker.wait()
        self._log.close()


def follow(database: str, source: Source, **changes: Any) -> None:
    """Follow a wire."""
    with open_service(Settings(database_url=database, **changes)) as service:
        follow_source(service, source, origin="person")


def hurt(
    environment: dict[str, str],
    *,
    is_done: Callable[[], bool],
    progress: Callable[[], int],
    workers: int,
    every: float,
    seed: int,
    patience: float,
    most: int = 1_000_000,
) -> tuple[int, float]:
    """Let workers work until all is done; return how many were killed, and the seconds it took.

    One is killed at random after each sign of progress, up to `every` seconds later; `most` of
    them, then the others may finish.
    """
    dice, began = random.Random(seed), time.monotonic()
    group = Workers(workers, environment)

    def wait_for(is_over: Callable[[], bool]) -> None:
        while not is_over() and not is_done():
            assert time.monotonic() - began < patience, "it is not done in time"
            time.sleep(0.02)

    try:
        while not is_done():
            before, soon = progress(), every * dice.random()
            wait_for(lambda before=before: progress() > before)  # type: ignore[misc]
            ends_at = time.monotonic() + soon
            wait_for(lambda ends_at=ends_at: time.monotonic() >= ends_at)  # type: ignore[misc]
            if not is_done() and group.kills < most:
                group.kill_one(dice)
    finally:
        group.end()
    return group.kills, time.monotonic() - began


def query(database: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connect(database) as connection:
        return connection.execute(sql.encode()).fetchall()


UNDONE = """
    SELECT count(*) FROM ingest.page WHERE state = 'waiting' OR fetched_at IS NULL
    UNION ALL
    SELECT count(*) FROM ingest.feed WHERE checkpoint ->> 'read_until' IS NULL
        OR checkpoint ->> 'news' IS NOT NULL OR checkpoint ->> 'history' IS NOT NULL"""


def run(database: str, wire: WireService, *, speed: float, patience: float, **how: Any) -> Outcome:
    """Follow the stand-in while workers die; return what became of its documents."""
    environment = {
        "KHABAR_DATABASE_URL": database,
        "KHABAR_ALLOW_LOOPBACK": "1",
        "KHABAR_CONNECT_TO": f"https://api.aa.com.tr={wire.origin}",
        "KHABAR_AA_HAS_USER": wire.user,
        "KHABAR_AA_HAS_PASSWORD": wire.password,
        "KHABAR_WIRE_GAP": str(wire.pace),
        "KHABAR_CLOCK_SPEED": str(speed),
        "KHABAR_CLOCK_EPOCH": wire.clock.epoch.isoformat(),
        "KHABAR_POLL_FLOOR": "60",
        "KHABAR_LEASE": "3",
        "KHABAR_FETCH_TIMEOUT": "10",
        "KHABAR_TASK": "2",
        "KHABAR_LOG": "error",
    }
    follow(database, SOURCE, clock_epoch=wire.clock.epoch, clock_speed=speed)

    def is_done() -> bool:
        return all(count == 0 for (count,) in query(database, UNDONE))

    kills, seconds = hurt(
        environment, is_done=is_done, progress=lambda: len(wire.asked), patience=patience, **how
    )
    stored = query(database, "SELECT agency_key, wire_version FROM ingest.article")
    keys = [key for key, _ in stored]
    versions = dict(stored)
    now = wire.clock.now()
    sent = {item.id: item.at(now) for item in wire.newsroom.items(now)}
    return Outcome(
        kills=kills,
        seconds=seconds,
        missing=sorted(set(sent) - set(keys)),
        twice=sorted(key for key, count in Counter(keys).items() if count > 1),
        old=sorted(
            key
            for key, version in sent.items()
            if ":text:" in key and version and versions.get(key) not in (version.number, None)
        ),
        unread=query(database, "SELECT count(*) FROM ingest.page WHERE state = 'failed'")[0][0],
    )


def open_stand_in(stories: int, *, pace: float, speed: float, busy_every: int) -> WireService:
    """Return a service whose stories are all out, and as old as their fates take."""
    real = Clock().now()
    clock = Clock(epoch=real, speed=speed)
    first = real - timedelta(hours=3) - timedelta(seconds=20) * stories
    room = Newsroom(first=first, every=timedelta(seconds=20), stories=stories)
    return WireService(newsroom=room, clock=clock, pace=pace, port=0, busy_every=busy_every)


def main() -> int:
    """Run it as the arguments say and tell what became of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.wire_chaos")
    parser.add_argument("--worker", action="store_true")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--speed", type=float, default=50.0, help="of the clock")
    parser.add_argument(
        "--every", type=float, default=24.0, help="a kill in so many seconds, or fewer"
    )
    parser.add_argument("--busy-every", type=int, default=500, help="one 429 in so many requests")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.worker:
        work_until_killed()
        return 0
    stories = int(given.documents / A_STORY) + 1
    home = Path(tempfile.mkdtemp(prefix="khabar-wire-chaos-"))
    home.chmod(0o711)
    try:
        return hurt_the_wire(given, stories, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def hurt_the_wire(given: argparse.Namespace, stories: int, home: Path) -> int:
    """Serve so many stories to workers that are killed; return 0 if all is well."""
    speed, pace = given.speed, WIRE_GAP / given.speed
    stand_in = open_stand_in(stories, pace=pace, speed=speed, busy_every=given.busy_every)
    with stand_in as wire, open_services(home, valkey=False) as services:
        database = services.database_url or ""
        with connect(database, bounded=False) as connection:
            migrate(connection)
        found = run(
            database,
            wire,
            speed=speed,
            patience=3600,
            workers=given.workers,
            every=given.every,
            seed=given.seed,
        )
        gap = min(wire.gaps(), default=0.0)
        busy = sum(one.status == 429 for one in wire.asked)
        sys.stdout.write(
            f"{len(query(database, 'SELECT 1 FROM ingest.article'))} articles of "
            f"{len(wire.asked)} requests in {found.seconds:.0f} s, {found.kills} kills, "
            f"{busy} times 429; closest requests {gap * speed * 1000:.0f} ms apart at {speed:g} "
            f"times the speed (allowed: {WIRE_GAP * 1000:g})\n"
            f"missing {len(found.missing)}, twice {len(found.twice)}, old {len(found.old)}, "
            f"failed {found.unread}\n"
        )
        return 0 if found.is_good and gap >= pace else 1


if __name__ == "__main__":
    raise SystemExit(main())
