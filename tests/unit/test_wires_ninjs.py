import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import WireError
from ingest.model import Article, Moment, Precision, ZoneReason
from ingest.wires import read_ninjs, write_ninjs
from ingest.wires.ninjs import Release

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RELEASE = Release(
    uri="khabar:article:7", version=2, created=AT, released=AT, url="https://a.example/7"
)


def moment(at=AT, precision=Precision.SECOND):
    return Moment(at=at, precision=precision, text=at.isoformat(), zone=ZoneReason.TEXT)


def article(**fields):
    return Article(**({"title": "Rain at last", "body": "It rained.\nIt stopped."} | fields))


def read(**document):
    return read_ninjs(json.dumps({"uri": "u:1"} | document).encode())


words = st.text("abc ابجçşİ&<\"'", min_size=1).map(str.strip).filter(bool)


@given(title=words, paragraphs=st.lists(words, min_size=1, max_size=4), place=words | st.none())
def test_what_is_written_reads_back(title, paragraphs, place):
    from ingest.text import squeeze

    text = "\n".join(squeeze(line) for line in paragraphs)
    written = write_ninjs(article(title=squeeze(title), body=text, place=place), RELEASE)

    found = read_ninjs(json.dumps(written).encode())

    assert (found.title, found.body) == (squeeze(title), text)
    assert found.place == (squeeze(place) if place else None)


def test_all_that_the_format_holds_goes_there_and_back():
    whole = article(
        standfirst="The wells fill again.",
        authors=("Rana Issa", "Tom Hill"),
        published=moment(),
        language="en",
        sections=("World", "Weather"),
        image="https://a.example/7.jpg",
        image_credit="Photo desk",
        image_caption="Rain",
        agency="AX",
        notice="All rights reserved.",
        partial=True,
    )

    found = read_ninjs(json.dumps(write_ninjs(whole, RELEASE)).encode())

    for name in ("title", "standfirst", "body", "authors", "language", "sections", "image",
                 "image_credit", "image_caption", "agency", "notice", "partial"):  # fmt: skip
        assert getattr(found, name) == getattr(whole, name), name
    assert found.published is not None
    assert found.published.at == AT


def test_a_day_alone_is_no_date_time():
    written = write_ninjs(article(published=moment(precision=Precision.DAY)), RELEASE)

    assert "contentCreated" not in written


def test_a_withdrawn_article_carries_no_text():
    release = Release(uri="u:1", version=1, created=AT, released=AT, is_withdrawn=True, source="ax")

    written = write_ninjs(article(), release)

    assert written["pubStatus"] == "canceled"
    assert "bodies" not in written
    assert written["infoSources"] == [{"role": "publisher", "name": "ax"}]


def test_a_flat_document_of_version_1_is_read():
    found = read(
        headline="Rain at last",
        body_html="<p>It &amp; rained.</p><p>It<br>stopped.</p>",
        byline="Rana Issa",
        versioncreated="2026-03-04T05:06:07",
        subject=[{"name": "Weather"}, {"name": 3}, "odd"],
        associations={
            "main": {"type": "picture", "renditions": {"o": {"href": "https://a.example/p"}}}
        },
    )

    assert found.title == "Rain at last"
    assert found.body == "It & rained.\nIt\nstopped."
    assert found.authors == ("Rana Issa",)
    assert found.sections == ("Weather", "odd")
    assert found.image == "https://a.example/p"
    assert found.modified is not None
    assert found.modified.zone is ZoneReason.NONE


def test_fields_that_are_not_what_they_should_be_are_left_out():
    text = {"contenttype": "text/plain", "value": "It rained."}

    found = read(
        bodies=[{"contentType": "text/plain", "value": 3}, text],
        headlines="odd",
        language=["en"],
        contentCreated="yesterday",
        associations=[{"type": "picture"}],
    )

    assert found.body == "It rained."
    assert (found.title, found.language, found.published, found.image) == (None, None, None, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"uri": 3}', b'{"uri": "u:1"}', b"\xff"])
def test_what_is_no_document_with_a_text_is_an_error(body):
    with pytest.raises(WireError):
        read_ninjs(body)
