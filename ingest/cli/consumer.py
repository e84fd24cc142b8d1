"""`khabar consumer`: who reads along, and how far each has come."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.cli.options import AsJSON
from ingest.cli.session import open_rows
from ingest.cli.show import ago, print_json, print_table
from ingest.errors import KhabarError
from ingest.storage import change as changes

app = typer.Typer(help="Show the named cursors of consumers.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME")]


class UnknownConsumer(KhabarError):
    """No cursor has this name."""

    def __str__(self) -> str:
        return f"no consumer {self.args[0]!r}; `khabar consumer list` shows them"


@app.command("list")
def list_consumers(as_json: AsJSON = False) -> None:
    """List the named cursors and how many changes lie after each.

    Example: khabar consumer list --json
    """
    with open_rows() as (service, connection):
        found = changes.list_consumers(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        ("consumer", "#cursor", "#behind", "committed"),
        ((row.name, row.cursor, row.lag, ago(row.committed_at, service.clock)) for row in found),
    )


@app.command("lag")
def lag(name: Name, as_json: AsJSON = False) -> None:
    """Print how many changes a consumer is behind.

    Example: khabar consumer lag website
    """
    with open_rows() as (_, connection):
        found = next((x for x in changes.list_consumers(connection) if x.name == name), None)
    if found is None:
        raise UnknownConsumer(name)
    if as_json:
        print_json(found)
    else:
        print(found.lag)


@app.command("drop")
def drop(name: Name) -> None:
    """Forget a named cursor.

    Example: khabar consumer drop website
    """
    with open_rows() as (_, connection):
        done = changes.drop_consumer(connection, name)
    if not done:
        raise UnknownConsumer(name)
    print(f"consumer {name}: forgotten")
