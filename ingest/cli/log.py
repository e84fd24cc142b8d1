"""`khabar log`: how much the workers of the whole fleet write into their journals."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ingest.cli.options import AsJSON, read_duration
from ingest.cli.session import open_rows
from ingest.cli.show import print_json
from ingest.pipeline.service import ask_log_level, asked_log_level

app = typer.Typer()

LEVELS = ("debug", "info", "warning", "error")


@app.command("log")
def log(
    level: Annotated[
        str | None, typer.Argument(help=", ".join(LEVELS) + ".", show_default=False)
    ] = None,
    duration: Annotated[
        timedelta,
        typer.Option("--for", parser=read_duration, metavar="DURATION", help="As in 10m or 2h."),
    ] = "10m",  # type: ignore[assignment]  # typer parses a default as it parses a word
    as_json: AsJSON = False,
) -> None:
    """Show how much the workers log, or have them log more for a while.

    Workers follow within ten seconds, on every machine, and go back to KHABAR_LOG by themselves.

    Example: khabar log debug --for 10m
    """
    if level is not None and level.lower() not in LEVELS:
        raise typer.BadParameter(f"{level!r} is none of {', '.join(LEVELS)}")
    with open_rows() as (service, connection):
        clock = service.clock
        if level is not None:
            until = clock.real() + duration
            ask_log_level(connection, level, until=until, virtual_now=clock.now())
        asked = asked_log_level(connection, clock.real())
    usual = service.settings.log
    if as_json:
        print_json({"level": asked or usual, "usual": usual})
    else:
        is_other = asked not in (None, usual)
        print(f"{asked} for a while, else {usual}" if is_other else usual)
