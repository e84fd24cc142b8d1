"""A small agency on a test's web: an RSS feed and pages with enough text to be articles."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from tests.web import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SUBJECTS = ("harbour", "orchard", "railway", "library", "glacier", "market", "museum", "bridge")
VERBS = ("opened", "repaired", "counted", "painted", "measured", "closed", "restored", "visited")


def paragraphs(number: int, version: int = 1) -> list[str]:
    """Return a text that no other number shares more than a few words with."""
    texts = []
    for line in range(5):
        seed = number * 31 + line * 7
        subject, verb = SUBJECTS[seed % 8], VERBS[(seed // 3) % 8]
        texts.append(
            f"Item{number}line{line} tells how the {subject} of town{number * 13 + line} was {verb}"
            f" by crew{seed} after weeks{seed % 50} of work{number}x{line}, said witness{seed + 1},"
            f" who keeps ledger{seed * 3} and the key{number}to{line} of the hall{seed % 97}."
        )
    if version > 1:
        texts.append(f"Correction{version} of item{number}: the desk{version} changed its figures.")
    return texts


def page(number: int, version: int = 1, *, title: str | None = None) -> bytes:
    """Return an article's page."""
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs(number, version))
    headline = escape(title or f"Headline of item {number}")
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{headline}</title></head>"
        f"<body><nav><a href=/>Home</a><a href=/world>World</a></nav><article><h1>{headline}</h1>"
        f"{body}</article><footer>All rights reserved</footer></body></html>"
    ).encode()


def item(
    base: str,
    number: int,
    *,
    guid: str | None = None,
    title: str | None = None,
    published: datetime | None = None,
    summary: str = "",
) -> str:
    """Return an RSS item that leads to `base/number`."""
    date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
    return (
        f"<item><title>{escape(title or f'Headline of item {number}')}</title>"
        f"<link>{base}/{number}</link><guid isPermaLink='false'>{guid or f'g{number}'}</guid>"
        f"<description>{escape(summary)}</description>{date}</item>"
    )


def rss(items: Sequence[str], *, channel: str = "") -> bytes:
    """Return an RSS document."""
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Test wire</title>"
        f"<link>http://wire.example/</link>{channel}{''.join(items)}</channel></rss>"
    ).encode()


def feed(items: Sequence[str], *headers: tuple[str, str], channel: str = "") -> Answer:
    """Return a feed as an answer."""
    return Answer(
        rss(items, channel=channel), headers=[("Content-Type", "application/rss+xml"), *headers]
    )


def html(body: bytes, *headers: tuple[str, str]) -> Answer:
    """Return a page as an answer."""
    return Answer(body, headers=[("Content-Type", "text/html; charset=utf-8"), *headers])
