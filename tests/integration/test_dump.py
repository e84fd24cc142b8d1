"""Dumps: a round trip that consumers do not notice, and what is refused."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from ingest.embedded import bin_path
from ingest.errors import DumpFailed
from ingest.storage import dump as dumps
from ingest.storage import page as pages
from ingest.storage.database import connect
from ingest.storage.schema import catalog, create_schema
from tests.command import khabar
from tests.conftest import url_of_database
from tests.service import open_test_service, rows
from tests.stored import (
    NOON,
    add_host,
    add_source,
    article,
    claim,
    publish_articles,
    take_pages,
    wanted,
)


@pytest.fixture
def empty_database(postgres_url, database_names):
    """The URL of a database without anything."""
    name = sql.Identifier(next(database_names))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield url_of_database(postgres_url, name.as_string().strip('"'))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def filled(database):
    """A database with five articles, and a consumer who has read two."""
    with connect(database) as connection:
        publish_articles(connection, [("wire", article(number)) for number in range(1, 6)])
        ids = [row[0] for row in connection.execute("SELECT id FROM khabar.change ORDER BY id")]
        connection.execute("SELECT khabar.commit_cursor('reader', %s)", (ids[1],))
    return database


def unread(connection):
    return [
        row[0]
        for row in connection.execute(
            "SELECT title FROM khabar.changes_after(khabar.cursor_of('reader'))"
        )
    ]


def lines(found):
    """Leave out what the owner may do with a schema: as a default it is written otherwise."""
    return [line for line in found if not line.startswith("grant ingest ")]


def test_what_is_restored_is_what_was_dumped_and_consumers_go_on(filled, empty_database, tmp_path):
    file = tmp_path / "khabar.dump"
    with connect(filled) as connection:
        before, left = catalog(connection), unread(connection)

    dumped = khabar("db", "dump", file, database=filled)
    restored = khabar("db", "restore", file, database=empty_database)

    assert (dumped.status, restored.status) == (0, 0), restored.err
    assert restored.out.startswith("5 articles, newest change ")
    with connect(empty_database) as connection:
        assert lines(catalog(connection)) == lines(before)
        assert unread(connection) == left == ["Headline 3", "Headline 4", "Headline 5"]
        publish_articles(connection, [("wire", article(6))])
        assert unread(connection) == [*left, "Headline 6"]
    asked = khabar("changes", "--jsonl", database=empty_database)
    assert len(asked.lines) == 6


def test_a_dump_is_one_instant_of_a_database_that_goes_on(filled, tmp_path, empty_database):
    file = tmp_path / "khabar.dump"
    with connect(filled) as writer:
        publish_articles(writer, [("wire", article(6))])  # not committed yet

        assert khabar("db", "dump", file, database=filled).status == 0

    assert khabar("db", "restore", file, database=empty_database).out.startswith("5 articles")


def test_leases_and_pages_in_flight_are_let_go(database, empty_database, tmp_path):
    file = tmp_path / "khabar.dump"
    with open_test_service(database) as service, service.database.connection() as connection:
        source_id, host_id = add_source(connection), add_host(connection)
        pages.make_pages_due(connection, [wanted(source_id, host_id)])
        (host,) = claim(connection)
        assert len(take_pages(connection, host)) == 1
    khabar("db", "dump", file, database=database)

    khabar("db", "restore", file, database=empty_database)

    with open_test_service(empty_database) as service:
        assert rows(service, "SELECT leased_until, leased_by FROM ingest.host") == [(None, None)]
        assert rows(service, "SELECT in_flight, due_at IS NULL FROM ingest.page") == [(None, False)]


def test_a_small_dump_leaves_out_what_is_bulky(filled, empty_database, tmp_path):
    file = tmp_path / "khabar.dump"
    with connect(filled) as connection:
        connection.execute(
            "INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, size, body)"
            " VALUES (1, %s, '', 1, 'x')",
            (NOON,),
        )

    khabar("db", "dump", "--small", file, database=filled)

    khabar("db", "restore", file, database=empty_database)
    with connect(empty_database) as connection:
        counts = "SELECT (SELECT count(*) FROM ingest.raw_page), count(*) FROM khabar.article"
        assert connection.execute(counts).fetchone() == (0, 5)


def test_nothing_is_restored_over_what_is_there(filled, tmp_path):
    file = tmp_path / "khabar.dump"
    khabar("db", "dump", file, database=filled)

    again = khabar("db", "dump", file, database=filled)
    over = khabar("db", "restore", file, database=filled)

    assert (again.status, over.status) == (1, 1)
    assert again.err == f"khabar: {file} is there already; name another, or say --force\n"
    assert over.err.startswith("khabar: the database is not empty; restore into a new one")
    assert khabar("db", "dump", "--force", file, database=filled).status == 0


def test_a_database_in_use_is_not_restored_into(filled, empty_database, tmp_path):
    file = tmp_path / "khabar.dump"
    khabar("db", "dump", file, database=filled)
    with connect(empty_database) as connection:
        create_schema(connection)
    with connect(empty_database, name="khabar"):
        done = khabar("db", "restore", file, database=empty_database)

    assert done.status == 1
    assert "in use by khabar; end `khabar up`" in done.err


@pytest.mark.parametrize("content", [b"", b"PGDMP nonsense", b"hello" * 1000])
def test_a_file_that_is_no_dump_changes_nothing(filled, tmp_path, content):
    file = tmp_path / "no.dump"
    file.write_bytes(content)

    done = khabar("db", "restore", file, database=filled)

    assert done.status == 1
    assert done.err.count("\n") == 1


def test_a_dump_of_a_newer_khabar_is_refused(filled, empty_database, tmp_path):
    file = tmp_path / "khabar.dump"
    with connect(filled) as connection:
        connection.execute("INSERT INTO ingest.schema_version (version) VALUES (999)")
    program = bin_path("pg_dump")
    dumps.dump_database(filled, file, program=program)

    done = khabar("db", "restore", file, database=empty_database)

    assert done.status == 1
    assert "its schema has version 999, this khabar speaks" in done.err


def test_a_dump_that_breaks_off_leaves_no_file(filled, tmp_path):
    program = bin_path("pg_dump")
    file = tmp_path / "no" / "khabar.dump"

    with pytest.raises(DumpFailed, match="No such file"):
        dumps.dump_database(filled, file, program=program)

    assert list(tmp_path.iterdir()) == []


# ── prune ───────────────────────────────────────────────────────────────────────────────


def test_prune_removes_what_is_older_and_says_how_much(filled):
    with connect(filled) as connection:
        connection.execute(
            "INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, size, body)"
            " SELECT page.id, now() - n * interval '1 day', '', 1, 'xyz'"
            " FROM generate_series(1, 10) AS n, (SELECT min(id) AS id FROM ingest.page) AS page"
        )
        connection.execute(
            "INSERT INTO ingest.poll (feed_id, at, outcome) VALUES (1, now() - interval '9 days',"
            " 'read'), (1, now(), 'read')"
        )

    tried = khabar("db", "prune", "--raw", "5d", "--dry-run", database=filled)
    done = khabar("db", "prune", "--raw", "5d", "--polls", "7d", "--json", database=filled)

    assert tried.out == "would go: 6 raw pages (0.0 MB), 0 lines of the poll log\n"
    assert done.json == {"raw_pages": 6, "bytes": 18, "polls": 1, "removed": True}
    with connect(filled) as connection:
        assert connection.execute("SELECT count(*) FROM ingest.raw_page").fetchone() == (4,)
        assert connection.execute("SELECT count(*) FROM ingest.poll").fetchone() == (1,)


def test_prune_gives_room_back_at_once(filled):
    size = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('ingest.raw_page')"
    with connect(filled) as connection:
        connection.execute(
            "INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, size, body)"
            " SELECT page.id, now() - n * interval '1 minute', '', 1,"
            "        decode(repeat(md5(n::text), 3000), 'hex')"
            " FROM generate_series(1, 100) AS n, (SELECT min(id) AS id FROM ingest.page) AS page"
        )
    with connect(filled) as connection:
        (before,) = connection.execute(size).fetchone()

    khabar("db", "prune", "--raw", "1s", database=filled)

    with connect(filled) as connection:
        (after,) = connection.execute(size).fetchone()
    assert before - after > 4_000_000


@pytest.mark.parametrize("arguments", [(), ("--raw", "soon")])
def test_prune_wants_to_be_told_what(database, arguments):
    done = khabar("db", "prune", *arguments, database=database)

    assert done.status == 2
    assert done.err.count("\n") == 1
