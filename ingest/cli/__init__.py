"""The `khabar` command: a file for each group of commands.

    commands.py  which command lies in which file, read when it is called
    session.py   what a command stands on: settings, database, servers of our own
    show.py      tables and JSON for people and programs
    lines.py     JSON pipes: a question a line, an answer a line
    answers.py   the rooms' values as JSON

Every listing takes --json; every error is one line on stderr that says what to do. Exit status:
0 done, 1 failed, 2 wrong use, 3 no database or broker, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException

from ingest.cli.commands import ReaderGone, app
from ingest.errors import AlreadyRunning, KhabarError, ServiceError, SettingsError

DONE, FAILED, WRONG_USE, NO_SERVICE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        status = app(arguments, prog_name="khabar", standalone_mode=False)
        sys.stdout.flush()
    except KhabarError as error:
        return _complain(str(error), _status_of(error))
    except TyperException as error:
        return _complain(_usage(error), WRONG_USE)
    except (ReaderGone, BrokenPipeError):
        return _leave_quietly()
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return status if isinstance(status, int) else DONE


def _status_of(error: KhabarError) -> int:
    if isinstance(error, SettingsError):
        return WRONG_USE
    if isinstance(error, ServiceError) and not isinstance(error, AlreadyRunning):
        return NO_SERVICE
    return FAILED


def _usage(error: TyperException) -> str:
    """Return what was wrong with a command line; nothing where its help was shown already."""
    sentence = str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    if not sentence or context is None:
        return sentence
    return f"{sentence.rstrip('.')}; `{context.command_path} --help` shows how"


def _complain(sentence: str, status: int) -> int:
    if sentence:
        line = f"khabar: {' '.join(sentence.split())}\n"
        sys.stderr.write(line.encode("utf-8", "backslashreplace").decode("utf-8"))
    return status


def _leave_quietly() -> int:
    """End without a word: the reader of our pipe has gone, which is its right."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE
