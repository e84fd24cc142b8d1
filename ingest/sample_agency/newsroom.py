"""What the sample agency's subscribers may have: items in versions, as a newsroom sends them.

    text       a story; every 9th is corrected, every 41st withdrawn, every 53rd withheld for a
               while, every 37th under an embargo, every 29th a flash without a text
    picture    beside every 4th text; of every 3rd of these there are three, which make a group
    video, graph   beside every 23rd and 31st text

All of it a function of seed, number and time. An item's id names a day, and its row in a search
the time of its newest version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.sample_agency.stories import Dice, Story, write_story

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_NUMBER = 41_000_000
USABLE, WITHHELD, CANCELED = "usable", "withheld", "canceled"
STEPS = {"corrected": 9, "withdrawn": 41, "withheld": 53, "embargoed": 37, "flash": 29}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An item as it is from a time on."""

    number: int
    at: datetime
    status: str = USABLE
    is_corrected: bool = False
    embargoed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An item.

    Attributes:
        beside: ids of what belongs to it.
        group: the id of its series.
    """

    id: str
    type: str
    versions: tuple[Version, ...]
    story: int
    beside: tuple[str, ...] = ()
    group: str | None = None
    is_flash: bool = False

    def at(self, now: datetime) -> Version | None:
        """Return its version at a time; None before the first."""
        return next((one for one in reversed(self.versions) if one.at <= now), None)


@lru_cache(maxsize=20_000)
def _written(seed: int, story: int, at: datetime, is_corrected: bool) -> Story:
    return write_story("tr", Dice(f"has/{seed}/{story}"), at, corrected=is_corrected)


class Newsroom:
    """Items sent at a steady pace.

    Args:
        seed: other seeds, other news.
        first: when the first story is sent.
        every: from one story to the next.
        stories: how many there will be; None: without end.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        first: datetime,
        every: timedelta = timedelta(seconds=20),
        stories: int | None = None,
    ) -> None:
        self._seed = seed
        self._first = first
        self._every = every
        self._stories = stories
        self._sent: dict[int, list[Sent]] = {}  # a search looks at thousands, again and again

    def sent_until(self, now: datetime) -> int:
        """Return how many stories are out."""
        count = max(0, (now - self._first) // self._every + 1)
        return count if self._stories is None else min(count, self._stories)

    def items(self, now: datetime, since: datetime | None = None) -> Iterator[Sent]:
        """Yield what is out, newest story first; of stories that say nothing since a time, none."""
        for number in range(self.sent_until(now) - 1, -1, -1):
            if since is not None and self._time(number) + timedelta(hours=2) < since:
                return
            yield from self.sent_with(number)

    def sent_with(self, number: int) -> list[Sent]:
        """Return a story's text and what is beside it."""
        if number not in self._sent:
            self._sent[number] = self._send(number)
        return self._sent[number]

    def _send(self, number: int) -> list[Sent]:
        at = self._time(number)
        media = [
            ("picture", 3 if number % 12 == 0 else 1, 4),
            ("video", 1, 23),
            ("graph", 1, 31),
        ]
        files: list[Sent] = []
        for kind, count, step in media:
            if number % step == 0:
                group = None if count == 1 else self._id(f"{kind}group", number, 9)
                files += [
                    self._file(kind, number, at, 1 + len(files) + n, group) for n in range(count)
                ]
        text = Sent(
            id=self._id("text", number, 0),
            type="text",
            versions=tuple(self._versions(number, at)),
            story=number,
            beside=tuple(one.id for one in files),
            is_flash=number % STEPS["flash"] == STEPS["flash"] - 1,
        )
        return [text, *files]

    def find(self, item: str) -> list[Sent]:
        """Return the item of an id, or all items of a group's; none for an unknown id."""
        parts = item.split(":")
        if len(parts) != 4 or not parts[3].isdecimal():
            return []
        number = (int(parts[3]) - FIRST_NUMBER) // 10
        if number < 0 or (self._stories is not None and number >= self._stories):
            return []
        return [one for one in self.sent_with(number) if item in (one.id, one.group)]

    def story(self, item: Sent, version: Version) -> Story:
        """Return the text of a version."""
        return _written(self._seed, item.story, version.at, version.is_corrected)

    def _time(self, number: int) -> datetime:
        return self._first + self._every * number

    def _id(self, kind: str, number: int, place: int) -> str:
        return f"aa:{kind}:{self._time(number):%Y%m%d}:{FIRST_NUMBER + number * 10 + place}"

    def _file(self, kind: str, number: int, at: datetime, place: int, group: str | None) -> Sent:
        return Sent(
            id=self._id(kind, number, place),
            type=kind,
            versions=(Version(number=1, at=at),),
            story=number,
            group=group,
        )

    def _versions(self, number: int, at: datetime) -> Iterator[Version]:
        def falls(what: str) -> bool:
            return number % STEPS[what] == STEPS[what] - 1

        ends = at + timedelta(minutes=10) if falls("embargoed") else None
        status = WITHHELD if falls("withheld") else USABLE
        yield Version(number=1, at=at, status=status, embargoed=ends)
        if falls("corrected"):
            yield Version(number=2, at=at + timedelta(minutes=3), is_corrected=True)
        if falls("withheld"):
            yield Version(number=3, at=at + timedelta(minutes=6))
        if falls("withdrawn"):
            yield Version(number=4, at=at + timedelta(minutes=15), status=CANCELED)
