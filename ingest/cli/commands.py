"""Which command lies in which file.

A file is read when its command is called, so `khabar url` does not wait for a database's driver.
The sentences are the first of each command's own help: a test keeps them so.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from ingest import __version__

HELP = "Follow news agencies around the clock and keep every article, once and in order."

# name: (file, what it does)
COMMANDS = {
    "up": ("up", "Run the whole service on this machine until it is told to end."),
    "worker": ("up", "Run the worker processes only."),
    "beat": ("up", "Run the ticking clock only."),
    "status": ("status", "Show what needs a person, feeds, backlog, failures, gaps and consumers."),
    "source": ("source", "Show and try the agencies."),
    "feed": ("feed", "Show and change what is polled."),
    "backfill": ("backfill", "Fetch what an agency published before, from its archives."),
    "article": ("article", "Show, search, export, retry and remove articles."),
    "story": ("story", "Show stories, and put right which articles belong to one."),
    "changes": ("changes", "Show what was published, in the order that loses nothing."),
    "consumer": ("consumer", "Show the named cursors of consumers."),
    "gap": ("gap", "Show where a feed's window ran over."),
    "extract": ("extract", "Show the article of a page: a file, an address, or a JSON pipe."),
    "wire": ("wire", "Read documents of news wires, follow folders of them."),
    "reprocess": ("reprocess", "Read the raw archive again with the present extractor."),
    "sitemap": ("sitemap", "Show what a sitemap lists: a file, an address, or a JSON pipe."),
    "url": ("normal", "Show an address's normal form and the key it is known by."),
    "date": ("normal", "Show what a date in words says."),
    "cluster": ("cluster", "Tell which news items are one story, as a JSON pipe."),
    "robots": ("robots", "Read robots.txt."),
    "db": ("db", "Make, migrate, check, dump, restore, prune and look into the database."),
    "log": ("log", "Show how much the workers log, or have them log more for a while."),
    "settings": ("doctor", "Show every setting: its variable, value and meaning."),
    "doctor": ("doctor", "Look for what is likeliest to be wrong, and say the cure."),
}


class Commands(TyperGroup):
    """The commands by name: a stub to be listed, the real one to be called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the names, in the order people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
        """Return a stub that knows its name and what it does."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, callback=None, help=COMMANDS[cmd_name][1])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is called, read from its file."""
        name, stub, rest = super().resolve_command(ctx, args)
        return name, stub and load_command(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; typer would end with 1 where a pipe's reader has gone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error


class ReaderGone(Exception):
    """Nobody reads what we print any more."""


def load_command(name: str) -> Any:
    """Return a command, or a group of them, from its file."""
    found = get_group(import_module(f"ingest.cli.{COMMANDS[name][0]}").app)
    return found.commands.get(name, found)


app = typer.Typer(
    name="khabar", cls=Commands, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"khabar {__version__}")
        raise typer.Exit


@app.callback()
def khabar(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Follow news agencies around the clock and keep every article, once and in order."""
