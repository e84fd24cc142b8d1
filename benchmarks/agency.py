"""An agency for benchmarks: many hosts in a process of its own, feeds and 80 kB pages.

    with serve_agency(hosts=20, pages=50) as origins: …

Every page tells something else, so that each becomes a story of its own; around its text lies
what lies around texts: styles, scripts, JSON-LD, menus, teasers, a footer.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial

PAGE_BYTES = 80_000
PARAGRAPHS = 14


@cache
def words() -> list[str]:
    """Return a made-up vocabulary."""
    draw = random.Random(5)
    letters = "aabcdeeefghiijklmnooprsttuvyz"
    return ["".join(draw.choices(letters, k=draw.randint(2, 10))) for _ in range(6000)]


def paragraphs(number: int) -> list[str]:
    """Return an article's text, shared with no other number."""
    draw = random.Random(number)
    return [
        " ".join(draw.choices(words(), k=draw.randint(35, 60))).capitalize() + "."
        for _ in range(PARAGRAPHS)
    ]


@cache
def _surroundings() -> tuple[str, str, str]:
    draw = random.Random(6)

    def teasers(count: int, tag: str) -> str:
        return "".join(
            f'<{tag} class="teaser"><a href="/t/{n}"><img src="/i/{n}.jpg" alt="">'
            f"{' '.join(draw.choices(words(), k=9))}</a></{tag}>"
            for n in range(count)
        )

    style = "".join(f".c{n}{{margin:{n}px;color:#{n:06x}}}" for n in range(500))
    script = "".join(f"window.dataLayer.push({{k{n}:'{n * 7919}'}});" for n in range(350))
    head = f"<style>{style}</style><script>window.dataLayer=[];{script}</script>"
    menu = f"<header><nav><ul>{teasers(50, 'li')}</ul></nav></header>"
    rest = f"<aside><h2>More</h2>{teasers(110, 'div')}</aside><footer><ul>{teasers(30, 'li')}</ul>"
    return head, menu, rest


def page(origin: str, number: int) -> bytes:
    """Return an article's page, filled up to PAGE_BYTES."""
    head, menu, rest = _surroundings()
    title = " ".join(random.Random(-number).choices(words(), k=8)).capitalize()
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(number))
    said = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2025-11-17T09:05:00+03:00",
        "author": [{"@type": "Person", "name": "A Reporter"}],
        "articleSection": "World",
    }
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:title" content="{title}"><link rel="canonical" '
        f'href="{origin}/news/{number}"><meta property="og:type" content="article">'
        f'<script type="application/ld+json">{json.dumps(said)}</script>{head}</head><body>{menu}'
        f"<main><article><h1>{title}</h1><p class=byline>A Reporter</p>{body}</article></main>"
        f"{rest}<script>/*"
    )
    end = "*/</script></footer></body></html>"
    return (text + "x" * (PAGE_BYTES - len(text) - len(end)) + end).encode()


def feed(origin: str, first: int, count: int) -> bytes:
    """Return an RSS feed that announces so many pages."""
    items = "".join(
        f"<item><title>Item {n}</title><link>{origin}/news/{n}</link>"
        f'<guid isPermaLink="false">{n}</guid><description>In short {n}</description></item>'
        for n in range(first, first + count)
    )
    return (
        f"<rss version='2.0'><channel><title>Bench</title><link>{origin}/</link>{items}"
        "</channel></rss>"
    ).encode()


def sitemap(origin: str, first: int, count: int) -> bytes:
    """Return a sitemap that names so many pages, all of one day."""
    rows = "".join(
        f"<url><loc>{origin}/news/{n}</loc><lastmod>2025-11-17T09:05:00+03:00</lastmod></url>"
        for n in range(first, first + count)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f"<urlset xmlns='{space}'>{rows}</urlset>".encode()


class _Answering(asyncio.Protocol):
    """One connection to one host; pages are made before, so that answering is quick."""

    def __init__(self, replies: dict[bytes, bytes]) -> None:
        self._replies = replies
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            reply = self._replies.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            self._transport.write(reply)  # type: ignore[attr-defined] # of a socket it has


def _reply(body: bytes, kind: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        kind.encode(),
        len(body),
        body,
    )


async def answer(hosts: int, pages: int) -> None:
    """Answer on so many addresses until stdin ends; print their origins first."""
    loop, origins = asyncio.get_running_loop(), []
    for host in range(hosts):
        replies: dict[bytes, bytes] = {}
        address = f"127.67.{host // 250}.{host % 250 + 1}"
        server = await loop.create_server(partial(_Answering, replies), address, 0)
        origin = f"http://{address}:{server.sockets[0].getsockname()[1]}"
        first = 1 + host * pages
        replies[b"/sitemap.xml"] = _reply(sitemap(origin, first, pages), "application/xml")
        replies[b"/feed"] = _reply(feed(origin, first, pages), "application/rss+xml")
        for number in range(first, first + pages):
            made = page(origin, number)
            replies[f"/news/{number}".encode()] = _reply(made, "text/html; charset=utf-8")
        origins.append(origin)
    print(json.dumps(origins), flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def serve_agency(*, hosts: int, pages: int) -> Iterator[list[str]]:
    """Run the agency in a process of its own; lend its origins."""
    command = [sys.executable, "-m", "benchmarks.agency", str(hosts), str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
        server.terminate()


if __name__ == "__main__":
    asyncio.run(answer(int(sys.argv[1]), int(sys.argv[2])))
