"""Changes: every consumer reads all of them, in order, whoever writes at the same time."""

from __future__ import annotations

import random
import threading
import time

import psycopg
import pytest

from ingest.storage import change as changes
from ingest.storage.change import Change
from ingest.storage.database import connect
from tests.stored import NOON, add_source, article, publish_articles

WRITERS, SECONDS = 8, 4.0


def commit_cursor(connection, name, change, *, may_go_back=False):
    """Keep a consumer's place as consumers do; return it."""
    query = "SELECT khabar.commit_cursor(%s, %s, %s)"
    return connection.execute(query, (name, change, may_go_back)).fetchone()[0]


def new_change(number=1):
    return Change(at=NOON, kind="new", cause="live", article=number, source="wire", changed=[])


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        add_source(opened)
        yield opened


def publish_until(database, ends_at, published, seed):
    """Publish batches, dawdling before and after each, some of them rolled back."""
    draw = random.Random(seed)
    with psycopg.connect(database) as connection:
        while time.monotonic() < ends_at:
            connection.execute("SELECT txid_current()")  # the transaction is old by then
            time.sleep(draw.uniform(0, 0.01))
            changes.lock_changes(connection)
            ids = changes.publish_changes(
                connection, [new_change(seed) for _ in range(draw.randint(1, 5))]
            )
            time.sleep(draw.uniform(0, 0.005))
            if draw.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                published.extend(ids)


def consume_until(database, is_over, seen):
    """Read with a cursor, as a consumer does."""
    after = 0
    with psycopg.connect(database, autocommit=True) as connection:
        while True:
            was_over = is_over()
            rows = changes.changes_after(connection, after, most=7)
            seen.extend(row["change"] for row in rows)
            if rows:
                after = rows[-1]["change"]
            elif was_over:
                return


def test_a_cursor_misses_nothing_while_eight_writers_commit_as_they_like(database):
    published, seen = [], ([], [])
    ends_at = time.monotonic() + SECONDS
    writers = [
        threading.Thread(target=publish_until, args=(database, ends_at, published, seed))
        for seed in range(WRITERS)
    ]

    def is_over():
        return not any(writer.is_alive() for writer in writers)

    consumers = [
        threading.Thread(target=consume_until, args=(database, is_over, mine)) for mine in seen
    ]
    for thread in (*writers, *consumers):
        thread.start()
    for thread in (*writers, *consumers):
        thread.join(timeout=60)

    assert len(published) > 100
    assert seen[0] == seen[1] == sorted(published)


def test_nobody_else_publishes_until_the_transaction_ends(database):
    with connect(database) as one, connect(database) as other:
        other.execute("SET lock_timeout = '50ms'")
        changes.lock_changes(one)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            changes.lock_changes(other)
        other.rollback()
        one.commit()
        changes.lock_changes(other)


def test_a_writer_that_hangs_is_cut_off(database):
    with connect(database) as connection:
        limits = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "transaction_timeout",
                "TimeZone",
            )
        ]

    assert limits == ["1min", "30s", "30s", "2min", "UTC"]


def test_who_holds_the_lock_and_who_waits_is_known(database):
    with connect(database, name="the hanging one") as one, connect(database) as onlooker:
        onlooker.autocommit = True  # within a transaction Postgres shows the same all the time
        before = changes.change_lock(onlooker)
        changes.lock_changes(one)
        waiter = threading.Thread(target=_lock_and_end, args=(database,))
        waiter.start()
        held = changes.change_lock(onlooker)
        while held is None or held.waiting == 0:
            held = changes.change_lock(onlooker)
        one.commit()
        waiter.join(30)

    assert before is None
    assert (held.name, held.state, held.waiting) == ("the hanging one", "idle in transaction", 1)
    assert held.seconds is not None


def _lock_and_end(database):
    with connect(database) as connection:
        changes.lock_changes(connection)


def test_a_transaction_that_never_ends_is_cut_off_and_the_next_publishes(database):
    with psycopg.connect(database) as hanging, connect(database) as next_one:
        hanging.execute("SET LOCAL transaction_timeout = '300ms'")
        changes.lock_changes(hanging)
        with pytest.raises(psycopg.Error):
            _ask_for_ever(hanging)
        changes.lock_changes(next_one)

        assert changes.publish_changes(next_one, [new_change()])
        hanging.close()


def _ask_for_ever(connection):
    """Be never idle, and never long in one statement."""
    while True:
        connection.execute("SELECT 1")


def test_ids_rise_and_the_bell_rings_once_a_batch(database, connection):
    with psycopg.connect(database, autocommit=True) as listener:
        changes.listen_for_changes(listener)
        changes.lock_changes(connection)
        ids = changes.publish_changes(connection, [new_change(), new_change(), new_change()])
        none = changes.publish_changes(connection, [])
        connection.commit()
        rings = [ring.payload for ring in listener.notifies(timeout=5, stop_after=1)]
        rings += [ring.payload for ring in listener.notifies(timeout=0.1)]

    assert ids == sorted(set(ids))
    assert none == []
    assert rings == [str(ids[-1])]
    assert changes.newest_change(connection) == ids[-1]


def test_waiting_ends_with_the_bell_or_with_its_time(database, connection):
    with psycopg.connect(database, autocommit=True) as listener:
        changes.listen_for_changes(listener)
        began = time.monotonic()
        changes.wait_for_change(listener, 0.2)
        in_vain = time.monotonic() - began
        changes.publish_changes(connection, [new_change()])
        connection.commit()
        began = time.monotonic()
        changes.wait_for_change(listener, 30)
        rung = time.monotonic() - began

    assert in_vain >= 0.19
    assert rung < 10


def test_a_change_carries_its_article_as_that_revision_has_it(connection):
    (number,) = publish_articles(connection, [("wire", article(1, title="As first told"))])

    (row,) = changes.changes_after(connection, 0)

    assert (row["article"], row["kind"], row["title"]) == (number, "new", "As first told")
    assert row["body"] == article(1).body
    assert (row["relation"], row["of"], row["story"]) == ("original", None, number)


# ── cursors ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def newest(connection):
    """The id of the newest of five changes."""
    return changes.publish_changes(connection, [new_change()] * 5)[-1]


def test_a_cursor_goes_on_and_is_counted_from(connection, newest):
    first = commit_cursor(connection, "search", newest - 3)
    again = commit_cursor(connection, "search", newest - 3)
    on = commit_cursor(connection, "search", newest - 1)
    (listed,) = changes.list_consumers(connection)

    assert (first, again, on) == (newest - 3, newest - 3, newest - 1)
    assert (listed.name, listed.cursor, listed.lag) == ("search", newest - 1, 1)


def test_a_cursor_goes_back_only_when_it_is_meant(connection, newest):
    commit_cursor(connection, "search", newest)

    with (
        pytest.raises(psycopg.errors.NumericValueOutOfRange, match="already past change"),
        connection.transaction(),
    ):
        commit_cursor(connection, "search", newest - 1)
    back = commit_cursor(connection, "search", 0, may_go_back=True)

    assert back == 0


@pytest.mark.parametrize("beyond", [-1, 1_000_000])
def test_a_cursor_outside_what_was_published_is_refused(connection, newest, beyond):
    with (
        pytest.raises(psycopg.errors.NumericValueOutOfRange, match=f"outside 0 to {newest}"),
        connection.transaction(),
    ):
        commit_cursor(connection, "search", beyond)
    assert changes.list_consumers(connection) == []


@pytest.mark.parametrize("name", ["", "-x", "two words", "x" * 101, "a;b"])
def test_a_consumers_name_is_plain(connection, newest, name):
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="consumer_name_shape"),
        connection.transaction(),
    ):
        commit_cursor(connection, name, newest)


def test_a_cursor_is_kept_with_the_work_or_not_at_all(connection, newest):
    with connection.transaction(force_rollback=True):
        commit_cursor(connection, "search", newest)

    assert changes.list_consumers(connection) == []


def test_a_forgotten_consumer_begins_anew(connection, newest):
    commit_cursor(connection, "search", newest)

    forgotten = [changes.drop_consumer(connection, "search") for _ in range(2)]

    assert forgotten == [True, False]
    assert commit_cursor(connection, "search", 1) == 1
