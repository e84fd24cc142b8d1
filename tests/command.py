"""The `khabar` command as a test runs it: in this process, or as a program of its own.

done = khabar("feed", "list", "--json", database=url)
assert done.status == 0
assert done.json == []
"""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from ingest.cli import main

QUIET = {"KHABAR_METRICS_ADDRESS": "off"}  # programs of many tests at once have one port
LOOPBACK = {"KHABAR_ALLOW_LOOPBACK": "1", "KHABAR_REQUEST_GAP": "0", "KHABAR_FETCH_TIMEOUT": "3s"}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document it printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The objects it printed, one a line."""
        return [json.loads(line) for line in self.out.split("\n") if line]


def khabar(
    *arguments: str | int, stdin: bytes = b"", database: str | None = None, **environment: str
) -> Done:
    """Run a command in this process; its environment and its streams are put back afterwards."""
    names = _environment(database, environment)
    with journal_put_back(), environment_of(names), _streams(stdin) as (out, err):
        status = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(status, out.getvalue().decode(), err.getvalue().decode())


@contextmanager
def start_khabar(
    *arguments: str | int, database: str | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command as a program of its own, with pipes for its three streams.

    What still runs at the end is interrupted, and killed if that does not help.
    """
    program = subprocess.Popen(
        [sys.executable, "-m", "ingest", *map(str, arguments)],
        env=_without_ours() | QUIET | _environment(database, environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    with program:
        try:
            yield program
        finally:
            _end(program)


def _end(program: subprocess.Popen[bytes]) -> None:
    program.send_signal(signal.SIGINT)
    try:
        program.wait(30)
    except subprocess.TimeoutExpired:
        program.kill()


def _environment(database: str | None, environment: dict[str, str]) -> dict[str, str]:
    return environment | ({"KHABAR_DATABASE_URL": database} if database else {})


def _without_ours() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}


@contextmanager
def environment_of(names: dict[str, str]) -> Iterator[None]:
    """Set variables for a while; other settings of ours are out of sight."""
    before = dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    os.environ.clear()
    os.environ.update({name: before[name] for name in before if not name.startswith("KHABAR_")})
    os.environ.update(names)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def journal_put_back() -> Iterator[None]:
    """Put logging back as pytest has it, whatever a command made of it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Give the command streams of its own."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in (out, err)
    )
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
