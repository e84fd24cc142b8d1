"""A step that others are in the way of is done again, and not for ever."""

from __future__ import annotations

import psycopg
import pytest

from ingest.errors import DatabaseUnavailable
from ingest.pipeline.patience import TRIES, past_others


class Step:
    """A transaction that others are in the way of so many times."""

    def __init__(self, times):
        self.left = times

    def __call__(self):
        if self.left:
            self.left -= 1
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return "done"


def test_a_step_is_done_once_others_have_passed():
    assert past_others(Step(TRIES - 1)) == "done"


def test_a_step_that_others_stay_in_the_way_of_says_so_and_why():
    with pytest.raises(DatabaseUnavailable, match="stay in the way; try again") as caught:
        past_others(Step(TRIES))

    assert isinstance(caught.value.__cause__, psycopg.errors.DeadlockDetected)
