"""A text as numbers that can be compared: words, runs of words, figures, the lead.

    body ──fold──▶ words ──▶ runs of three words (five letters where no spaces are written)
                               │ no digit inside          │ a figure and the word before it
                               ▼                          ▼
                             text: kept whole, or       figures: compared apart, because in
                             sampled when it is long    rates and results only they differ

A run is known by a 32-bit hash that is the same on every machine. Sampling keeps the hashes
below a bound that halves with each level, so two samples of different levels are comparable
at the coarser one.

Language is not asked: the same words must give the same hashes whether or not an agency
declared one, so dotless ı counts as i and a zero-width non-joiner as a space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from struct import Struct
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from ingest.text import match_key, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]

MAX_TEXT: Final = 512  # hashes kept of a text's runs
MAX_FIGURES: Final = 64
FEATURES: Final = 32  # what is looked up: the smallest hashes of the text …
LEAD_FEATURES: Final = 10  # … of its first words, so that a flash finds its story …
FIGURE_FEATURES: Final = 8  # … and of its figures, for bulletins of which all else is common
LEAD_WORDS: Final = 32
SHORT_WORDS: Final = 120  # a text up to this long is compared word by word as well
MAX_LETTERS: Final = 60_000  # what comes later in a text is not looked at
SPACED_RUN: Final = 3
UNSPACED_RUN: Final = 5

_VOCABULARY_SIZE: Final = 200_000
_LONGEST_WORD: Final = 32
_HAS_FIGURE: Final = 1  # the two lowest bits of a word's hash say what it is
_IS_LETTER: Final = 2
_MULTIPLIERS: Final = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1)
_HEAD: Final = Struct("<BI5H")
_FIGURE: Final = re.compile(r"[0-9]")
_PIECE: Final = re.compile(r"[0-9]+|[A-Za-z]+|.", re.DOTALL)
_HAN: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketch:
    """What is kept of a text to compare it with others: about 1 kB, at most 3.

    Every array is sorted, each hash once; `features` is three such arrays in a row.

    Attributes:
        size: words of the text; letters, where no spaces are written.
        level: a run is in `text` if its hash is below 2^(32 - level).
        text: hashes of the runs without a digit.
        figures: hashes of figures, each with the word before it.
        lead: hashes of the first runs, not sampled.
        words: hashes of the words, of a short text only.
        features: the hashes under which the text is found.
    """

    size: int
    level: int
    text: Hashes
    figures: Hashes
    lead: Hashes
    words: Hashes
    features: Hashes

    def to_bytes(self) -> bytes:
        """Return the sketch as it is stored; the same on every machine."""
        parts = (self.text, self.figures, self.lead, self.words, self.features)
        head = _HEAD.pack(self.level, self.size, *map(len, parts))
        return head + np.concatenate(parts).astype("<u4").tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Sketch:
        """Return the sketch that `to_bytes` stored."""
        level, size, *lengths = _HEAD.unpack_from(stored)
        hashes = np.frombuffer(stored, "<u4", offset=_HEAD.size).astype(np.uint32, copy=False)
        ends = np.cumsum(lengths)[:-1]
        text, figures, lead, vocabulary, features = np.split(hashes, ends)
        return cls(
            size=size,
            level=level,
            text=text,
            figures=figures,
            lead=lead,
            words=vocabulary,
            features=features,
        )


def sketch(text: str) -> Sketch:
    """Return what is kept of a text to compare it with others."""
    found = word_hashes(text)
    has_figure = (found & _HAS_FIGURE).astype(bool)
    width = UNSPACED_RUN if 2 * np.count_nonzero(found & _IS_LETTER) > len(found) else SPACED_RUN
    runs = _unique(_runs(found, has_figure, width))
    lead = _unique(_runs(found[:LEAD_WORDS], has_figure[:LEAD_WORDS], width))
    figures = _unique(_figures(found, has_figure))[:MAX_FIGURES]
    level, kept = _sampled(runs)
    return Sketch(
        size=len(found),
        level=level,
        text=kept,
        figures=figures,
        lead=lead,
        words=_unique(found.copy()) if len(found) <= SHORT_WORDS else found[:0],
        features=np.concatenate((runs[:FEATURES], lead[:LEAD_FEATURES], figures[:FIGURE_FEATURES])),
    )


def word_hashes(text: str) -> Hashes:
    """Return a hash for each word of a text as it is compared, in order."""
    written = text[:MAX_LETTERS].split()
    folded = chain.from_iterable(map(_vocabulary.__getitem__, written))
    return np.fromiter(folded, np.uint32)


class _Vocabulary(dict[str, tuple[int, ...]]):
    """Words as written, to the hashes of the words as compared; remembers the common ones.

    Folding costs far more than looking up, and most words of a text were met before.
    """

    def __missing__(self, written: str) -> tuple[int, ...]:
        if len(written) > 1 and _HAN.search(written):
            return tuple(chain.from_iterable(map(self.__getitem__, _PIECE.findall(written))))
        hashes = tuple(map(_word_hash, _folded(written)))
        if len(written) <= _LONGEST_WORD:
            if len(self) >= _VOCABULARY_SIZE:
                self.clear()
            self[written] = hashes
        return hashes


_vocabulary: Final = _Vocabulary()


def _folded(written: str) -> list[str]:
    """Return the words in `written`; the parts of one figure (18.05, 3-1) become one word."""
    key = match_key(written.replace("\u200c", " ")).replace("ı", "i")
    found = words(key)
    if len(found) > 1 and _FIGURE.search(key):
        joined = found[:1]
        for word in found[1:]:
            if word.isdigit() and joined[-1].isdigit():
                joined[-1] += word
            else:
                joined.append(word)
        return joined
    return found


def _word_hash(word: str) -> int:
    code = crc32(word.encode("utf-8", "replace")) & ~3
    if _FIGURE.search(word):
        return code | _HAS_FIGURE
    return code | _IS_LETTER if len(word) == 1 and _UNSPACED.match(word) else code


def _runs(found: Hashes, has_figure: NDArray[np.bool_], width: int) -> Hashes:
    """Return the hashes of the runs of words without a digit, in order."""
    count = len(found) - width + 1
    if count <= 0:
        return found[:0]
    runs = np.zeros(count, np.uint32)
    broken = np.zeros(count, bool)
    for at in range(width):
        runs += found[at : at + count] * np.uint32(_MULTIPLIERS[at])
        broken |= has_figure[at : at + count]
    return _mixed(runs[~broken])


def _figures(found: Hashes, has_figure: NDArray[np.bool_]) -> Hashes:
    """Return the hashes of the figures, each with the word before it, in order."""
    places = np.flatnonzero(has_figure)
    before = np.where(places > 0, found[places - 1], 0).astype(np.uint32)
    return _mixed(found[places] * np.uint32(_MULTIPLIERS[3]) + before * np.uint32(_MULTIPLIERS[4]))


def _mixed(hashes: Hashes) -> Hashes:
    """Spread what the multiplications left uneven; small hashes are samples."""
    hashes = (hashes ^ (hashes >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    return hashes ^ (hashes >> np.uint32(13))


def _unique(hashes: Hashes) -> Hashes:
    """Return the hashes sorted, each once; sorts in place."""
    hashes.sort()
    return hashes[np.append(True, hashes[1:] != hashes[:-1])] if len(hashes) > 1 else hashes


def _sampled(runs: Hashes) -> tuple[int, Hashes]:
    """Return the level at which at most MAX_TEXT of the sorted hashes remain, and these."""
    level, kept = 0, len(runs)
    while kept > MAX_TEXT:
        level += 1
        kept = int(np.searchsorted(runs, 1 << (32 - level)))
    return level, runs[:kept].copy()
