"""The memory of a process that reads pages for months: rings of objects, and what is free again.

Python looks for rings of objects that nobody reaches any more whenever 700 more were made than
given up. A page's tags and blocks are tens of thousands, in no ring, given up together: looking
among them costs a tenth of extraction. Where that is the work, it is done seldom, and never among
what was there when the work began.

What a large feed took glibc keeps, in pieces between what is still used: a worker among 2,000
agencies held 269 MB, and 156 once it was told to give back what was free.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

SELDOM = 50_000  # objects; of pages, some megabytes


def search_seldom() -> None:
    """Look seldom from here on, for as long as this process lives, and not at what is there."""
    gc.freeze()
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])


@contextmanager
def seldom_searched() -> Iterator[None]:
    """Look seldom for a while."""
    before = gc.get_threshold()
    search_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def give_back() -> None:
    """Give free memory back to the system; 4 ms where there is much, 0.02 where there is none."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    """Return glibc's malloc_trim(3); None where another library allocates."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return None
    return trim
