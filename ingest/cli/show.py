"""Tables for people, JSON for programs.

A table fits the terminal: what is too long is cut, never wrapped through another column. Texts in
right-to-left scripts are isolated (U+2068 … U+2069), so that the columns beside them stay put;
JSON has the stored letters and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unicodedata import bidirectional

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.clock import Clock

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
CHANGE_FIELDS = (
    "change", "at", "kind", "cause", "changed", "article", "revision", "source", "url", "canonical",
    "title", "standfirst", "authors", "published", "published_precision", "modified", "language",
    "section", "tags", "image", "image_credit", "place", "agency", "notice", "body", "story",
    "relation", "of",
)  # fmt: skip
_IDS = frozenset({"change", "article", "story", "of"})
_KIND_STYLES = {
    "new": "green",
    "revised": "yellow",
    "withdrawn": "red",
    "removed": "red",
    "story": "cyan",
}


def print_json(value: object) -> None:
    """Print one JSON document for a program."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")


def print_json_line(value: object) -> None:
    """Print one JSON object a line and hand it on at once."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> Any:
    """Return a value as JSON has it: times in ISO 8601, durations in seconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print a table for a person; columns that begin with `#` are numbers."""
    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for column in columns:
        table.add_column(
            column.lstrip("#"),
            justify="right" if column.startswith("#") else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return escape(isolated(str(value)))


def isolated(text: str) -> str:
    """Return a text that keeps its direction to itself when others stand beside it."""
    if any(bidirectional(letter) in ("R", "AL") for letter in text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text


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


def change_line(row: Mapping[str, Any], width: int) -> str:
    """Return one change as a line for a terminal, in rich's markup."""
    style = _KIND_STYLES.get(row["kind"], "white")
    title = row["title"] or row["url"] or ""
    head = f"{row['at'].astimezone(UTC):%H:%M:%S} {row['kind']:<9} {row['source'][:20]:<20} "
    room = max(width - len(head) - 1, 20)
    cut = title if len(title) <= room else title[: room - 1] + "…"
    return f"[dim]{head[:9]}[/][{style}]{head[9:19]}[/]{escape(head[19:])}{escape(isolated(cut))}"


def change_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one change as `khabar changes --jsonl` has it (DESIGN, contract)."""
    out = {name: row[name] for name in CHANGE_FIELDS}
    for name in _IDS:
        out[name] = None if out[name] is None else str(out[name])
    out["at"] = row["at"].astimezone(UTC).isoformat()
    for name in ("published", "modified"):
        out[name] = moment_text(row, name)
    return out


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
