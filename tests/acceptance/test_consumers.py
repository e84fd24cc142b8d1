"""Writers and consumers are killed at random, and every change is seen, once, in order."""

from __future__ import annotations

from tests.acceptance.consumers import read_options, run


def test_every_consumer_sees_every_change_once_whoever_is_killed(service_home):
    home = service_home / "consumers"
    home.mkdir(mode=0o711)

    found = run(
        home,
        read_options(["--writers", "3", "--consumers", "4", "--seconds", "8", "--every", "0.4"]),
    )

    assert found.is_clean, found
    assert found.killed > 5
    assert found.changes > 100
    assert set(found.kinds) >= {"new", "revised"}
