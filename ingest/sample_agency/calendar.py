"""What exists when: publication, correction, withdrawal and mishaps as functions of time.

    slot n (20 s of virtual time) ── a story ──▶ corrected (one in nine) ──▶ … stays for ever
                                             └─▶ withdrawn (one in forty)

Nothing is remembered, so an agency that is started anew goes on where it would have been.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from ingest.sample_agency.stories import LANGUAGES, Dice, Story, write_story

ZONE = ZoneInfo("Europe/Istanbul")
BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
SLOT = timedelta(seconds=20)
WINDOW = 12  # items a feed shows
HISTORY_DAYS = 14
HISTORY_STEP = 181  # of a past day the sitemap keeps one story an hour; all three languages come by
CORRECTED_AFTER = timedelta(seconds=150)
WITHDRAWN_AFTER = timedelta(seconds=270)
MISHAP_LASTS = timedelta(seconds=40)


class Mishap(Enum):
    """What goes wrong at an agency now and then."""

    BROKEN = "an error of the server"
    BUSY = "too many requests"
    SLOW = "a reply that takes its time"
    TORN = "a feed that breaks off in the middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story as it stands at some time; `first_title` is what its address was made of."""

    number: int
    first_title: str
    published: datetime
    modified: datetime | None
    story: Story


@dataclass(frozen=True, slots=True)
class Calendar:
    """One agency's stories in time; all times virtual and aware.

    Attributes:
        name: settles everything together with the seed.
        seed: another seed, other news.
        slot: the time between two stories.
    """

    name: str
    seed: int
    slot: timedelta = SLOT

    def number_at(self, now: datetime) -> int:
        """Return the newest story's number; the one before is older."""
        number = (now - BEGAN) // self.slot
        return number if self.published_at(number) <= now else number - 1

    def published_at(self, number: int) -> datetime:
        """Return when a story comes out: within the first half of its slot, to the second."""
        seconds = self._dice(number).number("second", max(1, int(self.slot.total_seconds()) // 2))
        return BEGAN + number * self.slot + timedelta(seconds=seconds)

    def language(self, number: int) -> str:
        """Return a story's language."""
        return LANGUAGES[number % len(LANGUAGES)]

    def corrected_at(self, number: int) -> datetime | None:
        """Return when a story is put right; None for most."""
        is_wrong = self._dice(number).number("correction", 9) == 0
        return self.published_at(number) + CORRECTED_AFTER if is_wrong else None

    def withdrawn_at(self, number: int) -> datetime | None:
        """Return when a story disappears; None for nearly all."""
        is_false = self._dice(number).number("withdrawal", 40) == 0
        return self.published_at(number) + WITHDRAWN_AFTER if is_false else None

    def item(self, number: int, now: datetime) -> Item | None:
        """Return a story as it stands; None before it comes out and after it is withdrawn."""
        published, withdrawn = self.published_at(number), self.withdrawn_at(number)
        if number < 0 or published > now or (withdrawn is not None and withdrawn <= now):
            return None
        corrected = self.corrected_at(number)
        modified = corrected if corrected is not None and corrected <= now else None
        local, dice, language = (
            published.astimezone(ZONE),
            self._dice(number),
            self.language(number),
        )
        first = write_story(language, dice, local)
        return Item(
            number=number,
            first_title=first.title,
            published=local,
            modified=modified.astimezone(ZONE) if modified else None,
            story=write_story(language, dice, local, corrected=True) if modified else first,
        )

    def newest(self, now: datetime, *, count: int = WINDOW, language: str = "") -> list[Item]:
        """Return the newest stories, of one language or of all, newest first."""
        found: list[Item] = []
        number = self.number_at(now)
        while len(found) < count and number >= 0:
            if not language or self.language(number) == language:
                item = self.item(number, now)
                found += [item] if item else []
            number -= 1
        return found

    def history(self, day: date, now: datetime) -> list[Item]:
        """Return what the sitemap keeps of a day in the agency's zone, oldest first."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        first = self.number_at(midnight) + 1
        last = self.number_at(min(now, midnight + timedelta(days=1)))
        kept = (self.item(number, now) for number in range(first, last + 1, HISTORY_STEP))
        return [item for item in kept if item]

    def mishap(self, number: int, now: datetime) -> Mishap | None:
        """Return what is wrong with a story's page at its beginning; it heals."""
        if now - self.published_at(number) > MISHAP_LASTS:
            return None
        kinds = (Mishap.BROKEN, Mishap.BUSY, Mishap.SLOW)
        throw = self._dice(number).number("mishap", 45)
        return kinds[throw] if throw < len(kinds) else None

    def feed_mishap(self, feed: str, now: datetime) -> Mishap | None:
        """Return what is wrong with a feed in this minute."""
        minute = (now - BEGAN) // timedelta(minutes=1)
        kinds = (Mishap.TORN, Mishap.BROKEN, Mishap.SLOW)
        throw = Dice(f"{self.seed}/{self.name}/{feed}/{minute}").number("mishap", 60)
        return kinds[throw] if throw < len(kinds) else None

    def _dice(self, number: int) -> Dice:
        return Dice(f"{self.seed}/{self.name}/{number}")
