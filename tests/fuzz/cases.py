"""One case: mutated bytes, read as the service reads them; what comes is whole, or has a name."""

from __future__ import annotations

import dataclasses
import random
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import brotli
import zstandard

from ingest.discover import find_feeds, parse_sitemap, read_opml
from ingest.errors import ExtractError, FeedError, FetchError, UnusableURL
from ingest.extract import extract_article
from ingest.feeds import parse_feed
from ingest.fetch import Fetcher, Limits
from ingest.identity import article_keys
from ingest.identity.entries import announcement_digest, entry_identity
from ingest.model import Source
from ingest.pipeline.believe import believable_entry
from ingest.urls import MAX_KEY_LENGTH, normalize_url, plain_key, twins, url_key
from tests.fuzz.mutations import mutate
from tests.web import Answer, Host

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
URL = "https://agency.example/x"
LIMITS = Limits(max_bytes=1_000_000, max_seconds=5)
KINDS = ("application/rss+xml", "text/html; charset=windows-1256", "text/xml; charset=x", None)
SOURCE = Source(
    slug="fuzz",
    name="Fuzz",
    homepage="https://agency.example/",
    timezone=ZoneInfo("Asia/Riyadh"),
    languages=("ar",),
)
SITEMAP = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/1</loc><lastmod>'
    b"2025-11-17</lastmod></url></urlset>"
)
OPML = (
    b"<opml><body><outline text='A'><outline xmlUrl='https://a.example/'/></outline></body></opml>"
)
JSON = (
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "/1", "title": '
    b'"x", "content_html": "<p>x</p>", "date_published": "2025-11-17T08:05:00Z", "tags": ["a"]}]}'
)
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": lambda body: zlib.compress(body, wbits=31),
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstandard.ZstdCompressor(level=1).compress,
}


class Unfit(Exception):
    """What was read cannot be stored."""


def dice(kind: str, seed: int, number: int) -> random.Random:
    """Return the dice of one case, the same on every machine."""
    return random.Random(f"{kind}:{seed}:{number}")


@cache
def feeds() -> tuple[bytes, ...]:
    """Return our sample feeds, a sitemap, an OPML list and a JSON feed."""
    found = [path.read_bytes() for path in sorted(SAMPLES.glob("*/feed.*"))]
    return (*found, SITEMAP, OPML, JSON)


@cache
def pages() -> tuple[bytes, ...]:
    """Return our sample pages."""
    return tuple(path.read_bytes() for path in sorted(SAMPLES.glob("*/page*.html")))


# ── feeds ───────────────────────────────────────────────────────────────────────────────


def read_feed(draw: random.Random) -> None:
    """Read a mutated feed as polls do, and as sitemaps and lists are read."""
    body, kind = mutate(draw, feeds()), draw.choice(KINDS)
    check_feed(body, kind)
    for read in (
        lambda: parse_sitemap(body, url=URL),
        lambda: find_feeds(body, url=URL),
        lambda: read_opml(body),
    ):
        try:
            check_storable(read())
        except FeedError:
            continue


def check_feed(body: bytes, kind: str | None) -> None:
    """Read a feed; what it announces must be storable.

    Raises:
        Unfit: it is not.
    """
    try:
        parsed = parse_feed(body, url=URL, content_type=kind, timezone=SOURCE.timezone)
    except FeedError:
        return
    check_storable(parsed)
    for entry in parsed.entries:
        believed = believable_entry(entry, NOW)
        check_storable(believed)
        announcement_digest(believed)
        entry_identity(believed, stable_guids=False)


# ── replies ─────────────────────────────────────────────────────────────────────────────


def reply_of(draw: random.Random) -> tuple[bytes, bool]:
    """Return the bytes of a whole reply before anything happens to it, and whether it is a feed."""
    is_feed = draw.random() < 0.3
    body = draw.choice(feeds() if is_feed else pages())
    coding = draw.choice(tuple(CODINGS))
    packed = CODINGS[coding](body)
    headers = [f"Content-Type: {draw.choice(KINDS)}", 'ETag: "1"', "Cache-Control: max-age=60"]
    if coding:
        headers.append(f"Content-Encoding: {coding}")
    if draw.random() < 0.3:
        headers.append("Transfer-Encoding: chunked")
        packed = b"".join(_chunk(packed[at : at + 999]) for at in range(0, len(packed), 999))
        packed += b"0\r\nX-Sum: 1\r\n\r\n"
    elif draw.random() < 0.9:
        headers.append(f"Content-Length: {len(packed)}")
    head = "\r\n".join([f"HTTP/1.1 {draw.choice(('200 OK', '304', '301 Moved'))}", *headers])
    return head.encode() + b"\r\n\r\n" + packed, is_feed


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def reader_of_replies(site: Host, fetcher: Fetcher) -> Callable[[random.Random], Awaitable[None]]:
    """Return what has a mutated reply served, fetched and read."""

    async def read_reply(draw: random.Random) -> None:
        raw, is_feed = reply_of(draw)
        where = draw.choice((400, len(raw)))
        mutated = mutate(draw, [raw[:where]]) + raw[where:]
        url = site.on("/", Answer(raw=mutated, ending=draw.choice(("close", "reset"))))
        site.requests.clear()
        try:
            reply = await fetcher.get(url, limits=LIMITS)
        except FetchError:
            return
        if is_feed:
            check_feed(reply.body, reply.content_type)
        else:
            check_page(reply.body, reply.content_type)

    return read_reply


def check_page(body: bytes, kind: str | None) -> None:
    """Read a page; its article must be storable.

    Raises:
        Unfit: it is not.
    """
    try:
        article = extract_article(body, url=URL, content_type=kind, source=SOURCE, now=NOW)
    except ExtractError:
        return
    check_storable(article)


# ── what Postgres takes ─────────────────────────────────────────────────────────────────


def check_storable(value: Any) -> None:
    """See that every text in a value can be a row's.

    Raises:
        Unfit: a NUL, or half of a character.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unfit(f"half a character: {value[:60]!r}") from error
        if "\0" in value:
            raise Unfit(f"NUL: {value[:60]!r}")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check_storable(getattr(value, field.name))
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for one in value:
            check_storable(one)


_SCHEMES = ("http://", "https://", "HTTP:/\\", "//", "", "javascript:", "https:", "http://[::1]:")
_HOSTS = (
    "a.example",
    "www.a.example",
    "m.a.example:8080",
    "ümlaut.example",
    "1.2.3",
    "[::1]",
    "a@b.c",
)
_PIECES = (
    "/", "//", "/amp", "/index.html", "/2026/03/04/", "news-77123", "%", "%2", "%41", "%d9%85", "م",
    "ı", "\ud800", "\x00", "\t", " ", "#x", "?", "&", "=", "?p=7", "?utm_source=rss", "&amp;x=1",
    ";", "..", ".", "\\", "\U0001f600", "a" * 300, ":", "@", "|",
)  # fmt: skip


def read_urls(draw: random.Random) -> None:
    """Take a hundred addresses of any kind for what they may be.

    Raises:
        Unfit: a normal form or a key that is not its own, or no index could hold.
    """
    for _ in range(100):
        pieces = draw.choices(_PIECES, k=draw.randrange(8))
        url = draw.choice(_SCHEMES) + draw.choice(_HOSTS) + "".join(pieces)
        if draw.random() < 0.3:
            url = "".join(map(chr, draw.choices(range(0x2100), k=draw.randrange(40))))
        try:
            normal = normalize_url(url)
        except UnusableURL:
            continue
        key, plain = url_key(normal), plain_key(normal)
        is_stable = (normalize_url(normal), url_key(key), url_key(url)) == (normal, key, key)
        if not is_stable or key in twins(url) or len(key) > MAX_KEY_LENGTH:
            raise Unfit(repr(url))
        keys = article_keys(url, final=normal, canonical=plain, links=[key])
        if keys.urls[0] != key:
            raise Unfit(repr(url))
