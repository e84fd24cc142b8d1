"""Two thousand of the cases that `make fuzz` runs by the hundred thousand, in a child process."""

from __future__ import annotations

from tests.fuzz.__main__ import MOST_MEGABYTES, fuzz


def test_no_bytes_crash_hang_or_fill_the_memory():
    failures, peak = fuzz(1_700, 300, 100, jobs=1, seed=20251117)

    assert failures == []
    assert 20 < peak < MOST_MEGABYTES
