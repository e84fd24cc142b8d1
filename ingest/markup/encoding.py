"""Bytes ▶ text, whatever they say they are.

    a byte order mark ─▶ zero bytes of UTF-16 ─▶ valid UTF-8, whatever was declared
      ─▶ the declared charset, if what comes out looks like writing ─▶ the charset whose
      letters look best ─▶ UnicodeDammit

A declaration is a hint: servers add `charset=iso-8859-1` to everything, templates survive the
move to UTF-8. A label means its superset, as in the WHATWG's table (gb2312 is gb18030, ...).
Nothing here raises; what cannot be read becomes U+FFFD, a letter cut off at the end is left out.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

from bs4.dammit import UnicodeDammit

from ingest.markup.plausible import plausibility

_HEAD: Final = 4096
_SAMPLE: Final = 6_000
_SURE: Final = 0.8
_BETTER: Final = 0.15
_FEW: Final = 10
_HIGH: Final = bytes(range(128, 256))

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

# The name we give a charset, and Python's codec for its superset.
_CODECS: Final[dict[str, str]] = {
    "utf-8": "utf_8",
    "utf-16le": "utf_16_le",
    "utf-16be": "utf_16_be",
    "utf-32le": "utf_32_le",
    "utf-32be": "utf_32_be",
    "windows-1252": "cp1252",
    "windows-1254": "cp1254",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1253": "cp1253",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "gb18030": "gb18030",
    "big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "iso-2022-jp": "iso2022_jp_2",
    "iso-2022-kr": "iso2022_kr",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "ibm866": "cp866",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
# Tried where nothing declared fits, likeliest first.
_GUESSES: Final = (
    "windows-1252",
    "windows-1254",
    "windows-1256",
    "windows-1251",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "windows-1250",
    "iso-8859-2",
    "windows-1253",
    "windows-1255",
    "windows-874",
    "windows-1257",
    "koi8-u",
    "iso-8859-6",
    "iso-8859-5",
    "ibm866",
    "windows-1258",
)
_MULTIBYTE: Final = frozenset(["gb18030", "big5", "big5-hkscs", "shift_jis", "euc-jp", "euc-kr"])

# Names that Python's registry lacks, or gives a narrower meaning.
_ALIASES: Final[dict[str, str]] = {
    "latin1": "windows-1252",
    "iso8859-1": "windows-1252",
    "ascii": "windows-1252",
    "ansi": "windows-1252",
    "iso8859-9": "windows-1254",
    "tis-620": "windows-874",
    "iso8859-11": "windows-874",
    "dos-874": "windows-874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "shift_jisx0213": "shift_jis",
    "windows-31j": "shift_jis",
    "euc_jis_2004": "euc-jp",
    "ks_c_5601-1987": "euc-kr",
    "johab": "euc-kr",
    "iso-8859-8-i": "iso-8859-8",
    "visual": "iso-8859-8",
    "utf-16": "utf-16le",
    "unicode": "utf-16le",
    "iso-10646-ucs-2": "utf-16le",
    "cp65001": "utf-8",
    "utf8mb4": "utf-8",
    "win-1251": "windows-1251",
}
_NAMES: Final[dict[str, str]] = {
    **{codecs.lookup(codec).name: name for name, codec in _CODECS.items()},
    **_ALIASES,
}

_IN_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.IGNORECASE)
_IN_XML: Final = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)")
_IN_META: Final = re.compile(
    rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_RUN_OF_TEXT: Final = re.compile(rb"[^<>\x00-\x1f]{2,4000}")
_ESCAPES: Final = re.compile(rb"\x1b(?:\$[@B]|\([BJ]|\$\(D)")


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return the text of a feed or a page, and the charset it was read in.

    Args:
        body: the whole reply; a cut one loses at most its last letter.
        content_type: the Content-Type header as sent, or None.
    """
    declared = declared_charsets(body, content_type)
    mark, name = next(((m, n) for m, n in _MARKS if body.startswith(m)), (b"", ""))
    body = body[len(mark) :]
    wide = _wide(body, name)
    if wide:
        return _read(body, wide), wide
    if "iso-2022-jp" in declared or _ESCAPES.search(body[:_HEAD]):
        text = _read(body, "iso-2022-jp")
        if "\ufffd" not in text and body.isascii():
            return text, "iso-2022-jp"
    as_utf8 = _as_utf8(body, [name, *declared] if name else declared)
    if as_utf8 is not None:
        return as_utf8, "utf-8"
    return _as_legacy(body, [charset for charset in declared if not charset.startswith("utf-")])


def declared_charsets(body: bytes, content_type: str | None = None) -> list[str]:
    """Return what HTTP, then the XML declaration, then a meta element name: known ones, once."""
    labels = []
    if content_type and (found := _IN_HEADER.search(content_type)):
        labels.append(found[1])
    head = body[:_HEAD]
    if b"\0" in head:
        head = head.replace(b"\0", b"")
    head = head.removeprefix(codecs.BOM_UTF8)
    found_in_body = (pattern.search(head) for pattern in (_IN_XML, _IN_META))
    labels += [found[1].decode("ascii", "replace") for found in found_in_body if found]
    names = (charset_name(label) for label in labels)
    return list(dict.fromkeys(name for name in names if name))


@lru_cache(maxsize=256)
def charset_name(label: str) -> str | None:
    """Return the charset that a label means, widest reading; None where nobody knows it."""
    label = label.strip(" \t\r\n\"';").lower().removeprefix("x-x-").removeprefix("x-")
    if label in _CODECS:
        return label
    if label in _ALIASES:
        return _ALIASES[label]
    spelt = re.sub(r"^(?:windows|win|cp)[-_ ]?(?=125\d$)", "windows-", label)
    if spelt in _CODECS:
        return spelt
    try:
        return _NAMES.get(codecs.lookup(spelt).name)
    except (LookupError, ValueError):
        return None


def _wide(body: bytes, marked: str) -> str | None:
    """Return the UTF-16 or UTF-32 that a body is in, by its mark or by where its zeros lie."""
    head = body[:_HEAD]
    zeros = head.count(0)
    if marked.startswith(("utf-16", "utf-32")) and (zeros or not _is_ascii_markup(head)):
        return marked
    if head.startswith(b"<\0\0\0"):
        return "utf-32le"
    if head.startswith(b"\0\0\0<"):
        return "utf-32be"
    pairs = len(head) // 2
    if zeros * 8 < pairs or pairs < 2:
        return None
    low, high = head[0::2].count(0), head[1::2].count(0)
    if low * 8 <= high:
        return "utf-16le"
    return "utf-16be" if high * 8 <= low else None


def _is_ascii_markup(head: bytes) -> bool:
    return head.lstrip()[:1] == b"<" and b">" in head and b"</" in head


def _read(body: bytes, charset: str) -> str:
    """Return the text; letters that are none become U+FFFD, an unfinished last one goes."""
    decoder = codecs.getincrementaldecoder(_CODECS[charset])("replace")
    return decoder.decode(body, final=False)


def _as_utf8(body: bytes, declared: list[str]) -> str | None:
    """Return the text if it is UTF-8 beyond doubt, or UTF-8 that took some damage."""
    try:
        text, _ = codecs.utf_8_decode(body, "strict", False)
    except UnicodeDecodeError:
        text, _ = codecs.utf_8_decode(body, "replace", False)
        bad = text.count("\ufffd")
        good = (len(body) - len(text)) // 2
        believed = 4 if "utf-8" in declared or not declared else 10
        return text if good >= believed * bad else None
    letters = len(body) - len(text)
    rival = next((name for name in declared if name in _MULTIBYTE), None)
    if rival and 0 < letters < 8 and "utf-8" not in declared:
        # Two letters of GBK or Big5 may be UTF-8 by accident.
        other = _read(body, rival)
        if "\ufffd" not in other and plausibility(other) > plausibility(text):
            return None
    return text


def _as_legacy(body: bytes, declared: list[str]) -> tuple[str, str]:
    """Return the text in the declared charset, or in the one that its letters speak for."""
    sample = _sample(body)
    if declared and _is_undisputed(sample, declared[0]):
        return _read(body, declared[0]), declared[0]
    scores: dict[str, float] = {}
    for charset in declared:
        scores[charset] = plausibility(_read(sample, charset))
        if scores[charset] >= _SURE:
            return _read(body, charset), charset
    for charset in _GUESSES:
        if charset not in scores:
            scores[charset] = plausibility(_read(sample, charset))
    best = max(scores, key=lambda charset: scores[charset])
    if declared and scores[best] < scores[declared[0]] + _BETTER:
        best = declared[0]
    if scores[best] > 0 or declared:
        return _read(body, best), best
    dammit = UnicodeDammit(body, ["windows-1252"])
    return dammit.unicode_markup or _read(body, "windows-1252"), "windows-1252"


def _is_undisputed(sample: bytes, charset: str) -> bool:
    """Tell whether there are too few letters to contradict anybody, and all can be read."""
    high = len(sample) - len(sample.translate(None, _HIGH))
    return high < _FEW and "\ufffd" not in _read(sample, charset)


def _sample(body: bytes) -> bytes:
    """Return the first runs of text that hold letters outside ASCII, a line each."""
    runs: list[bytes] = []
    length = 0
    for found in _RUN_OF_TEXT.finditer(body):
        if not found[0].isascii():
            runs.append(found[0])
            length += len(found[0])
            if length > _SAMPLE:
                break
    return b"\n".join(runs)
