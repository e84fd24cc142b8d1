"""Two calendars that agencies date by besides the Gregorian, as arithmetic.

Solar Hijri (Jalali): the 33-year cycle, right for 1244 to 1472 (1865 to 2093), checked
against known new years. Lunar Hijri: the civil tables, which Mecca's calendar and a sighted
moon miss by a day either way; so a lunar date alone is no day, see `lunar_hijri_days`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_NOWRUZ_1400: Final = date(2021, 3, 21)
_LEAP_YEARS: Final = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
_HIJRI_EPOCH: Final = date(622, 7, 19)  # 1 Muharram 1, civil tables, proleptic Gregorian
JALALI_YEARS: Final = range(1244, 1473)
HIJRI_YEARS: Final = range(1318, 1524)


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAP_YEARS


def jalali_day(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a solar Hijri date, None where there is no such day."""
    if year not in JALALI_YEARS or not 1 <= month <= 12:
        return None
    length = 31 if month <= 6 else 30 if month < 12 or _is_leap(year) else 29
    if not 1 <= day <= length:
        return None
    first, last = min(year, 1400), max(year, 1400)
    leaps = sum(_is_leap(between) for between in range(first, last))
    years = (year - 1400) * 365 + (leaps if year >= 1400 else -leaps)
    months = (month - 1) * 31 - max(0, month - 7)
    return _NOWRUZ_1400 + timedelta(days=years + months + day - 1)


def hijri_day(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a lunar Hijri date by the civil tables, None if impossible."""
    if year not in HIJRI_YEARS or not 1 <= month <= 12 or not 1 <= day <= 30:
        return None
    days = (year - 1) * 354 + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2 + day - 1
    return _HIJRI_EPOCH + timedelta(days=days)
