"""What one process did: counts and durations, kept until it tells whoever started it.

    steps ── add, observe ──▶ Tally ── take, now and then ──▶ the daemon, which sums over processes

A measure is declared once, with the words that whoever reads its figure sees. Label values come
from short lists, but for `source`: whoever sums bounds that one.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from ingest.errors import FetchError, HostUnreachable, ReplyRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.model import Reply

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
LONG = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: a count, or a distribution where it has bounds.

    Attributes:
        name: without our prefix and the suffix `_total` of counts.
        meaning: one sentence.
        labels: names of what it is told apart by.
        bounds: upper bounds of the buckets, in seconds; none for a count.
    """

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


FETCHES = Measure("fetches", "Requests by what was asked for and how it ended.", ("of", "outcome"))
FETCHED_BYTES = Measure("fetched_bytes", "Bytes received, as they came over the wire.", ("of",))
FETCH_SECONDS = Measure(
    "fetch_seconds", "How long a request took that was answered.", ("of",), SHORT
)
EXTRACT_SECONDS = Measure("extract_seconds", "How long reading a page took.", (), SHORT)
PAGES = Measure("pages", "Attempts at pages by what became of them.", ("outcome",))
ENTRIES = Measure("entries", "Entries that were new when a feed announced them.")
GAPS = Measure("gaps", "Times that a feed's window ran over between two polls.")
DELAY_SECONDS = Measure(
    "delay_seconds",
    "From the time the agency names as publication to the article stored; live articles only.",
    ("source",),
    LONG,
)
COMMIT_SECONDS = Measure("commit_seconds", "How long one batch took to commit.", (), SHORT)
COMMITTED = Measure("committed", "Outcomes of polls and of attempts at pages that were stored.")
LEASES_LOST = Measure("leases_lost", "Hosts whose lease ran out or was another's before its end.")
VISITS = Measure("visits", "Visits of hosts.")
FAULTS = Measure("faults", "Faults of ours that cost a visit, a poll or an attempt.", ("where",))
RINGS = Measure("rings", "Rings of the bell sent by the ticking clock.")
RING_SECONDS = Measure("ring_seconds", "How long the broker took to take a ring.", (), SHORT)
TASKS = Measure("tasks", "Tasks begun.", ("task",))

MEASURES = (
    FETCHES, FETCHED_BYTES, FETCH_SECONDS, EXTRACT_SECONDS, PAGES, ENTRIES, GAPS, DELAY_SECONDS,
    COMMIT_SECONDS, COMMITTED, LEASES_LOST, VISITS, FAULTS, RINGS, RING_SECONDS, TASKS,
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}

Labels = tuple[str, ...]


@dataclass(slots=True)
class Spread:
    """What was observed of one distribution: how many in each bucket, and their sum."""

    buckets: list[int]
    total: float = 0.0


@dataclass(slots=True)
class Sums:
    """Counts and distributions by measure and labels; adding two is adding all they hold."""

    counts: dict[tuple[str, Labels], float] = field(default_factory=dict)
    spreads: dict[tuple[str, Labels], Spread] = field(default_factory=dict)

    def add(self, measure: Measure, labels: Labels, amount: float) -> None:
        """Count."""
        key = measure.name, labels
        self.counts[key] = self.counts.get(key, 0.0) + amount

    def observe(self, measure: Measure, labels: Labels, value: float) -> None:
        """Put one value into its bucket."""
        spread = self._spread(measure, labels)
        spread.buckets[bisect_left(measure.bounds, value)] += 1
        spread.total += value

    def merge(self, measure: Measure, labels: Labels, buckets: list[int], total: float) -> None:
        """Add another's buckets."""
        spread = self._spread(measure, labels)
        spread.buckets = [a + b for a, b in zip(spread.buckets, buckets, strict=True)]
        spread.total += total

    def update(self, other: Sums) -> None:
        """Add all that another holds."""
        for (name, labels), amount in other.counts.items():
            self.add(BY_NAME[name], labels, amount)
        for (name, labels), spread in other.spreads.items():
            self.merge(BY_NAME[name], labels, spread.buckets, spread.total)

    def _spread(self, measure: Measure, labels: Labels) -> Spread:
        key = measure.name, labels
        if key not in self.spreads:
            self.spreads[key] = Spread([0] * (len(measure.bounds) + 1))
        return self.spreads[key]


class Tally:
    """The sums of one process since it last told, and whether it gets on; for any thread.

    Attributes:
        done: tasks or rings begun since this process started.
        busy_since: when (monotonic) the task in hand began; None between tasks.
        turned_at: when its loop last turned; a loop that works turns each second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums = Sums()
        self.done = 0
        self.busy_since: float | None = None
        self.turned_at = monotonic()

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Count a task, and be busy for the length of the block."""
        self.add(TASKS, name)
        self.done += 1
        self.turn()
        self.busy_since = monotonic()
        try:
            yield
        finally:
            self.busy_since = None

    def turn(self) -> None:
        """Note that the loop turns."""
        self.turned_at = monotonic()

    def add(self, measure: Measure, *labels: str, amount: float = 1.0) -> None:
        """Count something."""
        with self._lock:
            self._sums.add(measure, labels, amount)

    def observe(self, measure: Measure, *labels: str, value: float) -> None:
        """Note a duration in seconds."""
        with self._lock:
            self._sums.observe(measure, labels, value)

    @contextmanager
    def timed(self, measure: Measure, *labels: str) -> Iterator[None]:
        """Note how long the block took, however it ended."""
        began = perf_counter()
        try:
            yield
        finally:
            self.observe(measure, *labels, value=perf_counter() - began)

    def take(self) -> Sums:
        """Return what was noted since the last taking, and begin anew."""
        with self._lock:
            taken, self._sums = self._sums, Sums()
        return taken

    def put_back(self, taken: Sums) -> None:
        """Keep what was taken and could not be told."""
        with self._lock:
            taken.update(self._sums)
            self._sums = taken

    def fetched(self, of: str, reply: Reply) -> None:
        """Note a request that was answered."""
        self.add(FETCHES, of, "unchanged" if reply.status == 304 else "ok")
        self.add(FETCHED_BYTES, of, amount=reply.wire_bytes)
        self.observe(FETCH_SECONDS, of, value=reply.seconds)

    def not_fetched(self, of: str, error: FetchError) -> None:
        """Note a request that brought nothing usable."""
        status = error.status if isinstance(error, ReplyRefused) else None
        self.add(FETCHES, of, error.word if status is None else status_word(status))


def status_word(status: int | None) -> str:
    """Return a status as a label: its hundred; "unreachable" where none came."""
    return HostUnreachable.word if status is None else f"{status // 100}xx"
