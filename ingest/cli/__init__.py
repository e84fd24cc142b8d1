"""The `khabar` command: a file for each group of commands.

    session.py   what a command stands on: settings, database, servers of our own
    show.py      tables and JSON for people and programs
    up.py        the whole service      pipes.py   rooms as JSON pipes
    status.py source.py feed.py article.py changes.py db.py doctor.py

Every listing takes --json; every error is one line on stderr that says what to do. Exit status:
0 done, 1 failed, 2 wrong use, 3 no database or broker, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import click
import typer

from ingest import __version__
from ingest.cli.article import article_app
from ingest.cli.changes import changes_app
from ingest.cli.consumer import consumer_app, gap_app
from ingest.cli.db import db_app
from ingest.cli.doctor import doctor_app
from ingest.cli.feed import feed_app
from ingest.cli.pipes import pipes_app, robots_app
from ingest.cli.source import source_app
from ingest.cli.status import status_app
from ingest.cli.up import up_app
from ingest.errors import AlreadyRunning, KhabarError, ServiceError, SettingsError

app = typer.Typer(
    name="khabar",
    help="Follow news agencies around the clock and keep every article, once and in order.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for group in (up_app, status_app, changes_app, pipes_app, doctor_app):
    app.add_typer(group)
for name, group in (
    ("source", source_app),
    ("feed", feed_app),
    ("article", article_app),
    ("consumer", consumer_app),
    ("gap", gap_app),
    ("robots", robots_app),
    ("db", db_app),
):
    app.add_typer(group, name=name)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"khabar {__version__}")
        raise typer.Exit


@app.callback()
def khabar(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Follow news agencies around the clock and keep every article, once and in order."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        app(arguments, prog_name="khabar", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our pipe has gone, which is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KhabarError as error:
        return _complain(str(error), _status_of(error))
    except click.ClickException as error:
        return _complain(error.format_message(), 2)
    return 0


def _status_of(error: KhabarError) -> int:
    if isinstance(error, SettingsError):
        return 2
    if isinstance(error, ServiceError) and not isinstance(error, AlreadyRunning):
        return 3
    return 1


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"khabar: {' '.join(sentence.split())}\n")
    return status
