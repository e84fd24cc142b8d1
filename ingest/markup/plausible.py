"""How much decoded text looks like writing: a share between 0 and 1.

A single-byte charset decodes anything; only the letters that come out tell a right one from a
wrong one. Text is compared with the letters that languages really use, and loses for what
writing does not do: capitals inside words, Cyrillic glued to Latin, accents in long runs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from enum import Enum
from operator import itemgetter
from typing import Final, NamedTuple


class Script(Enum):
    """How letters of a script stand beside each other."""

    LATIN = "latin"  # letters outside ASCII stand among ASCII letters
    CASED = "cased"  # words of their own, capitals only at the start
    PLAIN = "plain"  # words of their own, no capitals
    HAN = "han"  # thousands of letters; the frequent ones tell


def _both_cases(letters: str) -> frozenset[str]:
    return frozenset(letters + letters.upper())


_ACCENTS: Final = tuple(
    _both_cases(letters)
    for letters in (
        "àâæçéèêëîïôœùûü",  # French
        "äöüß",
        "áéíñóúüºª",
        "áâãàçéêíóôõúü",  # Portuguese
        "àèéìòù",
        "åäöæøé",  # the Nordic languages
        "áéíóúýþæöð",  # Icelandic
        "éëïóöüè",  # Dutch
        "àçéèíïóòúü",  # Catalan
        "ąćęłńóśźż",
        "áčďéěíňóřšťúůýžľĺŕäô",  # Czech and Slovak
        "áéíóöőúüű",
        "ăâîşţșț",
        "čćđšž",
        "ąčęėįšųūž",  # Lithuanian
        "āčēģīķļņšūž",  # Latvian
        "äõöüšž",
        "àáâãèéêìíòóôõùúýăđơư\u0300\u0301\u0303\u0309\u0323",  # Vietnamese
    )
)
_TURKISH: Final = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ")

_CYRILLIC: Final = _both_cases("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќѕ")
_GREEK: Final = _both_cases("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ")
_HEBREW: Final = frozenset(map(chr, range(0x5B0, 0x5EB)))
_ARABIC: Final = frozenset("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْپچژگکیھےں،؛؟ـ\u200c\u200d")
_THAI: Final = frozenset(map(chr, range(0xE01, 0xE5B)))
_KANA: Final = frozenset(map(chr, range(0x3041, 0x30FF)))
_HAN_SIMPLE: Final = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
    "子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体"
    "制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内"
    "数正心反你明看原又利比或但质气第向道此变条只没结解问意建月公无系军情者最立代想已通并提直题党"
    "程展五果员位入常文总次品式活设及管特件长求市报记华京据称"
)
_HAN_FULL: Final = frozenset(
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過"
    "子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體"
    "制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新線內"
    "數正心反你明看原又利比或但質氣第向道此變條只沒結解問意建月公無系軍情者最立代想已通並提直題黨"
    "程展五果員位入常文總次品式活設及管特件長求市報記華台灣灣聞"
)
_HANGUL: Final = frozenset(
    "이다의에는을가한고하지를은로도서기사대인자시일리어정아보그나부수과해으들장주전국상있것성적여제"
    "라만공게경신원구동년관실계문연조안선등스트위미학오용회세력발유비우진화영강김월되역반방중물요통"
    "무마던며면속소본"
)

_KANJI: Final = frozenset(
    "日本人年大会国政府発表今新者経済出時月事一中行同分上後前間社見長地方東京市部対力実定員動内"
    "理連明全主的田議民合問業関高記学生戦立戸山外都合化入回関約金開円相首選体場通最初書作用"
    "説気話世界手目身心思自度法取題報"
)


class _Writing(NamedTuple):
    """What running text of a language is made of, leaving out ASCII."""

    letters: frozenset[str]
    script: Script
    share: float  # of `letters` in running text
    frequent: frozenset[str]
    frequent_share: float


_WRITINGS: Final = (
    *(_Writing(letters, Script.LATIN, 1.0, letters, 1.0) for letters in (*_ACCENTS, _TURKISH)),
    _Writing(_CYRILLIC, Script.CASED, 1.0, frozenset("оеаинтсрвл"), 0.5),
    _Writing(_GREEK, Script.CASED, 1.0, frozenset("αοιετσνηρςί"), 0.5),
    _Writing(_HEBREW, Script.PLAIN, 1.0, frozenset("יוהלאמרתבש"), 0.5),
    _Writing(_ARABIC, Script.PLAIN, 1.0, frozenset("الميونرتبة"), 0.5),
    _Writing(_THAI, Script.PLAIN, 1.0, frozenset("านรกอเงมยล่ด้วสทั"), 0.6),
    _Writing(_KANA, Script.HAN, 0.25, _KANA | _KANJI, 0.75),
    _Writing(_HAN_SIMPLE, Script.HAN, 0.3, _HAN_SIMPLE, 0.3),
    _Writing(_HAN_FULL, Script.HAN, 0.3, _HAN_FULL, 0.3),
    _Writing(_HANGUL, Script.HAN, 0.35, _HANGUL, 0.35),
)
_FREQUENT_WEIGHT: Final = 0.15

_SIGNS: Final = frozenset(
    "“”„‘’‚‹›«»–—…•·©®™°€£§№¡¿´²³½±×\xa0\xad\u200e\u200f、。，！？：；（）「」『』《》・～ー〜　ʼ"
)
_MIXED: Final = re.compile(r"[A-Za-z](?=[^\W\d_A-Za-z])|(?<=[^\W\d_A-Za-z])[A-Za-z]")
_RUN: Final = re.compile(r"[^\W\d_A-Za-z]{3,}")
_WORD: Final = re.compile(r"[^\W\d_A-Za-z]{2,}")
_MAX_PLACES: Final = 2_000


def plausibility(text: str) -> float:
    """Return how much the letters outside ASCII look like a language; 1 where there are none."""
    found = {
        letter: n for letter, n in Counter(text).items() if letter > "\x7f" and letter not in _SIGNS
    }
    total = sum(found.values())
    if not total:
        return 1.0
    broken = sum(n for c, n in found.items() if c == "\ufffd" or "\x80" <= c < "\xa0" or _unused(c))
    likenesses = [(_likeness(found, total, writing), writing.script) for writing in _WRITINGS]
    faults: dict[Script, float] = {}
    best = -math.inf
    for likeness, script in sorted(likenesses, key=itemgetter(0), reverse=True):
        if likeness <= best:  # faults only take away, and cost more to find than all likenesses
            break
        if script not in faults:
            faults[script] = _faults(text, script) / total
        best = max(best, likeness - faults[script])
    return max(0.0, best - 3 * broken / total)


def _likeness(found: dict[str, int], total: int, writing: _Writing) -> float:
    letters = sum(map(found.__getitem__, found.keys() & writing.letters))
    if not letters:
        return 0.0
    frequent = sum(map(found.__getitem__, found.keys() & writing.frequent))
    lacking = 1 - min(1.0, frequent / total / writing.frequent_share)
    return min(1.0, letters / total / writing.share) * (1 - _FREQUENT_WEIGHT * lacking)


def _faults(text: str, script: Script) -> int:
    """Return how often a text does what no writing in a script does."""
    if script is Script.LATIN:
        return sum(map(len, _RUN.findall(text)))
    if script is Script.CASED:
        return _flips(text) * 3 + len(_MIXED.findall(text))
    return len(_MIXED.findall(text)) if script is Script.PLAIN else 0


def _unused(letter: str) -> bool:
    return "\ue000" <= letter <= "\uf8ff" or "─" <= letter <= "╿"


def _flips(text: str) -> int:
    """Return how often a capital follows a small letter inside a word."""
    count = 0
    for word in _WORD.findall(text)[:_MAX_PLACES]:
        tail = word[1:]
        if not (word.isupper() or tail.islower()):
            count += sum(a.islower() and b.isupper() for a, b in zip(word, tail, strict=False))
    return count
