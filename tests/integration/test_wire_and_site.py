"""One story on Anadolu's wire and on its site: two numbers, two articles, one story.

The site shows a part of what the wire sends, under a headline of its own, with another dateline
and a notice; the wire wraps its text in one way today and in another tomorrow.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.clock import Clock
from ingest.pipeline.follow import follow_source
from ingest.sample_agency.newsroom import Newsroom
from ingest.sample_agency.wire_service import Answer as WireAnswer
from ingest.sample_agency.wire_service import WireService
from ingest.sources import aa_has, anadolu
from tests.service import open_test_service, rows, work
from tests.web import Answer, Web

SAMPLES = Path(__file__).parents[1] / "samples"
PACE = 0.02

# What the site leaves out, and how the wire says what the site says otherwise.
TELLING = {
    "ar": {
        "headline": "الأردن.. مرصد صغير يصور مذنبا نادرا قبل اقترابه من الأرض",
        "dateline": "عمان / الأناضول",
        "more": (
            "وتقول الجمعية إنها ستنشر الصور الكاملة على موقعها فور الانتهاء من معالجتها.",
            "ويقع المرصد على تلة ترتفع نحو ألف متر عن سطح البحر، بعيدا عن إضاءة الطرق.",
            "وكان آخر مذنب شوهد من الموقع قبل ستة أعوام، ولم يبق مرئيا سوى ليلتين.",
        ),
    },
    "tr": {
        "headline": "Edirne'deki tarihi gar 40 bin kitaplık kütüphaneye dönüştürüldü",
        "dateline": "EDİRNE (AA) - DENİZ YALÇIN - ",
        "more": (
            "Kütüphanede görme engelliler için sesli kitap odası da bulunuyor.",
            "Belediye, eski lojmanların da önümüzdeki yıl müze olarak düzenleneceğini bildirdi.",
            "Kütüphanenin bahçesine 1950'lerden kalma bir su kulesi yerleştirildi.",
        ),
    },
}


def of_sample(language):
    """The site's page: its folder, and what it is expected to give."""
    folder = SAMPLES / f"anadolu-v2-{language}"
    return folder, json.loads((folder / "expected.json").read_text())


def told(language):
    """The wire's paragraphs: the site's and those that the site leaves out, without a dateline."""
    _, expected = of_sample(language)
    shown = expected["article"]["body"]
    first, second, third = TELLING[language]["more"]
    return [*shown[:2], first, *shown[2:6], second, *shown[6:], third]


def with_dateline(language):
    """The paragraphs as they are sent."""
    first, *rest = told(language)
    line = TELLING[language]["dateline"]
    return [line, first, *rest] if language == "ar" else [line + first, *rest]


def nitf(content):
    """A text in NITF."""
    return (
        '<inlineXML contenttype="application/nitf+xml"><nitf><body>'
        f"<body.content>{content}</body.content></body></nitf></inlineXML>"
    )


def marked(lines):
    """Paragraphs as HTML."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


WRAPPINGS = {
    "escaped HTML": lambda lines: nitf(escape(marked(lines))),
    "breaks": lambda lines: nitf(escape("<br/><br/>".join(map(escape, lines)))),
    "HTML in CDATA": lambda lines: nitf(f"<![CDATA[{marked(lines)}]]>"),
    "paragraphs of NITF": lambda lines: nitf(f"<block>{marked(lines)}</block>"),
    "XHTML": lambda lines: (
        '<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<body>{marked(lines)}</body></html></inlineXML>"
    ),
    "plain lines": lambda lines: (
        f'<inlineData contenttype="text/plain">{escape(chr(10).join(lines))}</inlineData>'
    ),
    "one paragraph of lines": lambda lines: nitf(
        f"<p>{escape((chr(10) * 2).join(lines), quote=False)}</p>"
    ),
}


def document(language, item, wrap):
    """The wire's document."""
    _, expected = of_sample(language)
    sent = datetime.fromisoformat(expected["article"]["published"]).astimezone(UTC)
    at = f"{sent - timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ}"
    return (
        '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
        f'<newsItem guid="{item}" version="1" xml:lang="{language}"><itemMeta>'
        '<itemClass qcode="ninat:text"/><provider literal="Anadolu Ajansı"/>'
        f"<versionCreated>{at}</versionCreated><priority>4</priority></itemMeta><contentMeta>"
        f"<contentCreated>{at}</contentCreated>"
        f"<headline>{escape(TELLING[language]['headline'])}</headline></contentMeta>"
        f"<contentSet>{WRAPPINGS[wrap](with_dateline(language))}</contentSet></newsItem></itemSet>"
        "</newsMessage>"
    ).encode()


class OneText(WireService):
    """The wire's service with one text, in a wrapping."""

    def serve(self, language, wrap):
        self.found = language, wrap
        return self

    def _document(self, item, form, *, is_hurried):
        assert (form, is_hurried) == ("newsml29", False)
        return WireAnswer(200, document(self.found[0], item, self.found[1]), "application/xml")


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def serve_site(site, language):
    """Let the site announce and show the sample."""
    folder, expected = of_sample(language)
    parts = urlsplit(expected["entries"][0]["url"])
    page = Answer(
        (folder / "page.html").read_bytes(), headers=[("Content-Type", "text/html; charset=utf-8")]
    )
    announced = Answer(
        (folder / "feed.xml").read_bytes(), headers=[("Content-Type", "application/rss+xml")]
    )
    site.on(parts.path, page)
    site.on(f"/{language}/rss/default", announced)


def due(khabar):
    """Let everything be asked for now."""
    now = khabar.clock.now()
    rows(khabar, "UPDATE ingest.feed SET next_poll_at = %s RETURNING id", now)
    rows(khabar, "UPDATE ingest.host SET due_at = %s RETURNING id", now)


def follow_wire(khabar):
    """Follow the wire until its text is there."""
    follow_source(khabar, aa_has.SOURCE, origin="declared")
    due(khabar)
    work(khabar, until=lambda: has_text(khabar, "aa-has"))


def follow_site(khabar, language):
    """Follow the site's feed of a language until the page is read."""
    (feed,) = (feed for feed in anadolu.SOURCE.feeds if feed.language == language)
    follow_source(khabar, replace(anadolu.SOURCE, feeds=(feed,)), origin="declared")
    due(khabar)
    work(khabar, until=lambda: has_text(khabar, "anadolu"))


def has_text(khabar, source):
    """Whether consumers see an article of a source."""
    return bool(rows(khabar, "SELECT 1 FROM khabar.article WHERE source = %s", source))


CASES = [
    *((language, order, "escaped HTML") for language in TELLING for order in ("wire", "site")),
    *(
        (language, order, wrap)
        for wrap, (language, order) in zip(
            [wrap for wrap in WRAPPINGS if wrap != "escaped HTML"],
            [("ar", "wire"), ("tr", "site"), ("ar", "site"), ("tr", "wire")] * 2,
            strict=False,
        )
    ),
]


@pytest.mark.parametrize(("language", "first", "wrap"), CASES)
def test_a_text_of_the_wire_and_of_the_site_is_one_story(
    database, site, monkeypatch, language, first, wrap
):
    monkeypatch.setenv("KHABAR_AA_HAS_USER", "subscriber")
    monkeypatch.setenv("KHABAR_AA_HAS_PASSWORD", "sample")
    serve_site(site, language)
    room = Newsroom(
        first=datetime.now(UTC) - timedelta(hours=2), every=timedelta(minutes=1), stories=2
    )
    room.items = lambda *_: iter(room.sent_with(1))  # a text with nothing beside it
    service = OneText(newsroom=room, clock=Clock(), pace=PACE, port=0).serve(language, wrap)
    with service as wire:
        routes = f"https://api.aa.com.tr={wire.origin},https://www.aa.com.tr={site.origin}"
        settings = {"connect_to": routes, "wire_gap": timedelta(seconds=PACE)}
        with open_test_service(database, **settings) as khabar:
            ways = [follow_wire, lambda khabar: follow_site(khabar, language)]
            for way in ways if first == "wire" else reversed(ways):
                way(khabar)
            stories = rows(khabar, "SELECT articles FROM khabar.story")
            query = "SELECT source, body, notice, language FROM khabar.article"
            found = {source: rest for source, *rest in rows(khabar, query)}
            links = rows(khabar, "SELECT source, relation FROM khabar.article ORDER BY article")

    _, expected = of_sample(language)
    assert found["aa-has"][0].splitlines() == told(language)
    assert found["aa-has"][2] == language
    assert found["anadolu"][0].splitlines() == expected["article"]["body"]
    assert found["anadolu"][1] == expected["article"]["notice"]
    assert stories == [(2,)], links
