"""What recurs on many pages of one source, and so is no news: a notice, a plug, a sign-off.

    an article's edges    first TOP lines ─┐  each is kept with   bits, which of the last WINDOW
                          last BOTTOM ─────┘                      articles carried it
                                                                  witnesses, texts it stood in
    learned       told by FEWEST different texts, and on half of the last articles
    forgotten     on less than a sixth of them

A line is the same only if it is the same letter by letter (`text.match_key`), so a sentence with a
figure in it that changes is never learned. One text that is published again and again is one
witness, however often. Inside the text nothing is ever left out: a line leaves only from an edge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from html import escape, unescape
from struct import pack, unpack
from typing import TYPE_CHECKING, Final

from ingest.extract.closing import cut_closing
from ingest.text import match_key, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.model import Article

TOP: Final = 2
BOTTOM: Final = 4
NEAR: Final = 8  # lines from each end that may be known: a notice has several
WINDOW: Final = 60  # articles; a bit each, and a bigint holds 63
FEWEST: Final = 5
LEARNED_SHARE: Final = 1 / 2
FORGOTTEN_SHARE: Final = 1 / 6
PATIENCE: Final = 16  # articles after which a line that nobody repeats is dropped
NOTICE_WORDS: Final = 8
SAME_LINES: Final = 0.8  # share of the lines of the smaller text …
SAME_LINES_AND_HEADLINE: Final = 0.5
SAME_HEADLINE: Final = 0.5
_FIRST_LINES, _LAST_LINES, _HEADLINE_WORDS = 12, 4, 12
_TAG: Final = re.compile(r"<[^>]*>")
_GROUP: Final = re.compile(r"</?(?:ul|ol|table|blockquote)>")
_EMPTY_GROUP: Final = re.compile(r"<(ul|ol|table|blockquote)>\n</\1>\n?")
_ELEMENT: Final = re.compile(r"<(\w+)>(.*)</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Witness:
    """What tells one text from another: hashes of its headline's words and of its lines."""

    headline: frozenset[int]
    lines: frozenset[int]

    @classmethod
    def of(cls, article: Article, learned: Collection[int] = ()) -> Witness:
        """Return what an article can testify with; what is learned tells no text from another."""
        lines = article.body.split("\n")
        if len(lines) > _FIRST_LINES + _LAST_LINES:
            lines = [*lines[:_FIRST_LINES], *lines[-_LAST_LINES:]]
        headline = words(match_key(article.title or ""))[:_HEADLINE_WORDS]
        return cls(
            frozenset(map(_hash, headline)), frozenset(map(line_key, lines)).difference(learned)
        )

    def to_bytes(self) -> bytes:
        """Return it as it is stored."""
        numbers = (*sorted(self.headline), *sorted(self.lines))
        return pack(f">B{len(numbers)}q", len(self.headline), *numbers)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Witness:
        """Return what `to_bytes` gave."""
        count, *numbers = unpack(f">B{len(stored) // 8}q", stored)
        return cls(frozenset(numbers[:count]), frozenset(numbers[count:]))

    def is_same_story(self, other: Witness, beside: int) -> bool:
        """Tell whether two texts are one, told again, apart from the line `beside`."""
        mine, theirs = self.lines - {beside}, other.lines - {beside}
        fewest = min(len(mine), len(theirs))
        if not fewest:
            return True  # nothing but that line: it says nothing of another text
        share = len(mine & theirs) / fewest
        if share > SAME_LINES_AND_HEADLINE and self._is_same_headline(other):
            return True
        return share > SAME_LINES

    def _is_same_headline(self, other: Witness) -> bool:
        fewest = min(len(self.headline), len(other.headline))
        return not fewest or len(self.headline & other.headline) > SAME_HEADLINE * fewest


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """What is known of one line of a source.

    Attributes:
        seen: bits; the lowest is the article that carried it last, the next the one before that.
        last: number of the article that carried it last, counted within the source.
        witnesses: different texts it stood in, FEWEST at most.
        is_learned: it is boilerplate.
    """

    seen: int = 0
    last: int = 0
    witnesses: tuple[bytes, ...] = field(default=())
    is_learned: bool = False

    def share(self, now: int) -> float:
        """Return on how many of the last WINDOW articles it stood, of `now` that there were."""
        seen = (self.seen << (now - self.last)) & ((1 << WINDOW) - 1)
        return seen.bit_count() / max(1, min(now, WINDOW))

    def seen_again(self, now: int, key: int, witness: Witness) -> Recurrence:
        """Return what is known once article number `now` carried it, too."""
        shifted = (self.seen << (now - self.last)) & ((1 << WINDOW) - 1)
        told = self.witnesses
        if len(told) < FEWEST and not any(
            Witness.from_bytes(one).is_same_story(witness, key) for one in told
        ):
            told = (*told, witness.to_bytes())
        again = replace(self, seen=shifted | 1, last=now, witnesses=told)
        least = FORGOTTEN_SHARE if self.is_learned else LEARNED_SHARE
        return replace(again, is_learned=len(told) >= FEWEST and again.share(now) >= least)


def line_key(line: str) -> int:
    """Return the number a line is known by: a signed 64-bit hash of its match key."""
    return _hash(match_key(line))


def _hash(key: str) -> int:
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def near_edges(article: Article) -> frozenset[int]:
    """Return the keys of the lines that may be boilerplate, should they be known as such."""
    lines = article.body.split("\n")
    if len(lines) > 2 * NEAR:
        lines = [*lines[:NEAR], *lines[-NEAR:]]
    return frozenset(map(line_key, lines))


def edges_of(article: Article, learned: Collection[int]) -> dict[int, str]:
    """Return the lines by which a source's boilerplate is learnt: those at the edges.

    Lines that are learned already do not count, so that what stands behind them is reached.
    """
    lines = article.body.split("\n")
    keys = [line_key(line) for line in lines]
    return {keys[at]: lines[at] for at in _edges(keys, learned)}


def _edges(keys: Sequence[int], learned: Collection[int]) -> list[int]:
    """Return the places of the lines at the edges, and of the learned ones among them."""
    top = _reach(keys, learned, TOP)
    bottom = _reach(keys[::-1], learned, BOTTOM)
    last = len(keys) - 1
    return sorted({*top, *(last - at for at in bottom)})


def _reach(keys: Sequence[int], learned: Collection[int], width: int) -> list[int]:
    """Return the places up to `width` lines that are not learned, within NEAR."""
    left = width
    found = []
    for at, key in enumerate(keys[:NEAR]):
        left -= key not in learned
        if left < 0:
            break
        found.append(at)
    return found


def leave_out(article: Article, learned: Collection[int]) -> Article | None:
    """Return an article without its source's boilerplate; None where nothing else is left.

    Lines long enough to be a notice are added to `notice`; closing marks that stood before them
    become credits, as at the end of any text.
    """
    lines = article.body.split("\n")
    keys = [line_key(line) for line in lines]
    gone = [at for at in _edges(keys, learned) if keys[at] in learned]
    if not gone:
        return article
    kept, credits = cut_closing([line for at, line in enumerate(lines) if at not in gone])
    if not kept:
        return None
    notices = [lines[at] for at in gone if len(words(match_key(lines[at]))) >= NOTICE_WORDS]
    told = [*([article.notice] if article.notice else ()), *notices]
    return replace(
        article,
        body="\n".join(kept),
        body_html=_html_without(article.body_html, lines, gone, kept),
        notice="\n".join(dict.fromkeys(told)) or None,
        credits=(*article.credits, *credits),
    )


def _html_without(
    html: str, lines: Sequence[str], gone: Collection[int], kept: Sequence[str]
) -> str:
    """Return the body's HTML without some lines; `kept` is how the others read now."""
    parts = html.split("\n")
    places = [at for at, part in enumerate(parts) if not _GROUP.fullmatch(part)]
    if len(places) != len(lines):  # not ours line by line: what reads like a line that went, goes
        keys = {line_key(lines[at]) for at in gone}
        return "\n".join(part for part in parts if line_key(_text_of(part)) not in keys)
    texts = iter(kept)
    told: dict[int, str] = {}
    for at, place in enumerate(places):
        text = None if at in gone else next(texts, None)
        if text is not None:
            told[place] = parts[place] if text == lines[at] else _with_text(parts[place], text)
    left = [told.get(at, part) for at, part in enumerate(parts) if at in told or at not in places]
    return _EMPTY_GROUP.sub("", "\n".join(left)).strip("\n")


def _text_of(markup: str) -> str:
    return unescape(_TAG.sub("", markup))


def _with_text(markup: str, text: str) -> str:
    found = _ELEMENT.fullmatch(markup)
    tag = found[1] if found else "p"
    return f"<{tag}>{escape(text, quote=False)}</{tag}>"
