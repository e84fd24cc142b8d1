"""Dates: from what an agency wrote to a point in time, or to nothing, never to a guess.

parse_machine_date ── what programs write: feeds, sitemaps, metadata, wires
parse_date ────────── that, and what people read on a page, in the agencies' languages
parse_date_pair ───── a line that says both when it was published and when updated
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from ingest.dates.machine import MAX_DATE_LENGTH, machine_moment
from ingest.dates.words import read_machine_words, read_pair, read_words
from ingest.model import Moment

__all__ = ["parse_date", "parse_date_pair", "parse_machine_date"]


def parse_machine_date(
    text: str, *, timezone: tzinfo | None = None, now: datetime | None = None
) -> Moment | None:
    """Read a date that a program wrote, as feeds, sitemaps, metadata and wires carry them.

    Never raises: a wrong weekday is the machine's mistake, and what cannot be is None.

    Args:
        text: one date, nothing else; longer than MAX_DATE_LENGTH it is none.
        timezone: of times without offset; without it they are UTC, and marked so.
        now: settles the year of wire stamps without one (`131137 GMT Nov 13`).
    """
    text = text.strip()
    moment = machine_moment(text, timezone, now)
    if moment is not None or not 6 <= len(text) <= MAX_DATE_LENGTH:
        return moment
    if text[4] == "-" and text[-1] not in "mM":
        return None  # what looks like ISO 8601 is nothing else, but for clocks of twelve hours
    return read_machine_words(text, timezone)


def parse_date(
    text: str,
    *,
    timezone: tzinfo | None = None,
    language: str | None = None,
    now: datetime | None = None,
) -> Moment | None:
    """Read a date as people or programs write it; of a pair, the one of publication.

    Args:
        text: the date with little around it; longer than MAX_DATE_LENGTH it is none.
        timezone: of times without a zone of their own; a day alone is a day there.
        language: BCP 47; only settles names that are two months in two languages, and
            month-first numbers in en-US.
        now: aware; settles a missing year and what is told from now ("2 saat önce").

    Returns:
        The moment; None where the text names none that is sure.

    Raises:
        DateContradiction: the parts disagree: weekday, paired months or calendars, halves, or a
            day that the month has not.
    """
    text = text.strip()
    if len(text) > MAX_DATE_LENGTH:
        return None
    if (moment := machine_moment(text, timezone, now, mail=False)) is not None:
        return moment
    return read_words(text, timezone=timezone, language=language, now=now)


def parse_date_pair(
    text: str,
    *,
    timezone: tzinfo | None = None,
    language: str | None = None,
    now: datetime | None = None,
) -> tuple[Moment | None, Moment | None]:
    """Read a line such as `17.11.2025 - محدث : 18.11.2025`: published, and updated or None.

    Arguments and errors are those of `parse_date`.
    """
    text = text.strip()
    if len(text) > MAX_DATE_LENGTH:
        return None, None
    if (moment := machine_moment(text, timezone, now, mail=False)) is not None:
        return moment, None
    return read_pair(text, timezone=timezone, language=language, now=now)
