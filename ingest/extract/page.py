"""A parsed page and everything its head says, gathered in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from ingest.extract.jsonld import Node, article_of, linked_data_of, plain

if TYPE_CHECKING:
    from turbohtml import Document, Element

    from ingest.model import Source

MAX_METAS = 2_000
MAX_ITEMS = 500
MAX_TEMPLATES = 60
_ITEMS = "body [itemprop]"
#: An address that joining changes nothing of, as most in a head are.
_PLAIN_ADDRESS = re.compile(r"https?://[a-zA-Z0-9.-]++/[a-zA-Z0-9._~/%-]*+")


class Script(NamedTuple):
    """A script element: its type in lower case; most are never read."""

    kind: str
    element: Element

    @property
    def text(self) -> str:
        """What is in it."""
        return self.element.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the steps of extraction read.

    Attributes:
        metas: lower-case name, property or itemprop to the contents given for it, in order.
        links: (rel, href) of every `link`.
        title: text of the `title` element.
        nodes: every object of the page's JSON-LD.
        article: the one that describes the article; empty where none does.
        h1s, times: elements.
        scripts: all of them that hold anything.
        templates: their markup waits for a script to move it into the page.
        itemprops: lower-case itemprop to the body's elements that carry it.
    """

    tree: Document
    url: str
    base: str
    source: Source | None
    metas: Mapping[str, list[str]]
    links: tuple[tuple[str, str], ...]
    title: str | None
    nodes: tuple[Node, ...]
    article: Node
    h1s: tuple[Element, ...]
    times: tuple[Element, ...]
    templates: tuple[Element, ...]
    scripts: tuple[Script, ...]
    itemprops: Mapping[str, list[Element]]

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

    def items(self, *names: str) -> list[Element]:
        """Return the body's elements with one of these itemprops, in lower case."""
        return [element for name in names for element in self.itemprops.get(name, ())]

    def address(self, link: str | None) -> str | None:
        """Return a link of the page as an absolute http address; None for anything else."""
        return _joined(self.base, link) if link else None


@lru_cache(maxsize=4096)
def _joined(base: str, link: str) -> str | None:
    if _PLAIN_ADDRESS.fullmatch(link):
        return link if len(link) <= 4096 else None
    try:
        address = urljoin(base, link.strip())
    except ValueError:
        return None
    is_web = address.startswith(("http://", "https://")) and len(address) <= 4096
    return address if is_web and address.isprintable() else None  # NUL: no row takes it


def page_of(tree: Document, url: str, source: Source | None) -> Page:
    """Return a tree as the page it is.

    Args:
        tree: its tree, whole.
        url: its address, after redirects.
        source: whose page it is, if anyone's we know.
    """
    base = tree.select_one("base")  # selects by an index, which serves what is found below
    titles = (plain(element.text) for element in tree.find_all("title"))
    scripts = tuple(_script_of(element) for element in tree.find_all("script") if len(element))
    nodes = linked_data_of(scripts)
    return Page(
        tree=tree,
        url=url,
        base=_base_of(url, base.attr("href") if base else None),
        source=source,
        metas=_metas_of(tree.find_all("meta", limit=MAX_METAS)),
        links=tuple(
            ((link.attr("rel") or "").lower(), (link.attr("href") or ""))
            for link in tree.find_all("link")
        ),
        title=first_text(titles),
        nodes=nodes,
        article=article_of(nodes),
        h1s=tuple(tree.find_all("h1", limit=20)),
        times=tuple(tree.find_all("time", limit=50)),
        templates=tuple(tree.find_all("template", limit=MAX_TEMPLATES)),
        scripts=scripts,
        itemprops=_items_of(tree),
    )


def _script_of(element: Element) -> Script:
    return Script((element.attr("type") or "").strip().lower(), element)


def _items_of(tree: Document) -> dict[str, list[Element]]:
    items: dict[str, list[Element]] = {}
    for element in tree.select(_ITEMS)[:MAX_ITEMS]:
        items.setdefault((element.attr("itemprop") or "").lower(), []).append(element)
    return items


def first_text(texts: Iterable[str | None]) -> str | None:
    """Return the first that says anything."""
    return next((text for text in texts if text), None)


def _base_of(url: str, base: str | None) -> str:
    try:
        return urljoin(url, base) if base else url
    except ValueError:
        return url


def _metas_of(elements: list[Element]) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for element in elements:
        content = element.attr("content")
        name = element.attr("property") or element.attr("name") or element.attr("itemprop")
        name = name or element.attr("http-equiv")
        if content and name:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas
