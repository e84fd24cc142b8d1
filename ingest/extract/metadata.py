"""Language, sections, tags, image and addresses: what the head says once it is read right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.extract.headline import site_names
from ingest.extract.jsonld import Node, text_of, texts_of, types_of
from ingest.extract.page import Page, first_text
from ingest.extract.rules import select, texts_at
from ingest.text import match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TAGS = 40
_COMMAS = re.compile(r"\s*[,،;；、]\s*")
_HOMES = frozenset(("home", "homepage", "start", "startseite", "accueil", "anasayfa", "ana sayfa"))


def sections_of(page: Page) -> tuple[str, ...]:
    """Return the sections the article stands in, the broadest first where the page tells."""
    rules = page.source.article.sections if page.source else ()
    found = _distinct(part for text in texts_at(page.root, rules) for part in _COMMAS.split(text))
    if found:
        return found
    found = _distinct(texts_of(page.article.get("articleSection")))
    found = found or _distinct(page.all_metas("article:section", "section", "og:article:section"))
    return found or _breadcrumb(page)


def _breadcrumb(page: Page) -> tuple[str, ...]:
    """Return the way from the home page to the article, without either."""
    for node in page.nodes:
        items = node.get("itemListElement")
        if "BreadcrumbList" in types_of(node) and isinstance(items, list):
            told = [_crumb(item) for item in items if isinstance(item, dict)]
            names = [name for name in told if name]
            return _distinct(
                name
                for name in names[:-1]
                if match_key(name) not in _HOMES and _letters(name) not in site_names(page)
            )
    return ()


def _crumb(item: Node) -> str | None:
    return text_of(item.get("name")) or text_of(item.get("item"))


def tags_of(page: Page) -> tuple[str, ...]:
    """Return what the page says it is about, site names left out."""
    rules = page.source.article.tags if page.source else ()
    texts: Iterable[str] = texts_at(page.root, rules)
    texts = texts or texts_of(page.article.get("keywords"))
    texts = texts or page.all_metas("article:tag", "og:article:tag", "news_keywords")
    texts = texts or page.all_metas("keywords")
    names = site_names(page)
    parts = (part for text in texts for part in _COMMAS.split(text))
    return _distinct(part for part in parts if _letters(part) not in names)[:MAX_TAGS]


def image_of(page: Page) -> str | None:
    """Return the address of the lead picture."""
    rules = page.source.article.image if page.source else ()
    for element in select(page.root, rules):
        address = page.address(element.get("src") or element.get("data-src"))
        if address:
            return address
    candidates = (
        page.meta("og:image:secure_url", "og:image", "og:image:url"),
        _image_in(page.article.get("image")),
        page.meta("twitter:image", "twitter:image:src", "image", "thumbnail"),
        next((href for rel, href, _ in page.links if rel == "image_src"), None),
    )
    return first_text(page.address(candidate) for candidate in candidates)


def _image_in(value: object) -> str | None:
    if isinstance(value, list):
        return first_text(_image_in(part) for part in value)
    if isinstance(value, dict):
        return _image_in(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) else None


def canonical_of(page: Page) -> str | None:
    """Return what the page calls its own address."""
    declared = (href for rel, href, _ in page.links if rel == "canonical")
    return first_text(page.address(link) for link in (*declared, page.meta("og:url")))


def twins_of(page: Page) -> tuple[str, ...]:
    """Return other addresses of the same article: its AMP page, its short link."""
    found = (page.address(href) for rel, href, _ in page.links if rel in ("amphtml", "shortlink"))
    return _distinct(address for address in found if address)


def next_page_of(page: Page) -> str | None:
    """Return the address of the article's next page, on the same host."""
    host = urlsplit(page.url).hostname
    for rel, href, _ in page.links:
        address = page.address(href) if "next" in rel.split() else None
        if address and urlsplit(address).hostname == host:
            return address
    return None


def based_on(page: Page) -> str | None:
    """Return the address of what the page says it was made from."""
    value = page.article.get("isBasedOn")
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("url") or value.get("@id") if isinstance(value, dict) else value
    return page.address(value) if isinstance(value, str) else None


def is_partial(page: Page) -> bool:
    """Tell whether the page says that its text is for those who pay."""
    value = page.article.get("isAccessibleForFree")
    if value is None:
        tier = page.meta("article:content_tier", "content_tier")
        return tier in ("locked", "metered-locked", "paid")
    return str(value).strip().rpartition("/")[2].lower() == "false"


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that say anything, each once, cleaned."""
    return tuple(dict.fromkeys(text for text in map(squeeze, texts) if text))
