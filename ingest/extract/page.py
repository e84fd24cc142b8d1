"""A parsed page and everything its head says, gathered in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin

from lxml.etree import XPath

from ingest.extract.jsonld import Node, article_of, linked_data_of, plain
from ingest.markup import Script

if TYPE_CHECKING:
    from lxml.etree import _Element

    from ingest.model import Source

MAX_METAS = 2_000
MAX_ITEMS = 500
_ITEMS = XPath("descendant::body/descendant::*[@itemprop]")
_HEAD_TAGS = ("meta", "link", "title", "h1", "time", "base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the steps of extraction read.

    Attributes:
        metas: lower-case name, property or itemprop to the contents given for it, in order.
        links: (rel, href, element) of every `link`.
        title: text of the `title` element.
        nodes: every object of the page's JSON-LD.
        article: the one that describes the article; empty where none does.
        h1s, times: elements.
        scripts: all of them; no other text of theirs is in the tree.
        itemprops: lower-case itemprop to the body's elements that carry it.
    """

    root: _Element
    url: str
    base: str
    source: Source | None
    metas: Mapping[str, list[str]]
    links: tuple[tuple[str, str, _Element], ...]
    title: str | None
    nodes: tuple[Node, ...]
    article: Node
    h1s: tuple[_Element, ...]
    times: tuple[_Element, ...]
    scripts: tuple[Script, ...]
    itemprops: Mapping[str, list[_Element]]

    def meta(self, *names: str) -> str | None:
        """Return the first content of the first of these names that has one."""
        for name in names:
            for content in self.metas.get(name, ()):
                text = plain(content)
                if text:
                    return text
        return None

    def all_metas(self, *names: str) -> tuple[str, ...]:
        """Return every content of these names, in order."""
        texts = (plain(content) for name in names for content in self.metas.get(name, ()))
        return tuple(text for text in texts if text)

    def items(self, *names: str) -> list[_Element]:
        """Return the body's elements with one of these itemprops, in lower case."""
        return [element for name in names for element in self.itemprops.get(name, ())]

    def address(self, link: str | None) -> str | None:
        """Return a link of the page as an absolute http address; None for anything else."""
        return _joined(self.base, link) if link else None


@lru_cache(maxsize=4096)
def _joined(base: str, link: str) -> str | None:
    try:
        address = urljoin(base, link.strip())
    except ValueError:
        return None
    is_web = address.startswith(("http://", "https://")) and len(address) <= 4096
    return address if is_web and address.isprintable() else None  # NUL: no row takes it


def page_of(
    root: _Element,
    url: str,
    source: Source | None,
    scripts: tuple[Script, ...] = (),
    *,
    has_items: bool = True,
) -> Page:
    """Return a tree as the page it is.

    Args:
        root: its tree.
        url: its address, after redirects.
        source: whose page it is, if anyone's we know.
        scripts: those that were cut from its text.
        has_items: whether anything in it may carry an itemprop.
    """
    found: dict[str, list[_Element]] = {tag: [] for tag in _HEAD_TAGS}
    for element in root.iter(*_HEAD_TAGS):
        found[element.tag].append(element)
    base = next((element.get("href") for element in found["base"]), None)
    titles = (plain(text_content(element)) for element in found["title"])
    scripts += tuple(_left_scripts(root))
    nodes = linked_data_of(scripts)
    return Page(
        root=root,
        url=url,
        base=_base_of(url, base),
        source=source,
        metas=_metas_of(found["meta"]),
        links=tuple(
            ((element.get("rel") or "").lower(), element.get("href") or "", element)
            for element in found["link"]
        ),
        title=first_text(titles),
        nodes=nodes,
        article=article_of(nodes),
        h1s=tuple(found["h1"][:20]),
        times=tuple(found["time"][:50]),
        scripts=scripts,
        itemprops=_items_of(root) if has_items else {},
    )


def _left_scripts(root: _Element) -> Iterator[Script]:
    """Yield the scripts that only the parser could tell from text."""
    for script in root.iter("script"):
        if script.text:
            yield Script((script.get("type") or "").lower(), script.text)


def _items_of(root: _Element) -> dict[str, list[_Element]]:
    items: dict[str, list[_Element]] = {}
    for element in cast("list[_Element]", _ITEMS(root))[:MAX_ITEMS]:
        items.setdefault(element.get("itemprop", "").lower(), []).append(element)
    return items


def text_content(element: _Element) -> str:
    """Return all text of an element, white space as written."""
    return "".join(part for part in element.itertext() if isinstance(part, str))


def first_text(texts: Iterable[str | None]) -> str | None:
    """Return the first that says anything."""
    return next((text for text in texts if text), None)


def _base_of(url: str, base: str | None) -> str:
    try:
        return urljoin(url, base) if base else url
    except ValueError:
        return url


def _metas_of(elements: list[_Element]) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for element in elements[:MAX_METAS]:
        content = element.get("content")
        name = element.get("property") or element.get("name") or element.get("itemprop")
        name = name or element.get("http-equiv")
        if content and name:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas
