"""The pulse by which `khabar up` sees that its daemon gets on."""

from __future__ import annotations

import os

import pytest

from ingest.pipeline.pulse import PIPE_VARIABLE, Pulse, give_pulse


@pytest.fixture
def pulse(monkeypatch):
    made = Pulse(10.0)
    monkeypatch.setenv(PIPE_VARIABLE, str(made.write))
    yield made
    made.close()


def looks(pulse, first, last):
    """Look each second; return whether the pulse is missed at the end."""
    return [pulse.is_missed(float(second)) for second in range(first, last + 1)][-1]


def test_a_program_that_has_not_begun_is_given_time(pulse):
    assert not looks(pulse, 0, 100)


def test_a_pulse_that_ends_is_missed_after_the_patience(pulse):
    give_pulse()

    assert not looks(pulse, 0, 10)
    assert looks(pulse, 11, 11)


def test_a_pulse_that_goes_on_is_not_missed(pulse):
    for second in range(60):
        give_pulse()
        assert not pulse.is_missed(float(second))


def test_a_listener_that_was_away_excuses_it(pulse):
    give_pulse()
    pulse.is_missed(0.0)

    assert not pulse.is_missed(3600.0)
    assert looks(pulse, 3601, 3611)


def test_what_a_forerunner_said_is_void(pulse):
    give_pulse()
    pulse.is_missed(0.0)

    pulse.begin()

    assert not looks(pulse, 1, 100)


def test_a_listener_that_is_slow_hangs_nobody(pulse):
    for _ in range(100_000):
        give_pulse()

    assert not pulse.is_missed(0.0)


def test_without_a_listener_nothing_happens(monkeypatch):
    monkeypatch.delenv(PIPE_VARIABLE, raising=False)

    give_pulse()

    assert PIPE_VARIABLE not in os.environ
