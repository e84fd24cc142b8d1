"""Kept blocks ▶ plain text, a paragraph a line, and the same as clean HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from ingest.extract.tags import EMPHASIS, PLAIN, STRONG
from ingest.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.extract.blocks import Block, Outline, Region
    from ingest.extract.page import Page

MIN_CELLS = 4
MAX_CELL = 120
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_PLACES = frozenset(("li", "dd", "dt", "ul", "ol", "dl", "blockquote", "tr", "table", *_HEADINGS))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the body.

    Attributes:
        kind: "p", "h2" to "h4", "li", "blockquote" or "tr".
        parent: number of the list or table it belongs to, -1 for none.
        is_ordered: the list is numbered.
        html: its inside as clean HTML; for a row, its cells.
    """

    kind: str
    text: str
    html: str
    parent: int = -1
    is_ordered: bool = False

    def with_text(self, text: str) -> Paragraph:
        """Return the paragraph with another text; its markup is lost with what was cut."""
        return replace(self, text=text, html=escape(text, quote=False))


def paragraphs_of(outline: Outline, blocks: Sequence[Block], page: Page) -> list[Paragraph]:
    """Return the lines of the body; cells of one table row are one line."""
    found: list[Paragraph] = []
    row = -1
    tables = _Tables(outline)
    for block in blocks:
        kind, parent, ordered, at_row = _place_of(outline, block, tables)
        text = block.text
        html = _inline(block, page)
        at_row = at_row if kind == "tr" else -1
        if kind == "tr":
            html = f"<td>{html}</td>"
            if at_row == row and found and found[-1].kind == "tr":
                last = found.pop()
                text, html = f"{last.text} | {text}", last.html + html
        row = at_row
        found.append(Paragraph(kind, text, html, parent, ordered))
    return found


def _place_of(outline: Outline, block: Block, tables: _Tables) -> tuple[str, int, bool, int]:
    """Return a block's kind, the list or table it is in, whether that is numbered, its row."""
    is_item = False
    row = -1
    for region in _places_around(outline, block):
        tag = region.tag
        if tag in _HEADINGS:
            return _HEADINGS[tag], -1, False, -1
        if tag in ("li", "dd", "dt"):
            is_item = True
        elif tag in ("ul", "ol", "dl") and is_item:
            return "li", region.number, tag == "ol", -1
        elif tag == "blockquote":
            return "blockquote", -1, False, -1
        elif tag == "tr":
            row = region.number
        elif tag == "table" and row >= 0:
            return ("tr" if tables.is_content(region.number) else "p"), region.number, False, row
    return "p", -1, False, -1


def _places_around(outline: Outline, block: Block) -> Iterator[Region]:
    """Yield the headings, lists, quotations and tables a block is in, innermost first."""
    number = block.region
    while number >= 0:
        region = outline.regions[number]
        if region.tag in _PLACES:
            yield region
        number = region.parent


class _Tables:
    """Which tables of a page are rows of facts; each is looked at once."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.known: dict[int, bool] = {}

    def is_content(self, table: int) -> bool:
        """Tell a table of facts, rows of short cells, from one that only lays out the page."""
        if table not in self.known:
            self.known[table] = _is_content(self.outline, table)
        return self.known[table]


def _is_content(outline: Outline, table: int) -> bool:
    region = outline.regions[table]
    weights = [block.weight for block in outline.blocks[region.first : region.last]]
    inside = [one.tag for one in outline.inside(region)]
    cells, rows = inside.count("td") + inside.count("th"), inside.count("tr")
    if cells < MIN_CELLS or cells < 2 * rows or len(weights) > 1.5 * cells:
        return False
    return sum(weights) / len(weights) < MAX_CELL


def _inline(block: Block, page: Page) -> str:
    """Return a block as clean HTML: a, strong, em."""
    if len(block.pieces) == 1 and block.pieces[0][1:] == (PLAIN, None):
        return escape(block.text, quote=False)
    parts = []
    for piece, style, href in block.pieces:
        text = escape(_even(piece), quote=False)
        if not text.strip():
            parts.append(text)
            continue
        if style & EMPHASIS:
            text = f"<em>{text}</em>"
        if style & STRONG:
            text = f"<strong>{text}</strong>"
        address = page.address(href) if href and not href.startswith("#") else None
        if address:
            text = f'<a href="{escape(address)}">{text}</a>'
        parts.append(text)
    return "".join(parts).strip()


def _even(text: str) -> str:
    """Return a run's text with single spaces, one at an edge that had any."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{inner}{after}"


def html_of(paragraphs: Sequence[Paragraph]) -> str:
    """Return the body as clean HTML."""
    parts: list[str] = []
    group: tuple[str, int] | None = None
    for paragraph in paragraphs:
        wanted = _group_of(paragraph)
        if group and group != wanted:
            parts.append(f"</{group[0]}>")
        if wanted and group != wanted:
            parts.append(f"<{wanted[0]}>")
        group = wanted
        tag = paragraph.kind
        if tag == "blockquote":
            parts.append(f"<p>{paragraph.html}</p>")
        else:
            parts.append(f"<{tag}>{paragraph.html}</{tag}>")
    if group:
        parts.append(f"</{group[0]}>")
    return clean_text("\n".join(parts))


def _group_of(paragraph: Paragraph) -> tuple[str, int] | None:
    if paragraph.kind == "li":
        return ("ol" if paragraph.is_ordered else "ul", paragraph.parent)
    if paragraph.kind == "tr":
        return ("table", paragraph.parent)
    if paragraph.kind == "blockquote":
        return ("blockquote", -1)
    return None
