"""Celery's complaints about a broker that is away: one line each, the same one once a minute.

Left alone, beat writes 13 kB of traceback for each ring that goes unheard: 100 MB a day.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WORRIED = ("celery.beat", "celery.worker.consumer", "kombu")  # faults of ours are told elsewhere
QUIET_SECONDS = 60.0
LONGEST_LINE = 300
MOST_SENTENCES = 1_000  # remembered


class Calm(logging.Filter):
    """Shortens what it lets pass, and lets a sentence pass once a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        if not record.name.startswith(WORRIED):
            return True
        line = (record.getMessage().strip().splitlines() or [""])[0][:LONGEST_LINE]
        key, now = (record.name, str(record.msg)), self._now()
        if now - self._said_at.get(key, float("-inf")) < QUIET_SECONDS:
            return False
        if len(self._said_at) >= MOST_SENTENCES:
            self._said_at.clear()
        self._said_at[key] = now
        record.msg, record.args = line, ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True
