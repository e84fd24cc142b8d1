"""What is known of a feed's habit, and the rate of publication that follows from it.

    rate(t) = level × hour(t) × weekday(t) × regime  +  burst that fades

Each factor is a count of entries over the count that was expected, with a prior that pulls it
to 1 while there is little evidence, and with old evidence fading. Times are seconds since
1970 in UTC, counts are entries.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
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

_NO_HOURS = (0.0,) * 24
_NO_DAYS = (0.0,) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the polls of one feed have taught; bounded in size whatever the feed does.

    Attributes:
        at: when the last successful poll ended.
        newest: the latest publication time seen; 0.0 where entries carry none.
        window: entries in the last document; 0 before the first.
        overflows: documents in a row in which nothing was known.
        count, seconds: entries and time behind the level, both fading.
        hours, hours_expected: entries by hour of day (UTC), seen and expected.
        days, days_expected: the same by weekday, Monday first.
        faded_at: when the four tallies above last faded.
        regime, regime_expected: entries of the last hours, seen and expected.
        burst, burst_expected: the same of the last half hour.
        squares, spread: squared surprise and expectation; their ratio is the Fano factor.
        lifetime: how long the server's copy lives at most, as it names it; 0.0 where it does not.
        fresh_until: when that copy is next made anew; 0.0 where the server does not say.
        short_lives: replies in a row that were fresh for less than half of `lifetime`.
    """

    at: float
    newest: float = 0.0
    window: int = 0
    overflows: int = 0
    count: float = PRIOR_COUNT
    seconds: float = PRIOR_SECONDS
    hours: tuple[float, ...] = _NO_HOURS
    hours_expected: tuple[float, ...] = _NO_HOURS
    days: tuple[float, ...] = _NO_DAYS
    days_expected: tuple[float, ...] = _NO_DAYS
    faded_at: float = 0.0
    regime: float = 0.0
    regime_expected: float = 0.0
    burst: float = 0.0
    burst_expected: float = 0.0
    squares: float = 0.0
    spread: float = 0.0
    lifetime: float = 0.0
    fresh_until: float = 0.0
    short_lives: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return a small dict for a jsonb column: about 1 kB, whatever the feed."""
        rounded = {name: _rounded(value) for name, value in asdict(self).items()}
        return {"version": VERSION} | rounded

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> PollState | None:
        """Return the state that `to_json` stored; None where it is none of this version."""
        if not stored or stored.get("version") != VERSION:
            return None
        try:
            return cls(**{f.name: _read(f.name, stored[f.name]) for f in fields(cls)})
        except (KeyError, TypeError, ValueError):
            return None  # a habit costs a day to learn again: no reason to stop polling


_LENGTHS = {"hours": 24, "hours_expected": 24, "days": 7, "days_expected": 7}
_WHOLE = {"window", "overflows", "short_lives"}
_TIMES = {"at", "newest", "faded_at", "fresh_until"}


def _rounded(value: Any) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return round(value, 3) if value > 1e6 else float(f"{value:.6g}")
    return [float(f"{number:.5g}") for number in value]


def _read(name: str, value: Any) -> Any:
    if name in _LENGTHS:
        numbers = tuple(map(float, value))
        if len(numbers) != _LENGTHS[name]:
            raise ValueError(name)
        return numbers
    return int(value) if name in _WHOLE else float(value)


def level(state: PollState) -> float:
    """Return the mean rate, entries a second; never 0."""
    return (state.count + 0.02) / (state.seconds + 600.0)


def hour_factor(state: PollState, hour: int) -> float:
    """Return how much busier than the mean an hour of the day is, 0 to 23 in UTC."""
    seen, expected = state.hours, state.hours_expected
    after = hour - 23  # a negative index, so that midnight has neighbours on both sides
    count = NEIGHBOUR * (seen[hour - 1] + seen[after]) + (1 - 2 * NEIGHBOUR) * seen[hour]
    mean = NEIGHBOUR * (expected[hour - 1] + expected[after]) + (1 - 2 * NEIGHBOUR) * expected[hour]
    return (count + HOUR_PRIOR) / (mean + HOUR_PRIOR)


def day_factor(state: PollState, day: int) -> float:
    """Return how much busier than the mean a weekday is, 0 for Monday."""
    return (state.days[day] + DAY_PRIOR) / (state.days_expected[day] + DAY_PRIOR)


def habit(state: PollState, at: float) -> float:
    """Return the factor of the hour and the weekday that hold the instant `at`."""
    return hour_factor(state, int(at // HOUR) % 24) * day_factor(state, weekday(at))


def weekday(at: float) -> int:
    """Return the weekday of an instant in UTC, 0 for Monday."""
    return (int(at // DAY) + 3) % 7  # 1970 began on a Thursday


def regime(state: PollState) -> float:
    """Return how much busier than their habit the last hours were."""
    factor = (state.regime + REGIME_PRIOR) / (state.regime_expected + REGIME_PRIOR)
    return min(REGIME_BOUNDS[1], max(REGIME_BOUNDS[0], factor))


def fano(state: PollState) -> float:
    """Return the variance of the count between two polls over its mean: 1 for single entries."""
    return min(8.0, max(1.0, state.squares / max(state.spread, 0.05)))


def rate_by_hour(state: PollState) -> tuple[float, ...]:
    """Return the entries an hour learnt for each hour of the day in UTC, the week's mean."""
    mean_day = sum(day_factor(state, day) for day in range(7)) / 7
    hourly = level(state) * HOUR * mean_day
    return tuple(hourly * hour_factor(state, hour) for hour in range(24))
