"""Every sample: a feed and a page that we wrote, read as expected, field by field.

    tests/samples/NAME/feed.xml or feed.json    what the agency announces
    tests/samples/NAME/page.html                the first entry's page
    tests/samples/NAME/expected.json            what must be read from both

Times are compared as instants, a day alone as a day, addresses in their normal form, an entry's
HTML without white space between its tags; all else as it is written.
"""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from ingest.extract import extract_article
from ingest.feeds import parse_feed
from ingest.sources import find_source
from ingest.urls import normalize_url

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/expected.json"))
READ_AT = datetime.fromisoformat("2026-06-01T12:00:00+00:00")


@pytest.mark.parametrize("name", NAMES)
def test_the_article_of_a_sample_is_read_as_expected(name):
    expected = expectation(name)
    source = find_source(expected["source"]) if expected["source"] else None

    article = extract_article(
        (SAMPLES / name / "page.html").read_bytes(),
        url=expected["url"],
        content_type=expected["content_type"],
        source=source,
        now=READ_AT,
    )

    assert article_row(article) == {**expected["article"], **instants(expected["article"])}


@pytest.mark.parametrize("name", NAMES)
def test_the_feed_of_a_sample_is_read_as_expected(name):
    expected = expectation(name)
    source = find_source(expected["source"]) if expected["source"] else None

    feed = parse_feed(
        (SAMPLES / name / expected["feed"]["file"]).read_bytes(),
        url=expected["feed"]["url"],
        content_type=expected["feed"]["content_type"],
        timezone=source.timezone if source else None,
    )

    assert [entry_row(entry) for entry in feed.entries] == [
        {**entry, **instants(entry)} for entry in expected["entries"]
    ]


def test_a_sample_is_of_an_agency_that_is_declared_or_of_nobody():
    named = {expectation(name)["source"] for name in NAMES} - {None}

    assert [slug for slug in sorted(named) if find_source(slug) is None] == []


def expectation(name):
    """Return what must be read from a sample."""
    return json.loads((SAMPLES / name / "expected.json").read_text(encoding="utf-8"))


def instants(row):
    """Return the times of an expectation, comparable: an instant, or a day as it is written."""
    return {key: instant(row[key]) for key in ("published", "modified", "updated") if key in row}


def instant(text):
    """Return a point in time as one; a day alone, or nothing, as it is."""
    return datetime.fromisoformat(text) if text and "T" in text else text


def address(url):
    """Return an address in its normal form."""
    return normalize_url(url) if url else None


def between_tags(html):
    """Return HTML without the white space between its tags, where it says nothing."""
    return re.sub(r">\s+<", "><", html) if html else None


def moment_of(moment):
    """Return a moment as `instant` does."""
    return instant(moment.iso()) if moment else None


def article_row(article):
    """Return an article as an expectation names it."""
    return {
        "title": article.title,
        "standfirst": article.standfirst,
        "authors": list(article.authors),
        "published": moment_of(article.published),
        "published_precision": article.published.precision.value if article.published else None,
        "modified": moment_of(article.modified),
        "language": article.language,
        "section": list(article.sections),
        "tags": list(article.tags),
        "image": address(article.image),
        "image_credit": article.image_credit,
        "image_caption": article.image_caption,
        "pictures": [
            {"url": address(one.url), "caption": one.caption, "credit": one.credit}
            for one in article.pictures
        ],
        "place": article.place,
        "filed": article.filed and article.filed.isoformat(),
        "agency": article.agency,
        "canonical": address(article.canonical),
        "notice": article.notice,
        "credits": list(article.credits),
        "body": article.body.split("\n"),
    }


def entry_row(entry):
    """Return an entry as an expectation names it."""
    return {
        "guid": entry.guid,
        "url": address(entry.url),
        "title": entry.title,
        "summary": entry.summary,
        "content": between_tags(entry.content),
        "published": moment_of(entry.published),
        "updated": moment_of(entry.updated),
        "authors": list(entry.authors),
        "categories": list(entry.categories),
        "image": address(entry.image),
        "enclosures": [
            {"url": address(file.url), "media_type": file.media_type, "length": file.length}
            for file in entry.enclosures
        ],
    }
