"""When the bell rings: every tick, each ring expiring with the next."""

from __future__ import annotations

from ingest.settings import read_settings
from workers.app import app
from workers.tasks import upkeep, work

UPKEEP_SECONDS = 10.0  # how often it is asked whether upkeep is due; Postgres knows when it is

_tick = read_settings().tick.total_seconds()

app.conf.beat_schedule = {
    "work": {"task": work.name, "schedule": _tick, "options": {"expires": _tick}},
    "upkeep": {
        "task": upkeep.name,
        "schedule": UPKEEP_SECONDS,
        "options": {"expires": UPKEEP_SECONDS},
    },
}
