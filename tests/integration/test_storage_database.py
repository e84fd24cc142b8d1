"""The pool: what is the database's fault is no row's."""

import pytest

from ingest.errors import DatabaseUnavailable
from ingest.storage.database import PREPARE_AFTER, Database


def ask_often(pool):
    """Ask the same until it is prepared, and once more on a session that has forgotten it."""
    with pool.connection() as connection:
        for _ in range(PREPARE_AFTER + 2):
            connection.execute("SELECT 1 + %s", (1,))
    with pool.connection() as connection:
        connection.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
        row = connection.execute("SELECT 1 + %s", (1,)).fetchone()
    return row[0]


@pytest.mark.parametrize(
    "asked",
    ["SELECT 1 FROM ingest.nowhere", "SELECT nothing FROM ingest.feed", "SELECT ingest.no_such()"],
)
def test_a_schema_that_is_not_ours_is_no_bad_row(database, asked):
    with (
        Database(database) as pool,
        pytest.raises(DatabaseUnavailable, match="khabar db check"),
        pool.connection() as connection,
    ):
        connection.execute(asked)


def test_a_right_that_is_missing_is_no_bad_row(database):
    with (
        Database(database) as pool,
        pytest.raises(DatabaseUnavailable, match="permission denied"),
        pool.connection() as connection,
    ):
        connection.execute("SET LOCAL ROLE khabar_reader; SELECT 1 FROM ingest.feed")


def test_a_pooler_that_forgets_prepared_statements_is_named_with_its_cure(database):
    with (
        Database(database, most=1) as pool,
        pytest.raises(DatabaseUnavailable, match="KHABAR_PREPARE=0"),
    ):
        ask_often(pool)


def test_without_prepared_statements_there_is_nothing_to_forget(database):
    with Database(database, most=1, prepare=False) as pool:
        assert ask_often(pool) == 2
