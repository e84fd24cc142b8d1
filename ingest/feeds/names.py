"""Element names as feeds mean them, whatever their namespace is spelt like.

{http://purl.org/dc/elements/1.1/}date ─▶ dc:date
{//search.yahoo.com/mrss}content ───────▶ media:content
{the feed's own namespace}title ────────▶ title
dc:date, its prefix never declared ─────▶ dc:date
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from lxml import etree

_SCHEME: Final = re.compile(r"^(?:https?:)?//(?:www\.)?")
_PREFIXES: Final = {
    "w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "search.yahoo.com/mrss": "media",
    "search.yahoo.com/mrss/media": "media",
    "video.search.yahoo.com/mrss": "media",
    "tools.search.yahoo.com/mrss": "media",
    "itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "w3.org/1999/xhtml": "xhtml",
    "w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    # RSS has had many; elements of these are the feed's own.
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "cyber.harvard.edu/rss/rss.html": "",
    "purl.org/rss/1.0": "",
    "purl.org/net/rss1.1": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
}
_KNOWN: Final = frozenset(_PREFIXES.values()) - {""}


class Names(dict[str, str]):
    """The names of a feed's tags, each found once; `own` is the namespace of its own elements."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own

    def __missing__(self, tag: str) -> str:
        name = self[tag] = name_of(tag, self._own)
        return name


@lru_cache(maxsize=4096)
def name_of(tag: str, own: str) -> str:
    """Return an element's name in lower case, with the customary prefix of its module.

    Args:
        tag: as lxml has it.
        own: the namespace that the feed's own elements are in; "" for none.
    """
    namespace, brace, local = tag[1:].partition("}") if tag[:1] == "{" else ("", "", tag)
    local = local.lower()
    if namespace == own:
        prefix, colon, rest = local.partition(":")
        return local if not colon or prefix in _KNOWN else f"?:{rest}"
    spelt = _SCHEME.sub("", namespace.strip().lower()).rstrip("/#")
    prefix = _PREFIXES.get(spelt, "?" if brace else "")
    return f"{prefix}:{local}" if prefix else local


def namespace_of(element: etree._Element) -> str:
    """Return an element's namespace, "" for none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag[:1] == "{" else ""
