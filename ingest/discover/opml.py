"""OPML: the list of feeds that feed readers exchange."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lxml import etree

from ingest.discover.addresses import address_of
from ingest.errors import EmptyFeed, MarkupError, NotAFeed
from ingest.markup.encoding import decode
from ingest.markup.recognise import described, signature_of
from ingest.markup.xml import (
    escaped_ampersands,
    legal_text,
    named_letters,
    without_doctype,
    xml_tree,
)
from ingest.model import FeedLink
from ingest.text import squeeze

_WHERE: Final = "OPML"
_MEDIA_TYPES: Final = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
_TYPES: Final = {media_type: name for name, media_type in _MEDIA_TYPES.items()}


def read_opml(body: bytes) -> tuple[FeedLink, ...]:
    """Return the feeds of an OPML list, each address once, in order.

    The outlines around a feed are its category, `Asia/Levant`; without any it is the feed's own
    `category`. Outlines without an address that can be fetched are left out.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: something else; the reason names it.
    """
    if named := signature_of(body):
        raise NotAFeed(_WHERE, f"not an OPML list but {named}")
    text = decode(body)[0].strip("\ufeff \t\r\n\0")
    if not text:
        raise EmptyFeed(_WHERE, "nothing in it")
    root = _tree(text)
    if root is None or str(root.tag).rpartition("}")[2].lower() not in ("opml", "outline"):
        raise NotAFeed(_WHERE, f"not an OPML list but {described(text)}")
    found: dict[str, FeedLink] = {}
    for outline, path in _outlines(root):
        link = _feed_link(outline, path)
        if link:
            found.setdefault(link.url, link)
    return tuple(found.values())


def _tree(text: str) -> etree._Element | None:
    text = without_doctype(text)
    try:
        return xml_tree(text)
    except MarkupError:
        mended = escaped_ampersands(named_letters(legal_text(text)))
    try:
        return xml_tree(mended, recover=True)
    except MarkupError:
        return None


def _outlines(root: etree._Element) -> Iterable[tuple[dict[str, str], tuple[str, ...]]]:
    """Yield each outline's attributes, names in lower case, with the titles of those around it."""
    path: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if str(element.tag).rpartition("}")[2].lower() != "outline":
            continue
        if event == "end":
            path.pop()
            continue
        attributes = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        yield attributes, tuple(filter(None, path))
        path.append(squeeze(attributes.get("text") or attributes.get("title") or ""))


def _feed_link(outline: dict[str, str], path: tuple[str, ...]) -> FeedLink | None:
    url = address_of(outline.get("xmlurl"))
    if url is None:
        return None
    title = squeeze(outline.get("title") or outline.get("text") or "")
    own = squeeze(outline.get("category", "")).strip("/")
    return FeedLink(
        url=url,
        title=title or None,
        homepage=address_of(outline.get("htmlurl")),
        category="/".join(path) or own or None,
        media_type=_MEDIA_TYPES.get(outline.get("type", "").strip().lower()),
    )


def write_opml(feeds: Iterable[FeedLink], title: str) -> bytes:
    """Return an OPML 2.0 list that `read_opml` reads back as it was."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = squeeze(title)
    groups: dict[tuple[str, ...], etree._Element] = {(): etree.SubElement(root, "body")}
    for feed in feeds:
        path = tuple(filter(None, squeeze(feed.category or "").split("/")))
        for depth in range(1, len(path) + 1):
            if path[:depth] not in groups:
                outer = groups[path[: depth - 1]]
                groups[path[:depth]] = etree.SubElement(outer, "outline", text=path[depth - 1])
        name = squeeze(feed.title or feed.url)
        outline = etree.SubElement(
            groups[path], "outline", type=_TYPES.get(feed.media_type or "", "rss"), text=name
        )
        if feed.title:
            outline.set("title", name)
        outline.set("xmlUrl", feed.url)
        if feed.homepage:
            outline.set("htmlUrl", feed.homepage)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
