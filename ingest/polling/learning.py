"""What a poll teaches: counts move, old evidence fades, nothing else is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING

from ingest.polling.state import (
    DAY,
    DAY_PRIOR,
    HOUR,
    HOUR_PRIOR,
    Habit,
    Level,
    PollState,
    Renewal,
    Tempo,
    day_factor,
    habit_factor,
    hour_factor,
    mean_rate,
    regime_factor,
    weekday,
)

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
SPREAD_WEIGHT = 0.03  # of one poll in the Fano factor: it follows the last month or so
SHORT_LIVES = 30  # replies in a row that show a cache to be shorter than it once was


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
    newest = dated[-1] if dated else 0.0
    if state is None:
        level, habit, tempo = _first_document(now, dated)
        return PollState(
            at=now,
            newest=newest,
            window=outcome.window or 0,
            level=level,
            habit=habit,
            tempo=tempo,
            renewal=_renewal(Renewal(), now, outcome.fresh_for),
        )
    level, habit, tempo = state.level, state.habit, state.tempo
    if now > state.at:  # else the clock went back: no time to set the entries against
        level, habit, tempo = _since_last_poll(state, outcome, now, claimed, dated)
    return PollState(
        at=now,
        newest=max(newest, min(state.newest, now)),
        window=state.window if outcome.window is None else outcome.window,
        overflows=state.overflows + 1 if outcome.overflow else 0,
        level=level,
        habit=habit,
        tempo=tempo,
        renewal=_renewal(state.renewal, now, outcome.fresh_for),
    )


def seconds_of(at: datetime) -> float:
    """Return seconds since 1970.

    Raises:
        ValueError: `at` carries no timezone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} carries no timezone")
    return at.timestamp()


def _first_document(now: float, dated: list[float]) -> tuple[Level, Habit, Tempo]:
    """Return what the dates in the first document say on the rate.

    The oldest fifth is left out: one pinned entry would stretch the span over years.
    """
    level, habit = Level(), Habit(faded_at=now)
    if len(dated) < 2:
        return level, habit, Tempo()
    typical = dated[len(dated) // 5 :]
    span = max(now - typical[0], 60.0)
    level = Level(
        count=level.count + FIRST_DOCUMENT * len(typical),
        seconds=level.seconds + FIRST_DOCUMENT * span,
    )
    return level, _habit_with(habit, level, typical, typical[0], now), Tempo()


def _since_last_poll(
    state: PollState, outcome: PollOutcome, now: float, claimed: list[float], dated: list[float]
) -> tuple[Level, Habit, Tempo]:
    """Return what the entries since the last poll say."""
    before, level = state.at, state.level
    if outcome.overflow and len(dated) * 2 > len(claimed):
        # Either entries ran through the window or every guid was exchanged. What is dated
        # after the newest entry known tells the two apart; it ran through in that time alone.
        claimed = dated = [at for at in dated if at > state.newest]
        if dated and len(dated) * 2 > (outcome.window or 0):
            before = min(max(before, dated[0]), now - 1.0)
    elif outcome.overflow and state.overflows >= CHURNS:
        claimed = claimed[:1]
    passed, elapsed = now - before, now - state.at
    usual = passed * _mean_habit(state.habit, before, now)  # seconds at the mean rate
    expected = mean_rate(level) * usual
    lasting = exp(-LEVEL_DECAY * elapsed)
    level = Level(
        count=level.count * lasting + len(claimed), seconds=level.seconds * lasting + usual
    )
    habit = _habit_with(state.habit, level, claimed, before, now)
    return level, habit, _tempo_with(state.tempo, claimed, elapsed, passed, expected)


def _tempo_with(
    tempo: Tempo, claimed: list[float], elapsed: float, passed: float, expected: float
) -> Tempo:
    """Return the tempo after `claimed` entries where `expected` were."""
    count = len(claimed)
    lasting = exp(-REGIME_DECAY * elapsed)
    regime = tempo.regime * lasting + count
    regime_expected = tempo.regime_expected * lasting + expected
    factor = regime_factor(regime, regime_expected)
    lasting = exp(-BURST_DECAY * elapsed)
    fresh = exp(-BURST_DECAY * min(passed * 0.3, HOUR))
    steady = min(expected * factor, expected / passed * factor / BURST_DECAY)
    adjusted = expected * factor
    weight = SPREAD_WEIGHT if adjusted > 0.05 else 0.0
    return Tempo(
        regime=regime,
        regime_expected=regime_expected,
        burst=tempo.burst * lasting + count * fresh,
        burst_expected=tempo.burst_expected * lasting + steady,
        squares=tempo.squares + weight * ((count - adjusted) ** 2 - tempo.squares),
        spread=tempo.spread + weight * (adjusted - tempo.spread),
    )


def _habit_with(
    habit: Habit, level: Level, claimed: list[float], before: float, now: float
) -> Habit:
    """Return the habit with entries and expectation since `before` counted."""
    before = max(before, now - LONGEST_LOOK)
    if not 0.0 <= now - habit.faded_at < HABIT_FADES_EVERY:
        habit = _faded(habit, now)
    hours, hours_expected = list(habit.hours), list(habit.hours_expected)
    days, days_expected = list(habit.days), list(habit.days_expected)
    unplaced = 0
    for at in claimed:
        if at > now or at < before - LATE:
            unplaced += 1
            continue
        hours[int(at // HOUR) % 24] += 1.0
        days[weekday(at)] += 1.0
    rate, share = mean_rate(level), unplaced / max(now - before, 1.0)
    at = before
    while at < now:
        until = min(now, (at // HOUR + 1) * HOUR)
        hour, day = int(at // HOUR) % 24, weekday(at)
        hours_expected[hour] += rate * (until - at) * day_factor(habit, day)
        days_expected[day] += rate * (until - at) * hour_factor(habit, hour)
        if unplaced:  # undated: spread evenly over the time since the last poll
            hours[hour] += share * (until - at)
            days[day] += share * (until - at)
        at = until
    return Habit(
        hours=tuple(hours),
        hours_expected=tuple(hours_expected),
        days=tuple(days),
        days_expected=tuple(days_expected),
        faded_at=habit.faded_at,
    )


def _faded(habit: Habit, now: float) -> Habit:
    """Return the habit with its old evidence weighing less, and its factors centred on 1.

    What hours or days expected is set against what they saw in all, so that a change of pace
    moves the level alone.
    """
    lasting = exp(-HABIT_DECAY * max(0.0, now - habit.faded_at))
    hours = (sum(habit.hours) + HOUR_PRIOR) / (sum(habit.hours_expected) + HOUR_PRIOR)
    days = (sum(habit.days) + DAY_PRIOR) / (sum(habit.days_expected) + DAY_PRIOR)
    return Habit(
        hours=tuple([number * lasting for number in habit.hours]),
        hours_expected=tuple([number * lasting * hours for number in habit.hours_expected]),
        days=tuple([number * lasting for number in habit.days]),
        days_expected=tuple([number * lasting * days for number in habit.days_expected]),
        faded_at=now,
    )


def _mean_habit(habit: Habit, before: float, now: float) -> float:
    """Return the mean factor of the hours between two instants."""
    passed = min(now - before, 7 * DAY)
    steps = min(24, max(1, int(passed // HOUR)))
    step = passed / steps
    if steps == 1:
        return habit_factor(habit, before + 0.5 * step)
    return sum(habit_factor(habit, before + (i + 0.5) * step) for i in range(steps)) / steps


def _renewal(renewal: Renewal, now: float, fresh_for: timedelta | None) -> Renewal:
    """Return what a reply says on the server's cache."""
    left = fresh_for.total_seconds() if fresh_for else 0.0
    if left <= 0:
        return replace(renewal, due=0.0) if renewal.due else renewal
    short = renewal.short_lives + 1 if left < renewal.lifetime / 2 else 0
    if left > renewal.lifetime or short >= SHORT_LIVES:
        return Renewal(due=now + left, lifetime=left)
    return Renewal(due=now + left, lifetime=renewal.lifetime, short_lives=short)
