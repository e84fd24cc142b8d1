"""What wires of plain text share: control characters, notebooks, closing lines, time stamps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.text import squeeze

if TYPE_CHECKING:
    from ingest.model import Moment
    from ingest.wires.stamps import Stamps

CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
RULE: Final = re.compile(r"\s*[_*=~-]{2,}\s*(?:[*=~-]\s*)*=?\s*|\s*(?:\* ?){3,}\s*")
BY: Final = re.compile(
    r"(?:by|von|par|por|di|da|af|av|door|haber|muhabir)\s*:?\s+(?=\S)", re.IGNORECASE
)

# What follows is for editors: dpa's notebook, its German one, and what says so in words.
_NOT_FOR_READERS: Final = re.compile(
    r"""\s*(?:
        \#+\s*(?:[a-z]{2,5}-)?(?:notebook|notizblock|cuaderno|notes?\ to\ editors?
            |note\ aux\ r[ée]dactions?)\b
        | (?:notebook|notizblock)\s*:?\s*$
        | .{0,40}\bthe\ following\ information\ is\ not\ (?:intended\ )?for\ publication\b
        | .{0,40}\bdie\ folgenden\ informationen\ sind\ nicht\ zur\ ver[öo]ffentlichung\b
        | .{0,40}\bnot\ for\ publication\b
        | .{0,40}\bnicht\ zur\ ver[öo]ffentlichung\b
        | .{0,40}\bne\ pas\ publier\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_DESK: Final = re.compile(
    r"\s*(?:\(?(?:[A-Z]{2,5}|[a-z]{2,5})(?:[ \\/]+[a-z0-9]{1,5}){1,9}\)?"
    r"|==\s?\w{2,20}|ends|\(END\))\s*"
)
_STAMP: Final = re.compile(
    r"\s*(?:[A-Z]{2,5} )?(\d{6} ?(?:[A-Za-z]{1,5} )?[A-Za-zäéûü]{3,9}\.? ?\d{0,4})\s*",
    re.ASCII | re.IGNORECASE,
)
_MONTHS: Final = {
    "jän": "jan",
    "mär": "mar",
    "mrz": "mar",
    "maer": "mar",
    "mai": "may",
    "okt": "oct",
    "dez": "dec",
    "fév": "feb",
    "fev": "feb",
    "avr": "apr",
    "jui": "jun",
    "juin": "jun",
    "juil": "jul",
    "aoû": "aug",
    "aou": "aug",
    "déc": "dec",
    "ene": "jan",
    "abr": "apr",
    "ago": "aug",
    "set": "sep",
    "out": "oct",
    "dic": "dec",
    "gen": "jan",
    "mag": "may",
    "giu": "jun",
    "lug": "jul",
    "ott": "oct",
}
_MONTH_WORD: Final = re.compile(r"[^\W\d_]{3,9}(?=\.? ?\d{0,4}\s*$)")


def without_controls(text: str) -> str:
    """Return a text without control characters but for tabs and line ends."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cut_notebook(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines before what is for editors only, and those from there on."""
    for number, line in enumerate(lines):
        if _NOT_FOR_READERS.match(line):
            start = number
            while start and RULE.fullmatch(lines[start - 1]):
                start -= 1
            return lines[:start], lines[start:]
    return lines, []


def cut_closing(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines before the desk's initials at the end, and those initials."""
    kept = list(lines)
    credits: list[str] = []
    while kept:
        last = kept[-1]
        if not last.strip() or RULE.fullmatch(last):
            kept.pop()
        elif _DESK.fullmatch(last):
            credits.append(squeeze(kept.pop()))
        else:
            break
    return kept, credits[::-1]


def cut_stamp(lines: list[str]) -> tuple[list[str], str | None]:
    """Return the lines without the last one that is a time stamp of 7901, and that stamp."""
    for number in range(len(lines) - 1, max(len(lines) - 8, -1), -1):
        if found := _STAMP.fullmatch(lines[number]):
            return lines[:number] + lines[number + 1 :], found[1]
    return lines, None


def read_wire_stamp(stamps: Stamps, text: str | None, what: str) -> Moment | None:
    """Read `131137 GMT Nov 13`, its month in any of the languages that wires are written in.

    The last number is the year, unless it repeats the day: then only another date of the
    document can settle the year.
    """
    if text is None:
        return None
    if stamps.near is None and _repeats_the_day(text):
        stamps.oddities.append(f"{what} {text!r} names no year, and nothing else does: not read")
        return None
    return stamps.read(text, what, as_if=_in_english(text))


def _repeats_the_day(text: str) -> bool:
    last = text.split()[-1]
    return not last.isdigit() or last == text[:2]


def _in_english(text: str) -> str:
    found = _MONTH_WORD.search(text)
    if found is None:
        return text
    word = found[0].lower()
    english = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
    return text if english is None else text[: found.start()] + english + text[found.end() :]
