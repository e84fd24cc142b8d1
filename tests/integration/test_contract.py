"""The consumers' contract: what the role khabar_reader sees, and that it loses nothing.

COLUMNS is the promise. Adding to the end of a list is how the contract grows; whatever else
would have to change here breaks somebody's query.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from ingest.storage import change as changes
from ingest.storage.change import Change
from ingest.storage.database import connect
from tests.stored import NOON, add_source, article, publish_articles

REVISION = """
    article bigint, revision integer, cause text, title text, standfirst text, authors text[],
    published timestamptz, published_precision text, published_local timestamp,
    published_text text, modified timestamptz, modified_precision text, modified_local timestamp,
    modified_text text, language text, section text[], tags text[], image text,
    image_credit text, image_caption text, place text, agency text, notice text, credits text[],
    body text, body_html text, partial boolean, fetched timestamptz, stored timestamptz,
    wire jsonb, pictures jsonb, filed date"""
ARTICLE = """
    article bigint, source text, url text, canonical text, state text, revision integer,
    title text, standfirst text, authors text[], published timestamptz, published_precision text,
    published_local timestamp, published_text text, modified timestamptz, modified_precision text,
    modified_local timestamp, modified_text text, language text, section text[], tags text[],
    image text, image_credit text, image_caption text, place text, agency text, notice text,
    credits text[], body text, body_html text, partial boolean, story bigint, relation text,
    of bigint, score real, first_seen timestamptz, last_changed timestamptz,
    wire jsonb, pictures jsonb, filed date"""
COLUMNS = {
    "source": """
        source text, name text, agency text, kind text, homepage text, timezone text,
        languages text[], licence text""",
    "revision": REVISION,
    "article": ARTICLE,
    "original": ARTICLE,
    "story": """
        story bigint, original bigint, reason text, created timestamptz, articles bigint,
        sources bigint, members bigint[]""",
    "change": """
        id bigint, at timestamptz, kind text, cause text, changed text[], article bigint,
        revision integer, source text, story bigint""",
    "changes_after": """
        change bigint, at timestamptz, kind text, cause text, changed text[], article bigint,
        revision integer, source text, url text, canonical text, title text, standfirst text,
        authors text[], published timestamptz, published_precision text,
        published_local timestamp, modified timestamptz, modified_precision text,
        modified_local timestamp, language text, section text[], tags text[], image text,
        image_credit text, place text, agency text, notice text, body text, body_html text,
        story bigint, relation text, of bigint, image_caption text, credits text[],
        partial boolean, first_seen timestamptz, wire jsonb, pictures jsonb, filed date""",
    "search": """
        article bigint, rank real, source text, url text, title text, published timestamptz,
        language text""",
}
SEARCH = (
    "search(asked text, most integer DEFAULT 20, from_source text DEFAULT NULL::text,"
    " since timestamp with time zone DEFAULT NULL::timestamp with time zone)"
)
SHORT = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp"}


def promised(name):
    """Return (column, type) in order."""
    return [tuple(column.split()) for column in COLUMNS[name].split(",")]


@pytest.fixture
def filled(database):
    """A database with two articles of which one has a copy; ids of the changes."""
    with connect(database) as connection:
        publish_articles(
            connection, [("wire", article(1)), ("wire", article(2)), ("copyist", article(1))]
        )
    return database


@pytest.fixture
def reader(filled):
    """A connection as consumers have it."""
    with psycopg.connect(filled, user="khabar_reader", autocommit=True) as connection:
        yield connection


# ── what is promised ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["source", "revision", "article", "original", "story", "change"])
def test_what_consumers_read_keeps_its_columns(database, name):
    columns = """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    with connect(database) as connection:
        found = [
            (column, SHORT.get(kind, kind))
            for column, kind in connection.execute(columns, [f"khabar.{name}"])
        ]

    assert found[: len(promised(name))] == promised(name)
    assert len(found) == len(promised(name)), "new columns: promise them in COLUMNS"


@pytest.mark.parametrize(
    ("name", "call"), [("changes_after", "changes_after(0)"), ("search", "search('boats')")]
)
def test_functions_keep_their_columns(database, name, call):
    with connect(database) as connection:
        answer = connection.execute(f"SELECT * FROM khabar.{call}").description or ()
        found = [(column.name, column.type_display) for column in answer]

    longer = {"int8": "bigint", "int4": "integer", "float4": "real", "bool": "boolean"}
    assert [(column, longer.get(kind, kind)) for column, kind in found] == promised(name)


def test_nothing_in_the_schema_is_left_unpromised(database):
    relations = """
        SELECT relname, relkind::text FROM pg_class
         WHERE relnamespace = 'khabar'::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p')"""
    functions = """
        SELECT proname || '(' || pg_get_function_arguments(oid) || ')' FROM pg_proc
         WHERE pronamespace = 'khabar'::regnamespace"""
    with connect(database) as connection:
        kinds = dict(connection.execute(relations).fetchall())
        calls = {row[0] for row in connection.execute(functions)}

    assert set(kinds) | {"changes_after", "search"} == set(COLUMNS)
    assert {name for name, kind in kinds.items() if kind != "v"} == {"change"}
    assert calls == {
        "changes_after(after bigint, most integer DEFAULT 500)",
        "commit_cursor(name text, id bigint, may_go_back boolean DEFAULT false)",
        "cursor_of(name text)",
        SEARCH,
    }


def test_everything_consumers_see_is_explained(database):
    columns = """
        SELECT attrelid::regclass || '.' || attname FROM pg_attribute
          JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'v')
         WHERE relnamespace = 'khabar'::regnamespace AND attnum > 0 AND NOT attisdropped
           AND coalesce(col_description(attrelid, attnum), '') = ''"""
    things = """
        SELECT relname FROM pg_class WHERE relnamespace = 'khabar'::regnamespace
           AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL
        UNION ALL
        SELECT proname FROM pg_proc WHERE pronamespace = 'khabar'::regnamespace
           AND obj_description(oid, 'pg_proc') IS NULL"""
    with connect(database) as connection:
        assert connection.execute(columns).fetchall() == []
        assert connection.execute(things).fetchall() == []


def test_the_publication_carries_changes_and_nothing_else(database):
    published = "SELECT pubname, schemaname, tablename FROM pg_publication_tables"
    with connect(database) as connection:
        assert connection.execute(published).fetchall() == [("khabar", "khabar", "change")]


# ── what the reader may ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "count"),
    [("source", 2), ("article", 3), ("revision", 3), ("original", 2), ("story", 2), ("change", 3)],
)
def test_the_reader_reads_every_view(reader, name, count):
    query = sql.SQL("SELECT * FROM khabar.{}").format(sql.Identifier(name))

    assert len(reader.execute(query).fetchall()) == count


def test_the_reader_calls_every_function(reader):
    rows = reader.execute("SELECT change, title, story FROM khabar.changes_after(0)").fetchall()
    kept = reader.execute("SELECT khabar.commit_cursor('mine', %s)", [rows[1][0]]).fetchone()
    again = reader.execute("SELECT khabar.cursor_of('mine'), khabar.cursor_of('other')").fetchone()

    assert [row[1] for row in rows] == ["Headline 1", "Headline 2", "Headline 1"]
    assert kept == (rows[1][0],)
    assert again == (rows[1][0], 0)


def test_the_reader_reads_nothing_of_ours(reader, filled):
    with connect(filled) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'ingest'::regnamespace"
                " AND relkind IN ('r', 'p', 'v')"
            )
        ]

    assert len(tables) > 15
    for table in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(sql.SQL("SELECT 1 FROM ingest.{}").format(sql.Identifier(table)))


def test_the_reader_calls_nothing_of_ours(reader):
    for call in (
        "SELECT ingest.lock_changes()",
        "SELECT ingest.add_partitions(now())",
        "SELECT ingest.drop_partitions('raw_page', now())",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(call)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO khabar.change VALUES (DEFAULT, now(), 'new', 'live', '{}', 1, 1, 'wire')",
        "UPDATE khabar.change SET kind = 'removed'",
        "DELETE FROM khabar.change",
        "TRUNCATE khabar.change",
        "UPDATE khabar.source SET name = 'other'",
        "DELETE FROM khabar.source",
        "SELECT nextval('khabar.change_id_seq')",
        "CREATE TABLE khabar.mine (id bigint)",
        "CREATE TABLE public.mine (id bigint)",
        "CREATE SCHEMA mine",
        "DROP VIEW khabar.article",
        "LOCK TABLE khabar.change IN EXCLUSIVE MODE",
    ],
)
def test_the_reader_writes_nothing(reader, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
        reader.execute(statement)


def test_the_reader_is_told_that_something_came(reader, filled):
    reader.execute("LISTEN khabar")
    with connect(filled) as connection:
        changes.lock_changes(connection)
        one = Change(at=NOON, kind="new", cause="live", article=1, source="wire", changed=[])
        (newest,) = changes.publish_changes(connection, [one])

    hints = [(hint.channel, hint.payload) for hint in reader.notifies(timeout=5, stop_after=1)]

    assert hints == [("khabar", str(newest))]


def test_what_a_reader_leaves_in_its_search_path_fools_no_function(reader):
    reader.execute("CREATE TEMPORARY TABLE consumer (name text, cursor bigint)")
    reader.execute("CREATE TEMPORARY TABLE change (id bigint)")
    reader.execute("INSERT INTO change VALUES (1000000)")

    with pytest.raises(psycopg.errors.NumericValueOutOfRange, match="outside 0 to"):
        reader.execute("SELECT khabar.commit_cursor('mine', 1000000)")


# ── what the answers hold ───────────────────────────────────────────────────────────────


def test_an_article_of_two_agencies_is_one_original(reader):
    originals = reader.execute("SELECT title, source FROM khabar.original ORDER BY article")
    stories = reader.execute("SELECT articles, sources FROM khabar.story ORDER BY story")

    assert originals.fetchall() == [("Headline 1", "wire"), ("Headline 2", "wire")]
    assert stories.fetchall() == [(2, 2), (1, 1)]


def test_changes_come_in_pages_of_at_most_ten_thousand(database):
    with connect(database) as connection:
        add_source(connection)
        changes.lock_changes(connection)
        one = Change(at=NOON, kind="new", cause="live", article=1, source="wire", changed=[])
        changes.publish_changes(connection, [one] * 3)
        connection.execute(
            "INSERT INTO khabar.change (at, kind, cause, article, source)"
            " SELECT now(), 'new', 'live', n, 'wire' FROM generate_series(1, 10500) AS n"
        )
        sizes = [
            len(changes.changes_after(connection, after, most=most))
            for after, most in ((0, 2), (0, 1_000_000), (10_000, 500), (99_999, 500), (0, 0))
        ]

    assert sizes == [2, 10_000, 500, 0, 0]
