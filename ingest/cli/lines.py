"""JSON pipes: a question a line in, an answer a line out, in order, flushed at once.

Whatever a line holds gets its one answer: what can't be answered is answered with `error`. An
answer carries its question's `id` as it came. Bytes travel as base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.cli.show import json_text, print_line
from ingest.errors import KhabarError

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]
Kind = TypeVar("Kind")

_WORDS = {str: "text", int: "a whole number"}


class BadQuestion(KhabarError):
    """A question that lacks something, or has it in the wrong kind."""


def answer_lines(answer: Callable[[Question], Answer]) -> None:
    """Answer each line of stdin until it ends."""
    for line in sys.stdin.buffer:
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
        question = json.loads(line, parse_constant=_refuse)
    except ValueError as error:
        raise BadQuestion(f"not JSON: {error}") from error
    if not isinstance(question, dict):
        raise BadQuestion("not a JSON object")
    return question


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


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
        try:
            letters = "".join(self.needed(name).split())
            return base64.b64decode(letters.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
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
