"""Sitemaps of every kind give their addresses, broken ones what is left of them."""

import gzip
import time

import pytest

from ingest.discover import parse_sitemap
from ingest.errors import EmptyFeed, FeedError, NotAFeed

URL = "https://agency.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(inner: str) -> bytes:
    return f"<urlset {NS} {NEWS}>{inner}</urlset>".encode()


def test_news_is_read_with_title_and_time():
    [entry] = parse_sitemap(
        urlset(
            "<url><loc> https://agency.example/1 </loc><lastmod>2025-11-17</lastmod><news:news>"
            "<news:publication><news:name>Agency</news:name></news:publication>"
            "<news:publication_date>2025-11-17T08:05:00+03:00</news:publication_date>"
            "<news:title>Talks &amp; more</news:title></news:news></url>"
        ),
        url=URL,
    ).urls

    assert (entry.url, entry.title) == ("https://agency.example/1", "Talks & more")
    assert entry.lastmod is not None
    assert entry.published is not None
    assert entry.lastmod.iso() == "2025-11-17"
    assert entry.published.iso() == "2025-11-17T08:05:00+03:00"


def test_an_index_names_sitemaps():
    body = f"<sitemapindex {NS}><sitemap><loc>/a.xml.gz</loc></sitemap></sitemapindex>".encode()

    sitemap = parse_sitemap(body, url=URL)

    assert [one.url for one in sitemap.sitemaps] == ["https://agency.example/a.xml.gz"]
    assert sitemap.urls == ()


def test_an_empty_sitemap_is_legal():
    assert parse_sitemap(urlset(""), url=URL).urls == ()


def test_gzip_is_unpacked_and_bounded():
    body = urlset("<url><loc>/a</loc></url>")

    assert len(parse_sitemap(gzip.compress(body), url=URL).urls) == 1
    with pytest.raises(FeedError, match="more than"):
        parse_sitemap(gzip.compress(b"<" + b" " * (51 * 1024 * 1024)), url=URL)
    with pytest.raises(FeedError, match="does not unpack"):
        parse_sitemap(b"\x1f\x8bnothing", url=URL)


def test_a_broken_sitemap_gives_what_is_left_and_a_complaint():
    body = urlset("<url><loc>/a?x=1&y=2</loc></url><url><loc>/b</loc></url><url><lo")[:-9]

    sitemap = parse_sitemap(body, url=URL)

    assert [one.url[23:] for one in sitemap.urls[:2]] == ["a?x=1&y=2", "b"]
    assert "not well-formed" in sitemap.complaints[0]


def test_addresses_that_are_none_are_counted():
    sitemap = parse_sitemap(
        urlset("<url><loc>mailto:x</loc></url><url/><url><loc>/a</loc></url>"), url=URL
    )

    assert len(sitemap.urls) == 1
    assert sitemap.complaints == ("2 without an address that can be fetched",)


def test_dates_that_are_none_are_none():
    [entry] = parse_sitemap(urlset("<url><loc>/a</loc><lastmod>soon</lastmod></url>"), url=URL).urls

    assert entry.lastmod is None


def test_a_films_own_date_serves_where_there_is_no_other():
    [entry] = parse_sitemap(
        f'<urlset {NS} xmlns:v="http://www.google.com/schemas/sitemap-video/1.1"><url><loc>/a</loc>'
        "<v:video><v:publication_date>2025-11-17</v:publication_date></v:video></url></urlset>"
        "".encode(),
        url=URL,
    ).urls

    assert entry.published is not None
    assert entry.published.iso() == "2025-11-17"


def test_feeds_serve_as_sitemaps():
    rss = (
        b"<rss><channel><title>A</title><item><title>T</title><link>/a</link>"
        b"<pubDate>Mon, 17 Nov 2025 08:05:00 GMT</pubDate></item></channel></rss>"
    )
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="edit" href="/e"/>'
        b'<link href="/a"/><updated>2025-11-17T08:05:00Z</updated></entry></feed>'
    )

    [item] = parse_sitemap(rss, url=URL).urls
    [entry] = parse_sitemap(atom, url=URL).urls

    assert (item.url, item.title) == ("https://agency.example/a", "T")
    assert item.published is not None
    assert entry.url == "https://agency.example/a"
    assert entry.lastmod is not None


def test_a_text_file_serves_as_a_sitemap():
    sitemap = parse_sitemap(
        b"\xef\xbb\xbfhttps://agency.example/1\r\n\r\nhttps://agency.example/2\r\nnote\r\n",
        url=URL,
    )

    assert [one.url for one in sitemap.urls] == [
        "https://agency.example/1",
        "https://agency.example/2",
    ]
    assert sitemap.complaints == ("lines that are no address are left out",)


def test_too_many_addresses_are_a_complaint():
    sitemap = parse_sitemap(b"https://a.example/\n" * 100_001, url=URL)

    assert len(sitemap.urls) == 100_000
    assert "the rest is left out" in sitemap.complaints[0]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<html><title>Gone</title></html>", "an HTML page titled “Gone”"),
        (b"%PDF-1.7", "a PDF document"),
        (b"not found", "text that begins “not found”"),
        (b"<svg/>", "an SVG image"),
        (b"<!-- -->", "bytes without any text"),
    ],
)
def test_anything_else_is_named(body, named):
    with pytest.raises(NotAFeed) as caught:
        parse_sitemap(body, url=URL)

    assert named in str(caught.value)


def test_nothing_is_named_so():
    with pytest.raises(EmptyFeed):
        parse_sitemap(b" \n", url=URL)


def test_ten_thousand_addresses_take_seconds_at_most():
    one = "<url><loc>https://a.example/n/1</loc><lastmod>2025-11-17</lastmod></url>"

    start = time.process_time()
    sitemap = parse_sitemap(urlset(one * 10_000), url=URL)

    assert len(sitemap.urls) == 10_000
    assert time.process_time() - start < 10


def test_of_a_sitemap_cut_off_no_half_address_is_taken():
    whole = "<urlset>" + "".join(
        f"<url><loc>https://agency.example/news/{number}</loc></url>" for number in (11, 222, 3333)
    )

    for end in range(len("<urlset><url>"), len(whole)):
        found = [one.url for one in parse_sitemap(whole[:end].encode(), url=URL).urls]
        ended = whole.count("</url>", 0, end)
        assert found == [f"https://agency.example/news/{n}" for n in (11, 222, 3333)[:ended]]
