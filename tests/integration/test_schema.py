"""schema.sql and the migrations: made, brought up to date, shipped, kept in partitions."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from ingest.errors import DatabaseOutdated, DatabaseUnavailable
from ingest.storage import status
from ingest.storage.database import connect
from ingest.storage.schema import (
    WORKERS,
    Migration,
    catalog,
    check_schema,
    migrate,
    migrations,
    newest_version,
    schema_version,
    shipped,
)

ROOT = Path(__file__).parents[2]
JUNE = datetime(2026, 6, 15, tzinfo=UTC)


@pytest.fixture
def empty_database(postgres_url, database_names):
    """The URL of a database with nothing in it; gone after the test."""
    name = next(database_names)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def partitions(connection, parent):
    rows = connection.execute(
        "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
        " WHERE inhparent = to_regclass('ingest.' || %s) ORDER BY 1",
        [parent],
    )
    return [row[0].removeprefix(f"{parent}_") for row in rows]


# ── two ways, one catalog ───────────────────────────────────────────────────────────────


def test_the_migrations_lead_to_the_schema(database, empty_database):
    first = migrations()[0]
    with connect(empty_database, bounded=False) as connection:
        connection.execute(first.sql)
        applied = migrate(connection)

    with connect(database) as whole, connect(empty_database) as stepwise:
        expected, found = catalog(whole), catalog(stepwise)
        version = schema_version(stepwise)

    assert applied == [step.name for step in migrations()[1:]]
    assert found == expected
    assert version == newest_version()
    assert len(expected) > 300


def test_the_catalog_sees_what_differs(database):
    alterations = (
        "ALTER TABLE ingest.feed ADD odd integer",
        "ALTER TABLE ingest.page DROP CONSTRAINT page_state_known",
        "DROP INDEX ingest.page_due",
        "COMMENT ON COLUMN khabar.article.title IS 'something else'",
        "COMMENT ON FUNCTION khabar.cursor_of IS 'something else'",
        "GRANT SELECT ON ingest.feed TO khabar_reader",
        "CREATE VIEW khabar.odd AS SELECT 1 AS one",
        "ALTER PUBLICATION khabar ADD TABLE ingest.feed",
    )
    with connect(database) as connection:
        before = catalog(connection)
        unseen = []
        for alteration in alterations:
            with connection.transaction(force_rollback=True):
                connection.execute(alteration)
                if catalog(connection) == before:
                    unseen.append(alteration)

    assert unseen == []


def test_steps_are_numbered_without_holes_and_named():
    steps = migrations()

    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.name.startswith(f"{step.number:04}_") for step in steps)


def test_every_constraint_has_a_name_of_its_own(database):
    made_up = """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
          JOIN pg_namespace ON pg_namespace.oid = connamespace
         WHERE nspname IN ('ingest', 'khabar') AND contype IN ('c', 'u')
           AND (conname ~ '_check[0-9]*$' OR conname ~ '_key[0-9]*$')"""
    with connect(database) as connection:
        assert connection.execute(made_up).fetchall() == []


# ── made and brought up to date ─────────────────────────────────────────────────────────


def test_migrating_twice_applies_nothing_twice(empty_database):
    with connect(empty_database) as connection:
        first = migrate(connection)
    with connect(empty_database) as connection:
        second = migrate(connection)
        check_schema(connection)

    assert (first, second) == (["schema.sql"], [])


def test_two_that_migrate_at_once_do_it_once(empty_database):
    applied, barrier = [], threading.Barrier(2)

    def bring_up_to_date():
        with connect(empty_database) as connection:
            barrier.wait(timeout=10)
            applied.append(migrate(connection))

    both = [threading.Thread(target=bring_up_to_date) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)

    assert sorted(applied) == [[], ["schema.sql"]]


def test_an_older_database_takes_the_steps_it_lacks_in_order(database):
    steps = [
        *migrations(),
        Migration(number=901, name="0901_a.sql", sql="CREATE TABLE ingest.a (one integer)"),
        Migration(number=902, name="0902_b.sql", sql="ALTER TABLE ingest.a ADD two integer"),
    ]
    with connect(database) as connection:
        applied = migrate(connection, steps)
        version = schema_version(connection)
        columns = connection.execute("SELECT * FROM ingest.a").description

    assert applied == ["0901_a.sql", "0902_b.sql"]
    assert version == 902
    assert [column.name for column in columns or ()] == ["one", "two"]


def test_a_step_that_fails_leaves_the_database_as_it_was(database):
    steps = [
        *migrations(),
        Migration(number=901, name="0901_a.sql", sql="CREATE TABLE ingest.a (one integer)"),
        Migration(number=902, name="0902_b.sql", sql="ALTER TABLE ingest.none ADD two integer"),
    ]
    with connect(database) as connection:
        before = catalog(connection)
        with pytest.raises(psycopg.errors.UndefinedTable):
            migrate(connection, steps)
        after = catalog(connection)

    assert after == before


def test_a_newer_database_is_refused(database):
    with connect(database) as connection:
        connection.execute(
            "INSERT INTO ingest.schema_version (version, oldest) VALUES (9999, 9000)"
        )
    with connect(database) as connection:
        with pytest.raises(DatabaseOutdated, match=r"9999.*install the newer khabar"):
            check_schema(connection)
        with pytest.raises(DatabaseOutdated, match="9999"):
            migrate(connection)


def next_step(sql="CREATE TABLE ingest.a (one integer)"):
    return [*migrations(), Migration(number=901, name="0901_a.sql", sql=sql)]


def test_a_newer_database_whose_steps_are_compatible_is_worked_on(database):
    with connect(database) as connection:
        applied = migrate(connection, next_step("-- compatible\nCREATE TABLE ingest.a (b text)"))
    with connect(database) as connection:
        check_schema(connection)
        downgraded = migrate(connection)

    assert (applied, downgraded) == (["0901_a.sql"], [])


def test_one_step_that_is_not_compatible_shuts_older_programs_out(database):
    steps = next_step()
    steps.append(Migration(number=902, name="0902_b.sql", sql="-- compatible\nSELECT 1"))
    with connect(database) as connection:
        migrate(connection, steps)
        with pytest.raises(DatabaseOutdated, match="version 902"):
            check_schema(connection)


def test_migrating_is_refused_while_workers_run_that_do_not_know_what_comes(database):
    with connect(database, name=WORKERS), connect(database) as connection:
        with pytest.raises(DatabaseOutdated, match=r"still run: this machine \(1\); end them"):
            migrate(connection, next_step())
        version = schema_version(connection)
    with connect(database) as connection:
        migrate(connection, next_step())

    assert version == newest_version()


def test_workers_may_run_while_a_compatible_step_is_applied(database):
    with connect(database, name=WORKERS), connect(database) as connection:
        applied = migrate(connection, next_step("-- compatible\nSELECT 1"))

    assert applied == ["0901_a.sql"]


def test_who_comes_while_the_database_is_migrated_waits_for_its_end(database):
    found = []

    def come():
        with connect(database) as connection:
            try:
                check_schema(connection)
            except DatabaseOutdated as error:
                found.append(str(error))

    with connect(database) as connection:
        connection.execute("SELECT 1")  # a transaction that ends with the block
        migrate(connection, next_step())
        comer = threading.Thread(target=come)
        comer.start()
        wait_until_blocked(database)
    comer.join(30)

    assert "version 901" in found[0]


def wait_until_blocked(database):
    """Wait until someone waits for a lock that we hold."""
    ends_at = time.monotonic() + 30
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with connect(database) as connection:
        while connection.execute(waiting).fetchone() is None:
            assert time.monotonic() < ends_at, "nobody waits"
            time.sleep(0.02)


def test_an_older_database_is_told_to_migrate(database):
    with connect(database) as connection:
        connection.execute("UPDATE ingest.schema_version SET version = -1")
        with pytest.raises(DatabaseOutdated, match="khabar db migrate"):
            check_schema(connection)


def test_an_empty_database_is_told_to_be_made(empty_database):
    with connect(empty_database) as connection:
        assert catalog(connection) == []
        with pytest.raises(DatabaseOutdated, match="is empty; run `khabar db init`"):
            check_schema(connection)


def test_no_server_is_one_sentence_with_a_cure():
    with (
        pytest.raises(DatabaseUnavailable, match=r"no database: .*KHABAR_DATABASE_URL"),
        connect("postgresql://127.0.0.1:1/khabar"),
    ):
        pass


# ── shipped ─────────────────────────────────────────────────────────────────────────────


def build_wheel(kind, folder):
    """Build a wheel of the checkout without the network; return it unpacked."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


ASK = """
import site, sys
site.addsitedir(sys.argv[1])
sys.path[:0] = [path for path in sys.path if path.startswith(sys.argv[2])]
from ingest.storage import schema
print(schema.__file__, schema.shipped("schema.sql"), schema.newest_version(), sep="\\n")
assert "CREATE SCHEMA khabar" in schema.shipped("schema.sql").read_text("utf-8")
"""


@pytest.mark.parametrize(("kind", "home"), [("wheel", "wheel"), ("wheel:editable", "checkout")])
def test_an_installed_khabar_carries_schema_and_migrations(tmp_path, kind, home):
    site = build_wheel(kind, tmp_path)
    expected = site if home == "wheel" else ROOT

    answer = subprocess.run(
        [sys.executable, "-c", ASK, str(site), str(expected)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    module, schema_sql, newest = answer.stdout.splitlines()

    assert Path(module).is_relative_to(expected)
    assert Path(schema_sql).is_relative_to(expected)
    assert int(newest) == newest_version()


def test_what_is_shipped_from_a_checkout_is_at_its_top():
    assert Path(str(shipped("schema.sql"))) == ROOT / "schema.sql"
    assert Path(str(shipped("migrations"))) == ROOT / "migrations"


# ── partitions ──────────────────────────────────────────────────────────────────────────


def store_raw(connection, at, page_id=1):
    connection.execute(
        "INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, size, body)"
        " VALUES (%s, %s, 'https://wire.example/1', 1, 'x')",
        [page_id, at],
    )


@pytest.mark.parametrize(
    ("at", "months"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), ["2026_12", "2027_01"]),
        (datetime(2024, 2, 29, tzinfo=UTC), ["2024_02", "2024_03"]),
        (datetime(1999, 1, 1, tzinfo=UTC), ["1999_01", "1999_02"]),
        (datetime(2026, 1, 1, 1, tzinfo=UTC).astimezone(), ["2026_01", "2026_02"]),
    ],
)
def test_any_month_and_the_one_after_it_get_partitions(database, at, months):
    with connect(database) as connection:
        connection.execute("SET TIME ZONE 'Pacific/Kiritimati'")
        status.add_partitions(connection, at=at)
        made = partitions(connection, "raw_page"), partitions(connection, "poll")
        store_raw(connection, at)
        lies_in = connection.execute("SELECT tableoid::regclass::text FROM ingest.raw_page")

        assert made == ([*months, "default"], [*months, "default"])
        assert lies_in.fetchone() == (f"ingest.raw_page_{months[0]}",)


def test_making_partitions_again_changes_nothing(database):
    with connect(database) as connection:
        status.add_partitions(connection, at=JUNE)
        before = [partitions(connection, table) for table in ("raw_page", "sketch", "posting")]
        status.add_partitions(connection, at=JUNE)
        after = [partitions(connection, table) for table in ("raw_page", "sketch", "posting")]

    assert before == after
    assert [len(found) for found in after] == [3, 3, 3]


def test_rows_of_a_month_without_partition_stay_where_they_are(database):
    with connect(database) as connection:
        store_raw(connection, JUNE)
        status.add_partitions(connection, at=JUNE)
        store_raw(connection, JUNE + timedelta(days=30), page_id=2)
        found = connection.execute(
            "SELECT tableoid::regclass::text, page_id FROM ingest.raw_page ORDER BY page_id"
        ).fetchall()

    assert found == [("ingest.raw_page_default", 1), ("ingest.raw_page_2026_07", 2)]


def test_only_what_is_older_is_dropped(database):
    with connect(database) as connection:
        for months in range(4):
            status.add_partitions(connection, at=JUNE + timedelta(days=30 * months))
        for months in range(4):
            store_raw(connection, JUNE + timedelta(days=30 * months), page_id=months)
        dropped = status.drop_partitions(
            connection, "raw_page", before=datetime(2026, 8, 1, tzinfo=UTC)
        )
        kept = connection.execute("SELECT page_id FROM ingest.raw_page ORDER BY 1").fetchall()
        polls = partitions(connection, "poll")

    assert dropped == 2
    assert kept == [(2,), (3,)]
    assert polls == ["2026_06", "2026_07", "2026_08", "2026_09", "2026_10", "default"]


def test_a_partition_that_still_holds_a_moment_to_keep_stays_whole(database):
    with connect(database) as connection:
        status.add_partitions(connection, at=JUNE)
        store_raw(connection, JUNE)
        just_before_july = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
        dropped = status.drop_partitions(connection, "raw_page", before=just_before_july)
        kept = connection.execute("SELECT count(*) FROM ingest.raw_page").fetchone()

    assert (dropped, kept) == (0, (1,))


@pytest.mark.parametrize("parent", ["raw_page", "poll", "sketch", "posting"])
def test_old_rows_leave_the_default_partition_too(database, parent):
    fill = {
        "raw_page": "INSERT INTO ingest.raw_page VALUES (1, %s, 'u', NULL, 1, 'x')",
        "poll": "INSERT INTO ingest.poll (feed_id, at, outcome) VALUES (1, %s, 'read')",
        "sketch": "INSERT INTO ingest.sketch (article_id, arrived, sketch) VALUES (1, %s, 'x')",
        "posting": "INSERT INTO ingest.posting VALUES (1, 1, 1, %s)",
    }
    with connect(database) as connection:
        for days in (0, 1, 2):
            connection.execute(fill[parent], [JUNE + timedelta(days=days)])
        status.drop_partitions(connection, parent, before=JUNE + timedelta(days=1))
        kept = connection.execute(
            sql.SQL("SELECT count(*) FROM ingest.{}").format(sql.Identifier(parent))
        ).fetchone()

    assert kept == (2,)


def test_raw_bytes_are_not_compressed_a_second_time_in_any_partition(database):
    query = """
        SELECT DISTINCT attstorage FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relname LIKE 'raw_page%%' AND relkind IN ('r', 'p') AND attname = 'body'"""
    with connect(database) as connection:
        status.add_partitions(connection, at=JUNE)
        assert connection.execute(query).fetchall() == [("e",)]
