"""A person's word: stories split and joined, articles removed; and that it stays."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from ingest.identity.entries import announcement_digest
from ingest.model import Entry, Reply
from ingest.pipeline.commit import commit_batch
from ingest.pipeline.corrections import Uncorrectable, join_stories, remove_article, split_story
from ingest.pipeline.outcomes import Announced
from ingest.pipeline.publish import publish
from ingest.storage import change as changes
from ingest.storage import page as pages
from ingest.storage.database import connect
from ingest.storage.feed import EntryRow
from ingest.urls import url_key
from tests.command import khabar
from tests.service import open_test_service
from tests.stored import (
    HOUR,
    MINUTE,
    NOON,
    add_feed,
    add_host,
    add_source,
    article,
    claim,
    feed_outcome,
    page_outcome,
    publish_articles,
    take_feeds,
    take_pages,
    wanted,
)


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


def stories_of(connection):
    return dict(
        connection.execute("SELECT article, story FROM khabar.article ORDER BY article").fetchall()
    )


def told(connection, after=0):
    return [
        (row["kind"], row["cause"], row["changed"], row["article"], row["story"])
        for row in changes.changes_after(connection, after)
    ]


@pytest.fixture
def copies(connection):
    """Three articles of one story and one of another; their numbers."""
    return publish_articles(
        connection,
        [
            ("wire", article(1)),
            ("copyist", article(1)),
            ("third", article(1)),
            ("wire", article(2)),
        ],
    )


# ── stories ─────────────────────────────────────────────────────────────────────────────


def test_an_article_split_from_its_story_is_one_of_its_own(connection, copies):
    before = changes.newest_change(connection)

    new = split_story(connection, [copies[1]], at=NOON)

    assert new == copies[1]
    assert stories_of(connection) == dict(
        zip(copies, [copies[0], new, copies[0], copies[3]], strict=True)
    )
    assert told(connection, before) == [("story", "person", ["story"], copies[1], new)]
    relation = "SELECT relation, of FROM khabar.article WHERE article = %s"
    assert connection.execute(relation, [copies[1]]).fetchone() == ("original", None)


def test_who_opened_a_story_keeps_its_number_when_it_is_split_off(connection, copies):
    before = changes.newest_change(connection)

    kept = split_story(connection, [copies[0]], at=NOON)

    one, two, three, _ = copies
    assert kept == one
    assert stories_of(connection) == {one: one, two: two, three: two, copies[3]: copies[3]}
    assert [row[3:] for row in told(connection, before)] == [(two, two), (three, two)]
    originals = "SELECT article FROM khabar.original ORDER BY article"
    assert connection.execute(originals).fetchall() == [(one,), (two,), (copies[3],)]


def test_no_arrival_draws_together_what_a_person_split(connection, copies):
    split_story(connection, [copies[1]], at=NOON)

    more = publish_articles(
        connection,
        [(slug, article(1)) for slug in ("fourth", "fifth", "wire", "copyist")],
        at=NOON + HOUR,
    )

    found = stories_of(connection)
    assert found[copies[0]] == found[copies[2]] == copies[0]
    assert found[copies[1]] == copies[1]
    assert {found[number] for number in more} <= {copies[0], copies[1]}


def test_a_correction_of_the_text_draws_nothing_together_either(connection, copies):
    split_story(connection, [copies[1]], at=NOON)
    (page,) = connection.execute(
        "SELECT host_id FROM ingest.page WHERE url = 'https://wire.example/copyist/2'"
    ).fetchall()
    connection.execute(
        "UPDATE ingest.page SET due_at = %s, article_id = %s"
        " WHERE url = 'https://wire.example/copyist/2'",
        [NOON, copies[1]],
    )
    (host,) = [host for host in claim(connection) if host.id == page[0]]
    (due,) = take_pages(connection, host)
    outcome = page_outcome(host, due, article(1, title="Corrected"), slug="copyist", at=NOON + HOUR)
    before = stories_of(connection)

    publish(connection, [outcome])

    assert stories_of(connection) == before


def test_joined_stories_are_one_and_later_copies_come_to_it(connection, copies):
    before = changes.newest_change(connection)

    into = join_stories(connection, [copies[0], copies[3]], at=NOON)
    (late,) = publish_articles(connection, [("fourth", article(2))], at=NOON + HOUR)

    assert into == copies[0]
    assert set(stories_of(connection).values()) == {into}
    assert told(connection, before) == [
        ("story", "person", ["story"], copies[3], into),
        ("new", "live", [], late, into),
    ]


def test_a_joined_story_can_be_split_again(connection, copies):
    before = stories_of(connection)
    join_stories(connection, [copies[3], copies[0]], at=NOON)

    split_story(connection, [copies[3]], at=NOON)

    assert len({*stories_of(connection).values()}) == 2
    assert stories_of(connection) == before


def test_what_makes_no_sense_is_refused_in_a_sentence(connection, copies):
    with pytest.raises(Uncorrectable, match="name articles of one story"):
        split_story(connection, [copies[0], copies[3]], at=NOON)
    with pytest.raises(Uncorrectable, match="no other article to be split from"):
        split_story(connection, copies[:3], at=NOON)
    with pytest.raises(Uncorrectable, match="are one story already"):
        join_stories(connection, copies[:2], at=NOON)
    with pytest.raises(Uncorrectable, match="belongs to no story"):
        join_stories(connection, [copies[0], 999], at=NOON)


def test_a_story_names_its_original_and_why(connection):
    publish_articles(
        connection,
        [
            ("copyist", article(1, agency="COPYIST", credits=("With reporting by Wire",))),
            ("wire", article(1)),
        ],
        at=NOON,
    )

    (story,) = connection.execute("SELECT original, reason FROM khabar.story").fetchall()

    assert story == (2, "wire is credited by 1 of 1 others")
    assert ("story", "live", ["original"], 2, 1) not in told(connection)  # it is new itself
    assert connection.execute("SELECT source FROM khabar.original").fetchall() == [("wire",)]


def test_an_original_that_turns_out_later_is_told(connection):
    publish_articles(
        connection,
        [
            ("copyist", article(1, agency="COPYIST")),
            ("wire", article(1)),
            ("third", article(1, agency="Wire")),
        ],
    )

    assert told(connection)[3:] == [("story", "live", ["original"], 2, 1)]


# ── takedowns ───────────────────────────────────────────────────────────────────────────

EVERYTHING = """
    SELECT table_schema, table_name FROM information_schema.tables
     WHERE table_schema IN ('ingest', 'khabar')"""


def tables_that_hold(connection, words):
    """Return every table and view of which a row's text has some words in it."""
    found = []
    for schema, table in connection.execute(EVERYTHING).fetchall():
        name = psycopg.sql.Identifier(schema, table)
        query = psycopg.sql.SQL("SELECT count(*) FROM {} AS found WHERE found::text LIKE %s")
        if connection.execute(query.format(name), [f"%{words}%"]).fetchone()[0]:
            found.append(f"{schema}.{table}")
    return found


def test_a_removed_article_leaves_no_word_behind(connection, copies):
    assert len(copies) == 4
    (number,) = publish_articles(connection, [("wire", article(7, title="Unspeakable"))])
    connection.execute(
        "UPDATE ingest.page SET article_id = %s WHERE url = 'https://wire.example/wire/5'", [number]
    )
    before = tables_that_hold(connection, "harbour7k1")
    sketches = connection.execute("SELECT count(*) FROM ingest.sketch").fetchone()[0]

    is_done = remove_article(connection, number, at=NOON)

    assert is_done
    assert {"ingest.revision", "khabar.article"} <= set(before)
    assert tables_that_hold(connection, "harbour7k1") == []
    assert tables_that_hold(connection, "Unspeakable") == []
    for table in ("sketch", "posting"):
        left = f"SELECT count(*) FROM ingest.{table} WHERE article_id = %s"
        assert connection.execute(left, [number]).fetchone()[0] == 0
    assert connection.execute("SELECT count(*) FROM ingest.sketch").fetchone()[0] == sketches - 1
    rows = [row for row in changes.changes_after(connection, 0) if row["article"] == number]
    assert [(row["kind"], row["cause"], row["title"], row["body"]) for row in rows] == [
        ("new", "live", None, None),
        ("removed", "person", None, None),
    ]
    assert rows[-1]["url"] == "https://wire.example/wire/5"


def test_a_removed_article_is_removed_once_and_its_copies_stay(connection, copies):
    done = [remove_article(connection, copies[0], at=NOON) for _ in range(2)]

    assert done == [True, False]
    assert [row[0] for row in told(connection)].count("removed") == 1
    assert told(connection)[-1] == ("story", "person", ["original"], copies[1], copies[0])
    assert stories_of(connection) == {
        copies[1]: copies[0],
        copies[2]: copies[0],
        copies[3]: copies[3],
    }


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


class Wire:
    """A feed and its pages, fetched by hand, so that each commit is seen."""

    def __init__(self, service):
        self.service = service
        with service.database.connection() as connection:
            self.place = (add_source(connection), add_host(connection))
            add_feed(connection, *self.place)
            (self.host,) = claim(connection, real=service.clock.real())
            (self.feed,) = take_feeds(connection, self.host)

    def announce(self, path, title, at=NOON):
        url = f"https://wire.example/{path}"
        entry = Entry(guid=url, url=url, title=title, summary=f"{title}, in short")
        row = EntryRow(
            feed_id=self.feed.id,
            identity=url,
            url_key=url_key(url),
            digest=announcement_digest(entry),
            entry=entry,
            seen_at=at,
        )
        page = wanted(*self.place, path, again=True)
        outcome = feed_outcome(self.host, self.feed, announced=(Announced(entry=row, page=page),))
        commit_batch(self.service, [outcome])

    def fetch(self, path, found, **more):
        """Commit what a page brought; return the page's row, None if it is not due."""
        with self.service.database.connection() as connection:
            pages.make_pages_due(connection, [wanted(*self.place, path)])
            due = [p for p in take_pages(connection, self.host) if p.url.endswith(f"/{path}")]
        for page in due:
            commit_batch(self.service, [page_outcome(self.host, page, found, **more)])
        return due

    def remove(self, number):
        with self.service.database.connection() as connection:
            remove_article(connection, number, at=NOON + MINUTE)

    def count(self, query):
        with self.service.database.connection() as connection:
            return connection.execute(query).fetchone()[0]


RAW = "SELECT count(*) FROM ingest.raw_page"


def test_a_removed_article_comes_back_by_no_way(service):
    wire = Wire(service)
    wire.announce("boats-are-back", "Boats")
    wire.fetch("boats-are-back", article(1, title="Boats"))
    raw_before = wire.count(RAW)
    wire.remove(1)

    wire.announce("boats-are-back", "Boats, again", NOON + HOUR)  # the feed says it anew
    asked = wire.fetch("boats-are-back", article(1))
    redirect = Reply(
        url="https://wire.example/b", final_url="https://wire.example/boats-are-back", status=200
    )
    wire.announce("b", "Boats under another address", NOON + HOUR)
    elsewhere = wire.fetch("b", article(1, title="Boats"), reply=redirect)
    wire.announce("amp/boats-are-back", "Boats for small screens", NOON + HOUR)
    twin = wire.fetch("amp/boats-are-back", article(1, title="Boats"))

    assert (raw_before, wire.count(RAW)) == (1, 0)
    assert (asked, len(elsewhere), len(twin)) == ([], 1, 1)
    assert wire.count("SELECT count(*) FROM khabar.article") == 0
    assert wire.count("SELECT count(*) FROM ingest.revision") == 0
    assert wire.count("SELECT count(*) FROM ingest.entry WHERE title IS NOT NULL") == 0
    assert wire.count("SELECT count(*) FROM ingest.page WHERE state <> 'removed'") == 0
    assert wire.count("SELECT count(*) FROM ingest.page WHERE due_at IS NOT NULL") == 0


def test_what_is_in_flight_when_an_article_is_removed_stores_nothing(service):
    wire = Wire(service)
    wire.fetch("boats-are-back", article(1))
    with service.database.connection() as connection:
        pages.make_pages_due(connection, [wanted(*wire.place, "boats-are-back", again=True)])
        (page,) = take_pages(connection, wire.host)
    wire.remove(1)

    unreadable = page_outcome(wire.host, page, None)
    commit_batch(service, [unreadable])
    commit_batch(service, [replace(unreadable, article=article(1, title="Corrected"))])

    assert wire.count(RAW) == 0
    assert wire.count("SELECT count(*) FROM ingest.revision") == 0
    assert wire.count("SELECT count(*) FROM ingest.page WHERE due_at IS NOT NULL") == 0


# ── the commands ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def newsroom(database):
    with connect(database) as connection:
        publish_articles(
            connection,
            [("wire", article(1)), ("copyist", article(1)), ("wire", article(2))],
        )
    return database


def test_a_story_is_shown_with_who_has_it_and_how(newsroom):
    shown = khabar("story", "show", 2, database=newsroom)
    listed = khabar("story", "show", "https://wire.example/wire/1", "--json", database=newsroom)

    assert "1: 2 articles of 2 sources" in shown.out
    assert "1 of wire: wire is credited by 1 of 1 others" in shown.out
    assert listed.json["original"] == 1
    assert [(m["article"], m["relation"], m["of"]) for m in listed.json["members"]] == [
        (1, "original", None),
        (2, "copy", 1),
    ]


def test_a_person_splits_and_joins_by_command(newsroom):
    said = [
        khabar("story", *words, database=newsroom)
        for words in (("split", 2), ("split", 2), ("join", 1, 2), ("join", 1, 2, 3, "--json"))
    ]
    shown = khabar("story", "show", 3, "--json", database=newsroom)

    assert [done.status for done in said] == [0, 1, 0, 0]
    assert said[0].out == "article 2: story 2\n"
    assert said[1].err == "khabar: story 2 has no other article to be split from\n"
    assert said[2].out == "articles 1, 2: story 1\n"
    assert said[3].json == {"articles": [1, 2, 3], "story": 1}
    assert (shown.json["articles"], shown.json["settled"]) == (3, True)


@pytest.mark.parametrize("words", [("show", 99), ("split", 99), ("join", 1, 99)])
def test_a_story_of_no_article_is_refused(newsroom, words):
    done = khabar("story", *words, database=newsroom)

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("khabar: no article '99'")


def test_an_article_is_removed_by_command(newsroom):
    done = khabar("article", "remove", 1, "https://wire.example/wire/3", database=newsroom)
    again = khabar("article", "remove", 1, "--yes", database=newsroom)
    lines = khabar("changes", "--jsonl", database=newsroom).lines

    assert done.out == "article 1 of wire: removed\narticle 3 of wire: removed\n"
    assert again.out == "article 1 of wire: was removed\n"
    assert {line["article"] for line in lines if line["body"]} == {"2"}
    assert [line["article"] for line in lines if line["kind"] == "removed"] == ["1", "3"]
    assert khabar("article", "show", 1, "--diff", database=newsroom).out == (
        "article 1 of wire was removed\n"
    )
    assert khabar("story", "show", 3, database=newsroom).err == (
        "khabar: article 3 belongs to no story\n"
    )
