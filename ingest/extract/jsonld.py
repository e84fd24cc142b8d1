"""What a page says of itself in JSON-LD and microdata, read as leniently as it is written.

Pages carry several scripts, graphs in graphs, trailing commas, line breaks inside strings,
HTML escapes and comments. Whatever can be read is; the rest is as if it were not there.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.extract.page import Script

MAX_SCRIPT_CHARACTERS = 2_000_000
MAX_NODES = 2_000

_ARTICLES = re.compile(
    r"(?:News|Reportage|Opinion|Review|Analysis|Background|Satirical|Advertiser|Tech|Scholarly|"
    r"Medical)?\w*Article$|^(?:BlogPosting|LiveBlogPosting|SocialMediaPosting|Report|"
    r"AskPublicNewsArticle|Recipe)$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|"
    r"(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*;?\s*$"
)

Node = Mapping[str, Any]


def linked_data_of(scripts: Iterable[Script]) -> tuple[Node, ...]:
    """Return every object of a page's JSON-LD, graphs and nested pages taken apart."""
    found: list[Node] = []
    for script in scripts:
        if "ld+json" in script.kind:
            found.extend(_nodes(read_json(script.text), 0))
            if len(found) > MAX_NODES:
                break
    return tuple(found[:MAX_NODES])


def article_of(nodes: tuple[Node, ...]) -> Node:
    """Return the node that describes the article: the most telling one; empty if none does."""
    articles = [node for node in nodes if any(map(_ARTICLES.search, types_of(node)))]
    telling = ("headline", "datePublished", "author", "articleBody", "description", "image")
    return max(articles, key=lambda node: sum(key in node for key in telling), default={})


def types_of(node: Node) -> tuple[str, ...]:
    """Return the bare names of a node's types."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return tuple(kind.rpartition("/")[2] for kind in kinds if isinstance(kind, str))


def read_json(text: str) -> Any:
    """Return what a script holds; None where nothing can be made of it."""
    if len(text) > MAX_SCRIPT_CHARACTERS:
        return None
    text = _WRAPPING.sub("", text).strip().rstrip(";")
    for attempt in (str, _mended, _unescaped):
        try:
            return json.loads(attempt(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return _first_value(text)


def _mended(text: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", text)


def _unescaped(text: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", html.unescape(text))


def _first_value(text: str) -> Any:
    """Return the first whole value of a script that goes on with something else."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any, depth: int) -> Iterator[Node]:
    if depth > 6:
        return
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement"):
            part = value.get(key)
            if isinstance(part, dict | list):
                yield from _nodes(part, depth + 1)


def text_of(value: Any) -> str | None:
    """Return a value's text: itself, its first, or its name; escapes undone, tags cut."""
    if isinstance(value, list):
        return next((text for text in map(text_of, value) if text), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or value.get("url"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return plain(value) if isinstance(value, str) else None


def texts_of(value: Any) -> tuple[str, ...]:
    """Return all texts of a value that may be one, a list, or objects with names."""
    parts = value if isinstance(value, list) else [value]
    return tuple(text for text in map(text_of, parts) if text)


_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def plain(text: str) -> str | None:
    """Return a text on one line, HTML escapes undone, even double ones, and tags cut."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub("", text)
    return " ".join(text.split()) or None
