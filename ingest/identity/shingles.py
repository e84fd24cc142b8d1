"""A text as numbers that can be compared: words, runs of words, figures, the lead.

    body ──fold──▶ words ──▶ runs of three words (five letters where no spaces are written)
                               │ figures masked           │ a figure and the word before it
                               ▼                          ▼
                             text: kept whole, or       figures: compared apart, because in
                             sampled when it is long    rates and results only they differ

A run is known by a 32-bit hash that is the same on every machine. Sampling keeps the hashes
below a bound that halves with each level, so two samples of different levels are comparable
at the coarser one.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final

import numpy as np

from ingest.identity.letters import HAS_FIGURE, IS_LETTER, mixed, word_hashes

if TYPE_CHECKING:
    from ingest.identity.letters import Hashes

MAX_TEXT: Final = 512  # hashes kept of a text's runs
MAX_FIGURES: Final = 64
FEATURES: Final = 24  # what is looked up: the smallest hashes of the text …
LEAD_FEATURES: Final = 12  # … of its first words, so that a flash finds its story …
FIGURE_FEATURES: Final = 8  # … and of its figures, for bulletins of which all else is common
LEAD_WORDS: Final = 32
SHORT_WORDS: Final = 120  # a text up to this long is compared word by word as well
SPACED_RUN: Final = 3
UNSPACED_RUN: Final = 5

_MULTIPLIERS: Final = np.array(
    (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1), np.uint32
)
_ANY_FIGURE: Final = np.uint32(0x23)
_HEAD: Final = Struct("<BI5H")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketch:
    """What is kept of a text to compare it with others: about 1 kB, at most 3.

    Every array is sorted, each hash once.

    Attributes:
        size: words of the text; letters, where no spaces are written.
        level: a run is in `text` if its hash is below 2^(32 - level).
        text: hashes of the runs, figures masked.
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
    runs, lead = _runs(found)
    runs, lead, figures = _unique(runs), _unique(lead), _figures(found)[:MAX_FIGURES]
    level, kept = _sampled(runs)
    features = (runs[:FEATURES], lead[:LEAD_FEATURES], figures[:FIGURE_FEATURES])
    return Sketch(
        size=len(found),
        level=level,
        text=kept,
        figures=figures,
        lead=lead,
        words=_unique(found.copy()) if len(found) <= SHORT_WORDS else found[:0],
        features=_unique(np.concatenate(features)),
    )


def _runs(found: Hashes) -> tuple[Hashes, Hashes]:
    """Return the hashes of the runs of words, figures masked, and of the first of them."""
    is_unspaced = 2 * np.count_nonzero(found & IS_LETTER) > len(found)
    width = UNSPACED_RUN if is_unspaced else SPACED_RUN
    count = len(found) - width + 1
    if count <= 0:
        return found[:0], found[:0]
    masked = np.where(found & HAS_FIGURE, _ANY_FIGURE, found)
    runs = masked[:count] * _MULTIPLIERS[0]
    for at in range(1, width):
        runs += masked[at : at + count] * _MULTIPLIERS[at]
    runs = mixed(runs)
    return runs, runs[: LEAD_WORDS - width + 1].copy()


def _figures(found: Hashes) -> Hashes:
    """Return the hashes of the figures, each with the word before it."""
    places = (found & HAS_FIGURE).nonzero()[0]
    if not len(places):
        return found[:0]
    before = found[places - 1]  # for a text that opens with a figure its last word: no harm
    return _unique(mixed(found[places] * _MULTIPLIERS[3] + before * _MULTIPLIERS[4]))


def _unique(hashes: Hashes) -> Hashes:
    """Return the hashes sorted, each once; sorts in place."""
    if len(hashes) < 2:
        return hashes
    hashes.sort()
    is_first = np.empty(len(hashes), bool)
    is_first[0] = True
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    return hashes[is_first]


def _sampled(runs: Hashes) -> tuple[int, Hashes]:
    """Return the level at which at most MAX_TEXT of the sorted hashes remain, and these."""
    level, kept = 0, len(runs)
    while kept > MAX_TEXT:
        level += 1
        kept = int(np.searchsorted(runs, 1 << (32 - level)))
    return level, runs[:kept].copy()
