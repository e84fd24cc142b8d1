"""Addresses of feeds as people and programs write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import UnusableURL
from ingest.urls import normalize_url

if TYPE_CHECKING:
    from turbohtml import Document


def address_of(text: str | None, base: str | None = None) -> str | None:
    """Return the absolute http or https address that text means, None for any other.

    `feed:` is what feed readers once registered: `feed://x` and `feed:https://x` are read.
    """
    text = (text or "").strip()
    if text[:5].lower() == "feed:":
        text = text[5:]
        text = f"http:{text}" if text.startswith("//") else text
    try:
        return normalize_url(text, base) if text else None
    except UnusableURL:
        return None


def base_of(tree: Document, url: str) -> str:
    """Return what a page's links are meant against: its first usable `base`, else its own URL."""
    named = (address_of(element.attr("href"), url) for element in tree.find_all("base"))
    return next(filter(None, named), url)
