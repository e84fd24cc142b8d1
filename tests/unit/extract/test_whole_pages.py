"""Whole small pages of our own, in several scripts."""

import pytest

from ingest.errors import NotAPage
from ingest.extract import extract_article

URL = "https://news.example/world/2025/bridge-opens"


def page(body: str, head: str = "", lang: str = "en") -> bytes:
    return (
        f"<!doctype html><html lang={lang}><head>{head}</head><body>{body}</body></html>".encode()
    )


SENTENCE = "The new bridge over the river was opened on Monday by the mayor of the town, who spoke for an hour."
MORE = (
    "Traffic had waited for it for eleven years, and the first lorry crossed at noon, with flags."
)


def test_paragraphs_of_the_article_are_kept_and_navigation_is_not():
    html = page(
        "<nav><ul><li><a href=/a>Home</a><li><a href=/b>World</a></ul></nav>"
        f"<main><h1>Bridge opens</h1><p>{SENTENCE}</p><p>{MORE}</p></main>"
        "<footer><p>All rights reserved by the publisher of this site, whoever that may be.</p></footer>"
    )

    article = extract_article(html, url=URL)

    assert article.body == f"{SENTENCE}\n{MORE}"
    assert article.title == "Bridge opens"


@pytest.mark.parametrize(
    "body", [b"", b"  \n ", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"\x00" * 900]
)
def test_what_is_no_page_says_so(body):
    with pytest.raises(NotAPage):
        extract_article(body, url=URL)
