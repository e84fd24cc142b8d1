"""Atom 1.0 (RFC 4287) and 0.3, in whichever namespace they claim to be."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import tzinfo
from html import escape

from lxml import etree

from ingest.feeds.elements import (
    MAX_ENTRIES,
    MAX_LINKS,
    TOO_MANY,
    Children,
    Reading,
    all_texts,
    categories_of,
    files_of,
    first_markup,
    first_text,
    language_of,
    markup_of,
    one_line,
    picture_of,
    plain,
    text_of,
)
from ingest.feeds.names import Names, namespace_of
from ingest.feeds.values import (
    author_of,
    distinct,
    enclosure_of,
    is_address,
    is_image,
    link_of,
    moment_of,
    update_interval,
)
from ingest.markup.fragments import clean_html
from ingest.model import Enclosure, Entry, ParsedFeed

_LIKE_HTML = re.compile(r"</[a-zA-Z]|<br ?/?>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+\d?);")
_MARKUP_TYPES = frozenset(["html", "text/html", "xhtml", "application/xhtml+xml"])


def read_atom(root: etree._Element, *, url: str, timezone: tzinfo | None) -> ParsedFeed:
    """Return what an Atom document says; `root` is feed, or a single entry."""
    has_bases = bool(root.xpath("boolean(//@xml:base)"))
    names = Names(namespace_of(root))
    reading = Reading(url=url, names=names, timezone=timezone, has_bases=has_bases)
    found = reading.children(root)
    is_entry = str(root.tag).rpartition("}")[2].lower() == "entry"
    entries = [root] if is_entry else found.get("entry", [])
    authors = () if is_entry else _people(found, reading)
    rels = {} if is_entry else _links_by_rel(found, reading)
    return ParsedFeed(
        format="atom",
        url=url,
        title=one_line(_text(found, "title")),
        homepage=rels.get("alternate"),
        self_url=rels.get("self"),
        language=language_of(root, found),
        image=link_of(first_text(found, "logo", "icon"), reading.base(root)),
        entries=tuple(_read_entry(entry, reading, authors) for entry in entries[:MAX_ENTRIES]),
        complaints=(TOO_MANY,) if len(entries) > MAX_ENTRIES else (),
        hub=rels.get("hub"),
        poll_interval=update_interval(
            first_text(found, "sy:updateperiod"), first_text(found, "sy:updatefrequency")
        ),
        next_url=rels.get("next") or rels.get("prev-archive"),
    )


def _read_entry(entry: etree._Element, reading: Reading, inherited: tuple[str, ...]) -> Entry:
    found = reading.children(entry)
    guid = first_text(found, "id")
    timezone = reading.timezone
    summary = _text(found, "summary") or first_markup(found, "media:description")
    files = _linked_files(found, reading)
    return Entry(
        guid=guid,
        url=_entry_link(entry, found, reading, guid),
        title=one_line(_text(found, "title") or first_markup(found, "media:title")),
        summary=plain(summary),
        content=_content(found, reading),
        published=moment_of(
            first_text(found, "published", "issued", "created", "dc:date"), timezone
        ),
        updated=moment_of(first_text(found, "updated", "modified"), timezone),
        authors=_people(found, reading) or inherited,
        categories=_categories(found),
        image=picture_of(found, reading) or _picture_among(files),
        enclosures=files_of(found, reading) + files,
        language=language_of(entry, found),
    )


def _text(found: Children, name: str) -> str | None:
    """Return a text construct as HTML."""
    for element in found.get(name, ()):
        if (html := _html(element)).strip():
            return html
    return None


def _html(element: etree._Element) -> str:
    if len(element):
        return markup_of(element)
    text = element.text or ""
    if not element.attrib and "&" not in text and "<" not in text:
        return text
    media_type = element.get("type", "text").strip().lower()
    mode = element.get("mode", "").strip().lower()  # Atom 0.3
    if mode == "base64" and media_type in _MARKUP_TYPES | {"text", "text/plain"}:
        try:
            text = b64decode(text, validate=False).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    if media_type in _MARKUP_TYPES or mode == "escaped":
        return text
    if "type" not in element.attrib and _LIKE_HTML.search(text):
        return text  # as many feeds write it, though the default is plain text
    return escape(text, quote=False)


def _content(found: Children, reading: Reading) -> str | None:
    for name in ("content", "content:encoded"):
        for element in found.get(name, ()):
            if (html := _html(element)).strip():
                return clean_html(html, reading.base(element)) or None
    return None


def _entry_link(
    entry: etree._Element, found: Children, reading: Reading, guid: str | None
) -> str | None:
    """Return the entry's own page: its alternate link, its content's source, its permanent id."""
    for element in found.get("link", [])[:MAX_LINKS]:
        if _rel(element) == "alternate" and (url := reading.link(element, _href(element))):
            return url
    for element in found.get("content", ()):
        if url := reading.link(element, element.get("src")):
            return url
    return link_of(guid, reading.base(entry)) if is_address(guid) else None


def _rel(element: etree._Element) -> str:
    """Return the relation, of which a registered one may be written as an address."""
    rel = element.get("rel", "alternate")
    if rel == "alternate":
        return rel
    return rel.strip().lower().rpartition("/")[2] or "alternate"


def _href(element: etree._Element) -> str | None:
    return element.get("href") or element.text


def _links_by_rel(found: Children, reading: Reading) -> dict[str, str]:
    links: dict[str, str] = {}
    for element in (*found.get("link", ()), *found.get("atom:link", ())):
        if url := reading.link(element, _href(element)):
            links.setdefault(_rel(element), url)
    return links


def _people(found: Children, reading: Reading) -> tuple[str, ...]:
    names = [
        author_of(_name_in(element, reading.names) or element.text)
        for element in found.get("author", ())
    ]
    if "dc:creator" in found:
        names += [author_of(text) for text in all_texts(found, "dc:creator")]
    return distinct(names)


def _name_in(person: etree._Element, names: Names) -> str | None:
    for wanted in ("name", "email"):
        for child in person:
            if names[child.tag] == wanted and (text := text_of(child).strip()):
                return text
    return None


def _categories(found: Children) -> tuple[str, ...]:
    if "category" not in found and "dc:subject" not in found:
        return ()
    terms = [e.get("label") or e.get("term") or text_of(e) for e in found.get("category", ())]
    return categories_of(terms + all_texts(found, "dc:subject"))


def _linked_files(found: Children, reading: Reading) -> tuple[Enclosure, ...]:
    files = {}
    for element in found.get("link", ()):
        if _rel(element) == "enclosure":
            url = reading.link(element, element.get("href"))
            if file := enclosure_of(url, element.get("type"), element.get("length")):
                files[file.url] = file
    return tuple(files.values())


def _picture_among(files: tuple[Enclosure, ...]) -> str | None:
    for file in files:
        if is_image(file.url, file.media_type):
            return file.url
    return None
