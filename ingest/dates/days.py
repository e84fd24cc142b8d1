"""Which day a text names: the grammar of dates over a string of signs.

Each pattern names its numbers `y`, `m`, `d` and its months `a`, `b`; several finds in one
text must name one day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ingest.dates.calendars import HIJRI_YEARS, JALALI_YEARS, hijri_day, jalali_day
from ingest.dates.machine import full_year
from ingest.dates.tokens import Token
from ingest.errors import DateContradiction

_GAP: Final = r"[,.\-/ymdjlbA]{0,3}"
_MONTH: Final = r"(?P<a>[MJH])(?:[/(\-.]{0,2}(?P<b>[MJH])\)?)?"
_YEAR: Final = r"(?P<y>N)(?![.hi]N|[hi])"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<e>e)?(?P<y>N)y(?P<m>N)m(?P<d>N)d?",
        rf"(?<!N-)(?P<d>N){_GAP}{_MONTH}{_GAP}{_YEAR}",
        rf"(?<!N-)(?P<y>N){_GAP}{_MONTH}{_GAP}(?P<d>N)",
        rf"{_MONTH}[.]?(?P<d>N)[,.y]{{0,3}}{_YEAR}",
        r"(?P<d>N)(?P<s>[./\-])(?P<m>N)(?P=s)(?P<y>N)(?!(?P=s)N)",
        r"(?P<m>N)m(?P<d>N)d",
        rf"(?<!N-)(?P<d>N){_GAP}{_MONTH}",
        rf"{_MONTH}[.]?(?P<d>N)(?!-N)",
        r"^[;,()]*(?P<d>N)(?P<s>[./\-])(?P<m>N)(?=[;,()TAZ]*$)",
    )
)
_SLIP: Final = timedelta(days=2)  # between the tables, Mecca's calendar and a sighted moon


@dataclass(frozen=True, slots=True)
class Day:
    """A day as found: `year` None where none is named; `start` and `end` in the signs."""

    year: int | None
    month: int
    day: int
    start: int
    end: int
    calendar: str = "M"


def _number(tokens: list[Token], found: re.Match[str], name: str) -> str | None:
    if name not in found.re.groupindex or found[name] is None:
        return None
    return str(tokens[found.start(name)].value)


def _one_month(
    tokens: list[Token], found: re.Match[str], language: str | None, text: str
) -> tuple[str, int | None]:
    """Return calendar and number of the month a match names by one or two words."""
    named = []
    for name in ("a", "b"):
        if found[name] is not None:
            value = tokens[found.start(name)].value
            if isinstance(value, dict):
                value = value.get((language or "").partition("-")[0])
            named.append((found[name], value))
    calendar, month = named[0]
    if len(named) == 2 and named[0] != named[1] and None not in (month, named[1][1]):
        raise DateContradiction(text, "two different months for one day")
    return calendar, month if isinstance(month, int) else None


def _year_of(digits: str | None, before: int) -> int | None:
    if digits is None or len(digits) == 3 or len(digits) > 4:
        return None if digits is None or not before else before + int(digits)
    if before:
        return before + int(digits)
    year = full_year(digits)
    return year - 543 if year >= 2400 else year  # Buddhist years


def _calendar_of(year: int | None, calendar: str, signs: str) -> str:
    """Return the calendar of a date in numbers: years of either Hijri calendar tell themselves."""
    if calendar != "M" or year is None or not 1300 <= year < 1500:
        return calendar
    if "j" in signs:
        return "J"
    return "H" if "l" in signs or year > 1420 else "J"


def _read(
    tokens: list[Token], signs: str, found: re.Match[str], language: str | None, text: str
) -> Day | None:
    calendar, month = "M", None
    if "a" in found.re.groupindex:
        calendar, month = _one_month(tokens, found, language, text)
    elif digits := _number(tokens, found, "m"):
        month = int(digits)
    era = tokens[found.start("e")].value if found.groupdict().get("e") else 0
    year_digits, day_digits = _number(tokens, found, "y"), _number(tokens, found, "d")
    separator = found.groupdict().get("s")
    if separator and signs.endswith(f"N{separator}", 0, found.start()):
        return None  # four numbers in a row are a version or an address
    if day_digits is None or month is None:
        return None
    if len(day_digits) == 4 and year_digits and len(year_digits) <= 2:
        day_digits, year_digits = year_digits, day_digits  # 2025.11.17, 2025 Nov 17
    elif separator and (
        month > 12 >= int(day_digits) or (separator == "/" and language in {"en-us", "en_us"})
    ):
        day_digits, month = str(month), int(day_digits)  # 11/17/2025 can be nothing else
    year = _year_of(year_digits, era if isinstance(era, int) else 0)
    calendar = _calendar_of(year, calendar, signs)
    return Day(year, month, int(day_digits[:4]), found.start(), found.end(), calendar)


def _is_written(day: Day) -> bool:
    """Tell whether a day that is none is written as one all the same: 31.02.2025."""
    year = day.year
    is_dated = day.calendar == "M" and year is not None and 1900 <= year <= 2100
    return is_dated and 1 <= day.month <= 12 and 1 <= day.day <= 31


def _is_possible(day: Day) -> bool:
    if day.year is None:
        return day.calendar == "M" and 1 <= day.month <= 12 and 1 <= day.day <= 31
    return gregorian(day) is not None


def gregorian(day: Day) -> date | None:
    """Return the Gregorian day of a date with its year, None where there is no such day."""
    if day.year is None:
        return None
    if day.calendar == "J":
        return jalali_day(day.year, day.month, day.day) if day.year in JALALI_YEARS else None
    if day.calendar == "H":
        return hijri_day(day.year, day.month, day.day) if day.year in HIJRI_YEARS else None
    if not 1900 <= day.year <= 2100:
        return None
    try:
        return date(day.year, day.month, day.day)
    except ValueError:
        return None


def days_of(tokens: list[Token], signs: str, language: str | None, text: str) -> Iterator[Day]:
    """Yield the days a text names, those with a year before those without.

    Raises:
        DateContradiction: the two names of a paired month differ, or the only day is none.
    """
    taken = [False] * len(signs)
    is_named = False
    for pattern in _PATTERNS:
        for found in pattern.finditer(signs):
            if any(taken[found.start() : found.end()]):
                continue
            day = _read(tokens, signs, found, language, text)
            if day is None or not (_is_possible(day) or _is_written(day)):
                continue
            taken[found.start() : found.end()] = [True] * (found.end() - found.start())
            if _is_possible(day):
                is_named = True
                yield day
    if not is_named and any(taken):
        raise DateContradiction(text, "the month has no such day")


def one_day(days: list[Day], weekdays: set[int], text: str) -> date | None:
    """Return the day that all dates with a year name together; None where none is sure.

    Raises:
        DateContradiction: they name different days, or a weekday is another day's.
    """
    exact = {gregorian(day) for day in days if day.calendar != "H"} - {None}
    lunar = [at for day in days if day.calendar == "H" and (at := gregorian(day)) is not None]
    if len(exact) > 1:
        raise DateContradiction(text, "two different days")
    at = next(iter(exact), None)
    if at is None:
        around = {moon + timedelta(days=by) for moon in lunar for by in (-1, 0, 1)}
        fitting = [day for day in around if day.weekday() in weekdays]
        return fitting[0] if len(fitting) == 1 else None
    if any(abs(moon - at) > _SLIP for moon in lunar):
        raise DateContradiction(text, "the Hijri and the Gregorian date are different days")
    check_weekday(at, weekdays, text)
    return at


def check_weekday(at: date, weekdays: set[int], text: str) -> None:
    """Raise DateContradiction where a named weekday is not the day's."""
    if weekdays and at.weekday() not in weekdays:
        raise DateContradiction(text, f"{at.isoformat()} is another weekday")
