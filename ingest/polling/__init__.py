"""When to ask a feed again: pure arithmetic over a few numbers kept on the feed's row.

    outcome of a poll ── learn ──▶ PollState ── next_poll_at ──▶ PollPlan(at, reason)
                                       │                              ▲
                         all states ── fleet_price ── price ──────────┘

A feed is due when its unseen entries are expected to have waited `price` entry-seconds
altogether; the price is the same for every feed, so a request is spent where it saves most, but
higher where a host's feeds would ask it too often.
docs/polling.md explains it with figures.
"""

from ingest.polling.fleet import DEFAULT_PRICE, fleet_price, host_prices
from ingest.polling.learning import PollOutcome, learn
from ingest.polling.planning import NEW_FOR, PollPlan, first_poll_at, next_poll_at
from ingest.polling.state import PollState, rate_by_hour

__all__ = [
    "DEFAULT_PRICE",
    "NEW_FOR",
    "PollOutcome",
    "PollPlan",
    "PollState",
    "first_poll_at",
    "fleet_price",
    "host_prices",
    "learn",
    "next_poll_at",
    "rate_by_hour",
]
