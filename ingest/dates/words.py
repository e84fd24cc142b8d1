"""Dates that people read, in the languages agencies write.

    text ─▶ tokens ─▶ the part that says when it was published ─▶ day ──┐
                                                              └▶ clock ─┴▶ Moment

What holds throughout: three numbers are day, month, year, never month first unless the
language is en-US; what the parts say must agree, else DateContradiction; what is missing is
never made up: without a day, a month or (with no `now`) a year there is no date. A year that
is not named is the nearest past one. A lunar Hijri date alone names a day only together with
its weekday, since its calendars differ by a day; beside a Gregorian date it must be near it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from ingest.dates.clocks import Clock, clock_of
from ingest.dates.days import Day, check_weekday, days_of, gregorian, one_day
from ingest.dates.relative import elapsed, told_time
from ingest.dates.tokens import Token, tokens_of
from ingest.dates.zones import moment_at, named_zone
from ingest.errors import DateContradiction
from ingest.model import Moment, Precision

_ADVANCE: Final = timedelta(days=1)  # clocks and zones differ: tomorrow is not last year


class Reading:
    """One reading of a text: its tokens, and what the caller knows."""

    def __init__(
        self,
        tokens: list[Token],
        *,
        text: str,
        source: tzinfo | None,
        language: str | None,
        now: datetime | None,
        trusts_weekdays: bool = True,
    ) -> None:
        self.tokens = _without_markers(tokens)
        self.signs = "".join(token.sign for token in self.tokens)
        self.text = text
        self.source = source
        self.language = language.lower() if language else None
        self.now = now.astimezone(source or UTC) if now is not None else None
        self.trusts_weekdays = trusts_weekdays

    def moment(self) -> Moment | None:
        """Return what the text says.

        Raises:
            DateContradiction: its parts disagree.
        """
        days = list(days_of(self.tokens, self.signs, self.language, self.text))
        if not days:
            return self._told()
        whole = [day for day in days if day.year is not None]
        weekdays = self._weekdays(days)
        at = one_day(whole, weekdays, self.text) if whole else self._nearest(days[0], weekdays)
        clock = self._clock(days)
        if at is None or (clock is None and "T" in self.signs):
            return None  # an impossible time makes the day doubtful too
        return self._at(at, clock)

    def _weekdays(self, days: list[Day]) -> set[int]:
        """Return the weekdays beside a date, with no foreign word between."""
        if not self.trusts_weekdays:
            return set()
        start, end = min(day.start for day in days), max(day.end for day in days)
        before = self.signs.rfind("x", 0, start) + 1
        after = self.signs.find("x", end)
        after = len(self.signs) if after < 0 else after
        return {
            value - 1
            for token in self.tokens[before:after]
            if token.sign == "W" and isinstance(value := token.value, int)
        }

    def _clock(self, days: list[Day]) -> Clock | None:
        signs = list(self.signs)
        for day in days:
            signs[day.start : day.end] = " " * (day.end - day.start)
        end = max((day.end for day in days), default=len(signs))
        blanked = "".join(signs)
        return clock_of(self.tokens, blanked, " " * end + blanked[end:], self.text)

    def _zone(self, local: datetime) -> tzinfo | None:
        for token in self.tokens:
            if token.sign == "Z":
                name = str(token.value).strip()
                zone = (
                    ZoneInfo(name) if "/" in name else named_zone(name.lower(), local, self.source)
                )
                if zone is not None:
                    return zone
        return None

    def _at(self, day: date, clock: Clock | None) -> Moment | None:
        local = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # its zone is found below
        if clock is None:
            return moment_at(local, Precision.DAY, self.text, zone=None, source=self.source)
        local += timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second or 0)
        precision = Precision.MINUTE if clock.second is None else Precision.SECOND
        zone = self._zone(local)
        return moment_at(local, precision, self.text, zone=zone, source=self.source)

    def _nearest(self, day: Day, weekdays: set[int]) -> date | None:
        """Return the nearest past day of that name, or the nearest to come where it says so."""
        if self.now is None:
            return None
        today = self.now.date()
        years = range(today.year - 1, today.year + 2)
        dates = [at for year in years if (at := gregorian(_in_year(day, year))) is not None]
        if "X" in self.signs:
            dates = [at for at in dates if at > today][:1]
        else:
            dates = [at for at in dates if at <= today + _ADVANCE][-1:]
        if not dates:
            return None
        check_weekday(dates[0], weekdays, self.text)
        return dates[0]

    def _told(self) -> Moment | None:
        """Return what is told from now: hours ago, yesterday, Monday, just now."""
        if self.now is None:
            return None
        local = self.now.replace(tzinfo=None)
        if (ago := elapsed(self.tokens, self.signs)) is not None:
            at = told_time(local, *ago)
            return moment_at(at, ago[1], self.text, zone=None, source=self.source)
        if "R" in self.signs:
            offset = self.tokens[self.signs.index("R")].value
            day = local.date() + timedelta(days=offset if isinstance(offset, int) else 0)
            return self._at(day, self._clock([]))
        if "W" in self.signs and "x" not in self.signs:
            weekday = self.tokens[self.signs.index("W")].value
            back = (local.weekday() - (weekday if isinstance(weekday, int) else 1) + 1) % 7
            return self._at(local.date() - timedelta(days=back), self._clock([]))
        if "K" in self.signs:
            at = told_time(local, timedelta(), Precision.MINUTE)
            return moment_at(at, Precision.MINUTE, self.text, zone=None, source=self.source)
        return None


def _in_year(day: Day, year: int) -> Day:
    return Day(year, day.month, day.day, day.start, day.end)


def _without_markers(tokens: list[Token]) -> list[Token]:
    """Return tokens without the م (A.D.) after a year, which elsewhere is "afternoon"."""
    kept: list[Token] = []
    for token in tokens:
        is_year = bool(kept) and kept[-1].sign == "N" and len(str(kept[-1].value)) == 4
        if not (token.sign == "A" and is_year):
            kept.append(token)
    return kept


def _parts(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Return the tokens about publication, and those about the last update."""
    signs = "".join(token.sign for token in tokens)
    if "U" not in signs:
        return tokens, []
    update = signs.index("U")
    publication = signs.find("P", update)
    if publication >= 0:
        published = [*tokens[publication:], Token(";"), *tokens[:update]]
        return published, tokens[update:publication]
    return tokens[:update], tokens[update:]


def _reading(
    tokens: list[Token],
    text: str,
    timezone: tzinfo | None,
    language: str | None,
    now: datetime | None,
) -> Moment | None:
    return Reading(tokens, text=text, source=timezone, language=language, now=now).moment()


def read_words(
    text: str, *, timezone: tzinfo | None, language: str | None, now: datetime | None
) -> Moment | None:
    """Return when a text says something was published, else when it was updated.

    Raises:
        DateContradiction: its parts disagree.
    """
    published, updated = _parts(tokens_of(text))
    moment = _reading(published, text, timezone, language, now)
    if moment is None and updated:
        moment = _reading(updated, text, timezone, language, now)
    return moment


def read_pair(
    text: str, *, timezone: tzinfo | None, language: str | None, now: datetime | None
) -> tuple[Moment | None, Moment | None]:
    """Return when a text says something was published and updated.

    Raises:
        DateContradiction: the parts of one of them disagree.
    """
    published, updated = _parts(tokens_of(text))
    return (
        _reading(published, text, timezone, language, now),
        _reading(updated, text, timezone, language, now) if updated else None,
    )


def read_machine_words(text: str, timezone: tzinfo | None) -> Moment | None:
    """Return the date of a machine that writes words; its weekdays are often wrong."""
    reading = Reading(
        tokens_of(text),
        text=text,
        source=timezone,
        language=None,
        now=None,
        trusts_weekdays=False,
    )
    try:
        return reading.moment()
    except DateContradiction:
        return None
