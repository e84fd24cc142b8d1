"""When beat wakes."""

from __future__ import annotations

import time

from celery import Celery

from workers.schedule import Schedule


class Rung(Schedule):
    """A schedule whose rings nobody hears."""

    rings = 0
    producer = None

    def apply_entry(self, *_entry, **_producer):
        self.rings += 1


def test_beat_sleeps_between_two_rings():
    app = Celery("rung", set_as_current=False)
    app.conf.beat_schedule = {"ring": {"task": "ring", "schedule": 0.05}}
    schedule, wakes = Rung(app), 0

    while schedule.rings < 10:
        wakes += 1
        time.sleep(schedule.tick())

    assert wakes <= 3 * schedule.rings
