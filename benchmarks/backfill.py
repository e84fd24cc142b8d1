"""A backfill of one unlimited host from a sitemap, beside the same pages followed by feeds.

    python -m benchmarks.backfill [--pages 20000]

One worker process does both, on the same Postgres and pages of 80 kB. The backfill has one host,
asked one page at a time with no gap; the rival is khabar's own whole path (benchmarks.whole_path):
twenty hosts, asked at once. Told are articles a second of the wall clock and a CPU second of the
worker; the share of the whole path's is what a backfill costs above its manners.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from datetime import date

import psutil
import structlog

from benchmarks import whole_path
from benchmarks.agency import serve_agency
from benchmarks.figures import Figure, print_table
from benchmarks.postgres import open_database, open_postgres, postmaster_of
from ingest.model import Days
from ingest.pipeline import backfill as jobs
from ingest.pipeline.backfill import Order
from ingest.pipeline.follow import follow_url
from ingest.pipeline.service import Service, open_service
from ingest.pipeline.work import Worker

PAGES = 1000
NOVEMBER = Days(date(2025, 11, 1), date(2025, 11, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Articles of one run, and what they took."""

    articles: int
    wall: float
    worker: float


def begin(service: Service, origin: str) -> int:
    """Ask for everything that the origin's sitemap names."""
    follow_url(service, f"{origin}/feed")
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.feed SET paused_at = added_at")
        source = jobs.find_source_of(connection, f"{origin}/feed")
        order = Order(source=source, via="sitemap", wanted=NOVEMBER)
        return jobs.begin(connection, service, order)


async def work_off(service: Service, number: int) -> None:
    """Let one worker work until the backfill has ended."""
    async with Worker(service) as worker:
        while True:
            await worker.work()
            with service.database.connection() as connection:
                if jobs.find_backfill(connection, number).state != "running":
                    return


def run_backfill(database_url: str, origin: str) -> Pace:
    """Fill up one host's archive."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with open_service(whole_path.settings_for(database_url)) as service:
        number = begin(service, origin)
        before = time.monotonic(), time.process_time()
        asyncio.run(work_off(service, number))
        after = time.monotonic(), time.process_time()
        articles = whole_path.stored(service)
    return Pace(articles=articles, wall=after[0] - before[0], worker=after[1] - before[1])


def run_whole_path(database_url: str, postmaster: psutil.Process, origins: list[str]) -> Pace:
    """Follow the feeds of many hosts."""
    began = time.monotonic()
    cost = whole_path.run_khabar(database_url, postmaster, origins)
    return Pace(articles=cost.articles, wall=time.monotonic() - began, worker=cost.worker)


def measure(pages: int = PAGES) -> list[Figure]:
    """Return the pace of both."""
    with open_postgres() as server:
        with (
            serve_agency(hosts=whole_path.HOSTS, pages=whole_path.PAGES) as origins,
            open_database(server, "bench_path") as url,
        ):
            theirs = run_whole_path(url, postmaster_of(url), origins)
        with (
            serve_agency(hosts=1, pages=pages) as origins,
            open_database(server, "bench_backfill") as url,
        ):
            ours = run_backfill(url, origins[0])
    rival = "the whole path, from feeds of 20 hosts"
    return [
        Figure(
            what=f"backfill, {ours.articles:,} pages of one host",
            value=ours.articles / ours.wall,
            unit="articles a second",
            rival=rival,
            rival_value=theirs.articles / theirs.wall,
        ),
        Figure(
            what="the same, of the worker's CPU",
            value=ours.articles / ours.worker,
            unit="articles a CPU second",
            rival=rival,
            rival_value=theirs.articles / theirs.worker,
        ),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill")
    parser.add_argument("--pages", type=int, default=PAGES, help="of the sitemap")
    print_table(measure(parser.parse_args().pages))


if __name__ == "__main__":
    main()
