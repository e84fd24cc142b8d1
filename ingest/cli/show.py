"""Tables for people, JSON for programs.

A table fits the terminal: what is too long is cut, never wrapped through another column. Texts in
right-to-left scripts are isolated (U+2068 … U+2069), so that the columns beside them stay put;
JSON has the stored letters and nothing else, in UTF-8 wherever it goes.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import compress
from operator import not_
from typing import Any
from unicodedata import bidirectional

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.clock import Clock

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
CHANGE_FIELDS = (
    "change", "at", "kind", "cause", "changed", "article", "revision", "source", "url", "canonical",
    "title", "standfirst", "authors", "published", "published_precision", "modified", "language",
    "section", "tags", "image", "image_credit", "place", "agency", "notice", "body", "story",
    "relation", "of", "pictures", "filed",
)  # fmt: skip
_IDS = frozenset({"change", "article", "story", "of"})
_KIND_STYLES = {
    "new": "green",
    "revised": "yellow",
    "withdrawn": "red",
    "removed": "red",
    "story": "cyan",
}
_NARROWEST = 4
_BETWEEN = 2  # columns of the terminal between two of a table
_TYPED = frozenset({"source"})  # columns whose words other commands ask for
_WIDEST_PIPE = 200  # columns of a table that goes to a file or a pipe


# ── JSON ────────────────────────────────────────────────────────────────────────────────


def print_json(value: object) -> None:
    """Print one JSON document for a program."""
    print_line(json_text(value, indent=2))


def print_json_line(value: object) -> None:
    """Print one JSON object a line and hand it on at once."""
    print_line(json_text(value))


def print_line(text: str) -> None:
    """Print a line in UTF-8, whatever the locale, and hand it on at once."""
    print_bytes(text.encode())


def print_bytes(document: bytes) -> None:
    """Print a document as it is, and hand it on at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(document + b"\n")
    sys.stdout.buffer.flush()


def json_text(value: object, indent: int | None = None) -> str:
    """Return valid JSON for any value of ours: its letters as they are, lone surrogates escaped."""
    try:
        return _dumped(value, indent)
    except (TypeError, ValueError):  # NaN somewhere, or a key that is no text: seldom
        return _dumped(_plain(value), indent)


def _dumped(value: object, indent: int | None) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, default=_plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=indent, default=_plain)
    return text


def _plain(value: object) -> Any:
    """Return a value as JSON has it: ISO 8601 times, durations in seconds, null for NaN."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    return _plain_leaf(value)


def _plain_leaf(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, str | int) else str(value)


# ── tables ──────────────────────────────────────────────────────────────────────────────


def terminal() -> Console:
    """Return where people read: as wide as the terminal, or wide enough for a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDEST_PIPE)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print a table for a person; columns that begin with `#` are numbers."""
    terminal().print(make_table(columns, rows, title=title))


def make_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    width: int | None = None,
) -> Table:
    """Return a table; columns that begin with `#` are numbers. What is too wide is cut.

    What is typed into other commands is cut last: only where it would take half the width.

    Args:
        columns: their names, as they are to be read.
        rows: a value for each column.
        title: above it.
        width: how many columns of a terminal it may take; what there is by default.
    """
    names = [column.lstrip("#") for column in columns]
    cells = [[_cell(value) for value in row] for row in rows]
    natural = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]
    room = (width or terminal().width) - _BETWEEN * (len(columns) - 1)
    widths = _widths(names, natural, room)
    table = Table(
        title=title,
        box=None,
        pad_edge=False,
        padding=(0, _BETWEEN, 0, 0),
        header_style="bold",
        title_justify="left",
    )
    for column, name, wide in zip(columns, names, widths, strict=True):
        table.add_column(
            name,
            justify="right" if column.startswith("#") else "left",
            width=wide,
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in cells:
        table.add_row(*map(escape, row))
    return table


def _widths(names: Sequence[str], natural: Sequence[int], room: int) -> list[int]:
    """Return how wide each column is: what is typed stays whole in half the room, others share."""
    typed = [name in _TYPED for name in names]
    kept = sum(compress(natural, typed))
    if kept > room // 2:
        typed, kept = [False] * len(names), 0
    others = list(compress(natural, map(not_, typed)))
    widest = _widest_column(others, room - kept) if others else 0
    return [
        needed if is_typed else min(needed, widest)
        for needed, is_typed in zip(natural, typed, strict=True)
    ]


def _widest_column(natural: Sequence[int], room: int) -> int:
    """Return how wide a column may be so that all fit: narrow ones stay whole, wide ones share."""
    left = room
    for columns, width in zip(range(len(natural), 0, -1), sorted(natural), strict=True):
        if width > left // columns:
            return max(left // columns, _NARROWEST)
        left -= width
    return max(natural)


def print_facts(console: Console, rows: Iterable[tuple[str, object]]) -> None:
    """Print labels and values, one under the other; what has no value is left out."""
    for label, value in rows:
        if value not in (None, "", (), []):
            console.print(f"[dim]{label:>10}[/] {escape(_cell(value))}", soft_wrap=True)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return isolated(" ".join(str(value).split()))


def isolated(text: str) -> str:
    """Return a text that keeps its direction to itself when others stand beside it."""
    if any(bidirectional(letter) in ("R", "AL") for letter in text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text


def reason_of(error: str | None, url: str) -> str | None:
    """Return an error without the address it begins with, where that is plain from its place."""
    return error and error.removeprefix(f"{url[:200]}: ")


def counted(number: int, thing: str) -> str:
    """Return `1 story` or `2 stories`."""
    return f"{number} {noun(number, thing)}"


def noun(number: int, thing: str) -> str:
    """Return the word for so many things: `story`, `stories`."""
    if number == 1:
        return thing
    return (
        f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}{'es' if thing[-1] == 's' else 's'}"
    )


def ago(at: datetime | None, clock: Clock) -> str:
    """Return how long ago or ahead a virtual time lies, as people say it."""
    if at is None:
        return "never"
    seconds = (clock.now() - at).total_seconds()
    size = abs(seconds)
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if size >= length:
            amount = f"{size / length:.0f} {unit}"
            break
    else:
        amount = f"{size:.0f} s"
    return f"{amount} ago" if seconds >= 0 else f"in {amount}"


# ── changes ─────────────────────────────────────────────────────────────────────────────


def change_line(row: Mapping[str, Any], width: int) -> str:
    """Return one change as a line for a terminal, in rich's markup."""
    style = _KIND_STYLES.get(row["kind"], "white")
    title = " ".join((row["title"] or row["url"] or "").split())
    source = escape(set_cell_size(row["source"], 20))
    room = max(width - 41, 20)
    cut = title if _fits(title, room) else set_cell_size(title, room - 1).rstrip() + "…"
    when = row["at"].astimezone(UTC)
    return f"[dim]{when:%H:%M:%S}[/] [{style}]{row['kind']:<9}[/] {source} {escape(isolated(cut))}"


def _fits(text: str, width: int) -> bool:
    return len(text) <= width and set_cell_size(text, width).startswith(text)


def change_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one change as `khabar changes --jsonl` has it."""
    out = {name: row[name] for name in CHANGE_FIELDS}
    if row.get("wire") is not None:  # of a page there is nothing to tell
        out["wire"] = row["wire"]
    for name in _IDS:
        out[name] = None if out[name] is None else str(out[name])
    out["at"] = row["at"].astimezone(UTC).isoformat()
    for name in ("published", "modified"):
        out[name] = moment_text(row, name)
    return out


def picture_text(told: Mapping[str, str | None]) -> str:
    """Return a picture's address, caption and credit, as far as they are told."""
    return " ".join(filter(None, [told["url"], told["caption"], told["credit"]]))


def moment_text(row: Mapping[str, Any], name: str) -> str | None:
    """Return a moment as ISO 8601 on the agency's own clock; the date alone where that is all."""
    at, local = row[name], row.get(f"{name}_local")
    if at is None or local is None:
        return None if at is None else at.isoformat()
    if row[f"{name}_precision"] == "day":
        return str(local.date().isoformat())
    offset = local - at.astimezone(UTC).replace(tzinfo=None)
    return f"{local.isoformat()}{_offset_text(offset)}"


def _offset_text(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
