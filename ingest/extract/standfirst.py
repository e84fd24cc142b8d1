"""The standfirst: the summary between headline and text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.extract.jsonld import text_of
from ingest.extract.rules import texts_at
from ingest.text import squeeze

if TYPE_CHECKING:
    from ingest.extract.page import Page

_ENDING = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\[&hellip;\])\s*$")


def standfirst_of(page: Page) -> str | None:
    """Return the standfirst: by rule, else the description that the head gives."""
    rules = page.source.article.standfirst if page.source else ()
    told = texts_at(page.root, rules)
    if told:
        return told[0]
    candidates = (
        page.meta("og:description"),
        page.meta("description"),
        text_of(page.article.get("description")),
        page.meta("twitter:description", "dc.description"),
    )
    return next((squeeze(text) for text in candidates if text), None)


def descriptions_of(page: Page) -> str:
    """Return all that the head says of the article, for comparing."""
    described = text_of(page.article.get("description")) or ""
    return " ".join((*page.all_metas("og:description", "description"), described))
