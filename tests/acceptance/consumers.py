"""Chaos among consumers: writers publish, consumers read, and all of them are killed at random.

    python -m tests.acceptance.consumers --writers 8 --consumers 4 --seconds 120 --seed 1

Writers publish as workers do, in batches of 50: new articles, copies of shared texts (so stories
grow), corrections. Half of the consumers keep their place in khabar's database, in the
transaction that does their work; the others in SQLite, with the work. Every moment a process is
killed (SIGKILL) and started again, or its session cut off. At the end each consumer must have
seen every change of khabar.change, once, in order of the ids. Exit status 1 when one has not.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from ingest.embedded import open_services
from ingest.storage.schema import create_schema
from ingest.storage.status import add_partitions
from tests.acceptance.chaos import say
from tests.acceptance.crew import WRITER, Crew, consume_inside, consume_outside, write

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITERS_LEFT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
PATIENCE = 60.0  # seconds for consumers to catch up


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a run came to: changes there are, and of each consumer what is wrong."""

    changes: int
    articles: int
    kinds: dict[str, int]
    killed: int
    seconds: float
    missed: dict[str, int]
    twice: dict[str, int]
    disordered: dict[str, int]

    @property
    def is_clean(self) -> bool:
        """Whether every consumer saw everything, once and in order."""
        return not any(sum(found.values()) for found in (self.missed, self.twice, self.disordered))


@contextmanager
def _made_database(home: Path, inside: list[str]) -> Iterator[str]:
    with open_services(home, valkey=False) as services:
        url = services.database_url or ""
        with psycopg.connect(url) as connection:
            create_schema(connection)
            add_partitions(connection, at=datetime.now(UTC))
            for name in inside:
                role = sql.Identifier(name)
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN IN ROLE khabar_reader").format(role)
                )
                connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(role, role))
                connection.execute(
                    sql.SQL(
                        "CREATE TABLE {0}"
                        " (place bigint GENERATED ALWAYS AS IDENTITY, change bigint);"
                        "ALTER TABLE {0} OWNER TO {1}"
                    ).format(sql.Identifier(name, "seen"), role)
                )
        yield url


def _make_outside(path: Path) -> None:
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE seen (place INTEGER PRIMARY KEY, change INTEGER)")


def run(home: Path, options: argparse.Namespace) -> Findings:
    """Let all run and be killed for a while; return what each consumer has seen."""
    rng = random.Random(options.seed)
    consumers = [f"consumer_{number}" for number in range(options.consumers)]
    inside, outside = consumers[::2], consumers[1::2]
    with ExitStack() as stack:
        url = stack.enter_context(_made_database(home, inside))
        crew = Crew()
        stack.callback(lambda: [crew.kill(name) for name in crew.names()])
        for name in inside:
            crew.start(name, consume_inside, url, name)
        for name in outside:
            _make_outside(home / f"{name}.db")
            crew.start(name, consume_outside, url, str(home / f"{name}.db"))
        for number in range(options.writers):
            crew.start(f"writer_{number}", write, url)
        began, killed = time.monotonic(), 0
        while time.monotonic() - began < options.seconds:
            time.sleep(rng.uniform(0, 2 * options.every))
            _hurt_somebody(crew, url, rng)
            killed += 1
        for name in crew.names("writer"):
            crew.kill(name)
        seconds = time.monotonic() - began
        return _findings(home, url, inside, outside, killed=killed, seconds=seconds)


def _hurt_somebody(crew: Crew, url: str, rng: random.Random) -> None:
    if rng.random() < 0.25:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                " AND datname = current_database() ORDER BY random() LIMIT 1"
            )
    else:
        crew.hurt(rng.choice(crew.names()))


def _findings(
    home: Path,
    url: str,
    inside: list[str],
    outside: list[str],
    *,
    killed: int,
    seconds: float,
) -> Findings:
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(WRITERS_LEFT, [WRITER]).fetchone() != (
            0,
        ):  # what they sent still runs
            time.sleep(0.05)
        told = connection.execute("SELECT id, kind FROM khabar.change ORDER BY id").fetchall()
        ids = [row[0] for row in told]
        seen: dict[str, list[int]] = {}
        ends_at = time.monotonic() + PATIENCE
        while time.monotonic() < ends_at:
            for name in inside:
                query = sql.SQL("SELECT change FROM {} ORDER BY place").format(
                    sql.Identifier(name, "seen")
                )
                seen[name] = [row[0] for row in connection.execute(query)]
            for name in outside:
                with closing(sqlite3.connect(home / f"{name}.db", timeout=30)) as theirs:
                    rows = theirs.execute("SELECT change FROM seen ORDER BY place").fetchall()
                seen[name] = [row[0] for row in rows]
            if all(found and found[-1] == ids[-1] for found in seen.values()):
                break
            time.sleep(0.2)
        (articles,) = connection.execute("SELECT count(*) FROM khabar.article").fetchone() or (0,)
    return Findings(
        changes=len(ids),
        articles=articles,
        kinds=dict(Counter(row[1] for row in told)),
        killed=killed,
        seconds=seconds,
        missed={name: len(set(ids) - set(found)) for name, found in seen.items()},
        twice={name: len(found) - len(set(found)) for name, found in seen.items()},
        disordered={
            name: sum(one >= other for one, other in pairwise(found))
            for name, found in seen.items()
        },
    )


def read_options(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of a run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--consumers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


def main() -> int:
    """Run in a folder of our own, and tell what was found."""
    options = read_options()
    home = Path(tempfile.mkdtemp(prefix="khabar-chaos-"))
    home.chmod(0o711)
    try:
        found = run(home, options)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    rate = found.articles / found.seconds
    say(f"{found.articles} articles ({rate:.0f} a second), {found.changes} changes {found.kinds}")
    say(f"{found.killed} killed or cut off in {found.seconds:.0f} s on {os.cpu_count()} cores")
    for name in found.missed:
        say(
            f"{name}  missed {found.missed[name]}  twice {found.twice[name]}"
            f"  out of order {found.disordered[name]}"
        )
    return 0 if found.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
