"""Agencies that publish when told and misbehave by plan; a check of what a service made of them.

Every wire serves its feed with an ETag and answers 304 to who has it. Of each seven polls one is
reset in mid-reply; of each five pages one is refused first and asks for quiet, one drips, one is
silent until the reader gives up. A burst may push items out of the window unseen: the sitemap has
them. robots.txt shuts one page that the feed announces.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.agency import feed, html, item, page
from tests.web import Answer, Request, Web

WINDOW = 30
QUIET = 20  # virtual seconds that a busy page asks for
UNHEARD = 1.0  # real seconds: what was said so short before a kill may be lost
TOLERANCE = 0.05  # real seconds


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll that was answered whole: when, by both clocks, and how much had been published."""

    at: float
    published: int


class Wire:
    """One agency on a host of its own, before a service whose clock runs `speed` times too fast."""

    def __init__(
        self,
        web: Web,
        number: int,
        *,
        epoch: float = 0.0,
        speed: float = 30.0,
        floor: float = 1.0,
    ) -> None:
        self.site = web.new_host()
        self.number = number
        self.published = 0
        self.sent: set[str] = set()
        self.polls: list[Poll] = []
        self.quiet: list[float] = []  # when it was asked for
        self._epoch = epoch
        self._speed = speed
        self._floor = floor
        self._count = itertools.count(1)
        self._published_at: list[float] = []  # real, since 1970
        self.feed = self.site.on("/feed", self._feed)
        self.site.on("/map.xml", self._sitemap)
        robots = f"User-agent: *\nDisallow: /private\nSitemap: {self.site.url('/map.xml')}\n"
        self.site.on("/robots.txt", Answer(robots.encode()))
        self.publish(3)

    def publish(self, count: int = 1) -> None:
        """Publish so many items."""
        for _ in range(count):
            number = self.published + 1
            text = page(self.number * 1000 + number)
            mishap = {
                1: html(text),
                2: self._busy,
                3: Answer(text, headers=html(b"").headers, pieces=10, pause=0.15),
                4: Answer(ending="silence"),
                0: Answer(text, cut_after=100),
            }[number % 5]
            self.site.on(f"/{number}", mishap, html(text))
            self._published_at.append(time.time())
            self.published = number

    def _busy(self, request: Request) -> Answer:
        self.quiet.append(request.at)
        return Answer(status=503, headers=[("Retry-After", str(QUIET))])

    def _feed(self, request: Request) -> Answer:
        if next(self._count) % 7 == 0:
            return Answer(b"<?xml version='1.0'?><rss>", cut_after=10, ending="reset")
        tag = f'"{self.number}-{self.published}"'
        self.sent.add(tag)
        self.polls.append(Poll(time.time(), self.published))
        if request.header("If-None-Match") == tag:
            return Answer(status=304, headers=[("ETag", tag)])
        newest = range(self.published, max(self.published - WINDOW, 0), -1)
        entries = [item(self.site.origin, number) for number in newest]
        if self.published <= WINDOW:
            entries.append(item(f"{self.site.origin}/private", 1, guid="private"))
        return feed(entries, ("ETag", tag))

    def _sitemap(self, _request: Request) -> Answer:
        times = (datetime.fromtimestamp(self._virtual(at), UTC) for at in self._published_at)
        urls = "".join(
            f"<url><loc>{self.site.url(f'/{number}')}</loc><lastmod>{at.isoformat()}</lastmod></url>"
            for number, at in enumerate(times, 1)
        )
        return Answer(f"<urlset>{urls}</urlset>".encode())

    def _virtual(self, at: float) -> float:
        return self._epoch + (at - self._epoch) * self._speed

    @property
    def urls(self) -> set[str]:
        """Every address that was announced."""
        return {self.site.url(f"/{number}") for number in range(1, self.published + 1)}

    def asked_without_validator(self, after: float) -> int:
        """Return how many polls since a time (monotonic) carried none that this wire had sent."""
        polls = [one for one in self.site.asked("/feed") if one.at > after]
        return sum(one.header("If-None-Match") not in self.sent for one in polls)

    def offences(self, kills: Sequence[float] = ()) -> list[str]:
        """Return what breaks docs/manners.md; a kill excuses what was said just before it."""
        found = [f"asks for {one.path}" for one in self.site.requests if "private" in one.path]
        floor, quiet = self._floor / self._speed, QUIET / self._speed
        polls = self.site.asked("/feed")
        for before, after in itertools.pairwise(polls):
            if after.at - before.at < floor - TOLERANCE and after.connection == before.connection:
                found.append(f"polls again after {(after.at - before.at) * self._speed:.0f} s")
        for told in self.quiet:
            is_excused = any(0 <= kill - told < UNHEARD for kill in kills)
            early = [
                one
                for one in self.site.requests
                if told < one.at < told + quiet - TOLERANCE and one.path != "/robots.txt"
            ]
            if early and not is_excused:
                found.append(f"asks for {early[0].path} though it was asked for quiet")
        return found

    def overflows(self) -> list[Poll]:
        """Return the polls before which the window certainly ran over."""
        return [
            after
            for before, after in itertools.pairwise(self.polls)
            if after.published - before.published > WINDOW
        ]

    def published_between(self, since: datetime, until: datetime) -> int:
        """Return how many items came between two virtual times."""
        slack = UNHEARD * self._speed
        first, last = since.timestamp() - slack, until.timestamp() + slack
        return sum(first <= self._virtual(at) <= last for at in self._published_at)


def opml(wires: list[Wire]) -> str:
    """Return the list of feeds to import."""
    outlines = "".join(
        f'<outline type="rss" text="Wire {wire.number}" xmlUrl="{wire.feed}"/>' for wire in wires
    )
    return f'<opml version="2.0"><head/><body>{outlines}</body></opml>'


def faults_of(rows: list[dict[str, Any]], wires: list[Wire]) -> dict[str, list[str]]:
    """Return what is wrong with what consumers see; empty lists when nothing is."""
    wanted: set[str] = set().union(*(wire.urls for wire in wires))
    new = Counter(row["url"] for row in rows if row["kind"] == "new")
    revisions = Counter((row["article"], row["revision"]) for row in rows)
    ids = [int(row["change"]) for row in rows]
    return {
        "lost": sorted(wanted - set(new)),
        "phantom": sorted(set(new) - wanted),
        "twice": sorted(url for url, count in new.items() if count > 1),
        "revised": sorted(row["url"] for row in rows if row["kind"] == "revised"),
        "same revision twice": [str(key) for key, count in revisions.items() if count > 1],
        "out of order": [] if ids == sorted(ids) else ["ids fall"],
        "incomplete": sorted(row["url"] for row in rows if len(row["body"].splitlines()) != 5),
    }


def gap_faults_of(gaps: list[dict[str, Any]], wires: list[Wire]) -> dict[str, list[str]]:
    """Return overflows that no gap tells of, and gaps where nothing can have run over."""
    missed, false = [], []
    for wire in wires:
        told = [
            (datetime.fromisoformat(gap["from"]), datetime.fromisoformat(gap["to"]))
            for gap in gaps
            if gap["feed_url"] == wire.feed
        ]
        false += [wire.feed for span in told if wire.published_between(*span) < WINDOW]
        missed += [wire.feed] * (len(wire.overflows()) - len(told))
    return {"gaps untold": missed, "gaps false": false}
