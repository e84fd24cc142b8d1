"""schema.sql and the migrations: made, brought up to date, checked.

    new database      schema.sql, whole, in one transaction
    older database    migrations/NNNN_what.sql above its version, all in one transaction
    newer database    refused: a program does not write into a schema it does not know;
                      unless every step since is one that older programs can live with

A test proves that both ways end in the same catalog.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from ingest.errors import DatabaseOutdated, DatabaseUnavailable
from ingest.storage.queries import Connection, load_queries, run, select, select_value
from ingest.storage.status import fault_of_server, server_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from importlib.resources.abc import Traversable

QUERIES = load_queries("schema")
WORKERS = "khabar work"  # the name of worker processes' sessions: they tell that some run
RIGHTS = (
    "name the database's owner, and a role that may create roles; where it may not, let an"
    " administrator say CREATE ROLE khabar_reader LOGIN first"
)
_MIGRATION = re.compile(r"(\d{4})_\w+\.sql")
_COMPATIBLE = "-- compatible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step: `number` is the schema's version once it is applied."""

    number: int
    name: str
    sql: str

    @property
    def is_compatible(self) -> bool:
        """Whether programs that know only the version before may go on working meanwhile."""
        return self.sql.startswith(_COMPATIBLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningWorkers:
    """Sessions of worker processes, by the machine they come from."""

    machine: str
    count: int


def shipped(name: str) -> Traversable:
    """Return schema.sql or migrations/, from the wheel or, in a checkout, from its top."""
    inside = files(__package__).joinpath("shipped", name)
    return inside if inside.is_file() or inside.is_dir() else Path(__file__).parents[2] / name


def migrations() -> list[Migration]:
    """Return the steps in order."""
    return sorted(
        (
            Migration(number=int(found[1]), name=item.name, sql=item.read_text("utf-8"))
            for item in shipped("migrations").iterdir()
            if (found := _MIGRATION.fullmatch(item.name))
        ),
        key=lambda migration: migration.number,
    )


def newest_version(steps: Sequence[Migration] | None = None) -> int:
    """Return the version that this program speaks: the number of its last step."""
    return (migrations() if steps is None else steps)[-1].number


def schema_version(connection: Connection) -> int:
    """Return the database's version; 0 where nothing of ours is there."""
    if select_value(connection, QUERIES["is_created"]) is None:
        return 0
    return int(select_value(connection, QUERIES["version"]) or 0)


def create_schema(connection: Connection) -> None:
    """Make everything in an empty database.

    Raises:
        psycopg.errors.DuplicateSchema: something of ours is there already.
    """
    run(connection, shipped("schema.sql").read_text("utf-8").encode())


def migrate(connection: Connection, steps: Sequence[Migration] | None = None) -> list[str]:
    """Bring the database to this program's version, from nothing or from an older one.

    Two that migrate at once wait for each other; all steps are one transaction.

    Args:
        connection: its transaction holds everything until it is committed.
        steps: in order; by default the program's own.

    Returns:
        The names of what was applied; empty where all was there.

    Raises:
        DatabaseOutdated: the database is newer than this program, or workers that do not know
            what comes still work on it.
        DatabaseUnavailable: it is empty, and the schema can't be made there.
    """
    with connection.transaction():
        run(connection, QUERIES["lock_schema"])
        version = schema_version(connection)
        if version == 0:
            refuse_unfit(connection)
            try:
                create_schema(connection)
            except psycopg.errors.InsufficientPrivilege as error:
                raise DatabaseUnavailable(
                    f"our role may not make the schema: {error.diag.message_primary}", RIGHTS
                ) from error
            return ["schema.sql"]
        known = migrations() if steps is None else steps
        refuse_newer(connection, version, newest_version(known))
        missing = [step for step in known if step.number > version]
        if not all(step.is_compatible for step in missing):
            refuse_running(connection)
        for step in missing:
            oldest = oldest_program(connection) if step.is_compatible else step.number
            run(connection, step.sql.encode())
            run(connection, QUERIES["set_version"], {"version": step.number, "oldest": oldest})
        return [step.name for step in missing]


def refuse_unfit(connection: Connection) -> None:
    """Raise DatabaseUnavailable where the schema could not be made, or nothing be stored in it."""
    fault = fault_of_server(server_facts(connection))
    if fault is not None:
        problem, cure = fault
        raise DatabaseUnavailable(f"the database can't be used: {problem}", cure)


def oldest_program(connection: Connection) -> int:
    """Return the version that a program must speak at least to work on this schema."""
    return int(select_value(connection, QUERIES["oldest_program"]) or 0)


def refuse_newer(connection: Connection, version: int, newest: int) -> None:
    """Raise DatabaseOutdated when the database is ahead of us by more than we can live with."""
    if version > newest and oldest_program(connection) > newest:
        raise DatabaseOutdated(
            f"the database's schema has version {version}, this khabar speaks {newest}",
            "install the newer khabar; a downgrade would lose what only the newer one knows",
        )


def refuse_running(connection: Connection) -> None:
    """Raise DatabaseOutdated while workers are connected: they know the schema as it is now."""
    running = select(connection, RunningWorkers, QUERIES["running_workers"], {"name": WORKERS})
    if running:
        where = ", ".join(f"{found.machine} ({found.count})" for found in running)
        raise DatabaseOutdated(
            f"workers that know only the older schema still run: {where}",
            "end them, then run `khabar db migrate`",
        )


def check_schema(connection: Connection) -> None:
    """Return when this program may work on the database; wait while it is being migrated.

    Raises:
        DatabaseOutdated: nothing is there, or it is older or newer; with the cure.
    """
    run(connection, QUERIES["await_migration"])
    version, newest = schema_version(connection), newest_version()
    refuse_newer(connection, version, newest)
    if version == 0:
        raise DatabaseOutdated("the database is empty", "run `khabar db init`")
    if version < newest:
        raise DatabaseOutdated(
            f"the database's schema has version {version}, this khabar needs {newest}",
            "run `khabar db migrate`",
        )


def catalog(connection: Connection) -> list[str]:
    """Return a line for every column, constraint, index, view, function, comment and grant of ours.

    Two databases with the same lines have the same schema; partitions by month are left out.
    """
    return sorted(str(row[0]) for row in connection.execute(QUERIES["catalog"]).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFault:
    """Something of ours that is broken, lacking or about to be in the way."""

    thing: str
    problem: str
    cure: str


def catalog_faults(connection: Connection, *, now: datetime) -> list[CatalogFault]:
    """Return what is wrong with our tables, indexes, partitions, role, publication and slots.

    Args:
        connection: to a database with our schema.
        now: virtual; partitions are made ahead of it.
    """
    return select(connection, CatalogFault, QUERIES["catalog_faults"], {"now": now})
