"""What a reply's headers say of time: how long it is fresh, when to come again (RFC 9111, 9110).

Dates are the server's: an Expires or a Retry-After is measured from the reply's own Date where it
has one, so that a wrong clock there, or a fast one here, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from ingest.model import Validators

LONGEST_RETRY: Final = timedelta(days=1)
_LONGEST_AGE: Final = 10 * 365 * 86_400  # seconds; what is longer means "for ever"
_DIRECTIVE: Final = re.compile(r'\s*([^\s=,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^,"]*))?')


def parse_http_date(text: str) -> datetime | None:
    """Return a header's date in UTC, None where it is none; the three forms of RFC 9110, 5.6.7."""
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)  # asctime, or "-0000"
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


def cache_directives(headers: Mapping[str, str]) -> dict[str, str | None]:
    """Return Cache-Control's directives, lower case; the first of a repeated one counts."""
    found: dict[str, str | None] = {}
    for match in _DIRECTIVE.finditer(headers.get("cache-control", "")):
        value = match[2].strip().strip('"') if match[2] is not None else None
        found.setdefault(match[1].lower(), value)
    return found


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait that Retry-After names, at most a day; None where it names none.

    Args:
        headers: lower-case names.
        now: used for a date where the reply itself has no Date; aware.
    """
    text = headers.get("retry-after", "").split(",")[0].strip()
    if re.fullmatch(r"\d+(\.\d*)?", text):
        seconds = min(float(text), LONGEST_RETRY.total_seconds())
        return timedelta(seconds=seconds)
    date = parse_http_date(headers.get("retry-after", ""))
    if date is None:
        return None
    wait = date - (parse_http_date(headers.get("date", "")) or now)
    return min(max(wait, timedelta()), LONGEST_RETRY)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the reply stays fresh; None where the server does not say.

    s-maxage counts like max-age, the longer of both: we are a cache that many readers share and
    ask for all of them. `no-store` and `no-cache` name no time. Age, what the reply has already
    spent in caches on the way, is taken off.

    Args:
        headers: lower-case names.
        now: used where the reply has no Date; aware.
    """
    directives = cache_directives(headers)
    if "no-store" in directives or "no-cache" in directives:
        return None
    ages = [_seconds(directives.get(name)) for name in ("s-maxage", "max-age")]
    named = [age for age in ages if age is not None]
    if named:
        lifetime = float(max(named))
    else:
        expires = parse_http_date(headers.get("expires", ""))
        if expires is None:
            return None
        date = parse_http_date(headers.get("date", "")) or now
        lifetime = (expires - date).total_seconds()
    lifetime -= _seconds(headers.get("age")) or 0
    return timedelta(seconds=min(max(lifetime, 0.0), _LONGEST_AGE))


def _seconds(text: str | None) -> int | None:
    text = (text or "").strip()
    return min(int(text[:18]), _LONGEST_AGE) if text.isascii() and text.isdigit() else None


def validators_of(headers: Mapping[str, str], sent: Validators | None = None) -> Validators:
    """Return the validators of a reply, byte for byte.

    Args:
        headers: lower-case name to value as received, Latin-1.
        sent: for a 304: what the question carried; it stays where the reply names nothing newer.
    """
    kept = sent or Validators()
    return Validators(
        etag=headers.get("etag") or kept.etag,
        last_modified=headers.get("last-modified") or kept.last_modified,
    )
