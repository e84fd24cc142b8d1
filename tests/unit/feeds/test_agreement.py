"""Well-formed feeds read alike on both paths, and as feedparser reads them."""

import io
import string
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds import parse_feed
from ingest.feeds.door import read_tree
from ingest.feeds.lenient import read_leniently

URL = "https://agency.example/feeds/x.xml"
WORDS = st.lists(
    st.text(string.ascii_letters + "éşخبر新聞&<", min_size=1, max_size=8), min_size=1, max_size=5
).map(" ".join)
PLAIN = WORDS.map(lambda text: text.replace("&", "and").replace("<", "("))
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 # hypothesis wants naive bounds
    lambda time: time.replace(microsecond=0)
)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"title": PLAIN, "path": st.integers(0, 99), "guid": st.integers(0, 99), "time": TIMES},
        optional={"summary": PLAIN, "author": PLAIN, "category": PLAIN, "file": st.integers(0, 9)},
    ),
    max_size=4,
)


def element(name: str, text: str | None) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text is not None else ""


def rss_item(item: dict) -> str:
    file = ""
    if "file" in item:
        file = f'<enclosure url="https://a.example/{item["file"]}" length="1" type="a/b"/>'
    return (
        f"<item>{element('title', item['title'])}<link>/n/{item['path']}?a=1&amp;b=2</link>"
        f'<guid isPermaLink="false">id-{item["guid"]}</guid>'
        f"<pubDate>{item['time']:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"{element('description', item.get('summary'))}{element('dc:creator', item.get('author'))}"
        f"{element('category', item.get('category'))}{file}</item>"
    )


def rss(items: list[dict]) -> str:
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title>'
        f"<link>https://agency.example/</link>{''.join(map(rss_item, items))}</channel></rss>"
    )


def rdf(items: list[dict]) -> str:
    written = "".join(
        f'<item rdf:about="id-{item["guid"]}">{element("title", item["title"])}'
        f"<link>/n/{item['path']}?a=1&amp;b=2</link><dc:date>{item['time']:%Y-%m-%dT%H:%M:%SZ}"
        f"</dc:date>{element('description', item.get('summary'))}"
        f"{element('dc:creator', item.get('author'))}{element('dc:subject', item.get('category'))}"
        "</item>"
        for item in items
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns='
        '"http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>T</title><link>https://agency.example/</link></channel>{written}</rdf:RDF>"
    )


def atom(items: list[dict]) -> str:
    written = "".join(
        f"<entry><id>id-{item['guid']}</id>{element('title', item['title'])}"
        f"<link href='/n/{item['path']}?a=1&amp;b=2'/>"
        f"<published>{item['time']:%Y-%m-%dT%H:%M:%SZ}</published>"
        f"{element('summary', item.get('summary'))}"
        + (f"<author>{element('name', item['author'])}</author>" if "author" in item else "")
        + "</entry>"
        for item in items
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>'
        f"<link href='https://agency.example/'/>{written}</feed>"
    )


def time_of(entry: dict) -> tuple:
    return entry.get("published_parsed") or entry["updated_parsed"]


FEEDS = st.one_of(ITEMS.map(rss), ITEMS.map(rdf), ITEMS.map(atom))


@settings(max_examples=25)
@given(FEEDS)
def test_both_paths_read_a_well_formed_feed_alike(text):
    strict = parse_feed(text.encode(), url=URL)

    lenient = read_leniently(text, url=URL, timezone=None, read_tree=read_tree)

    assert strict.well_formed
    assert lenient.entries == strict.entries
    assert lenient == strict


@settings(max_examples=25)
@given(FEEDS)
def test_the_strict_path_reads_what_feedparser_reads(text):
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": URL}
    theirs = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers)

    ours = parse_feed(text.encode(), url=URL)

    assert ours.title == theirs.feed.title
    assert ours.homepage == theirs.feed.link
    assert len(ours.entries) == len(theirs.entries)
    for entry, other in zip(ours.entries, theirs.entries, strict=True):
        assert entry.title == other.get("title")
        assert entry.url == other.get("link")
        assert (entry.guid or "").rpartition("/")[2] == other.get("id", "").rpartition("/")[2]
        assert entry.summary == (other.get("summary") or None)
        assert entry.published is not None
        assert entry.published.at == datetime(*time_of(dict(other))[:6], tzinfo=UTC)
        assert list(entry.authors) == ([other["author"]] if other.get("author") else [])
        assert [file.url for file in entry.enclosures] == [
            link["href"] for link in other.get("links", []) if link["rel"] == "enclosure"
        ]
