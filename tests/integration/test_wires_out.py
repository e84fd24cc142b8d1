"""Stored articles and stories, printed as documents of a wire and read again."""

from __future__ import annotations

import pytest

from ingest.wires import PubStatus, read_wire
from tests.agency import feed, html, item, page
from tests.command import khabar
from tests.service import changes, follow, open_test_service, work
from tests.web import Web

ARABIC = "ميناء حلب يستقبل أول سفينة بعد الترميم"


@pytest.fixture
def newsroom(database):
    """A database with two articles of one feed; returns its URL."""
    with Web() as web:
        site = web.new_host()
        site.on("/1", html(page(1)))
        site.on("/2", html(page(2, title=ARABIC)))
        site.on("/feed", feed([item(site.origin, 1), item(site.origin, 2, title=ARABIC)]))
        with open_test_service(database) as service:
            follow(service, site.url("/feed"))
            work(service, until=lambda: len(changes(service)) == 2)
    return database


def stored(newsroom, number):
    return khabar("article", "show", number, "--json", database=newsroom).json["article"]


@pytest.mark.parametrize("format", ["ninjs", "newsml-g2", "nitf"])
def test_an_article_is_exported_and_reads_back(newsroom, format):
    number = next(n for n in (1, 2) if stored(newsroom, n)["title"] == ARABIC)
    row = stored(newsroom, number)

    said = khabar("article", "export", number, "--format", format, database=newsroom)

    found = read_wire(said.out.encode()).items[0]
    assert said.status == 0
    assert found.guid == f"urn:khabar:article:{number}"
    assert (found.headline, found.body) == (ARABIC, row["body"])
    assert (found.version, found.pub_status) == ("1", PubStatus.USABLE)
    assert ("url", row["url"]) in found.alt_ids


def test_several_articles_make_one_message_or_a_line_each(newsroom):
    message = khabar("article", "export", 1, 2, "--format", "newsml-g2", database=newsroom)
    lines = khabar("article", "export", 1, 2, database=newsroom)
    one = khabar("article", "export", 1, 2, "--format", "nitf", database=newsroom)

    assert len(read_wire(message.out.encode()).items) == 2
    assert [line["uri"] for line in lines.lines] == [
        "urn:khabar:article:1",
        "urn:khabar:article:2",
    ]
    assert (one.status, "nitf holds one article" in one.err) == (2, True)


@pytest.mark.parametrize("format", ["ninjs", "newsml-g2"])
def test_a_story_is_exported_as_a_package(newsroom, format):
    said = khabar("article", "export", 1, "--story", "--format", format, database=newsroom)

    package, article = read_wire(said.out.encode()).items
    assert package.item_class == "composite"
    assert [(one.residref, one.group) for one in package.members] == [
        ("urn:khabar:article:1", "original")
    ]
    assert article.body == stored(newsroom, 1)["body"]


def test_nitf_holds_no_story(newsroom):
    said = khabar("article", "export", 1, "--story", "--format", "nitf", database=newsroom)

    assert (said.status, "nitf holds no packages" in said.err) == (2, True)


def test_an_article_that_was_removed_is_exported_as_canceled(newsroom):
    khabar("article", "remove", 1, "--yes", database=newsroom)

    said = khabar("article", "export", 1, "--format", "newsml-g2", database=newsroom)

    found = read_wire(said.out.encode()).items[0]
    assert (found.pub_status, found.body, found.headline) == (PubStatus.CANCELED, "", None)


def test_a_removed_article_is_the_same_document_whenever_it_is_exported(newsroom):
    usable = khabar("article", "export", 1, database=newsroom).lines[0]
    khabar("article", "remove", 1, "--yes", database=newsroom)
    told = khabar("changes", "--ninjs", database=newsroom).lines[-1]

    first, again = (khabar("article", "export", 1, database=newsroom).lines[0] for _ in range(2))

    assert first == again
    for name in ("version", "firstCreated", "versionCreated", "pubStatus"):
        assert first[name] == told[name]
    assert first["firstCreated"] == usable["firstCreated"]
    assert first["versionCreated"] > usable["versionCreated"]
