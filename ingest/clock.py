"""Virtual time: what concerns an agency happens on a clock that can run faster.

    now = E + (real − E) × S        E = epoch, S = speed; by default S = 1, so now is now

Due times, Retry-After, crawl-delay, cadence, caches and every stored time are virtual. What
guards our own processes (leases, heartbeats, flushes, time slices, socket time-outs) is
real: `Clock.real()`. Both follow Postgres's clock once `offset` has been measured, so that
machines whose clocks differ agree.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock to pass to whoever needs the time.

    Attributes:
        epoch: E, the instant at which virtual and real time agree; aware.
        speed: S, virtual seconds in a real one; above 0.
        offset: what to add to this machine's time to get Postgres's.
    """

    epoch: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    speed: float = 1.0
    offset: timedelta = timedelta()

    def real(self) -> datetime:
        """Return the real time, as Postgres's clock has it; aware, UTC."""
        return datetime.fromtimestamp(time.time(), UTC) + self.offset

    def now(self) -> datetime:
        """Return the virtual time; aware, UTC."""
        return self.virtual(self.real())

    def virtual(self, real: datetime) -> datetime:
        """Return the virtual time at a real one."""
        if self.speed == 1.0:
            return real
        return self.epoch + (real - self.epoch) * self.speed

    def real_seconds(self, wait: timedelta) -> float:
        """Return how many real seconds a virtual wait takes."""
        return wait.total_seconds() / self.speed

    def virtual_wait(self, real: timedelta) -> timedelta:
        """Return how much virtual time passes in a real wait."""
        return real * self.speed

    def corrected_by(self, offset: timedelta) -> Clock:
        """Return this clock with Postgres's offset measured anew."""
        return replace(self, offset=offset)
