"""What things cost, as ratios against named rivals in the same run.

    make bench                    everything, in some minutes
    python -m benchmarks NAME …   feeds, fetch, extract, bad_pages, whole_path, backfill,
                                   claims, visits, stories, idle, wires, wire_path

Ratios tell something about khabar, absolute figures about this machine; nothing is asserted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks import (
    backfill,
    bad_pages,
    claims,
    extract,
    feeds,
    fetch,
    idle,
    publish,
    stories,
    visits,
    whole_path,
    wire_path,
    wires,
)
from benchmarks.figures import Figure, print_table


def measure_feeds() -> list[Figure]:
    """Feeds a CPU second of the strict path, each read for the first time."""
    figures = []
    for name, make in feeds.FEEDS.items():
        best = feeds.seconds(make)
        figures.append(
            Figure(
                what=f"{name}, {feeds.ITEMS} items",
                value=1 / best["khabar"],
                unit="feeds a CPU second",
                rival="feedparser",
                rival_value=1 / best["feedparser"],
            )
        )
    return figures


def measure_fetch() -> list[Figure]:
    """Pages a CPU second of the fetcher."""
    hosts = 200
    found = fetch.measure(hosts, 2000, 3)
    ours = found.pop("khabar")
    return [
        Figure(
            what=f"fetch, pages of 80 kB at {hosts} hosts",
            value=ours,
            unit="pages a CPU second",
            rival=f"stock {name}",
            rival_value=theirs,
        )
        for name, theirs in found.items()
    ]


BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "feeds": measure_feeds,
    "fetch": measure_fetch,
    "extract": extract.measure,
    "bad_pages": bad_pages.measure,
    "whole_path": whole_path.measure,
    "backfill": backfill.measure,
    "claims": claims.measure,
    "publish": publish.measure,
    "stories": stories.measure,
    "visits": visits.measure,
    "idle": idle.measure,
    "wires": wires.measure,
    "wire_path": wire_path.measure,
}


def main() -> None:
    """Run what was asked for and print one table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="all by default")
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    figures = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name]()
    print_table(figures)


if __name__ == "__main__":
    main()
