"""Headline and standfirst: what the page shows above the text, checked against its head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.extract.jsonld import text_of, texts_of
from ingest.extract.page import Page, first_text, text_content
from ingest.extract.rules import texts_at
from ingest.text import match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEPARATOR = re.compile(r"\s+[|\-–—•·»«:/]+\s+|\s*[|»]\s*|\s+::\s+")


def title_of(page: Page) -> str | None:
    """Return the headline without the site's name."""
    rules = page.source.article.title if page.source else ()
    told = texts_at(page.root, rules)
    if told:
        return told[0]
    shown = [text for text in (squeeze(text_content(h1)) for h1 in page.h1s) if text]
    names = site_names(page)
    heads_told = [
        text_of(page.article.get("headline")),
        page.meta("og:title"),
        page.meta("twitter:title", "title", "dc.title"),
    ]
    heads = [cut_site(head, names, shown) for head in heads_told if head]
    for head in heads:
        key = match_key(head)
        for text in shown:
            if match_key(text) == key:
                return squeeze(text)
    if heads:
        return squeeze(heads[0])
    title = cut_site(page.title, names, shown) if page.title else None
    return first_text([_similar(shown, title), title and squeeze(title), *shown])


def _similar(shown: Iterable[str], title: str | None) -> str | None:
    key = match_key(title or "")
    return next((text for text in shown if key and match_key(text) in key), None)


def site_names(page: Page) -> frozenset[str]:
    """Return what the page calls its site, as keys for comparing."""
    names = [
        page.meta("og:site_name", "application-name", "al:android:app_name"),
        page.meta("twitter:site"),
    ]
    names += texts_of(page.article.get("publisher"))
    for node in page.nodes:
        if node.get("@type") in ("WebSite", "Organization", "NewsMediaOrganization"):
            names.append(text_of(node.get("name")))
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    names += [host, host.rpartition(".")[0], host.split(".")[0]]
    return frozenset(key for key in (match_key(name) for name in names if name) if key)


def cut_site(title: str, names: frozenset[str], shown: Iterable[str]) -> str:
    """Return a title without the site's name before or after it."""
    for text in shown:
        if len(text) > 15 and text in title:
            return text
    pieces = list(_SEPARATOR.finditer(title))
    if not pieces:
        return title
    for piece in pieces:
        if _is_site(title[piece.end() :], names):
            return title[: piece.start()]
    for piece in reversed(pieces):
        if _is_site(title[: piece.start()], names):
            return title[piece.end() :]
    return title


def _is_site(text: str, names: frozenset[str]) -> bool:
    key = match_key(text)
    squashed = key.replace(" ", "")
    return any(key == name or squashed == name.replace(" ", "") for name in names)


def standfirst_of(page: Page) -> str | None:
    """Return the standfirst: the description, as the page's head gives it."""
    rules = page.source.article.standfirst if page.source else ()
    told = texts_at(page.root, rules)
    if told:
        return told[0]
    text = first_text(
        [
            page.meta("og:description"),
            page.meta("description"),
            text_of(page.article.get("description")),
            page.meta("twitter:description"),
        ]
    )
    return squeeze(text) if text else None
