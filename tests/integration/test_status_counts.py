"""What `khabar status` counts is exact while it is little, and soon said while it is much."""

from __future__ import annotations

import psycopg
import pytest

from ingest.cli.status import roughly
from ingest.storage import backfill as backfills
from ingest.storage import change, status
from ingest.storage import source as sources
from ingest.storage.counting import COUNTED, count_rows
from tests.service import open_test_service
from tests.stored import HOUR, NOON, add_feed, add_host, add_source

MANY = 30_000
BOUND = 500

PAGES = """
    INSERT INTO ingest.page (host_id, source_id, url, url_key, added_at, state, due_at, priority)
    SELECT %(host)s, %(source)s, n::text, n::text, %(now)s,
           CASE WHEN n %% 3 = 0 THEN 'waiting' WHEN n %% 1000 = 1 THEN 'failed'
                WHEN n %% 100 = 2 THEN 'gone' ELSE 'stored' END,
           CASE WHEN n %% 3 = 0 THEN %(now)s - n * interval '1 s'
                WHEN n %% 50 = 4 THEN %(later)s END,
           CASE WHEN n %% 300 = 0 THEN 0 ELSE 2 END
      FROM generate_series(1, %(many)s) AS n
"""
ARTICLES = """
    WITH article AS (
        INSERT INTO ingest.article (source_id, url, first_seen_at, changed_at, revision)
        SELECT %(source)s, 'a' || n, %(now)s, %(now)s, 1 FROM generate_series(1, %(many)s) AS n
        RETURNING id
    )
    INSERT INTO khabar.change (at, kind, cause, article, revision, source)
    SELECT %(now)s, 'new', 'live', id, 1, 'wire' FROM article
"""


@pytest.fixture
def archive(database):
    """The URL of a database with many pages and articles that Postgres has looked at."""
    with psycopg.connect(database) as connection:
        given = {"source": add_source(connection), "host": add_host(connection)}
        given |= {"many": MANY, "now": NOON, "later": NOON + HOUR}
        connection.execute(PAGES, given)
        connection.execute(ARTICLES, given)
        add_source(connection, "quiet")
        connection.execute("INSERT INTO ingest.consumer VALUES ('desk', 7, %s)", [NOON])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return database


@pytest.fixture
def connection(archive):
    with open_test_service(archive) as service, service.database.connection() as opened:
        yield opened


def about(number):
    return pytest.approx(number, rel=0.05)


def test_a_count_is_exact_up_to_its_bound_and_an_estimate_beyond_it(connection):
    query = b"SELECT FROM ingest.page WHERE state = %(state)s"

    assert count_rows(connection, query, {"state": "failed"}, most=BOUND) == MANY // 1000 // 3 * 2
    assert count_rows(connection, query, {"state": "waiting"}, most=MANY) == MANY // 3
    assert count_rows(connection, query, {"state": "waiting"}, most=BOUND) == about(MANY // 3)


def test_pages_counted_roughly_are_about_as_many_as_there_are(connection):
    exactly = {row.state: row for row in status.count_pages(connection, now=NOON)}
    roughly = {row.state: row for row in status.count_pages(connection, now=NOON, most=BOUND)}

    assert roughly.keys() == exactly.keys() == {"waiting", "failed", "gone", "stored"}
    for state in ("failed", "gone"):
        assert roughly[state].pages == exactly[state].pages
    for state in ("waiting", "stored"):
        assert roughly[state].pages == about(exactly[state].pages)
    assert roughly["waiting"].due == about(exactly["waiting"].due)
    assert roughly["waiting"].longest_due_at == exactly["waiting"].longest_due_at
    assert roughly["stored"].due == exactly["stored"].due == 0


def test_articles_counted_roughly_are_about_as_many_as_there_are(connection):
    stored = status.count_articles(connection, most=BOUND)
    counted = {row.slug: row.articles for row in sources.list_sources(connection, most=BOUND)}
    exactly = {row.slug: row.articles for row in sources.list_sources(connection)}

    assert stored.articles == about(MANY)
    assert counted == {"wire": about(MANY), "quiet": 0}
    assert exactly == {"wire": MANY, "quiet": 0}


def test_no_status_reads_a_whole_large_table(connection):
    status.count_pages(connection, now=NOON, most=BOUND)
    status.count_articles(connection, most=BOUND)
    status.count_fresh_backlog(connection)
    sources.list_sources(connection, most=BOUND)
    backfills.count_backfills(connection)

    rows = connection.execute(
        "SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
        " WHERE relname IN ('page', 'article', 'revision', 'entry')"
    ).fetchall()
    assert len(rows) == 4
    assert {name: read for name, read in rows if read > MANY / 2} == {}


def test_what_waits_for_the_end_of_an_embargo_is_counted_at_its_wires_host(connection):
    wire, host = add_source(connection, "aa"), add_host(connection, "wire.example")
    connection.execute("UPDATE ingest.source SET kind = 'wire' WHERE id = %s", [wire])
    add_feed(connection, wire, host)
    connection.execute(
        "UPDATE ingest.page SET state = 'embargoed', due_at = %s, host_id = %s WHERE id <= 4",
        (NOON + HOUR, host),
    )

    counted = {row.state: row.pages for row in status.count_pages(connection, now=NOON, most=BOUND)}

    assert counted["embargoed"] == 4


def test_a_backlog_is_what_was_never_fetched_and_no_backfill(connection):
    assert status.count_fresh_backlog(connection) == MANY // 300


def test_a_consumer_is_as_far_behind_as_there_are_changes_after_its_cursor(connection):
    (desk,) = change.list_consumers(connection)

    assert desk.lag == MANY - 7


@pytest.mark.parametrize(("number", "shown"), [(COUNTED, "100000"), (COUNTED + 1, "~100001")])
def test_an_estimate_says_that_it_is_one(number, shown):
    assert roughly(number) == shown
