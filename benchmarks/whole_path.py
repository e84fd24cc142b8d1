"""Articles a second and core on the whole path: fetch on loopback, extract, identify, persist.

    python -m benchmarks.whole_path

One worker of khabar follows feeds of many hosts and commits in batches of 50. The rival does the
same with what comes to hand first: stock httpx, BeautifulSoup, an INSERT a row. Both are charged
the CPU time of their own process; Postgres's is told beside it. The rival finds no copies, keeps no
raw page, reads no date and publishes no change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import psutil
import psycopg
import structlog
from bs4 import BeautifulSoup

from benchmarks.agency import serve_agency
from benchmarks.figures import Figure, print_table
from benchmarks.postgres import cpu_seconds, open_database, open_postgres, postmaster_of
from ingest.pipeline.follow import follow_url
from ingest.pipeline.service import Service, open_service
from ingest.pipeline.work import Worker
from ingest.settings import Settings

HOSTS, PAGES = 20, 50
TASKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds for `articles` of them."""

    articles: int
    worker: float
    postgres: float


def settings_for(database_url: str) -> Settings:
    """Return khabar's settings: as they are, but for a loopback that needs no manners."""
    changed: dict[str, Any] = {
        "database_url": database_url,
        "allow_loopback": True,
        "request_gap": timedelta(),
        "task": timedelta(seconds=2),
        "slice": timedelta(minutes=5),
        "contact": "https://bench.example/contact",
    }
    return Settings(**changed)


def stored(service: Service) -> int:
    """Return how many changes were published."""
    with service.database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM khabar.change").fetchone()
    return 0 if row is None else int(row[0])


async def work_until(service: Service, articles: int) -> None:
    """Let one worker work until so many articles are stored."""
    async with Worker(service) as worker:
        while stored(service) < articles:
            await worker.work()


def run_khabar(database_url: str, postmaster: psutil.Process, origins: list[str]) -> Cost:
    """Follow the feeds and store their articles."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    articles = len(origins) * PAGES
    with open_service(settings_for(database_url)) as service:
        for origin in origins:
            follow_url(service, f"{origin}/feed")
        before = time.process_time(), cpu_seconds(postmaster)
        asyncio.run(work_until(service, articles))
        after = time.process_time(), cpu_seconds(postmaster)
    return Cost(articles=articles, worker=after[0] - before[0], postgres=after[1] - before[1])


async def ask_all(origins: list[str], keep: Callable[[str, bytes], None]) -> None:
    """Fetch every page with httpx as it comes, so many at once."""
    waiting = iter(
        f"{origin}/news/{number}"
        for number, origin in (
            (1 + host * PAGES + page, origin)
            for page in range(PAGES)
            for host, origin in enumerate(origins)
        )
    )
    async with httpx.AsyncClient(timeout=30, follow_redirects=True) as client:

        async def work() -> None:
            for url in waiting:
                keep(url, (await client.get(url)).content)

        await asyncio.gather(*(work() for _ in range(TASKS)))


def run_rival(database_url: str, postmaster: psutil.Process, origins: list[str]) -> Cost:
    """Fetch with httpx, read with BeautifulSoup, insert row by row."""
    before = time.process_time(), cpu_seconds(postmaster)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.rival (url text PRIMARY KEY, title text, body text)"
        )

        def keep(url: str, page: bytes) -> None:
            soup = BeautifulSoup(page, "lxml")
            found = soup.find("article")
            title = soup.title.get_text() if soup.title else ""
            body = "\n".join(part.get_text() for part in found.find_all("p")) if found else ""
            connection.execute(
                "INSERT INTO public.rival (url, title, body) VALUES (%s, %s, %s)"
                " ON CONFLICT (url) DO UPDATE SET title = excluded.title, body = excluded.body",
                (url, title, body),
            )

        asyncio.run(ask_all(origins, keep))
    after = time.process_time(), cpu_seconds(postmaster)
    return Cost(
        articles=len(origins) * PAGES, worker=after[0] - before[0], postgres=after[1] - before[1]
    )


def measure() -> list[Figure]:
    """Return articles a CPU second of both, and what Postgres spent on each."""
    with (
        serve_agency(hosts=HOSTS, pages=PAGES) as origins,
        open_postgres() as server,
        open_database(server, "bench_path") as url,
    ):
        postmaster = postmaster_of(url)
        ours = run_khabar(url, postmaster, origins)
        theirs = run_rival(url, postmaster, origins)
    rival = "httpx + BeautifulSoup + INSERT a row"
    return [
        Figure(
            what="whole path, pages of 80 kB",
            value=ours.articles / ours.worker,
            unit="articles a CPU second",
            rival=rival,
            rival_value=theirs.articles / theirs.worker,
        ),
        Figure(
            what="whole path, Postgres besides",
            value=1000 * ours.postgres / ours.articles,
            unit="CPU ms an article",
            rival=rival,
            rival_value=1000 * theirs.postgres / theirs.articles,
            less_is_better=True,
        ),
    ]


def main() -> None:
    """Print the table."""
    print_table(measure())


if __name__ == "__main__":
    main()
