"""A wire's item ▶ the article that consumers see.

What is meant for editors (notes, slugline, signals) stays in the item and never reaches a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final, Protocol

from ingest.errors import WireError
from ingest.model import Article, Picture
from ingest.text import match_key, squeeze
from ingest.wires.item import once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ingest.model import Moment, Source
    from ingest.wires.item import Association, Rendition, WireItem

ENGINE: Final = 1
MAX_AUTHORS: Final = 30
MAX_NAME: Final = 100
_BY: Final = re.compile(r"^(?:by|von|par|por|di|da|af|av|door|haber|yazan)\s*:?\s+", re.IGNORECASE)
_BETWEEN_NAMES: Final = re.compile(
    r"\s*(?:[,;/|]|\s(?:and|und|et|y|e|ve|och|og|en|و|и)\s)\s*", re.IGNORECASE
)
_CASED: Final = re.compile(r"[a-zа-яα-ω]")
_AND: Final = re.compile(r"\s+(?:and|und|et|ve|och|og|en|و|и)\s+|\s*;\s*", re.IGNORECASE)
_WRITERS: Final = frozenset({"author", "writer", "reporter", "byline", "journalist"})
_PICTURE_FIRST: Final = ("highres", "high", "original", "baseimage", "web", "medium", "preview")


class FoundDateline(Protocol):
    """What stood before a text: `extract.dateline.Dateline` is one."""

    @property
    def place(self) -> str | None:
        """The place, as written."""

    @property
    def agency(self) -> str | None:
        """The code of the agency that signs."""

    @property
    def author(self) -> str | None:
        """Who is named beside them."""

    @property
    def length(self) -> int:
        """Characters to cut from the start."""

    def day(self, published: Moment | None, language: str | None = None) -> date | None:
        """The day that is named, as the text's publication settles it."""


FindDateline = Callable[[str, "Source | None"], FoundDateline | None]


def article_of(
    item: WireItem, source: Source | None = None, *, find_dateline: FindDateline | None = None
) -> Article:
    """Return the article of an item; a picture's text is its caption, a flash's its headline.

    Args:
        item: of any class that says something.
        source: whose wire it is: gives the agency and, where the item names none, the language.
        find_dateline: recognises `DÜZCE (AA) - ` at the start of a text; it is cut there.

    Raises:
        WireError: the item has no word for readers.
    """
    text, html = _text_of(item)
    if not text:
        raise WireError(f"{item.guid}: no text, headline or caption")
    article = Article(
        title=item.headline,
        body=text,
        body_html=html,
        standfirst=item.abstract if item.abstract and item.abstract != text else None,
        authors=authors_of(item),
        published=item.content_created or item.first_created or item.version_created,
        modified=item.content_modified or item.version_created,
        language=item.language or _only_language(source),
        sections=once(s.name for s in item.subjects if s.name and s.kind == "subject"),
        tags=once(
            (*item.keywords, *(s.name for s in item.subjects if s.name and s.kind != "subject"))
        ),
        place=next((place.name for place in item.located if place.name), None),
        agency=(source.agency if source else None) or item.copyright_holder,
        notice=once_lines(item.copyright_notice, item.usage_terms),
        canonical=next((value for role, value in item.alt_ids if role == "url"), None),
        pictures=tuple(_pictures(item)),
        partial=item.is_partial,
        credits=item.credits,
        engine=ENGINE,
        rule=item.format,
    )
    article = _with_picture(article, item)
    return article if find_dateline is None else _without_dateline(article, source, find_dateline)


def once_lines(*texts: str | None) -> str | None:
    """Return texts a line each, those that are the same once; None for none."""
    return "\n".join(once(text for text in texts if text)) or None


def _text_of(item: WireItem) -> tuple[str, str]:
    if item.body:
        return item.body, item.body_html
    captions = (one.caption for one in item.associations if one.caption)
    told = item.abstract or item.headline or next(captions, None) or ""
    return told, "".join(f"<p>{escape(line, quote=False)}</p>" for line in told.splitlines())


def authors_of(item: WireItem) -> tuple[str, ...]:
    """Return the people who wrote an item.

    Those it calls writers, else those of its by-line, else whom it names without a role, else
    anybody; the agency itself and log-ins of its desk are nobody.
    """
    writers = [one.name for one in item.authors if (one.role or "").lower() in _WRITERS]
    by_line = _BETWEEN_NAMES.split(_BY.sub("", item.by or ""))
    makers = [one.name for one in item.authors if one.role is None]
    houses = {item.copyright_holder, item.credit, item.provider and item.provider.name}
    for listed in (writers, by_line, makers, [one.name for one in item.authors]):
        parts = (part for name in listed for part in _AND.split(_BY.sub("", name)))
        names = (squeeze(part).strip(" .,-") for part in parts)
        if found := once(name for name in names if _is_name(name) and name not in houses):
            return found[:MAX_AUTHORS]
    return ()


def _is_name(name: str) -> bool:
    """Tell a name from the log-in of somebody at the desk, `hill.ada` or `af/tr`."""
    return 1 < len(name) <= MAX_NAME and not (name.islower() and _CASED.search(name))


def _only_language(source: Source | None) -> str | None:
    return source.languages[0] if source and len(source.languages) == 1 else None


# ── the picture ─────────────────────────────────────────────────────────────────────────


def _with_picture(article: Article, item: WireItem) -> Article:
    if item.item_class in ("picture", "graphic"):
        image = _best(item.renditions)
        return replace(article, image=image, image_credit=item.credit or item.by)
    shown = next((one for one in item.associations if one.item_class == "picture"), None)
    if shown is None:
        image = _best(item.renditions, pictures_only=True)
        return article if image is None else replace(article, image=image)
    return _with_association(article, shown)


def _with_association(article: Article, shown: Association) -> Article:
    return replace(
        article,
        image=_best(shown.renditions),
        image_credit=shown.credit or shown.copyright_notice,
        image_caption=shown.caption or shown.headline,
    )


def _pictures(item: WireItem) -> Iterator[Picture]:
    """Yield the pictures beside a text that have words of their own."""
    for one in item.associations:
        caption, credit = one.caption or one.headline, one.credit or one.copyright_notice
        if one.item_class in ("picture", "graphic") and (caption or credit):
            yield Picture(url=_best(one.renditions), caption=caption, credit=credit)


def _best(renditions: tuple[Rendition, ...], *, pictures_only: bool = False) -> str | None:
    """Return the address of the rendition to show: the largest that is somewhere."""
    found = [
        one
        for one in renditions
        if one.href
        and one.href.startswith(("https://", "http://"))
        and (not pictures_only or (one.content_type or "").startswith("image/"))
    ]
    if not found:
        return None

    def rank(one: Rendition) -> tuple[int, int]:
        role = (one.role or "").lower()
        by_role = next((n for n, word in enumerate(_PICTURE_FIRST) if word in role), 9)
        return (-(one.width or 0), by_role)

    return min(found, key=rank).href


# ── the dateline ────────────────────────────────────────────────────────────────────────

# ANKARA (AA) - AYŞE YILMAZ - The first sentence
_SIGNED: Final = re.compile(r"([^\W\d_][^\d\n()]{4,60}?)\s+[-–—]\s+(?=\S)")
_FIRST_PARAGRAPH: Final = re.compile(r"<p>(.*?)</p>", re.DOTALL)


def _without_dateline(article: Article, source: Source | None, find: FindDateline) -> Article:
    """Return the article without the dateline that its text begins with."""
    first, _, rest = article.body.partition("\n")
    found = find(first, source)
    if found is None:
        return article
    cut = first[found.length :].strip()
    signed = _SIGNED.match(cut) if found.author is None else None
    writers: tuple[str, ...] = (found.author,) if found.author else ()
    if signed is not None and _is_in_capitals(signed[1]):
        cut, writers = cut[signed.end() :], tuple(_BETWEEN_NAMES.split(signed[1]))
    body = f"{cut}\n{rest}" if cut and rest else cut or rest
    if not body:
        return article
    return replace(
        article,
        body=body,
        body_html=_html_without(article.body_html, first, cut),
        place=found.place or article.place,
        filed=found.day(article.published, article.language),
        agency=found.agency or article.agency,
        authors=article.authors or writers,
    )


def _is_in_capitals(name: str) -> bool:
    """Tell a name after a dateline, two words and more in capitals, from a sentence's beginning."""
    words = name.replace("/", " ").split()
    return 2 <= len(words) <= 8 and name == name.upper() != name.lower()


def _html_without(html: str, first: str, cut: str) -> str:
    """Return the HTML with its first paragraph cut alike; its inner markup is lost with it."""
    shown = _FIRST_PARAGRAPH.search(html)
    if (
        shown is None
        or match_key(re.sub(r"<[^<>]*>|&\w+;", " ", shown[1]))[:8] != match_key(first)[:8]
    ):
        return html
    new = f"<p>{escape(cut, quote=False)}</p>" if cut else ""
    return html[: shown.start()] + new + html[shown.end() :]
