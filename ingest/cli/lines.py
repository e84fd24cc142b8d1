"""JSON pipes: a question a line in, an answer a line out, in order, flushed at once.

Whatever a line holds gets its one answer: what can't be answered is answered with `error`. An
answer carries its question's `id` as it came. Bytes travel as base64.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pybase64 import b64decode
from pydantic_core import from_json

from ingest.cli.show import json_text, print_line
from ingest.errors import KhabarError
from ingest.heap import seldom_searched

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]
Kind = TypeVar("Kind")

_WORDS = {str: "text", int: "a whole number"}
_READ_AHEAD = 65_536  # bytes, as many as a pipe of Linux holds; Python asks for 4,096 at a time


class BadQuestion(KhabarError):
    """A question that lacks something, or has it in the wrong kind."""


def answer_lines(answer: Callable[[Question], Answer]) -> None:
    """Answer each line of stdin until it ends."""
    raw: Any = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    with seldom_searched(), io.BufferedReader(raw, _READ_AHEAD) as lines:
        for line in lines:
            print_line(_answer_text(line, answer))


def _answer_text(line: bytes, answer: Callable[[Question], Answer]) -> str:
    try:
        question = _read(line)
        head = {"id": question.get("id")}
        json_text(head)  # an id that can't be given back is no question
    except (KhabarError, RecursionError) as error:
        return json_text({"id": None, "error": _sentence(error)})
    try:
        return json_text(head | answer(Question(question)))
    except Exception as error:  # noqa: BLE001 - a pipe goes on after whatever one line does to it
        return json_text(head | {"error": _sentence(error)})


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return str(error) if isinstance(error, KhabarError) else f"{type(error).__name__}: {error}"


def _read(line: bytes) -> Answer:
    try:
        question = from_json(line, allow_inf_nan=False)
    except ValueError:
        question = _read_patiently(line)
    if not isinstance(question, dict):
        raise BadQuestion("not a JSON object")
    return question


def _read_patiently(line: bytes) -> Any:
    """Return what a line says, lone surrogates and deep nesting too, at four times the cost."""
    try:
        return json.loads(line, parse_constant=_refuse)
    except ValueError as error:
        raise BadQuestion(f"not JSON: {error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _from_base64(letters: str) -> bytes:
    """Return the bytes; lines may be folded.

    Raises:
        ValueError: it is not base64.
    """
    try:
        return b64decode(letters, validate=True)
    except ValueError:
        return b64decode("".join(letters.split()), validate=True)


class Question:
    """One line's fields, each read in the kind it must have. Unknown ones are left alone."""

    def __init__(self, fields: Answer) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        """Return a text, None where the field is missing or null."""
        return self._read(name, str)

    def needed(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            BadQuestion: it is missing.
        """
        found = self.text(name)
        if found is None:
            raise BadQuestion(f"no {name}")
        return found

    def number(self, name: str) -> int | None:
        """Return a whole number, None where the field is missing or null."""
        return self._read(name, int)

    def bytes(self, name: str) -> bytes:
        """Return the bytes of a base64 field that must be there.

        Raises:
            BadQuestion: it is missing, or not base64.
        """
        letters = self.needed(name)
        try:
            return _from_base64(letters)
        except ValueError as error:
            raise BadQuestion(f"{name} is not base64") from error

    def id(self) -> str:
        """Return the question's name as text."""
        found = self._fields.get("id")
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise BadQuestion("id must be text or a whole number")
        return str(found)

    def _read(self, name: str, kind: type[Kind]) -> Kind | None:
        found = self._fields.get(name)
        if found is None:
            return None
        if not isinstance(found, kind) or isinstance(found, bool):
            raise BadQuestion(f"{name} must be {_WORDS[kind]}")
        return found


def read_instant(name: str, text: str | None) -> datetime | None:
    """Return an ISO 8601 time, read as UTC where it names no offset.

    Raises:
        BadQuestion: it is something else.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuestion(f"{name} is not ISO 8601: {text!r}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
