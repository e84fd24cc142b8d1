"""Language, sections, tags, image and addresses: what the head says once it is read right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.extract.headline import site_names
from ingest.extract.jsonld import Node, text_of, texts_of, types_of
from ingest.extract.page import Page, first_text
from ingest.extract.rules import select, texts_at
from ingest.extract.tags import unescape
from ingest.text import match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.extract.blocks import Outline
    from ingest.extract.container import Choice

MAX_TAGS = 40
SMALLEST_PICTURE = 200
_COMMAS = re.compile(r"\s*[,،;；、]\s*")
_PICTURE = re.compile(r' (src|data-src|width)="([^"]*)"')
_HOMES = frozenset(("home", "homepage", "start", "startseite", "accueil", "anasayfa", "ana sayfa"))


def sections_of(page: Page) -> tuple[str, ...]:
    """Return the sections the article stands in, the broadest first where the page tells."""
    rules = page.source.article.sections if page.source else ()
    found = _distinct(part for text in texts_at(page.tree, rules) for part in _COMMAS.split(text))
    if found:
        return found
    found = _distinct(texts_of(page.article.get("articleSection")))
    found = found or _distinct(page.all_metas("article:section", "section", "og:article:section"))
    found = found or _distinct(item.text for item in page.items("articlesection"))
    return found or _breadcrumb(page)


def _breadcrumb(page: Page) -> tuple[str, ...]:
    """Return the way from the home page to the article, without either."""
    for node in page.nodes:
        items = node.get("itemListElement")
        if "BreadcrumbList" in types_of(node) and isinstance(items, list):
            told = [_crumb(item) for item in items if isinstance(item, dict)]
            names = [name for name in told if name]
            sites = site_names(page)
            return _distinct(
                name
                for name in names[:-1]
                if match_key(name) not in _HOMES and _letters(name) not in sites
            )
    return ()


def _crumb(item: Node) -> str | None:
    return text_of(item.get("name")) or text_of(item.get("item"))


def tags_of(page: Page) -> tuple[str, ...]:
    """Return what the page says it is about, site names left out."""
    rules = page.source.article.tags if page.source else ()
    texts: Iterable[str] = texts_at(page.tree, rules)
    texts = texts or texts_of(page.article.get("keywords"))
    texts = texts or page.all_metas("article:tag", "og:article:tag", "news_keywords")
    texts = texts or _linked_tags(page) or page.all_metas("keywords")
    names = site_names(page, with_host=False)
    parts = (part for text in texts for part in _COMMAS.split(text))
    return _distinct(part for part in parts if _letters(part) not in names)[:MAX_TAGS]


def _linked_tags(page: Page) -> list[str]:
    """Return the tags that the page links to as such."""
    links = page.tree.select("a[rel~=tag i]")[:MAX_TAGS]
    return [element.text for element in links or page.items("keywords")]


def image_of(page: Page, outline: Outline, choice: Choice) -> str | None:
    """Return the address of the lead picture: the head's, else the first large one shown."""
    rules = page.source.article.image if page.source else ()
    for element in select(page.tree, rules):
        address = page.address(element.attr("src") or element.attr("data-src"))
        if address:
            return address
    candidates = (
        page.meta("og:image:secure_url", "og:image", "og:image:url"),
        _image_in(page.article.get("image")),
        page.meta("twitter:image", "twitter:image:src", "image", "thumbnail"),
        next((href for rel, href in page.links if rel == "image_src"), None),
    )
    told = first_text(page.address(candidate) for candidate in candidates)
    return told or _first_shown(page, outline, choice)


def _first_shown(page: Page, outline: Outline, choice: Choice) -> str | None:
    """Return the first picture after the headline, or in the text, that is no icon."""
    start = outline.blocks[choice.headline].region if choice.headline >= 0 else choice.region
    first = min(start, choice.region)
    for picture in outline.pictures:
        attributes = dict(_PICTURE.findall(picture.tag)) if picture.before > first else {}
        width = attributes.get("width", "").removesuffix("px")
        if width.isdecimal() and int(width) >= SMALLEST_PICTURE:
            return page.address(unescape(attributes.get("src") or attributes.get("data-src", "")))
    return None


def _image_in(value: object) -> str | None:
    if isinstance(value, list):
        return first_text(_image_in(part) for part in value)
    if isinstance(value, dict):
        return _image_in(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) else None


def canonical_of(page: Page) -> str | None:
    """Return what the page calls its own address."""
    declared = (href for rel, href in page.links if rel == "canonical")
    return first_text(page.address(link) for link in (*declared, page.meta("og:url")))


def twins_of(page: Page) -> tuple[str, ...]:
    """Return other addresses of the same article: its AMP page, its short link."""
    found = (page.address(href) for rel, href in page.links if rel in ("amphtml", "shortlink"))
    return _distinct(address for address in found if address)


def next_page_of(page: Page) -> str | None:
    """Return the address of the article's next page, on the same host."""
    host = urlsplit(page.url).hostname
    for rel, href in page.links:
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
    """Tell whether the page says that its text, or a part of it, is for those who pay."""
    value = page.article.get("isAccessibleForFree")
    if value is None:
        parts = page.article.get("hasPart")
        parts = parts if isinstance(parts, list) else [parts]
        if any(
            isinstance(part, dict) and _is_no(part.get("isAccessibleForFree")) for part in parts
        ):
            return True
        tier = page.meta("article:content_tier", "content_tier")
        return tier in ("locked", "metered-locked", "paid")
    return _is_no(value)


def _is_no(value: object) -> bool:
    return str(value).strip().rpartition("/")[2].lower() == "false"


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that say anything, each once, cleaned."""
    return tuple(dict.fromkeys(text for text in map(squeeze, texts) if text))
