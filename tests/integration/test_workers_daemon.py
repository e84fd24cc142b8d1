"""The daemon's decisions: what is named, when a child is started again."""

from __future__ import annotations

import pytest

from ingest.errors import BrokerUnavailable, DatabaseUnavailable
from ingest.settings import Settings
from workers.broker import check_broker
from workers.child import CALM_SECONDS, LONGEST_WAIT, SHORTEST_WAIT, Child
from workers.daemon import check_named


class Stillborn(Child):
    """A child that cannot be started, as when there is no memory."""

    def start(self) -> None:
        raise OSError("no more processes")


def test_waits_double_while_a_child_keeps_ending_soon():
    child, now, waits = Stillborn("beat"), 1000.0, []
    for _ in range(9):
        child.look_after(now)
        waits.append(child.not_before - now)
        now = child.not_before

    assert waits[:4] == [SHORTEST_WAIT, 2 * SHORTEST_WAIT, 4 * SHORTEST_WAIT, 8 * SHORTEST_WAIT]
    assert waits[-1] == LONGEST_WAIT


def test_nothing_is_started_before_the_wait_is_over():
    child = Stillborn("beat")
    child.look_after(1000.0)

    child.look_after(1000.0 + SHORTEST_WAIT / 2)

    assert child.not_before == 1000.0 + SHORTEST_WAIT


def test_a_child_that_lived_long_begins_again_with_the_shortest_wait():
    child = Child("worker", wait=LONGEST_WAIT, not_before=500.0, started_at=1000.0)

    child.wait_longer(1000.0 + CALM_SECONDS + 1)

    assert child.wait == SHORTEST_WAIT


def test_telling_a_child_that_does_not_run_is_no_error():
    Child("beat").tell(15)


def test_what_a_role_stands_on_must_be_named():
    named = Settings(broker_url="redis://127.0.0.1:1/0")

    with pytest.raises(BrokerUnavailable, match="no broker is named"):
        check_named(Settings(), "beat")
    with pytest.raises(DatabaseUnavailable, match="no database is named"):
        check_named(named, "worker")
    check_named(named, "beat")


def test_a_broker_that_nobody_can_speak_to_is_named():
    with pytest.raises(BrokerUnavailable, match="no broker: "):
        check_broker(Settings(broker_url="redis://127.0.0.1:1/0"))
