"""What a person has removed of a wire: its text and the documents that held it, nobody else's."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import psycopg
import pytest

from ingest.pipeline.corrections import remove_article
from ingest.pipeline.reprocess import Reprocess
from tests.integration.test_corrections import tables_that_hold
from tests.integration.test_wire_folder import (
    again,
    articles,
    count,
    document,
    follow,
    inbox,
    local,
    nameless,
)
from tests.service import changes, open_test_service, rows, work

assert inbox  # the fixture

RAW = "SELECT count(*) FROM ingest.raw_page"
NUMBER = "SELECT article FROM khabar.article WHERE title = %s"


def remove(khabar, title):
    """Have an article removed by its headline; return its number."""
    ((number,),) = rows(khabar, NUMBER, title)
    with khabar.database.connection() as connection:
        assert remove_article(connection, number, at=khabar.clock.now())
    return number


def holding(database, words):
    """Return every table in which some words are left, archived bytes unpacked."""
    with psycopg.connect(database) as connection:
        found = tables_that_hold(connection, words)
    with open_test_service(database) as khabar:
        from ingest.storage import page as pages

        with khabar.database.connection() as connection:
            fetches = connection.execute("SELECT page_id, fetched_at FROM ingest.raw_page")
            kept = pages.archived_pages(connection, set(fetches.fetchall()))
    bodies = [raw.body for parts in kept.values() for raw in parts]
    found += ["raw_page" for body in bodies if words in body.decode("utf-8", "replace")]
    return found


def message(*documents):
    """One file of several items."""
    return b"[" + b",".join(documents) + b"]"


def packed(*documents):
    """An archive of files, an item each."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, body in enumerate(documents):
            archive.writestr(f"{number}.json", body)
    return file.getvalue()


@pytest.mark.parametrize("pack", [message, packed])
@pytest.mark.parametrize("gone", [1, 2, 3])
def test_one_item_of_a_document_is_removed_and_the_others_stay(database, inbox, pack, gone):
    stay = {1, 2, 3} - {gone}
    (inbox / "all.bin").write_bytes(pack(*map(document, (1, 2, 3))))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 3))
        remove(khabar, f"Boats {gone}")
        report = Reprocess(khabar, source="desk-wire").run(lambda _report: None)
        (inbox / "all.bin").write_bytes(
            pack(*(document(n, version=2, words=" Corrected.") for n in (1, 2, 3)))
        )
        again(khabar)
        told = [(row["kind"], row["article"]) for row in changes(khabar)]

        assert {(title, revision) for title, _, revision in articles(khabar)} == {
            (f"Boats {number}", 2) for number in stay
        }
        assert [kind for kind, _ in told] == [*["new"] * 3, "removed", *["revised"] * 2]
    assert report.counts == {"not_archived": 2}, "their texts stay as they are"
    assert holding(database, f"harbour{gone}k1") == []
    assert holding(database, f"Boats {gone}") == []
    for number in stay:
        assert "ingest.revision" in holding(database, f"harbour{number}k1")


def test_every_document_that_ever_held_it_is_erased(database, inbox):
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        for name, body in [
            ("1.json", document(1, version=2)),
            ("copy.json", document(1, version=2)),  # nothing new in it
            ("late.json", message(document(2), document(1, version=1))),
            ("copy.json", document(3)),  # the name is used again
        ]:
            (inbox / name).write_bytes(body)
            again(khabar)
        before = len(rows(khabar, "SELECT 1 FROM ingest.raw_page"))
        remove(khabar, "Boats 1")
        (inbox / "again.json").write_bytes(document(1, version=3, words=" Again."))
        (inbox / "4.json").write_bytes(document(4))
        again(khabar)

        assert before == 4
        assert [title for title, _, _ in articles(khabar)] == ["Boats 2", "Boats 3", "Boats 4"]
    assert holding(database, "harbour1k1") == []


def test_a_removed_text_without_an_id_is_not_brought_back_by_its_file(database, inbox):
    (inbox / "1.txt").write_bytes(nameless(1))
    with open_test_service(database) as khabar:
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        remove(khabar, "Boats 1")
        (inbox / "1.txt").write_bytes(nameless(1, words=" A correction: there were nine."))
        (inbox / "copy.txt").write_bytes(nameless(1))
        again(khabar)

        assert articles(khabar) == []
    assert holding(database, "harbour1k1") == []


def test_what_waits_beside_a_removed_item_is_read_from_its_file_again(database, inbox):
    with open_test_service(database) as khabar:
        ends = khabar.clock.now() + timedelta(seconds=4)
        waiting = json.loads(document(2)) | {"embargoedUntil": ends.isoformat()}
        (inbox / "all.json").write_bytes(message(document(1), json.dumps(waiting).encode()))
        follow(khabar, local(inbox))
        work(khabar, until=count(khabar, 1))
        remove(khabar, "Boats 1")
        assert articles(khabar) == []
        work(khabar, until=count(khabar, 1))

        assert articles(khabar) == [("Boats 2", "live", 1)]
    assert holding(database, "harbour1k1") == []
