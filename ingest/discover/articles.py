"""An archive page ▶ the addresses of the articles it lists.

A link is taken for an article's when it leads to the agency's own site and its path looks like
one: the agency's number, a date, a file, or words enough for a headline. Menus and footers lead
to short paths without any of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

from ingest.discover.addresses import address_of, base_of
from ingest.discover.days import days_in_url
from ingest.errors import EmptyFeed, MarkupError, NotAFeed
from ingest.markup.encoding import decode
from ingest.markup.html import parse_html
from ingest.markup.recognise import signature_of
from ingest.model import SitemapEntry
from ingest.text import squeeze

MAX_LINKS: Final = 5_000

_NUMBER: Final = re.compile(r"\d{4,}")
_WORD: Final = re.compile(r"[^\W\d_]+")
_FILE: Final = re.compile(r"\.(?:s?html?|aspx?|php)$", re.IGNORECASE)
_NO_PAGE: Final = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|xml|rss|zip|css|js)$", re.IGNORECASE
)
_NO_ARTICLE: Final = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|search|page|feed|rss|login|about|contact"
    r"|privacy|terms)(?:/|$)",
    re.IGNORECASE,
)
_WORDS: Final = 3  # of a headline in an address, at least


def article_links(
    body: bytes, *, url: str, is_ours: Callable[[str], bool] = lambda _: False
) -> tuple[SitemapEntry, ...]:
    """Return the articles that an archive page links to, each once, in its order.

    Args:
        body: the page.
        url: its address, which relative links are resolved against.
        is_ours: tells an address that is an article's by the agency's own number.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: no page; the reason names it.
    """
    if named := signature_of(body):
        raise NotAFeed(url, f"no archive page but {named}")
    text, _ = decode(body)
    if not text.strip():
        raise EmptyFeed(url, "nothing in it")
    try:
        tree = parse_html(text)
    except MarkupError as error:
        raise NotAFeed(url, f"no archive page: {error}") from error
    base = base_of(tree, url)
    found: dict[str, SitemapEntry] = {}
    for element in tree.find_all("a"):
        address = address_of(element.attr("href"), base)
        if address is None:
            continue
        address = address.partition("#")[0]
        if address in found or not (is_ours(address) or looks_like_article(address)):
            continue
        title = squeeze(element.text[:500])
        found[address] = SitemapEntry(url=address, title=title or None)
        if len(found) >= MAX_LINKS:
            break
    return tuple(found.values())


def looks_like_article(url: str) -> bool:
    """Say whether an address has the look of one article's rather than a section's."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if path in ("", "/") and not _NUMBER.search(parts.query):
        return False
    if _NO_PAGE.search(path) or _NO_ARTICLE.search(path):
        return False
    last = path.rstrip("/").rpartition("/")[2]
    if days_in_url(url) is not None:
        return bool(_WORD.search(_FILE.sub("", last))) or bool(_NUMBER.search(last))
    if _NUMBER.search(last) or _NUMBER.search(parts.query):
        return True
    return len(_WORD.findall(_FILE.sub("", last))) >= _WORDS
