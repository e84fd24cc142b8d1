"""A wire's text, however it is wrapped ▶ clean HTML and plain text, a paragraph a line.

HTML, XHTML, NITF's own blocks ── clean_html ──┐
HTML escaped once more ── unescaped first ─────┤
plain text ── blank lines, indents, line ends ─┴▶ Body
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise
from typing import Final

from ingest.markup.fragments import clean_html, plain_text
from ingest.text import clean_text, squeeze

_NOWHERE: Final = "about:blank"  # a link that is not absolute leads nowhere, and is left out
_BETWEEN_CELLS: Final = re.compile(r"</t[dh]>\s*<t[dh]>")
_PARAGRAPH: Final = re.compile(r"(?<=>)([^<>]++)(?=</(?:p|div)>)")
_WITH_BREAKS: Final = re.compile(r"<p(?: [^<>]*)?>(?:[^<]++|<(?!/?p[ >]))*+", re.IGNORECASE)
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_TAGS: Final = re.compile(r"<[^<>]*>")
_LINE_ENDS: Final = re.compile(r"[ \n]*\n[ \n]*")
_EDGES: Final = re.compile(r"(<(?:p|li|h[234]|td|th)>) +| +(?=</(?:p|li|h[234]|td|th)>)")
_NEW_PARAGRAPH: Final = re.compile(r"\n[ \t]*+\n\s*+|\n(?: {2,6}|\t)(?=\S)")
_BACK_AT_THE_MARGIN: Final = re.compile(r"\n\S")
_BLANK_LINE: Final = re.compile(r"[.!?…:؟。！？।۔”\"»’')][ \t]*+\n[ \t]*+\n\s*+\S")
_INDENTED: Final = re.compile(r"\n(?: {2,6}|\t)\S")
# A block's tag, a break or any end tag makes a text markup; `<b>` alone may be about one.
_MARKUP: Final = re.compile(
    r"<(?:p|br|div|ul|ol|li|h[1-6]|hl2|table|tr|td|blockquote|section|figure|iframe|script)"
    r"(?:\s[^<>]*)?/?>"
    r"|</(?:p|div|b|i|u|em|strong|a|ul|ol|li|h[1-6]|hl2|table|span|blockquote|section)\s*>",
    re.IGNORECASE,
)
_BLOCK: Final = re.compile(
    r"</?(?:p|br|div|ul|ol|li|h[1-6]|hl2|table|tr|td|blockquote|section|figure)\b", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"&lt;(?:p|br|div|/[a-z]{1,10})(?:\s[^<>&]*)?\s?/?&gt;", re.IGNORECASE)
_ENTITY: Final = re.compile(
    r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|quot|apos|amp|lt|gt|nbsp|[lr][sd]quo|[mn]dash|hellip"
    r"|[aeiouAEIOU](?:acute|grave|circ|uml)|[cC]cedil|[nN]tilde|[sS]caron|szlig|laquo|raquo|euro);"
)
_INDENT: Final = re.compile(r"^(?:\t| {2,}|\u3000)", re.MULTILINE)
_COLUMNS: Final = re.compile(r"\S(?: {3,}|\t+)\S.*?(?: {3,}|\t+)\S")
ESCAPED_TWICE: Final = "the text is HTML that was escaped twice"
ENTITIES_TWICE: Final = "the text holds entities that were escaped twice"
NARROWEST: Final = 50  # characters; no wire breaks its lines further in …
WIDEST: Final = 140  # … nor further out
LONG_LINE: Final = 0.55  # of the widest: a line that was broken, not ended
MOST_LINES: Final = 0.7


@dataclass(frozen=True, slots=True)
class Body:
    """The same text twice."""

    html: str = ""
    text: str = ""


NOTHING: Final = Body()


def body_of_html(fragment: str) -> Body:
    """Return the body of an HTML fragment."""
    if "<br" in fragment or "<BR" in fragment:
        fragment = _WITH_BREAKS.sub(_joined_lines, fragment)
    if "\n" in fragment:
        fragment = _PARAGRAPH.sub(_split_paragraph, fragment)
    html = clean_html(fragment, _NOWHERE)
    if "\n" in html:
        html = _LINE_ENDS.sub(" ", html)
    if "> " in html or " </" in html:
        html = _EDGES.sub(r"\1", html)
    text = plain_text(_BETWEEN_CELLS.sub(" | ", html)) if html else ""
    return Body(html, text)


def holds_paragraphs(text: str) -> bool:
    """Tell whether one paragraph holds many: each new one indented, or behind a blank line."""
    if _BLANK_LINE.search(text):
        return True
    return bool(_INDENTED.search(text) and _BACK_AT_THE_MARGIN.search(text))


def paragraphs_apart(markup: str) -> str:
    """Return the text of such a paragraph with its paragraphs set apart by tags."""
    return _NEW_PARAGRAPH.sub("</p><p>", markup)


def _split_paragraph(found: re.Match[str]) -> str:
    text = found[1]
    return paragraphs_apart(text.strip("\n")) if holds_paragraphs(text) else text


def _joined_lines(found: re.Match[str]) -> str:
    """Return a paragraph whose breaks only wrap its lines to a width as one line."""
    lines = _BREAK.split(found[0])
    if len(lines) < 2:
        return found[0]
    inner = [_TAGS.sub("", line).strip() for line in lines[:-1]]
    is_wrapped = all(NARROWEST <= len(line) <= WIDEST for line in inner)
    ends = sum(line.endswith((".", "!", "?", ":", ";", "”", '"', "»")) for line in inner)
    return " ".join(lines) if is_wrapped and ends * 2 <= len(inner) else found[0]


def body_of_any(text: str) -> tuple[Body, str | None]:
    """Return the body of a text that may be HTML, escaped HTML or plain, and what was odd in it."""
    if holds_markup(text):
        return body_of_html(text if _BLOCK.search(text) else _lines_as_blocks(text)), None
    if _ESCAPED.search(text):
        return body_of_html(unescape(text)), ESCAPED_TWICE
    if holds_entities(text):
        return body_of_text(unescape(text)), ENTITIES_TWICE
    return body_of_text(text), None


def _lines_as_blocks(text: str) -> str:
    """Return a text that has no markup but within its lines, a paragraph a block."""
    return "".join(f"<p>{paragraph}</p>" for paragraph in plain_paragraphs(text))


def holds_markup(text: str) -> bool:
    """Tell whether a text is HTML, and not merely about it."""
    return "<" in text and _MARKUP.search(text) is not None


def holds_entities(text: str) -> bool:
    """Tell whether a text holds HTML's entities, as one that was escaped twice does."""
    return "&" in text and _ENTITY.search(text) is not None


def body_of_text(text: str) -> Body:
    """Return the body of a plain text."""
    plain = "\n".join(plain_paragraphs(text))
    return Body(paragraphs_html(plain), plain)


def paragraphs_html(text: str) -> str:
    """Return plain text as HTML, a paragraph a line."""
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines())


def joined(marked: Body, simple: Body) -> Body:
    """Return the body of a text that came both marked up and plain.

    The form that shows more paragraphs is right about them; the markup is kept where both say
    the same.
    """
    if not marked.text or not simple.text:
        return marked if marked.text else simple
    more = simple.text.count("\n") - marked.text.count("\n")
    if more < 0:
        return marked
    is_same = not more or _letters(marked.text) == _letters(simple.text)
    return Body(marked.html, simple.text) if is_same else simple


def _letters(text: str) -> str:
    return "".join(text.replace(" | ", " ").split())


def plain_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a plain text.

    Where lines are broken to a width, a blank line or an indent begins a paragraph; else each
    line is one. A line of columns stays alone.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    lines = text.split("\n")
    is_wrapped = _is_wrapped(lines)
    found: list[list[str]] = []
    is_new = True
    for line in lines:
        if not line.strip():
            is_new = True
            continue
        is_column = bool(_COLUMNS.search(line.strip()))
        if is_new or is_column or not is_wrapped or _INDENT.match(line):
            found.append([])
        found[-1].append(line)
        is_new = is_column
    joined = (squeeze(" ".join(lines)) for lines in found)
    return [paragraph for paragraph in joined if paragraph]


def _is_wrapped(lines: list[str]) -> bool:
    """Tell whether lines are broken to a width and paragraphs marked another way."""
    full = [line for line in lines if line.strip()]
    if len(full) < 2 or (len(full) == len(lines) and not any(map(_INDENT.match, full))):
        return False
    widest = max(map(len, full))
    inner = [
        len(line)
        for line, after in pairwise(lines)
        if line.strip() and after.strip() and not _INDENT.match(after)
    ]
    long = sum(length >= LONG_LINE * widest for length in inner)
    return NARROWEST <= widest <= WIDEST and bool(inner) and long >= MOST_LINES * len(inner)


def one_line(text: str | None) -> str | None:
    """Return a text on one line, entities and tags resolved; None for none."""
    return squeeze(_resolved(text)) or None if text else None


def some_lines(text: str | None) -> str | None:
    """Return a text of some paragraphs, cleaned; None for none."""
    if not text:
        return None
    lines = clean_text(_resolved(text)).split("\n")
    return "\n".join(filter(None, map(str.strip, lines))) or None


def _resolved(text: str) -> str:
    if holds_markup(text):
        return plain_text(text)
    return unescape(text) if holds_entities(text) else text
