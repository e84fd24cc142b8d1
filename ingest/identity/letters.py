"""Words as hashes, a whole text at a time.

    text ──table──▶ folded letters with their kinds ──▶ where words begin ──▶ a hash a word

What a letter folds to and of which kind it is, `ingest.text` says, once for each letter that is
met; from then on it is looked up. That costs a tenth of folding and splitting text as strings.

Language is not asked: the same words must give the same hashes whether or not an agency
declared one, so dotless ı counts as i, and a zero-width non-joiner as a space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import category, is_normalized, normalize

import numpy as np

from ingest.text import match_key, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]

MAX_LETTERS: Final = 60_000  # what comes later in a text is not looked at
HAS_FIGURE: Final = np.uint32(1)  # the two lowest bits of a word's hash say what it is:
IS_LETTER: Final = np.uint32(2)  # a letter of a script without spaces

# What a letter is to a word: words are made of what is at least _LETTER.
_UNMET, _GONE, _SEVERAL, _SPACE, _SIGN, _LETTER, _MARK, _DIGIT, _ALONE = range(9)

_LETTER_FACTOR: Final = np.uint32(0x9E3779B1)
_PLACE_FACTOR: Final = np.uint32(0x85EBCA6B)
_SPREAD: Final = np.uint32(0x2C1B3C6D)
_SHIFT: Final = np.uint32(15)
_FLAGS: Final = np.uint32(3)
_PLACES: Final = np.arange(20 * MAX_LETTERS, dtype=np.uint32)  # one letter folds to 18 at most
_NON_JOINER: Final = "\u200c"

_kind_of: Final = np.zeros(0x110000, np.uint8)
_fold_of: Final = np.zeros(0x110000, np.uint32)  # times _LETTER_FACTOR


def word_hashes(text: str) -> Hashes:
    """Return a hash for each word of a text as it is compared, in order."""
    letters, kinds = _letters(text[:MAX_LETTERS])
    is_word = kinds >= _LETTER
    begins = is_word.copy()
    np.greater(is_word[1:], is_word[:-1], out=begins[1:])
    if kinds.max(initial=0) == _ALONE:
        is_alone = kinds == _ALONE
        follows = is_alone[:-1] & is_word[1:] & (kinds[1:] != _MARK)
        begins[1:] |= is_alone[1:] | follows
    starts = begins.nonzero()[0]
    if not len(starts):
        return letters[:0]
    first = starts[0]
    lengths = np.append(starts[1:], len(letters)) - starts
    place = _PLACES[first : len(letters)] - starts.astype(np.uint32).repeat(lengths)
    spread = mixed(letters[first:] + place * _PLACE_FACTOR)
    spread *= is_word[first:]
    hashes: Hashes = mixed(np.add.reduceat(spread, starts - first, dtype=np.uint32)) & ~_FLAGS
    return hashes | _flags(kinds, starts)


def _flags(kinds: NDArray[np.uint8], starts: NDArray[np.intp]) -> Hashes:
    """Return HAS_FIGURE or IS_LETTER for each word, or 0."""
    flags: Hashes = (kinds[starts] == _ALONE) * IS_LETTER
    digits = (kinds == _DIGIT).nonzero()[0]
    if len(digits):
        flags[np.searchsorted(starts, digits, side="right") - 1] = HAS_FIGURE
    return flags


def mixed(hashes: Hashes) -> Hashes:
    """Return hashes whose every bit depends on all lower bits of the ones given."""
    hashes = (hashes ^ (hashes >> _SHIFT)) * _SPREAD
    return hashes ^ (hashes >> _SHIFT)


def _letters(text: str) -> tuple[Hashes, NDArray[np.uint8]]:
    """Return a text's letters, folded and spread, and their kinds; what folds to nothing is out.

    A sign between two digits is out as well: 18.05 and 3-1 are one figure each.
    """
    if not text.isascii() and not is_normalized("NFC", text):
        text = normalize("NFC", text)
    codes, kinds = _looked_up(text)
    is_out = kinds == _GONE
    digits = (kinds == _DIGIT).nonzero()[0]
    between = digits[1:][digits[1:] - digits[:-1] == 2] - 1
    is_out[between[kinds[between] == _SIGN]] = True
    if is_out.any():
        codes, kinds = codes[~is_out], kinds[~is_out]
    return _fold_of.take(codes), kinds


def _looked_up(text: str) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Return code and kind of each letter, after learning what is new in the tables."""
    while True:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.intp)
        kinds = _kind_of.take(codes)
        lowest = kinds.min(initial=_ALONE)
        if lowest == _UNMET:
            for letter in set(text):
                _meet(letter)
        elif lowest <= _SEVERAL and (kinds == _SEVERAL).any():
            for letter in set(text):
                if _kind_of[ord(letter)] == _SEVERAL:
                    text = text.replace(letter, _folded(letter))
        else:
            return codes, kinds


def _meet(letter: str) -> None:
    """Enter a letter into the tables; the kind last, for another thread may be reading."""
    key = _folded(letter)
    if len(key) == 1:
        _fold_of[ord(letter)] = ord(key) * int(_LETTER_FACTOR) & 0xFFFFFFFF
    _kind_of[ord(letter)] = _kind(letter, key)


def _kind(letter: str, key: str) -> int:
    if letter == _NON_JOINER or letter.isspace():
        return _SPACE
    if not key:
        return _GONE
    if not words(key):
        return _SIGN
    if len(key) > 1:
        return _SEVERAL
    if key.isdigit():
        return _DIGIT
    if category(key).startswith("M"):
        return _MARK
    return _ALONE if len(words(key * 2)) == 2 else _LETTER


def _folded(letter: str) -> str:
    return match_key(letter).replace("ı", "i")
