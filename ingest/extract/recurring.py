"""What recurs on many pages of one source, and so is no news: a notice, a plug, a sign-off.

    an article's edges    first TOP lines ─┐  seen before, in one of the last RECENT articles?
                          last BOTTOM ─────┘  then it is kept with
                                                  bits, which of the last WINDOW articles carried it
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
from itertools import islice
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Final

from ingest.extract.closing import cut_closing
from ingest.text import match_key, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ingest.model import Article

TOP: Final = 2
BOTTOM: Final = 4
NEAR: Final = 8  # lines from each end that may be known: a notice has several
WINDOW: Final = 60  # articles; a bit each, and a bigint holds 63
FEWEST: Final = 5
LEARNED_SHARE: Final = 1 / 2
FORGOTTEN_SHARE: Final = 1 / 6
RECENT: Final = 12  # articles that are searched for a line that is not kept yet
NOTICE_WORDS: Final = 8
SAME_LINES: Final = 0.8  # share of the lines of the smaller text …
SAME_LINES_AND_HEADLINE: Final = 0.5
SAME_HEADLINE: Final = 0.5
_LINES, _HEADLINE_WORDS = 12, 8
_TAG: Final = re.compile(r"<[^>]*>")
_GROUP: Final = re.compile(r"</?(?:ul|ol|table|blockquote)>")
_EMPTY_GROUP: Final = re.compile(r"<(ul|ol|table|blockquote)>\n</\1>\n?")
_ELEMENT: Final = re.compile(r"<(\w+)>(.*)</\1>", re.DOTALL)


class Margins:
    """An article's lines as far as they may be boilerplate: the first and last NEAR.

    Attributes:
        keys: by the line's place.
    """

    def __init__(self, article: Article) -> None:
        self.lines = article.body.split("\n")
        last = len(self.lines)
        near = {*range(min(NEAR, last)), *range(max(0, last - NEAR), last)}
        self.keys = {at: line_key(self.lines[at]) for at in sorted(near)}

    def edges(self, learned: Collection[int]) -> list[int]:
        """Return the places of the lines at the edges, and of the learned ones among them.

        Lines that are learned already do not count, so that what stands behind them is reached.
        """
        last = len(self.lines) - 1
        top = self._reach(range(last + 1), learned, TOP)
        bottom = self._reach(range(last, -1, -1), learned, BOTTOM)
        return sorted({*top, *bottom})

    def _reach(self, places: Iterable[int], learned: Collection[int], width: int) -> list[int]:
        """Return the places up to `width` lines that are not learned, within NEAR."""
        found = []
        for at in islice(places, NEAR):
            width -= self.keys[at] not in learned
            if width < 0:
                break
            found.append(at)
        return found


@dataclass(frozen=True, slots=True)
class Witness:
    """What tells one text from another: hashes of its headline's words and of its lines.

    The first `at_edge` lines are those at its edges.
    """

    headline: frozenset[int]
    lines: tuple[int, ...]
    at_edge: int

    @classmethod
    def of(cls, article: Article, margins: Margins, learned: Collection[int] = ()) -> Witness:
        """Return what an article can testify with; what is learned tells no text from another."""
        edges = [margins.keys[at] for at in margins.edges(learned)]
        edges = [key for key in dict.fromkeys(edges) if key not in learned]
        inside = [key for key in dict.fromkeys(margins.keys.values()) if key not in learned]
        lines = (*edges, *(key for key in inside if key not in edges))
        headline = words(match_key(article.title or ""))[:_HEADLINE_WORDS]
        return cls(frozenset(_word_key(word) for word in headline), lines[:_LINES], len(edges))

    @property
    def edges(self) -> tuple[int, ...]:
        """The lines at its edges."""
        return self.lines[: self.at_edge]

    def to_bytes(self) -> bytes:
        """Return it as it is stored."""
        counts = (self.at_edge, len(self.lines), len(self.headline))
        numbers = (*self.lines, *sorted(self.headline))
        return pack(f">BBB{counts[1]}q{counts[2]}I", *counts, *numbers)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Witness:
        """Return what `to_bytes` gave."""
        at_edge, lines, headline = stored[:3]
        numbers = unpack_from(f">{lines}q{headline}I", stored, 3)
        return cls(frozenset(numbers[lines:]), numbers[:lines], at_edge)

    def is_same_story(self, other: Witness, beside: int) -> bool:
        """Tell whether two texts are one, told again, apart from the line `beside`."""
        mine, theirs = {*self.lines} - {beside}, {*other.lines} - {beside}
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


def witnesses_in(stored: bytes) -> list[bytes]:
    """Return the witnesses that were stored one behind the other."""
    found = []
    while stored:
        length = 3 + 8 * stored[1] + 4 * stored[2]
        found.append(stored[:length])
        stored = stored[length:]
    return found


def recurrence(recent: Sequence[bytes], now: int, key: int) -> Recurrence:
    """Return what the shelf's last articles tell of a line that nothing is kept of yet.

    Args:
        recent: witnesses of the last articles, the newest last.
        now: how many articles there were, those included.
        key: of the line.
    """
    known = Recurrence()
    packed = pack(">q", key)
    for number, stored in enumerate(recent, now - len(recent) + 1):
        if packed not in stored:
            continue
        witness = Witness.from_bytes(stored)
        if key in witness.edges:
            known = known.seen_again(number, key, witness)
    return known


def line_key(line: str) -> int:
    """Return the number a line is known by: a signed 64-bit hash of its match key."""
    return int.from_bytes(_digest(match_key(line)), "big", signed=True)


def _word_key(word: str) -> int:
    return int.from_bytes(_digest(word)[:4], "big")


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()


def leave_out(
    article: Article, learned: Collection[int], margins: Margins | None = None
) -> Article | None:
    """Return an article without its source's boilerplate; None where nothing else is left.

    Lines long enough to be a notice are added to `notice`; closing marks that stood before them
    become credits, as at the end of any text.
    """
    margins = margins or Margins(article)
    lines = margins.lines
    gone = [at for at in margins.edges(learned) if margins.keys[at] in learned]
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
