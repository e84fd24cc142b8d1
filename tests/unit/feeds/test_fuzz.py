"""Whatever happens to the bytes, there is a feed or a FeedError, and soon."""

import time
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.discover import find_feeds, parse_sitemap, read_opml
from ingest.errors import FeedError
from ingest.feeds import parse_feed

URL = "https://agency.example/x"
SAMPLES = (
    (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE rss [<!ENTITY e "x">]><rss version="2.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>وكالة</title><ttl>5</ttl>'
        '<atom:link rel="hub" href="https://hub.example/"/><item><title>A &amp; B &#233;</title>'
        "<link>/1?a=1&amp;b=2</link><guid>g</guid><pubDate>Mon, 17 Nov 2025 08:05:00 +0300"
        "</pubDate><description><![CDATA[<p>x <b>y</b></p>]]></description><author>a@b.c (N)"
        '</author><media:group><media:content url="/a.jpg" medium="image"/></media:group>'
        '<enclosure url="/a.mp3" length="1" type="x/y"/><category>c</category></item>'
        "</channel></rss>"
    ).encode(),
    (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>T</title></channel>'
        '<item rdf:about="1"><title>Новости</title><link>/1</link></item></rdf:RDF>'
    ).encode("cp1251"),
    (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/" xml:lang="tr">'
        b'<title type="html">A &lt;b&gt;</title><entry><id>1</id><link href="/1"/><updated>2025-11-'
        b'17T08:05:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        b"<p>haber</p></div></content><author><name>N</name></author></entry></feed>"
    ),
    (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "/1", "title":'
        ' "خبر", "content_html": "<p>x</p>", "date_published": "2025-11-17T08:05:00Z", "tags":'
        ' ["a"], "attachments": [{"url": "/a", "size_in_bytes": 1}]}]}'
    ).encode(),
    (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/1</loc><lastmod>'
        b"2025-11-17</lastmod></url></urlset>"
    ),
    b"<opml><body><outline text='A'><outline xmlUrl='https://a.example/'/></outline></body></opml>",
    b"<html><head><link rel=alternate type='application/rss+xml' href=/rss></head></html>",
)
PIECES = (
    b"<",
    b">",
    b"&",
    b"\0",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"<!DOCTYPE x [",
    b"&#xD800;",
    b"&#x110000;",
    b"&e;",
    b"\xff\xfe",
    b"\xd8",
    b"</item>",
    b"<item>",
    b"<link>",
    b"/>",
    b'"',
    b"99999999999999999999",
    b"http://[",
    b"\xe2\x80\xae",
    b"<?x",
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            body[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == 1:
            body[at:at] = draw(st.sampled_from(PIECES))
        elif kind == 2:
            del body[at : at + draw(st.integers(1, 40))]
        else:
            end = min(len(body), at + draw(st.integers(1, 60)))
            body[at:at] = body[at:end] * draw(st.integers(1, 20))
    return bytes(body)


@settings(max_examples=120)
@given(damaged())
def test_damaged_bytes_give_a_feed_or_a_named_error(body):
    for read in (
        lambda: parse_feed(body, url=URL),
        lambda: parse_sitemap(body, url=URL),
        lambda: find_feeds(body, url=URL),
        lambda: read_opml(body),
    ):
        start = time.process_time()
        with suppress(FeedError):
            read()
        assert time.process_time() - start < 2
