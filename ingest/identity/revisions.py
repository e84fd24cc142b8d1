"""Whether an article's text is new, and what is new about it.

    text_digest ────── equal for texts that differ in spaces, quotes and typography only
    what_changed ───── the names of the fields that differ, for the change's `changed`
    is_flapping ────── a text that comes and goes: A, B, A, and B again
    is_restless ────── a text in which only a counter or a clock goes on

A page that flaps or ticks is stored no further; the article keeps its last revision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.model import Article, Moment

QUICK_LINE: Final = 8  # words: a line this short is a counter after two changes …
QUICK_CHANGES: Final = 2
SLOW_CHANGES: Final = 4  # … a figure in a sentence after four, for a toll may rise
RECENT_TEXTS: Final = SLOW_CHANGES + 1  # how many texts `is_restless` wants to see

_INVISIBLE: Final = (
    *(0xAD, 0x61C, 0x640, 0x34F, 0x180E, 0xFEFF),
    *(*range(0x200B, 0x2010), *range(0x202A, 0x202F)),
    *(*range(0x2060, 0x2065), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10)),
)
_TYPOGRAPHY: Final = {
    **dict.fromkeys(map(chr, _INVISIBLE), ""),
    **dict.fromkeys("«»“”„‟〝〞〟「」『』", '"'),
    **dict.fromkeys("‘’‚‛‹›`´ʼʻ′", "'"),
    **dict.fromkeys("‐‑‒–—―−⁃", "-"),
}
_TYPOGRAPHIC: Final = re.compile(f"[{re.escape(''.join(_TYPOGRAPHY))}]")
_MARKS: Final = "\"'-"
_FIGURE: Final = re.compile(r"\d+(?:[.,:/٫٬]\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What makes a revision: a text's words and their order."""

    title: str | None
    standfirst: str | None
    body: str

    @classmethod
    def of(cls, article: Article) -> Text:
        """Return the text of an article."""
        return cls(title=article.title, standfirst=article.standfirst, body=article.body)


def text_digest(title: str | None, standfirst: str | None, body: str) -> bytes:
    """Return 16 bytes that are equal for texts that read the same.

    Spaces, line breaks, kinds of quotes and dashes, ligatures, tatweel, invisible characters
    and marks of direction make no difference; letters, case and figures do.
    """
    whole = "\x1f".join(_plain(part or "") for part in (title, standfirst, body))
    return blake2b(whole.encode("utf-8", "replace"), digest_size=16).digest()


def is_same_text(one: Text, other: Text) -> bool:
    """Return whether two texts read the same; see `text_digest`."""
    return _digest(one) == _digest(other)


def what_changed(old: Article, new: Article) -> tuple[str, ...]:
    """Return which fields a reader would find changed, the weightiest first.

    Of headline, standfirst, body, date, modified, authors, place, image, sections, tags,
    notice, language; nothing when there is no difference.
    """
    differs = {
        "headline": _plain(old.title or "") != _plain(new.title or ""),
        "standfirst": _plain(old.standfirst or "") != _plain(new.standfirst or ""),
        "body": _plain(old.body) != _plain(new.body),
        "date": _when(old.published) != _when(new.published),
        "modified": _when(old.modified) != _when(new.modified),
        "authors": old.authors != new.authors,
        "place": _plain(old.place or "") != _plain(new.place or ""),
        "image": old.image != new.image,
        "sections": old.sections != new.sections,
        "tags": old.tags != new.tags,
        "notice": _plain(old.notice or "") != _plain(new.notice or ""),
        "language": old.language != new.language,
    }
    return tuple(name for name, is_different in differs.items() if is_different)


def is_flapping(history: Sequence[bytes], digest: bytes) -> bool:
    """Return whether a text only comes and goes, so that it makes no revision.

    Args:
        history: digests of the article's revisions, oldest first; not empty.
        digest: of the text the page shows now.

    Returns:
        False for a new text, and for the first return to an earlier one (a correction taken
        back is news); True from the second return on, and for the text already stored.
    """
    if digest == history[-1]:
        return True
    return digest in history and len(set(history)) < len(history)


def is_restless(history: Sequence[Text], new: Text) -> bool:
    """Return whether only a counter or a clock in the text went on, so that it makes no revision.

    A line of at most QUICK_LINE words that was another one at each of the last QUICK_CHANGES
    changes is a counter ("viewed 1,204 times", "5 minutes ago"); a line in which nothing but
    figures changed must have done so SLOW_CHANGES times, for a toll may rise.

    Args:
        history: the article's latest texts, oldest first, up to RECENT_TEXTS of them.
        new: what the page shows now.
    """
    texts = [_lines(text) for text in (*history, new)]
    changed = _changed_lines(texts[-2], texts[-1]) if len(texts) > 1 else None
    if not changed:
        return False
    return all(_is_counter(texts, line) for line in changed)


def _is_counter(texts: Sequence[Sequence[str]], line: int) -> bool:
    """Whether a line changed each time lately, and as a counter does; 0 is the headline."""
    is_quick = line > 0 and len(texts[-1][line].split()) <= QUICK_LINE
    wanted = (QUICK_CHANGES if is_quick else SLOW_CHANGES) + 2
    recent = texts[-wanted:]
    if len(recent) < wanted or len({*map(len, recent)}) > 1:
        return False
    told = [text[line] for text in recent]
    if any(was == then for was, then in pairwise(told)):
        return False
    return is_quick or len({_FIGURE.sub("0", was) for was in told}) == 1


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> list[int] | None:
    """Return which lines differ; None when there are not as many."""
    if len(old) != len(new):
        return None
    return [at for at, (was, is_now) in enumerate(zip(old, new, strict=True)) if was != is_now]


def _lines(text: Text) -> list[str]:
    body = (line for line in text.body.splitlines() if line.strip())
    return [_plain(line) for line in (text.title or "", text.standfirst or "", *body)]


def _digest(text: Text) -> bytes:
    return text_digest(text.title, text.standfirst, text.body)


def _plain(text: str) -> str:
    """Return a text without what only its typography has."""
    bare = _without_typography(text)
    folded = normalize("NFKC", bare)
    if folded != bare:  # what was wide or joined may be a mark
        folded = _without_typography(folded)
    plain = " ".join(folded.split())
    for mark in _MARKS:  # « mot », "mot"; a — b, a—b
        if mark in plain:
            plain = plain.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return plain


def _without_typography(text: str) -> str:
    # `str.translate` looks up every letter that is not ASCII: thirty times the price.
    return _TYPOGRAPHIC.sub(lambda found: _TYPOGRAPHY[found[0]], text)


def _when(moment: Moment | None) -> object:
    return (moment.at, moment.precision) if moment else None
