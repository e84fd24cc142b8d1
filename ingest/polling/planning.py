"""The next poll: when unseen entries have waited enough, within everybody's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import exp, floor, sqrt
from typing import TYPE_CHECKING

from ingest.model import Cadence
from ingest.polling.learning import BURST_DECAY, seconds_of
from ingest.polling.state import (
    DAY,
    HOUR,
    PollState,
    fano,
    habit_factor,
    mean_rate,
    regime_factor,
    weekday,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

BURST_SHARE = 0.35  # of the entries over expectation, how many have followers still to come
NEW_FOR = timedelta(minutes=30)
NEW_WAIT = timedelta(minutes=5)
FIRST_POLLS = 0.9  # of the floor: where first polls fall
QUANTILE = 2.5  # standard deviations of entries that must still fit the window
NOTHING = 1e-12  # entries a second: a rate that never divides by zero


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan:
    """When to ask again, and in words why then."""

    at: datetime
    reason: str


def next_poll_at(
    state: PollState | None,
    *,
    now: datetime,
    price: float,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
    server_interval: timedelta | None = None,
    not_before: datetime | None = None,
    skip_hours: AbstractSet[int] = frozenset(),
    skip_days: AbstractSet[int] = frozenset(),
    is_new: bool = False,
) -> PollPlan:
    """Return when a feed is to be asked again.

    Args:
        state: what its polls have taught; None before the first success.
        now: when the poll that just ended ended; aware.
        price: entry-seconds of waiting that a request is worth, from `fleet_price`.
        cadence: the shortest and the longest wait.
        server_interval: the longest of the waits that the server names: max-age less Age,
            Expires, ttl, sy:update*; counts up to the ceiling.
        not_before: Retry-After or a back-off; may pass the ceiling.
        skip_hours: hours in UTC, 0 to 23, in which the feed asks not to be polled.
        skip_days: weekdays in UTC, 0 for Monday, likewise. Both may pass the ceiling, because
            the publisher says that nothing comes then; all hours or all days are ignored.
        is_new: it was followed less than NEW_FOR ago: one window tells little of a feed, so it
            is asked after NEW_WAIT at the latest.

    Raises:
        ValueError: a time carries no timezone.
    """
    began = seconds_of(now)
    shortest, longest = cadence.floor.total_seconds(), cadence.ceiling.total_seconds()
    state = state or PollState(at=began)
    last = max(min(state.at, began), began - longest)
    wait, reason = _due(state, last, price, began + longest - last)
    at = _just_after_renewal(state, last, last + wait)
    if is_new and at > began + NEW_WAIT.total_seconds():
        at, reason = began + NEW_WAIT.total_seconds(), "new"
    if at < began + shortest:
        at, reason = began + shortest, "floor"
    elif at > began + longest:
        at, reason = began + longest, "ceiling"
    if server_interval is not None:
        named = min(server_interval.total_seconds(), longest)
        if began + named > at:
            at, reason = began + named, f"server named {named:.0f} s"
    if not_before is not None and seconds_of(not_before) > at:
        at, reason = seconds_of(not_before), "waiting as asked or after a failure"
    at, skipped = _after_skipped(at, skip_hours, skip_days)
    return PollPlan(at=datetime.fromtimestamp(at, UTC), reason=skipped or reason)


def first_poll_at(now: datetime, floor: timedelta, key: str) -> datetime:
    """Return when a new feed is polled first: somewhere within `floor`, always the same for `key`.

    Many feeds added at once do not all fall due at once; the end of the floor is left to those
    that then have to wait for others.
    """
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return now + FIRST_POLLS * floor * (int.from_bytes(digest, "big") / 2**64)


def most_expected(window: int, spread: float) -> float:
    """Return the largest expected count A of which a high quantile still fits the window.

    A + z·√(F·A) ≤ W - 1, F the Fano factor `spread`, z the `QUANTILE`.
    """
    room = max(2, window - 1)
    root = (sqrt(QUANTILE * QUANTILE * spread + 4 * room) - QUANTILE * sqrt(spread)) / 2
    return max(0.5, root * root)


def _due(state: PollState, last: float, price: float, horizon: float) -> tuple[float, str]:
    """Return the wait after which unseen entries are expected to have waited `price`, and why.

    The smallest x with ∫₀ˣ A = price, A the entries expected by then; less where A reaches what
    the window holds. The rate is constant within a clock hour but for a burst that fades.
    """
    tempo = state.tempo
    steady = mean_rate(state.level) * regime_factor(tempo.regime, tempo.regime_expected)
    over = tempo.burst - tempo.burst_expected
    extra = BURST_SHARE * over * BURST_DECAY if over > 0 else 0.0
    most = most_expected(state.window, fano(tempo)) if state.window else 1e18
    if state.overflows:
        most *= 0.5
    x = unseen = waited = 0.0
    while x < horizon:
        at = last + x
        segment = (at // HOUR + 1) * HOUR - at
        rate = steady * habit_factor(state.habit, at)
        if extra > 0:
            segment = min(segment, 0.5 / BURST_DECAY)
            rate += extra * exp(-x * BURST_DECAY)
        rate = max(rate, NOTHING)
        left = max(0.0, price - waited)
        step = (sqrt(unseen * unseen + 2 * rate * left) - unseen) / rate
        full = (most - unseen) / rate
        if min(step, full) <= segment:
            if full < step:
                return x + max(full, 0.0), "window may overflow"
            return x + step, f"learned rate {rate * HOUR:.2g} an hour"
        waited += unseen * segment + rate * segment * segment / 2
        unseen += rate * segment
        x += segment
    return horizon, "ceiling"


def _just_after_renewal(state: PollState, last: float, at: float) -> float:
    """Return the moment near `at` just after the server makes its copy anew, where it says when.

    Until then it would show the same document again.
    """
    left, lifetime = state.renewal.due - last, state.renewal.lifetime
    if not 0 < left <= lifetime + 1.0:  # not said, long past, or from a clock that went back
        return at
    wait = at - last
    if wait <= left:
        return last + left
    early = left + floor((wait - left) / lifetime) * lifetime
    late = early + lifetime
    return last + (early if wait * wait <= early * late else late)


def _after_skipped(
    at: float, hours: AbstractSet[int], days: AbstractSet[int]
) -> tuple[float, str | None]:
    """Return the first instant from `at` on in no skipped hour or day, and what moved it last."""
    if len(hours) >= 24 or len(days) >= 7:
        return at, None
    skipped = None
    for _ in range(8 * 24):
        if weekday(at) in days:
            at, skipped = (at // DAY + 1) * DAY, "skipDays"
        elif int(at // HOUR) % 24 in hours:
            at, skipped = (at // HOUR + 1) * HOUR, "skipHours"
        else:
            break
    return at, skipped
