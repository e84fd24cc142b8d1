"""The price of a request, the same for every feed, at which the fleet keeps to its budget."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ingest.model import Cadence
from ingest.polling.planning import most_expected
from ingest.polling.state import DAY, PollState, day_factor, fano, hour_factor, mean_rate

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PRICE = 600.0  # entry-seconds; until upkeep has computed one
CHEAPEST, DEAREST = 1.0, 1e9


def fleet_price(
    states: Iterable[PollState | None],
    budget_per_day: float,
    *,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> float:
    """Return the price μ at which these feeds together make `budget_per_day` requests.

    At a constant rate λ a feed is polled every √(2μ/λ), so requests fall with the root of the
    price. Called with the feeds of one host it gives that host's own price; a feed pays the
    higher of the two.

    Args:
        states: of every feed that is polled; None for one that is not known yet.
        budget_per_day: requests; where the floors and ceilings leave no price that meets it,
            the nearest is returned.
        cadence: the bounds that hold for most feeds.
    """
    known = [state or PollState(at=0.0) for state in states]
    if not known:
        return DEFAULT_PRICE
    most = DAY / max(cadence.floor.total_seconds(), 1.0)
    least = min(most, DAY / max(cadence.ceiling.total_seconds(), 1.0))
    wants = [(_eagerness(state), max(least, _guard(state))) for state in known]
    cheap, dear = CHEAPEST, DEAREST
    for _ in range(50):
        price = sqrt(cheap * dear)
        root = sqrt(price)
        spent = sum(min(most, max(eager / root, bound)) for eager, bound in wants)
        if spent > budget_per_day:
            cheap = price
        else:
            dear = price
    return sqrt(cheap * dear)


def _eagerness(state: PollState) -> float:
    """Return the requests a day at a price of 1: the mean of √(rate/2) over hours and days."""
    by_hour = sum(sqrt(hour_factor(state.habit, hour)) for hour in range(24)) / 24
    by_day = sum(sqrt(day_factor(state.habit, day)) for day in range(7)) / 7
    return DAY * sqrt(mean_rate(state.level) / 2) * by_hour * by_day


def _guard(state: PollState) -> float:
    """Return the requests a day that the window alone asks for."""
    if not state.window:
        return 0.0
    return mean_rate(state.level) * DAY / most_expected(state.window, fano(state.tempo))
