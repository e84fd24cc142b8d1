"""`khabar changes`: what consumers read, as lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli.change_ninjs import change_ninjs
from ingest.cli.options import LARGEST_ID, AsJSON, Lines
from ingest.cli.session import open_session
from ingest.cli.show import change_json, change_line, print_json, print_json_line, terminal
from ingest.storage import change as stored
from ingest.storage.database import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.storage.queries import Connection

app = typer.Typer()

PAGE = 500
HINT_SECONDS = 5.0  # a lost hint costs no more than this


@app.command("changes")
def changes(
    after: Annotated[int, typer.Option(help="Begin after this change.", min=0, max=LARGEST_ID)] = 0,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    jsonl: Lines = False,
    ninjs: Annotated[bool, typer.Option("--ninjs", help="A ninjs 3.1 document a line.")] = False,
    as_json: AsJSON = False,
    most: Annotated[int | None, typer.Option(help="End after so many.", min=1)] = None,
) -> None:
    """Show what was published, in the order that loses nothing.

    Examples: khabar changes --jsonl > all.jsonl; khabar changes --follow --after 4711
    """
    if as_json and follow:
        raise typer.BadParameter("--json ends with its list; use --jsonl with --follow")
    if ninjs + jsonl + as_json > 1:
        raise typer.BadParameter("one form at a time: --json, --jsonl or --ninjs")
    console = terminal()
    with open_session() as service, connect(service.database.url) as connection:
        connection.autocommit = True
        rows = _read(connection, after, most=most or sys.maxsize, follow=follow)
        if as_json:
            print_json([change_json(row) for row in rows])
            return
        for row in rows:
            if ninjs:
                told = row["revision"] or _told_before(connection, row)
                print_json_line(change_ninjs(row | {"revision": told}))
            elif jsonl:
                print_json_line(change_json(row))
            else:
                console.print(change_line(row, console.width))


def _told_before(connection: Connection, row: dict[str, Any]) -> int | None:
    """Return the version that a removal ends: a lower one would be taken for a late one."""
    return stored.revision_before(connection, row["article"], row["change"])


def _read(
    connection: Connection, after: int, *, most: int, follow: bool
) -> Iterator[dict[str, Any]]:
    """Yield changes page by page; at their end stop, or wait for more."""
    if follow:
        stored.listen_for_changes(connection)
    while most > 0:
        rows = stored.changes_after(connection, after, most=min(PAGE, most))
        yield from rows
        if rows:
            after, most = rows[-1]["change"], most - len(rows)
        elif follow:
            stored.wait_for_change(connection, HINT_SECONDS)
        else:
            return
