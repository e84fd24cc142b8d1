"""Single values of a feed: links, times, people, intervals. Bad ones are None, never an error."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, TypeGuard

from ingest.dates import parse_machine_date
from ingest.errors import DateContradiction, UnusableURL
from ingest.model import Enclosure, Moment, Precision, ZoneReason
from ingest.text import squeeze
from ingest.urls import normalize_url

_ESCAPED_TWICE: Final = re.compile(r"&(?:amp|#38|#038|#x26);", re.IGNORECASE)
_MAIL_AND_NAME: Final = re.compile(r"(?:mailto:)?[^\s<>()]{1,200}@[^\s<>()]{1,200}\s*\(([^()]+)\)")
_NAME_AND_MAIL: Final = re.compile(r"([^<>()]+?)\s*[<(][^\s<>()]+@[^\s<>()]+[>)]")
_NAMES: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_MONTHS: Final = {_NAMES[at : at + 3]: f"{at // 3 + 1:02}" for at in range(0, len(_NAMES), 3)}
_MAIL_DATE: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ((?:19|20)[0-9]{2}) "
    r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) (GMT|[+-](?:0[0-9]|1[0-2])[0-5][0-9])"
)
# Members of an enum are slow to look up.
_SECOND: Final = Precision.SECOND
_MINUTE: Final = Precision.MINUTE
_BY_TEXT: Final = ZoneReason.TEXT
_MAX_AUTHOR: Final = 500
_MAX_INTERVAL: Final = timedelta(days=366)
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_IMAGE_NAME: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)


def link_of(text: str | None, base: str) -> str | None:
    """Return an absolute http or https address; None for anything else."""
    if not text or not (text := text.strip()):
        return None
    while "&" in text and (plain := _ESCAPED_TWICE.sub("&", text)) != text:
        text = plain
    try:
        return normalize_url(text, base)
    except UnusableURL:
        return None


def is_address(text: str | None) -> TypeGuard[str]:
    """Tell whether text names an address by itself, as a permalink must."""
    return text is not None and text.strip()[:8].lower().startswith(("http://", "https://"))


def moment_of(text: str | None, source: tzinfo | None) -> Moment | None:
    """Return when it was, if the text says so; `source` is the zone of times without offset."""
    if not text or not (text := text.strip()):
        return None
    if text[4:5] != "-" and (found := _MAIL_DATE.fullmatch(text)):
        return _mail_moment(found)
    try:
        return parse_machine_date(text, timezone=source)
    except DateContradiction:
        return None


def _mail_moment(found: re.Match[str]) -> Moment | None:
    """Return what RSS says most often, at a fifth of the price."""
    day, month, year, clock, zone = found.groups()
    offset = "Z" if zone == "GMT" else zone
    try:
        at = datetime.fromisoformat(f"{year}-{_MONTHS[month]}-{day:0>2}T{clock}{offset}")
    except ValueError:
        return parse_machine_date(found[0])
    precision = _SECOND if len(clock) > 5 else _MINUTE
    return Moment(at=at, precision=precision, text=found[0], zone=_BY_TEXT)


def author_of(text: str | None) -> str | None:
    """Return a person's name from the forms feeds write: `a@b.c (Name)`, `Name <a@b.c>`, `Name`."""
    if not text:
        return None
    return _few_authors(text) if len(text) <= _SHORT else _author(text)


def _author(text: str) -> str | None:
    if not (text.isascii() and text.isprintable()) or "  " in text or len(text) > _MAX_AUTHOR:
        text = squeeze(text[:_MAX_AUTHOR])
    if not (text := text.strip()):
        return None
    if "@" not in text:
        return text
    for form in (_MAIL_AND_NAME, _NAME_AND_MAIL):
        if found := form.fullmatch(text):
            return found[1].strip(' "') or None
    return text


# Few people write for a feed, and it names them again and again.
_SHORT: Final = 100
_few_authors: Final = lru_cache(maxsize=4096)(_author)


def distinct(texts: list[str | None]) -> tuple[str, ...]:
    """Return what there is, each once, in order."""
    if len(texts) > 1:
        return tuple(dict.fromkeys([text for text in texts if text]))
    return (texts[0],) if texts and texts[0] else ()


def enclosure_of(url: str | None, media_type: str | None, length: str | None) -> Enclosure | None:
    """Return a file that an entry carries, if its address can be used."""
    if not url:
        return None
    digits = (length or "").strip()
    return Enclosure(
        url=url,
        media_type=(media_type or "").strip().lower() or None,
        length=int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None,
    )


def is_image(url: str, media_type: str | None, medium: str | None = None) -> bool:
    """Tell whether a file is a picture by what is said of it, else by its name."""
    if medium:
        return medium.strip().lower() == "image"
    if media_type:
        return media_type.strip().lower().startswith("image/")
    return bool(_IMAGE_NAME.search(url))


def minutes_of(text: str | None) -> timedelta | None:
    """Return an RSS `ttl`."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not int(text):
        return None
    return min(timedelta(minutes=int(text)), _MAX_INTERVAL)


def update_interval(period: str | None, frequency: str | None) -> timedelta | None:
    """Return how long sy:updatePeriod and sy:updateFrequency say nothing will be new."""
    if period is None and frequency is None:
        return None
    times = (frequency or "").strip()
    count = int(times) if times.isascii() and times.isdigit() and len(times) < 6 else 1
    whole = _PERIODS.get((period or "daily").strip().lower())
    return whole / max(count, 1) if whole else None


def hours_of(texts: list[str]) -> frozenset[int]:
    """Return RSS `skipHours`; 24 is midnight, as in RSS 0.91."""
    digits = (text.strip() for text in texts)
    hours = {int(text) for text in digits if text.isascii() and text.isdigit() and len(text) < 3}
    return frozenset(hour % 24 for hour in hours if hour <= 24)


def days_of(texts: list[str]) -> frozenset[int]:
    """Return RSS `skipDays`, 0 for Monday."""
    names = {text.strip().lower() for text in texts}
    return frozenset(number for number, name in enumerate(_DAYS) if name in names)
