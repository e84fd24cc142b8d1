"""A pulse: by which a program that started another sees that it gets on, not only that it is there.

khabar up ◀── a byte each second, through a pipe it inherits ── daemon
"""

from __future__ import annotations

import os
from contextlib import suppress

PIPE_VARIABLE = "KHABAR_PULSE_PIPE"  # the number of an open file; set by whoever listens
AWAY_SECONDS = 5.0  # a look that comes so late: we were away ourselves


class Pulse:
    """The listener's end.

    Args:
        patience: seconds without a beat that are borne.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self.write, False)
        self._felt_at: float | None = None
        self._looked_at: float | None = None

    def begin(self) -> None:
        """Expect nothing of a program that was just started; what its forerunner said is void."""
        self._drain()
        self._felt_at = None

    def is_missed(self, now: float) -> bool:
        """Return whether a program that had a pulse has had none for too long."""
        away = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        if self._drain() or (self._felt_at is not None and away > AWAY_SECONDS):
            self._felt_at = now
        return self._felt_at is not None and now - self._felt_at > self._patience

    def close(self) -> None:
        """Let go of both ends."""
        os.close(self._read)
        os.close(self.write)

    def _drain(self) -> bool:
        try:
            return bool(os.read(self._read, 65_536))
        except BlockingIOError:
            return False


def give_pulse() -> None:
    """Give one beat to whoever listens; nobody does where none was named."""
    number = os.environ.get(PIPE_VARIABLE, "")
    if number.isdecimal():
        with suppress(OSError):  # full: whoever listens is slow; or gone, and so are we soon
            os.write(int(number), b".")
