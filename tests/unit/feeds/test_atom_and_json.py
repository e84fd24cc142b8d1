"""Atom 1.0 and 0.3, and JSON Feed."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from ingest.errors import NotAFeed
from ingest.feeds import parse_feed

URL = "https://agency.example/feeds/atom.xml"


def atom(entry: str, feed: str = "", namespace: str = "http://www.w3.org/2005/Atom") -> bytes:
    return (
        f'<feed xmlns="{namespace}" xmlns:media="http://search.yahoo.com/mrss/"'
        f' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">{feed}'
        f"<entry>{entry}</entry></feed>"
    ).encode()


def entry_of(inner: str, feed: str = ""):
    [entry] = parse_feed(atom(inner, feed), url=URL).entries
    return entry


def test_an_entry_is_read_whole():
    entry = entry_of(
        "<id>urn:x:1</id><title type='html'>A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title>"
        "<link rel='edit' href='/edit'/><link href='/1'/><link rel='enclosure' href='/a.jpg'"
        " type='image/jpeg' length='9'/><published>2025-11-17T08:05:00+03:00</published>"
        "<updated>2025-11-17T09:05:00+03:00</updated><author><name>Desk</name></author>"
        "<category term='w' label='World'/><category term='asia'/>"
        "<summary>1 &lt; 2</summary><content type='xhtml'><x:div xmlns:x="
        "'http://www.w3.org/1999/xhtml'><x:p>Text <x:b>bold</x:b></x:p></x:div></content>"
    )

    assert (entry.guid, entry.url) == ("urn:x:1", "https://agency.example/1")
    assert (entry.title, entry.summary) == ("A & B", "1 < 2")
    assert entry.content == "<p>Text <strong>bold</strong></p>"
    assert entry.published is not None
    assert entry.updated is not None
    assert entry.updated.at - entry.published.at == timedelta(hours=1)
    assert (entry.authors, entry.categories) == (("Desk",), ("World", "asia"))
    assert entry.image == "https://agency.example/a.jpg"
    assert [(file.url, file.length) for file in entry.enclosures] == [
        ("https://agency.example/a.jpg", 9)
    ]


def test_the_feed_says_what_it_is():
    feed = parse_feed(
        atom(
            "<id>1</id>",
            feed="<title>T</title><link rel='self' href='/self'/><link href='/'/>"
            "<link rel='hub' href='https://hub.example/'/><link rel='next' href='?page=2'/>"
            "<logo>/logo.png</logo><sy:updatePeriod>daily</sy:updatePeriod>"
            "<author><name>Newsroom</name></author>",
        ).replace(b"<feed ", b"<feed xml:lang='tr' "),
        url=URL,
    )

    assert (feed.format, feed.title, feed.language) == ("atom", "T", "tr")
    assert feed.homepage == "https://agency.example/"
    assert feed.self_url == "https://agency.example/self"
    assert feed.hub == "https://hub.example/"
    assert feed.next_url == "https://agency.example/feeds/atom.xml?page=2"
    assert feed.image == "https://agency.example/logo.png"
    assert feed.poll_interval == timedelta(days=1)
    assert feed.entries[0].authors == ("Newsroom",)


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<link href='/a'/><link href='/b'/>", "https://agency.example/a"),
        (
            "<link rel='alternate' href='javascript:x'/><link href='/b'/>",
            "https://agency.example/b",
        ),
        (
            "<link rel='http://www.iana.org/assignments/relation/alternate' href='/a'/>",
            "https://agency.example/a",
        ),
        ("<content src='/c'/>", "https://agency.example/c"),
        ("<id>https://agency.example/i</id>", "https://agency.example/i"),
        ("<id>tag:x</id><link rel='related' href='/r'/>", None),
        ("<link xml:base='/d/' href='a'/>", "https://agency.example/d/a"),
        ("<link>/text</link>", "https://agency.example/text"),
        ("<source><link href='/s'/></source>", None),
    ],
)
def test_the_link_is_the_entrys_alternate(inner, url):
    assert entry_of(inner).url == url


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("<title type='text'>1 &lt; 2 &amp;amp; 3</title>", "1 < 2 &amp; 3"),
        ("<title>AT&amp;amp;T</title>", "AT&T"),
        ("<title mode='escaped'>&lt;i&gt;A&lt;/i&gt;</title>", "A"),
        (f"<title mode='base64'>{b64encode('خبر'.encode()).decode()}</title>", "خبر"),
        ("<title mode='base64'>x</title>", None),
        ("<media:title>M</media:title>", "M"),
    ],
)
def test_a_title_is_read_as_its_type_says(title, read):
    assert entry_of(title).title == read


@pytest.mark.parametrize(
    "namespace",
    [
        "http://purl.org/atom/ns#",
        "https://www.w3.org/2005/Atom",
        "//www.w3.org/2005/Atom",
        "",
    ],
)
def test_any_namespace_will_do(namespace):
    body = atom("<title>T</title><issued>2025-11-17T08:05:00Z</issued>", namespace=namespace)

    [entry] = parse_feed(body, url=URL).entries

    assert entry.title == "T"
    assert entry.published is not None


def test_a_single_entry_is_a_feed():
    body = b'<entry xmlns="http://www.w3.org/2005/Atom"><title>T</title></entry>'

    assert [entry.title for entry in parse_feed(body, url=URL).entries] == ["T"]


def test_a_json_feed_is_read_whole():
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "A <b>",
            "home_page_url": "https://agency.example/",
            "feed_url": "/feed.json",
            "next_url": "?page=2",
            "icon": "/i.png",
            "language": "ar",
            "hubs": [{"type": "x"}, {"type": "WebSub", "url": "https://hub.example/"}],
            "authors": [{"name": "Newsroom"}],
            "items": [
                {
                    "id": 17,
                    "url": "/17",
                    "title": "1 < 2 & 3",
                    "summary": "S",
                    "content_html": "<p>T</p><script>x</script>",
                    "date_published": "2025-11-17T08:05:00+03:00",
                    "date_modified": "2025-11-17T09:05:00+03:00",
                    "tags": ["a", 1, None, "a"],
                    "image": "/a.jpg",
                    "attachments": [
                        {"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9}
                    ],
                },
                {"id": "https://agency.example/x", "content_text": "a < b\nc", "author": "One"},
                {"id": True, "external_url": "https://other.example/", "author": {"name": "Two"}},
                "no object",
            ],
        }
    ).encode()

    feed = parse_feed(b"\xef\xbb\xbf" + body, url="https://agency.example/feed.json")
    first, second, third = feed.entries

    assert (feed.format, feed.title, feed.language) == ("jsonfeed", "A <b>", "ar")
    assert feed.self_url == "https://agency.example/feed.json"
    assert feed.next_url == "https://agency.example/feed.json?page=2"
    assert feed.hub == "https://hub.example/"
    assert feed.complaints == ("items that are no objects are left out",)
    assert (first.guid, first.url, first.title) == ("17", "https://agency.example/17", "1 < 2 & 3")
    assert (first.content, first.categories) == ("<p>T</p>", ("a", "1"))
    assert first.authors == ("Newsroom",)
    assert first.image == "https://agency.example/a.jpg"
    assert [file.length for file in first.enclosures] == [9]
    assert first.published is not None
    assert (second.url, second.content) == ("https://agency.example/x", "<p>a &lt; b<br>c</p>")
    assert second.authors == ("One",)
    assert (third.guid, third.url) == (None, "https://other.example/")
    assert third.authors == ("Two",)


def test_a_json_feed_without_version_is_read_with_a_complaint():
    feed = parse_feed(b'{"items": [{"id": "\\u0000\\ud8001"}]}', url=URL)

    assert feed.complaints == ("no JSON Feed version in it",)
    assert feed.entries[0].guid == "1"


def test_too_many_items_are_a_complaint():
    body = json.dumps({"version": "jsonfeed.org", "items": [{}] * 10_001}).encode()

    feed = parse_feed(body, url=URL)

    assert len(feed.entries) == 10_000
    assert "the rest is left out" in feed.complaints[0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"items": [', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b'{"error": 1}', "no list of items"),
        (b"[1]", "no list of items"),
        (b'{"items": ' + b"9" * 5000, "broken JSON"),
    ],
)
def test_other_json_is_named(body, reason):
    with pytest.raises(NotAFeed, match=reason):
        parse_feed(body, url=URL)
