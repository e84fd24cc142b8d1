"""Feeds that are not well-formed: read by feedparser, and put right where it is known to err.

Two witnesses read the same mended text. feedparser finds every entry in nearly anything and
gets words right between broken tags. What lxml recovers keeps each item's own elements apart:
feedparser takes the last link anywhere inside an item, resolves guids against the address,
drops an agency's bare `<image>` and dates it can't read. Where both see the same number of
entries, guid, link, dates, people and pictures are the tree's and words are feedparser's;
else feedparser's entries stand alone.

Of a reply that was cut off the last entry goes, unless its end had come: its link may be half an
address, another's. Before that go what feedparser breaks on: NULs, references to characters that
are none, author texts and declarations long enough to keep its regular expressions busy for
seconds, or for ever.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any, Final

import feedparser

from ingest.errors import FeedError, MarkupError, NotAFeed
from ingest.feeds.elements import MAX_ENTRIES, TOO_MANY, categories_of, one_line, plain
from ingest.feeds.values import author_of, distinct, enclosure_of, link_of, moment_of
from ingest.markup.fragments import clean_html
from ingest.markup.recognise import root_name
from ingest.markup.xml import (
    escaped_ampersands,
    has_end,
    legal_text,
    named_letters,
    without_doctype,
    without_half,
    xml_tree,
)
from ingest.model import Enclosure, Entry, ParsedFeed

MAX_FOR_FEEDPARSER: Final = 1024 * 1024  # characters: about a second of its time
MAX_OPEN: Final = 5_000  # tags without their end
MAX_TAGS: Final = 15_000  # that begin, or that end: each pair takes it 40 to 90 µs

TreeReader = Callable[..., ParsedFeed]

_LONG_PERSON: Final = re.compile(
    r"(<(?:[\w.-]{1,30}:)?(?:author|creator|name|email|owner|publisher|contributor|managingEditor"
    r"|webMaster)\b[^<>]{0,500}>\s{0,50}(?:<!\[CDATA\[)?[^<]{300})[^<]+",
    re.IGNORECASE,
)
_DECLARATION: Final = re.compile(r"\A<\?xml\b[^<>]*>")
_OURS: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_START_TAG: Final = re.compile(r"<[a-zA-Z](?:[^<>]*[^<>/])?>")
_ENTRY_TAG: Final = re.compile(r"<(?:item|entry)[\s/>]", re.IGNORECASE)
_CUT: Final = "the end of the document is missing: the reply was cut off"


def read_leniently(
    text: str, *, url: str, timezone: tzinfo | None, read_tree: TreeReader
) -> ParsedFeed:
    """Return the feed in text that is no well-formed XML.

    Args:
        text: from the feed's first character on.
        url: where it came from.
        timezone: of times that carry no offset.
        read_tree: the strict reader, for what can be recovered.

    Raises:
        FeedError: neither witness finds a feed.
    """
    is_whole = has_end(text)
    if not is_whole:
        text = without_half(text, "item", "entry")
    mended = escaped_ampersands(named_letters(legal_text(without_doctype(text))))
    recovered = _recovered(mended, url, timezone, read_tree)
    heard = _heard(legal_text(without_doctype(text)), url, timezone)
    feed = _agreed(recovered, heard)
    if feed is None:
        raise NotAFeed(url, f"a damaged document of <{root_name(text)[:60]}> without any entry")
    if not is_whole:
        return replace(feed, complete=False, complaints=(*feed.complaints, _CUT))
    return feed


def _recovered(
    mended: str, url: str, timezone: tzinfo | None, read_tree: TreeReader
) -> ParsedFeed | None:
    try:
        root = xml_tree(mended, base=url, recover=True)
        return read_tree(root, mended, url=url, timezone=timezone)
    except (MarkupError, FeedError):
        return None


def _heard(text: str, url: str, timezone: tzinfo | None) -> ParsedFeed | None:
    """Return what feedparser makes of it; None where it gives up, or would take too long."""
    if _is_too_much(text):
        return None
    text = _OURS + _LONG_PERSON.sub(r"\1", _DECLARATION.sub("", text, count=1))
    body = text.encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        found: Any = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception:  # noqa: BLE001  # it raises whatever its input makes it stumble over
        return None
    if not found.entries and not found.version:
        return None
    # Its own look-ups warn, rename and compute; what is stored is enough.
    feed: dict[str, Any] = dict(found.feed)
    kind = "atom" if found.version.startswith("atom") else "rss"
    return ParsedFeed(
        format="rdf" if found.version in ("rss10", "rss090") else kind,
        url=url,
        title=one_line(feed.get("title")),
        homepage=link_of(feed.get("link"), url),
        language=feed.get("language") or None,
        entries=tuple(_entry(dict(one), url, timezone) for one in found.entries[:MAX_ENTRIES]),
        complaints=(TOO_MANY,) if len(found.entries) > MAX_ENTRIES else (),
    )


def _is_too_much(text: str) -> bool:
    """Tell whether feedparser would be at it for seconds: its time is quadratic in open tags."""
    if len(text) > MAX_FOR_FEEDPARSER:
        return True
    starts = len(_START_TAG.findall(text))
    ends = text.count("</")
    if max(starts, ends) > MAX_TAGS or starts - ends > MAX_OPEN:
        return True
    return len(_ENTRY_TAG.findall(text)) > MAX_ENTRIES


def _entry(one: dict[str, Any], url: str, timezone: tzinfo | None) -> Entry:
    contents = (dict(content).get("value") for content in one.get("content", ()))
    content = next((value for value in contents if value), None)
    links = [dict(link) for link in one.get("links", ())]
    return Entry(
        guid=one.get("id") or None,
        url=link_of(one.get("link"), url),
        title=one_line(one.get("title")),
        summary=plain(one.get("summary")),
        content=(clean_html(content, url) or None) if content else None,
        published=moment_of(one.get("published"), timezone),
        updated=moment_of(one.get("updated"), timezone),
        authors=distinct([author_of(dict(who).get("name")) for who in one.get("authors", ())]),
        categories=categories_of([dict(tag).get("term") or "" for tag in one.get("tags", ())]),
        enclosures=tuple(filter(None, (_enclosure(link, url) for link in links))),
    )


def _enclosure(link: dict[str, Any], url: str) -> Enclosure | None:
    if link.get("rel") != "enclosure":
        return None
    return enclosure_of(link_of(link.get("href"), url), link.get("type"), link.get("length"))


def _agreed(recovered: ParsedFeed | None, heard: ParsedFeed | None) -> ParsedFeed | None:
    if recovered is None or heard is None:
        return recovered or heard
    if len(recovered.entries) < len(heard.entries):
        return replace(recovered, entries=heard.entries, title=recovered.title or heard.title)
    if len(recovered.entries) > len(heard.entries):
        return recovered
    pairs = zip(recovered.entries, heard.entries, strict=True)
    return replace(
        recovered,
        title=recovered.title or heard.title,
        homepage=recovered.homepage or heard.homepage,
        language=recovered.language or heard.language,
        entries=tuple(_merged(own, words) for own, words in pairs),
    )


def _merged(own: Entry, words: Entry) -> Entry:
    return replace(
        own,
        guid=own.guid or words.guid,
        url=own.url or words.url,
        title=words.title or own.title,
        summary=words.summary or own.summary,
        content=words.content or own.content,
        published=own.published or words.published,
        updated=own.updated or (words.updated if own.published is None else None),
        authors=own.authors or words.authors,
        categories=own.categories or words.categories,
        enclosures=own.enclosures or words.enclosures,
    )
