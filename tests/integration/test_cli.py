"""The commands on a real database: what they show, what they change, and how they fail."""

from __future__ import annotations

import re
from datetime import timedelta

import psycopg
import pytest

from ingest.pipeline.follow import follow_declared
from ingest.storage import change
from ingest.storage.database import connect
from ingest.storage.gap import GapRow, open_gaps
from tests.agency import feed, html, item, page, paragraphs
from tests.command import khabar
from tests.service import changes, follow, open_test_service, work
from tests.web import Answer, Web

ARABIC = "ميناء حلب يستقبل أول سفينة بعد الترميم"


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


@pytest.fixture
def newsroom(database, site):
    """A database with two articles of one feed; returns its URL."""
    site.on("/1", html(page(1)))
    site.on("/2", html(page(2, title=ARABIC)))
    site.on("/feed", feed([item(site.origin, 1), item(site.origin, 2, title=ARABIC)]))
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 2)
    return database


# ── feeds ───────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_added_paused_resumed_polled_and_removed(database):
    url = "https://wire.example/feed"

    said = [
        khabar("feed", *words, database=database).out.strip()
        for words in (
            ("add", url, "--title", "Wire"),
            ("add", url),
            ("pause", 1),
            ("pause", 1),
            ("resume", url),
            ("resume", 1),
            ("poll", 1),
            ("remove", 1),
        )
    ]

    assert said == [
        "feed 1 of wire.example: followed",
        "feed 1 of wire.example: was followed already",
        "feed 1: paused",
        "feed 1: was paused already",
        "feed 1: resumed",
        "feed 1: was not stopped",
        "feed 1: due 0 s ago; a running service polls it",
        "feed 1: removed; its articles stay",
    ]
    assert khabar("feed", "list", "--json", database=database).json == []


def test_a_feed_of_a_declared_agency_belongs_to_it(database):
    done = khabar("feed", "add", "https://www.aa.com.tr/tr/rss/default?cat=x", database=database)

    assert done.out == "feed 1 of anadolu: followed\n"


def test_whoever_removes_a_declared_feed_is_told_that_it_comes_back(database):
    with open_test_service(database) as service:
        follow_declared(service)

    declared = khabar("feed", "remove", 1, database=database).out
    khabar("feed", "add", "https://wire.example/a", database=database)
    added = khabar("feed", "remove", "https://wire.example/a", database=database).out

    assert "the next `khabar up` follows it again" in declared
    assert "khabar up" not in added


def test_a_feed_is_added_to_the_source_that_is_named(database):
    khabar("feed", "add", "https://wire.example/a", database=database)

    done = khabar(
        "feed", "add", "https://b.example/b", "--source", "wire.example", database=database
    )

    assert done.out == "feed 2 of wire.example: followed\n"


@pytest.mark.parametrize("name", ["7", "https://nobody.example/", "nonsense", "9" * 30])
def test_an_unknown_feed_says_where_they_are_listed(database, name):
    for command in ("show", "pause", "resume", "remove", "poll"):
        done = khabar("feed", command, name, database=database)

        assert (done.status, done.out) == (1, "")
        assert done.err == f"khabar: no feed {name!r}; `khabar feed list` shows them\n"


def test_a_stopped_feed_is_not_polled(database):
    khabar("feed", "add", "https://wire.example/feed", database=database)
    khabar("feed", "pause", 1, database=database)

    done = khabar("feed", "poll", 1, database=database)

    assert done.status == 1
    assert done.err == "khabar: feed 1 is paused or retired; `khabar feed resume 1` first\n"
    assert "paused" in khabar("feed", "list", database=database).out
    assert "`khabar feed resume 1` goes on" in khabar("feed", "show", 1, database=database).out


@pytest.mark.parametrize(
    "words",
    [
        ("feed", "list", "--source", "nobody"),
        ("feed", "export", "--source", "nobody"),
        ("feed", "add", "https://a.example/", "--source", "nobody"),
        ("article", "search", "boats", "--source", "nobody"),
        ("article", "retry", "--failed", "--source", "nobody"),
        ("source", "show", "nobody"),
        ("source", "check", "nobody"),
    ],
)
def test_an_unknown_source_says_where_they_are_listed(database, words):
    done = khabar(*words, database=database)

    assert done.status == 1
    assert done.err == "khabar: no source 'nobody'; `khabar source list` shows them\n"


@pytest.mark.parametrize("url", ["javascript:1", "ftp://a.example/", "nonsense", "http://"])
def test_an_address_that_can_be_no_feed_is_refused(database, url):
    done = khabar("feed", "add", url, database=database)

    assert done.status == 1
    assert done.err.count("\n") == 1


def test_a_list_of_feeds_travels_as_opml(database):
    opml = (
        b"<opml version='2.0'><body><outline text='Wires'>"
        b"<outline text='A' xmlUrl='https://a.example/feed'/>"
        b"<outline text='B' xmlUrl='https://b.example:99999/feed'/>"
        b"<outline text='C' xmlUrl='https://c.example/feed'/></outline></body></opml>"
    )

    first = khabar("feed", "import", "-", stdin=opml, database=database)
    again = khabar("feed", "import", "-", "--json", stdin=opml, database=database)
    exported = khabar("feed", "export", database=database).out

    assert first.out.startswith("2 feeds followed, 0 followed already, ")
    assert [row["is_new"] for row in again.json if row["feed_id"]] == [False, False]
    assert "https://a.example/feed" in exported
    assert khabar("feed", "import", "-", stdin=exported.encode(), database=database).out == (
        "0 feeds followed, 2 followed already, 0 can't be\n"
    )
    only = khabar("feed", "export", "--source", "a.example", database=database).out
    assert "c.example" not in only


def test_a_list_of_feeds_does_not_say_where_wires_come_from(database, tmp_path):
    khabar("feed", "add", "https://a.example/feed", database=database)
    for slug, place in [
        ("desk", "sftp://wire.example/home/someone/out"),
        ("bucket", "s3://licensed-news/in"),
        ("inbox", f"file://{tmp_path}"),
    ]:
        added = khabar("wire", "add", slug, place, database=database)
        assert added.status == 0, added.err
    with connect(database) as connection:
        connection.execute("UPDATE ingest.source SET kind = 'wire' WHERE slug = 'inbox'")

    exported = khabar("feed", "export", database=database).out
    alone = khabar("feed", "export", "--source", "desk", database=database).out

    assert re.findall(r'xmlUrl="(.*?)"', exported) == ["https://a.example/feed"]
    assert "xmlUrl" not in alone
    assert not {"desk", "bucket", "someone"} & {*re.findall(r"\w+", exported + alone)}


@pytest.mark.parametrize("body", [b"", b"<html><p>Hi", b"%PDF-1.7", b"{}", b"\x00\xff\xfe", b"<"])
def test_opml_that_is_not_opml_changes_nothing(database, body):
    done = khabar("feed", "import", "-", stdin=body, database=database)

    assert done.status == 1
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert khabar("feed", "list", "--json", database=database).json == []


def test_a_feed_tells_what_happened_in_words(newsroom, site):
    told = khabar("feed", "show", site.url("/feed"), database=newsroom)
    found = khabar("feed", "show", 1, "--json", database=newsroom).json

    assert "all is well" in told.out
    assert "Headline of item 1" in told.out
    assert "entries an hour" in told.out
    assert found["feed"]["entries"] == 2
    assert found["polls"][0]["outcome"] == "read"
    assert len(found["entries"]) == 2


def test_a_feed_that_fails_tells_why(database, site):
    site.on("/feed", Answer(b"<!doctype html><title>Sorry</title><p>Moved", status=200))
    khabar("feed", "add", site.url("/feed"), database=database, KHABAR_ALLOW_LOOPBACK="1")
    with open_test_service(database) as service:
        work(service)

    told = khabar("feed", "show", 1, database=database).out
    status = khabar("status", database=database).out

    assert "failed once: " in told
    assert "HTML" in told
    assert "asked again by itself" in told
    assert "1 failing" in status
    assert "HTML" in status


def test_a_feed_that_is_gone_tells_how_to_take_it_up_again(database, site):
    khabar("feed", "add", site.url("/feed"), database=database)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE ingest.feed SET retired_at = now(), last_error = 'HTTP 410', hub = 'https://h/',"
            " moved_url = 'https://new.example/', moved_polls = 3, stable_guids = false"
        )

    told = khabar("feed", "show", 1, database=database).out

    assert re.search(r"HTTP 410; retired \d+ s ago; `khabar feed resume 1`", told)
    assert "https://new.example/, so 3 polls in a row" in told
    assert "not stable" in told
    assert "retired" in khabar("feed", "list", database=database).out


def test_a_host_that_is_left_alone_is_told_of(newsroom):
    with psycopg.connect(newsroom) as connection:
        connection.execute(
            "UPDATE ingest.host"
            "   SET backoff_until = now() + interval '2 hours', last_error = 'HTTP 429'"
        )

    assert (
        "left alone: asked again in 2 h: HTTP 429"
        in khabar("feed", "show", 1, database=newsroom).out
    )


# ── sources ─────────────────────────────────────────────────────────────────────────────


def test_sources_are_listed_with_what_came_of_them(newsroom):
    table = khabar("source", "list", database=newsroom).out
    (row,) = khabar("source", "list", "--json", database=newsroom).json

    assert "added by hand" in table
    assert "no agency is followed yet" in table
    assert (row["feeds"], row["articles"]) == (1, 2)


def test_a_source_shows_its_declaration_and_its_feeds(newsroom):
    (row,) = khabar("source", "list", "--json", database=newsroom).json
    khabar("feed", "add", "https://www.aa.com.tr/tr/rss/x", database=newsroom)

    own = khabar("source", "show", row["slug"], database=newsroom).out
    declared = khabar("source", "show", "anadolu", database=newsroom).out
    unfollowed = khabar("source", "show", "sana", "--json", database=newsroom).json

    assert "added by hand" in own
    assert "articles 2" in own
    assert "Europe/Istanbul" in declared
    assert "https://www.aa.com.tr/tr/rss/x" in declared
    assert unfollowed["stored"] is None
    assert unfollowed["declared"]["timezone"] == "Asia/Damascus"


# ── articles and changes ────────────────────────────────────────────────────────────────


def test_an_article_is_shown_by_number_and_by_address(newsroom, site):
    number = next(
        row["article"]
        for row in khabar("changes", "--json", database=newsroom).json
        if row["title"] == "Headline of item 1"
    )

    told = khabar("article", "show", number, database=newsroom).out
    found = khabar("article", "show", site.url("/1"), "--json", database=newsroom).json

    assert "Headline of item 1" in told
    assert all(text.split()[0] in told for text in paragraphs(1))
    assert f"announced {site.url('/1')}" in told
    assert str(found["article"]["article"]) == number
    assert len(found["revisions"]) == 1


def test_an_article_with_every_field_shows_each(newsroom, site):
    with psycopg.connect(newsroom) as connection:
        connection.execute(
            "UPDATE ingest.revision SET standfirst = 'In short', notice = 'All rights reserved',"
            " authors = '{Ayşe Demir}', tags = '{port}', sections = '{World,Trade}',"
            " place = 'HALAB'"
        )

    told = khabar("article", "show", site.url("/2"), database=newsroom).out

    for text in (ARABIC, "In short", "All rights", "Ayşe Demir", "World / Trade", "HALAB", "port"):
        assert text in told


def test_a_removed_article_says_so(newsroom, site):
    with psycopg.connect(newsroom) as connection:
        connection.execute("DELETE FROM ingest.revision")
        connection.execute("UPDATE ingest.article SET state = 'removed'")

    assert khabar("article", "show", site.url("/1"), database=newsroom).out.endswith(
        "was removed\n"
    )


@pytest.mark.parametrize("name", ["4711", "9" * 25, "https://nobody.example/", "nonsense"])
def test_an_unknown_article_or_page_says_so(database, name):
    shown = khabar("article", "show", name, database=database)
    retried = khabar("article", "retry", name, database=database)

    assert shown.status == retried.status == 1
    assert shown.err.startswith(f"khabar: no article {name!r}")
    assert retried.err.startswith(f"khabar: no page {name!r}")


def test_words_find_articles(newsroom):
    table = khabar("article", "search", "حلب", "الترميم", database=newsroom).out
    rows = khabar("article", "search", "item1line0", "--json", "--since", "1d", database=newsroom)

    assert ARABIC in table
    assert [row["title"] for row in rows.json] == ["Headline of item 1"]
    assert khabar("article", "search", "nowhere", "--json", database=newsroom).json == []


def test_pages_are_fetched_again_when_a_person_asks(newsroom, site):
    with psycopg.connect(newsroom) as connection:
        connection.execute(
            "UPDATE ingest.page SET state = 'failed', last_error = 'it kills its worker'"
        )

    assert "it kills its worker" in khabar("status", database=newsroom).out
    one = khabar("article", "retry", site.url("/1"), database=newsroom)
    rest = khabar("article", "retry", "--failed", database=newsroom)

    assert one.out == "1 page is due now\n"
    assert rest.out == "1 page is due now\n"


def test_changes_are_told_in_order_from_where_one_was(newsroom):
    lines = khabar("changes", "--jsonl", database=newsroom).lines
    rest = khabar("changes", "--after", lines[0]["change"], "--json", database=newsroom).json
    most = khabar("changes", "--jsonl", "--most", 1, "--follow", database=newsroom).lines
    told = khabar("changes", database=newsroom).out

    assert {row["title"] for row in lines} == {"Headline of item 1", ARABIC}
    assert rest == lines[1:]
    assert most == lines[:1]
    assert told.count(" new ") == 2


def test_a_follower_is_told_as_it_comes(newsroom, site):
    with open_test_service(newsroom) as service:
        newest = changes(service)[-1]["change"]
        site.on("/3", html(page(3)))
        site.on("/more", feed([item(site.origin, 3)]))
        follow(service, site.url("/more"))
        work(service, until=lambda: len(changes(service)) == 3)

    done = khabar(
        "changes", "--follow", "--after", newest, "--most", 1, "--jsonl", database=newsroom
    )

    assert done.lines[0]["title"] == "Headline of item 3"


# ── consumers and gaps ──────────────────────────────────────────────────────────────────


def test_consumers_are_listed_and_dropped(newsroom):
    with psycopg.connect(newsroom) as connection:
        newest = change.changes_after(connection, 0)[0]["change"]
        connection.execute("SELECT khabar.commit_cursor('website', %s)", (newest,))

    assert "website" in khabar("consumer", "list", database=newsroom).out
    assert khabar("consumer", "list", "--json", database=newsroom).json[0]["lag"] == 1
    assert khabar("consumer", "lag", "website", database=newsroom).out == "1\n"
    assert khabar("consumer", "lag", "website", "--json", database=newsroom).json["lag"] == 1
    assert "website" in khabar("status", database=newsroom).out
    assert khabar("consumer", "drop", "website", database=newsroom).out == (
        "consumer website: forgotten\n"
    )
    for command in ("lag", "drop"):
        done = khabar("consumer", command, "website", database=newsroom)
        assert done.status == 1
        assert done.err == "khabar: no consumer 'website'; `khabar consumer list` shows them\n"


def test_gaps_are_listed(newsroom, site):
    with open_test_service(newsroom) as service, service.database.connection() as connection:
        now = service.clock.now()
        open_gaps(
            connection,
            [
                GapRow(
                    feed_id=1,
                    from_at=now - timedelta(hours=2),
                    to_at=now,
                    at_least=3,
                    noticed_at=now,
                    host_id=1,
                )
            ],
        )

    (gap,) = khabar("gap", "list", "--jsonl", database=newsroom).lines

    assert list(gap) == ["feed_url", "from", "to", "at_least", "filled", "searched"]
    assert (gap["feed_url"], gap["at_least"]) == (site.url("/feed"), 3)
    assert khabar("gap", "list", "--json", database=newsroom).json == [gap]
    assert site.url("/feed") in khabar("gap", "list", database=newsroom).out
    assert "gaps (khabar gap list)" in khabar("status", database=newsroom).out


# ── status ──────────────────────────────────────────────────────────────────────────────


def test_the_status_counts_what_there_is(newsroom):
    found = khabar("status", "--json", database=newsroom).json
    told = khabar("status", database=newsroom).out

    assert found["feeds"]["feeds"] == 1
    assert found["stored"]["articles"] == 2
    assert found["sources"][0]["articles"] == 2
    assert "2 articles in 2 texts from 2 entries" in told
    assert "sources with articles" in told


def test_an_empty_database_has_a_status(database):
    assert "never" in khabar("status", database=database).out


# ── the database itself ─────────────────────────────────────────────────────────────────


def test_an_empty_database_is_made_checked_and_looked_into(postgres_url, database_names, capfd):
    name = next(database_names)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
        )
    url = postgres_url.replace("/khabar?", f"/{name}?")

    empty = khabar("db", "check", database=url)
    made = khabar("db", "init", database=url)
    again = khabar("db", "init", database=url)
    migrated = khabar("db", "migrate", database=url)
    fine = khabar("db", "check", database=url)

    assert (empty.status, empty.err) == (
        3,
        "khabar: the database is empty; run `khabar db init`\n",
    )
    assert made.out == "made: schema.sql\n"
    assert again.out == "nothing to do: the schema is there\n"
    assert migrated.out == "nothing to do: up to date\n"
    assert fine.out.endswith(": fine\n")
    assert khabar("db", "url", database=url).out == f"{url}\n"
    assert khabar("db", "psql", "-Atc", "SELECT 6*7", database=url).status == 0
    assert khabar("db", "psql", "--reader", "-Atc", "SELECT current_user", database=url).status == 0
    assert khabar("db", "psql", "-c", "nonsense", database=url).status == 1
    assert capfd.readouterr().out.split() == ["42", "khabar_reader"]


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("feed", "list"),
        ("changes", "--follow"),
        ("article", "show", "1"),
        ("db", "check"),
        ("db", "init"),
    ],
)
def test_no_database_is_status_3_and_one_line(words, tmp_path):
    done = khabar(*words, database=f"postgresql:///khabar?host={tmp_path}")

    assert done.status == 3
    assert done.out == ""
    assert done.err.startswith("khabar: no database: ")
    assert "KHABAR_DATABASE_URL" in done.err
    assert done.err.count("\n") == 1


def test_a_home_that_is_a_file_is_refused_by_name(tmp_path):
    home = tmp_path / "home"
    home.write_text("")

    done = khabar("status", KHABAR_HOME=str(home))

    assert done.status == 2
    assert "KHABAR_HOME" in done.err


def test_the_status_tells_of_a_writer_that_hangs(database):
    with connect(database, name="khabar worker 7") as hanging:
        change.lock_changes(hanging)
        hanging.execute("SELECT pg_sleep(5)")

        shown = khabar("status", database=database).out
        listed = khabar("status", "--json", database=database).json

    assert "nothing is published: khabar worker 7 (pid" in shown
    assert listed["change_lock"]["state"] == "idle in transaction"
    assert khabar("status", "--json", database=database).json["change_lock"] is None
