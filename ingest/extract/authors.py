"""Who wrote it: the head's names, else the line that calls itself a byline.

A field may hold several names, a "By", roles, an address of a profile, initials in brackets,
or only the site's own name; what is left are names of people and agencies.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from ingest.extract.headline import site_names
from ingest.extract.hints import Hint
from ingest.extract.jsonld import plain, text_of
from ingest.extract.rules import texts_at
from ingest.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.extract.blocks import Outline
    from ingest.extract.container import Choice
    from ingest.extract.page import Page

MAX_NAME = 60
MAX_LINE = 160
MAX_BYLINES = 50  # that are looked at until one names anybody
MAX_AUTHORS = 30

_METAS = (
    "author",
    "article:author",
    "byl",
    "article:author_name",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "twitter:data1",
)
_ADDRESS = re.compile(r"(?:https?://|\bwww\.)\S+|\S+@\S+\.\S+", re.IGNORECASE)
_SPLIT = re.compile(
    r"\s*(?:[;,،、|•·\n]|\s[/&]\s|"
    r"\s+(?:and|und|et|y|e|i|ve|och|og|en|with|mit|и|و|ו)\s+(?=\S))\s*",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:by|von|par|por|di|af|door|av|text|texte|texto|foto|story by|written by|words by|"
    r"posted by|reported by|authors?|autor(?:in|en|es)?|auteur|autore|yazan|haber|редактор|автор|"
    r"текст|كتب(?:ت)?|بقلم|كتابة|إعداد|تحرير|المصدر|نویسنده|نووسینی|نووسەر|nivîskar|yazar|της|του|כתב|מאת|文|記者|记者|作者|기자)\s*[:：]?\s+|"
    r"^(?:by|von|text|author|autor|автор|بقلم|كتب|تحرير|المصدر|作者|文|記者|记者)\s*[:：/／]\s*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{0,40}[)\]]\s*$")
_WRAPPED = re.compile(r"^[(\[]([^()\[\]]+)[)\]]$")
_DATED = re.compile(r"(?<![^\W\d_])\d{2,}")  # not "BR24"
_PLACE_AND_AGENCY = re.compile(r"^[(\[]?[^-–—()]{2,25}\s[-–—]\s[^-–—()]{2,25}[)\]]?$")
_NO_NAME_WORDS = """
    admin administrator redaktion editor staff publisher webmaster null none undefined author
    weiter anonymous user root home news twitter facebook instagram linkedin email mail whatsapp
    telegram youtube rss follow share x
"""
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())


def authors_of(page: Page, outline: Outline, choice: Choice) -> tuple[str, ...]:
    """Return the authors' names in the order given."""
    rules = page.source.article.authors if page.source else ()
    ruled = names_in(texts_at(page.tree, rules))
    if ruled:
        return ruled
    sites = site_names(page)
    told = names_in(_of_json(page.article.get("author") or page.article.get("creator")))
    people = _without_sites(told, sites)
    people = people or _without_sites(names_in(page.all_metas(*_METAS[:-1])), sites)
    people = people or _without_sites(names_in(_bylines(outline, choice)), sites)
    people = people or _without_sites(names_in(_of_items(page)), sites)
    return people or _organisations(page, told)


def _organisations(page: Page, told: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that are the site's own, where JSON-LD states them as a person's."""
    value = page.article.get("author")
    parts = value if isinstance(value, list) else [value]
    return told if any(isinstance(part, dict) for part in parts) else ()


def _without_sites(names: tuple[str, ...], sites: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if _letters(name) not in sites)


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))


def _of_json(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [text for text in map(text_of, parts) if text]


def _of_items(page: Page) -> Iterator[str]:
    """Yield what microdata calls authors, else what the first `rel=author` does."""
    authors = page.items("author")[:MAX_AUTHORS]
    yield from (element.attr("content") or element.text for element in authors)
    if authors:
        return
    link = page.tree.select_one("a[rel~=author]")
    if link is not None:
        yield link.text


def _bylines(outline: Outline, choice: Choice) -> Iterator[str]:
    """Yield the first line near headline or text that calls itself a byline."""
    container = outline.regions[choice.region]
    first = choice.headline if 0 <= choice.headline <= container.first else container.first
    near = (
        region
        for region in outline.named
        if region.hints & Hint.AUTHOR
        and region.number > 0  # what the whole body is called is no byline
        and region.first < region.last
        and first - 12 < region.last
        and region.first <= container.last + 12
    )
    for region in islice(near, MAX_BYLINES):
        blocks = outline.blocks[region.first : region.last]
        line = " | ".join(block.text for block in blocks[:3])
        if len(line) <= MAX_LINE and names_in([line]):
            yield line
            return


def names_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the single names in texts that hold one or several, each once."""
    found: dict[str, None] = {}
    for text in texts:
        if _PLACE_AND_AGENCY.match(text.strip()):
            continue
        whole = _ADDRESS.sub(" ", plain(text) or "")
        whole = _WRAPPED.sub(r"\1", _BY.sub("", squeeze(whole)))
        for part in _SPLIT.split(whole):
            name = _name_of(part)
            if name:
                found.setdefault(name)
    return tuple(found)[:MAX_AUTHORS]


def _name_of(part: str) -> str | None:
    """Return a part of a byline as a name; None where it is a role, a date or a sentence."""
    name = _BRACKETS.sub("", _BY.sub("", part.strip()))
    name = name.strip(" .·•-–—:/|*\"'()[]")
    words = name.split()
    if not 1 <= len(words) <= 6 or len(name) > MAX_NAME or len(name) < 2:
        return None
    if _BY.fullmatch(f"{name} ") or _DATED.search(name) or name.lower() in _NO_NAMES:
        return None
    cased = [word for word in words if word[0].lower() != word[0].upper()]
    lower = [word for word in cased if word[0].islower()]
    if cased and len(lower) > len(cased) // 2 and len(words) > 1:
        return None  # "senior writer", "for the agency"
    return name if any(map(str.isalpha, name)) else None
