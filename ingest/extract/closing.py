"""What stands after the text: closing marks, reporting credits, and standing legal notices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.extract.blocks import Block

_MARK = (
    r"\(?\s*(?:النهاية|انتهى|إنتهى)\s*\)?|/+\s*انتهى\s*/+|\((?:END|end|End)\)|Enditem|■|={3,}|"
    r"انتهای پیام(?:\s*/\s*\S{0,12})?|--\s?SPA\b[^\n]{0,60}|\((?:ANI|EFE|ANSA|KUNA|QNA|PTI)\)\.?"
)
_TAIL_MARK = re.compile(rf"\s*(?P<mark>{_MARK})(?:\s*[\w./\s]{{0,20}})?\s*$")
_WHOLE_MARK = re.compile(rf"^\s*(?:{_MARK})\s*[^\n]{{0,30}}$")
_CREDIT = re.compile(
    r"\s*\((?:(?:Additional )?[Rr]eporting (?:and \w+ )?by|Writing by|Editing by|"
    r"Edited by|Compiled by|إعداد|تحرير|تغطية صحفية|كتب)\b[^()]{3,400}\)\.?\s*$"
)
_OPEN_CREDIT = re.compile(
    r"^(?:Additional )?(?:Reporting (?:and \w+ )?by|Writing by|Editing by) "
    r"(?:[^\n]{3,140}|[^\n]{3,300}\bediting by [^\n]{3,140})$",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"^[a-z]{2,5}(?:[-/][a-z]{1,5}){1,6}$|^/?[a-z]{2,3}/[a-z]{2,3}$")
_SIGNATURE = re.compile(r"^\(((?:[^\W\d_][\w.'’\"״׳-]*\s?){2,4})\)$")
_FORM_LINK = re.compile(r"/p/[^/]+/1001\b")
HAS = "(HAS)"


def cut_closing(paragraphs: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the paragraphs without closing marks and credits, and these in order."""
    kept = list(paragraphs)
    credits: list[str] = []
    for _ in range(4):
        if len(kept) > 1 and is_closing(kept[-1]):
            credits.insert(0, kept.pop())
            continue
        shorter, mark = _cut_tail(kept[-1]) if kept else ("", None)
        if mark is None or not shorter:
            break
        kept[-1] = shorter
        credits.insert(0, mark)
    return kept, tuple(credits)


def is_closing(text: str) -> bool:
    """Tell whether a whole line is a closing mark, initials or a reporting credit."""
    if len(text) > 420:
        return False
    return any(pattern.match(text) for pattern in (_WHOLE_MARK, _OPEN_CREDIT, _INITIALS, _CREDIT))


def _cut_tail(text: str) -> tuple[str, str | None]:
    for pattern in (_CREDIT, _TAIL_MARK):
        match = pattern.search(text, max(0, len(text) - 440))
        if match and match.start() > 0:
            return text[: match.start()].rstrip(), match[0].strip()
    return text, None


def is_signature(text: str) -> bool:
    """Tell whether a line is a name in brackets."""
    return _SIGNATURE.match(text) is not None


def cut_signature(paragraphs: Sequence[str]) -> str | None:
    """Return the reporter's name where it is the bracketed last line of the text."""
    match = _SIGNATURE.match(paragraphs[-1]) if len(paragraphs) > 1 else None
    return match[1] if match else None


def notice_among(blocks: Sequence[Block], kept: Sequence[bool]) -> Block | None:
    """Return the block with an agency's note that this text is but a part of its wire's.

    That is the last one with "(HAS)" that links to the subscription form or that no kept
    text follows; a sentence of the body that only mentions HAS stays where it is.
    """
    block = next((block for block in reversed(blocks) if HAS in block.text), None)
    if block is None:
        return None
    is_linked = any(run.href and _FORM_LINK.search(run.href) for run in block.runs)
    return block if is_linked or not any(kept[block.number + 1 :]) else None
