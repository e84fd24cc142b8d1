"""Wire documents a second and core: read, identified, stored and published, from a folder.

    python -m benchmarks.wire_path                        3,000 documents
    python -m benchmarks.wire_path --documents 100000     and whether memory stays flat

One worker takes NewsML-G2 documents of the sample newsroom from a folder, each with its own text.
The rival does the same with what comes to hand first: BeautifulSoup over the XML, an INSERT a
document. It knows no versions, keeps no archive, finds no stories, publishes no change.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import psycopg
import structlog
from bs4 import BeautifulSoup

from benchmarks.agency import paragraphs
from benchmarks.figures import Figure, print_table
from benchmarks.postgres import cpu_seconds, open_database, open_postgres, postmaster_of
from benchmarks.whole_path import settings_for
from ingest.model import Feed, Source, SourceKind, WireFolder
from ingest.pipeline.follow import follow_source
from ingest.pipeline.service import Service, open_service
from ingest.pipeline.work import Worker
from ingest.sample_agency.newsml import newsml29
from ingest.sample_agency.newsroom import Newsroom

DOCUMENTS = 3_000
PARAGRAPHS = 7
A_FOLDER = 5_000  # documents; a folder is emptied before the next is filled
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds for `documents` of them, and the process's memory along the way."""

    documents: int
    worker: float
    postgres: float
    memory: tuple[int, ...] = ()


def write_documents(folder: Path, first: int, count: int) -> None:
    """Fill a folder with documents, each with a text that it shares with no other."""
    room = Newsroom(first=datetime.now(UTC) - timedelta(days=3), every=timedelta(seconds=2))
    for number in range(first, first + count):
        item = room.sent_with(number)[0]
        version = item.versions[-1]
        told = paragraphs(number)[:PARAGRAPHS]
        story = replace(room.story(item, version), title=told[0][:60], paragraphs=tuple(told))
        (folder / f"{number:07}.xml").write_bytes(newsml29([(item, version, story)]))


def source_of(folder: Path) -> Source:
    """Return a wire whose files lie in a folder and are deleted once they are stored."""
    return Source(
        slug="bench-wire",
        name="Bench Wire",
        agency="AA",
        homepage="",
        timezone=ZoneInfo("Europe/Istanbul"),
        kind=SourceKind.FOLDER,
        feeds=(Feed(url=f"file://{folder}"),),
        wire=WireFolder(settle=timedelta()),
    )


def known(service: Service) -> int:
    """Return how many items are known, shown or not."""
    with service.database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM ingest.article").fetchone()
    return 0 if row is None else int(row[0])


async def work_until(service: Service, articles: int) -> None:
    """Let one worker work until so many articles are stored."""
    async with Worker(service) as worker:
        while known(service) < articles:
            await worker.work()


def run_khabar(database_url: str, postmaster: psutil.Process, folder: Path, count: int) -> Cost:
    """Take documents from folders, one full folder after the other."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    worker = postgres = 0.0
    memory = []
    with open_service(settings_for(database_url)) as service:
        follow_source(service, source_of(folder), origin="person")
        for first in range(0, count, A_FOLDER):
            batch = min(A_FOLDER, count - first)
            for path in folder.iterdir():
                path.unlink()
            write_documents(folder, first, batch)
            with service.database.connection() as connection:
                now = [service.clock.now()]
                connection.execute("UPDATE ingest.feed SET next_poll_at = %s", now)
                connection.execute("UPDATE ingest.host SET due_at = %s", now)
            before = time.process_time(), cpu_seconds(postmaster)
            asyncio.run(work_until(service, first + batch))
            worker += time.process_time() - before[0]
            postgres += cpu_seconds(postmaster) - before[1]
            memory.append(psutil.Process().memory_info().rss)
    return Cost(documents=count, worker=worker, postgres=postgres, memory=tuple(memory))


def run_rival(database_url: str, postmaster: psutil.Process, folder: Path) -> Cost:
    """Read with BeautifulSoup, insert document by document."""
    before = time.process_time(), cpu_seconds(postmaster)
    count = 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.rival (guid text PRIMARY KEY, title text, body text)"
        )
        for path in sorted(folder.iterdir()):
            soup = BeautifulSoup(path.read_bytes(), "xml")
            item = soup.find("newsItem")
            title, content = soup.find("headline"), soup.find("body.content")
            html = BeautifulSoup(content.get_text() if content else "", "lxml")
            body = "\n".join(part.get_text() for part in html.find_all("p"))
            connection.execute(
                "INSERT INTO public.rival (guid, title, body) VALUES (%s, %s, %s)"
                " ON CONFLICT (guid) DO UPDATE SET title = excluded.title, body = excluded.body",
                (str(item["guid"]) if item else path.name, title and title.get_text(), body),
            )
            count += 1
    return Cost(
        documents=count,
        worker=time.process_time() - before[0],
        postgres=cpu_seconds(postmaster) - before[1],
    )


def costs(count: int) -> tuple[Cost, Cost]:
    """Return what both spent."""
    with (
        tempfile.TemporaryDirectory(prefix="khabar-bench-wires-") as name,
        open_postgres() as server,
        open_database(server, "bench_wires") as url,
    ):
        folder, postmaster = Path(name), postmaster_of(url)
        ours = run_khabar(url, postmaster, folder, count)
        return ours, run_rival(url, postmaster, folder)


def figures_of(ours: Cost, theirs: Cost) -> list[Figure]:
    """Return documents a second and core, Postgres's part counted in, and what each part costs."""
    rival = "BeautifulSoup + INSERT a document"
    return [
        Figure(
            what="wire documents, read and stored",
            value=ours.documents / (ours.worker + ours.postgres),
            unit="documents a second and core",
            rival=rival,
            rival_value=theirs.documents / (theirs.worker + theirs.postgres),
        ),
        Figure(
            what="… NewsML-G2 of 5 kB, the worker alone",
            value=ours.documents / ours.worker,
            unit="documents a CPU second",
            rival=rival,
            rival_value=theirs.documents / theirs.worker,
        ),
        Figure(
            what="… Postgres besides",
            value=1000 * ours.postgres / ours.documents,
            unit="CPU ms a document",
            rival=rival,
            rival_value=1000 * theirs.postgres / theirs.documents,
            less_is_better=True,
        ),
    ]


def measure() -> list[Figure]:
    """Return the figures for `make bench`."""
    return figures_of(*costs(DOCUMENTS))


def main() -> None:
    """Print the table, and the memory after each folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wire_path")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    ours, theirs = costs(parser.parse_args().documents)
    print_table(figures_of(ours, theirs))
    shown = ", ".join(f"{rss / MEBIBYTE:.0f}" for rss in ours.memory)
    print(f"memory after each {A_FOLDER:,} documents, in MiB: {shown}")


if __name__ == "__main__":
    main()
