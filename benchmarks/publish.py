"""Articles a second published: identified, stored, given their stories and changes.

    python -m benchmarks.publish

Texts of 300 words, one in three of them a copy of another agency's, go through the product's own
`publish` in batches of 50, a transaction each. The rival is the same with a transaction an article.
Told is the CPU of both processes, so that a busy machine tells the same; the clock of an idle
machine says much the same, since one process waits while the other works.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.figures import Figure, print_table
from benchmarks.postgres import open_database, open_postgres
from benchmarks.stories import BATCH, CPU, texts
from ingest.model import Article, Source
from ingest.pipeline.outcomes import PageOutcome
from ingest.pipeline.publish import publish
from ingest.storage import source as sources
from ingest.storage.database import connect
from ingest.storage.host import LeasedHost
from ingest.storage.page import DuePage, PageRow

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ARTICLES, WARM_UP = 3_000, 500
SOURCES = [
    Source(
        slug=f"wire-{n}",
        name=f"Wire {n}",
        homepage=f"https://wire-{n}.example/",
        timezone=ZoneInfo("UTC"),
    )
    for n in range(20)
]
HOST = LeasedHost(
    id=1,
    name="wire.example",
    token=1,
    leased_until=NOW,
    crashed=False,
    next_request_at=None,
    backoff_until=None,
    failures=0,
    robots=None,
    robots_status=None,
    robots_fetched_at=None,
)


def outcomes(count: int, source_ids: dict[str, int]) -> list[PageOutcome]:
    """Return what so many pages brought."""
    draw = random.Random(7)
    told = texts(draw)
    found = []
    for number in range(1, count + 1):
        source, body = draw.choice(SOURCES), next(told)
        found.append(_outcome(number, source, source_ids[source.slug], body))
    return found


def _outcome(number: int, source: Source, source_id: int, body: str) -> PageOutcome:
    at = NOW + timedelta(seconds=number)
    url = f"{source.homepage}news/what-was-told-{number}"
    page = DuePage(
        id=number,
        source_id=source_id,
        slug=source.slug,
        url=url,
        url_key=url,
        cause="live",
        priority=0,
        crashes=0,
        attempts=1,
        rechecks=0,
        state="waiting",
        etag=None,
        last_modified=None,
        validators_url=None,
        body_digest=None,
        entry_id=None,
        article_id=None,
        added_at=at,
    )
    row = PageRow(
        id=number,
        crashes=0,
        attempts=0,
        rechecks=0,
        priority=0,
        state="stored",
        due_at=None,
        fetched_at=at,
        etag=None,
        last_modified=None,
        validators_url=None,
        body_digest=None,
        last_status=200,
        last_outcome="article",
        last_error=None,
        article_id=None,
    )
    lines = "\n".join(body[at : at + 400] for at in range(0, len(body), 400))
    article = Article(title=body[:60], body=lines, language="en")
    return PageOutcome(host=HOST, page=page, row=row, at=at, source=source, article=article)


def articles_a_second(url: str, batch: int, count: int) -> float:
    """Publish in a fresh database; return articles a CPU second after a warm-up."""
    with connect(url) as connection:
        connection.execute("SELECT ingest.add_partitions(%s)", [NOW])
        sources.store_sources(connection, SOURCES, now=NOW, declared=True)
        ids = {slug: number for number, slug in _slugs(connection)}
        told = outcomes(count, ids)
        connection.commit()
        began = CPU.of(connection)
        for at in range(0, count, batch):
            if at == WARM_UP:
                began = CPU.of(connection)
            publish(connection, told[at : at + batch])
            connection.commit()
        ended = CPU.of(connection)
    spent = ended.server - began.server + ended.ours - began.ours
    return (count - WARM_UP) / spent


def _slugs(connection: psycopg.Connection) -> list[tuple[int, str]]:
    return connection.execute("SELECT id, slug FROM ingest.source").fetchall()


def measure() -> list[Figure]:
    """Publish in batches, and one by one."""
    with open_postgres() as server:
        with open_database(server, "bench_publish") as url:
            ours = articles_a_second(url, BATCH, ARTICLES)
        with open_database(server, "bench_publish") as url:
            one_by_one = articles_a_second(url, 1, ARTICLES // 2)
    figure = Figure(
        what=f"published in batches of {BATCH}",
        value=ours,
        unit="articles a CPU second",
        rival="one by one",
        rival_value=one_by_one,
    )
    return [figure]


def main() -> None:
    """Print the table."""
    print_table(measure())


if __name__ == "__main__":
    main()
