"""The two agencies: one reports, the other copies from it with a credit line and adds its own.

Each answers a path at a time and knows nothing of sockets; server.py does the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ingest.model import ArticleRules, Cadence, Evidence, Feed, Source
from ingest.sample_agency import pages
from ingest.sample_agency.calendar import (
    HISTORY_DAYS,
    WINDOW,
    ZONE,
    Calendar,
    Item,
    Mishap,
)
from ingest.sample_agency.stories import LANGUAGES, Dice, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
FRESH = {"Cache-Control": "max-age=15"}
BUSY_FOR = 30  # seconds named in Retry-After; virtual, as everything a server names
SLOW_FOR = 2.0  # real seconds
RECHECKS = (timedelta(minutes=4), timedelta(minutes=10))
LIVELY = Cadence(floor=timedelta(seconds=15), ceiling=timedelta(minutes=2))
LICENCE = "Invented news for trying khabar out: use it as you like."
_ARTICLE = re.compile(r"/(?P<kind>[a-z]+)/(?:[^/]+/[^/]+/)?(?P<number>\d{1,9})/?")
_FEED = re.compile(r"/rss/(ar|tr|en)\.xml")
_DAY = re.compile(r"/sitemap/(\d{4}-\d\d-\d\d)\.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back, before validators and codings.

    Attributes:
        pause: real seconds to wait before the second half.
        modified: for Last-Modified.
    """

    status: int = 200
    media_type: str = HTML
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    pause: float = 0.0


class Wire:
    """Nahr News Agency: a feed in each language, corrections, withdrawals, a sitemap."""

    slug = "sample-nahr"
    name = "Nahr News Agency"

    def __init__(self, seed: int, *, with_mishaps: bool = True) -> None:
        self.calendar = Calendar("nahr", seed)
        self.with_mishaps = with_mishaps

    def answer(self, path: str, origin: str, now: datetime) -> Answer:
        """Return the reply to a path; `origin` is our own scheme and host."""
        match path:
            case "/":
                return self._front(origin, now)
            case "/robots.txt":
                return robots(origin)
            case "/sitemap.xml":
                return self._sitemap_index(origin, now)
            case "/sitemap/latest.xml":
                return self._latest(origin, now)
            case _:
                return self._numbered(path, origin, now)

    def path(self, item: Item) -> str:
        """Return a story's address on the site."""
        story = item.story
        slugs = (pages.slug(text) for text in (story.section, item.first_title))
        return f"/{story.language}/{'/'.join(slugs)}/{item.number}"

    def feeds(self, origin: str) -> tuple[str, ...]:
        """Return the addresses of the feeds."""
        return tuple(f"{origin}/rss/{language}.xml" for language in LANGUAGES)

    def source(self, origin: str) -> Source:
        """Return the agency's declaration."""
        credits = "|".join(texts(language)["credit"] for language in LANGUAGES)
        return Source(
            slug=self.slug,
            name=f"{self.name} (sample)",
            agency="Nahr",
            homepage=f"{origin}/",
            timezone=ZONE,
            feeds=tuple(
                Feed(url=url, language=language, evidence=Evidence.CONFIRMED)
                for language, url in zip(LANGUAGES, self.feeds(origin), strict=True)
            ),
            hosts=(_host(origin),),
            ports=_ports(origin),
            languages=LANGUAGES,
            number=re.compile(r"/(?P<language>ar|tr|en)/[^/]+/[^/]+/(?P<number>\d+)"),
            article=ArticleRules(
                body=("div.story-text",),
                standfirst=("p.standfirst",),
                image_credit=("figcaption .credit",),
                notice=("p.notice",),
            ),
            datelines=(
                re.compile(
                    rf"(?P<place>[^\n()/]{{2,40}}) (?:\((?:{credits})\) - |/ (?:{credits})$)"
                ),
            ),
            cadence=LIVELY,
            recheck_after=RECHECKS,
            sitemaps=(f"{origin}/sitemap.xml",),
            evidence=Evidence.CONFIRMED,
            licence=LICENCE,
        )

    def _numbered(self, path: str, origin: str, now: datetime) -> Answer:
        if found := _FEED.fullmatch(path):
            return self._feed(found[1], origin, now)
        if found := _DAY.fullmatch(path):
            return self._day(found[1], origin, now)
        if (found := _ARTICLE.fullmatch(path)) and found["kind"] in LANGUAGES:
            return self._article(int(found["number"]), path, origin, now)
        return not_found()

    def _front(self, origin: str, now: datetime) -> Answer:
        rows = [(f"{origin}{path}", title) for path, title in self._others(now, 30)]
        return page(pages.front_page(self.name, self.feeds(origin), rows))

    def _feed(self, language: str, origin: str, now: datetime) -> Answer:
        address = f"{origin}/rss/{language}.xml"
        items = self.calendar.newest(now, language=language)
        body = pages.rss(texts(language)["agency"], origin, address, self._rows(items, origin))
        mishap = self.calendar.feed_mishap(language, now) if self.with_mishaps else None
        return feed_answer(body, "application/rss+xml; charset=utf-8", items, mishap)

    def _sitemap_index(self, origin: str, now: datetime) -> Answer:
        today = now.astimezone(ZONE).date()
        days = [today - timedelta(days=back) for back in range(HISTORY_DAYS)]
        names = ("latest", *(day.isoformat() for day in days))
        body = pages.sitemap_index(f"{origin}/sitemap/{name}.xml" for name in names)
        return Answer(media_type=XML, body=body.encode())

    def _latest(self, origin: str, now: datetime) -> Answer:
        rows = self._rows(self.calendar.newest(now, count=90), origin)
        return Answer(media_type=XML, body=pages.sitemap(self.name, rows).encode())

    def _day(self, name: str, origin: str, now: datetime) -> Answer:
        try:
            day = date.fromisoformat(name)
        except ValueError:
            return not_found()
        back = (now.astimezone(ZONE).date() - day).days
        if not 0 <= back < HISTORY_DAYS:
            return not_found()
        rows = self._rows(self.calendar.history(day, now), origin)
        return Answer(media_type=XML, body=pages.sitemap(self.name, rows).encode())

    def _article(self, number: int, path: str, origin: str, now: datetime) -> Answer:
        item = self.calendar.item(number, now)
        if item is None:
            return not_found()
        trouble = page_mishap(self.calendar.mishap(number, now)) if self.with_mishaps else None
        if trouble and trouble.status != 200:
            return trouble
        own = self.path(item)
        if unquote(path) != unquote(own):
            return Answer(status=301, headers={"Location": f"{origin}{own}"})
        body = pages.article_page(
            item,
            f"{origin}{own}",
            pages.body_paragraphs(item.story),
            self._others(item.published, 8, item.story.language),
            texts(item.story.language)["agency"],
        )
        return page(body, item.modified or item.published, trouble.pause if trouble else 0.0)

    def _others(self, now: datetime, count: int, language: str = "") -> list[tuple[str, str]]:
        items = self.calendar.newest(now, count=count + 1, language=language)
        return [(self.path(item), item.story.title) for item in items[1:]]

    def _rows(self, items: list[Item], origin: str) -> list[tuple[Item, str]]:
        return [(item, f"{origin}{self.path(item)}") for item in items]


class Daily:
    """The Meridian Daily: every fourth report of the wire, under a credit line, and its own."""

    slug = "sample-meridian"
    name = "The Meridian Daily"

    def __init__(self, seed: int, wire: Wire) -> None:
        self.wire = wire
        self.seed = seed
        self.own = Calendar("meridian", seed, timedelta(seconds=90))

    def answer(self, path: str, origin: str, now: datetime) -> Answer:
        """Return the reply to a path."""
        if path == "/robots.txt":
            return robots(origin)
        if path == "/":
            titles = [(f"{origin}{way}", item.story.title) for way, item in self._newest(now)]
            return page(pages.front_page(self.name, self.feeds(origin), titles))
        if path == "/feed.atom":
            newest = self._newest(now)
            rows = [(item, f"{origin}{way}?utm_source=feed") for way, item in newest]
            body = pages.atom(self.name, origin, f"{origin}/feed.atom", rows)
            media_type = "application/atom+xml; charset=utf-8"
            return feed_answer(body, media_type, [item for item, _ in rows], None)
        if found := _ARTICLE.fullmatch(path):
            return self._article(found["kind"], int(found["number"]), origin, now)
        return not_found()

    def feeds(self, origin: str) -> tuple[str, ...]:
        """Return the addresses of the feeds."""
        return (f"{origin}/feed.atom",)

    def source(self, origin: str) -> Source:
        """Return the paper's declaration: nothing but a feed, the rest is found generically."""
        return Source(
            slug=self.slug,
            name=f"{self.name} (sample)",
            homepage=f"{origin}/",
            timezone=ZONE,
            feeds=(Feed(url=f"{origin}/feed.atom", evidence=Evidence.CONFIRMED),),
            hosts=(_host(origin),),
            ports=_ports(origin),
            languages=LANGUAGES,
            cadence=LIVELY,
            recheck_after=RECHECKS,
            evidence=Evidence.CONFIRMED,
            licence=LICENCE,
        )

    def copied_at(self, number: int) -> datetime | None:
        """Return when a report of the wire is taken over; None for most."""
        dice = Dice(f"{self.seed}/copy/{number}")
        if dice.number("copied", 4):
            return None
        wait = timedelta(seconds=30 + dice.number("wait", 60))
        return self.wire.calendar.published_at(number) + wait

    def _copy(self, number: int, now: datetime) -> Item | None:
        """Return a report as it stood when it was taken over, perhaps shortened."""
        at = self.copied_at(number)
        if number < 0 or at is None or at > now:
            return None
        item = self.wire.calendar.item(number, at)
        if item is None:
            return None
        dice, story = Dice(f"{self.seed}/copy/{number}"), item.story
        body = tuple(pages.body_paragraphs(story))
        body = body[: max(3, len(body) * 2 // 3)] if dice.number("short", 3) == 0 else body
        taken = (*body, texts(story.language)["taken_from"])
        return replace(item, published=at.astimezone(ZONE), story=replace(story, paragraphs=taken))

    def _newest(self, now: datetime) -> list[tuple[str, Item]]:
        newest = self.wire.calendar.number_at(now)
        copies = (self._copy(number, now) for number in range(newest, newest - 60, -1))
        rows = [(f"/wire/{item.number}", item) for item in copies if item]
        rows += [(f"/own/{item.number}", item) for item in self.own.newest(now, count=WINDOW)]
        return sorted(rows, key=lambda row: row[1].published, reverse=True)[:WINDOW]

    def _article(self, kind: str, number: int, origin: str, now: datetime) -> Answer:
        item = {"wire": self._copy, "own": self.own.item}.get(kind, _nothing)(number, now)
        if item is None:
            return not_found()
        others = [(path, other.story.title) for path, other in self._newest(item.published)]
        others = [row for row in others if row[0] != f"/{kind}/{number}"]
        url, body = f"{origin}/{kind}/{number}", item.story.paragraphs
        return page(
            pages.article_page(item, url, body, others, self.name),
            item.modified or item.published,
        )


def page(text: str, modified: datetime | None = None, pause: float = 0.0) -> Answer:
    """Return a page that may be kept for a moment."""
    return Answer(body=text.encode(), modified=modified, pause=pause, headers=FRESH)


def not_found() -> Answer:
    """Return the reply for what is not there, or no longer."""
    return Answer(status=404, body=b"<!DOCTYPE html><title>404</title><h1>Not found</h1>\n")


def robots(origin: str) -> Answer:
    """Return robots.txt."""
    text = f"User-agent: *\nDisallow: /search\nDisallow: /tag/\n\nSitemap: {origin}/sitemap.xml\n"
    return Answer(media_type="text/plain; charset=utf-8", body=text.encode())


def feed_answer(body: str, media_type: str, items: list[Item], mishap: Mishap | None) -> Answer:
    """Return a feed, or what became of it."""
    if mishap is Mishap.BROKEN:
        return Answer(status=503, headers={"Retry-After": str(BUSY_FOR)}, body=b"try again\n")
    times = [item.modified or item.published for item in items]
    whole = body.encode()
    return Answer(
        media_type=media_type,
        body=whole[: len(whole) * 2 // 3] if mishap is Mishap.TORN else whole,
        modified=max(times, default=None),
        headers=FRESH,
        pause=SLOW_FOR if mishap is Mishap.SLOW else 0.0,
    )


def page_mishap(mishap: Mishap | None) -> Answer | None:
    """Return the reply that a mishap brings instead of a page; status 200 means only slow."""
    match mishap:
        case Mishap.BROKEN:
            return Answer(status=500, body=b"<!DOCTYPE html><title>500</title><h1>Error</h1>\n")
        case Mishap.BUSY:
            return Answer(status=429, headers={"Retry-After": str(BUSY_FOR)}, body=b"slow down\n")
        case Mishap.SLOW:
            return Answer(pause=SLOW_FOR)
        case _:
            return None


def _nothing(_number: int, _now: datetime) -> None:
    return None


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _ports(origin: str) -> tuple[int, ...]:
    return (int(origin.rpartition(":")[2]),)
