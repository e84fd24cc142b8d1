"""What an element holds: its children by name, its text, its markup, its base.

Shared by the formats that are XML. Nothing here recurses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from html import escape
from typing import Final

from lxml import etree

from ingest.feeds.names import Names
from ingest.feeds.values import distinct, enclosure_of, is_image, link_of
from ingest.markup.fragments import plain_text
from ingest.model import Enclosure
from ingest.text import squeeze

Children = dict[str, list[etree._Element]]

MAX_ENTRIES: Final = 10_000
MAX_LINKS: Final = 20  # of one entry; an entry has one, or one in each of a few forms
TOO_MANY: Final = f"more than {MAX_ENTRIES:,} entries; the rest is left out"

_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXED_TAG: Final = re.compile(r"(</?)[\w.-]+:(?=[a-zA-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What holds throughout one feed.

    Attributes:
        url: the address it was read from; links are resolved against it.
        names: what its tags are called.
        timezone: of times that carry no offset.
        has_bases: some element has an xml:base.
    """

    url: str
    names: Names
    timezone: tzinfo | None
    has_bases: bool

    def children(self, element: etree._Element) -> Children:
        """Return the children by name, those of media groups among them."""
        found: Children = {}
        names = self.names
        for child in element:
            name = names[child.tag]
            if name in found:
                found[name].append(child)
            else:
                found[name] = [child]
        if "media:group" in found or "media:content" in found:
            for outer in (*found.get("media:group", ()), *found.get("media:content", ())):
                for child in outer:
                    found.setdefault(names[child.tag], []).append(child)
        return found

    def base(self, element: etree._Element) -> str:
        """Return what links below an element are resolved against."""
        return (link_of(element.base, self.url) or self.url) if self.has_bases else self.url

    def link(self, element: etree._Element, text: str | None) -> str | None:
        """Return the absolute address that text in an element means."""
        return link_of(text, self.base(element) if self.has_bases else self.url)


def text_of(element: etree._Element) -> str:
    """Return all the text in an element."""
    if not len(element):
        return element.text or ""
    return "".join(map(str, element.itertext()))


def first_text(found: Children, *names: str) -> str | None:
    """Return the text of the first element of these names that has any, white space trimmed."""
    for name in names:
        if name in found:
            for element in found[name]:
                if text := text_of(element).strip():
                    return text
    return None


def all_texts(found: Children, *names: str) -> list[str]:
    """Return the texts of all elements of these names."""
    return [text_of(element) for name in names for element in found.get(name, ())]


def markup_of(element: etree._Element) -> str:
    """Return what an element holds as HTML: its escaped text, or its child elements written out."""
    if not len(element):
        return element.text or ""
    pieces = [escape(element.text or "", quote=False)]
    pieces += [etree.tostring(child, encoding="unicode") for child in element]
    return _PREFIXED_TAG.sub(r"\1", "".join(pieces))


def first_markup(found: Children, *names: str) -> str | None:
    """Return the markup of the first element of these names that has any."""
    for name in names:
        if name in found:
            for element in found[name]:
                if (markup := markup_of(element)) and not markup.isspace():
                    return markup
    return None


def language_of(element: etree._Element, found: Children) -> str | None:
    """Return the language an element declares, as written."""
    declared = first_text(found, "language", "dc:language") or element.get(_XML_LANG)
    return squeeze(declared) or None if declared else None


def plain(fragment: str | None) -> str | None:
    """Return a fragment's plain text, or None where it has none."""
    return plain_text(fragment) or None if fragment else None


def one_line(fragment: str | None) -> str | None:
    """Return a fragment's plain text on one line, or None where it has none."""
    if not fragment:
        return None
    text = plain_text(fragment)
    return (" ".join(text.split("\n")) if "\n" in text else text) or None


def files_of(found: Children, reading: Reading) -> tuple[Enclosure, ...]:
    """Return the files an entry carries: enclosures, then Media RSS that is no picture."""
    if "enclosure" not in found and "media:content" not in found:
        return ()
    files = []
    for element in found.get("enclosure", ()):
        url = reading.link(element, element.get("url") or element.get("href"))
        files.append(enclosure_of(url, element.get("type"), element.get("length")))
    for element in found.get("media:content", ()):
        url = reading.link(element, element.get("url"))
        if url and not is_image(url, element.get("type"), element.get("medium")):
            files.append(enclosure_of(url, element.get("type"), element.get("filesize")))
    return tuple({file.url: file for file in files if file}.values())


def picture_of(found: Children, reading: Reading) -> str | None:
    """Return the picture an entry shows: Media RSS, an enclosure, `image` in any of its forms."""
    if _PICTURES.isdisjoint(found):
        return None
    for element in found.get("media:content", ()):
        url = reading.link(element, element.get("url"))
        if url and is_image(url, element.get("type"), element.get("medium")):
            return url
    for element in found.get("enclosure", ()):
        url = reading.link(element, element.get("url"))
        if url and is_image(url, element.get("type")):
            return url
    return _picture_by_name(found, reading)


_NAMES_OF_PICTURES: Final = ("image", "media:thumbnail", "itunes:image", "thumbnail")
_PICTURES: Final = frozenset([*_NAMES_OF_PICTURES, "media:content", "enclosure"])


def _picture_by_name(found: Children, reading: Reading) -> str | None:
    for name in _NAMES_OF_PICTURES:
        for element in found.get(name, ()):
            named = element.get("url") or element.get("href") or _inner_url(element, reading)
            if url := reading.link(element, named):
                return url
    return None


def _inner_url(element: etree._Element, reading: Reading) -> str | None:
    """Return `<image><url>…</url></image>`, or an agency's bare `<image>…</image>`."""
    if not len(element):
        return element.text
    return first_text(reading.children(element), "url", "link") or element.text


def categories_of(texts: list[str]) -> tuple[str, ...]:
    """Return categories as plain text, each once."""
    return distinct([_few(text) if len(text) <= _SHORT else one_line(text) for text in texts])


# The categories of a feed are few, and every entry repeats them.
_SHORT: Final = 100
_few: Final = lru_cache(maxsize=4096)(one_line)
