"""ANPA 1312 ▶ an item; its control characters may have been lost on the way.

    SYN SYN SOH W2346 US asian             service, number, selector
    r i BC-XX--Rain-Ends   05-09 1444      priority, category, slug, month and day, words
    STX ^BC-XX--Rain Ends,827<             slug
    ^Rain ends the dry summer<             headline
    ^(Eds: With photos.)<                  for editors
    ^By A NAME=                            by-line, then the agency
    TAB The text, a paragraph a line, ^ before lines that stand by themselves.
    ETX AP-WF-05-09-17 0056GMT<            when: month, day, year

The character set of teletypes had no dash and no quotation marks: ` _ ` and ``…'' stand for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ingest.text import squeeze
from ingest.wires.body import body_of_text
from ingest.wires.item import Headline, Subject, WireItem, once
from ingest.wires.lines import BY, RULE, cut_closing, cut_notebook, without_controls

if TYPE_CHECKING:
    from ingest.model import Moment
    from ingest.wires.stamps import Stamps

_FIRST: Final = re.compile(
    r"[\x16\x01 ]*(?P<id>[A-Za-z]\d{3,4})[\x1f ]?(?P<selector>[\w-]{0,20})\s*"
)
_SECOND: Final = re.compile(
    r"(?P<priority>[a-z])[ \t](?P<category>[a-z])[ \t]?[\x11-\x14]{0,2}[ \t]?"
    r"(?P<slug>\S[^\n]{0,60}?)[ \t]+(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[ \t]+(?P<words>\d{1,5}))?[ \t]*",
    re.IGNORECASE,
)
_STAMP: Final = re.compile(
    r"\W{0,20}[A-Z]{2,3}-[A-Z]{2}-(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d)[ \t]+"
    r"(?P<clock>\d{4})(?P<zone>[A-Z]{2,4})?<?\s*"
)
_CLOCK_FIRST: Final = re.compile(
    r"\W{0,20}[A-Z]{2,4}-(?P<clock>\d\d:\d\d)-(\d\d)-(\d\d)-(\d\d)<?\s*"
)
_PRIORITIES: Final = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "s": 6, "a": 6, "x": 7}
_EDITORS: Final = re.compile(
    r"\(?(?:eds?\.?|editors?|editor'?s'? note|ap (?:photos?|graphics?|video|audio))\b",
    re.IGNORECASE,
)
_THE: Final = re.compile(r"by the\b", re.IGNORECASE)  # an agency's own by-line needs no credit
_ROUTING: Final = re.compile(r"\*\d{3,5}<?\s*\^?")
_WORDS: Final = re.compile(r",\s*\d{1,5}$")
_DASH: Final = re.compile(r"(?<=\s)_(?=\s)")
_MONTH_DAY: Final = re.compile(
    r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+(\d{1,2})\b"
)
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


def is_anpa(text: str) -> bool:
    """Tell whether a text begins with the two header lines of ANPA 1312."""
    first, second = _two_lines(text)
    return bool(_FIRST.fullmatch(first) and _SECOND.fullmatch(second))


def _two_lines(text: str) -> tuple[str, str]:
    lines = text.lstrip("\r\n \x00").replace("\r\n", "\n").split("\n", 2)
    return lines[0], lines[1] if len(lines) > 1 else ""


@dataclass(slots=True)
class _Parts:
    """What the lines say, as they are gone through."""

    slug: str | None = None
    headline: str | None = None
    by: str | None = None
    abstract: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def read_anpa(text: str, stamps: Stamps, fallback: str) -> WireItem:
    """Return the item of one message that begins with its header.

    Args:
        text: the message.
        stamps: read its time.
        fallback: its id where it has no time that can be read for sure.
    """
    first, second = map(re.Match.groupdict, filter(None, _headers(text)))
    lines = without_controls(text.lstrip("\r\n \x00").replace("\r\n", "\n")).split("\n")[2:]
    lines, stamp = _cut_stamp(lines)
    created = _created(stamps, stamp, lines)
    parts = _parts(lines)
    kept, notebook = cut_notebook(parts.text)
    kept, credits = cut_closing(kept)
    body = body_of_text("\n".join(kept))
    urgency = _PRIORITIES.get(str(second["priority"]).lower())
    guid = f"anpa1312:{first['id']}:{created.day.isoformat()}" if created else fallback
    return WireItem(
        guid=guid,
        format="anpa1312",
        urgency=urgency,
        priority=urgency,
        service=tuple(filter(None, [str(first["selector"] or "").strip("-")])),
        subjects=(Subject(scheme="category", code=str(second["category"])),),
        headlines=(Headline(text=parts.headline),) if parts.headline else (),
        slugline=parts.slug or squeeze(str(second["slug"])),
        by=parts.by,
        abstract="\n".join(parts.abstract) or None,
        notes=once(
            [*parts.notes, *filter(None, ["\n".join(filter(None, map(squeeze, notebook)))])]
        ),
        credits=once([*parts.credits, *credits]),
        body=body.text,
        body_html=body.html,
        version_created=created,
        content_created=created,
        oddities=once(stamps.oddities),
    )


def _headers(text: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    first, second = _two_lines(text)
    return _FIRST.fullmatch(first), _SECOND.fullmatch(second)


# ── the lines ───────────────────────────────────────────────────────────────────────────


def _parts(lines: list[str]) -> _Parts:
    parts = _Parts()
    is_head = True
    by_line = _by_line_at(lines)
    for number, line in enumerate(lines):
        is_marked = line.lstrip(" ").startswith("^")
        line = _plain(line)
        if is_head and line.strip():
            has_by = number < by_line
            is_head = _head_line(parts, line, is_marked=is_marked, has_by=has_by)
            if is_head:
                continue
        if not RULE.fullmatch(line):
            parts.text += ["", line, ""] if is_marked else [line]
    return parts


def _by_line_at(lines: list[str]) -> int:
    """Return where the by-line stands among the marked lines at the start; 0 for nowhere."""
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip(" ").startswith("^"):
            break
        if BY.match(line.strip(" ^")):
            return number
    return 0


def _head_line(parts: _Parts, line: str, *, is_marked: bool, has_by: bool) -> bool:
    """Read a line of the head; False where it is the first of the text.

    Args:
        parts: what was read so far.
        line: the next.
        is_marked: it began with the mark of the head's lines.
        has_by: the by-line is yet to come, so that this is a summary and no text.
    """
    plain = _ROUTING.sub("", squeeze(line)).strip("^<=+ ")
    if not is_marked and (parts.headline or (parts.slug is None and line[:1].isspace())):
        return False
    if parts.slug is None:
        parts.slug = _WORDS.sub("", plain)
    elif _EDITORS.match(plain):
        parts.notes.append(plain)
    elif BY.match(plain):
        parts.by = plain
    elif parts.by and not parts.credits and not _THE.match(parts.by):
        parts.credits.append(plain)
    elif parts.headline is None:
        parts.headline = plain
    elif has_by:
        parts.abstract.append(plain)
    else:
        return False
    return True


def _plain(line: str) -> str:
    """Return a line as it is read: marks gone, dashes and quotation marks as they are meant."""
    line = line.rstrip()
    if line.lstrip(" ").startswith("^") or line.endswith(("<", "=")):
        line = line.lstrip(" ^").rstrip("<=")
    line = _DASH.sub("—", line)
    return line.replace("``", "“").replace("''", "”")


# ── when ────────────────────────────────────────────────────────────────────────────────


def _cut_stamp(lines: list[str]) -> tuple[list[str], re.Match[str] | None]:
    for number in range(len(lines) - 1, max(len(lines) - 8, -1), -1):
        found = _STAMP.fullmatch(lines[number]) or _CLOCK_FIRST.fullmatch(lines[number])
        if found:
            return lines[:number] + lines[number + 1 :], found
    return lines, None


def _created(stamps: Stamps, stamp: re.Match[str] | None, lines: list[str]) -> Moment | None:
    """Return when the message was sent; whether day or month goes first must be sure."""
    if stamp is None:
        stamps.oddities.append("it has no time stamp")
        return None
    text = stamp[0].strip(" \t\x03<")
    if stamp.re is _STAMP:
        clock = f"{stamp['clock'][:2]}:{stamp['clock'][2:]}"
        iso = f"20{stamp['year']}-{stamp['month']}-{stamp['day']}T{clock} {stamp['zone'] or ''}"
    else:
        day = _sure_day(int(stamp[2]), int(stamp[3]), "\n".join(lines[:12]))
        if day is None:
            stamps.oddities.append(f"{text!r} may mean two days: not read")
            return None
        iso = f"20{stamp[4]}-{day[0]:02}-{day[1]:02}T{stamp['clock']}"
    return stamps.read(text, "time stamp", as_if=iso.strip())


def _sure_day(one: int, other: int, head: str) -> tuple[int, int] | None:
    """Return month and day of two numbers, settled by their size or by the dateline."""
    readings = {(month, day) for month, day in ((one, other), (other, one)) if _is_day(month, day)}
    if len(readings) == 1:
        return readings.pop()
    for found in _MONTH_DAY.finditer(head):
        named = (_MONTHS.index(found[1]) // 3 + 1, int(found[2]))
        if named in readings:
            return named
    return None


def _is_day(month: int, day: int) -> bool:
    try:
        datetime(2000, month, day)  # noqa: DTZ001  # only whether there is such a day
    except ValueError:
        return False
    return True
