"""A page ▶ the feeds it names: `<link rel=alternate>`, wherever it stands, then plain links."""

from __future__ import annotations

import re
from typing import Final

from turbohtml import Document

from ingest.discover.addresses import address_of, base_of
from ingest.errors import EmptyFeed, MarkupError, NotAFeed
from ingest.markup.encoding import decode
from ingest.markup.html import parse_html
from ingest.markup.recognise import root_name, signature_of
from ingest.model import FeedLink
from ingest.text import lower, squeeze

_FEED_TYPES: Final = frozenset(
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/rss",
        "application/atom",
        "application/x.atom+xml",
        "text/rss+xml",
        "text/rss",
        "text/atom+xml",
    ]
)
_MAYBE_TYPES: Final = frozenset(["application/xml", "text/xml", "application/json"])
_ROOTS: Final = {
    "rss": "application/rss+xml",
    "rdf": "application/rdf+xml",
    "feed": "application/atom+xml",
}
_NAMES: Final = re.compile(
    r"(?:rss|atom|xml|feed|rss ?2(?:\.0)?|flux rss|fil rss|rss[ -]feeds?|rss besleme(?:si)?"
    r"|news feeds?|web feeds?|subscribe via rss|خلاصات|خلاصات rss|خدمة rss|موجز rss|تغذية rss)",
)
_PATH: Final = re.compile(
    r"(?:^|[/.=])(?:rss|feeds?|atom|rdf)(?:[-_][\w-]{0,40})?"
    r"(?:\.(?:xml|rss|atom|json|php|aspx?|ashx))?/?$"
    r"|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"addthis|feedly\.com|feedburner\.com/fb/a|add\.my\.yahoo", re.IGNORECASE
)
MAX_LINKS: Final = 500


def find_feeds(body: bytes, *, url: str) -> tuple[FeedLink, ...]:
    """Return the feeds a page names, declared ones first, each once; a feed names itself.

    Args:
        body: a page, or a feed.
        url: its address, which relative links are resolved against.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: neither a page nor a feed; the reason names it.
    """
    if named := signature_of(body):
        raise NotAFeed(url, f"neither a page nor a feed but {named}")
    text, _ = decode(body)
    if not text.strip():
        raise EmptyFeed(url, "nothing in it")
    if media_type := _ROOTS.get(root_name(text).rpartition(":")[2].lower()):
        return (FeedLink(url=url, media_type=media_type),)
    if text.lstrip()[:1] == "{" and "jsonfeed.org/version" in text[:1000]:
        return (FeedLink(url=url, media_type="application/feed+json"),)
    try:
        tree = parse_html(text)
    except MarkupError as error:
        raise NotAFeed(url, f"neither a page nor a feed: {error}") from error
    base = base_of(tree, url)
    found: dict[str, FeedLink] = {}
    for link in (*_declared(tree, base, url), *_linked(tree, base, url)):
        found.setdefault(link.url, link)
        if len(found) >= MAX_LINKS:
            break
    return tuple(found.values())


def _declared(tree: Document, base: str, page: str) -> list[FeedLink]:
    links = []
    for element in tree.find_all("link"):
        rels = (element.attr("rel") or "").lower().split()
        media_type = (element.attr("type") or "").partition(";")[0].strip().lower()
        href = element.attr("href")
        is_feed = media_type in _FEED_TYPES or (
            media_type in _MAYBE_TYPES and bool(_PATH.search((href or "").partition("?")[0]))
        )
        if not ("feed" in rels or ("alternate" in rels and is_feed)):
            continue
        if address := address_of(href, base):
            title = squeeze(element.attr("title") or "") or None
            links.append(
                FeedLink(url=address, title=title, homepage=page, media_type=media_type or None)
            )
    return links


def _linked(tree: Document, base: str, page: str) -> list[FeedLink]:
    links = []
    for element in tree.find_all("a"):
        href = element.attr("href") or ""
        if not href or _ELSEWHERE.search(href):
            continue
        text = squeeze(element.text[:200])
        name = lower(text or squeeze((element.attr("title") or "")[:200]))
        path = href.partition("#")[0].partition("?")[0]
        if not (_NAMES.fullmatch(name) or _PATH.search(path)):
            continue
        if address := address_of(href, base):
            links.append(FeedLink(url=address, title=text or None, homepage=page))
    return links
