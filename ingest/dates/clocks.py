"""Which time of the day a text names, on clocks of twelve and of twenty-four hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ingest.dates.tokens import Token
from ingest.errors import DateContradiction

_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<p>A)?(?P<t>T)[(,]?(?P<q>A)?",
        r"(?P<p>A)?(?P<h>N)h(?P<i>N)(?:i(?:(?P<s>N)s)?)?(?P<q>A)?",
        r"(?P<p>A)?(?P<h>N)\.(?P<i>N)[hA](?P<q>A)?",
        r"(?<![NT])h(?P<h>N)\.(?P<i>N)(?P<q>A)?",
        r"(?P<p>A)?(?P<h>N)h(?![./\-]?N)(?P<q>A)?",
        r"(?<![NT])h(?P<h>N)(?![N./\-])(?P<q>A)?",
        r"(?<![./\-])(?P<h>N)(?P<q>A)",
    )
)
_DOTTED: Final = re.compile(r"(?P<h>N)\.(?P<i>N)(?![.N])")
_SEPARATOR: Final = re.compile(r"[:.,]")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day; `second` None where only minutes are named."""

    hour: int
    minute: int
    second: int | None = None


def _of_day(hour: int, half: str | None, text: str) -> int:
    """Return the hour of a 24-hour clock.

    Raises:
        DateContradiction: 15:00 in the morning.
    """
    if half is None:
        return hour
    if hour > 12:
        if half == "am" and hour < 24:
            raise DateContradiction(text, f"{hour} o'clock in the morning")
        return hour
    after = half == "pm" or (half == "noon" and hour < 6) or (half == "night" and hour >= 6)
    if hour == 12:
        return 12 if half in {"pm", "noon"} else 0
    return hour + 12 if after else hour


def _clock(found: re.Match[str], tokens: list[Token], text: str) -> Clock | None:
    groups = found.groupdict()
    values = {name: tokens[found.start(name)].value for name, sign in groups.items() if sign}
    half = values.get("q") or values.get("p")
    if "t" in values:
        parts = [int(part) for part in _SEPARATOR.split(str(values["t"]))[:3]]
    else:
        parts = [int(str(values[name])) for name in ("h", "i", "s") if name in values]
    hour = _of_day(parts[0], half if isinstance(half, str) else None, text)
    minute = parts[1] if len(parts) > 1 else 0
    second = parts[2] if len(parts) > 2 else None
    if hour > 24 or minute > 59 or (second or 0) > 60 or (hour == 24 and minute):
        return None
    return Clock(hour, minute, second)


def clock_of(tokens: list[Token], signs: str, dotted: str, text: str) -> Clock | None:
    """Return the time of the day a text names; of several, the first of the surest kind.

    Args:
        tokens: of the text.
        signs: of the tokens, those of the date blanked out.
        dotted: signs after a whole date, where `10.30` is a time; blank before it.
        text: for the error.
    """
    for pattern, where in (*((pattern, signs) for pattern in _PATTERNS), (_DOTTED, dotted)):
        for found in pattern.finditer(where):
            if (clock := _clock(found, tokens, text)) is not None:
                return clock
    return None
