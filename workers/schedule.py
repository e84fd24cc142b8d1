"""When the bell rings: every tick, each ring expiring with the next."""

from __future__ import annotations

from celery.beat import Scheduler

from ingest.settings import read_settings
from workers.app import app
from workers.tasks import upkeep, work

UPKEEP_SECONDS = 10.0  # how often it is asked whether upkeep is due; Postgres knows when it is


class Schedule(Scheduler):
    """Celery's own in memory, for nothing of ours is in its shelf, that sleeps until a ring is due.

    Celery's wakes 10 ms before and asks the time until then: two thirds of what beat costs.
    """

    def adjust(self, n: float, drift: float = 0.0) -> float:
        """Return how many seconds to sleep when something is due in `n`."""
        return n + drift


_tick = read_settings().tick.total_seconds()

app.conf.beat_schedule = {
    "work": {"task": work.name, "schedule": _tick, "options": {"expires": _tick}},
    "upkeep": {
        "task": upkeep.name,
        "schedule": UPKEEP_SECONDS,
        "options": {"expires": UPKEEP_SECONDS},
    },
}
