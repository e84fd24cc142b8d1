"""Addresses of feeds as people and programs write them."""

from __future__ import annotations

from ingest.errors import UnusableURL
from ingest.urls import normalize_url


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
