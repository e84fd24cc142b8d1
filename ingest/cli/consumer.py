"""`khabar consumer` and `khabar gap`: who reads along, and what was lost on the way in."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ingest.cli.session import open_session
from ingest.cli.show import ago, print_json, print_json_line, print_table
from ingest.errors import KhabarError
from ingest.storage import change as changes
from ingest.storage import feed as feeds

consumer_app = typer.Typer(help="Show the named cursors of consumers.", no_args_is_help=True)
gap_app = typer.Typer(help="Show where a feed's window ran over.", no_args_is_help=True)

AsJSON = Annotated[bool, typer.Option("--json", help="For programs.")]


class UnknownConsumer(KhabarError):
    """No cursor has this name."""

    def __str__(self) -> str:
        return f"no consumer {self.args[0]!r}; `khabar consumer list` shows them"


@consumer_app.command("list")
def list_consumers(as_json: AsJSON = False) -> None:
    """List the named cursors and how many changes lie after each."""
    with open_session() as service, service.database.connection() as connection:
        found = changes.list_consumers(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        ("consumer", "#cursor", "#behind", "committed"),
        ((row.name, row.cursor, row.lag, ago(row.committed_at, service.clock)) for row in found),
    )


@consumer_app.command("lag")
def lag(name: str, as_json: AsJSON = False) -> None:
    """Print how many changes a consumer is behind."""
    with open_session() as service, service.database.connection() as connection:
        found = next((x for x in changes.list_consumers(connection) if x.name == name), None)
    if found is None:
        raise UnknownConsumer(name)
    if as_json:
        print_json(found)
    else:
        print(found.lag)


@consumer_app.command("drop")
def drop(name: str) -> None:
    """Forget a named cursor."""
    with open_session() as service, service.database.connection() as connection:
        done = changes.drop_consumer(connection, name)
    if not done:
        raise UnknownConsumer(name)
    print(f"consumer {name}: forgotten")


@gap_app.command("list")
def list_gaps(
    as_json: AsJSON = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List the gaps: which feed, from when to when, at least how many entries."""
    with open_session() as service, service.database.connection() as connection:
        found = feeds.list_gaps(connection)
    if jsonl:
        for gap in found:
            print_json_line(_gap_json(gap))
    elif as_json:
        print_json([_gap_json(gap) for gap in found])
    else:
        print_table(
            ("from", "to", "#at least", "#filled", "feed"),
            ((gap.from_at, gap.to_at, gap.at_least, gap.filled, gap.feed_url) for gap in found),
        )


def _gap_json(gap: feeds.ListedGap) -> dict[str, Any]:
    return {
        "feed_url": gap.feed_url,
        "from": gap.from_at,
        "to": gap.to_at,
        "at_least": gap.at_least,
        "filled": gap.filled,
    }
