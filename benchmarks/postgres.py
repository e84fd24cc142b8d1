"""A Postgres of the benchmarks' own, and the CPU time it has used."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql

from ingest.embedded import open_services
from ingest.storage.schema import create_schema


@contextmanager
def open_home() -> Iterator[Path]:
    """Make a temporary folder that a server running as another account can pass through."""
    home = Path(tempfile.mkdtemp(prefix="khabar-bench-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def open_postgres() -> Iterator[str]:
    """Start a Postgres as `khabar up` does; yield the URL of its database, which is empty."""
    with open_home() as home, open_services(home, valkey=False) as services:
        assert services.database_url is not None
        yield services.database_url


@contextmanager
def open_database(server: str, name: str) -> Iterator[str]:
    """Make a database with khabar's schema; yield its URL, and drop it at the end."""
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(url) as inside:
                create_schema(inside)
            yield url
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def postmaster_of(url: str) -> psutil.Process:
    """Return the server's first process, the parent of all of its others."""
    with psycopg.connect(url) as connection:
        parent = psutil.Process(connection.info.backend_pid).parent()
    assert parent is not None
    return parent


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and of all its children, ended ones included."""
    total = _own_and_ended(process)
    for child in process.children(recursive=True):
        try:
            total += _own_and_ended(child)
        except psutil.NoSuchProcess:
            continue  # counted with its parent's ended children from now on
    return total


def _own_and_ended(process: psutil.Process) -> float:
    times = process.cpu_times()
    ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + ended)
