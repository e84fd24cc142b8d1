"""khabar's polling as a policy that a simulator of feeds can drive.

A thin adapter: what is learnt and when a feed is asked again come from `ingest.polling`; here
only units change. The simulator asks after every poll, failed ones too, and finds by bisection
the price at which a fleet spends a given number of requests.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout need not be installed

from ingest.model import Cadence
from ingest.polling import PollOutcome, PollState, learn, next_poll_at

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # the simulator's 0 is a Monday, 00:00 UTC
CADENCE = Cadence()
BACK_OFF_SECONDS = 300.0  # fetch decides that in the product; doubled at each failure in a row


class Policy:
    """One feed's polling; `knob` is the price of a request in entry-seconds."""

    knob_range = (1e2, 1e8)

    def __init__(self, knob: float) -> None:
        self.price = knob
        self.state: PollState | None = None

    def next_interval(self, history: Any) -> float:
        """Return the seconds to wait after the poll that `history` ends with."""
        now = MONDAY + timedelta(seconds=history.now)
        not_before = None
        if history.ok:
            new = [None if at != at else MONDAY + timedelta(seconds=at) for at in history.new]
            fresh_for = timedelta(seconds=history.expires_in) if history.expires_in else None
            self.state = learn(
                self.state,
                PollOutcome(
                    at=now,
                    new=new,
                    window=history.window,
                    overflow=history.overflow,
                    fresh_for=fresh_for,
                ),
            )
        else:
            wait = BACK_OFF_SECONDS * 2 ** min(history.failures - 1, 6)
            not_before = now + timedelta(seconds=wait)
        plan = next_poll_at(
            self.state,
            now=now,
            price=self.price,
            cadence=CADENCE,
            server_interval=timedelta(seconds=history.min_interval),
            not_before=not_before,
        )
        return (plan.at - now).total_seconds()


next_interval = Policy  # the name that the simulator looks for
