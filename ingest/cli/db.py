"""`khabar db`: the database itself."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.archive import dump, prune, restore
from ingest.cli.options import AsJSON
from ingest.cli.session import bring_up_to_date, open_database
from ingest.cli.show import print_json
from ingest.embedded import bin_path
from ingest.errors import KhabarError
from ingest.settings import read_settings
from ingest.storage.database import connect
from ingest.storage.schema import (
    catalog_faults,
    check_schema,
    newest_version,
    schema_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(
    help="Make, migrate, check, dump, restore, prune and look into the database.",
    no_args_is_help=True,
)
app.command("dump")(dump)
app.command("restore")(restore)
app.command("prune")(prune)


@app.command("init")
def init() -> None:
    """Make the schema in an empty database; one that is there already is left as it is.

    Example: KHABAR_DATABASE_URL=postgresql://khabar@db/khabar khabar db init
    """
    with open_database(read_settings()) as settings:
        applied = bring_up_to_date(settings)
    print(f"made: {', '.join(applied)}" if applied else "nothing to do: the schema is there")


@app.command("migrate")
def migrate_database() -> None:
    """Bring an older schema up to date.

    Example: khabar db migrate
    """
    with open_database(read_settings()) as settings:
        applied = bring_up_to_date(settings)
    print(f"applied: {', '.join(applied)}" if applied else "nothing to do: up to date")


@app.command("check")
def check(as_json: AsJSON = False) -> None:
    """Say whether the database answers, has this khabar's schema, and lacks nothing of it.

    Example: khabar db check && echo fine
    """
    with (
        open_database(read_settings()) as settings,
        connect(settings.database_url or "") as connection,
    ):
        check_schema(connection)
        version, server = schema_version(connection), connection.info.server_version
        faults = catalog_faults(connection, now=settings.clock.now())
    number = f"{server // 10000}.{server % 10000}"
    if as_json:
        print_json({"postgres": number, "schema": version, "faults": faults})
    else:
        for fault in faults:
            print(f"{fault.thing}: {fault.problem}\n    {fault.cure}")
    if faults:
        raise CatalogDamaged(len(faults))
    if not as_json:
        print(f"Postgres {number}, schema {version} of {newest_version()}: fine")


class CatalogDamaged(KhabarError):
    """Something of ours in the database is not as it should be."""

    def __str__(self) -> str:
        return f"{self.args[0]} things in the database are not as they should be; see above"


@app.command("url")
def url() -> None:
    """Print the database's URL; our own server answers there while `khabar up` runs.

    Example: psql "$(khabar db url)"
    """
    with open_database(read_settings()) as settings:
        print(settings.database_url)


@app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    reader: Annotated[
        bool, typer.Option("--reader", help="As the role khabar_reader, as consumers do.")
    ] = False,
) -> None:
    """Open psql on the database; what follows goes to psql.

    Example: khabar db psql --reader -c 'SELECT title FROM khabar.article LIMIT 5'
    """
    with open_database(read_settings()) as settings:
        command = [str(bin_path("psql")), settings.database_url or "", *context.args]
        environment = os.environ | ({"PGOPTIONS": "-c role=khabar_reader"} if reader else {})
        with _interrupts_left_to_psql():
            done = subprocess.run(command, env=environment, check=False)  # noqa: S603 - as asked
    if done.returncode:
        raise typer.Exit(1)


@contextmanager
def _interrupts_left_to_psql() -> Iterator[None]:
    """Let Ctrl-C end psql's query, not us."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
