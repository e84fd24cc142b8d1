"""The consumers' contract: schema `khabar` changes by addition only, and lets readers read.

A column that is missing here is a change nobody meant; one that was added is listed here with
the migration that adds it.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from ingest.clock import Clock
from ingest.storage import change
from ingest.storage.database import connect

PLACES_OF_TEXT = """
    title text, standfirst text, authors text[],
    published timestamptz, published_precision text, published_local timestamp, published_text text,
    modified timestamptz, modified_precision text, modified_local timestamp, modified_text text,
    language text, section text[], tags text[], image text, image_credit text, image_caption text,
    place text, agency text, notice text, credits text[], body text, body_html text, partial boolean
"""
ARTICLE = f"""
    article bigint, source text, url text, canonical text, state text, revision integer,
    {PLACES_OF_TEXT},
    story bigint, relation text, of bigint, score real,
    first_seen timestamptz, last_changed timestamptz
"""
RELATIONS = {
    "source": """
        source text, name text, agency text, kind text, homepage text, timezone text,
        languages text[], licence text
    """,
    "revision": f"""
        article bigint, revision integer, cause text, {PLACES_OF_TEXT},
        fetched timestamptz, stored timestamptz
    """,
    "article": ARTICLE,
    "original": ARTICLE,
    "story": """
        story bigint, original bigint, reason text, created timestamptz, articles bigint,
        sources bigint, members bigint[]
    """,
    "change": """
        id bigint, at timestamptz, kind text, cause text, changed text[], article bigint,
        revision integer, source text, story bigint
    """,
}
CHANGES_AFTER = """
    change bigint, at timestamptz, kind text, cause text, changed text[], article bigint,
    revision integer, source text, url text, canonical text, title text, standfirst text,
    authors text[], published timestamptz, published_precision text, published_local timestamp,
    modified timestamptz, modified_precision text, modified_local timestamp, language text,
    section text[], tags text[], image text, image_credit text, place text, agency text,
    notice text, body text, body_html text, story bigint, relation text, of bigint
"""
FUNCTIONS = {
    "changes_after": "after bigint, most integer DEFAULT 500",
    "commit_cursor": "name text, id bigint, may_go_back boolean DEFAULT false",
    "cursor_of": "name text",
}
LONG_NAMES = {"timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone"}


def columns_in(text):
    """Return name and type of each column of a list."""
    pairs = (column.split() for column in text.split(","))
    return {name: LONG_NAMES.get(kind, kind) for name, kind in pairs}


def columns_of(connection, relation):
    """Return name and type of each column the database has."""
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass('khabar.' || %s) AND attnum > 0 AND NOT attisdropped",
        [relation],
    )
    return dict(rows.fetchall())


@pytest.fixture
def owner(database):
    """A connection that may do everything."""
    with connect(database) as connection:
        yield connection


@pytest.fixture
def reader(database):
    """A connection of the role khabar_reader."""
    with psycopg.connect(database, user="khabar_reader", autocommit=True) as connection:
        yield connection


def publish(connection, kind="new", article=1):
    """Publish a change; return its id."""
    row = change.Change(
        at=Clock().now(), kind=kind, cause="live", article=article, source="wire", changed=[]
    )
    change.lock_changes(connection)
    (number,) = change.publish_changes(connection, [row])
    connection.commit()
    return number


# ── what is there ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_column_is_there_with_its_type_and_none_unlisted(owner, relation):
    assert columns_of(owner, relation) == columns_in(RELATIONS[relation])


def test_one_table_and_five_views_are_all_there_is(owner):
    rows = owner.execute(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'khabar'::regnamespace"
        " AND relkind NOT IN ('i', 'S')"
    ).fetchall()

    assert dict(rows) == dict.fromkeys(RELATIONS, "v") | {"change": "r"}


@pytest.mark.parametrize("relation", RELATIONS)
def test_columns_come_in_the_order_they_were_promised_in(owner, relation):
    assert list(columns_of(owner, relation)) == list(columns_in(RELATIONS[relation]))


def test_functions_keep_their_arguments(owner):
    rows = owner.execute(
        "SELECT proname, pg_get_function_arguments(oid) FROM pg_proc"
        " WHERE pronamespace = 'khabar'::regnamespace"
    )
    found = {name: arguments.partition(", OUT")[0] for name, arguments in rows}

    assert {name: found[name].split(" TABLE")[0] for name in FUNCTIONS} == FUNCTIONS
    assert set(found) == set(FUNCTIONS)


def test_changes_after_returns_what_consumers_expect(reader):
    description = reader.execute("SELECT * FROM khabar.changes_after(0)").description or ()
    kinds = reader.execute(
        "SELECT name, format_type(kind, NULL)"
        "  FROM unnest(%s::text[], %s::oid[]) WITH ORDINALITY AS t (name, kind, n) ORDER BY n",
        [[column.name for column in description], [column.type_code for column in description]],
    )

    assert list(kinds.fetchall()) == list(columns_in(CHANGES_AFTER).items())


def test_whatever_consumers_see_is_explained(owner):
    unexplained = owner.execute("""
        SELECT relname || coalesce('.' || attname, '')
          FROM pg_class
          LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         WHERE relnamespace = 'khabar'::regnamespace AND relkind IN ('r', 'v')
           AND (obj_description(pg_class.oid, 'pg_class') IS NULL
                OR col_description(pg_class.oid, attnum) IS NULL)
        UNION ALL
        SELECT proname FROM pg_proc
         WHERE pronamespace = 'khabar'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL
        UNION ALL
        SELECT 'schema' WHERE obj_description('khabar'::regnamespace, 'pg_namespace') IS NULL
    """).fetchall()

    assert unexplained == []


def test_the_publication_holds_changes_alone(owner):
    rows = owner.execute("SELECT schemaname, tablename FROM pg_publication_tables").fetchall()

    assert rows == [("khabar", "change")]


# ── who may ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_reader_reads_everything_of_the_contract(reader, relation):
    query = sql.SQL("SELECT * FROM khabar.{}").format(sql.Identifier(relation))

    assert reader.execute(query).fetchall() == []


def test_a_reader_reads_nothing_of_ours(owner, reader):
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'ingest'::regnamespace"
        " AND relkind IN ('r', 'p', 'S')"
    ).fetchall()
    readable = []
    for (name,) in rows:
        try:
            reader.execute(sql.SQL("SELECT * FROM ingest.{}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            continue
        readable.append(name)

    assert len(rows) > 15
    assert readable == []


def test_a_reader_calls_nothing_of_ours(owner, reader):
    callable_ = owner.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'ingest'::regnamespace"
        " AND has_function_privilege('khabar_reader', oid, 'EXECUTE')"
    ).fetchall()

    assert callable_ == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("SELECT ingest.lock_changes()")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO khabar.change VALUES (DEFAULT, now(), 'new', 'live', '{}', 1, 1, 'wire')",
        "UPDATE khabar.change SET kind = 'new'",
        "DELETE FROM khabar.change",
        "TRUNCATE khabar.change",
        "DELETE FROM khabar.source",
        "UPDATE khabar.source SET name = 'another'",
        "CREATE TABLE khabar.mine (one integer)",
        "CREATE TABLE public.mine (one integer)",
        "CREATE SCHEMA mine",
    ],
)
def test_a_reader_writes_nothing(reader, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)


# ── cursors ─────────────────────────────────────────────────────────────────────────────


def test_a_reader_keeps_its_place(owner, reader):
    newest = publish(owner)

    before = reader.execute("SELECT khabar.cursor_of('desk')").fetchone()
    reader.execute("SELECT khabar.commit_cursor('desk', %s)", [newest])
    after = reader.execute("SELECT khabar.cursor_of('desk')").fetchone()

    assert (before, after) == ((0,), (newest,))


def test_a_place_is_kept_with_the_work_or_not_at_all(owner, reader):
    newest = publish(owner)

    with reader.transaction(force_rollback=True):
        reader.execute("SELECT khabar.commit_cursor('desk', %s)", [newest])

    assert reader.execute("SELECT khabar.cursor_of('desk')").fetchone() == (0,)


def test_a_cursor_goes_back_only_when_it_is_meant(owner, reader):
    first, second = publish(owner), publish(owner)
    reader.execute("SELECT khabar.commit_cursor('desk', %s)", [second])

    with pytest.raises(psycopg.errors.NumericValueOutOfRange, match="already past"):
        reader.execute("SELECT khabar.commit_cursor('desk', %s)", [first])
    reader.execute("SELECT khabar.commit_cursor('desk', %s, may_go_back => true)", [first])

    assert reader.execute("SELECT khabar.cursor_of('desk')").fetchone() == (first,)


@pytest.mark.parametrize("beyond", [-1, 1])
def test_a_cursor_outside_what_was_published_is_refused(owner, reader, beyond):
    place = publish(owner) + 1 if beyond > 0 else -1

    with pytest.raises(psycopg.errors.NumericValueOutOfRange, match="outside"):
        reader.execute("SELECT khabar.commit_cursor('desk', %s)", [place])


@pytest.mark.parametrize("name", ["", " desk", "-", "x" * 101, "a/b"])
def test_a_name_that_nobody_could_type_is_refused(owner, reader, name):
    publish(owner)

    with pytest.raises(psycopg.errors.CheckViolation):
        reader.execute("SELECT khabar.commit_cursor(%s, 0)", [name])


# ── the order ───────────────────────────────────────────────────────────────────────────


def test_changes_come_in_order_after_the_cursor_and_no_more_than_asked_for(owner, reader):
    numbers = [publish(owner, article=article) for article in (5, 4, 3)]

    rows = reader.execute(
        "SELECT change, article FROM khabar.changes_after(%s, 2)", [numbers[0]]
    ).fetchall()
    one = reader.execute("SELECT change FROM khabar.changes_after(0, 1)").fetchall()

    assert rows == [(numbers[1], 4), (numbers[2], 3)]
    assert one == [(numbers[0],)]


def test_a_reader_is_told_that_something_came(owner, reader):
    reader.execute("LISTEN khabar")
    newest = publish(owner)

    hints = [(hint.channel, hint.payload) for hint in reader.notifies(timeout=5, stop_after=1)]

    assert hints == [("khabar", str(newest))]
