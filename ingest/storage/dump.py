"""Dumps: all that is ours in one file, by PostgreSQL's own pg_dump, and back.

pg_dump takes one snapshot of a database that runs, keeps every id and every sequence, and its file
is read by any later PostgreSQL: so consumers' cursors stay valid, and nothing here has to know a
table.

    dump      schemas ingest and khabar ─▶ FILE.part ─▶ FILE
    restore   FILE ─▶ an empty database, in one transaction ─▶ leases and pages in flight let go
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ingest.errors import DumpFailed
from ingest.storage.database import connect
from ingest.storage.queries import Connection, load_queries, run, select_value
from ingest.storage.schema import newest_version, schema_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

QUERIES = load_queries("dump")
BULKY = ("ingest.raw_page*", "ingest.poll*")  # what a small dump leaves out
_VERSION = re.compile(r"(\d+)")


def dump_database(url: str, file: Path, *, program: Path, is_small: bool = False) -> None:
    """Write all that is ours into a file; it is there whole, or not at all.

    Args:
        url: of a database with our schema.
        file: made anew; one that is there is replaced.
        program: pg_dump, not older than the server.
        is_small: without raw pages and the log of polls.

    Raises:
        DumpFailed: in pg_dump's words.
    """
    left_out = [f"--exclude-table-data={table}" for table in BULKY] if is_small else []
    part = file.with_name(f"{file.name}.part")
    words = ("--format=custom", "--compress=gzip:1", "--schema=ingest", "--schema=khabar")
    try:
        _run(program, url, *words, *left_out, f"--file={part}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore_database(url: str, file: Path, *, program: Path, now: datetime) -> None:
    """Put a dump into a database in which nothing is followed and nothing stored.

    Raises:
        DumpFailed: the file is no dump of ours or a newer khabar's, the database is in use or holds
            something; nothing was changed.
        DatabaseUnavailable: no server.
    """
    version = _version_of(file, program)
    if version > newest_version():
        raise DumpFailed(
            f"{file}: its schema has version {version}, this khabar speaks {newest_version()}"
        )
    with connect(url, name="khabar restore", bounded=False) as connection:
        _refuse_what_is_used(connection)
        run(connection, QUERIES["drop_empty"])
        run(connection, QUERIES["make_reader"])
    words = ("--single-transaction", "--exit-on-error", "--no-owner", str(file))
    _run(program, url, *words)
    with connect(url, name="khabar restore", bounded=False) as connection:
        run(connection, QUERIES["make_publication"])
        run(connection, QUERIES["let_hosts_go"])
        run(connection, QUERIES["let_pages_go"], {"now": now})
        run(connection, QUERIES["analyze"])


def _refuse_what_is_used(connection: Connection) -> None:
    if select_value(connection, QUERIES["others"]):
        raise DumpFailed("the database is in use by khabar; end `khabar up` and its workers first")
    if schema_version(connection) and select_value(connection, QUERIES["is_used"]):
        raise DumpFailed(
            "the database is not empty; restore into a new one: another KHABAR_HOME, or CREATE "
            "DATABASE and KHABAR_DATABASE_URL"
        )


def _version_of(file: Path, program: Path) -> int:
    """Return the schema's version that a dump holds."""
    words = ("--data-only", "--schema=ingest", "--table=schema_version", "--file=-", str(file))
    said = _run(program, None, *words)
    rows = said.partition("FROM stdin;\n")[2].partition("\\.")[0]
    versions = [int(found[1]) for row in rows.splitlines() if (found := _VERSION.match(row))]
    if not versions:
        raise DumpFailed(f"{file} is no dump of khabar's")
    return max(versions)


def raw_pages_before(
    connection: Connection, *, now: datetime, retention: timedelta | None
) -> tuple[int, int]:
    """Return how many raw pages, and how many bytes, lie past a retention; none without one."""
    if retention is None:
        return 0, 0
    params = {"now": now, "retention": retention}
    pages, size = connection.execute(QUERIES["raw_pages_before"], params).fetchone() or (0, 0)
    return int(pages), int(size)


def give_room_back(connection: Connection) -> None:
    """Give the disk back what deleted raw pages and poll lines took, not when autovacuum comes.

    Args:
        connection: without a transaction of its own: VACUUM begins one a table.
    """
    connection.autocommit = True
    for name in ("vacuum_raw_pages", "vacuum_polls"):
        run(connection, QUERIES[name])


def polls_before(connection: Connection, *, before: datetime | None) -> int:
    """Return how many lines the poll log has from before an instant; none without one."""
    if before is None:
        return 0
    return int(select_value(connection, QUERIES["polls_before"], {"before": before}))


def newest_program(name: str, ours: Path) -> Path:
    """Return the newer of our own program and the one on PATH: a server may be newer than ours."""
    other = shutil.which(name)
    candidates = [ours, *([Path(other)] if other else [])]
    return max(candidates, key=_major_version)


def _major_version(program: Path) -> int:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own
        [program, "--version"], capture_output=True, text=True, timeout=10, check=False
    )
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else 0


def _run(program: Path, url: str | None, *words: str) -> str:
    """Run a program of PostgreSQL's on a database; the password stays out of its arguments."""
    facts: dict[str, Any] = conninfo_to_dict(url) if url else {}
    password = facts.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    target: Sequence[str] = [f"--dbname={make_conninfo(**facts)}"] if url else []
    done = subprocess.run(  # noqa: S603 - our own words
        [program, "--no-password", *target, *words] if url else [program, *words],
        env=os.environ | secret,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"{program.name} failed"]
        raise DumpFailed(lines[0])
    return done.stdout
