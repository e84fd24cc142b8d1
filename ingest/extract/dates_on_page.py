"""When it was published and changed, to the minute where the page knows it.

    rule ▶ JSON-LD ▶ article:published_time and kin ▶ itemprop, <time> ▶ the line under the
    headline ▶ JSON for scripts ▶ the URL ▶ a bare meta "date" (often the page's making)

The first that says anything names the day. If it names no more than the day, a later one of
the same day may name the minute. A stamp marked Z is checked against the clock time shown:
several agencies write local time and call it UTC.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, tzinfo
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ingest.dates import parse_date, parse_date_pair
from ingest.errors import DateContradiction
from ingest.extract.hints import Hint
from ingest.extract.jsonld import text_of
from ingest.extract.page import Page
from ingest.extract.rules import texts_at
from ingest.model import Moment, Precision, ZoneReason, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from ingest.extract.blocks import Outline
    from ingest.extract.container import Choice

_PUBLISHED_NAMES = """
    article:published_time article.published og:published_time datepublished pubdate publishdate
    publish-date publication_date dc.date.issued dcterms.created dc.date sailthru.date
    parsely-pub-date cxenseparse:recs:publishtime published_at
"""
_MODIFIED_NAMES = """
    article:modified_time og:updated_time datemodified lastmod last-modified dcterms.modified
    article.updated
"""
_PUBLISHED = tuple(_PUBLISHED_NAMES.split())
_MODIFIED = tuple(_MODIFIED_NAMES.split())
_ITEMS = (("datepublished", "datecreated"), ("datemodified",))
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-]([01]?\d)[/-]([0-3]?\d)(?=[/_.-]|$)")
_IN_SCRIPT = re.compile(
    r"[\"']\w*(?:publ|creat)\w*(?:date|time|at|on)\w*[\"']\s*[:=]\s*[\"']([^\"']{8,40})[\"']",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[^\d:]{1,30}:\s*")
MAX_LINE = 160
MAX_SCRIPTS = 40
_COUNTRIES = (
    "ae Asia/Dubai, at Europe/Vienna, be Europe/Brussels, bg Europe/Sofia, bh Asia/Bahrain,"
    " ch Europe/Zurich, cn Asia/Shanghai, cz Europe/Prague, de Europe/Berlin, dk Europe/Copenhagen,"
    " eg Africa/Cairo, fi Europe/Helsinki, fr Europe/Paris, gr Europe/Athens, hu Europe/Budapest,"
    " il Asia/Jerusalem, in Asia/Kolkata, iq Asia/Baghdad, ir Asia/Tehran, it Europe/Rome,"
    " jo Asia/Amman, jp Asia/Tokyo, kr Asia/Seoul, kw Asia/Kuwait, lb Asia/Beirut,"
    " ma Africa/Casablanca, nl Europe/Amsterdam, no Europe/Oslo, om Asia/Muscat, pk Asia/Karachi,"
    " pl Europe/Warsaw, ps Asia/Hebron, qa Asia/Qatar, ro Europe/Bucharest, sa Asia/Riyadh,"
    " se Europe/Stockholm, sy Asia/Damascus, tr Europe/Istanbul, ye Asia/Aden"
)
#: Countries with one zone, by top-level domain: for pages of no declared source only.
_ZONES = dict(pair.split() for pair in _COUNTRIES.split(","))


def dates_of(
    page: Page, outline: Outline, choice: Choice, now: datetime | None
) -> tuple[Moment | None, Moment | None]:
    """Return when the article was published and when it was last changed."""
    reading = _Reading(page, outline, choice, now)
    published, modified = reading.ruled()
    if published is None:
        published = _first_day_and_minute(reading.all_of_publication())
    elif published.precision is Precision.DAY:
        published = _first_day_and_minute(chain([published], reading.stamps(0)))
    if published:
        published = reading.settled(published)
    if modified is None:
        modified = next(reading.stamps(1), reading.shown_change)
    if modified:
        modified = reading.settled(modified)
    if modified and published and modified.at < published.at and modified.day != published.day:
        modified = None  # months before publication: some other object's time
    return published, modified


def _first_day_and_minute(moments: Iterable[Moment]) -> Moment | None:
    """Return the first moment, or one of the same day that is the first to name the minute."""
    first: Moment | None = None
    for moment in moments:
        if first is None:
            first = moment
        if not _is_day_only(first):
            return first
        if moment.day == first.day and not _is_day_only(moment):
            return moment
    return first


def _is_day_only(moment: Moment) -> bool:
    at = moment.at
    return moment.precision is Precision.DAY or (at.hour, at.minute, at.second) == (0, 0, 0)


class _Reading:
    """The dates of one page, each read when asked for."""

    def __init__(self, page: Page, outline: Outline, choice: Choice, now: datetime | None) -> None:
        self.page = page
        self.outline = outline
        self.choice = choice
        self.now = now
        self.zone = zone_of(page.source) or _zone_of_country(page.url)
        self.is_guessed = page.source is None and self.zone is not None
        self._shown: list[Moment] | None = None
        self.shown_change: Moment | None = None

    def ruled(self) -> tuple[Moment | None, Moment | None]:
        """Return what the source's selectors find; the text may hold both times."""
        source = self.page.source
        if source is None:
            return None, None
        published = modified = None
        for text in texts_at(self.page.tree, source.article.published):
            published, modified = self._pair(text)
            if modified is None:
                published, modified = self._parts(text, published)
            if published:
                break
        for text in texts_at(self.page.tree, source.article.modified):
            modified = self._pair(text)[0] or modified
        return published, modified

    def all_of_publication(self) -> Iterator[Moment]:
        """Yield every time of publication the page gives, best first, read as asked for."""
        yield from self.stamps(0)
        yield from self.shown
        yield from self.late()

    def _parts(self, text: str, published: Moment | None) -> tuple[Moment | None, Moment | None]:
        """Return the times of a line in two parts, whatever words stand before the second."""
        first, mark, second = text.partition(" - ")
        if not mark:
            return published, None
        return published or self._pair(first)[0], next(self._read([_LABEL.sub("", second)]), None)

    def stamps(self, which: int) -> Iterator[Moment]:
        """Yield the machine-written times of publication (0) or change (1), best first."""
        page = self.page
        yield from self._read([text_of(page.article.get(("datePublished", "dateModified")[which]))])
        yield from self._read(page.all_metas(*(_PUBLISHED, _MODIFIED)[which]))
        for item in page.items(*_ITEMS[which]):
            yield from self._read([item.attr("datetime") or item.attr("content") or item.text])
        if which == 0:
            yield from self._read(time.attr("datetime") for time in page.times[:3])

    @property
    def shown(self) -> list[Moment]:
        """The moments in the lines around headline and byline."""
        if self._shown is None:
            self._shown = []
            for text in self._lines():
                published, modified = self._pair(text)
                if published:
                    self._shown.append(published)
                if modified and self.shown_change is None:
                    self.shown_change = modified
        return self._shown

    def _lines(self) -> Iterator[str]:
        """Yield short lines with digits near the headline, declared dates first."""
        container = self.outline.regions[self.choice.region]
        start = self.choice.headline if self.choice.headline >= 0 else container.first
        near: list[str] = []
        for block in self.outline.blocks[max(0, start - 6) : start + 20]:
            if len(block.text) > MAX_LINE or not any(map(str.isdecimal, block.text)):
                continue
            if self._calls_itself_date(block.region):
                yield block.text
            else:
                near.append(block.text)
        yield from near

    def _calls_itself_date(self, region: int) -> bool:
        own = self.outline.regions[region]
        hints = own.hints
        if own.parent >= 0:
            hints |= self.outline.regions[own.parent].hints
        return bool(hints & Hint.BYLINE)

    def late(self) -> Iterator[Moment]:
        """Yield what is only looked at when nothing better is there."""
        for script in self.page.scripts[:MAX_SCRIPTS]:
            match = _IN_SCRIPT.search(script.text[:200_000])
            if match:
                yield from self._read([match[1]])
        found = _IN_URL.search(urlsplit(self.page.url).path)
        if found:
            yield from self._read([f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"])
        yield from self._read([self.page.meta("date", "dc.date.created", "created")])

    def _read(self, texts: Iterable[str | None]) -> Iterator[Moment]:
        for text in texts:
            if not text or len(text) > 200:
                continue
            try:
                moment = parse_date(text, timezone=self.zone, now=self.now)
            except DateContradiction:
                continue  # a stamp that disagrees with itself names no time
            if moment:
                yield self._marked(moment)

    def _pair(self, text: str) -> tuple[Moment | None, Moment | None]:
        try:
            published, modified = parse_date_pair(text, timezone=self.zone, now=self.now)
        except DateContradiction:
            return None, None
        return published and self._marked(published), modified and self._marked(modified)

    def _marked(self, moment: Moment) -> Moment:
        """Return a moment whose zone came from the page's country marked so."""
        if self.is_guessed and moment.zone is ZoneReason.SOURCE:
            return replace(moment, zone=ZoneReason.PAGE)
        return moment

    def settled(self, moment: Moment) -> Moment:
        """Return a moment marked UTC in local time, where the shown clock says that it is."""
        is_utc = moment.zone is ZoneReason.TEXT and not moment.at.utcoffset()
        if not is_utc or self.zone is None or moment.precision is Precision.DAY:
            return moment
        written = moment.at.replace(tzinfo=self.zone)
        offset = written.utcoffset()
        if not offset:
            return moment
        clocks = [shown for shown in self._clocks() if shown.precision is not Precision.DAY]
        minute = timedelta(minutes=1)
        if any(abs(shown.at - moment.at) < minute for shown in clocks):
            return moment
        for shown in clocks:
            if abs(shown.at - written) < minute:
                return replace(moment, at=written, zone=ZoneReason.PAGE)
            if abs(shown.at + offset - written) < minute:
                return replace(shown, zone=ZoneReason.PAGE)
        return moment

    def _clocks(self) -> list[Moment]:
        """Return every time without zone that the page gives for its publication."""
        metas = self._read(self.page.all_metas(*_PUBLISHED))
        local = (ZoneReason.SOURCE, ZoneReason.PAGE)
        return [moment for moment in (*metas, *self.shown) if moment.zone in local]


def _zone_of_country(url: str) -> tzinfo | None:
    """Return the zone of a country that has but one, by the address's last label."""
    name = _ZONES.get((urlsplit(url).hostname or "").rpartition(".")[2])
    return ZoneInfo(name) if name else None
