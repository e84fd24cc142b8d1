"""Is this page an article at all? If not, what it is, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.extract.blocks import Outline
    from ingest.extract.page import Page

SHORT = 700
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


def not_an_article(page: Page, outline: Outline, title: str | None, body: str) -> str | None:
    """Return why a page is no article, in words; None if it may be one."""
    if not body.strip():
        return "it holds no text of its own"
    if len(body) >= SHORT or page.article:
        return None
    shown = " ".join(block.text for block in outline.blocks[:40])[:1500]
    for text in (title or "", page.title or "", body[:300]):
        if _ERRORS.search(text):
            return f"an error page: {text[:80]!r}"
    for text in (title or "", page.title or "", shown):
        if _WALLS.search(text):
            return f"a check for robots: {(page.title or text)[:80]!r}"
    if _CONSENT.search(f"{title or ''} {body[:400]}"):
        return "a consent wall"
    return None


def is_front(links: Sequence[bool], prose: float) -> bool:
    """Tell a section front: many linked headlines and hardly any prose."""
    return sum(links) >= 8 and prose < 60 * sum(links)
