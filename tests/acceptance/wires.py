"""Agencies that publish when told and misbehave by plan; a check of what a service made of them.

Every wire serves its feed with an ETag and answers 304 to who has it. Of each seven polls one is
reset in mid-reply; of each five pages one is refused first, one drips, one is silent until the
reader gives up.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from tests.agency import feed, html, item, page
from tests.web import Answer, Request, Web

WINDOW = 30


class Wire:
    """One agency on a host of its own."""

    def __init__(self, web: Web, number: int) -> None:
        self.site = web.new_host()
        self.number = number
        self.published = 0
        self.sent: set[str] = set()
        self._polls = itertools.count(1)
        self.feed = self.site.on("/feed", self._feed)
        self.publish(3)

    def publish(self, count: int = 1) -> None:
        """Publish so many items."""
        for _ in range(count):
            number = self.published + 1
            text = page(self.number * 1000 + number)
            mishap = {
                1: html(text),
                2: Answer(status=503),
                3: Answer(text, headers=html(b"").headers, pieces=10, pause=0.15),
                4: Answer(ending="silence"),
                0: Answer(text, cut_after=100),
            }[number % 5]
            self.site.on(f"/{number}", mishap, html(text))
            self.published = number

    def _feed(self, request: Request) -> Answer:
        if next(self._polls) % 7 == 0:
            return Answer(b"<?xml version='1.0'?><rss>", cut_after=10, ending="reset")
        tag = f'"{self.number}-{self.published}"'
        self.sent.add(tag)
        if request.header("If-None-Match") == tag:
            return Answer(status=304, headers=[("ETag", tag)])
        newest = range(self.published, max(self.published - WINDOW, 0), -1)
        return feed([item(self.site.origin, number) for number in newest], ("ETag", tag))

    @property
    def urls(self) -> set[str]:
        """Every address that was announced."""
        return {self.site.url(f"/{number}") for number in range(1, self.published + 1)}

    def asked_without_validator(self, after: float) -> int:
        """Return how many polls since a time (monotonic) carried none that this wire had sent."""
        polls = [one for one in self.site.asked("/feed") if one.at > after]
        return sum(one.header("If-None-Match") not in self.sent for one in polls)


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
