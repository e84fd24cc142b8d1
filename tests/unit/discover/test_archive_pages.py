"""What archive pages, WordPress and web archives hold."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime

import pytest

from ingest.discover.articles import article_links, looks_like_article
from ingest.discover.warc import archived_pages
from ingest.discover.wordpress import posts_url, read_posts
from ingest.errors import EmptyFeed, FeedError, NotAFeed
from ingest.model import Days
from tests.warc import warc_record

ARCHIVE = "https://wire.example/2025/11/17/"


# ── pages of links ──────────────────────────────────────────────────────────────────────


def test_the_articles_of_an_archive_page_and_nothing_else():
    page = """<nav><a href=/>Home</a> <a href=/world/>World</a> <a href=/about/>About us</a></nav>
        <a href="/2025/11/17/harbour">Harbour <b>opens</b></a>
        <a href="/world/three-boats-are-counted/#photo">Boats</a>
        <a href="/world/three-boats-are-counted/">Boats again</a>
        <a href="story-88213">Story</a> <a href="/tag/boats-of-the-north-sea/">tag</a>
        <a href="/picture-88213.jpg">picture</a> <a href="mailto:desk@wire.example">desk</a>"""

    found = article_links(page.encode(), url=ARCHIVE)

    assert [(link.url, link.title) for link in found] == [
        ("https://wire.example/2025/11/17/harbour", "Harbour opens"),
        ("https://wire.example/world/three-boats-are-counted/", "Boats"),
        ("https://wire.example/2025/11/17/story-88213", "Story"),
    ]


def test_a_base_and_the_agencys_own_number_count():
    page = b"<base href='https://pages.example/x/'><a href='n/77'>seventy-seven</a>"

    found = article_links(page, url=ARCHIVE, is_ours=lambda url: url.endswith("/77"))

    assert [link.url for link in found] == ["https://pages.example/x/n/77"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://sana.example/?p=2215080", True),
        ("https://wire.example/ar/اقتصاد/فتح-المرفأ-الجديد-اليوم", True),
        ("https://wire.example/2025/11/harbour", True),
        ("https://wire.example/?lang=en", False),
        ("https://wire.example/2025/11/17/", False),
        ("https://wire.example/economy", False),
        ("https://wire.example/author/anna-maria-long-name", False),
    ],
)
def test_the_look_of_an_articles_address(url, expected):
    assert looks_like_article(url) is expected


def test_what_is_no_page_of_links_says_so():
    with pytest.raises(EmptyFeed):
        article_links(b"  ", url=ARCHIVE)
    with pytest.raises(NotAFeed, match="no archive page but"):
        article_links(b"%PDF-1.7 ...", url=ARCHIVE)


# ── WordPress ───────────────────────────────────────────────────────────────────────────


def test_wordpress_is_asked_for_days_on_its_own_calendar():
    wanted = Days(date(2025, 11, 1), date(2025, 11, 30))

    url = posts_url("https://sana.example/en/", wanted, 3)

    assert url.startswith("https://sana.example/en/wp-json/wp/v2/posts?per_page=100&")
    assert "after=2025-10-31T23%3A59%3A59" in url
    assert "before=2025-12-01T00%3A00%3A00" in url
    assert url.endswith("&page=3")


def test_posts_with_their_times_and_titles():
    posts = [
        {
            "link": "https://sana.example/?p=7",
            "date_gmt": "2025-11-17T06:30:00",
            "modified_gmt": "2025-11-17T07:00:00",
            "title": {"rendered": "Boats &amp; bridges"},
        },
        {"link": "mailto:desk"},
        {"link": "/p/8", "date_gmt": "0000-00-00T00:00:00", "title": "Plain"},
        "odd",
    ]

    found = read_posts(json.dumps(posts).encode(), url="https://sana.example/wp-json/wp/v2/posts")

    assert [(post.url, post.title) for post in found] == [
        ("https://sana.example/?p=7", "Boats & bridges"),
        ("https://sana.example/p/8", "Plain"),
    ]
    assert found[0].published is not None
    assert found[0].published.at == datetime(2025, 11, 17, 6, 30, tzinfo=UTC)
    assert found[1].published is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!doctype html>", "not JSON"),
        (b'{"code":"rest_cannot_access"}', "keeps it closed"),
    ],
)
def test_a_list_of_posts_that_is_closed_says_so(body, reason):
    with pytest.raises(NotAFeed, match=reason):
        read_posts(body, url="https://sana.example/wp-json/wp/v2/posts")


# ── web archives ────────────────────────────────────────────────────────────────────────


def records(*, compressed=True):
    return b"".join(
        [
            warc_record("http://wire.example/1", b"<html>one", compressed=compressed),
            warc_record("http://wire.example/gone", b"no", status="404 Not Found",
                        compressed=compressed),
            warc_record("http://wire.example/2", gzip.compress(b"<html>two"),
                        headers="Content-Encoding: gzip\r\n", compressed=compressed),
            warc_record("http://wire.example/p.png", b"png", media_type="image/png",
                        compressed=compressed),
            warc_record("http://wire.example/long", b"<html>" + b"x" * 2000,
                        compressed=compressed),
            warc_record("http://wire.example/3", b"<html>three", compressed=compressed),
        ]
    )  # fmt: skip


def read(body, **options):
    pages = archived_pages(io.BytesIO(body), name="crawl.warc.gz", max_bytes=1000, **options)
    return [(page.number, page.url, page.body) for page in pages]


@pytest.mark.parametrize("compressed", [True, False])
def test_html_pages_that_answered_are_read_from_a_warc(compressed):
    assert read(records(compressed=compressed)) == [
        (1, "http://wire.example/1", b"<html>one"),
        (3, "http://wire.example/2", b"<html>two"),
        (6, "http://wire.example/3", b"<html>three"),
    ]


def test_an_archived_page_carries_when_and_as_what_it_was_fetched():
    (page, *_) = archived_pages(io.BytesIO(records()), name="crawl.warc.gz", max_bytes=1000)

    assert page.at == datetime(2025, 11, 17, 9, tzinfo=UTC)
    assert page.content_type == "text/html; charset=utf-8"


def test_reading_goes_on_where_it_was_left():
    assert [number for number, _, _ in read(records(), after=1)] == [3, 6]


def test_a_wacz_is_read_member_by_member_and_numbered_throughout():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as pack:
        pack.writestr("datapackage.json", "{}")
        pack.writestr("archive/a.warc.gz", records())
        pack.writestr("archive/b.warc.gz", records())

    assert [number for number, _, _ in read(whole.getvalue())] == [1, 3, 6, 7, 9, 12]
    assert [number for number, _, _ in read(whole.getvalue(), after=7)] == [9, 12]


def test_what_is_no_web_archive_says_so():
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    full = io.BytesIO()
    with zipfile.ZipFile(full, "w") as pack:
        pack.writestr("photo.jpg", b"x")

    for body in (b"%PDF-1.7", b"", full.getvalue()):
        with pytest.raises(NotAFeed):
            read(body)
    with pytest.raises(FeedError, match="damaged"):
        read(full.getvalue()[:40])
