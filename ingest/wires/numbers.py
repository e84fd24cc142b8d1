"""Numbers as wires write them: what is none, or out of its range, is None."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"\s*([+-]?\d{1,18})(?:\.0+)?\s*", re.ASCII)


def whole_number(value: object, *, least: int = 0, most: int = 10**18) -> int | None:
    """Return a whole number between two bounds."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        number = value
    else:
        found = _WHOLE.fullmatch(str(value))
        if found is None:
            return None
        number = int(found[1])
    return number if least <= number <= most else None


def number_of(value: object) -> float | None:
    """Return a number that is finite and not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None


def version_number(value: object) -> int | None:
    """Return what orders versions: a whole number, or None for any other version."""
    return whole_number(value)
