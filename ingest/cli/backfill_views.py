"""How a backfill is shown: a bar while it runs, a report at its end, its failures as a file."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TextIO

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ingest.cli.show import ago, noun, print_facts, terminal
from ingest.pipeline import backfill as jobs
from ingest.sources import find_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.pipeline.backfill import Order
    from ingest.pipeline.scout import Estimate
    from ingest.pipeline.service import Service
    from ingest.storage.backfill import Failure, HeldHost, ItemCounts, ListedBackfill

LOOK_SECONDS = 1.0  # between two looks, or ten times what a look takes
LINE_SECONDS = 15.0  # between two lines where there is no terminal
RATE_SECONDS = 30.0  # over which the rate is taken
COLUMNS = ("url", "what", "state", "attempts", "status", "why")


def span(wait: timedelta | float) -> str:
    """Return a length of time as people say it."""
    seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours / 24:.1f} days"


def days_of(found: ListedBackfill) -> str:
    """Return the days that were asked for, as people say them."""
    if found.from_day is None and found.to_day is None:
        return "all days"
    return f"{found.from_day or 'the beginning'} to {found.to_day or 'today'}"


# ── while it runs ───────────────────────────────────────────────────────────────────────


def new_bar() -> Progress:
    """Return a progress bar with rate and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=terminal(),
    )


def follow(service: Service, number: int, *, is_quiet: bool) -> jobs.Progress:
    """Show how a backfill goes on until it runs no more; return how it ended."""
    view = _Silence() if is_quiet else (_Bar() if terminal().is_terminal else _Log())
    with view:
        while True:
            began = time.monotonic()
            with service.database.connection() as connection:
                progress = jobs.look(connection, service, number)
                has_workers = jobs.has_workers(connection)
            view.show(progress, service, has_workers=has_workers)
            if progress.backfill.state != "running":
                return progress
            time.sleep(max(LOOK_SECONDS, 10 * (time.monotonic() - began)))


class _Silence:
    """A view for programs."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, progress: jobs.Progress, service: Service, *, has_workers: bool) -> None:
        """Show nothing."""


class _Log(_Silence):
    """A view for a file: a line now and then, when something has changed."""

    def __init__(self) -> None:
        self._said, self._said_at = "", 0.0

    def show(self, progress: jobs.Progress, service: Service, *, has_workers: bool) -> None:
        """Print a line if there is news and it is time."""
        line = state_line(progress, service, has_workers=has_workers)
        if line != self._said and time.monotonic() - self._said_at >= LINE_SECONDS:
            self._said, self._said_at = line, time.monotonic()
            terminal().print(escape(line), soft_wrap=True)


class _Bar(_Silence):
    """A view for a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=terminal(),
        )
        self._task = self._bar.add_task("looking", total=None, pace="")
        self._seen: list[tuple[float, int]] = []

    def __enter__(self) -> None:
        self._bar.start()

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: jobs.Progress, service: Service, *, has_workers: bool) -> None:
        """Move the bar on."""
        counts = progress.counts
        total = counts.in_range - counts.known
        done = total - counts.left
        self._bar.update(
            self._task,
            description=escape(_stage(progress, service, has_workers=has_workers)),
            total=total or None,
            completed=done,
            pace=self._pace(progress, done),
        )

    def _pace(self, progress: jobs.Progress, done: int) -> str:
        """Return pages a second over the last while, and the time left at that pace."""
        now = time.monotonic()
        self._seen = [one for one in self._seen if now - one[0] <= RATE_SECONDS] + [(now, done)]
        since, before = self._seen[0]
        rate = (done - before) / (now - since) if now - since >= 1 else 0.0
        left = progress.counts.left
        if rate > 0:
            return f"{rate:.1f} a second, {span(left / rate)} left"
        return f"about {span(progress.waits)} left" if progress.waits else ""


def _stage(progress: jobs.Progress, service: Service, *, has_workers: bool) -> str:
    found = progress.backfill
    if found.state != "running":
        return found.state
    if not has_workers:
        return "no worker is running: `khabar up` does the work"
    if progress.held is not None:
        return _held_sentence(progress.held, service)[:100]
    if not found.listings:
        return "looking for listings"
    if progress.reads is not None:
        return f"listing {found.listings_read + 1} of {found.listings}"
    return "pages"


def state_line(progress: jobs.Progress, service: Service, *, has_workers: bool) -> str:
    """Return how far a backfill is, in a line."""
    counts = progress.counts
    line = (
        f"backfill {progress.backfill.id}: {_stage(progress, service, has_workers=has_workers)};"
        f" {counts.in_range:,} in range, {counts.known:,} known, {counts.stored:,} stored,"
        f" {counts.no_article:,} no article, {counts.failed:,} failed, {counts.left:,} left"
    )
    return f"{line}, about {span(progress.waits)}" if progress.waits else line


# ── before and after ────────────────────────────────────────────────────────────────────


def print_estimate(order: Order, found: Estimate) -> None:
    """Print what a dry run found."""
    console = terminal()
    wanted = order.wanted
    console.print(
        f"[bold]{escape(order.source.slug)}[/] via {order.via}, {wanted.first} to {wanted.last}:"
        " nothing was stored"
    )
    hosts = [f"{host} {count:,}" for host, count in found.hosts.items()]
    print_facts(
        console,
        [
            ("found", _listed(found)),
            ("left out", _left_out(found.outside, found.undated, found.foreigners)),
            ("in range", f"{found.in_range:,}"),
            ("known", f"{found.known:,}"),
            ("to fetch", f"{found.to_fetch:,}{': ' if hosts else ''}{', '.join(hosts[:5])}"),
            ("takes", f"about {span(found.seconds)} at this pace" if found.to_fetch else None),
            *(("failed", f"{one['url']}: {one['reason']}") for one in found.failed[:20]),
        ],
    )


def print_report(service: Service, progress: jobs.Progress, *, failures: Any) -> None:
    """Print what a backfill found, stored and could not have."""
    console = terminal()
    found, counts = progress.backfill, progress.counts
    console.print(
        f"[bold]backfill {found.id}[/] of {escape(found.source)} via {found.via},"
        f" {days_of(found)}: {_ending(service, found)}"
    )
    failed = f"; {found.listings_failed:,} of them failed" if found.listings_failed else ""
    cut = f"; {found.listings_cut:,} not read to the end" if found.listings_cut else ""
    print_facts(
        console,
        [
            ("found", f"{_listed(found)}{failed}{cut}"),
            ("left out", _left_out(found.outside, found.undated, found.foreigners)),
            ("in range", f"{counts.in_range:,}"),
            ("known", f"{counts.known:,}"),
            ("stored", f"{counts.stored:,}"),
            ("no article", f"{counts.no_article:,}"),
            ("failed", f"{counts.failed:,}"),
            ("left", _left(progress)),
            ("reads", progress.reads if found.state == "running" else None),
            ("waits", progress.held and _held_sentence(progress.held, service)),
            ("failures", str(failures) if failures else None),
            ("note", _note_of(found)),
        ],
    )


def _note_of(found: ListedBackfill) -> str | None:
    """Return what the declaration says of an agency whose listings could not be had."""
    source = find_source(found.source) if found.state == "failed" else None
    return source.note if source is not None else None


def _ending(service: Service, found: ListedBackfill) -> str:
    if found.ended_at is None:
        return found.state
    seconds = service.clock.real_seconds(found.ended_at - found.created_at)
    why = ": nothing that it named could be read" if found.state == "failed" else ""
    return f"{found.state} after {span(seconds)}{why}"


def _left(progress: jobs.Progress) -> str | None:
    if not progress.counts.left:
        return None
    if progress.backfill.ended_at is not None:
        return f"{progress.counts.left:,}, never fetched"
    when = f", about {span(progress.waits)}" if progress.waits else ""
    return f"{progress.counts.left:,}{when}"


def _held_sentence(held: HeldHost, service: Service) -> str:
    """Return in a sentence which host is waited for, until when and why."""
    return f"{held.name} is asked again {ago(held.until, service.clock)}: {held.reason}"


def _listed(found: Estimate | ListedBackfill) -> str:
    addresses = f"{found.found:,} {noun(found.found, 'address')}"
    return f"{addresses} in {found.listings:,} {noun(found.listings, 'listing')}"


def _left_out(outside: int, undated: int, foreigners: int) -> str | None:
    said = [
        f"{outside:,} of other days" if outside else "",
        f"{undated:,} without a day (--undated takes them)" if undated else "",
        f"{foreigners:,} of other sites" if foreigners else "",
    ]
    return ", ".join(filter(None, said)) or None


def backfill_json(found: ListedBackfill, counts: ItemCounts) -> dict[str, Any]:
    """Return a backfill as `khabar backfill list --json` prints it."""
    return asdict(found) | asdict(counts) | {"left": counts.left}


def progress_json(progress: jobs.Progress) -> dict[str, Any]:
    """Return a backfill as `khabar backfill show --json` prints it."""
    return backfill_json(progress.backfill, progress.counts) | {
        "seconds_left": progress.waits,
        "reads": progress.reads,
        "held": progress.held,
    }


def write_failures(out: TextIO, failed: Sequence[Failure]) -> None:
    """Write what failed, a line each; `--via urls` reads the file again."""
    out.write("# " + "\t".join(COLUMNS) + "\n")
    for one in failed:
        why = " ".join((one.last_error or "").split())
        cells = (one.url, one.what, one.state, one.attempts, one.last_status or "", why)
        out.write("\t".join(map(str, cells)) + "\n")
