"""Who gets nowhere: judged by what processes tell and do, never by whether they exist.

    said nothing for the patience             stopped, or caught in code that lets no thread run
    busy, and its loop does not turn          hung in one step
    busy for longer than any task may be      hung between steps
    twice the memory it is replaced at        will not live to the end of its task
    no task begun, rings wait at the broker   the worker's consumer is dead: all of it goes
    no ring rung, the broker answers          beat is dead

Pure arithmetic over monotonic seconds; the daemon does what it says. When the daemon itself was
away (the machine slept, a container was paused), everyone is given that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.word import Word

DEAF_SECONDS = 30.0  # without a task, though rings come each tick
STARTING = 3  # times as long is borne at first: killed while it starts, a program never would
AWAY_SECONDS = 5.0  # a round that comes so late: we were away ourselves
PROGRAM_OF = {"pool": "worker", "beat": "beat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is borne, in seconds and bytes."""

    patience: float
    longest_task: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A process that is to be replaced, and why."""

    pid: int
    reason: str


class Watchdog:
    """What was heard of every process, and what follows from it."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._heard: dict[int, tuple[Word, float]] = {}
        self._got_on: dict[str, float] = {}
        self._starting: set[str] = set()
        self._last_round: float | None = None

    @property
    def words(self) -> list[Word]:
        """The last word of every process that is known."""
        return [word for word, _ in list(self._heard.values())]

    def begin(self, program: str, now: float) -> None:
        """Give a program that was just started its time; its last life's words are void."""
        self._got_on[program] = now
        self._starting.add(program)
        for pid, (word, _) in list(self._heard.items()):
            if PROGRAM_OF[word.role] == program:
                self.forget(pid)

    def hear(self, word: Word, now: float) -> None:
        """Note what a process says."""
        before = self._heard.get(word.pid)
        has_begun = word.done > (before[0].done if before else 0)
        turns = word.busy is not None and word.still < self._bounds.patience
        if has_begun or turns:
            program = PROGRAM_OF[word.role]
            self._got_on[program] = now
            self._starting.discard(program)
        self._heard[word.pid] = word, now

    def forget(self, pid: int) -> None:
        """Expect nothing more of a process: it has ended."""
        self._heard.pop(pid, None)

    def look(self, now: float) -> list[Verdict]:
        """Return the processes that are to be replaced; to be called at least each second."""
        if self._last_round is not None and now - self._last_round > AWAY_SECONDS:
            self._excuse(now - self._last_round)
        self._last_round = now
        judged = ((pid, self._fault(*heard, now)) for pid, heard in list(self._heard.items()))
        return [Verdict(pid, fault) for pid, fault in judged if fault]

    def stands_still(self, program: str, now: float) -> bool:
        """Return whether a program has got nowhere for longer than is borne.

        That alone is no fault: a worker without rings and a beat without a broker wait. Celery's
        worker may stay deaf when the broker was away while it acknowledged a ring.
        """
        borne = min(self._bounds.patience, DEAF_SECONDS)
        if program in self._starting:
            borne *= STARTING
        return self.idle_seconds(program, now) > borne

    def idle_seconds(self, program: str, now: float) -> float:
        """Return how long ago a program got on last."""
        return now - self._got_on.get(program, now)

    def _fault(self, word: Word, told_at: float, now: float) -> str | None:
        bounds = self._bounds
        if now - told_at > bounds.patience:
            return f"has said nothing for {now - told_at:.0f} s"
        if word.memory > 2 * bounds.max_bytes:
            return f"has grown to {word.memory // 1_000_000} MB"
        if word.busy is None:
            return None
        if word.still > bounds.patience:
            return f"has stood still for {word.still:.0f} s"
        if word.busy > bounds.longest_task + bounds.patience:
            return f"has been at one task for {word.busy:.0f} s"
        return None

    def _excuse(self, seconds: float) -> None:
        self._heard = {pid: (word, at + seconds) for pid, (word, at) in self._heard.items()}
        self._got_on = {program: at + seconds for program, at in self._got_on.items()}
