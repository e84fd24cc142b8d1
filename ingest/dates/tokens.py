"""A text as a string of signs, one a token, so that a date's grammar is a regular expression.

    "الاثنين 17 نوفمبر/ تشرين الثاني 2025, 10:30 ص"  ─▶  W N M / M N , T A

    N number    T clock     M month        J, H Jalali and Hijri month    W weekday
    y m w d h i s units     D two of one   q a number as a word           A half of a day
    G ago       R today …   K just now     Z zone   e era   j, l, b calendar marks   X next
    U updated   P published x any other word        , . / - ( ) ; what stands between
Words that say nothing are left out. Phrases are found longest first; all of it is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from ingest.dates import months, phrases
from ingest.dates.zones import is_zone_name
from ingest.text import match_key

_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_TOKEN: Final = re.compile(
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(?![\d:])"
    r"|(?P<zone>(?:gmt|utc) ?[+\-] ?\d{1,2}(?::?\d\d)?)(?!\d)"
    r"|(?P<number>\d+)"
    r"|(?P<word>[぀-ヿ㐀-鿿가-힣]|(?:(?![぀-ヿ㐀-鿿가-힣])[^\W\d_]|[ऀ-෿฀-๿])+)"
    r"|(?P<other>\S)"
)
_OFFSET: Final = re.compile(r" ?(?:z\b|[+\-]\d\d:?\d\d(?![\d./\-]))")


@dataclass(frozen=True, slots=True)
class Token:
    """One sign and what it stands for: a number's digits, a month, a name, or nothing."""

    sign: str
    value: object = None


_WORD: Final = Token("x")
_MARK: Final = Token(";")
_BETWEEN: Final = {mark: Token(mark) for mark in ",./-()"}


def folded(text: str) -> str:
    """Return a text as names are compared: a match key without accents and without dots on i."""
    key = match_key(text)
    if key.isascii():
        return key
    key = key.replace("ı", "i")
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", key)))


_Phrase = tuple[tuple[str, ...], Token]
_Entry = tuple[str, Token]
_AUGUST: Final = 8  # `ago` is Spanish, Portuguese and Italian for it, right after a day


def _named(table: str, sign: str) -> Iterator[_Entry]:
    for paragraph in table.strip().split("\n\n"):
        lines = (line for line in paragraph.splitlines() if not line.startswith("#"))
        for number, spellings in enumerate("".join(lines).split("|"), start=1):
            yield from _worded(spellings, sign, number)


def _worded(spellings: str, sign: str, value: object = None) -> Iterator[_Entry]:
    for spelling in spellings.split(","):
        yield spelling, Token(sign, value)


def _tabled(table: Mapping[int, str] | Mapping[str, str], sign: str) -> Iterator[_Entry]:
    for value, spellings in table.items():
        yield from _worded(spellings, sign, value)


def _all_phrases() -> Iterator[_Entry]:
    """Return every phrase; where two are spelled alike, the first one counts."""
    return chain(
        ((name, Token("M", by_language)) for name, by_language in months.AMBIGUOUS.items()),
        [("ago", Token("G", _AUGUST))],
        _named(months.GREGORIAN, "M"),
        _named(months.WEEKDAYS, "W"),
        _named(months.JALALI, "J"),
        _named(months.HIJRI, "H"),
        _tabled(phrases.ZONE_PHRASES, "Z"),
        _tabled(phrases.HALVES, "A"),
        _worded("a,an", "q", 1),
        *(_worded(spellings, unit) for unit, spellings in phrases.UNITS.items()),
        *(_worded(spellings, "D", unit) for unit, spellings in phrases.DUALS.items()),
        _worded(phrases.AGO, "G"),
        _tabled(phrases.DAYS, "R"),
        _worded(phrases.JUST_NOW, "K"),
        _tabled(phrases.ERAS, "e"),
        _tabled(phrases.DAY_WORDS, "N"),
        _tabled(phrases.ONES, "q"),
        _worded(phrases.JALALI_MARKS, "j"),
        _worded(phrases.HIJRI_MARKS, "l"),
        _worded(phrases.BUDDHIST_MARKS, "b"),
        _worded(phrases.NEXT, "X"),
        _worded(phrases.UPDATED, "U"),
        _worded(phrases.PUBLISHED, "P"),
        _worded(phrases.SILENT, ""),
    )


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[_Phrase]]:
    """Return phrases by their first word, longest first."""
    known: dict[tuple[str, ...], Token] = {}
    for spelling, token in _all_phrases():
        known.setdefault(tuple(found[0] for found in _TOKEN.finditer(folded(spelling))), token)
    by_word: dict[str, list[_Phrase]] = {}
    for parts in sorted(known, key=len, reverse=True):
        by_word.setdefault(parts[0], []).append((parts, known[parts]))
    return by_word


def _pieces(key: str) -> Iterator[re.Match[str]]:
    """Yield the pieces of a folded text; a clock's own offset is a piece after it."""
    place = 0
    while found := _TOKEN.search(key, place):
        yield found
        place = found.end()
        if found.lastgroup == "clock" and (offset := _OFFSET.match(key, place)):
            yield offset
            place = offset.end()


def _sign(found: re.Match[str]) -> Token:
    text = found[0]
    match found.lastgroup:
        case "clock":
            return Token("T", text)
        case "number":
            return Token("N", text)
        case "word":
            return Token("Z", text) if is_zone_name(text) else _WORD
        case "other":
            return _BETWEEN.get(text, _MARK)
        case _:
            return Token("Z", text.replace(" ", ""))


def _in_place(token: Token, before: list[Token]) -> Token:
    """Return the token a phrase is after others."""
    if token.sign == "G" and token.value and before and before[-1].sign == "N":
        return Token("M", token.value)
    return token


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, the silent ones left out."""
    pieces = list(_pieces(folded(text)))
    parts = tuple(piece[0] for piece in pieces)
    table = _phrases()
    tokens: list[Token] = []
    place = 0
    while place < len(parts):
        for phrase, token in table.get(parts[place], ()):
            if parts[place : place + len(phrase)] == phrase:
                tokens.append(_in_place(token, tokens))
                place += len(phrase)
                break
        else:
            tokens.append(_sign(pieces[place]))
            place += 1
    return [token for token in tokens if token.sign]
