"""A wire's folder end to end: files are put there, articles come out; real servers throughout."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.clock import Clock
from ingest.model import After, Feed, Source, SourceKind, WireFolder
from ingest.pipeline.follow import follow_source
from ingest.pipeline.reprocess import Reprocess
from ingest.pipeline.upkeep import run_upkeep
from tests.command import khabar as command
from tests.servers import PASSWORD, USER, ftp_server, sftp_server
from tests.service import changes, open_test_service, rows, work

SOURCE = Source(
    slug="desk-wire",
    name="Desk Wire",
    agency="DESK",
    homepage="https://desk.example/",
    timezone=ZoneInfo("Europe/Istanbul"),
    kind=SourceKind.FOLDER,
    wire=WireFolder(settle=timedelta(), credentials="DESK"),
)


def document(number, *, version=1, words="", **changes):
    """A document whose text shares next to nothing with any other number's."""
    text = "\n".join(
        f"Town{number}x{line} counted its {number * 7 + line} boats, said keeper{number}n{line} of "
        f"harbour{number}k{line}, who wrote ledger{number}b{line} for crew{number}c{line}.{words}"
        for line in range(4)
    )
    made = {
        "uri": f"tag:desk.example,2026:{number}",
        "type": "text",
        "version": str(version),
        "pubStatus": "usable",
        "versionCreated": f"2026-03-04T12:{version:02}:00+00:00",
        "headlines": [{"role": "main", "contentType": "text/plain", "value": f"Boats {number}"}],
        "bodies": [{"role": "main", "contentType": "text/plain", "value": text}],
        "language": "en",
    }
    return json.dumps(made | changes).encode()


@pytest.fixture
def inbox(tmp_path):
    """The folder that the wire writes to."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def follow(khabar, url, **wire):
    """Follow a folder."""
    source = replace(SOURCE, feeds=(Feed(url=str(url)),), wire=replace(SOURCE.wire, **wire))
    follow_source(khabar, source, origin="person")


def articles(khabar):
    """Headline, state and revision of what consumers see."""
    query = "SELECT title, state, revision FROM khabar.article ORDER BY article"
    return rows(khabar, query)


def count(khabar, many):
    """Return whether consumers see so many articles."""
    return lambda: len(articles(khabar)) >= many


def again(khabar):
    """Look into the folder again, as its pace would."""
    rows(khabar, "UPDATE ingest.feed SET next_poll_at = %s RETURNING id", khabar.clock.now())
    rows(khabar, "UPDATE ingest.host SET due_at = %s RETURNING id", khabar.clock.now())
    work(khabar)


def local(inbox):
    """A folder's address."""
    return f"file://{inbox}"


def test_what_is_put_into_a_folder_is_published_in_its_order(database, inbox):
    for number in range(5):
        path = inbox / f"{9 - number}.json"
        path.write_bytes(document(number))
        os.utime(path, (1_770_000_000 + number, 1_770_000_000 + number))

    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 5))
        seen = [row["title"] for row in changes(khabar)]
        lines = command("changes", "--jsonl", database=database).lines
        facts = rows(khabar, "SELECT wire ->> 'guid' FROM khabar.article LIMIT 1")

    assert seen == [f"Boats {number}" for number in range(5)]
    assert [line["wire"]["guid"][-1] for line in lines] == ["0", "1", "2", "3", "4"]
    assert facts == [("tag:desk.example,2026:0",)]
    assert len(list(inbox.iterdir())) == 5, "kept"


@pytest.mark.parametrize("serve", [sftp_server, ftp_server])
def test_a_folder_behind_a_server_is_read_and_cleared(
    database, tmp_path, inbox, monkeypatch, serve
):
    name = os.fsdecode(b"caf\xe9 #1.json")
    (inbox / name).write_bytes(document(1))
    with serve(tmp_path) as server, open_test_service(database) as khabar:
        monkeypatch.setenv("KHABAR_DESK_USER", USER)
        monkeypatch.setenv("KHABAR_DESK_PASSWORD", PASSWORD)
        monkeypatch.setenv("KHABAR_DESK_HOST_KEY", server.host_key)
        follow(khabar, f"{server.url}/in", after=After.MOVE, moved_to="done")
        work(khabar, until=count(khabar, 1))
        again(khabar)

        assert articles(khabar) == [("Boats 1", "live", 1)]
    assert [path.name for path in (inbox / "done").iterdir()] == [name]


def test_a_stored_file_is_deleted_where_that_is_declared(database, inbox):
    (inbox / "1.json").write_bytes(document(1))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox), after=After.DELETE)
        work(khabar, until=count(khabar, 1))
        again(khabar)

    assert list(inbox.iterdir()) == []


def test_a_file_that_cannot_be_read_stays_and_the_page_says_why(database, inbox):
    (inbox / "1.json").write_bytes(b'{"no": "uri"}')
    (inbox / "2.json").write_bytes(document(2))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox), after=After.DELETE)
        work(khabar, until=count(khabar, 1))
        again(khabar)
        found = dict(rows(khabar, "SELECT state, last_error FROM ingest.page"))

    assert [path.name for path in inbox.iterdir()] == ["1.json"]
    assert "not a wire document" in found["no-article"] or "uri" in found["no-article"]


def test_a_growing_file_is_left_alone_until_it_has_stopped(database, inbox):
    path = inbox / "1.json"
    whole = document(1)
    path.write_bytes(whole[:100])
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox), settle=timedelta(seconds=1))
        work(khabar)
        path.write_bytes(whole)
        work(khabar, until=count(khabar, 1))
        outcomes = rows(khabar, "SELECT last_outcome, last_error FROM ingest.page")

    assert outcomes == [("article", None)]


def test_unfinished_names_are_not_read(database, inbox):
    for name in ("1.json.part", ".2.json", "3.json.tmp"):
        (inbox / name).write_bytes(document(1))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar)

        assert rows(khabar, "SELECT 1 FROM ingest.page") == []


def test_the_same_file_again_and_the_same_document_elsewhere_change_nothing(database, inbox):
    (inbox / "1.json").write_bytes(document(1))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        os.utime(inbox / "1.json", (1_780_000_000, 1_780_000_000))
        (inbox / "copy.json").write_bytes(document(1))
        again(khabar)
        again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new"]
        assert len(rows(khabar, "SELECT 1 FROM ingest.page WHERE state = 'stored'")) == 2


def test_a_higher_version_is_a_revision_and_a_late_lower_one_nothing(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        for name, version in (("b", 2), ("c", 3), ("a", 1)):
            (inbox / f"{name}.json").write_bytes(document(1, version=version, words=f" v{version}"))
            again(khabar)
        texts = rows(khabar, "SELECT revision, body FROM khabar.revision ORDER BY revision")

        assert [row["kind"] for row in changes(khabar)] == ["new", "revised"]
    assert [(number, body[-3:]) for number, body in texts] == [(1, " v2"), (2, " v3")]


def test_a_guid_that_ends_in_its_version_names_one_article(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        for version in (4, 5):
            guid = f"tag:hill.example,2026:newsml_L5X1AB:{version}"
            text = document(1, version=version, words=f" v{version}", uri=guid)
            (inbox / f"{version}.json").write_bytes(text)
            again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new", "revised"]
        assert rows(khabar, "SELECT wire ->> 'guid' FROM khabar.article") == [(guid,)]


def test_a_withdrawal_is_told_and_outlasts_a_late_version(database, inbox):
    gone = document(1, version=3, pubStatus="canceled")
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        for name, content in (("a", document(1)), ("c", gone), ("b", document(1, version=2))):
            (inbox / f"{name}.json").write_bytes(content)
            again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new", "withdrawn"]
        assert articles(khabar) == [("Boats 1", "withdrawn", 1)]


def test_a_withdrawal_that_comes_first_keeps_what_it_withdraws_from_being_shown(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        (inbox / "b.json").write_bytes(document(1, version=2, pubStatus="canceled"))
        again(khabar)
        (inbox / "a.json").write_bytes(document(1))
        again(khabar)

        assert changes(khabar) == []
        assert articles(khabar) == []


def test_what_was_shown_and_is_withheld_now_is_withdrawn_and_returns(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        for version, status in ((1, "usable"), (2, "withheld"), (3, "usable")):
            made = document(1, version=version, pubStatus=status, words=f" v{version}")
            (inbox / f"{version}.json").write_bytes(made)
            again(khabar)
        told = [(row["kind"], row["changed"]) for row in changes(khabar)]

    assert [kind for kind, _ in told] == ["new", "withdrawn", "revised"]
    assert told[1][1] == ["withheld"]
    assert "returned" in told[2][1]


def test_archives_are_taken_apart(database, inbox):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(120):
            archive.writestr(f"in/{number}.json", document(number))
        archive.writestr("in/bad.json", b"no document")
    (inbox / "all.zip").write_bytes(packed.getvalue())
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        for number in (200, 201):
            entry = tarfile.TarInfo(f"{number}.json")
            entry.size = len(document(number))
            archive.addfile(entry, io.BytesIO(document(number)))
    (inbox / "more.tar.gz").write_bytes(tarred.getvalue())

    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 122))
        told = rows(khabar, "SELECT last_error FROM ingest.page WHERE url LIKE '%%all.zip'")
        raw = rows(khabar, "SELECT 1 FROM ingest.raw_page")

        assert len(articles(khabar)) == 122
    assert "in/bad.json" in told[0][0]
    assert len(raw) == 2


def test_a_folder_that_is_not_there_is_told_and_looked_for_again(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox / "missing"))
        work(khabar)
        ((error, outcome),) = rows(khabar, "SELECT last_error, last_outcome FROM ingest.feed")
        (inbox / "missing").mkdir()
        (inbox / "missing" / "1.json").write_bytes(document(1))
        again(khabar)
        work(khabar, until=count(khabar, 1))

    assert outcome == "unavailable"
    assert "there is no such folder" in error


def test_the_story_on_the_wire_and_on_the_site_is_one(database, inbox):
    (inbox / "1.json").write_bytes(document(1))
    other = json.loads(document(1)) | {"uri": "https://site.example/news/77"}
    (inbox / "2.json").write_bytes(json.dumps(other).encode())
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 2))
        stories = rows(khabar, "SELECT articles FROM khabar.story")

    assert stories == [(2,)]


def test_the_archive_of_documents_is_read_again(database, inbox):
    (inbox / "1.json").write_bytes(document(1))
    (inbox / "2.json").write_bytes(document(2))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 2))
        cut = (
            "UPDATE ingest.revision SET body = 'as an older reader had it' WHERE title = 'Boats 1'"
        )
        rows(khabar, f"{cut} RETURNING number")
        report = Reprocess(khabar, source="desk-wire").run(lambda _report: None)
        texts = rows(khabar, "SELECT title, revision, wire ->> 'guid' FROM khabar.article")

    assert report.counts == {"unchanged": 1, "revised": 1}
    assert sorted(texts) == [
        ("Boats 1", 2, "tag:desk.example,2026:1"),
        ("Boats 2", 1, "tag:desk.example,2026:2"),
    ]


def test_a_wire_that_was_mistyped_and_removed_gives_its_name_back(database, inbox):
    command("wire", "add", "desk", "file:///mistyped", database=database)
    command("feed", "remove", "1", database=database)

    again_ = command("wire", "add", "desk", local(inbox), "--after", "delete", database=database)
    with open_test_service(database) as service:
        stored = rows(service, "SELECT wire ->> 'after' FROM ingest.source WHERE slug = 'desk'")

    assert again_.status == 0, again_.err
    assert stored == [("delete",)]


def test_a_person_follows_a_folder_and_tries_it_first(database, inbox):
    (inbox / "1.json").write_bytes(document(1))
    added = command("wire", "add", "desk", local(inbox), "--after", "delete", database=database)
    again_ = command("wire", "add", "desk", local(inbox), database=database)
    wrong = command("wire", "add", "desk2", "https://desk.example/", database=database)
    with open_test_service(database) as service:
        slow = "UPDATE ingest.source SET wire = wire || '{\"settle\": 0}' RETURNING wire"
        ((wire,),) = rows(service, slow)
        work(service, until=count(service, 1))
        found = articles(service)
        (inbox / "2.json").write_bytes(document(2))
        tried = command("source", "check", "desk", "--json", database=database)

    assert tried.status == 0, tried.err
    titles = [page["article"]["title"] for page in tried.json["feeds"][0]["pages"]]
    assert titles[-1] == "Boats 2"
    assert added.status == 0, added.err
    assert f"desk: {local(inbox)} is followed now" in added.out
    assert wire["after"] == "delete"
    assert again_.status == 1
    assert "is a source already" in again_.err
    assert wrong.status != 0
    assert found == [("Boats 1", "live", 1)]


# ── documents that name themselves nothing ──────────────────────────────────────────────


def nameless(number, *, words=""):
    """A text with a header, and no id; its texts share next to nothing."""
    body = json.loads(document(number))["bodies"][0]["value"].replace("\n", "\n\n")
    return f"Headline: Boats {number}\nByline: Keeper\n\n{body}{words}\n".encode()


TELEX = """\x01eca{number} 4 i 211 ccccb   desk 0{number}

boats/{place}/
{words} boats counted in {place} =
\x02   {place} (desk) - The harbour of {place} counted {words} boats on Friday, its keeper said in
a note of one page.
   Nobody of {place} would say who had asked for it, nor when the next was due.
\x03 desk nt 131137 GMT Nov 26
"""


def test_a_file_without_an_id_is_known_by_its_bytes_wherever_it_lies(database, inbox):
    (inbox / "1.txt").write_bytes(nameless(1))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        os.utime(inbox / "1.txt", (1_780_000_000, 1_780_000_000))
        (inbox / "elsewhere.txt").write_bytes(nameless(1))
        again(khabar)
        again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new"]


@pytest.mark.parametrize(
    ("first", "corrected"),
    [
        (nameless(1), nameless(1, words=" A correction: there were nine.")),
        (
            TELEX.format(number=1, place="Lisov", words="Three").encode(),
            TELEX.format(number=1, place="Lisov", words="Four").encode(),
        ),
        (
            b"Headline: Quake\n\nA quake of 4.1 shook Lisov at 10:04, nobody was hurt.\n",
            b"Headline: Quake\n\nA quake of 4.3 shook Lisov at 10:04, two were hurt.\n",
        ),
    ],
)
def test_a_corrected_file_without_an_id_is_a_revision(database, inbox, first, corrected):
    (inbox / "1.txt").write_bytes(first)
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        (inbox / "1.txt").write_bytes(corrected)
        again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new", "revised"]
        assert [number for _, _, number in articles(khabar)] == [2]


def test_two_files_without_an_id_are_two_articles(database, inbox):
    (inbox / "1.txt").write_bytes(nameless(1))
    (inbox / "2.txt").write_bytes(nameless(2))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 2))

        assert articles(khabar) == [("Boats 1", "live", 1), ("Boats 2", "live", 1)]


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        (nameless(1), nameless(2)),
        (
            b"Headline: Rates\n\nDollar 41.20 buy 41.35 sell, euro 48.01 buying 48.22 selling.\n",
            b"Headline: Rates\n\nDollar 42.07 buy 42.19 sell, euro 49.50 buying 49.88 selling.\n",
        ),
    ],
)
def test_a_name_that_is_used_again_for_another_text_is_another_article(
    database, inbox, today, tomorrow
):
    (inbox / "wire1.txt").write_bytes(today)
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        (inbox / "wire1.txt").write_bytes(tomorrow)
        again(khabar)
        (inbox / "wire1.txt").write_bytes(tomorrow.replace(b"\n\n", b"\n\nCORRECTED. ", 1))
        again(khabar)

        assert [row["kind"] for row in changes(khabar)] == ["new", "new", "revised"]
        assert [number for _, _, number in articles(khabar)] == [1, 2]


# ── embargoes that outlast the archive ──────────────────────────────────────────────────

A_MONTH = timedelta(days=31)
HELD = "SELECT 1 FROM ingest.page WHERE state = 'embargoed'"
RAW_OF = """
    SELECT count(*) FROM ingest.raw_page JOIN ingest.page ON page.id = page_id WHERE url LIKE %s"""


@pytest.mark.parametrize("retention", [None, timedelta(days=1)])
def test_an_embargo_that_outlasts_the_archive_ends_with_its_text(database, inbox, retention):
    clock = Clock()
    ends = clock.now() + 5 * A_MONTH
    (inbox / "1.json").write_bytes(document(1, embargoedUntil=ends.isoformat()))
    (inbox / "2.json").write_bytes(document(2))
    with open_test_service(database, raw_retention=A_MONTH) as khabar:
        follow(khabar, local(inbox), after=After.DELETE)
        work(khabar, until=count(khabar, 1))
        work(khabar, until=lambda: bool(rows(khabar, HELD)))
        again(khabar)
        assert list(inbox.iterdir()) == [], "the archive has the only copy"
        if retention is not None:
            rows(khabar, "UPDATE ingest.source SET retention = %s RETURNING id", retention)

    for months in (1, 3, 4):
        later = {"clock_epoch": clock.now() - months * A_MONTH, "clock_speed": 2.0}
        with open_test_service(database, raw_retention=A_MONTH, **later) as khabar:
            assert khabar.clock.now() > clock.now() + (months - 1) * A_MONTH
            assert run_upkeep(khabar)
            archived = rows(khabar, RAW_OF, "%/1.json"), rows(khabar, RAW_OF, "%/2.json")
            assert articles(khabar) == [("Boats 2", "live", 1)]
    with open_test_service(
        database, clock_epoch=clock.now() - 6 * A_MONTH, clock_speed=2.0
    ) as khabar:
        work(khabar, until=count(khabar, 2))
        ((body,),) = rows(khabar, "SELECT body FROM khabar.article WHERE title = 'Boats 1'")

    assert archived == ([(1,)], [(0,)]), "the other was kept no longer than declared"
    assert body.splitlines() == json.loads(document(1))["bodies"][0]["value"].splitlines()
