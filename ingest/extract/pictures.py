"""Caption and credit of the lead picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.extract.hints import Hint
from ingest.extract.rules import texts_at
from ingest.text import squeeze

if TYPE_CHECKING:
    from ingest.extract.blocks import Outline
    from ingest.extract.container import Choice
    from ingest.extract.page import Page

MAX_CREDIT = 80
_LABEL = re.compile(
    r"(?:Photo(?:graph)?s?|Foto(?:ğraf|grafie|grafía)?|Bild|Image|Picture|Credits?|Crédits?|Quelle|"
    r"Getty|Zdj\.|Ảnh|Фото|Φωτο(?:γραφία)?|Φωτό|صورة|الصورة|تصوير|عدسة|عکس|عکاس|وێنە|צילום|"
    r"फ़ोटो|फोटो|ছবি|ภาพ|写真|撮影|摄影|攝影|사진)"
    r"\s*(?:by|credit|:|：|/)+\s*(?P<credit>[^\n]{2,80})$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?:©|\(c\))\s*(?P<credit>[^\n]{2,80})$", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[](?P<credit>(?!\s*\d)[^()\[\]]{2,60})[)\]]\s*\.?$")


def lead_caption_of(outline: Outline, choice: Choice) -> str | None:
    """Return the first caption before the end of the article."""
    end = outline.regions[choice.region].last
    for region in outline.named:
        if region.first >= end:
            break
        if region.hints & Hint.CAPTION and region.first < region.last:
            blocks = outline.blocks[region.first : region.last]
            text = squeeze(" ".join(block.text for block in blocks))
            if text and len(text) <= 1000:
                return text
    return None


def credit_of(page: Page, outline: Outline, choice: Choice, caption: str | None) -> str | None:
    """Return who made the lead picture, where a rule, a credit or its caption says so."""
    rules = page.source.article.image_credit if page.source else ()
    told = texts_at(page.tree, rules)
    if told:
        return told[0]
    named = _named_credit(outline, choice)
    if named:
        return named
    return credit_in(caption or "")


def credit_in(caption: str) -> str | None:
    """Return whom a caption names as the picture's maker at its end."""
    for form in (_LABEL, _SIGN, _BRACKETS):
        match = form.search(caption)
        if match and len(match["credit"]) <= MAX_CREDIT:
            credit = match["credit"].strip(" .;")
            return credit if "(" in credit else credit.rstrip(")")
    return None


def is_credit(text: str) -> bool:
    """Tell whether a text says who made a picture, and nothing else."""
    return bool(_LABEL.match(text) or _SIGN.match(text))


def _named_credit(outline: Outline, choice: Choice) -> str | None:
    """Return the first text before the article's end that calls itself a credit."""
    end = outline.regions[choice.region].last
    start = max(0, choice.headline)
    for region in outline.named:
        if region.hints & Hint.CREDIT and start <= region.first < min(region.last, end):
            blocks = outline.blocks[region.first : region.last]
            text = squeeze(" ".join(block.text for block in blocks))
            if text and len(text) <= MAX_CREDIT:
                match = _LABEL.search(text) or _SIGN.search(text)
                return match["credit"].strip(" .") if match else text
    return None
