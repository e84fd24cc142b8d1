"""`khabar gap`: what was lost on the way in."""

from __future__ import annotations

from typing import Any

import typer

from ingest.cli.options import AsJSON, Lines
from ingest.cli.session import open_rows
from ingest.cli.show import print_json, print_json_line, print_table
from ingest.storage import gap as gaps

app = typer.Typer(help="Show where a feed's window ran over.", no_args_is_help=True)


@app.callback()
def gap() -> None:
    """Show where a feed's window ran over."""


@app.command("list")
def list_gaps(
    as_json: AsJSON = False,
    jsonl: Lines = False,
) -> None:
    """List the gaps: which feed, from when to when, at least how many entries.

    What was lost is looked for in the site's sitemaps: `filled` says how many entries they named;
    their pages are fetched like any others.

    Example: khabar gap list --jsonl
    """
    with open_rows() as (_, connection):
        found = gaps.list_gaps(connection)
    if jsonl:
        for gap in found:
            print_json_line(_gap_json(gap))
    elif as_json:
        print_json([_gap_json(gap) for gap in found])
    else:
        print_table(
            ("from", "to", "#at least", "#filled", "searched", "feed"),
            (
                (gap.from_at, gap.to_at, gap.at_least, gap.filled, gap.searched_at, gap.feed_url)
                for gap in found
            ),
        )


def _gap_json(gap: gaps.ListedGap) -> dict[str, Any]:
    return {
        "feed_url": gap.feed_url,
        "from": gap.from_at,
        "to": gap.to_at,
        "at_least": gap.at_least,
        "filled": gap.filled,
        "searched": gap.searched_at,
    }
