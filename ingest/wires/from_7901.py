"""IPTC 7901 ▶ an item; its control characters may have been lost on the way.

SOH eca062 4 i 211 ccccb   dpa 061       service and number, priority, category, words
/weather/harvest/                        keywords
2ND LEAD                                 what kind of report
Rain ends the dry summer                 headline, of one line or more …
By a name, agency =                      … and by-line, up to a line that ends in =
STX    Vienna (xyz) - The text, indented or with blank lines between paragraphs.
# Notebook                               for editors only
xyz ab cd                                the desk's initials
131137 GMT Nov 13                        when; the year only where it is not the day again
ETX EOT
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.text import squeeze
from ingest.wires.body import body_of_text
from ingest.wires.item import Headline, Party, Subject, WireItem, once
from ingest.wires.lines import (
    BY,
    cut_closing,
    cut_notebook,
    cut_stamp,
    read_wire_stamp,
    without_controls,
)
from ingest.wires.numbers import whole_number

if TYPE_CHECKING:
    from ingest.wires.stamps import Stamps

HEADER: Final = re.compile(
    r"\x01?[ \t]*(?P<service>[A-Za-z]{2,5})(?P<number>\d{2,6})[ \t]+(?P<priority>\d)[ \t]+"
    r"(?P<category>[A-Za-z]{1,5})[ \t]+(?P<words>\d{1,6})(?:[ \t]+(?P<rest>[^\n]{0,80}))?[ \t]*"
)
MOST_HEAD_LINES: Final = 14
_SLUG: Final = re.compile(r"/.+|.+/|[^\s/]+(?:/[^\s/]+)+|[^\s-]+(?:-[^\s-]+){2,}")
_ADVICE: Final = re.compile(r"(?:attention|avis|achtung|atención|attn)\b.*|.*///", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\(.{1,60}\)")
_PROVIDER: Final = re.compile(r"(?:\S+\s+)?([A-Za-z][\w-]{1,15})\s+\d{1,6}")


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the text: `rest` is the number of lines it takes."""

    slug: str | None
    signals: tuple[str, ...]
    headline: str | None
    by: str | None
    rest: int
    notes: tuple[str, ...] = ()


def is_7901(text: str) -> bool:
    """Tell whether a text begins with a header of IPTC 7901."""
    return HEADER.fullmatch(_first_line(text)) is not None


def _first_line(text: str) -> str:
    return text.lstrip("\r\n \t\x16\x00").partition("\n")[0].rstrip("\r")


def read_7901(text: str, stamps: Stamps, fallback: str) -> WireItem:
    """Return the item of one message.

    Args:
        text: it begins with its header.
        stamps: read its time.
        fallback: its id where it has no time that can be read for sure.
    """
    header = HEADER.fullmatch(_first_line(text))
    if header is None:
        raise ValueError("no header of IPTC 7901")
    lines = text.lstrip("\r\n \t\x16\x00").replace("\r\n", "\n").split("\n")[1:]
    marked = next((n for n, line in enumerate(lines) if "\x02" in line), None)
    is_text = marked is not None and bool(re.search(r"\x02[ \t]{2,}\S", lines[marked]))
    lines = without_controls("\n".join(lines)).split("\n")
    lines, stamp = cut_stamp(_trimmed(lines))
    head = _head(lines, marked, is_text=is_text)
    text_lines, notebook = cut_notebook(lines[head.rest :])
    text_lines, credits = cut_closing(text_lines)
    notebook, more = cut_closing(notebook)
    body = body_of_text("\n".join(text_lines))
    created = read_wire_stamp(stamps, stamp, "time stamp")
    if stamp is None:
        stamps.oddities.append("it has no time stamp")
    provider = _PROVIDER.search(header["rest"] or "")
    name = f"{header['service']}{header['number']}"
    urgency = whole_number(header["priority"], least=1, most=9)
    return WireItem(
        guid=fallback if created is None else f"iptc7901:{name}:{created.day.isoformat()}",
        format="iptc7901",
        urgency=urgency,
        priority=urgency,
        service=(header["service"],),
        provider=Party(name=provider[1]) if provider else None,
        headlines=(Headline(text=head.headline),) if head.headline else (),
        by=head.by,
        slugline=head.slug,
        keywords=tuple(filter(None, map(squeeze, (head.slug or "").split("/")))),
        signals=head.signals,
        subjects=(Subject(scheme="category", code=header["category"]),),
        body=body.text,
        body_html=body.html,
        notes=once([*head.notes, *filter(None, ["\n".join(filter(None, map(squeeze, notebook)))])]),
        credits=once([*credits, *more]),
        version_created=created,
        content_created=created,
        oddities=once(stamps.oddities),
    )


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _head(lines: list[str], marked: int | None, *, is_text: bool) -> _Head:
    """Return keywords, kind, headline and by-line.

    Args:
        lines: after the header.
        marked: the line that begins with STX.
        is_text: that line is the first of the text; else it is the headline.
    """
    is_marked = is_text and marked is not None and marked <= 2 * MOST_HEAD_LINES
    end = marked if is_marked and marked is not None else _end_of_head(lines, marked)
    notes: list[str] = []
    slugs: list[str] = []
    signals: list[str] = []
    titles: list[str] = []
    by = None
    paragraph = 0
    for number, line in enumerate(lines[:end]):
        plain = squeeze(line).rstrip("=+").strip()
        if not plain:
            paragraph += bool(titles or slugs)
        elif _SLUG.fullmatch(plain) and not titles:
            slugs.append(plain.strip("/"))
        elif _BRACKETED.fullmatch(plain) or (plain.isupper() and not titles and number < end - 1):
            signals.append(plain.strip("()"))
        elif titles and BY.match(plain):
            by = _name_in(plain)
        elif titles and _ADVICE.fullmatch(plain):
            notes.append(plain.rstrip("/ "))
        else:
            titles.append(plain)
    titles, slug = _without_slug(titles, slugs, lines[:end])
    if not titles and signals:
        titles = [signals.pop()]
    return _Head(slug, once(signals), " ".join(titles) or None, by, end, tuple(notes))


def _name_in(line: str) -> str:
    """Return who a by-line names, without the agency at its end."""
    return re.sub(r",\s*[A-Za-z]{2,5}$", "", line)


def _without_slug(
    titles: list[str], slugs: list[str], lines: list[str]
) -> tuple[list[str], str | None]:
    """Return the headline's lines and the slug: a first line of its own is the slug."""
    if slugs:
        return titles, "/".join(slugs)
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(titles) > 1 and len(full) > 1 and full[1] - full[0] > 1:
        return titles[1:], titles[0]
    return titles, None


def _end_of_head(lines: list[str], marked: int | None) -> int:
    """Return how many lines stand before the text."""
    seen = 0
    for number, line in enumerate(lines):
        seen += bool(line.strip())
        if seen > MOST_HEAD_LINES:
            break
        if line.rstrip().endswith(("=", "+")):
            return number + 1
    if marked is not None:
        return min(marked + 1, len(lines))
    blank = 0
    for number, line in enumerate(lines):  # no mark at all: the first two paragraphs, or one
        if not line.strip() and any(one.strip() for one in lines[:number]):
            blank = number
            if not _SLUG.fullmatch(squeeze(" ".join(lines[:number]))):
                return blank
    return blank
