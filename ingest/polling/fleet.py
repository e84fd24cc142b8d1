"""The price of a request, the same for every feed, at which the fleet keeps to its budget."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ingest.model import Cadence
from ingest.polling.planning import most_expected
from ingest.polling.state import DAY, PollState, day_factor, fano, hour_factor, mean_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    price. A host has a budget too (`host_prices`); a feed pays the higher of the two.

    Args:
        states: of every feed that is polled; None for one that is not known yet.
        budget_per_day: requests; where the floors and ceilings leave no price that meets it,
            the nearest is returned.
        cadence: the bounds that hold for most feeds.
    """
    wants = _wants(states, cadence)
    if not wants:
        return DEFAULT_PRICE
    cheap, dear = CHEAPEST, DEAREST
    for _ in range(50):
        price = sqrt(cheap * dear)
        if _spent(wants, price, cadence) > budget_per_day:
            cheap = price
        else:
            dear = price
    return sqrt(cheap * dear)


def host_prices(
    states: Mapping[int, Sequence[PollState | None]],
    price: float,
    budget_per_day: float,
    *,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> dict[int, float]:
    """Return the price of the hosts whose feeds would spend more than a host's budget.

    Args:
        states: of every feed that is polled, by its host.
        price: the fleet's; a host where it keeps to the budget is left out.
        budget_per_day: requests of one host.
        cadence: as for `fleet_price`.
    """
    return {
        host: fleet_price(found, budget_per_day, cadence=cadence)
        for host, found in states.items()
        if _spent(_wants(found, cadence), price, cadence) > budget_per_day
    }


def _wants(states: Iterable[PollState | None], cadence: Cadence) -> list[tuple[float, float]]:
    """Return each feed's requests a day at a price of 1, and those it makes at any price."""
    known = [state or PollState(at=0.0) for state in states]
    most = _most(cadence)
    least = min(most, DAY / max(cadence.ceiling.total_seconds(), 1.0))
    return [(_eagerness(state), max(least, _guard(state))) for state in known]


def _spent(wants: Iterable[tuple[float, float]], price: float, cadence: Cadence) -> float:
    """Return the requests a day of feeds at a price."""
    most, root = _most(cadence), sqrt(price)
    return sum(min(most, max(eager / root, bound)) for eager, bound in wants)


def _most(cadence: Cadence) -> float:
    return DAY / max(cadence.floor.total_seconds(), 1.0)


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
