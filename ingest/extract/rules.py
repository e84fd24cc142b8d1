"""A source's own selectors, found on the page before anything generic is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turbohtml import SelectorSyntaxError

from ingest.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turbohtml import Document, Element


def _found(tree: Document, selector: str) -> list[Element]:
    try:
        return tree.select(selector)
    except SelectorSyntaxError:
        return []  # no CSS: the generic way answers


def select(tree: Document, selectors: Sequence[str]) -> list[Element]:
    """Return what the first selector that finds anything finds, in document order."""
    return next((found for found in (_found(tree, one) for one in selectors) if found), [])


def select_all(tree: Document, selectors: Sequence[str]) -> list[Element]:
    """Return what all the selectors find."""
    return [element for selector in selectors for element in _found(tree, selector)]


def texts_at(tree: Document, selectors: Sequence[str]) -> list[str]:
    """Return the texts of what `select` finds, each on one line, empty ones left out."""
    texts = (squeeze(element.text) for element in select(tree, selectors))
    return [text for text in texts if text]
