"""How often Python looks for rings of objects that nobody reaches any more.

It looks whenever 700 more objects were made than given up. A page's tags and blocks are tens of
thousands, in no ring, given up together: looking among them costs a tenth of extraction. Where
that is the work, it is done seldom, and never among what was there when the work began.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

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
