"""What gets nowhere is replaced: processes that really hang, and the watchdog's judgement."""

from __future__ import annotations

import signal

import psutil
import pytest

from ingest.pipeline.tally import RINGS, Sums
from tests.programs import Program, environment_for, wait_for
from workers.watchdog import AWAY_SECONDS, DEAF_SECONDS, STARTING, Bounds, Watchdog
from workers.word import Word, read_word, write_word

PATIENCE = 10.0
BOUNDS = Bounds(patience=PATIENCE, longest_task=60.0, max_bytes=1_000_000)


@pytest.fixture
def watched(database, broker):
    """A daemon whose patience a test can wait for."""
    environment = environment_for(database, broker.broker_url, KHABAR_WATCHDOG="6")
    with Program(["-m", "workers"], environment) as program:
        yield program


@pytest.mark.parametrize("role", ["pool", "worker", "beat"])
def test_a_program_that_hangs_is_replaced(desk, watched, role):
    desk.publish()
    wait_for(desk.has_arrived)
    victim = wait_for(lambda: watched.find(role))

    victim.send_signal(signal.SIGSTOP)
    desk.publish()

    wait_for(lambda: not is_there(victim))
    desk.publish()
    wait_for(desk.has_arrived)
    assert wait_for(lambda: watched.find(role)).pid != victim.pid


def is_there(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# ── judgement ───────────────────────────────────────────────────────────────────────────


def word(role="pool", *, pid=7, done=1, busy=None, still=0.0, memory=1000):
    return Word(role=role, pid=pid, done=done, busy=busy, still=still, memory=memory)


@pytest.fixture
def watchdog():
    dog = Watchdog(BOUNDS)
    dog.begin("worker", 0.0)
    return dog


def faults(dog, now):
    """Look each second, as the daemon does, from the last look to a time."""
    found = []
    for second in range(int(now) + 1):
        found = dog.look(float(second))
    return found


def test_whoever_speaks_now_and_then_is_left_alone(watchdog):
    watchdog.hear(word(), 0.0)
    watchdog.hear(word(), 9.0)

    assert faults(watchdog, 18) == []


def test_whoever_says_nothing_is_replaced(watchdog):
    watchdog.hear(word(), 0.0)

    assert [verdict.pid for verdict in faults(watchdog, 11)] == [7]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (word(busy=20.0, still=11.0), "stood still"),
        (word(busy=71.0, still=0.5), "at one task"),
        (word(memory=2_000_001), "grown"),
    ],
)
def test_whoever_speaks_but_hangs_is_replaced(watchdog, said, reason):
    watchdog.hear(said, 0.0)

    assert reason in watchdog.look(0.0)[0].reason


def test_an_idle_process_may_stand_still_for_ever(watchdog):
    watchdog.hear(word(busy=None, still=5000.0), 0.0)

    assert watchdog.look(0.0) == []


def test_a_daemon_that_was_away_excuses_everyone(watchdog):
    watchdog.hear(word(), 0.0)
    watchdog.look(0.0)

    late = watchdog.look(AWAY_SECONDS + 3600)

    assert late == []
    assert not watchdog.stands_still("worker", AWAY_SECONDS + 3600)


def test_a_program_gets_on_while_tasks_begin(watchdog):
    watchdog.hear(word(done=1), 5.0)
    watchdog.hear(word(done=2), 12.0)
    watchdog.hear(word(done=2), 14.0)

    assert not watchdog.stands_still("worker", 22.0)
    assert watchdog.stands_still("worker", 22.5)


def test_rings_that_nobody_answers_are_borne_for_half_a_minute():
    watchdog = Watchdog(Bounds(patience=600.0, longest_task=60.0, max_bytes=100))
    watchdog.hear(word(), 0.0)

    assert not watchdog.stands_still("worker", DEAF_SECONDS)
    assert watchdog.stands_still("worker", DEAF_SECONDS + 0.1)


def test_a_program_that_starts_is_given_longer_and_after_that_no_more(watchdog):
    assert not watchdog.stands_still("worker", STARTING * PATIENCE)
    assert watchdog.stands_still("worker", STARTING * PATIENCE + 0.1)

    watchdog.hear(word(done=1), STARTING * PATIENCE)

    assert watchdog.stands_still("worker", STARTING * PATIENCE + PATIENCE + 0.1)


def test_a_long_task_whose_loop_turns_is_getting_on(watchdog):
    watchdog.hear(word(done=1, busy=1.0), 1.0)
    watchdog.hear(word(done=1, busy=30.0, still=0.3), 30.0)

    assert not watchdog.stands_still("worker", 39.0)


def test_what_a_program_said_in_its_last_life_is_void(watchdog):
    watchdog.hear(word(), 0.0)
    watchdog.hear(word("beat", pid=8), 0.0)

    watchdog.begin("worker", 1.0)

    assert [left.pid for left in watchdog.words] == [8]


def test_a_word_crosses_the_socket_whole():
    sums = Sums()
    sums.add(RINGS, (), 3.0)

    said, told = read_word(write_word(word("beat"), sums))

    assert (said, told) == (word("beat"), sums)


def test_a_word_that_is_none_is_refused():
    with pytest.raises(ValueError, match="Expecting"):
        read_word(b"nonsense")
