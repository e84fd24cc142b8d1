"""What happens to bytes on their way: a few mishaps at a time, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

MOST_BYTES = 1_000_000
PIECES = (
    b"<", b">", b"&", b"\0", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x", b"?>", b"/>", b'"',
    b"'", b"<!DOCTYPE x [<!ENTITY e '&e;'>", b"&#xD800;", b"&#x110000;", b"&e;", b"&amp;",
    b"xmlns:a='a'", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd8", b"\xed\xa0\x80", b"\xe2\x80\xae",
    b"\x1b$B", b"\x80", b"</item>", b"<item>", b"<entry>", b"</entry>", b"<link>", b"=", b"{",
    b"}", b"[", b"\\ud800", b"99999999999999999999", b"-1", b"1e999", b"http://[", b"javascript:",
    b"\r\n\r\n", b"\r\n", b"\n", b": ", b"; ", b"chunked", b"gzip", b"identity", b"utf-16",
    b"ffffffff\r\n", b"0\r\n\r\n", b"<pubDate>Mon, 32 Foo 99999 25:61:61 +9999</pubDate>", b"<a ",
    b"<table><td>", b"<p", b"</html>", b"<script>", b"<svg><math>",
)  # fmt: skip
Mutation = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def _flip(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    body[draw.randrange(len(body))] = draw.randrange(256)


def _insert(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    at = draw.randrange(len(body) + 1)
    body[at:at] = draw.choice(PIECES)


def _cut(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    at = draw.randrange(len(body))
    del body[at : at + draw.randint(1, 60)]


def _end(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    del body[draw.randrange(len(body)) :]


def _repeat(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    at = draw.randrange(len(body))
    part = body[at : at + draw.randint(1, 60)]
    body[at:at] = part * draw.choice((2, 2, 20, 20, 20, 2_000))


def _nest(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    at = draw.randrange(len(body) + 1)
    body[at:at] = draw.choice(PIECES) * draw.choice((10, 10, 100, 100, 600, 20_000))


def _splice(draw: random.Random, body: bytearray, others: Sequence[bytes]) -> None:
    other = draw.choice(others)
    at, start = draw.randrange(len(body) + 1), draw.randrange(len(other))
    body[at:at] = other[start : start + draw.randint(1, 2_000)]


def _move(draw: random.Random, body: bytearray, _all: Sequence[bytes]) -> None:
    at = draw.randrange(len(body))
    part = body[at : at + draw.randint(1, 300)]
    del body[at : at + len(part)]
    to = draw.randrange(len(body) + 1)
    body[to:to] = part


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _flip, _insert, _insert, _insert, _cut, _cut, _repeat),
    *(_end, _nest, _splice, _move),
)


def mutate(draw: random.Random, samples: Sequence[bytes]) -> bytes:
    """Return one of the samples after one to six mishaps."""
    body = bytearray(draw.choice(samples))
    for _ in range(draw.randint(1, 6)):
        if not body:
            break
        draw.choice(MUTATIONS)(draw, body, samples)
    return bytes(body[:MOST_BYTES])
