"""Options and arguments that several commands share, and what a person may name by them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.errors import ExtractError, FeedError

if TYPE_CHECKING:
    from collections.abc import Iterator

AsJSON = Annotated[bool, typer.Option("--json", help="For programs.")]
JSONL = Annotated[bool, typer.Option("--jsonl", help="As a pipe: one question a line.")]
Lines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
What = Annotated[str | None, typer.Argument(metavar="FILE|URL|-", show_default=False)]
CameFrom = Annotated[str | None, typer.Option("--url", help="Where a file came from.")]
NumberOrURL = Annotated[str, typer.Argument(metavar="NUMBER|URL")]

LARGEST_ID = 2**63 - 1  # Postgres's bigint


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes that a person named: an address, or a file, `-` for stdin."""

    body: bytes
    url: str
    content_type: str | None = None
    file: str | None = None


@contextmanager
def named(file: str | None) -> Iterator[None]:
    """Let what a person's file can't be read as be told under its name, not under an address."""
    try:
        yield
    except (FeedError, ExtractError) as error:
        if file is None:
            raise
        raise type(error)("stdin" if file == "-" else file, error.reason) from error


def read_document(what: str | None, url: str | None, *, unnamed: str) -> Document:
    """Return the bytes of a file, of an address, or of stdin for `-`.

    Args:
        what: what the person named.
        url: where a file came from.
        unnamed: what stands for its address where the person does not say.

    Raises:
        typer.BadParameter: nothing was named, or no such file.
        FetchError: the address can't be had.
    """
    if what is None:
        raise typer.BadParameter("name a file or an address, - for stdin, or say --jsonl")
    if what.startswith(("http://", "https://")):
        from ingest.pipeline.check import fetch_page  # brings the whole room of fetching

        reply = fetch_page(what)
        return Document(reply.body, reply.final_url, reply.content_type)
    return Document(read_file(what), url or unnamed, file=what)


def read_file(name: str) -> bytes:
    """Return the bytes of a file, or of stdin for `-`.

    Raises:
        typer.BadParameter: it can't be read.
    """
    if not name:
        raise typer.BadParameter("name a file, or - for stdin")
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise typer.BadParameter(f"{name}: {reason}") from error


def number_in(name: str) -> int | None:
    """Return the row's number that a person wrote; None for anything else."""
    number = int(name) if name.isdecimal() and len(name) < 20 else None
    return number if number is not None and number <= LARGEST_ID else None


def read_duration(text: str) -> timedelta:
    """Return the duration that a person wrote: `90`, `40m`, `6h`, `1d`.

    Raises:
        typer.BadParameter: it is none.
    """
    from ingest.settings import parse_duration  # brings pydantic, which most commands do without

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
