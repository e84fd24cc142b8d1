"""Text that a page carries only as data for its scripts: the last candidates for a body.

    templates ─ JSON-LD: live entries, articleBody ─ __NEXT_DATA__ and other JSON scripts
    ─ Next.js flight ─ Nuxt state

Whatever is found is written down as plain markup and read like a page of its own, so the same
rules hold. Nothing here looks at names of sites; only at where much prose stands together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from ingest.extract.jsonld import read_json, text_of, types_of

if TYPE_CHECKING:
    from ingest.extract.page import Page

MAX_SCRIPTS = 60
MAX_SCRIPT_CHARACTERS = 3_000_000
MAX_STRINGS = 20_000
MAX_LEVELS = 60
PROSE = 60
ENOUGH = 250

_TEMPLATE_KINDS = frozenset(("text/template", "text/html", "text/x-template", "text/ng-template"))
_FLIGHT = re.compile(r"self\.__next_f\.push\((\[.*\])\)\s*;?\s*$", re.DOTALL)
_STATE = re.compile(r"^\s*(?:window|self|globalThis)?\.?[\w.$\[\]\"']{1,60}\s*=\s*(?=[\[{])")
_ROW = re.compile(r"^[0-9a-f]+:(?:T[0-9a-f]+,|[A-Z]?)(?=[\[{<\"]|\w)", re.MULTILINE)
_MARKUP = re.compile(r"<(?:p|br|h[2-4]|li|div)\b[^<>]*>", re.IGNORECASE)
_CODE = re.compile(r"[{};]\s*\S*[{};]|^https?://\S+$|^[\w+/=-]{80,}$|=>|function\s*\(")


def stored_bodies(page: Page) -> Iterator[str]:
    """Yield markup of what may be the article's text, the likeliest first."""
    template = max(_templates(page), key=len, default="")
    if len(template) >= ENOUGH:
        yield f"<html><body><article>{template}</article></body></html>"
    entries = _live_entries(page)
    if entries:
        yield f"<html><body><article>{entries}</article></body></html>"
    told = page.article.get("articleBody")
    if isinstance(told, str) and len(told) >= ENOUGH:
        yield _as_markup([told])
    best: list[str] = []
    for value in _values(page):
        found = _richest(value)
        if sum(map(len, found)) > sum(map(len, best)):
            best = found
    if sum(map(len, best)) >= ENOUGH:
        yield _as_markup(best)


def is_live(page: Page) -> bool:
    """Tell whether the page says that it is a live blog."""
    return "LiveBlogPosting" in types_of(page.article)


def _live_entries(page: Page) -> str:
    """Return the entries of a live blog that JSON-LD lists: time, headline and text of each."""
    listed = page.article.get("liveBlogUpdate")
    parts = []
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            at, headline = text_of(entry.get("datePublished")), text_of(entry.get("headline"))
            parts.append(f"<time>{escape(at)}</time>" if at else "")
            parts.append(f"<h3>{escape(headline)}</h3>" if headline else "")
            text = entry.get("articleBody")
            if isinstance(text, str):
                parts.append(text if _MARKUP.search(text) else _paragraphs(text))
    return "".join(parts)


def _templates(page: Page) -> Iterator[str]:
    """Yield the markup that waits in templates for a script to move it into the page."""
    for script in page.scripts[:MAX_SCRIPTS]:
        if script.kind in _TEMPLATE_KINDS and len(text := script.text) <= MAX_SCRIPT_CHARACTERS:
            yield text
    yield from (template.inner_html for template in page.templates)


def _values(page: Page) -> Iterator[Any]:
    """Yield the JSON values of the page's scripts, those of a flight put together."""
    flight: list[str] = []
    for script in page.scripts[:MAX_SCRIPTS]:
        kind, text = script.kind, script.text
        if len(text) > MAX_SCRIPT_CHARACTERS:
            continue
        streamed = _FLIGHT.search(text) if "__next_f" in text else None
        if streamed:
            pushed = read_json(streamed[1])
            flight += [part for part in pushed or () if isinstance(part, str)]
        elif kind.endswith("json") and "ld+json" not in kind:
            yield read_json(text)
        elif _STATE.match(text):
            yield read_json(_STATE.sub("", text, count=1))
    if flight:
        yield _rows("".join(flight))


def _rows(flight: str) -> list[Any]:
    """Return the values of a flight's rows; rows of text stay text."""
    found: list[Any] = []
    for row in _ROW.split(flight):
        try:
            found.append(json.loads(row))
        except (ValueError, RecursionError):
            found.append(row.strip())
    return found


def _richest(value: Any) -> list[str]:
    """Return the strings of prose that stand in like places and say the most together."""
    places: dict[tuple[str, ...], list[str]] = {}
    for count, (place, text) in enumerate(_strings(value, (), 0)):
        if count >= MAX_STRINGS:
            break
        texts = places.setdefault(place, [])
        if text not in texts[-3:]:
            texts.append(text)
    if not places:
        return []
    return max(places.values(), key=lambda texts: sum(map(len, texts)))


def _strings(
    value: Any, place: tuple[str, ...], level: int
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every string of prose, with the names on the way to it; a list's items are alike."""
    if level > MAX_LEVELS:
        return
    if isinstance(value, str):
        if len(value) >= PROSE and not _CODE.search(value[:400]):
            yield place, value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, place, level + 1)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, (*place[-3:], str(key)), level + 1)


def _as_markup(texts: list[str]) -> str:
    parts = [text if _MARKUP.search(text) else _paragraphs(text) for text in texts]
    return f"<html><body><article>{''.join(parts)}</article></body></html>"


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
