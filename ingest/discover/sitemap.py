"""Sitemaps ▶ addresses: urlset, index, Google's news extension, feeds and lists as sitemaps.

A sitemap may be gzip; it is unpacked here, with a bound. One that is not well-formed gives what
can be recovered and a complaint; where it was cut off, the half address at its end is none. An
empty one is legal.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Final

from lxml import etree

from ingest.dates import parse_machine_date
from ingest.discover.addresses import address_of
from ingest.errors import DateContradiction, EmptyFeed, FeedError, MarkupError, NotAFeed
from ingest.markup.encoding import decode
from ingest.markup.recognise import described, signature_of
from ingest.markup.xml import (
    escaped_ampersands,
    has_end,
    legal_text,
    named_letters,
    without_doctype,
    without_half,
    xml_tree,
)
from ingest.model import Moment, Sitemap, SitemapEntry
from ingest.text import squeeze

MAX_BYTES: Final = 50 * 1024 * 1024  # sitemaps.org's own bound, after unpacking
MAX_URLS: Final = 100_000  # twice sitemaps.org's

_GZIP: Final = b"\x1f\x8b"
_ENTRIES: Final = frozenset(["url", "sitemap", "item", "entry"])
_MODIFIED: Final = ("lastmod", "updated", "modified")
_PUBLISHED: Final = (
    "publication_date",
    "pubdate",
    "published",
    "date",
    "issued",
    "video publication_date",
)
_BLANK: Final = " \t\r\n\0\ufeff"


def parse_sitemap(body: bytes, *, url: str) -> Sitemap:
    """Return the addresses that a sitemap, an index of sitemaps, a feed or a list names.

    Args:
        body: at most 50 MB when unpacked.
        url: absolute; relative addresses are resolved against it.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: something else; the reason names it.
        FeedError: too large, or gzip that does not unpack.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body, url)
    if len(body) > MAX_BYTES:
        raise FeedError(url, f"more than the {MAX_BYTES:,} bytes a sitemap may have")
    if named := signature_of(body):
        raise NotAFeed(url, f"not a sitemap but {named}")
    text = decode(body)[0].lstrip(_BLANK)
    if not text.rstrip(_BLANK):
        raise EmptyFeed(url, "nothing in it")
    if text[:1] != "<":
        return _read_list(text, url)
    complaints: list[str] = []
    try:
        root = xml_tree(without_doctype(text))
    except MarkupError as error:
        complaints.append(f"{error}; what could be read is kept"[:300])
        root = _recovered(text, url)
    return _read_tree(root, text, url, complaints)


def _unpacked(body: bytes, url: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise FeedError(url, f"gzip that does not unpack: {error}") from error
    return whole


def _recovered(text: str, url: str) -> etree._Element:
    if not has_end(text):
        text = without_half(text, *_ENTRIES)
    mended = escaped_ampersands(named_letters(legal_text(without_doctype(text))))
    try:
        return xml_tree(mended, recover=True)
    except MarkupError as error:
        raise NotAFeed(url, f"not a sitemap but {described(text)}") from error


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower()


def _read_tree(root: etree._Element, text: str, url: str, complaints: list[str]) -> Sitemap:
    name = _local(root)
    if name not in ("urlset", "sitemapindex", "rss", "rdf", "feed"):
        raise NotAFeed(url, f"not a sitemap but {described(text)}")
    outer = root
    if name == "rss":
        outer = next((child for child in root if _local(child) == "channel"), root)
    found: dict[str, list[SitemapEntry]] = {"sitemap": [], "url": []}
    refused: Counter[str] = Counter()
    for element in outer:
        kind = _local(element)
        if kind not in _ENTRIES:
            continue
        if len(found["url"]) + len(found["sitemap"]) >= MAX_URLS:
            complaints.append(f"more than {MAX_URLS:,} addresses; the rest is left out")
            break
        entry = _read_entry(element, url)
        if entry:
            found["sitemap" if kind == "sitemap" else "url"].append(entry)
        else:
            refused[kind] += 1
    if refused:
        complaints.append(f"{refused.total():,} without an address that can be fetched")
    return Sitemap(
        url=url,
        sitemaps=tuple(found["sitemap"]),
        urls=tuple(found["url"]),
        complaints=tuple(complaints),
    )


def _read_entry(element: etree._Element, base: str) -> SitemapEntry | None:
    texts: dict[str, str] = {}
    for child in element:
        name = _local(child)
        if name == "news":
            for one in child:
                texts.setdefault(_local(one), one.text or "")
        elif name == "video":
            for one in child:
                texts.setdefault(f"video {_local(one)}", one.text or "")
        elif name == "link":
            _read_link(child, texts)
        else:
            texts.setdefault(name, child.text or "")
    address = _address(texts.get("loc") or texts.get("link"), base)
    if address is None:
        return None
    title = squeeze("".join(texts.get("title", "")))
    return SitemapEntry(
        url=address,
        lastmod=_moment(texts, _MODIFIED),
        published=_moment(texts, _PUBLISHED),
        title=title or None,
    )


def _read_link(element: etree._Element, texts: dict[str, str]) -> None:
    """Note a feed's link: RSS's text, Atom's alternate; not a sitemap's language variants."""
    href = element.get("href")
    if href is None:
        texts.setdefault("link", element.text or "")
    elif element.get("rel", "alternate") == "alternate" and element.get("hreflang") is None:
        texts.setdefault("link", href)


def _address(text: str | None, base: str) -> str | None:
    return address_of(text.replace("&amp;", "&"), base) if text else None


def _moment(texts: dict[str, str], names: tuple[str, ...]) -> Moment | None:
    for name in names:
        if text := texts.get(name, "").strip():
            try:
                return parse_machine_date(text)
            except DateContradiction:
                return None
    return None


def _read_list(text: str, url: str) -> Sitemap:
    """Return the addresses of a text file, one a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    absolute = [line for line in lines if line[:8].lower().startswith(("http://", "https://"))]
    if not absolute or len(absolute) * 2 < len(lines):
        raise NotAFeed(url, f"not a sitemap but {described(text)}")
    found = [_address(line, url) for line in absolute[:MAX_URLS]]
    complaints = []
    if len(absolute) > MAX_URLS:
        complaints.append(f"more than {MAX_URLS:,} addresses; the rest is left out")
    if len(absolute) < len(lines) or None in found:
        complaints.append("lines that are no address are left out")
    entries = tuple(SitemapEntry(url=one) for one in found if one)
    return Sitemap(url=url, urls=entries, complaints=tuple(complaints))
