"""The one door: a reply's body ▶ a feed, or an error that says what it is instead.

bytes ─ decode ─┬ "{" ────────────────────▶ jsonfeed
├ well-formed XML ────────▶ rss, atom        (the fast path)
└ anything else ── mended, feedparser, what lxml recovers ──▶ lenient
"""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Final

from lxml import etree

from ingest.errors import EmptyFeed, FeedError, MarkupError, NotAFeed
from ingest.feeds.atom import read_atom
from ingest.feeds.jsonfeed import read_jsonfeed
from ingest.feeds.lenient import read_leniently
from ingest.feeds.rss import read_rss
from ingest.markup.encoding import charset_name, declared_charsets, decode
from ingest.markup.recognise import described, feed_start, root_name, signature_of
from ingest.markup.xml import without_doctype, xml_tree
from ingest.model import ParsedFeed

MAX_BYTES: Final = 20 * 1024 * 1024

_BLANK: Final = " \t\r\n\x0b\x0c\0\ufeff\u200b"
_RSS_ROOTS: Final = frozenset(["rss", "rdf", "channel"])
_ATOM_ROOTS: Final = frozenset(["feed", "entry"])


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    timezone: tzinfo | None = None,
) -> ParsedFeed:
    """Return the feed in a reply's body.

    Args:
        body: decoded of its content codings; at most 20 MB.
        url: absolute; where the reply came from, after redirects.
        content_type: the header as sent; its charset is one hint among several.
        timezone: of times that carry no offset.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: something else; the reason names it.
        FeedError: too large.
    """
    if len(body) > MAX_BYTES:
        raise FeedError(url, f"{len(body):,} bytes, more than the {MAX_BYTES:,} a feed may have")
    if named := signature_of(body):
        raise NotAFeed(url, f"not a feed but {named}")
    text, charset = decode(body, content_type)
    whole = text
    text = text.lstrip(_BLANK)
    if not text:
        raise EmptyFeed(url, "nothing in it" if not body else "only white space in it")
    complaints = _of_charset(body, content_type, charset)
    if text[0] in "{[":
        feed = read_jsonfeed(text, url=url, timezone=timezone)
    else:
        if whole[:1].isspace() and text.startswith("<?xml"):
            complaints.append("white space before the XML declaration")
        feed = _read_xml(text, url, timezone)
    if complaints:
        feed = replace(feed, complaints=tuple(dict.fromkeys([*complaints, *feed.complaints])))
    return feed


def _of_charset(body: bytes, content_type: str | None, charset: str) -> list[str]:
    if body.isascii():
        return []
    declared = [charset_name(name) for name in declared_charsets(body, content_type)]
    if declared and charset not in declared and not charset.startswith("utf-16"):
        return [f"declares {declared[0]} and is {charset}"]
    return []


def _read_xml(text: str, url: str, timezone: tzinfo | None) -> ParsedFeed:
    try:
        root = xml_tree(without_doctype(text), base=url)
    except MarkupError as error:
        return _read_damaged(text, url, timezone, error)
    return read_tree(root, text, url=url, timezone=timezone)


def _read_damaged(text: str, url: str, timezone: tzinfo | None, error: MarkupError) -> ParsedFeed:
    complaints = [str(error)[:300]]
    if not _is_feed_root(root_name(text)):
        start = feed_start(text)
        if not start or not _is_feed_root(root_name(text[start:])):
            raise NotAFeed(url, f"not a feed but {described(text)}") from error
        complaints.append("something stands before the feed")
        text = text[start:]
    feed = read_leniently(text, url=url, timezone=timezone, read_tree=read_tree)
    return replace(
        feed, well_formed=False, complaints=tuple(dict.fromkeys([*complaints, *feed.complaints]))
    )


def _is_feed_root(name: str) -> bool:
    return name.rpartition(":")[2].lower() in _RSS_ROOTS | _ATOM_ROOTS


def read_tree(root: etree._Element, text: str, *, url: str, timezone: tzinfo | None) -> ParsedFeed:
    """Return the feed that a tree is.

    Raises:
        NotAFeed: its root is no feed's.
    """
    name = str(root.tag).rpartition("}")[2].rpartition(":")[2].lower()
    if name in _RSS_ROOTS:
        return read_rss(root, url=url, timezone=timezone)
    if name in _ATOM_ROOTS:
        return read_atom(root, url=url, timezone=timezone)
    raise NotAFeed(url, f"not a feed but {described(text)}")
