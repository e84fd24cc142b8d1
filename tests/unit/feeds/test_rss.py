"""RSS in all its ages, with what agencies add to it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.feeds import parse_feed
from ingest.model import Precision

URL = "https://agency.example/feeds/rss.xml"
MODULES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)


def rss(items: str, channel: str = "<title>Agency</title><link>/</link>") -> bytes:
    whole = f'<rss version="2.0" {MODULES}><channel>{channel}{items}</channel></rss>'
    return whole.encode()


def feed_of(items: str, **channel: str):
    return parse_feed(rss(items, **channel), url=URL)


def entry_of(inner: str):
    [entry] = feed_of(f"<item>{inner}</item>").entries
    return entry


def test_an_item_is_read_whole():
    entry = entry_of(
        "<title>Talks &amp; more</title><link>https://agency.example/1?a=1&amp;b=2</link>"
        '<guid isPermaLink="false">id-1</guid><description>A &lt;b&gt;short&lt;/b&gt; one'
        "</description><pubDate>Thu, 04 Dec 2025 13:59:34 +0300</pubDate>"
        "<dc:creator>Desk</dc:creator><category>world</category><category>world</category>"
        "<content:encoded><![CDATA[<p>Text <a href='/x'>link</a><script>x()</script></p>]]>"
        "</content:encoded>"
    )

    assert entry.guid == "id-1"
    assert entry.url == "https://agency.example/1?a=1&b=2"
    assert entry.title == "Talks & more"
    assert entry.summary == "A short one"
    assert entry.content == '<p>Text <a href="https://agency.example/x">link</a></p>'
    assert entry.published is not None
    assert entry.published.at == datetime(2025, 12, 4, 10, 59, 34, tzinfo=UTC)
    assert entry.published.precision is Precision.SECOND
    assert entry.authors == ("Desk",)
    assert entry.categories == ("world",)


def test_the_channel_says_what_the_feed_is():
    feed = parse_feed(
        rss(
            "",
            channel="<title>Agency</title><link>https://agency.example/</link>"
            '<atom:link rel="self" href="https://agency.example/rss"/>'
            '<atom:link rel="hub" href="https://hub.example/"/>'
            '<atom:link rel="prev-archive" href="/2025/10.xml"/>'
            "<language>ar</language><image><url>/logo.png</url><link>/</link></image>"
            "<ttl>15</ttl><sy:updatePeriod>hourly</sy:updatePeriod>"
            "<sy:updateFrequency>2</sy:updateFrequency>"
            "<skipHours><hour>24</hour><hour>3</hour><hour>x</hour></skipHours>"
            "<skipDays><day>Sunday</day><day>Monday</day></skipDays>",
        ),
        url=URL,
    )

    assert (feed.format, feed.title, feed.homepage) == ("rss", "Agency", "https://agency.example/")
    assert feed.self_url == "https://agency.example/rss"
    assert feed.hub == "https://hub.example/"
    assert feed.next_url == "https://agency.example/2025/10.xml"
    assert feed.language == "ar"
    assert feed.image == "https://agency.example/logo.png"
    assert feed.poll_interval == timedelta(minutes=30)
    assert feed.skip_hours == {0, 3}
    assert feed.skip_days == {6, 0}
    assert feed.entries == ()
    assert feed.well_formed
    assert feed.complete


def test_an_agencys_bare_image_is_its_picture():
    assert entry_of("<image>https://cdn.example/a.jpg</image>").image == "https://cdn.example/a.jpg"


@pytest.mark.parametrize(
    "inner",
    [
        '<media:content url="/a.jpg" medium="image"/>',
        '<media:group><media:content url="/a.jpg" type="image/jpeg"/></media:group>',
        '<media:thumbnail url="/a.jpg"/>',
        (
            '<media:content url="/film.mp4" type="video/mp4"><media:thumbnail url="/a.jpg"/>'
            "</media:content>"
        ),
        '<enclosure url="/a.jpg" type="image/jpeg" length="10"/>',
        "<image><url>/a.jpg</url></image>",
        '<itunes:image href="/a.jpg"/>',
    ],
)
def test_a_picture_is_found_wherever_it_is_put(inner):
    assert entry_of(inner).image == "https://agency.example/a.jpg"


def test_files_are_kept_with_type_and_length():
    [sound, film] = entry_of(
        '<enclosure url="/a.mp3" type="Audio/MPEG" length="12"/>'
        '<media:content url="/b.mp4" type="video/mp4" fileSize="x"/><enclosure url="mailto:x"/>'
    ).enclosures

    assert (sound.url, sound.media_type, sound.length) == (
        "https://agency.example/a.mp3",
        "audio/mpeg",
        12,
    )
    assert (film.url, film.length) == ("https://agency.example/b.mp4", None)


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<link>/a</link>", "https://agency.example/a"),
        ("<link> \n a b \n</link>", "https://agency.example/feeds/a%20b"),
        ("<link>/a?x=1&amp;amp;y=2</link>", "https://agency.example/a?x=1&y=2"),
        ("<link/><atom:link href='/b'/>", "https://agency.example/b"),
        ("<atom:link rel='related' href='/b'/>", None),
        ("<guid>https://agency.example/g</guid>", "https://agency.example/g"),
        ("<guid isPermaLink='false'>https://agency.example/g</guid>", None),
        ("<guid>42</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>https://user:secret@agency.example/</link>", None),
        ("<link>/own</link><related><link>/other</link></related>", "https://agency.example/own"),
        ("<related><link>/other</link></related>", None),
        ("<link xml:base='https://cdn.example/d/'>x</link>", "https://cdn.example/d/x"),
        ("<link href='/attribute'/>", "https://agency.example/attribute"),
    ],
)
def test_the_link_is_the_items_own(inner, url):
    assert entry_of(inner).url == url


def test_a_guid_is_kept_as_written():
    assert entry_of("<guid> 1 </guid><link>/a</link>").guid == "1"


def test_an_entry_may_lack_everything():
    entry = entry_of("<nothing/>")

    assert (entry.guid, entry.url, entry.title, entry.published, entry.summary) == (None,) * 5


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("<author>a@b.example (A Name)</author>", ("A Name",)),
        ("<author>A Name &lt;a@b.example&gt;</author>", ("A Name",)),
        ("<author>a@b.example</author>", ("a@b.example",)),
        ("<dc:creator>One</dc:creator><dc:creator>Two</dc:creator>", ("One", "Two")),
        ("<dc:creator>One</dc:creator><author>One</author>", ("One",)),
        ("<itunes:author>Show</itunes:author>", ("Show",)),
        ("<atom:author><atom:name>Atom Name</atom:name></atom:author>", ("Atom Name",)),
        ("<author/>", ()),
    ],
)
def test_authors_are_names(written, names):
    assert entry_of(written).authors == names


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("A &amp;amp; B", "A & B"),
        ("&lt;i&gt;A&lt;/i&gt; B", "A B"),
        ("<![CDATA[A <b>B</b> & C]]>", "A B & C"),
        ("3 &lt; 4", "3 < 4"),
        ("two\n  lines", "two lines"),
        ("<b>markup</b> inside", "markup inside"),
        ("خبر عاجل", "خبر عاجل"),
        ("&#x202e;turned", "turned"),
    ],
)
def test_a_title_is_plain_text(title, read):
    assert entry_of(f"<title>{title}</title>").title == read


def test_dates_of_other_ages_stay_what_they_are():
    far = entry_of("<pubDate>Thu, 01 Jan 2099 00:00:00 GMT</pubDate>").published
    past = entry_of("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>").published

    assert far is not None
    assert past is not None
    assert (far.at.year, past.at.year) == (2099, 1970)


def test_times_without_offset_are_in_the_sources_zone():
    body = rss("<item><dc:date>2025-11-17T08:05:00</dc:date></item>")

    feed = parse_feed(body, url=URL, timezone=ZoneInfo("Asia/Damascus"))

    assert feed.entries[0].published is not None
    assert feed.entries[0].published.at.utcoffset() == timedelta(hours=3)


def test_a_date_that_is_none_is_none():
    assert entry_of("<pubDate>soon</pubDate>").published is None


def test_rdf_is_read_with_its_items_beside_the_channel():
    feed = parse_feed(
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b'<channel rdf:about="x"><title>T</title><link>https://agency.example/</link></channel>'
        b"<image><url>/logo.gif</url></image>"
        b'<item rdf:about="https://agency.example/1"><title>One</title>'
        b"<link>https://agency.example/1</link><dc:date>2025-11-17</dc:date></item></rdf:RDF>",
        url=URL,
    )

    assert feed.format == "rdf"
    assert feed.title == "T"
    assert feed.image == "https://agency.example/logo.gif"
    [entry] = feed.entries
    assert (entry.guid, entry.title) == ("https://agency.example/1", "One")
    assert entry.published is not None
    assert entry.published.precision is Precision.DAY


@pytest.mark.parametrize(
    "body",
    [
        (
            '<rss xmlns="http://backend.userland.com/rss2"><channel><item><title>T</title>'
            "<link>/a</link></item></channel></rss>"
        ),
        (
            '<rss xmlns="https://own.example/ns"><channel><item><title>T</title>'
            "<link>/a</link></item></channel></rss>"
        ),
        "<RSS><CHANNEL><ITEM><TITLE>T</TITLE><LINK>/a</LINK></ITEM></CHANNEL></RSS>",
        "<rss><channel/><item><title>T</title><link>/a</link></item></rss>",
        "<channel><item><title>T</title><link>/a</link></item></channel>",
        (
            '<rss><channel xmlns:m="//search.yahoo.com/mrss/"><item><m:title>T</m:title>'
            "<link>/a</link></item></channel></rss>"
        ),
    ],
)
def test_odd_namespaces_and_places_are_understood(body):
    [entry] = parse_feed(body.encode(), url=URL).entries

    assert (entry.title, entry.url) == ("T", "https://agency.example/a")


def test_a_feed_may_be_empty():
    assert parse_feed(b"<rss><channel/></rss>", url=URL).entries == ()


def test_more_entries_than_the_bound_are_a_complaint():
    feed = feed_of("<item><link>/a</link></item>" * 10_001)

    assert len(feed.entries) == 10_000
    assert feed.complaints == ("more than 10,000 entries; the rest is left out",)
