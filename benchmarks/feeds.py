"""How many feeds a second: our strict path against feedparser, in one run, taking turns.

    python -m benchmarks.feeds

Prints feeds per CPU second of each and their ratio, for feeds of 50 items generated here.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from html import escape

import feedparser

from ingest.feeds import parse_feed

URL = "https://agency.example/rss.xml"
ITEMS = 50
ROUNDS = 5
WORDS = "the ministry said on Monday that talks with the delegation would continue in the capital"


def rss(*, full: bool) -> bytes:
    """Return an RSS 2.0 feed of ITEMS items, with whole articles when `full`."""
    items = []
    for number in range(ITEMS):
        paragraph = (
            f"<p>{WORDS} <strong>{number}</strong>, {WORDS} <a href='/a/{number}'>it</a>.</p>"
        )
        content = f"<content:encoded><![CDATA[{paragraph * 6}]]></content:encoded>" if full else ""
        items.append(
            f"<item><title>{WORDS} &amp;amp; {number}</title><link>https://agency.example/"
            f"news/{number}?a=1&amp;b=2</link><guid isPermaLink='false'>id-{number}</guid>"
            f"<pubDate>Mon, 17 Nov 2025 {number % 24:02}:05:00 +0300</pubDate>"
            f"<dc:creator>Desk {number % 5}</dc:creator><category>world</category>"
            f"<description>{escape(WORDS * 3)}</description>{content}</item>"
        )
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:dc="
        "'http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        "<channel><title>Agency</title><link>https://agency.example/</link>"
        "<description>News</description>" + "".join(items) + "</channel></rss>"
    ).encode()


def atom() -> bytes:
    """Return an Atom feed of ITEMS entries with summaries."""
    entries = "".join(
        f"<entry><id>urn:x:{number}</id><title>{WORDS} {number}</title>"
        f"<link href='https://agency.example/news/{number}'/>"
        f"<updated>2025-11-17T{number % 24:02}:05:00+03:00</updated>"
        f"<author><name>Desk</name></author><summary>{WORDS * 3}</summary></entry>"
        for number in range(ITEMS)
    )
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Agency</title><id>urn:x</id>"
        f"<updated>2025-11-17T08:05:00Z</updated>{entries}</feed>"
    ).encode()


def with_feedparser(body: bytes) -> object:
    """Read a feed as feedparser does by default."""
    headers = {"content-type": "application/xml", "content-location": URL}
    return feedparser.parse(io.BytesIO(body), response_headers=headers)


def with_ours(body: bytes) -> object:
    """Read a feed as khabar does."""
    return parse_feed(body, url=URL)


def seconds(read: Callable[[bytes], object], body: bytes, times: int) -> float:
    """Return the CPU seconds that one reading takes, the best of `times`."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        read(body)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print the table."""
    feeds = {"rss": rss(full=False), "rss, full text": rss(full=True), "atom": atom()}
    print(f"{'feed':16}{'kB':>6}{'feedparser/s':>14}{'khabar/s':>10}{'ratio':>8}")
    for name, body in feeds.items():
        ours = theirs = float("inf")
        for _ in range(ROUNDS):
            theirs = min(theirs, seconds(with_feedparser, body, 1))
            ours = min(ours, seconds(with_ours, body, 10))
        speeds = f"{1 / theirs:14.0f}{1 / ours:10.0f}{theirs / ours:8.1f}"
        print(f"{name:16}{len(body) / 1000:6.0f}{speeds}")


if __name__ == "__main__":
    main()
