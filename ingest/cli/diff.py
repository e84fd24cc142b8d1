"""Two texts of an article side by side in words: what went, what came.

On a terminal what went is red and struck through, what came is green; elsewhere they stand in
[-…-] and {+…+}. Paragraphs that stayed are counted, not printed.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from ingest.cli.show import isolated, moment_text, picture_text, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

FIELDS = (
    "title", "standfirst", "authors", "published", "modified", "place", "agency", "language",
    "section", "tags", "image", "image_credit", "image_caption", "notice", "credits",
    "pictures", "filed",
)  # fmt: skip
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.4  # of two paragraphs' words: more than that and one is the other, edited


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that differ, each with what it was and what it is."""
    values = {name: (_value(old, name), _value(new, name)) for name in (*FIELDS, "body")}
    return {name: {"from": was, "to": now} for name, (was, now) in values.items() if was != now}


def print_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Print what a later revision has changed."""
    console = terminal()
    changed = changed_fields(old, new)
    stored = f"stored {new['stored']:%Y-%m-%d %H:%M:%S}, {new['cause']}"
    console.print(f"[bold]revision {old['revision']} ▶ {new['revision']}[/] [dim]{stored}[/]")
    if not changed:
        console.print("nothing that is shown has changed")
    for name, value in changed.items():
        if name == "body":
            continue
        marked = _words(console, _text(value["from"]), _text(value["to"]))
        console.print(f"[dim]{name:>13}[/] {marked}")
    if "body" in changed:
        console.print()
        for line in _body(console, changed["body"]["from"] or "", changed["body"]["to"] or ""):
            console.print(line)


def _value(row: Mapping[str, Any], name: str) -> Any:
    if name in ("published", "modified"):
        return moment_text(row, name)
    if name == "pictures":
        return [picture_text(told) for told in row[name]]
    return row[name]


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _body(console: Console, old: str, new: str) -> Iterator[str]:
    """Yield the paragraphs that differ, in rich's markup."""
    was, now = old.splitlines(), new.splitlines()
    for kind, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            count = j - i
            yield f"[dim]  … {count} paragraph{'s' if count > 1 else ''} as before[/]"
            continue
        for before, after in _pairs(was[i:j], now[k:m]):
            yield _words(console, before, after)


def _pairs(was: Sequence[str], now: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield paragraphs with what became of them; an empty one stands for none."""
    left = list(was)
    for after in now:
        before = next((b for b in left if _likeness(b, after) > ALIKE), "")
        while before and left[0] != before:
            yield left.pop(0), ""
        if before:
            left.pop(0)
        yield before, after
    for before in left:
        yield before, ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _words(console: Console, old: str, new: str) -> str:
    """Return a text with the words that went and came marked, in rich's markup."""
    was, now = _TOKEN.findall(old), _TOKEN.findall(new)
    out = []
    for kind, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            out.append(escape("".join(was[i:j])))
            continue
        out.append(_marked(console, "".join(was[i:j]), "red strike", "[-", "-]"))
        out.append(_marked(console, "".join(now[k:m]), "green", "{+", "+}"))
    return isolated("".join(out))


def _marked(console: Console, text: str, style: str, begin: str, end: str) -> str:
    if not text:
        return ""
    if console.is_terminal:
        return f"[{style}]{escape(text)}[/]"
    return escape(f"{begin}{text}{end}")
