"""Who wrote it."""

from __future__ import annotations

import re
from typing import Any

from ingest.extract.jsonld import plain, text_of
from ingest.extract.page import Page, text_content
from ingest.extract.rules import texts_at
from ingest.text import squeeze

_SPLIT = re.compile(r"\s*(?:[;,|/&،]|\s(?:and|und|et|y|e|i|ve|و)\s)\s*", re.IGNORECASE)
_BY = re.compile(
    r"^(?:by|von|par|por|di|af|door|av|autor(?:in)?|author|yazan|written by|כתב|كتب|بقلم)\b[:\s]*",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.|@|\.(?:com|org|net)\b", re.IGNORECASE)


def authors_of(page: Page) -> tuple[str, ...]:
    """Return the authors' names in the order given."""
    rules = page.source.article.authors if page.source else ()
    for names in (
        texts_at(page.root, rules),
        _of_json(page.article.get("author")),
        list(
            page.all_metas(
                "author",
                "article:author",
                "byl",
                "dc.creator",
                "parsely-author",
                "sailthru.author",
                "cxenseparse:author",
            )
        ),
        _of_links(page),
    ):
        found = _names(names)
        if found:
            return found
    return ()


def _of_json(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [text for text in map(text_of, parts) if text]


def _of_links(page: Page) -> list[str]:
    return [
        text_content(e) for e in page.root.iter("a") if "author" in (e.get("rel") or "").split()
    ][:10]


def _names(texts: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        bare = _BY.sub("", squeeze(plain(text) or ""))
        for name in _SPLIT.split(bare):
            name = name.strip(" .·•-–—")
            if name and not _LINK.search(name) and len(name) < 60 and re.search(r"[^\W\d]", name):
                found.setdefault(name)
    return tuple(found)
