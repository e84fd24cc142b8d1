"""What is no feed is named; what is a damaged one gives what is left."""

import time

import pytest

from ingest.errors import EmptyFeed, FeedError, NotAFeed
from ingest.feeds import parse_feed

URL = "https://agency.example/rss"
ITEM = (
    "<item><title>One</title><link>https://agency.example/1</link><guid>g1</guid>"
    "<pubDate>Mon, 17 Nov 2025 08:05:00 +0300</pubDate></item>"
)


def rss(items: str, *, end: str = "</channel></rss>") -> str:
    return f"<rss version='2.0'><channel><title>T</title>{items}{end}"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<!DOCTYPE html><html><title>Moved &amp; gone</title>", "titled “Moved & gone”"),
        (b"<html><body>x</body></html>", "an HTML page without a title"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08", "compressed with gzip"),
        (b"<urlset/>", "a sitemap"),
        (b"<opml/>", "an OPML list"),
        (b"<other:root xmlns:other='x'/>", "a document of <other:root>"),
        (b"<p>&nbsp;not<b>", "a document of <p>"),
        (b"Too many requests", "text that begins “Too many requests”"),
        (b"<!-- only a comment -->", "bytes without any text"),
        (b"<?xml version='1.0'", "bytes without any text"),
    ],
)
def test_what_is_no_feed_is_named(body, named):
    with pytest.raises(NotAFeed) as caught:
        parse_feed(body, url=URL)

    assert named in str(caught.value)
    assert str(caught.value).startswith(URL)


def test_a_large_damaged_feed_is_read_without_feedparser():
    long = "x" * 3000
    items = "".join(
        f"<item><title>A & {n}</title><link>/{n}</link><description>{long}</description></item>"
        for n in range(400)
    )

    feed = parse_feed(rss(items).encode(), url=URL)

    assert len(feed.entries) == 400
    assert feed.entries[7].title == "A & 7"


def test_a_root_alone_is_a_feed_without_entries_or_none():
    assert parse_feed(b"<rss>&</rss>", url=URL).entries == ()
    assert not parse_feed(b"<feed", url=URL).complete


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\0\0"])
def test_nothing_is_named_so(body):
    with pytest.raises(EmptyFeed):
        parse_feed(body, url=URL)


def test_a_body_over_the_bound_is_refused():
    with pytest.raises(FeedError, match="more than"):
        parse_feed(b"<rss>" + b" " * 21 * 1024 * 1024, url=URL)


@pytest.mark.parametrize("start", ["\n\n", "\ufeff", "  \ufeff\n", ""])
def test_what_stands_before_the_declaration_does_no_harm(start):
    feed = parse_feed((start + '<?xml version="1.0"?>' + rss(ITEM)).encode(), url=URL)

    assert [entry.guid for entry in feed.entries] == ["g1"]
    assert feed.well_formed
    assert feed.complete


def test_a_servers_warning_before_the_feed_is_a_complaint():
    feed = parse_feed(
        f"<br />\n<b>Warning</b>: x\n<?xml version='1.0'?>{rss(ITEM)}".encode(), url=URL
    )

    assert [entry.guid for entry in feed.entries] == ["g1"]
    assert "something stands before the feed" in feed.complaints
    assert not feed.well_formed


@pytest.mark.parametrize(
    "items",
    [
        f"<item><title>A & B&nbsp;C</title><link>/0?a=1&b=2</link></item>{ITEM}",
        f"<item><title>A \x01\x0b B C</title><link>/0?a=1&amp;b=2</link></item>{ITEM}",
        f"<item><title>A &#0;&#xD800;&#x110000;B C</title><link>/0?a=1&b=2</link></item>{ITEM}",
        f"<item><dc:creator>x</dc:creator><title>A B C</title><link>/0?a=1&b=2</link></item>{ITEM}",
    ],
)
def test_common_damage_loses_nothing(items):
    feed = parse_feed(rss(items).encode(), url=URL)
    first, second = feed.entries

    assert first.title is not None
    assert first.title.split()[0] == "A"
    assert first.title.split()[-1] == "C"
    assert first.url == "https://agency.example/0?a=1&b=2"
    assert second.published is not None
    assert second.guid == "g1"
    assert not feed.well_formed
    assert feed.complete
    assert feed.complaints


def test_an_items_own_link_is_taken_in_a_damaged_feed_too():
    item = (
        "<item><title>A & B</title><link>/own</link><related><link>/other</link></related>"
        "<guid isPermaLink='false'>1</guid><image>/a.jpg</image>"
        "<pubDate>07.02.2025</pubDate></item>"
    )

    [entry] = parse_feed(rss(item).encode(), url=URL).entries

    assert entry.url == "https://agency.example/own"
    assert entry.guid == "1"
    assert entry.image == "https://agency.example/a.jpg"
    assert entry.published is not None


def test_markup_left_open_in_a_description_does_not_swallow_the_link():
    item = "<item><title>T</title><description>a<br>b<p>c</description><link>/own</link></item>"

    first, second = parse_feed(rss(item + ITEM).encode(), url=URL).entries

    assert first.url == "https://agency.example/own"
    assert second.url == "https://agency.example/1"


@pytest.mark.parametrize("cut", [1, 8, 20, 60, 130])
def test_a_reply_cut_off_is_incomplete(cut):
    feed = parse_feed(rss(ITEM * 2)[:-cut].encode(), url=URL)

    assert not feed.complete
    assert feed.entries[0].guid == "g1"
    assert any("cut off" in complaint for complaint in feed.complaints)


def test_of_a_reply_cut_off_no_half_entry_is_taken():
    """Half a link is another page's address, and half a guid another entry."""
    text = rss(ITEM + ITEM.replace("1", "2") + ITEM.replace("1", "3"))
    whole = parse_feed(text.encode(), url=URL).entries
    first = text.index("<item")

    for end in range(first, len(text)):
        found = parse_feed(text[:end].encode(), url=URL).entries
        ended = text.count("</item>", 0, end)
        assert [one.url for one in found] == [one.url for one in whole[:ended]]
        assert [one.guid for one in found] == [one.guid for one in whole[:ended]]


def test_atom_in_pieces_is_read():
    feed = parse_feed(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T & T</title><entry><id>1</id>'
        b'<link rel="related" href="/r"/><link href="/a?x=1&y=2"/><title>T</title>'
        b"<content type='html'>&lt;p&gt;x & y&lt;/p&gt;</content></entry></feed>",
        url=URL,
    )

    [entry] = feed.entries
    assert (feed.format, entry.guid, entry.url) == ("atom", "1", "https://agency.example/a?x=1&y=2")
    assert entry.content == "<p>x &amp; y</p>"


def test_entities_of_a_document_type_are_never_resolved():
    bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else '&a;' * 10}'>" for n in range(12)
    )
    body = f"{bomb}]>{rss('<item><title>&a11; x</title><link>/1</link></item>')}"
    outside = '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + rss(
        "<item><title>&e; x</title><link>/1</link></item>"
    )

    for text in (body, outside):
        [entry] = parse_feed(text.encode(), url=URL).entries
        assert entry.title is not None
        assert len(entry.title) < 20


def test_html_entities_under_a_document_type_are_letters():
    doctype = '<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://dtd.example/rss.dtd">'
    title = "A&nbsp;&mdash; B<![CDATA[ &mdash;]]>"
    feed = parse_feed((doctype + rss(f"<item><title>{title}</title></item>")).encode(), url=URL)

    assert feed.well_formed
    assert feed.entries[0].title == "A — B —"


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("cp1256", "windows-1256"),
        ("cp1256", "utf-8"),
        ("utf_8", "utf-16"),
        ("utf_16", "utf-16"),
        ("utf_8", "iso-8859-9"),
    ],
)
def test_a_charset_that_lies_is_seen_through(codec, declared):
    title = "قالت وزارة الخارجية إن الوفد وصل إلى العاصمة"
    text = f"<?xml version='1.0' encoding='{declared}'?>" + rss(
        f"<item><title>{title}</title></item>"
    )

    feed = parse_feed(text.encode(codec), url=URL)

    assert feed.entries[0].title == title
    assert bool(feed.complaints) == (codec.replace("cp", "windows-").replace("_", "-") != declared)


def test_cp932_under_another_name_is_read():
    text = "<?xml version='1.0' encoding='Shift_JIS'?>" + rss(
        "<item><title>①髙橋さんは会見で説明した。これについて</title><link>/1</link></item>"
    )

    assert parse_feed(text.encode("cp932"), url=URL).entries[0].title == (
        "①髙橋さんは会見で説明した。これについて"
    )


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><author>" + "a." * 16_000 + "</author></item>&"),
        rss("<item>" + "<x>" * 100_000),
        rss("<item><description>" + "&lt;a " * 30_000 + "</description></item>&"),
        rss("<item><title>" + "<![CDATA[" * 20_000),
        rss("<!--" * 20_000),
        rss("&<![CDATA[" * 200_000),
        "<rss " + "a='1' " * 30_000 + ">",
        rss("<item>&" + "<link>" * 20_000),
        rss("<item/>" * 10_500 + "&"),
        "<" * 200_000,
        "<!" * 100_000,
        "<?" * 100_000,
        rss("&amp" * 50_000),
        "<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 10_000,
        "<?xml version='1.0'?>" + rss("<item/>&" + "<a encoding='1'/>" * 3_000),
    ],
)
def test_hostile_bodies_end_soon(body):
    start = time.process_time()

    try:
        feed = parse_feed(body.encode(), url=URL)
    except FeedError:
        feed = None

    assert time.process_time() - start < 10
    assert feed is None or len(feed.entries) <= 10_000


@pytest.mark.parametrize("piece", ["<pubDate>Mon, 32 Foo 99999</pubDate>", "</item>"])
def test_a_damaged_feed_of_very_many_tags_is_read_in_time(piece):
    pieces = piece * 25_000
    text = f"<rss><channel><item><link>https://a.example/1</link>{pieces}</item></chanel></rss>"

    began = time.process_time()
    parsed = parse_feed(text.encode(), url="https://a.example/feed")

    assert parsed.entries[0].url == "https://a.example/1"
    assert time.process_time() - began < 2
