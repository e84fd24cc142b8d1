"""What it costs to find a text's story in Postgres, among 100,000 and a million articles.

    python -m benchmarks.stories [--articles 100000]

The window is filled with rows, 32 features an article, of which four are among the features of the
texts that are measured: every look-up meets a long list. Measured are batches of 50 texts of 300
words, one in three of them a copy of an earlier one: candidate search, comparison and insert, by
the product's own code, in one transaction a batch; in CPU, so that a busy machine tells the same.
The rival keeps the features as an array under a GIN index, and asks for the six articles that
share the most with a text.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil
import psycopg

from benchmarks.figures import Figure, print_table
from benchmarks.postgres import open_database, open_postgres
from ingest.identity import Sketch, link_items, sketch
from ingest.model import Item
from ingest.pipeline.stories import PostgresStoryIndex
from ingest.storage.queries import Connection
from ingest.storage.story import StoryMembership, StoryRow, add_stories, link_stories

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
COUNTS = (100_000, 1_000_000)
BATCH, BATCHES, WARM_UP = 50, 16, 4
WORDS = 300
FEATURES, COMMON = 28, 4
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]

FILL = """
INSERT INTO ingest.source (slug, name, added_at) VALUES ('wire', 'Wire', %(now)s);
INSERT INTO ingest.story (id, original_id, created_at)
SELECT n, n, %(now)s FROM generate_series(1, %(articles)s) AS n;
INSERT INTO ingest.article (id, source_id, url, story_id, relation, first_seen_at, changed_at)
OVERRIDING SYSTEM VALUE
SELECT n, 1, '', n, 'original', %(now)s, %(now)s FROM generate_series(1, %(articles)s) AS n;
INSERT INTO ingest.sketch (article_id, arrived, sketch)
SELECT n, %(now)s - interval '9 days' * (1 - n::float8 / %(articles)s), %(sketch)s
  FROM generate_series(1, %(articles)s) AS n;
DROP INDEX ingest.posting_feature;
INSERT INTO ingest.posting (feature, linked, article_id, arrived)
SELECT CASE WHEN k <= %(features)s THEN hashint8(n * 64 + k)
            ELSE (%(common)s::integer[])[1 + abs(hashint8(n * 64 + k)::bigint) %% %(commons)s] END,
       n, n, %(now)s - interval '9 days' * (1 - n::float8 / %(articles)s)
  FROM generate_series(1::bigint, %(articles)s) AS n,
       generate_series(1, %(each)s) AS k;
CREATE INDEX posting_feature ON ingest.posting (feature, linked DESC) INCLUDE (article_id, arrived);
SELECT setval('ingest.posting_linked', %(articles)s + 1);
ANALYZE ingest.posting, ingest.sketch, ingest.article, ingest.story;
"""
RIVAL = """
CREATE TABLE rival (article_id bigint PRIMARY KEY, features integer[] NOT NULL);
INSERT INTO rival
SELECT article_id, array_agg(feature) FROM ingest.posting GROUP BY article_id;
CREATE INDEX rival_features ON rival USING gin (features);
ANALYZE rival;
"""
RIVAL_FIND = """
SELECT article_id,
       (SELECT count(*) FROM unnest(features) AS f WHERE f = ANY(%(features)s)) AS shared
  FROM rival
 WHERE features && %(features)s
 ORDER BY shared DESC
 LIMIT 6
"""


@dataclass(frozen=True, slots=True)
class CPU:
    """Seconds of CPU that the session's server process and this one have used."""

    server: float
    ours: float

    @classmethod
    def of(cls, connection: Connection) -> CPU:
        """Return what was used until now."""
        times = psutil.Process(connection.info.backend_pid).cpu_times()
        return cls(times.user + times.system, time.process_time())


def texts(draw: random.Random) -> Iterator[str]:
    """Yield texts of a language of 20,000 words; one in three is an earlier one, abridged."""
    vocabulary = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(20_000)]
    told: list[str] = []
    while True:
        if told and draw.random() < 1 / 3:
            earlier = draw.choice(told[-500:]).split()
            yield " ".join(earlier[: int(WORDS * draw.uniform(0.6, 1))])
            continue
        told.append(" ".join(draw.choices(vocabulary, k=WORDS)))
        yield told[-1]


def fill(connection: Connection, articles: int, measured: list[Sketch]) -> None:
    """Fill the window; the measured texts' features are in it, on lists that grow with it."""
    common = sorted({int(f) - 2**31 for drawn in measured for f in drawn.features})
    for days in (-9, -3, 0):
        connection.execute("SELECT ingest.add_partitions(%s)", [NOW + timedelta(days=days)])
    params = {
        "now": NOW,
        "articles": articles,
        "sketch": measured[0].to_bytes(),
        "features": FEATURES,
        "each": FEATURES + COMMON,
        "common": common,
        "commons": len(common),
    }
    connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    for statement in FILL.split(";\n"):
        if statement.strip():
            connection.execute(statement, params)
    connection.commit()


def link_batch(connection: Connection, items: list[Item]) -> CPU:
    """Find the story of each item of a batch and store what is known of it."""
    connection.cursor().executemany(
        "INSERT INTO ingest.article (id, source_id, url, first_seen_at, changed_at)"
        " OVERRIDING SYSTEM VALUE VALUES (%s, 1, '', %s, %s)",
        [(int(item.id), NOW, NOW) for item in items],
    )
    began = CPU.of(connection)
    index = PostgresStoryIndex(connection, now=NOW)
    links = link_items(items, index, arrived=NOW)
    numbers = [int(index.now(link.story)) for link in links]
    rows = [StoryRow(id=n, original_id=n, reason="seen first", at=NOW) for n in numbers]
    members = [
        StoryMembership(
            id=int(item.id),
            story_id=number,
            relation=link.relation.value,
            of_id=None if link.of is None else int(link.of),
            score=link.score,
        )
        for item, link, number in zip(items, links, numbers, strict=True)
    ]
    add_stories(connection, rows)
    link_stories(connection, members)
    connection.commit()
    ended = CPU.of(connection)
    return CPU(ended.server - began.server, ended.ours - began.ours)


def measure_ours(url: str, articles: int, bodies: list[str]) -> CPU:
    """Return milliseconds of CPU a text, of the batches after the first few."""
    with psycopg.connect(url) as connection:
        fill(connection, articles, [sketch(body) for body in bodies])
        found = []
        for at in range(0, len(bodies), BATCH):
            items = [
                Item(
                    id=str(articles + 1 + at + n),
                    source="wire",
                    language=None,
                    title=None,
                    published=NOW,
                    body=body,
                )
                for n, body in enumerate(bodies[at : at + BATCH])
            ]
            found.append(link_batch(connection, items))
    steady = found[WARM_UP:]
    each = 1000 / (len(steady) * BATCH)
    return CPU(sum(one.server for one in steady) * each, sum(one.ours for one in steady) * each)


def measure_rival(url: str, articles: int, bodies: list[str]) -> float:
    """Return the server's milliseconds of CPU a text, of an array under a GIN index."""
    with psycopg.connect(url) as connection:
        connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        connection.execute(RIVAL)
        connection.commit()
        drawn = [sketch(body) for body in bodies[: 6 * BATCH]]
        features = [[int(f) - 2**31 for f in one.features] for one in drawn]
        began = CPU.of(connection)
        for at in range(0, len(features), BATCH):
            for wanted in features[at : at + BATCH]:
                connection.execute(RIVAL_FIND, {"features": wanted}).fetchall()
            connection.cursor().executemany(
                "INSERT INTO rival VALUES (%s, %s)",
                [(2 * articles + at + n, kept) for n, kept in enumerate(features[at : at + BATCH])],
            )
            connection.commit()
        return (CPU.of(connection).server - began.server) * 1000 / len(features)


def measure(counts: tuple[int, ...] = COUNTS) -> list[Figure]:
    """Fill a database for each count, and time the batches."""
    source = texts(random.Random(7))
    bodies = [next(source) for _ in range(BATCH * BATCHES)]
    figures: list[Figure] = []
    with open_postgres() as server:
        for articles in counts:
            with open_database(server, "bench_stories") as url:
                spent = measure_ours(url, articles, bodies)
                rival = measure_rival(url, articles, bodies) if articles == counts[0] else None
            figures += [
                Figure(
                    what=f"story found, kept: of {articles:,}",
                    value=spent.server,
                    unit="CPU ms a text, Postgres",
                    rival="a GIN on arrays" if rival else "",
                    rival_value=rival,
                    less_is_better=True,
                ),
                Figure(
                    what=f"the same with our part: of {articles:,}",
                    value=spent.server + spent.ours,
                    unit="CPU ms a text",
                ),
            ]
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories")
    parser.add_argument("--articles", type=int, action="append", help="instead of the usual counts")
    print_table(measure(tuple(parser.parse_args().articles or COUNTS)))


if __name__ == "__main__":
    main()
