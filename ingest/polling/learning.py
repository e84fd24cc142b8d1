"""What a poll teaches: counts move, old evidence fades, nothing else is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING

from ingest.polling.state import DAY, HOUR, PollState, habit, level, regime, weekday

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

LEVEL_DECAY = log(2) / (10 * DAY)
HABIT_DECAY = log(2) / (14 * DAY)
REGIME_DECAY = log(2) / (8 * HOUR)
BURST_DECAY = log(2) / 1500.0
HABIT_FADES_EVERY = 6 * HOUR
FIRST_DOCUMENT = 0.7  # what an entry of the first document weighs: it may be pinned or redated
LATE = 2 * HOUR  # an entry dated so long before the last poll was not published when it says
LONGEST_LOOK = 14 * DAY  # time before that says nothing on the hours of the day
CHURNS = 8  # undated documents without a known entry in a row, after which they count as one entry
SHORT_LIVES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What a poll showed.

    Attributes:
        at: when it ended; aware.
        ok: whether it brought a usable reply; 304 is one. A failure teaches nothing on the rate.
        new: for each entry never seen before its publication time as the feed claims it, None
            where it claims none; in any order. The first poll shows the whole document.
        window: entries in the document; None for 304 and the same bytes.
        overflow: the document was whole and nothing in it was known: entries may be lost.
        fresh_for: what the server's copy had left to live (max-age less Age); None: not said.
    """

    at: datetime
    ok: bool = True
    new: Sequence[datetime | None] = ()
    window: int | None = None
    overflow: bool = False
    fresh_for: timedelta | None = None


def learn(state: PollState | None, outcome: PollOutcome) -> PollState | None:
    """Return what is known after a poll; None only while no poll has ever succeeded.

    Raises:
        ValueError: a time carries no timezone.
    """
    now = seconds_of(outcome.at)
    if not outcome.ok:
        return state
    claimed = [now + 1.0 if at is None else seconds_of(at) for at in outcome.new]
    dated = sorted(at for at in claimed if at <= now)
    if state is None:
        learnt = _first_document(now, dated)
    elif now <= state.at:  # the clock went back: no time to set the entries against
        learnt = replace(state, at=now, faded_at=min(state.faded_at, now))
    else:
        learnt = _since_last_poll(state, outcome, now, claimed, dated)
    seen_overflow = outcome.overflow and state is not None
    learnt = replace(
        learnt,
        newest=max(dated[-1] if dated else 0.0, min(learnt.newest, now)),
        window=learnt.window if outcome.window is None else outcome.window,
        overflows=learnt.overflows + 1 if seen_overflow else 0,
    )
    return _with_freshness(learnt, now, outcome.fresh_for)


def seconds_of(at: datetime) -> float:
    """Return seconds since 1970.

    Raises:
        ValueError: `at` carries no timezone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} carries no timezone")
    return at.timestamp()


def _first_document(now: float, dated: list[float]) -> PollState:
    """Return what the dates in the first document say on the rate.

    The oldest fifth is left out: one pinned entry would stretch the span over years.
    """
    state = PollState(at=now, faded_at=now)
    if len(dated) < 2:
        return state
    typical = dated[len(dated) // 5 :]
    span = max(now - typical[0], 60.0)
    state = replace(
        state,
        count=state.count + FIRST_DOCUMENT * len(typical),
        seconds=state.seconds + FIRST_DOCUMENT * span,
    )
    return _with_habit(state, typical, max(typical[0], now - LONGEST_LOOK), now)


def _since_last_poll(
    state: PollState, outcome: PollOutcome, now: float, claimed: list[float], dated: list[float]
) -> PollState:
    """Return what the entries since the last poll say."""
    before = state.at
    if outcome.overflow and len(dated) * 2 > len(claimed):
        # Either entries ran through the window or every guid was exchanged. What is dated
        # after the newest entry known tells the two apart; it ran through in that time alone.
        claimed = dated = [at for at in dated if at > state.newest]
        if dated and len(dated) * 2 > (outcome.window or 0):
            before = min(max(before, dated[0]), now - 1.0)
    elif outcome.overflow and state.overflows >= CHURNS:
        claimed = claimed[:1]
    passed, elapsed = now - before, now - state.at
    rate = level(state)
    expected = rate * passed * mean_habit(state, before, now)
    lasting = exp(-LEVEL_DECAY * elapsed)
    state = _with_tempo(state, claimed, elapsed, passed, expected)
    state = replace(
        state,
        at=now,
        count=state.count * lasting + len(claimed),
        seconds=state.seconds * lasting + passed,
    )
    return _with_habit(state, claimed, max(before, now - LONGEST_LOOK), now)


def _with_tempo(
    state: PollState, claimed: list[float], elapsed: float, passed: float, expected: float
) -> PollState:
    """Return the state with the last hours (regime), the last minutes (burst) and their spread."""
    count = len(claimed)
    lasting = exp(-REGIME_DECAY * elapsed)
    state = replace(
        state,
        regime=state.regime * lasting + count,
        regime_expected=state.regime_expected * lasting + expected,
    )
    tempo = regime(state)
    lasting = exp(-BURST_DECAY * elapsed)
    fresh = exp(-BURST_DECAY * min(passed * 0.3, HOUR))
    steady = min(expected * tempo, expected / passed * tempo / BURST_DECAY)
    state = replace(
        state,
        burst=state.burst * lasting + count * fresh,
        burst_expected=state.burst_expected * lasting + steady,
    )
    adjusted = expected * tempo
    if adjusted <= 0.05:
        return state
    return replace(
        state,
        squares=0.97 * state.squares + 0.03 * (count - adjusted) ** 2,
        spread=0.97 * (state.spread or 1.0) + 0.03 * adjusted,
    )


def _with_habit(state: PollState, claimed: list[float], before: float, now: float) -> PollState:
    """Return the state with entries and expectation counted by hour and by weekday."""
    hours, hours_expected = list(state.hours), list(state.hours_expected)
    days, days_expected = list(state.days), list(state.days_expected)
    lasting, faded_at = 1.0, state.faded_at
    if now - faded_at >= HABIT_FADES_EVERY:
        lasting, faded_at = exp(-HABIT_DECAY * (now - faded_at)), now
        hours, hours_expected = [n * lasting for n in hours], [n * lasting for n in hours_expected]
        days, days_expected = [n * lasting for n in days], [n * lasting for n in days_expected]
    rate = level(state)
    unplaced = 0
    for at in claimed:
        if at > now or at < before - LATE:
            unplaced += 1
            continue
        hours[int(at // HOUR) % 24] += 1.0
        days[weekday(at)] += 1.0
    share = unplaced / (now - before) if now > before else 0.0
    at = before
    while at < now:
        until = min(now, (at // HOUR + 1) * HOUR)
        hour, day = int(at // HOUR) % 24, weekday(at)
        hours_expected[hour] += rate * (until - at)
        days_expected[day] += rate * (until - at)
        if unplaced:  # undated: spread evenly over the time since the last poll
            hours[hour] += share * (until - at)
            days[day] += share * (until - at)
        at = until
    return replace(
        state,
        hours=tuple(hours),
        hours_expected=tuple(hours_expected),
        days=tuple(days),
        days_expected=tuple(days_expected),
        faded_at=faded_at,
    )


def mean_habit(state: PollState, before: float, now: float) -> float:
    """Return the mean factor of the hours between two instants."""
    passed = min(now - before, 7 * DAY)
    steps = min(24, max(1, int(passed // HOUR)))
    step = passed / steps
    return sum(habit(state, before + (i + 0.5) * step) for i in range(steps)) / steps


def _with_freshness(state: PollState, now: float, fresh_for: timedelta | None) -> PollState:
    """Return the state with the server's cache: how long a copy lives, and this one's end."""
    if fresh_for is None or fresh_for.total_seconds() <= 0:
        return replace(state, fresh_until=0.0) if state.fresh_until else state
    left = fresh_for.total_seconds()
    short = state.short_lives + 1 if left < state.lifetime / 2 else 0
    if left > state.lifetime or short >= SHORT_LIVES:
        return replace(state, fresh_until=now + left, lifetime=left, short_lives=0)
    return replace(state, fresh_until=now + left, short_lives=short)
