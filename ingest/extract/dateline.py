"""Datelines: `DÜZCE (AA) - `, `دمشق-سانا`, `MOSCOW, January 21. /TASS/.` and their kin.

A dateline stands at the start of the text, in a paragraph of its own or before the first
sentence. It names a place, often a day, and the agency that signs; it is cut only where an
agency of our table, or a pattern the source declares, is in it.

    17-11-2025                      the day it says
    Nov. 17, or 17日 alone          that day before the article's publication, and near it
    Nov. 17, published in June      no day: nobody can tell the year
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingest.dates import parse_date
from ingest.errors import DateContradiction
from ingest.extract.agencies import ANY_AGENCY, ANY_ARABIC_AGENCY, agency_named

if TYPE_CHECKING:
    from ingest.model import Moment, Source

MAX_HEAD = 110
LONGEST_WAIT = timedelta(days=31)  # from a day without a year to the publication of its text

_HEAD = rf"(?P<head>[^()（）/\n]{{2,{MAX_HEAD}}}?)"
_CUT = r"\s*(?:[-–—_]{1,3}|[.:]\s?[-–—]{0,2})\s*"
_A = rf"(?P<agency>{ANY_AGENCY})"
_DASHES = r"[-–—]"
_DAY = r"\s+\d[\d./\-]{3,8}\d|\s+\d{1,2}(?:\s[^\W\d_]{2,12}){1,2}(?:\s\d{4})?"
_JAPANESE = r"(?P<agency>共同通信|共同|時事通信|時事|ロイター|AFP)"
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        # PLACE, DAY (AGENCY) -      Place (AGENCY).-      PLACE (AGENCY/x): …
        rf"^{_HEAD}\s*\({_A}(?:\s?[/,][^)]{{1,30}})?\)(?:{_CUT}|\s*$)",
        # PLACE, DAY (AGENCY) The first sentence
        rf"^(?P<head>[^()（）/\n]{{2,60}}?\d[^()（）/\n]{{0,30}}?)\s*\({_A}\)\s+",
        # place / DAY/DAY /AGENCY-
        (
            rf"^(?P<head>[^()/\n]{{2,40}}?)\s*/\s*[^()\n]{{0,60}}?\d[^()\n]{{0,60}}?/\s*{_A}"
            rf"\s*(?:/|{_DASHES}+)\s*"
        ),  # one pattern on two lines
        # PLACE, DAY. /AGENCY/.      place in DAY / AGENCY /
        rf"^{_HEAD}\s*/\s*{_A}\s*(?:/\s*[-–—.:]*|{_DASHES}+)\s*",
        # place / AGENCY             place / author / AGENCY       alone on their line
        rf"^{_HEAD}\s*/\s*(?:(?P<author>[^/()\n]{{3,60}}?)\s*/\s*)?{_A}\s*$",
        # AGENCY / place / author    alone on its line
        rf"^{_A}\s*/\s*(?P<head>[^()/\n]{{2,60}}?)(?:\s*/\s*(?P<author>[^/()\n]{{3,60}}))?\s*$",
        # place-AGENCY [DAY]         alone, or before a dash, a stop or a colon
        (
            rf"^(?P<head>[^()/\n.:]{{2,60}}?)\s?{_DASHES}\s?"
            rf"(?P<agency>{ANY_ARABIC_AGENCY}|РИА Новости)(?:{_DAY})?\s*(?:[-–—.:]+\s*|$)"
        ),  # the same
        # place DAY AGENCY-          Riyadh, November 17, 2025, SPA --
        rf"^(?P<head>[^()/\n:]{{2,{MAX_HEAD}}}?\d[^()/\n:]{{0,30}}?)[\s,،]+{_A}\s*(?:{_DASHES}+\s*|$)",
        # AGENCY - place -           (AGENCY) - PLACE, DAY -
        rf"^(?P<agency>وطنية)\s*{_DASHES}\s*(?P<head>[^-–—()/\n]{{2,40}}?)\s*{_DASHES}\s*",
        rf"^\((?P<agency>ANSA|EFE)\)\s*{_DASHES}\s*(?P<head>[^-–—()\n]{{2,50}}?)\s*{_DASHES}\s*",
        # 新华社北京11月17日电（记者…）
        (
            r"^(?P<agency>新华社|新華社)(?P<head>[^\d（(]{1,12})"
            r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日[电電]\s*(?:[（(][^）)]{0,60}[）)])?\s*"
        ),  # the same
        # 【東京共同】   【ワシントン＝時事】   【ニューヨーク17日共同＝山田太郎】
        (
            r"^【(?P<head>[^】\d＝=\s]{1,20}?)(?:\s?\d[\d月]{0,4}日)?[＝=\s・]?"
            rf"{_JAPANESE}(?:[＝=](?P<author>[^】\d]{{2,20}}))?】[\s　]*"
        ),  # the same
        # 【11月17日 AFP】
        rf"^【(?P<head>)\d{{1,2}}月\d{{1,2}}日[\s　]*{_JAPANESE}】[\s　]*",
        # [ロンドン 17日 ロイター] －   ［東京　17日　ロイター］
        (
            r"^[\[［](?P<head>[^\]］\d\s　]{1,20})[\s　]+(?:\d{1,2}月)?\d{1,2}日[\s　]+"
            rf"{_JAPANESE}[\]］][\s　]*[-–—－―]*[\s　]*"
        ),  # the same
        # به گزارش خبرنگار ایسنا، …
        (
            r"^(?P<head>)به گزارش (?:خبرنگار |خبرگزاری )*(?P<agency>ایسنا|مهر|ایرنا)"
            r"\s*(?:[،,:؛]\s*|از\s+)"
        ),  # the same
    )
)
_DIGIT = re.compile(r"\d")
_IN = re.compile(r"\s(?:في|in|le|el|em)$")
_WORD_DAY = re.compile(r"\s(?:اول|أول)\s.*$")
_EDGES = " \t,،.-–—/:"
_AROUND_DAY = _EDGES + "()（）[]［］【】＝=・－―"
_ONLY_DAY = re.compile(r"(\d{1,2})日")


@dataclass(frozen=True, slots=True)
class Dateline:
    """What stood before the text.

    Attributes:
        place: as written; None where only the agency is named.
        agency: its code; None where a source's own pattern names none.
        author: of `place / author / agency`.
        length: characters to cut from the start of the paragraph.
        when: the words that are left, where they name a day.
    """

    place: str | None
    agency: str | None
    author: str | None
    length: int
    when: str | None = None

    def day(self, published: Moment | None, language: str | None = None) -> date | None:
        """Return the day it names; None where it names none, or none that is sure.

        Args:
            published: settles the year or month that is not written.
            language: BCP 47, of the text.
        """
        if self.when is None:
            return None
        only = _ONLY_DAY.match(self.when)
        if only:
            return _latest(int(only[1]), published.day) if published else None
        try:
            if (whole := parse_date(self.when, language=language)) is not None:
                return whole.day
            if published is None:
                return None
            near = parse_date(self.when, language=language, now=published.at)
        except DateContradiction:
            return None
        if near is None or published.day - near.day > LONGEST_WAIT:
            return None
        return near.day


def _latest(day: int, today: date) -> date | None:
    """Return the last such day of a month, up to tomorrow."""
    ahead = (today + timedelta(days=1 - back) for back in range(LONGEST_WAIT.days + 1))
    return next((at for at in ahead if at.day == day), None)


def dateline_of(text: str, source: Source | None = None) -> Dateline | None:
    """Return the dateline that a paragraph begins with."""
    for pattern in source.datelines if source else ():
        match = pattern.match(text)
        if match:
            place = place_of(match["place"] or "")
            agency = source.agency if source else None
            return Dateline(place, agency, None, match.end(), _words_left(match, place))
    start = text[: MAX_HEAD * 2]
    for form in _FORMS:
        match = form.match(start)
        if match and _is_place_and_day(match["head"]):
            found = match.groupdict()
            agency, place = agency_named(found["agency"]), place_of(found["head"])
            when = _words_left(match, place)
            return Dateline(place, agency, found.get("author"), match.end(), when)
    return None


def _words_left(match: re.Match[str], place: str | None) -> str | None:
    """Return what a dateline says besides place, agency and author, where that can be a day."""
    start, text = match.start(), match[0]
    names = [name for name in ("agency", "author") if match.groupdict().get(name)]
    for first, last in sorted((match.span(name) for name in names), reverse=True):
        text = f"{text[: first - start]} {text[last - start :]}"
    for part in (place or "").split(", "):
        text = text.replace(part, " ", 1)
    text = " ".join(text.split()).strip(_AROUND_DAY)
    return text if _DIGIT.search(text) or _WORD_DAY.search(f" {text}") else None


def _is_place_and_day(head: str) -> bool:
    """Tell whether the words before an agency's name can be a place and a day, not a clause."""
    words = head.split()
    if len(words) > 14 or any(mark in head for mark in '؟?!;؛«»"“”'):
        return False
    if _DIGIT.search(head):
        return True
    latin = [word for word in words if word[0].isalpha() and word[0].lower() != word[0].upper()]
    lower = sum(word[0].islower() for word in latin)
    return len(words) <= (6 if latin else 4) and lower <= len(latin) // 2


def place_of(head: str) -> str | None:
    """Return the place of `PLACE, more place, day`."""
    parts = re.split(r"\s*[,،]\s*", _WORD_DAY.sub("", head.strip()))
    kept = []
    for number, part in enumerate(parts):
        digit = _DIGIT.search(part)
        if digit is None:
            kept.append(part)
        elif number == 0:
            kept.append(_IN.sub("", part[: digit.start()].strip(_EDGES)))
        else:
            break
    return ", ".join(part.strip(_EDGES) for part in kept if part.strip(_EDGES)) or None
