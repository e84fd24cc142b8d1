"""What is known of a feed's habit, and the rate of publication that follows from it.

    rate(t) = level × hour(t) × weekday(t) × regime  +  burst that fades

Each factor is a count of entries over the count that was expected, with a prior that pulls it
to 1 while there is little evidence, and with old evidence fading. Times are seconds since
1970 in UTC, counts are entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR = 3600.0
DAY = 86400.0
VERSION = 1  # of the stored form; a state of another version is learnt anew

# What is believed of a feed before anything is known: about six entries a day, said softly.
PRIOR_COUNT = 0.3
PRIOR_SECONDS = 0.3 * DAY / 6
HOUR_PRIOR = 2.0  # entries that an hour of the day must earn before it moves half way from 1
DAY_PRIOR = 4.0  # the same for a day of the week
REGIME_PRIOR = 3.0  # and for the last hours
NEIGHBOUR = 0.2  # weight of the hours before and after in an hour's factor
REGIME_BOUNDS = (0.08, 12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How many entries came in how many seconds at the mean rate; both fade.

    A second of a busy hour counts for more of them, one of a quiet day for less.
    """

    count: float = PRIOR_COUNT
    seconds: float = PRIOR_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """Entries by hour of day and by weekday, seen and expected from all but the factor itself.

    Hours and days are UTC's, Monday first; `faded_at` is when the tallies last faded.
    """

    hours: tuple[float, ...] = (0.0,) * 24
    hours_expected: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    days_expected: tuple[float, ...] = (0.0,) * 7
    faded_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How the last hours and minutes differ from the habit.

    Attributes:
        regime, regime_expected: entries of the last hours, seen and expected.
        burst, burst_expected: the same of the last half hour.
        squares, spread: squared surprise and expectation; their ratio is the Fano factor.
    """

    regime: float = 0.0
    regime_expected: float = 0.0
    burst: float = 0.0
    burst_expected: float = 0.0
    squares: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """When the server makes its copy of the document anew, as far as it says.

    Attributes:
        lifetime: how long a copy lives at most; 0.0 where the server never said.
        due: when the copy seen last is made anew; 0.0 where it did not say.
        short_lives: replies in a row that were fresh for less than half of `lifetime`.
    """

    lifetime: float = 0.0
    due: float = 0.0
    short_lives: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the polls of one feed have taught; bounded in size whatever the feed does.

    Attributes:
        at: when the last successful poll ended.
        newest: the latest publication time seen; 0.0 where entries carry none.
        window: entries in the last document; 0 before the first.
        overflows: documents in a row in which nothing was known.
    """

    at: float
    newest: float = 0.0
    window: int = 0
    overflows: int = 0
    level: Level = Level()
    habit: Habit = Habit()
    tempo: Tempo = Tempo()
    renewal: Renewal = Renewal()

    def to_json(self) -> dict[str, Any]:
        """Return a small dict for a jsonb column: about 1 kB, whatever the feed."""
        parts = {name: _stored(getattr(self, name)) for name in _PARTS}
        return {"version": VERSION, **_stored(self), **parts}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> PollState | None:
        """Return the state that `to_json` stored; None where it is none of this version."""
        if not stored or stored.get("version") != VERSION:
            return None
        given = {name: value for name, value in stored.items() if name != "version"}
        try:
            parts = {name: part(**_read(given.pop(name))) for name, part in _PARTS.items()}
            state = cls(**_read(given), **parts)
        except (KeyError, TypeError, ValueError):
            return None  # a habit costs a day to learn again: no reason to stop polling
        lengths = [len(state.habit.hours), len(state.habit.hours_expected)]
        lengths += [len(state.habit.days), len(state.habit.days_expected)]
        return state if lengths == [24, 24, 7, 7] else None


_PARTS: dict[str, Any] = {"level": Level, "habit": Habit, "tempo": Tempo, "renewal": Renewal}


def _stored(part: Any) -> dict[str, Any]:
    """Return a part's fields; four decimals are more than any of them is sure of."""
    return {name: _rounded(getattr(part, name)) for name in part.__slots__ if name not in _PARTS}


def _rounded(value: Any) -> Any:
    return [round(number, 4) for number in value] if type(value) is tuple else round(value, 4)


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of one part; numbers and lists of numbers are all there is."""
    return {name: _read_value(value) for name, value in stored.items()}


def _read_value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(float, value))
    return value if isinstance(value, int) and not isinstance(value, bool) else float(value)


def mean_rate(level: Level) -> float:
    """Return the mean rate, entries a second; never 0."""
    return (level.count + 0.02) / (level.seconds + 600.0)


def hour_factor(habit: Habit, hour: int) -> float:
    """Return how much busier than the mean an hour of the day is, 0 to 23 in UTC."""
    seen, expected = habit.hours, habit.hours_expected
    after = hour - 23  # a negative index, so that midnight has neighbours on both sides
    count = NEIGHBOUR * (seen[hour - 1] + seen[after]) + (1 - 2 * NEIGHBOUR) * seen[hour]
    mean = NEIGHBOUR * (expected[hour - 1] + expected[after]) + (1 - 2 * NEIGHBOUR) * expected[hour]
    return (count + HOUR_PRIOR) / (mean + HOUR_PRIOR)


def day_factor(habit: Habit, day: int) -> float:
    """Return how much busier than the mean a weekday is, 0 for Monday."""
    return (habit.days[day] + DAY_PRIOR) / (habit.days_expected[day] + DAY_PRIOR)


def habit_factor(habit: Habit, at: float) -> float:
    """Return the factor of the hour and the weekday that hold the instant `at`."""
    return hour_factor(habit, int(at // HOUR) % 24) * day_factor(habit, weekday(at))


def weekday(at: float) -> int:
    """Return the weekday of an instant in UTC, 0 for Monday."""
    return (int(at // DAY) + 3) % 7  # 1970 began on a Thursday


def regime_factor(seen: float, expected: float) -> float:
    """Return how much busier than their habit the last hours were."""
    factor = (seen + REGIME_PRIOR) / (expected + REGIME_PRIOR)
    return min(REGIME_BOUNDS[1], max(REGIME_BOUNDS[0], factor))


def fano(tempo: Tempo) -> float:
    """Return the variance of the count between two polls over its mean: 1 for single entries."""
    return min(8.0, max(1.0, tempo.squares / max(tempo.spread, 0.05)))


def rate_by_hour(state: PollState) -> tuple[float, ...]:
    """Return the entries an hour learnt for each hour of the day in UTC, the week's mean."""
    mean_day = sum(day_factor(state.habit, day) for day in range(7)) / 7
    hourly = mean_rate(state.level) * HOUR * mean_day
    return tuple(hourly * hour_factor(state.habit, hour) for hour in range(24))
