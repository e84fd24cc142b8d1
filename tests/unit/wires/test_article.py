"""What an article takes of a wire's item besides its text."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ingest.extract.dateline import dateline_of
from ingest.model import Moment, Picture, Precision, ZoneReason
from ingest.wires.article import article_of
from ingest.wires.item import Association, Rendition, WireItem

SENT = datetime(2026, 1, 1, 6, tzinfo=UTC)


def item(**fields):
    sent = Moment(at=SENT, precision=Precision.SECOND, text="", zone=ZoneReason.TEXT)
    return WireItem(guid="u:1", format="ninjs", version_created=sent, **fields)


def test_a_dateline_tells_the_day_it_was_filed():
    told = item(body="ANKARA, 31 Dec (AA) - It rained.", language="en")

    article = article_of(told, find_dateline=dateline_of)

    assert (article.place, article.agency, article.filed) == ("ANKARA", "AA", date(2025, 12, 31))
    assert article.body == "It rained."


def test_pictures_beside_a_text_keep_their_words():
    boats = Rendition(href="https://a.example/1.jpg", width=800)
    beside = (
        Association(caption="Boats", credit="T. Hill", renditions=(boats,)),
        Association(headline="Nets"),
        Association(item_class="video", caption="A film"),
        Association(renditions=(boats,)),
    )

    article = article_of(item(body="It rained.", associations=beside))

    assert article.pictures == (
        Picture(url="https://a.example/1.jpg", caption="Boats", credit="T. Hill"),
        Picture(caption="Nets"),
    )
