"""Dates that programs write: ISO 8601, RFC 822, asctime, epochs, and what the wild makes of them.

    2025-11-17T08:05:00+03:00 ─┐ fromisoformat: what nearly every feed and page gives
    20210516T080625Z  24:00 ───┤ one regular expression
    Thu,28 Jul 2022 4:35:5 GMT ┤ one more; a wrong weekday is the machine's mistake, not ours
    1763366700  /Date(…)/ ─────┘ epochs
    anything else ─────────────▶ `words`, weekdays unchecked

All expressions are anchored and linear, and no text over MAX_DATE_LENGTH is looked at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ingest.dates.zones import moment_at, named_zone
from ingest.model import Moment, Precision, ZoneReason
from ingest.text import fold_digits

MAX_DATE_LENGTH: Final = 200

_CLOCK: Final = r"(\d{1,2})(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?)?"
_ZONE: Final = (
    r"((?:gmt|utc|ut)? ?[+\-−] ?\d{1,2}(?::?\d\d)?(?::?\d\d)?|[a-z]{1,5})?"
    r"(?: ?\([^()]{0,40}\)|\[[^\[\]]{0,40}\])?"
)
_ISO: Final = re.compile(
    rf"(\d{{4}})(?:-(\d{{1,2}})-(\d{{1,2}})|/(\d{{1,2}})/(\d{{1,2}})|(\d\d)(\d\d))"
    rf"(?:(?:[t_,] ?| - | [t_]? ?){_CLOCK})? ?{_ZONE}",
    re.ASCII,
)
_MONTH_NAMES: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTH: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_RFC: Final = re.compile(
    rf"(?:[a-z]{{2,9}}\.?,? ?)?(\d{{1,2}})[ \-]({_MONTH_NAMES})\.?,?[ \-](\d{{4}}|\d\d)"
    rf",?(?: (\d{{1,2}}):(\d{{1,2}})(?::(\d{{1,2}})(?:\.(\d{{1,12}}))?)? ?{_ZONE})?",
    re.ASCII,
)
_ASCTIME: Final = re.compile(
    rf"[a-z]{{3}},? ({_MONTH_NAMES}) {{1,2}}(\d{{1,2}})"
    rf" (\d{{1,2}}):(\d\d):(\d\d) (?:([a-z]{{1,5}}) )?(\d{{4}})",
    re.ASCII,
)
_WIRE: Final = re.compile(
    rf"(\d\d)(\d\d)(\d\d) ?([a-z]{{1,5}})? ({_MONTH_NAMES})\.?(?: (\d\d|\d{{4}}))?", re.ASCII
)
_EPOCH: Final = re.compile(r"(?:/date\()?(\d{9,10}|\d{12,13})(?:\.\d+)?(?:[+\-]\d{4})?(?:\)/)?")
_SPACES: Final = re.compile(r"\s+")
_TIME_MARKS: Final = frozenset(("", "T", "t", " "))
_HALVES: Final = frozenset(("am", "pm"))
# Members of an enum are slow to look up.
_SECOND: Final = Precision.SECOND
_MINUTE: Final = Precision.MINUTE
_BY_TEXT: Final = ZoneReason.TEXT
_Parts = tuple[str | None, ...]  # hour, minute, second, fraction, zone


def _moment(
    day: tuple[int, int, int], clock: _Parts, text: str, source: tzinfo | None
) -> Moment | None:
    """Return the moment of a date and a clock as matched; None where they are impossible.

    24:00 is the next day's midnight, a leap second the second after it.
    """
    hour, minute, second, fraction, name = clock
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and (minutes or seconds)):
        return None
    since = timedelta(
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0,
    )
    try:
        local = datetime(*day) + since  # noqa: DTZ001  # its zone is found below
    except (ValueError, OverflowError):
        return None
    if name in _HALVES:
        return None  # the reader of words knows twelve-hour clocks
    zone = named_zone(name.replace(" ", ""), local, source) if name else None
    precision = Precision.DAY
    if hour is not None:
        precision = Precision.SECOND if second else Precision.MINUTE
    return moment_at(local, precision, text, zone=zone, source=source)


def _iso(text: str, source: tzinfo | None) -> Moment | None:
    """Read `2025-11-17T08:05:00+03:00` and its like: the fast path."""
    if text[10:11] not in _TIME_MARKS:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    precision = Precision.DAY if len(text) == 10 else _SECOND if text[16:17] == ":" else _MINUTE
    if at.tzinfo is None:
        return moment_at(at, precision, text, zone=None, source=source)
    if not 1900 <= at.year <= 2100:
        return None
    return Moment(at=at, precision=precision, text=text, zone=_BY_TEXT)


def _iso_like(folded: str, text: str, source: tzinfo | None) -> Moment | None:
    found = _ISO.fullmatch(folded)
    if found is None:
        return None
    year, *rest = found.groups()
    month, day = next((m, d) for m, d in zip(rest[0:6:2], rest[1:6:2], strict=True) if m)
    clock = tuple(rest[6:])
    if clock[0] and clock[1] is None and (month is rest[4] or clock[4] is None):
        return None  # digits of something else
    return _moment((int(year), int(month), int(day or 0)), clock, text, source)


def _month(name: str) -> int:
    return _MONTH.index(name[:3]) // 4 + 1


def full_year(digits: str) -> int:
    """Return the year of two or four digits: 69 is 1969, 68 is 2068 (POSIX)."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (1900 if year > 68 else 2000)


def _mail(folded: str, text: str, source: tzinfo | None) -> Moment | None:
    """Read RFC 822 in English; a wrong weekday is ignored."""
    if found := _RFC.fullmatch(folded):
        day, name, year, *clock = found.groups()
    elif found := _ASCTIME.fullmatch(folded):
        name, day, hour, minute, second, zone, year = found.groups()
        clock = [hour, minute, second, None, zone]
    else:
        return None
    return _moment((full_year(year), _month(name), int(day)), tuple(clock), text, source)


def _wire(folded: str, text: str, source: tzinfo | None, now: datetime | None) -> Moment | None:
    """Read IPTC 7901's `131137 GMT Nov 13`: day, clock, zone, month, and the year if it differs."""
    found = _WIRE.fullmatch(folded)
    if found is None:
        return None
    day, hour, minute, zone, name, year = found.groups()
    if year and int(year) != int(day):
        years = [full_year(year)]
    elif now is not None:  # the last number repeats the day, so no year is named
        years = [now.year, now.year - 1]
    else:
        return None
    for candidate in years:
        at = _moment(
            (candidate, _month(name), int(day)), (hour, minute, None, None, zone), text, source
        )
        if at is not None and (now is None or at.at <= now + timedelta(days=1)):
            return at
    return None


def _epoch(folded: str, text: str) -> Moment | None:
    found = _EPOCH.fullmatch(folded)
    if found is None:
        return None
    seconds, thousandths = int(found[1]), 0
    if len(found[1]) > 10:
        seconds, thousandths = divmod(seconds, 1000)
    local = datetime(1970, 1, 1) + timedelta(seconds=seconds, milliseconds=thousandths)  # noqa: DTZ001  # UTC
    return moment_at(local, Precision.SECOND, text, zone=UTC, source=None)


def machine_moment(
    text: str, source: tzinfo | None, now: datetime | None, *, mail: bool = True
) -> Moment | None:
    """Return the moment of a stripped text in a machine's form; None for any other.

    Args:
        text: one date.
        source: the zone of times without offset.
        now: settles a wire stamp's year.
        mail: also read RFC 822 and asctime, which then are not checked for their weekday.
    """
    if not 6 <= len(text) <= MAX_DATE_LENGTH:
        return None
    if text[4] == "-" and (moment := _iso(text, source)) is not None:
        return moment
    folded = _SPACES.sub(" ", fold_digits(text).lower())
    if len(folded) == 14 and folded.isdigit():
        folded = f"{folded[:8]}t{folded[8:]}"
    moment = _iso_like(folded, text, source) or _epoch(folded, text)
    if moment is None and mail:
        moment = _mail(folded, text, source)
    return moment or _wire(folded, text, source, now)
