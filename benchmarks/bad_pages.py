"""What hostile pages cost: CPU milliseconds for each 100 kB begun, which are to be at most 50.

    python -m benchmarks bad_pages

A page of any size takes time in proportion to it, or is refused by name before that.
`tests/unit/extract/test_bad_pages.py` reads the same bombs.
"""

from __future__ import annotations

import time
from contextlib import suppress

from benchmarks.figures import Figure
from ingest.errors import ExtractError
from ingest.extract import extract_article
from ingest.heap import seldom_searched

URL = "https://news.example/world/2025/bridge-opens"
ROUNDS = 3
PROSE = "The new bridge over the river was opened on Monday by the mayor, who spoke for an hour."
ARTICLE = f"<h1>Bridge opens</h1><div class=story>{f'<p>{PROSE}</p>' * 4}</div>"
_LD = '<script type="application/ld+json">'
_IMAGE = '{"@type":"ImageObject","caption":"x"},'

HEADS = {
    "title": f"<title>{'a - ' * 200_000}</title>",
    "shared title": f'<meta property="og:title" content="{"Word: " * 200_000}">',
    "authors": f'<meta name=author content="{"Ann Lee and " * 100_000}">',
    "keywords": f'<meta name=keywords content="{"a b," * 200_000}">',
    "metas": '<meta property="og:title" content="a">' * 30_000,
    "JSON-LD scripts": f'{_LD}{{"@type":"X"}}</script>' * 10_000,
    "JSON-LD album": f'{_LD}{{"@type":"ImageGallery","image":[{_IMAGE * 40_000}0]}}</script>',
    "nested json": f'<script type="application/json">{"[" * 200_000}</script>',
    "a framework's stream": '<script>self.__next_f.push([1,"a"])</script>' * 30_000,
    "scripts": "<script>" * 20_000,
    "closed scripts": "<script>x</script>" * 50_000,
    "scripts in tags": "<a <script " * 100_000,
    "scripts in a script's comment": f"<script>{'<!-- <script>' * 100_000}</script>",
    "comments": "<!-- x -->" * 100_000,
    "open comments": "<!--" * 200_000,
}
BODIES = {
    "attributes": f"<div {' '.join(f'a{n}=1' for n in range(50_000))}>",
    "attributes without values": f"<div {' '.join(f'a{n}' for n in range(50_000))}>",
    "attributes of many": f"<div {' '.join(f'a{n}=1' for n in range(50))}>x</div>" * 2_000,
    "quoted brackets": "<div " + " ".join(f'a{n}="<>"' for n in range(30_000)) + ">",
    "open quotes": '<div a="' * 50_000,
    "class names": f'<div class="{"x" * 100_000} {"y " * 50_000}">',
    "a class for each": "".join(f'<p class="c{n} d{n}">a word</p>' for n in range(12_000)),
    "5 MB on one line": f"<p>{'word ' * 1_000_000}</p>",
    "5 MB without a space": f"<p>{'w' * 5_000_000}</p>",
    "5 MB of spaces": f"<p>a{' ' * 5_000_000}b</p>",
    "5 MB of brackets": f"<p>{'(' * 5_000_000}</p>",
    "5 MB of ampersands": f"<p>{'&' * 5_000_000}</p>",
    "5 MB of Han": f"<p>{'中' * 1_600_000}</p>",
    "marks": "<p>a" + "\u0301" * 1_000_000 + "</p>",
    "a million tags": "<p>" * 1_000_000,
    "a million closing tags": "</p>" * 1_000_000,
    "a million breaks": "<br>" * 1_000_000,
    "one-letter blocks": "<p>a</p>" * 24_000,
    "as many one-letter blocks as are read": "<p>a</p>" * 2_400,
    "one-word blocks": "<p>a word</p>" * 30_000,
    "one-letter cells": f"<table><tr>{'<td>a</td>' * 24_000}</tr></table>",
    "100,000 nested": "<div>" * 100_000,
    "100,000 nested and closed": "<div>" * 100_000 + "x" + "</div>" * 100_000,
    "nested again and again": ("<div>" * 450 + "x" + "</div>" * 450) * 50,
    "nested bold": "<b>" * 100_000,
    "crossed": "<b><i><u><s></b></i></u></s>" * 10_000,
    "lists in lists": ("<ul><li>a" * 200 + "</ul>" * 200) * 100,
    "tables in tables": "<table><tr><td>" * 150,
    "less than": "<" * 300_000,
    "open links": "<a " * 50_000,
    "short links": '<a href="/x">a</a> ' * 45_000,
    "templates": "<template>" * 30_000,
    "headlines": "<h1>a b c</h1>" * 24_000,
    "times": "<time>1 May 2020</time>" * 24_000,
    "bylines": '<p class="author">By Ann Lee and Bo Lee</p>' * 20_000,
    "bylines of nobody": '<span class="byline">a</span>' * 24_000,
    "parts that call themselves alike": '<div class="related"><p>A sentence long enough.</p></div>'
    * 12_000,
    "quotations": "<blockquote>a</blockquote>" * 24_000,
    "pictures": f"<figure>{'<img src=/a.jpg>' * 40_000}<figcaption>A quay</figcaption></figure>",
    "captions": "<figure><img src=/a.jpg><figcaption>A quay</figcaption></figure>" * 10_000,
    "captions beside a link": '<div class="carousel">'
    f'{"<figcaption>A quay</figcaption>" * 20_000}<a href="/x">b</a></div>',
    "slides": f'<div class="gallery">{"<img src=/a.jpg>A quay" * 24_000}</div>',
    "galleries": '<div class="gallery"><img src=/a.jpg>A quay<img src=/b.jpg>A boat</div>' * 8_000,
}
BOMBS = {
    **{name: f"<html><head>{head}</head><body>{ARTICLE}</body>" for name, head in HEADS.items()},
    **{name: f"<html><body>{body}{ARTICLE}</body>" for name, body in BODIES.items()},
}


def milliseconds(page: bytes) -> float:
    """Return the CPU milliseconds that a page takes, be it read or refused."""
    start = time.process_time()
    with suppress(ExtractError):
        extract_article(page, url=URL)
    return 1000 * (time.process_time() - start)


def measure() -> list[Figure]:
    """Return what each 100 kB of each bomb costs, the dearest first."""
    pages = {name: bomb.encode() for name, bomb in BOMBS.items()}
    milliseconds(f"<html lang=en><body>{ARTICLE}".encode())  # what is loaded once a process
    with seldom_searched():  # as in workers and pipes
        figures = [
            Figure(
                what=name,
                value=min(map(milliseconds, [page] * ROUNDS)) / max(1.0, len(page) / 100_000),
                unit="ms for each 100 kB",
            )
            for name, page in pages.items()
        ]
    return sorted(figures, key=lambda figure: -figure.value)
