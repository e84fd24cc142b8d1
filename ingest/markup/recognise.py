"""What a body is when it is no feed, in words for a person."""

from __future__ import annotations

import re
from typing import Final

from ingest.markup.fragments import plain_text

_SIGNATURES: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"RIFF", "a WebP image, a sound or a film"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "bytes that are still compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "bytes that are still compressed with zstd"),
    (b"OggS", "a sound"),
    (b"ID3", "a sound"),
    (b"\0\0\0\x18ftyp", "a film"),
    (b"\0\0\0\x20ftyp", "a film"),
)
_ROOT: Final = re.compile(r"<([a-zA-Z_][\w.:-]{0,100})")
_HTML: Final = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,500})", re.IGNORECASE)
_FEED_ROOT: Final = re.compile(r"<\?xml\s|<(?:rss|rdf:RDF|feed)[\s>]")
_HEAD: Final = 65_536
_NAMES: Final = {
    "urlset": "a sitemap",
    "sitemapindex": "an index of sitemaps",
    "opml": "an OPML list of feeds",
    "newsml": "a NewsML document",
    "newsmessage": "a NewsML-G2 message",
    "newsitem": "a NewsML-G2 item",
    "nitf": "an NITF document",
    "svg": "an SVG image",
    "error": "an XML error message",
}


def signature_of(body: bytes) -> str | None:
    """Return what the first bytes give away, None where they could be text."""
    return next((name for start, name in _SIGNATURES if body.startswith(start)), None)


def root_name(text: str) -> str:
    """Return the name of the first element, "" where there is none near the start."""
    head = text[:_HEAD]
    at = 0
    while (at := head.find("<", at)) >= 0:
        if skipped := _skipped(head, at):
            at = skipped
            continue
        found = _ROOT.match(head, at)
        if found:
            return found[1]
        at += 1
    return ""


def _skipped(head: str, at: int) -> int:
    """Return where a comment, an instruction or a document type at `at` ends; 0 for none."""
    for start, end in (("<!--", "-->"), ("<?", "?>"), ("<!", ">")):
        if head.startswith(start, at):
            close = head.find(end, at + len(start))
            return close + len(end) if close >= 0 else len(head)
    return 0


def feed_start(text: str) -> int:
    """Return where a feed begins after what a server put before it; 0 where there is none."""
    found = _FEED_ROOT.search(text, 0, _HEAD)
    return found.start() if found else 0


def described(text: str) -> str:
    """Return what a text is, in words."""
    head = text[:_HEAD]
    if _HTML.search(head[:4096]) or root_name(head).lower() in ("html", "head", "body"):
        title = _TITLE.search(head)
        words = " ".join(plain_text(title[1]).split())[:120] if title else ""
        return f"an HTML page titled “{words}”" if words else "an HTML page without a title"
    name = root_name(head)
    if name:
        local = name.rpartition(":")[2].lower()
        return _NAMES.get(local, f"a document of <{name[:60]}>")
    start = " ".join(plain_text(head[:300]).split())[:60]
    return f"text that begins “{start}”" if start else "bytes without any text"
