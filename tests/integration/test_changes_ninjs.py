"""`khabar changes --ninjs`: every change as a document that keeps the standard's rules."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ingest.model import Moment, Picture, Precision, ZoneReason
from ingest.pipeline.corrections import remove_article
from ingest.storage.database import connect
from tests.command import khabar
from tests.ninjs import complaints_about
from tests.stored import NOON, article, publish_articles

SAID = Moment(
    at=datetime(2026, 3, 4, 14, 30, tzinfo=timezone(timedelta(hours=3))),
    precision=Precision.MINUTE,
    text="4 March 2026, 14:30",
    zone=ZoneReason.TEXT,
)
FULL = article(
    1,
    title="ميناء حلب & <boats>",
    standfirst="In short",
    authors=("A. Writer", "B. Writer"),
    published=SAID,
    modified=SAID,
    language="ar",
    sections=("World", "Sea"),
    tags=("boats",),
    credits=("(END)",),
    place="IZMIR",
    notice="All rights reserved",
    image="https://wire.example/p.jpg?a=1&b=2",
    image_credit="C",
    image_caption="Boats",
    pictures=(
        Picture(url="https://wire.example/p.jpg?a=1&b=2", caption="Boats"),
        Picture(url="https://wire.example/2.jpg", caption="Nets", credit="D"),
        Picture(caption="Nowhere"),
    ),
    partial=True,
    body_html="<p>x &amp; y</p>",
)


@pytest.fixture
def documents(database):
    """What is printed of an article with every field, a bare one, a copy, and one removed."""
    bare = article(2, title=None, agency=None, language=None)
    with connect(database) as connection:
        day = Moment(at=NOON, precision=Precision.DAY, text="4 March", zone=ZoneReason.TEXT)
        told = [("wire", FULL), ("wire", bare), ("copyist", FULL), ("wire", article(3))]
        publish_articles(connection, [*told, ("wire", article(4, published=day))])
        remove_article(connection, 4, at=NOON)
        connection.execute("UPDATE khabar.change SET kind = 'withdrawn' WHERE article = 2")
    return khabar("changes", "--ninjs", database=database).lines


def test_every_document_keeps_the_rules(documents):
    assert len(documents) == 6
    assert [complaints_about(document) for document in documents] == [[]] * 6


def test_a_document_says_what_the_article_says(documents):
    found = documents[0]

    assert found["uri"] == "urn:khabar:article:1"
    assert (found["version"], found["pubStatus"]) == ("1", "usable")
    assert (found["title"], found["by"]) == (FULL.title, "A. Writer, B. Writer")
    assert found["contentCreated"] == "2026-03-04T14:30:00+03:00"
    assert found["firstCreated"] == found["versionCreated"] == "2026-03-04T12:00:00+00:00"
    assert found["bodies"][0]["value"] == FULL.body
    assert found["representationType"] == "partial"
    assert "contentCreated" not in documents[4]  # a day alone is no date-time


def test_a_document_shows_every_picture_once(documents):
    shown = documents[0]["associations"]

    assert [one["uri"] for one in shown] == [FULL.image, "https://wire.example/2.jpg"]
    assert shown[1]["descriptions"][0]["value"] == "Nets"
    assert shown[1]["by"] == "D"


def test_a_reader_finds_its_place_and_the_story(documents):
    ids = [{one["role"]: one["value"] for one in found["altIds"]} for found in documents]

    assert [int(one["change"]) for one in ids] == sorted({int(one["change"]) for one in ids})
    assert ids[0]["url"] == "https://wire.example/wire/1"
    assert ids[2]["story"] == ids[0]["story"] == "1"
    assert ids[2]["copy"] == "urn:khabar:article:1"


def test_what_is_gone_is_canceled_and_carries_no_text(documents):
    withdrawn, earlier, removed = documents[1], documents[3], documents[5]

    for found in (withdrawn, earlier, removed):
        assert found["pubStatus"] == "canceled"
        assert {"title", "bodies", "headlines"}.isdisjoint(found)
    assert earlier["uri"] == removed["uri"] == "urn:khabar:article:4"


def test_a_removal_is_no_lower_version_than_the_text_it_ends(database):
    with connect(database) as connection:
        publish_articles(connection, [("wire", FULL)])
        connection.execute("UPDATE khabar.change SET revision = 3")
        remove_article(connection, 1, at=NOON)

    told = khabar("changes", "--ninjs", database=database).lines

    assert [(one["version"], one["pubStatus"]) for one in told] == [("3", "canceled")] * 2


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({}, "'uri' is a required property"),
        ({"uri": "a:1", "story": "1"}, "'story' was unexpected"),
        ({"uri": "a:1", "versionCreated": "2026-03-04"}, "does not match"),
        ({"uri": "a:1", "pubStatus": "gone"}, "is not one of"),
        ({"uri": "a:1", "bodies": [{"role": "main"}]}, "'value' is a required property"),
        ({"uri": "a:1", "associations": [{"uri": "b:1"}]}, "'name' is a required property"),
    ],
)
def test_the_rules_find_fault(document, complaint):
    assert any(complaint in found for found in complaints_about(document))


def test_one_form_at_a_time(database):
    done = khabar("changes", "--ninjs", "--jsonl", database=database)

    assert done.status == 2
    assert "one form at a time" in done.err
