"""A source's own selectors, found on the page before anything generic is tried."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from cssselect import HTMLTranslator, SelectorError
from lxml.etree import XPath, XPathSyntaxError

from ingest.extract.page import text_content
from ingest.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> XPath | None:
    """Return a selector ready for use; None for one that is no CSS: the generic way answers."""
    try:
        return XPath(HTMLTranslator().css_to_xpath(selector))
    except (SelectorError, XPathSyntaxError):
        return None


def _found(root: _Element, selector: str) -> list[_Element]:
    compiled = _compiled(selector)
    return cast("list[_Element]", compiled(root)) if compiled else []


def select(root: _Element, selectors: Sequence[str]) -> list[_Element]:
    """Return what the first selector that finds anything finds, in document order."""
    return next((found for found in (_found(root, one) for one in selectors) if found), [])


def select_all(root: _Element, selectors: Sequence[str]) -> list[_Element]:
    """Return what all the selectors find."""
    return [element for selector in selectors for element in _found(root, selector)]


def texts_at(root: _Element, selectors: Sequence[str]) -> list[str]:
    """Return the texts of what `select` finds, each on one line, empty ones left out."""
    texts = (squeeze(text_content(element)) for element in select(root, selectors))
    return [text for text in texts if text]
