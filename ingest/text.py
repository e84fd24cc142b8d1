"""Letters, digits and spaces: what is stored, and what is compared.

    clean_text ── for storage: letters stay, what corrupts a database or a screen goes
    squeeze ───── the same on one line
    match_key ─── for comparing only: spellings, digits, quotes and scripts' variants fold together
    words ─────── the words of such a key
    search_words ─ the words a person may search by: coarser, and the same in Postgres

All of it is linear in the text's length and accepts any `str`, lone surrogates included.
Applying a function to its own result changes nothing.

`str.translate` with a dict looks up every letter outside ASCII (0.15 µs each); here a
compiled set finds the few that matter, and what is frequent is replaced letter by letter.
A set that reaches beyond U+FFFF is ten times slower, so those letters have one of their own.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain
from typing import Final, Literal

_TURKIC: Final = frozenset({"tr", "az", "tur", "aze"})
_KURDISH: Final = frozenset({"ckb", "ku", "kmr", "sdh", "kur"})

_PRINTABLE_ASCII: Final = bytes(range(0x20, 0x7F))
_BIDI_CONTROLS: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SPACES: Final = "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_WIDE_SPACES: Final = "\u202f\u205f\u3000"
_LINE_ENDS: Final = "\x0b\x0c\x85\u2028\u2029"
_NONCHARACTERS: Final = (
    *range(0xFDD0, 0xFDF0),
    *(plane | low for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF)),
)


def _each(letters: str, to: str) -> dict[int, str]:
    return {ord(letter): to for letter in letters}


def _set(code_points: list[int]) -> str:
    """Return code points as a regular expression's set."""
    found: list[list[int]] = []
    for point in sorted(code_points):
        if found and point == found[-1][1] + 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found) + "]"


_STORAGE: Final[dict[int, str]] = {
    **dict.fromkeys((*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0)), ""),
    **dict.fromkeys((*range(0xD800, 0xE000), *_NONCHARACTERS), ""),
    **dict.fromkeys((*_BIDI_CONTROLS, 0xFEFF, 0xAD), ""),  # soft hyphens break words in a search
    **_each(_SPACES + _WIDE_SPACES, " "),
    **_each(_LINE_ENDS, "\n"),
}


class _Sweep:
    """Replaces single letters by a table."""

    def __init__(self, table: dict[int, str]) -> None:
        self._table = {chr(point): to for point, to in table.items()}
        self._common = re.compile(_set([point for point in table if point <= 0xFFFF]))
        self._astral = re.compile(_set([point for point in table if point > 0xFFFF]))

    def __call__(self, text: str) -> str:
        text = self._common.sub(lambda found: self._table[found[0]], text)
        if _has_astral(text):
            text = self._astral.sub(lambda found: self._table[found[0]], text)
        return text


def _has_astral(text: str) -> bool:
    """Tell whether any letter lies beyond U+FFFF: in UTF-16 it takes two places."""
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)


_storable: Final = _Sweep(_STORAGE)
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    """Return the text as it is stored: NFC, lines trimmed, at most one empty line in a row.

    Control characters, lone surrogates, noncharacters, soft hyphens and bidi embeddings,
    overrides and isolates go; ZWNJ, ZWJ and the bidi marks stay, Persian and Kurdish need
    them. Runs of any spaces become one.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", "").isprintable():  # all that goes is not: a third of the price
        text = _storable(text)
    if not text.isascii():
        text = _normal_form("NFC", text)
    text = single_spaces(text)
    if "\n" in text:
        text = text.replace(" \n", "\n").replace("\n ", "\n")
        if "\n\n\n" in text:
            text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip(" \n")


def is_printable(text: str) -> bool:
    """Say what `str.isprintable` says, at a quarter of its price where all is ASCII."""
    if text.isascii():
        return not text.encode().translate(None, _PRINTABLE_ASCII)
    return text.isprintable()


def single_spaces(text: str) -> str:
    """Return the text with one space for each run of them; other white space stays."""
    while "  " in text:  # a run is half as long each time
        text = text.replace("  ", " ")
    return text


def squeeze(text: str) -> str:
    """Return the text cleaned as for storage, on one line."""
    return " ".join(clean_text(text).split())


_MARKS: Final = _set([c for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M"])
_RARE_MARKS: Final = (  # of the scripts and signs beyond U+FFFF, those that get sorted
    "[\U000101fd\U000102e0\U00010376-\U0001037a\U00010a0d-\U00010ae6\U00010d24-\U00010d6d"
    "\U00010eab-\U00010f85\U00011046-\U00011f42\U00016af0-\U00016b36\U00016ff0\U00016ff1\U0001bc9e"
    "\U0001d165-\U0001d244\U0001e000-\U0001e94a]"
)
_MANY_MARKS: Final = re.compile(f"{_MARKS}{_MARKS}{{30}}")
_ANY_RARE_MARK: Final = re.compile(_RARE_MARKS)
_TOO_MANY_MARKS: Final = re.compile(
    f"((?:{_MARKS}|{_RARE_MARKS}){{30}})(?:{_MARKS}|{_RARE_MARKS})+"
)


def _normal_form(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    # Sorting a run of marks into canonical order takes quadratic time: UAX #15 bounds it to 30.
    if _MANY_MARKS.search(text) or (_has_astral(text) and _ANY_RARE_MARK.search(text)):
        text = _TOO_MANY_MARKS.sub(r"\1", text)
    return unicodedata.normalize(form, text)


_DIGITS: Final[dict[int, str]] = {
    0x66A: "%",
    0x66B: ".",
    0x66C: ",",
    **{
        point: str(unicodedata.decimal(chr(point)))
        for point in chain(range(0x660, 0x11F60), range(0x16A60, 0x16B5A), range(0x1D7CE, 0x1FBFA))
        if unicodedata.category(chr(point)) == "Nd"
    },
}
_ascii_digits: Final = _Sweep(_DIGITS)


def fold_digits(text: str) -> str:
    """Return the text with digits of every script in ASCII, and ٪ ٫ ٬ as % . and a comma."""
    return text if text.isascii() else _ascii_digits(text)


def _primary(language: str | None) -> str:
    return language.replace("_", "-").partition("-")[0].lower() if language else ""


def lower(text: str, language: str | None = None) -> str:
    """Return the text in lower case; Turkish and Azeri keep ı and i apart.

    Elsewhere İ becomes a plain i, where Python would leave a stray dot behind.
    """
    if _primary(language) in _TURKIC:
        text = text.replace("I", "ı")
    return text.replace("İ", "i").lower()


_INVISIBLE: Final[dict[int, str]] = {
    **{point: to.replace("\n", " ") for point, to in _STORAGE.items()},
    **dict.fromkeys((0x61C, 0x640, *range(0x200B, 0x2010), 0x2060, 0x180E, 0x34F), ""),
    **dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0200)), ""),
    **_each("\n\r", " "),
}
_seen: Final = _Sweep({p: to for p, to in _INVISIBLE.items() if p not in {0x640, 0x09}})
_VOWELS: Final = (
    *range(0x610, 0x61B),
    *range(0x656, 0x660),
    *range(0x6D6, 0x6DD),
    *range(0x6DF, 0x6E5),
    0x6E7,
    0x6E8,
    *range(0x6EA, 0x6EE),
    *range(0x8CA, 0x8E2),
    *range(0x8E3, 0x900),
)
_SELDOM: Final = re.compile(_set(list(_VOWELS)))
_ARABIC: Final = re.compile("[\u0600-\u08ff]")
_ARABIC_FOLDS: Final = tuple(
    {
        **dict.fromkeys("ًٌٍَُِّْٰٕٓٔ", ""),
        **dict.fromkeys("آأإٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        **dict.fromkeys("ةہۂھۀۃ", "ه"),
        "ک": "ك",
        "،": ",",
        "؛": ";",
        "؟": "?",
    }.items()
)
_SIGN_FOLDS: Final = tuple(
    {
        **dict.fromkeys("«»“”„‟〝〞〟「」『』", '"'),
        **dict.fromkeys("‘’‚‛‹›`ʼʻ′", "'"),
        **dict.fromkeys("‐‒–—―−⁃", "-"),
        "ς": "σ",
    }.items()
)


def _folded(text: str, language: str) -> str:
    text = _seen(text)
    for letter, to in _SIGN_FOLDS:
        text = text.replace(letter, to)
    if _ARABIC.search(text):
        text = _SELDOM.sub("", text).replace("ـ", "")
        for letter, to in _ARABIC_FOLDS:
            text = text.replace(letter, to)
        if language not in _KURDISH:
            text = text.replace("ە", "ه")  # in Kurdish a vowel of its own
    return fold_digits(text)


def match_key(text: str, language: str | None = None) -> str:
    """Return what is left of a text when spelling habits are taken away; never stored as text.

    NFKC, lower case, ASCII digits and quotes, one Arabic form of alef, yeh, kaf and heh,
    no tatweel, no vowel marks, nothing invisible, single spaces.

    Args:
        text: anything.
        language: BCP 47; matters for Turkish, Azeri (ı, i) and Kurdish (ە).
    """
    text = _seen(text).replace("ـ", "")  # a tatweel at a time would cost a call each
    primary = _primary(language)
    while True:
        if not text.isascii():
            text = _normal_form("NFKC", text)
        text = lower(text, primary).replace("`", "'")
        if text.isascii():
            return " ".join(text.split())
        text = _folded(text, primary)
        # What was taken away can bring letters together that compose: rare, and soon over.
        if unicodedata.is_normalized("NFKC", text):
            return " ".join(text.split())


_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_SPACED_WORD: Final = re.compile(f"[\\w{_MARKS[1:-1]}]+")
_ANY_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_WORD: Final = re.compile(f"[{_UNSPACED}]{_MARKS}*|(?:[^\\W_{_UNSPACED}]|{_MARKS})+")


def words(key: str) -> list[str]:
    """Return the words of a match key: runs of letters, digits and their marks.

    Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) give a word a
    character; Korean is spaced and gives words.
    """
    if key.isascii():
        return _ASCII_WORD.findall(key)
    if _ANY_UNSPACED.search(key) is not None:
        return _WORD.findall(key)
    return _SPACED_WORD.findall(key.replace("_", " "))


_UNSEARCHED: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b\u200d-\u200f"
    "\u2060\ufe00-\ufe0f]+"
)
_SEARCH_FOLDS: Final = tuple(
    {
        "ß": "ss",
        **dict(zip("ıłøđςٱ", "ilodσا", strict=True)),
        **dict.fromkeys("ىیې", "ي"),
        **dict.fromkeys("کڪ", "ك"),
        **dict.fromkeys("ةہھەۃ", "ه"),
        **{
            chr(zero + digit): str(digit)
            for zero in (0x660, 0x6F0, 0x966, 0x9E6)
            for digit in range(10)
        },
    }.items()
)
_SEARCH_ALONE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
_SEARCH_WORD: Final = re.compile(
    f"[{_SEARCH_ALONE}]|(?:(?![{_SEARCH_ALONE}])[^\\W_]|[\u0900-\u0dff])+"
)
_SEARCH_SPACED_WORD: Final = re.compile("[\\w\u0900-\u0dff]+")
_ANY_SEARCHED_ALONE: Final = re.compile(f"[{_SEARCH_ALONE}]")
_ARABIC_ARTICLE: Final = re.compile("^(?:[وفبك]?ال|لل)(?=[\u0621-\u064a]{3})")


def search_words(text: str) -> list[str]:
    """Return the words of a text as they are searched by, in order.

    Coarser than `match_key`: accents and the Arabic article go as well, and no language is asked.
    The function `ingest.search_words` in Postgres folds what a person asks for in the same way.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    text = _UNSEARCHED.sub("", _normal_form("NFKD", text))
    text = _normal_form("NFC", text).lower()
    for letter, to in _SEARCH_FOLDS:
        text = text.replace(letter, to)
    if _ANY_SEARCHED_ALONE.search(text) is None:
        found = _SEARCH_SPACED_WORD.findall(text.replace("_", " "))
    else:
        found = _SEARCH_WORD.findall(text)
    if _ARABIC.search(text):
        return [_ARABIC_ARTICLE.sub("", word) if "ل" in word[:3] else word for word in found]
    return found
