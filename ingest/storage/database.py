"""Connections to Postgres: one way in, bounded so that a hanging writer stalls no reader."""

from __future__ import annotations

import select
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from ingest.errors import DatabaseUnavailable
from ingest.model import Moment, Precision, ZoneReason
from ingest.storage.queries import Connection, load_queries, select_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUERIES = load_queries("status")
CURE = "is Postgres running and KHABAR_DATABASE_URL right? `khabar doctor` looks closer"
ROOM = "free some space on its disk; `khabar db prune --raw 30d` makes room"

PREPARE_AFTER = 5  # times that a statement was asked on one connection
# A writer that hangs holds the change lock: consumers would wait for ever. No transaction of ours
# takes seconds; one that does a little all the time is cut off as well.
SESSION = (
    "-c timezone=UTC -c statement_timeout=60s -c lock_timeout=30s"
    " -c idle_in_transaction_session_timeout=30s -c transaction_timeout=120s"
    " -c client_min_messages=warning"
)

# Faults of the connection or the server, not of a row: the same batch may succeed later.
LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # a standby, or a primary on its way to be one
    PoolTimeout,
)
REFUSED = (
    psycopg.OperationalError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.InsufficientPrivilege,
)
# A pooler lends each transaction another session, and this one knows nothing of our statements.
FORGOTTEN = (psycopg.errors.DuplicatePreparedStatement, psycopg.errors.InvalidSqlStatementName)
# SQLSTATE's class for a table, column or right that is not there: no row's fault.
WRONG_SCHEMA = "42"
# Faults of what was to be stored: its neighbours may still be stored.
BAD_ROW = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    UnicodeError,
    ValueError,
)
# Two transactions in each other's way: at once again.
IN_THE_WAY = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


@contextmanager
def connect(url: str, *, name: str = "khabar", bounded: bool = True) -> Iterator[Connection]:
    """Open one connection for the length of a block; commits at its end, rolls back on an error.

    Args:
        url: of the database, any form libpq takes.
        name: what pg_stat_activity shows.
        bounded: with statement and lock time-outs; a dump or a migration does without.

    Raises:
        DatabaseUnavailable: no server, or one that refuses us; while opening or in mid-flight.
    """
    options = SESSION if bounded else "-c timezone=UTC -c client_min_messages=warning"
    try:
        with psycopg.connect(
            url,
            application_name=name,
            options=options,
            connect_timeout=10,
            prepare_threshold=None,  # too short a life to gain by it
        ) as connection:
            yield connection
    except REFUSED as error:
        raise unavailable(error) from error


def unavailable(error: Exception) -> DatabaseUnavailable:
    """Return the one sentence for whatever keeps us from the database."""
    if isinstance(error, psycopg.errors.DiskFull):
        return DatabaseUnavailable(f"the database has no room: {_first_line(error)}", ROOM)
    return DatabaseUnavailable(f"no database: {_first_line(error)}", CURE)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _check(connection: Connection) -> None:
    """Refuse to lend a connection that ended; a server that leaves makes its socket readable.

    Only then it is asked: a round trip before each use cost a tenth of a worker's time.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class Database:
    """A pool of connections for a process that stays: opened lazily, healed by itself.

    Args:
        url: of the database, any form libpq takes.
        most: connections, at most.
        name: what pg_stat_activity shows.
        prepare: prepare what is asked often; not behind a pooler that forgets it.
    """

    def __init__(
        self, url: str, *, most: int = 6, name: str = "khabar", prepare: bool = True
    ) -> None:
        self.url = url
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=most,
            open=False,
            timeout=10,
            max_idle=60,
            reconnect_timeout=5,
            check=_check,
            kwargs={
                "application_name": name,
                "options": SESSION,
                "connect_timeout": 5,
                "prepare_threshold": PREPARE_AFTER if prepare else None,
            },
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection: committed at the end of the block, rolled back on an error.

        Raises:
            DatabaseUnavailable: the server is gone, was never there, or went away meanwhile; a
                pooler before it forgot what we prepared; or its schema is not the one we know.
        """
        self._pool.open()
        try:
            with self._pool.connection() as connection:
                yield connection
        except IN_THE_WAY:
            raise
        except FORGOTTEN as error:
            raise DatabaseUnavailable(
                "a pooler before Postgres does not keep prepared statements", "set KHABAR_PREPARE=0"
            ) from error
        except psycopg.ProgrammingError as error:
            if not (error.sqlstate or "").startswith(WRONG_SCHEMA):
                raise
            raise DatabaseUnavailable(
                f"the database is not as this khabar knows it: {_first_line(error)}",
                "run `khabar db check`",
            ) from error
        except LOST as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Close every connection; the pool is not used again."""
        self._pool.close(timeout=2)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def measure_offset(connection: Connection, local_now: datetime) -> timedelta:
    """Return what to add to this machine's time to get Postgres's, round trip included."""
    at: datetime = select_value(connection, QUERIES["database_time"])
    return at - local_now


def moment_columns(prefix: str, moment: Moment | None) -> dict[str, Any]:
    """Return the five columns in which a table keeps a moment."""
    offset = None if moment is None else moment.at.utcoffset()
    return {
        f"{prefix}_at": None if moment is None else moment.at,
        f"{prefix}_offset": None if offset is None else int(offset.total_seconds()),
        f"{prefix}_precision": None if moment is None else moment.precision.value,
        f"{prefix}_text": None if moment is None else moment.text[:500],
        f"{prefix}_zone": None if moment is None else moment.zone.value,
    }


def read_moment(row: Mapping[str, Any], prefix: str) -> Moment | None:
    """Return the moment that a row's five columns keep."""
    at = row[f"{prefix}_at"]
    if at is None:
        return None
    return Moment(
        at=at.astimezone(timezone(timedelta(seconds=row[f"{prefix}_offset"]))),
        precision=Precision(row[f"{prefix}_precision"]),
        text=row[f"{prefix}_text"],
        zone=ZoneReason(row[f"{prefix}_zone"]),
    )
