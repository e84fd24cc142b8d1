"""A backfill of thousands of pages, killed in its middle again and again.

    python -m tests.acceptance.backfill_chaos --pages 20000 --kills 5 --seed 1
    python -m tests.acceptance.backfill_chaos --pages 20000 --kills 0      the same, left alone

One agency without a limit of its own, whose archive misbehaves as `archive.py` says. Exit status 1
when the backfill ends otherwise than one that nobody killed: an article is missing, there twice,
phantom or cut short, or the report's counts are not what the archive holds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from tests.acceptance.archive import Archive, faults_of
from tests.acceptance.chaos import hurt, say
from tests.acceptance.running import Running, new_home
from tests.web import Web

VICTIMS = ("pool", "worker", "postgres", "valkey", "everything")
SETTINGS = {
    "KHABAR_CLOCK_SPEED": "60",
    "KHABAR_REQUEST_GAP": "0",
    "KHABAR_HOST_BUDGET": "100000000",
    "KHABAR_POLL_CEILING": "40",
}
COUNTS = ("found", "outside", "in_range", "known", "stored", "no_article", "failed", "left")
TELL_EVERY = 15.0  # seconds


def begin(service: Running, archive: Archive) -> None:
    """Fill November up, without following the agency from now on."""
    service.khabar("feed", "add", archive.feed)
    november = ("--from", "2025-11-01", "--to", "2025-11-30", "--no-follow")
    service.khabar("backfill", "start", archive.site.address, *november)


def shown(service: Running) -> dict[str, Any]:
    """Return the backfill as the command shows it."""
    found: dict[str, Any] = json.loads(service.khabar("backfill", "show", "1", "--json"))
    return found


def counts_of(archive: Archive) -> dict[str, int]:
    """Return what a report must say of the archive."""
    return {
        "found": archive.count,  # September's sitemap was not opened
        "outside": 0,
        "in_range": archive.count,
        "known": 0,
        "stored": len(archive.articles),
        "no_article": archive.count_of(4),
        "failed": archive.count_of(5),
        "left": 0,
    }


def fill_up(service: Running, archive: Archive, options: argparse.Namespace) -> dict[str, Any]:
    """Let the backfill run to its end, killing something at random moments; return its report."""
    dice = random.Random(options.seed)
    whole = archive.count
    moments = sorted(dice.uniform(0.05, 0.9) * whole for _ in range(options.kills))
    victims = itertools.cycle(dice.sample(VICTIMS, len(VICTIMS)))
    ends_at = time.monotonic() + options.patience
    told_at = began = time.monotonic()
    while True:
        asked = len(archive.asked_pages())
        if moments and asked >= moments[0]:
            moments.pop(0)
            victim = next(victims)
            say(f"{time.monotonic() - began:6.0f} s  kills {victim} after {asked:,} pages")
            hurt(service, victim)
        if time.monotonic() >= told_at:
            told_at += TELL_EVERY
            found = shown(service)
            say(f"{time.monotonic() - began:6.0f} s  {found['stored']:,} of {whole:,} stored")
            if found["state"] != "running":
                return found
        assert time.monotonic() < ends_at, "the backfill did not end in time"
        time.sleep(0.2)


def run(home: Path, options: argparse.Namespace) -> int:
    """Run the service, the archive and the backfill; judge what came out."""
    with Web() as web, Running(home, **SETTINGS) as service:
        archive = Archive(web, options.pages, pause=0.002)
        begin(service, archive)
        began = time.monotonic()
        found = fill_up(service, archive, options)
        took = time.monotonic() - began
        rows = service.changes()
    faults = faults_of(rows, archive)
    wanted = counts_of(archive)
    faults["counts"] = [
        f"{name} {found[name]} instead of {wanted[name]}"
        for name in COUNTS
        if found[name] != wanted[name]
    ]
    say(f"{found['state']}: {found['stored']:,} articles, {found['stored'] / took:.0f} a second")
    for name, bad in faults.items():
        say(f"{name:20} {len(bad)} {'; '.join(bad[:5])}")
    return int(found["state"] != "done" or any(faults.values()))


def main() -> int:
    """Read the options and run in a folder of our own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for all of it")
    options = parser.parse_args()
    with new_home("backfill") as home:
        return run(home, options)


if __name__ == "__main__":
    sys.exit(main())
