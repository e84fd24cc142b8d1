"""Times as wires write them: as written, with the reason for their zone, never a guess.

20210516T080625Z   20190121T102721   2017-10-11T10:41:00+0100   2022-07-11 18:33
131137 GMT Nov 13  names no year: the document's own other date settles it, or nothing does
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from ingest.dates import parse_machine_date
from ingest.model import Moment, Precision, ZoneReason

_LONGEST: Final = 60


@dataclass(slots=True)
class Stamps:
    """Reads the times of one document and collects what is odd about them.

    Attributes:
        zone: of times without one, as the source declares it.
        near: a date of the document itself; settles stamps without a year.
        oddities: in words.
    """

    zone: tzinfo | None = None
    near: datetime | None = None
    oddities: list[str] = field(default_factory=list)

    def read(self, text: str | None, what: str, *, as_if: str | None = None) -> Moment | None:
        """Return the moment of a text; what cannot be read, or is doubtful, is told.

        Args:
            text: as written.
            what: the name of its field.
            as_if: the same in a form that programs read, where it is not in one.
        """
        text = (text or "").strip()
        if not text:
            return None
        moment = parse_machine_date(as_if or text, timezone=self.zone, now=self.near)
        if moment is None:
            self._tell(what, text, "is no time that can be read for sure")
            return None
        if moment.text != text:
            moment = replace(moment, text=text)
        if moment.zone is ZoneReason.NONE and moment.precision is not Precision.DAY:
            self._tell(what, text, "names no zone and the source declares none: taken as UTC")
        elif moment.zone is ZoneReason.TEXT:
            self._compare_offset(moment, what)
        return moment

    def _compare_offset(self, moment: Moment, what: str) -> None:
        """Tell of an offset that the source's own zone does not have at that time."""
        written = moment.at.utcoffset()
        if self.zone is None or not written:
            return
        declared = moment.at.astimezone(self.zone).utcoffset()
        if declared is not None and declared != written and declared != UTC.utcoffset(None):
            here = moment.at.astimezone(self.zone).strftime("%z")
            self._tell(what, moment.text, f"kept as written, though its source has {here} then")

    def _tell(self, what: str, text: str, why: str) -> None:
        self.oddities.append(f"{what} {text[:_LONGEST]!r} {why}")
