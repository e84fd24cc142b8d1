"""Is this page an article at all? If not, what it is, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.extract.blocks import Block, Outline
from ingest.extract.hints import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.extract.page import Page

SHORT = 700
TEASERS = 6
TEASER = 40
HEADLINE = 15
_ERRORS = re.compile(
    r"^(?:error\s*)?(?:40[0-9]|410|50[0-4])\b|\b(?:error|http|status)\s?(?:40[0-9]|410|50[0-4])\b|"
    r"(?:page|file|article|content) (?:was |could |can)?(?:not |n't )(?:be )?found|"
    r"page introuvable|nicht gefunden|no encontrad[oa]|non trovata|não encontrad[oa]|"
    r"sayfa bulunamadı|страница не найдена|الصفحة غير موجودة|لم يتم العثور على الصفحة|"
    r"صفحه (?:مورد نظر )?یافت نشد|"
    r"页面不存在|ページが見つかりません|page (?:does not|doesn't|no longer) exist|"
    r"(?:database|server|application|fatal|internal) error|establishing a database connection|"
    r"service (?:temporarily )?unavailable|bad gateway|gateway time-?out|forbidden|access denied",
    re.IGNORECASE,
)
#: What a site says in its own headline even where its template calls each page an article.
_NOT_FOUND = re.compile(
    r"^(?:error )?404\W*$|^(?:error )?404\W{1,5}\D*(?:not found|nicht gefunden|introuvable|error)|"
    r"^page (?:was )?not found|^الصفحة غير موجودة$|^sayfa bulunamadı$|^页面不存在$",
    re.IGNORECASE,
)
_WALLS = re.compile(
    r"just a moment|attention required|verify (?:that )?you are (?:a )?human|are you a robot|"
    r"checking your browser|security check|enable javascript and cookies|unusual traffic|"
    r"captcha|ddos.guard",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we (?:value|care about) your privacy|cookie (?:consent|settings|policy)|"
    r"privacy (?:settings|choices|manager)|datenschutzeinstellungen|mit werbung (?:und|lesen)|"
    r"accept (?:all )?cookies|gestion des cookies|çerez",
    re.IGNORECASE,
)


def not_an_article(
    page: Page, outline: Outline, kept: Sequence[Block], title: str | None, body: str
) -> str | None:
    """Return why a page is no article, in words; None if it may be one.

    Args:
        page: what its head says; one that declares an article is believed.
        outline: all its blocks.
        kept: those of the body.
        title: its headline.
        body: its text.
    """
    if not body.strip():
        return _wall_or_error(page, outline, title, body) or "it holds no text of its own"
    if title and len(body) < SHORT and _NOT_FOUND.search(title):
        return f"an error page: {title[:80]!r}"
    if page.article or (page.meta("og:type") or "").lower() == "article":
        return None
    if is_front(outline, kept):
        return "a section front: its text is teasers under linked headlines"
    if len(body) >= SHORT:
        return None
    return _wall_or_error(page, outline, title, body)


def _wall_or_error(page: Page, outline: Outline, title: str | None, body: str) -> str | None:
    """Return what a page with little text says it is instead of an article."""
    shown = " ".join(block.text for block in outline.blocks[:40])[:1500]
    named = [text for text in (title, page.title) if text]
    for text in (*named, body[:300]):
        if _ERRORS.search(text):
            return f"an error page: {text[:80]!r}"
    for text in (*named, shown):
        if _WALLS.search(text):
            return f"a check for robots: {text[:80]!r}"
    if _CONSENT.search(f"{title or ''} {body[:400]}"):
        return "a consent wall"
    return None


def is_front(outline: Outline, kept: Sequence[Block]) -> bool:
    """Tell a section front: most of what was kept stands right under linked headlines."""
    under: set[str] = set()
    weight = other = 0
    for block in kept:
        if block.weight < TEASER or outline.regions[block.region].tag in HEADINGS:
            continue
        before = outline.blocks[max(0, block.number - 2) : block.number]
        if any(one.link_density > 0.8 and one.weight >= HEADLINE for one in before):
            under.add(block.text)
            weight += block.weight
        else:
            other += block.weight
    return len(under) >= TEASERS and weight > 0.9 * (weight + other)
