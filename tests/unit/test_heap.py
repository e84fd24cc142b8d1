"""What is free again goes back to the system."""

from __future__ import annotations

import sys

import psutil
import pytest

from ingest.heap import give_back

PIECE = 64_000  # bytes; glibc keeps pieces of this size when they are freed


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's alone")
def test_what_is_free_between_what_is_used_goes_back():
    me = psutil.Process()
    pieces = [bytes(PIECE) + b"." for _ in range(2_000)]
    kept = pieces[::20]
    held = me.memory_info().rss
    del pieces

    give_back()

    assert held - me.memory_info().rss > 0.8 * 1_900 * PIECE
    assert len(kept) == 100
