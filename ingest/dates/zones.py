"""Zones as texts name them: offsets, abbreviations, and the zone a text leaves open.

An abbreviation that means several zones (IST, BST, AST, CST …) is believed only where the
source's own zone uses it; North America's are RFC 822's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from ingest.model import Moment, Precision, ZoneReason

_HOURS: Final[dict[str, float]] = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet", "zulu", "tu", "мск-3"), 0),
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("mst", "pdt"), -7),
    "edt": -4,
    "cst": -6,
    "mdt": -6,
    "pst": -8,
    "nst": -3.5,
    "brt": -3,
    "art": -3,
    **dict.fromkeys(("cet", "mez", "west", "wat", "hec", "oec"), 1),
    **dict.fromkeys(("cest", "mesz", "eet", "cat", "sast", "hees"), 2),
    **dict.fromkeys(("eest", "msk", "мск", "trt", "tsi", "eat"), 3),
    "irst": 3.5,
    "gst": 4,
    "samt": 4,
    "pkt": 5,
    "npt": 5.75,
    "wib": 7,
    "ict": 7,
    "wita": 8,
    "hkt": 8,
    "sgt": 8,
    "myt": 8,
    "awst": 8,
    "jst": 9,
    "kst": 9,
    "wit": 9,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
}
# Abbreviations of several zones: known as such, so that they are not taken for another word.
AMBIGUOUS: Final = frozenset({"ist", "bst", "ast", "adt", "idt", "sst", "et", "ct", "pt", "mt"})

OFFSET: Final = re.compile(r"(?:gmt|utc|ut)? ?([+\-−])(\d{1,2})(?::?(\d\d))?(?::?\d\d)?")
_MAX_OFFSET: Final = timedelta(hours=16)


def offset_zone(sign: str, hours: str, minutes: str | None) -> tzinfo | None:
    """Return the zone of a numeric offset, None for one that no place has."""
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > _MAX_OFFSET or int(minutes or 0) > 59:
        return None
    return timezone(-offset if sign != "+" else offset) if offset else UTC


def named_zone(name: str, local: datetime, source: tzinfo | None) -> tzinfo | None:
    """Return the zone that a text names, None where it names none that is sure.

    Args:
        name: in lower case, such as "gmt", "est", "+0300", "gmt+3", "utc-05:00".
        local: the clock time it belongs to, naive.
        source: the zone the text's source is in; its own abbreviation goes first.
    """
    if source is not None and local.replace(tzinfo=source).tzname() == name.upper():
        return source
    if (hours := _HOURS.get(name)) is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    offset = OFFSET.fullmatch(name)
    return offset_zone(offset[1], offset[2], offset[3]) if offset else None


def is_zone_name(name: str) -> bool:
    """Say whether a word in lower case is the abbreviation of a zone, a sure one or not."""
    return name in _HOURS or name in AMBIGUOUS


def moment_at(
    local: datetime, precision: Precision, text: str, *, zone: tzinfo | None, source: tzinfo | None
) -> Moment | None:
    """Return the moment of a naive clock time, None outside the years 1900 to 2100.

    Args:
        local: naive; midnight for a day alone.
        precision: what the text named.
        text: the whole string.
        zone: what the text itself says.
        source: what holds where the text says nothing.
    """
    if not 1900 <= local.year <= 2100:
        return None
    if zone is not None:
        return Moment(
            at=local.replace(tzinfo=zone), precision=precision, text=text, zone=ZoneReason.TEXT
        )
    reason = ZoneReason.NONE if source is None else ZoneReason.SOURCE
    return Moment(
        at=local.replace(tzinfo=source or UTC), precision=precision, text=text, zone=reason
    )
