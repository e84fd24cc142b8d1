"""What tests stand on: a Postgres and a Valkey of this session's own, and fresh databases."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from ingest.embedded import open_services
from ingest.storage.schema import create_schema

# A shell's background job ignores Ctrl-C, and so would every program it starts: tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How fast a machine is says nothing about what a property is worth.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A test's database need not outlive a power cut.
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
}
TEMPLATE = "khabar_template"
PLENTY = 2_000_000_000  # bytes


@pytest.fixture(scope="session")
def quick_folder():
    """Where servers of tests lie: in memory if there is plenty, else the system's temp folder."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > PLENTY
    return memory if roomy else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def service_home(quick_folder):
    """A folder that root's servers can reach; pytest's own is 0700."""
    home = Path(tempfile.mkdtemp(prefix="khabar-test-", dir=quick_folder))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(service_home):
    """The URL of a Postgres with an empty database `khabar`; one a session and xdist worker."""
    with open_services(service_home, valkey=False, postgres_settings=HASTY) as services:
        yield services.database_url


@pytest.fixture(scope="session")
def valkey_url(service_home):
    """The broker URL of a Valkey; one a session and xdist worker."""
    with open_services(service_home, postgres=False) as services:
        yield services.broker_url


@pytest.fixture(scope="session")
def template_database(postgres_url):
    """The name of a database that carries the schema, to be cloned."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    with psycopg.connect(url_of_database(postgres_url, TEMPLATE)) as connection:
        create_schema(connection)
    return TEMPLATE


@pytest.fixture(scope="session")
def database_names():
    """Names for the databases of one session."""
    return (f"test_{os.getpid()}_{number}" for number in count(1))


@pytest.fixture
def database(postgres_url, template_database, database_names):
    """The URL of a fresh database with the schema; gone after the test."""
    name = next(database_names)
    clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template_database)
    )
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(clone)
        yield url_of_database(postgres_url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of_database(url: str, name: str) -> str:
    """Return a server's URL with another database in it."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
