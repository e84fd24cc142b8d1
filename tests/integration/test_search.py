"""Articles are found by their words, in every script, as people spell them."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from ingest.pipeline.corrections import remove_article
from ingest.pipeline.searching import index_texts
from ingest.storage import search
from ingest.storage.database import Database, connect
from ingest.text import search_words
from tests.command import khabar
from tests.stored import DAY, NOON, article, publish_articles

DUE = "SELECT count(*) FROM ingest.search_due"
SAMPLES = [
    path
    for path in sorted(Path(__file__).parents[1].glob("samples/*/*.html"))
    if "\ufffd" not in path.read_text("utf-8", "replace")
]
TEXTS = [
    article(1, title="Boats are back", body="The harbour of Aden opened again.\nAll is well."),
    article(2, title="زلزال في تركيا", body="ضرب الزلزالُ مدينةَ إزمير، وفقاً للأناضول. ٣ قتلى."),
    article(3, title="İzmir'de deprem", body="Türkiye'nin batısında depremler sürüyor."),
    article(4, title="北京发生地震", body="新华社报道，四川发生地震。"),
    article(5, title="Weather", body="A boat was seen on the river. Nobody knew whose."),
    article(6, title="زمین‌لرزه در ازمیر", body="کتاب‌ها را می‌خوانند. گزارش ایرنا."),
    article(7, title="Café at the straße", body="Ὀδυσσεύς returns to Łódź."),
]


@pytest.fixture
def connection(database):
    with connect(database) as opened, Database(database) as pool:
        publish_articles(opened, [("wire", told) for told in TEXTS])
        opened.commit()
        index_texts(pool)
        yield opened


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("boats", [1]),
        ("boat", [1, 5]),  # a word's beginning will do; in a headline it weighs more
        ("BOATS harbour", [1]),
        ("boats nowhere", []),
        ("harb", [1]),
        ('"harbour of aden"', [1]),
        ('"aden harbour"', []),
        ("boat -harbour", [5]),
        ("زلزال", [2]),
        ("الزلزال", [2]),
        ("مدينه ازمير", [2]),
        ("الأناضول", [2]),
        ("3 قتلي", [2]),
        ("زمين لرزه", [6]),
        ("ازمیر", [2, 6]),
        ("كتاب", [6]),
        ("izmir", [3]),
        ("DEPREM", [3]),
        ("turkiye", [3]),
        ("地震", [4]),
        ("震地", []),
        ("cafe strasse", [7]),
        ("οδυσσευσ lodz", [7]),
        ("", []),
        ('- "" \' & | !', []),
        ("a:*b <-> 'c", []),
        ("x" * 5000, []),
    ],
)
def test_words_are_found_as_people_spell_them(connection, asked, found):
    rows = search.search_articles(connection, asked)

    assert sorted(row["article"] for row in rows) == sorted(found)
    ranks = [row["rank"] for row in rows]
    assert ranks == sorted(ranks, reverse=True)


def test_a_headline_weighs_more_than_a_text(connection):
    rows = search.search_articles(connection, "boat")

    assert [row["article"] for row in rows] == [1, 5]
    assert rows[0]["title"] == "Boats are back"


def test_a_search_is_narrowed(connection):
    publish_articles(connection, [("paper", TEXTS[0])], at=NOON + 2 * DAY)
    search.store_words(connection, {8: "'boats':1A"})

    def found(**narrower):
        return [row["article"] for row in search.search_articles(connection, "boats", **narrower)]

    assert sorted(found()) == [1, 8]
    assert found(source="paper") == [8]
    assert found(source="nobody") == []
    assert found(since=NOON + DAY) == [8]
    assert len(found(most=1)) == 1


def test_a_correction_is_found_by_its_new_words_alone(connection, database):
    connection.execute(
        "UPDATE ingest.revision SET body = 'Ships only.', title = 'Ships' WHERE article_id = 1"
    )
    search.make_due(connection, [1, 1, 2])
    connection.commit()

    with Database(database) as pool:
        assert index_texts(pool) == 2
        assert index_texts(pool) == 0

    assert [row["article"] for row in search.search_articles(connection, "ships")] == [1]
    assert search.search_articles(connection, "harbour") == []


def test_what_is_removed_is_found_no_more(connection):
    search.make_due(connection, [1])
    remove_article(connection, 1, at=NOON)

    assert search.search_articles(connection, "harbour") == []
    assert connection.execute(DUE).fetchone()[0] == 0
    assert connection.execute("SELECT count(*) FROM ingest.search").fetchone()[0] == 6


def test_a_removal_waits_for_an_index_that_is_being_written(connection, database):
    search.make_due(connection, [1])
    connection.commit()
    with connect(database) as indexer:
        (due,) = search.take_due_texts(indexer, most=5)

        def remove():
            with connect(database) as remover:
                remove_article(remover, 1, at=NOON)

        removal = threading.Thread(target=remove)
        removal.start()
        _wait_for_waiter(database)
        search.store_words(indexer, {due.article_id: "'harbour':1A"})
    removal.join(30)

    assert not removal.is_alive()
    assert search.search_articles(connection, "harbour") == []


def _wait_for_waiter(database):
    with psycopg.connect(database, autocommit=True) as onlooker:
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not onlooker.execute(blocked).fetchone()[0]:
            pass


def test_whoever_dies_leaves_the_texts_due(database):
    with connect(database) as connection:
        publish_articles(connection, [("wire", article(1)), ("wire", article(2))])
    with connect(database) as dying:
        search.take_due_texts(dying, most=1)
        others = [due.article_id for due in _take(database)]
        dying.rollback()

    with Database(database) as pool, connect(database) as connection:
        assert others == [2]
        assert index_texts(pool) == 2
        assert connection.execute(DUE).fetchone()[0] == 0


def _take(database):
    with connect(database) as other:
        found = search.take_due_texts(other, most=5)
        other.rollback()
        return found


def test_a_text_of_any_length_is_indexed(database):
    body = " ".join(f"word{n}" for n in range(30_000)) + " same" * 2_000 + " " + "x" * 5_000
    with connect(database) as connection, Database(database) as pool:
        publish_articles(connection, [("wire", article(1, title="x" * 3_000, body=body))])
        connection.commit()
        assert index_texts(pool) == 1
        assert [row["article"] for row in search.search_articles(connection, "word77")] == [1]


def test_a_text_of_more_words_than_postgres_takes_keeps_no_other_out(database):
    one, two, three = (
        " ".join(f"{part}{n}" + "\ufdf2" * 49 for n in range(2_000))  # each unfolds to four letters
        for part in "abc"
    )
    told = [article(1, title=one, standfirst=two, body=three), article(2, body="A dhow.")]
    with connect(database) as connection, Database(database) as pool:
        publish_articles(connection, [("wire", one) for one in told])
        connection.commit()
        assert index_texts(pool) == 2
        assert [row["article"] for row in search.search_articles(connection, "dhow")] == [2]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_postgres_folds_words_as_we_do(reader, path):
    said = path.read_text("utf-8")[:20_000]

    (found,) = reader.execute("SELECT ingest.search_words(%s)", [said]).fetchone()

    assert found == search_words(said)


@pytest.fixture(scope="module")
def reader(postgres_url, template_database):
    """A connection for questions that change nothing."""
    from tests.conftest import url_of_database

    with psycopg.connect(postgres_url) as server:
        server.autocommit = True
        server.execute("CREATE DATABASE words_only TEMPLATE " + template_database)
    with psycopg.connect(url_of_database(postgres_url, "words_only")) as connection:
        yield connection


def test_consumers_search_in_sql(connection, database):
    connection.commit()
    with psycopg.connect(database, user="khabar_reader") as consumer:
        rows = consumer.execute(
            "SELECT article, body FROM khabar.search('زلزال') JOIN khabar.article USING (article)"
        ).fetchall()

    assert rows == [(2, TEXTS[1].body)]


def test_the_command_finds_what_was_published_a_moment_ago(database):
    with connect(database) as connection:
        publish_articles(connection, [("wire", told) for told in TEXTS])

    done = khabar("article", "search", "boats", "--json", database=database)
    table = khabar("article", "search", "الزلزال", database=database)

    assert [row["article"] for row in done.json] == [1]
    assert "زلزال في تركيا" in table.out
