"""Figures for Prometheus: what processes told, summed, and what the database knows.

    words of beat and pool processes ──▶ Totals ──┐
                                                  ├──▶ /metrics
    one look at the database, 10 s at most old ───┘

What is told is counted by this daemon's own processes since it started; what the database knows
is the whole fleet's, so every daemon shows the same. Labels are bounded: what is past the first 200
of a measure is summed as "other".
"""

from __future__ import annotations

import threading
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from ingest.errors import DatabaseUnavailable, KhabarError
from ingest.pipeline.tally import BY_NAME, MEASURES, Labels, Measure, Sums
from ingest.storage.database import connect
from ingest.storage.schema import check_schema
from ingest.storage.status import FleetFigures, fleet_figures, is_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingest.settings import Settings
    from workers.word import Word

PREFIX = "khabar_"
MOST_SERIES = 200
OTHER = "other"
FRESH_SECONDS = 10.0
READ_ONLY = "no database: it takes no writes now"

# name: what it means; each a field of FleetFigures
GAUGES = {
    "feeds": "Feeds that are followed, neither paused nor retired.",
    "feeds_due": "Feeds whose time to be polled has come.",
    "feeds_overdue": "Feeds due for more than five minutes at hosts that are not left alone.",
    "feeds_failing": "Feeds whose last poll failed.",
    "feeds_paused": "Feeds that are paused: by a person, or until one looks at them.",
    "hosts_visited": "Hosts leased by a worker now.",
    "hosts_left_alone": "Hosts that asked for quiet, or failed, and wait.",
    "pages_parked": "Pages given up as failed; a person may look.",
    "gaps_open": "Gaps that were noticed and not searched yet.",
    "newest_change": "Number of the newest change.",
}


class Totals:
    """What all processes of this daemon told since it started."""

    def __init__(self) -> None:
        self._sums = Sums()
        self._lock = threading.Lock()

    def add(self, told: Sums) -> None:
        """Add what one process told."""
        with self._lock:
            for (name, labels), amount in told.counts.items():
                self._sums.add(BY_NAME[name], self._bounded(name, labels), amount)
            for (name, labels), spread in told.spreads.items():
                bounded = self._bounded(name, labels)
                self._sums.merge(BY_NAME[name], bounded, spread.buckets, spread.total)

    def _bounded(self, name: str, labels: Labels) -> Labels:
        held = self._sums.spreads if BY_NAME[name].bounds else self._sums.counts
        if (name, labels) in held or sum(known == name for known, _ in held) < MOST_SERIES:
            return labels
        return (OTHER,) * len(labels)

    def collect(self) -> Iterator[Metric]:
        """Return every measure, those that nobody told of at nought."""
        with self._lock:
            held = Sums()
            held.update(self._sums)
        for measure in MEASURES:
            yield _spread(measure, held) if measure.bounds else _count(measure, held)


def _count(measure: Measure, held: Sums) -> Metric:
    family = CounterMetricFamily(
        PREFIX + measure.name, measure.meaning, labels=measure.labels or None
    )
    if not measure.labels:
        held.counts.setdefault((measure.name, ()), 0.0)
    for (name, labels), amount in sorted(held.counts.items()):
        if name == measure.name:
            family.add_metric(labels, amount)
    return family


def _spread(measure: Measure, held: Sums) -> Metric:
    family = HistogramMetricFamily(
        PREFIX + measure.name, measure.meaning, labels=measure.labels or None
    )
    for (name, labels), spread in sorted(held.spreads.items(), key=lambda item: item[0]):
        if name != measure.name:
            continue
        bounds = [*map(str, measure.bounds), "+Inf"]
        running = [sum(spread.buckets[: at + 1]) for at in range(len(bounds))]
        family.add_metric(labels, list(zip(bounds, running, strict=True)), spread.total)
    return family


class Fleet:
    """What the database knows, looked up when asked and kept for ten seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._at: float | None = None
        self._seconds = 0.0
        self._figures: FleetFigures | None = None
        self._trouble: str | None = "not asked yet"

    def look(self) -> tuple[FleetFigures | None, str | None]:
        """Return the figures, or why there are none."""
        with self._lock:
            if self._at is None or monotonic() - self._at > FRESH_SECONDS:
                self._ask()
                self._at = monotonic()
            return self._figures, self._trouble

    def _ask(self) -> None:
        clock, began = self._settings.clock, perf_counter()
        self._figures = None
        try:
            with connect(self._settings.database_url or "", name="khabar figures") as connection:
                check_schema(connection)
                self._seconds = perf_counter() - began
                self._figures = fleet_figures(connection, now=clock.now(), real_now=clock.real())
                self._trouble = READ_ONLY if is_read_only(connection) else None
        except (DatabaseUnavailable, KhabarError) as error:
            self._trouble = str(error)

    def collect(self) -> Iterator[Metric]:
        """Return the figures as gauges; `khabar_database_up` 0 alone while it is away."""
        found, _ = self.look()
        yield _gauge("database_up", "Whether the database answers and has our schema.", found)
        if found is None:
            return
        yield _gauge(
            "database_round_trip_seconds",
            "How long connecting and one question took.",
            self._seconds,
        )
        for name, meaning in GAUGES.items():
            yield _gauge(name, meaning, getattr(found, name))
        yield _labelled("queue", "Pages that are due, by kind.", "kind", found.queue)
        yield _labelled(
            "queue_oldest_seconds", "How long the longest waits, by kind.", "kind", found.oldest
        )
        yield _labelled(
            "consumer_lag_changes", "Changes a consumer has not committed.", "consumer", found.lag
        )
        yield _labelled("trouble", "Troubles that need a person.", "kind", found.troubles)


class Processes:
    """The processes of this daemon as gauges."""

    def __init__(self, words: Callable[[], list[Word]]) -> None:
        self._words = words

    def collect(self) -> Iterator[Metric]:
        """Return how many there are, how many are busy, and what they weigh."""
        words = self._words()
        pool = [word for word in words if word.role == "pool"]
        busy = sum(word.busy is not None for word in pool)
        weight = sum(word.memory for word in words)
        yield _gauge("processes", "Worker processes that tell of themselves.", len(pool))
        yield _gauge("processes_busy", "Worker processes that are at a task.", busy)
        yield _gauge("processes_bytes", "Memory of worker processes and beat, together.", weight)


def _gauge(name: str, meaning: str, value: object) -> Metric:
    number = float(value) if isinstance(value, int | float) else float(value is not None)
    return GaugeMetricFamily(PREFIX + name, meaning, value=number)


def _labelled(name: str, meaning: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=[label])
    for value, number in sorted(values.items())[:MOST_SERIES]:
        family.add_metric([value], number)
    return family
