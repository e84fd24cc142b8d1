"""OPML, pages that name feeds, archives by date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discover import archive_urls, find_feeds, read_opml, write_opml
from ingest.errors import EmptyFeed, NotAFeed, UnusableURL
from ingest.model import FeedLink

PAGE = "https://agency.example/news/"


def test_nested_outlines_are_the_category():
    feeds = read_opml(
        b"<opml version='1.0'><body><outline text='Asia'><outline text='Levant'>"
        b"<outline type='RSS' text='One' xmlUrl='https://one.example/rss'"
        b" htmlUrl='https://one.example'/>"
        b"</outline></outline>"
        b"<outline title='Two' xmlURL='feed://two.example/atom' category='/Own'/>"
        b"<outline text='again' xmlUrl='https://one.example/rss'/><outline xmlUrl='nonsense'/>"
        b"<other/></body></opml>"
    )

    assert feeds == (
        FeedLink(
            url="https://one.example/rss",
            title="One",
            homepage="https://one.example/",
            category="Asia/Levant",
            media_type="application/rss+xml",
        ),
        FeedLink(url="http://two.example/atom", title="Two", category="Own"),
    )


def test_a_broken_list_gives_what_is_left():
    [feed] = read_opml(
        b"<opml><body><outline text='A & B' xmlUrl='https://a.example/?x=1&y=2'/><bo"
    )

    assert (feed.url, feed.title) == ("https://a.example/?x=1&y=2", "A & B")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<html><title>Hello</title></html>", "an HTML page titled “Hello”"),
        (b"<rss/>", "a document of <rss>"),
        (b"\x89PNG", "a PNG image"),
        (b"plain", "text that begins “plain”"),
    ],
)
def test_a_list_that_is_none_is_named(body, named):
    with pytest.raises(NotAFeed) as caught:
        read_opml(body)

    assert named in str(caught.value)


def test_an_empty_list_is_named_so():
    with pytest.raises(EmptyFeed):
        read_opml(b" ")


LINK = st.builds(
    FeedLink,
    url=st.integers(0, 10**6).map(lambda number: f"https://agency.example/{number}"),
    title=st.sampled_from([None, "خبر", "A & B <c>"]),
    homepage=st.sampled_from([None, "https://agency.example/"]),
    category=st.sampled_from([None, "Asia", "Asia/Levant", "«x» & y"]),
    media_type=st.sampled_from(
        ["application/rss+xml", "application/atom+xml", "application/feed+json"]
    ),
)


@given(st.lists(LINK, max_size=6, unique_by=lambda link: link.url))
def test_a_written_list_is_read_back(links):
    found = read_opml(write_opml(links, "Feeds"))

    assert {link.url: link for link in found} == {
        link.url: FeedLink(
            url=link.url,
            title=link.title or link.url,
            homepage=link.homepage,
            category=link.category,
            media_type=link.media_type,
        )
        for link in links
    }


def test_control_characters_in_a_title_do_not_stop_the_writing():
    assert b"ab" in write_opml([FeedLink(url="https://a.example/", title="a\x00b")], "\x01")


def test_declared_feeds_come_first_wherever_they_stand():
    feeds = find_feeds(
        b"<html><head><base href='/base/'><link rel='Alternate' type='application/rss+xml'"
        b" title='News' href='rss.xml'><link rel=stylesheet href=x.css>"
        b"<link rel=alternate type='text/html' hreflang=tr href=/tr></head><body>"
        b"<a href='/all/feed/'>x</a><a href='feed://agency.example/f'>RSS</a>"
        b"<a href='/about'>About</a>"
        b"<a href='https://feedly.com/i/subscription/feed'>RSS</a><a>RSS</a>"
        b"<link rel='alternate feed' href='https://agency.example/atom'>"
        b"<link rel=alternate type='application/json' href='/wp-json/1'>"
        b"<link rel=alternate type='text/xml' href='/rss'><a href='mailto:rss'>RSS</a>",
        url=PAGE,
    )

    assert [feed.url for feed in feeds] == [
        "https://agency.example/base/rss.xml",
        "https://agency.example/atom",
        "https://agency.example/rss",
        "https://agency.example/all/feed/",
        "http://agency.example/f",
    ]
    assert feeds[0] == FeedLink(
        url="https://agency.example/base/rss.xml",
        title="News",
        homepage=PAGE,
        media_type="application/rss+xml",
    )


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<?xml version='1.0'?><rss/>", "application/rss+xml"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "application/atom+xml"),
        (b"<rdf:RDF/>", "application/rdf+xml"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "application/feed+json"),
    ],
)
def test_a_feed_names_itself(body, media_type):
    assert find_feeds(body, url=PAGE) == (FeedLink(url=PAGE, media_type=media_type),)


def test_a_page_may_name_none():
    assert find_feeds(b"<p>nothing here</p>", url=PAGE) == ()


def test_links_are_bounded():
    page = b"".join(b"<a href='/%d/rss'>x</a>" % number for number in range(600))

    assert len(find_feeds(page, url=PAGE)) == 500


@pytest.mark.parametrize(
    ("body", "error"), [(b"%PDF", NotAFeed), (b" ", EmptyFeed), (b"<!-- -->", NotAFeed)]
)
def test_what_is_no_page_is_named(body, error):
    with pytest.raises(error):
        find_feeds(body, url=PAGE)


def test_a_day_a_month_and_a_page_are_filled_in():
    first, last = date(2025, 10, 31), date(2025, 11, 2)

    days = list(archive_urls("https://a.example/{yyyy}/{mm}/{dd}/", first, last))
    months = list(archive_urls("https://a.example/{yy}-{m}.xml?p={page}", first, last, page=2))

    assert days == [
        "https://a.example/2025/10/31/",
        "https://a.example/2025/11/01/",
        "https://a.example/2025/11/02/",
    ]
    assert months == ["https://a.example/25-10.xml?p=2", "https://a.example/25-11.xml?p=2"]
    assert list(archive_urls("https://a.example/{d}", last, first)) == []


def test_an_unknown_place_is_named():
    with pytest.raises(UnusableURL, match="unknown place"):
        list(archive_urls("https://a.example/{week}", date(2025, 1, 1), date(2025, 1, 1)))
