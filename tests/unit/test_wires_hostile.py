"""Whatever bytes come, they are read, or refused in a sentence, in linear time."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import WireError
from ingest.wires import article_of, read_wire
from ingest.wires.ninjs import ninjs_of
from ingest.wires.to_g2 import g2_of
from ingest.wires.to_nitf import nitf_of
from tests.unit.test_wires_out import AT
from tests.unit.test_wires_samples import DOCUMENTS

SAMPLES = [path.read_bytes() for path in DOCUMENTS]
PIECES = [
    *(b"<p>", b"</p>", b"&#0;", b"&amp;", b"\x00", b"]]>", b"<![CDATA[", b"\xff", b"<nitf>", b"{"),
    *(b"[", b'"', b"&#xD800;", b"\x01", b"=\n", b"<body.content/>", b"\xef\xbb\xbf", b"<:a>"),
]


def read_and_write(body):
    """Read a body; what can be read must go out in every format, and be read again."""
    try:
        items = read_wire(body).items
    except WireError:
        return
    for item in items:
        try:
            article = article_of(item)
        except WireError:
            continue
        assert article.body
        json.dumps(ninjs_of(item))
        assert read_wire(g2_of([item], sent=AT)).items
        assert read_wire(nitf_of(item)).items


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    read_and_write(body)


@st.composite
def damaged(draw):
    body = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(body)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        match draw(st.sampled_from(["cut", "put", "double", "end"])):
            case "cut":
                del body[at : at + draw(st.integers(1, 60))]
            case "put":
                body[at:at] = piece
            case "double":
                body[at:at] = body[at : at + 40] * draw(st.integers(1, 30))
            case "end":
                del body[max(at, len(body) // 2) :]
    return bytes(body)


@settings(max_examples=120)
@given(damaged())
def test_any_damage_to_a_document_is_read_or_refused(body):
    read_and_write(body)


G2 = (
    '<newsItem guid="u:1"><itemMeta><itemClass qcode="ninat:text"/></itemMeta><contentMeta>'
    "<headline>h</headline></contentMeta><contentSet>{}</contentSet></newsItem>"
)
DATA = G2.format("<inlineData><![CDATA[{}]]></inlineData>")
XHTML = G2.format("<inlineXML><html><body>{}</body></html></inlineXML>")
COMPONENT = "<NewsComponent><ContentItem><DataContent>a</DataContent></ContentItem></NewsComponent>"
LONG = {
    "lines in a paragraph": lambda n: XHTML.format("<p>" + "ab\n" * n + "</p>"),
    "indents in a paragraph": lambda n: XHTML.format("<p>" + "ab\n   c" * n + "</p>"),
    "unclosed tags": lambda n: DATA.format("<p>a\n" * n),
    "half tags": lambda n: DATA.format("<p>" + "<a " * n),
    "spaces": lambda n: "Headline: x\n\n" + " " * n + "x" + " " * n,
    "columns": lambda n: "Headline: x\n\n" + "a    " * n,
    "a header of spaces": lambda n: "a" + " " * n + "\nb",
    "keywords": lambda n: "eca062 4 i 61 ccccb   hpa 061\n" + "a/b/\n" * n,
    "messages": lambda n: "\x01eca062 4 i 61\n" * (n // 10),
    "marked lines": lambda n: "W2346\nr i BC-x   05-09 0144\n" + "^ab<\n" * n,
    "components": lambda n: "<NewsML><NewsItem>" + COMPONENT * (n // 20) + "</NewsItem></NewsML>",
    "documents": lambda n: "[" + ",".join(['{"uri":"u:1","body_text":"a"}'] * (n // 10)) + "]",
}


@pytest.mark.parametrize("what", list(LONG))
def test_time_grows_with_length_not_with_its_square(what):
    def seconds(n):
        body = LONG[what](n).encode()
        start = time.process_time()
        with suppress(WireError):  # refusing is an answer too
            read_wire(body)
        return time.process_time() - start

    short, long = min(seconds(4_000), seconds(4_000)), seconds(32_000)

    assert long < 30 * short + 0.5  # eight times the length; a square would be sixty-four times


def test_a_document_that_is_too_large_or_too_rich_is_refused():
    with pytest.raises(WireError, match="more than"):
        read_wire(b"<nitf>" + b"<p/>" * 200_001 + b"</nitf>")


def test_nothing_outside_the_document_is_read():
    body = b'<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]><nitf><body><body.head>'
    body += b"<hedline><hl1>a&x;b</hl1></hedline></body.head></body></nitf>"

    assert "root:" not in (read_wire(body).items[0].headline or "")


def test_one_bad_message_does_not_take_the_others_along():
    good = b"\x01eca062 4 i 61 ccccb   hpa 061\r\na/b/\r\n\x02Rain =\r\n\r\n   It rained.\r\n\x03"

    document = read_wire(good + b"\x01x\r\n" + good)

    assert [item.headline for item in document.items] == ["Rain", "Rain"]
    assert len(document.oddities) == 1
    assert document.oddities[0].startswith("message 2 of 3: ")
