"""Fuzz: `make fuzz`, for a night; a part of it in `make test`.

    python -m tests.fuzz --feeds 100000 --replies 20000 --jobs 2 --seed 1
    python -m tests.fuzz --case feeds:4711 --seed 1        that case alone, in this process

Cases run in child processes that tell which one they begin. A case fails if it raises anything but
an error with a name of ours, takes more than 2 s of CPU (5 s under a tracer), leaves a text that
no row can hold, or lifts the process over 300 MB; a child that works 20 s in silence, or dies, was
ended by its last case. A case depends on seed and number alone. Exit status 1 if one failed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import psutil

from ingest.fetch import Fetcher, FetchOptions
from tests.fuzz.cases import dice, read_feed, read_urls, reader_of_replies
from tests.web import Web

# Of CPU. feeds:902, seed 20251117 (20,000 tags for feedparser) takes 0.95 on a slow machine, and
# 1.9 while coverage looks on.
MOST_SECONDS = 5.0 if sys.gettrace() else 2.0
MOST_MEGABYTES = 300
MOST_SILENCE = 20.0  # seconds of the child's own CPU: a busy machine makes nobody a suspect
LOOK_SECONDS = 5.0
MOST_LOOKS = 360  # half an hour of a child that is silent and does nothing
KILOBYTES = 1024  # of a megabyte
Case = Callable[[Random], Awaitable[None]]


# ── the child ───────────────────────────────────────────────────────────────────────────


def say(line: str) -> None:
    """Tell the parent at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def run_cases(kind: str, numbers: range, seed: int) -> None:
    """Run cases one after the other."""
    logging.disable()  # what libraries have to say of each
    plain = {"feeds": read_feed, "urls": read_urls}.get(kind)
    if plain is not None:

        async def case(draw: Random) -> None:
            plain(draw)

        await _run(case, kind, numbers, seed)
        return
    options = FetchOptions(user_agent="khabar-fuzz/1 (+loopback)", allow_loopback=True)
    with Web() as web:
        async with Fetcher(options) as fetcher:
            await _run(reader_of_replies(web.new_host(), fetcher), kind, numbers, seed)


async def _run(case: Case, kind: str, numbers: range, seed: int) -> None:
    too_large = False
    for number in numbers:
        say(f"{number}")
        began = time.process_time()
        try:
            await case(dice(kind, seed, number))
        except Exception as error:  # noqa: BLE001 - what it is, is the finding
            say(f"FAIL {kind}:{number} {type(error).__name__}: {str(error)[:200]!r}")
        spent = time.process_time() - began
        if spent > MOST_SECONDS:
            say(f"FAIL {kind}:{number} {spent:.1f} s")
        if not too_large and megabytes() > MOST_MEGABYTES:
            too_large = True  # the highest water ever: said once
            say(f"FAIL {kind}:{number} {megabytes():.0f} MB")
    say(f"PEAK {megabytes():.0f}")


def megabytes() -> float:
    """Return the most memory this program ever held.

    Not `ru_maxrss`: a child begins with what its parent held when it was forked.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / KILOBYTES


# ── the parent ──────────────────────────────────────────────────────────────────────────


class Child:
    """A process that works through a share of the cases; begun again behind one that ends it."""

    def __init__(self, kind: str, numbers: range, seed: int) -> None:
        self.kind = kind
        self.failures: list[str] = []
        self.peak = 0.0
        self._seed = seed
        self._numbers = numbers

    def run(self) -> None:
        """Run all cases of the share."""
        rest = self._numbers
        while rest:
            last = self._run(rest)
            if last is None:
                return
            rest = range(last + 1, rest.stop)

    def _run(self, numbers: range) -> int | None:
        """Run until the end, or until a case ends the process; return that case."""
        share = f"{self.kind}:{numbers.start}:{numbers.stop}"
        command = [sys.executable, "-m", "tests.fuzz", "--share", share, "--seed", str(self._seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            last = numbers.start
            for line in _lines(process):
                word, _, rest = line.partition(" ")
                if word == "FAIL":
                    self.failures.append(rest)
                elif word == "PEAK":
                    self.peak = max(self.peak, float(rest))
                    return None
                else:
                    last = int(word)
            try:
                code = process.wait(timeout=LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
                process.kill()
        how = "stopped" if code is None else f"ended, with {code},"
        self.failures.append(f"{self.kind}:{last} {how} its process")
        return last


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield what a child says, until it ends or is silent for too long."""
    said: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.put(line.strip())
        said.put(None)

    threading.Thread(target=listen, daemon=True).start()
    child = psutil.Process(process.pid)
    silent_since, looks = _cpu_seconds(child), 0
    while looks < MOST_LOOKS and _cpu_seconds(child) - silent_since < MOST_SILENCE:
        try:
            line = said.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            looks += 1
            continue
        if line is None:
            return
        yield line
        silent_since, looks = _cpu_seconds(child), 0


def _cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a child; 0 of one that has ended."""
    try:
        return float(sum(process.cpu_times()[:2]))
    except psutil.NoSuchProcess:
        return 0.0


def fuzz(feeds: int, replies: int, urls: int, *, jobs: int, seed: int) -> tuple[list[str], float]:
    """Run so many cases; return the failures, and the most memory of any child in MB."""
    children = []
    for kind, count in (("feeds", feeds), ("replies", replies), ("urls", urls)):
        edges = [count * job // jobs for job in range(jobs + 1)]
        shares = (range(*pair) for pair in itertools.pairwise(edges))
        children += [Child(kind, share, seed) for share in shares if share]
    waiting = iter(children)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                child = next(waiting, None)
            if child is None:
                return
            child.run()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failures = [failure for child in children for failure in child.failures]
    return failures, max((child.peak for child in children), default=0.0)


def main() -> int:
    """Read the options and fuzz."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--replies", type=int, default=20_000)
    parser.add_argument("--urls", type=int, default=10_000, help="hundreds of addresses")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", help="such as feeds:4711")
    parser.add_argument("--share", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.share or options.case:
        kind, first, *last = (options.share or options.case).split(":")
        numbers = range(int(first), int(last[0]) if last else int(first) + 1)
        asyncio.run(run_cases(kind, numbers, options.seed))
        return 0
    began = time.monotonic()
    failures, peak = fuzz(
        options.feeds, options.replies, options.urls, jobs=options.jobs, seed=options.seed
    )
    for failure in failures:
        say(failure)
    minutes = (time.monotonic() - began) / 60
    say(
        f"{options.feeds:,} feeds, {options.replies:,} replies and {100 * options.urls:,} addresses"
        f", seed {options.seed}: "
        f"{len(failures)} failed, {peak:.0f} MB at most, {minutes:.1f} min"
    )
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
