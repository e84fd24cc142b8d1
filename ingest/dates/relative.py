"""Times told from now: `منذ ساعتين`, `3 hours ago`, `dün 14:05`, `2時間前`, `just now`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from ingest.dates.tokens import Token
from ingest.model import Precision

_AMOUNT: Final = r"[Nq]?[ymwdhis]|D"
_AGO: Final = re.compile(rf"G(?P<after>(?:(?:{_AMOUNT}),?)+)|(?P<before>(?:(?:{_AMOUNT}),?)+)G")
_ONE: Final = re.compile(_AMOUNT)
_SECONDS: Final = {"s": 1, "i": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST: Final = timedelta(days=3660)


def _amount(found: re.Match[str], tokens: list[Token], start: int) -> tuple[str, int]:
    signs = found[0]
    value = tokens[start + found.start()].value
    if signs == "D":
        return str(value), 2
    return signs[-1], 1 if len(signs) == 1 else int(str(value)[:6])


def elapsed(tokens: list[Token], signs: str) -> tuple[timedelta, Precision] | None:
    """Return how long ago a text says it was, and how exactly; None where it does not say.

    Months and years ago name no day.
    """
    found = _AGO.search(signs)
    if found is None:
        return None
    group = "after" if found["after"] else "before"
    total, units = 0, ""
    for part in _ONE.finditer(found[group]):
        unit, count = _amount(part, tokens, found.start(group))
        if unit not in _SECONDS:
            return None
        total += count * _SECONDS[unit]
        units += unit
    if total > _LONGEST.total_seconds():
        return None
    if set(units) <= {"d", "w"}:
        return timedelta(seconds=total), Precision.DAY
    return timedelta(seconds=total), Precision.SECOND if "s" in units else Precision.MINUTE


def told_time(local_now: datetime, ago: timedelta, precision: Precision) -> datetime:
    """Return the clock time that was `ago` before now, cut to its precision."""
    at = local_now - ago
    if precision is Precision.DAY:
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
    return at.replace(microsecond=0, second=at.second if precision is Precision.SECOND else 0)
