"""Markup ▶ outline: the page as a list of blocks in reading order, and the regions that hold them.

    <div class="story">            region 7: tag, hints, parent
      <h2>…</h2>                   block 31, in region 8
      text <b>more</b><br><br>     block 32, in region 7
      text                         block 33, in region 7

A block is a run of text that no block-level tag interrupts. Nothing is judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.errors import MarkupError
from ingest.extract.hints import HEADINGS, Hint
from ingest.extract.tags import (
    CODE,
    EMPHASIS,
    INLINE,
    PLAIN,
    STRONG,
    STYLED,
    STYLES,
    VOID,
    known_tag,
    learnt_tag,
    link_of,
    plain_kind,
    unescape,
)
from ingest.markup.html import markup_of_body

if TYPE_CHECKING:
    from turbohtml import Document

#: Selects what holds no text for readers; with "has" what swallowed the page, its end missing.
_WITHOUT_TEXT = """
    script, style, iframe, noembed, noframes, xmp, plaintext, template, svg, math, applet, select,
    option, textarea, canvas, video, audio, map, title, datalist, meter, progress, amp-ad,
    amp-sidebar, amp-analytics, amp-social-share,
    input, source, link, meta, button:not(:has(p)), object:not(:has(p)), noscript:not(:has(h1))
"""
MAX_DEPTH = 500
MAX_TAGS = 100_000  # the largest of 953 news pages holds 9,100
# A tag costs the same whatever it holds. On news pages with more than 2,000 of them each holds 14
# characters and more, its own letters included; so many that hold less are a bomb.
MANY_TAGS = 5_000
LEAST_IN_TAG = 6.5  # rows of results hold 7, one-letter paragraphs 4
_TAG, _LAST, _END = 2, 6, 7  # places in a region's list

# A letter of these scripts says as much as two or three of an alphabet's.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


class Region(NamedTuple):
    """A block-level element, or an inline one that calls itself noise.

    `first` and `last` bound the blocks inside it: first <= number < last. The regions inside it
    are those after its own number and before `end`.
    """

    number: int
    parent: int
    tag: str
    hints: int
    classes: str
    first: int
    last: int
    end: int


class Run(NamedTuple):
    """Text of one style within a block; `href` is where it leads, None where it is no link."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None


#: Text as written, its style's bits, and where it is linked to: a run before anybody asks for it.
_Piece = tuple[str, int, str | None]


class Block(NamedTuple):
    """A run of text between block-level tags.

    Attributes:
        region: number of the nearest region.
        text: white space evened out.
        pieces: the text as written, in parts of one style.
        weight: letters, those of dense scripts doubled.
        linked: the part of `weight` that is link text.
        strong: the part of `weight` that is bold.
        links: how many links it holds.
    """

    number: int
    region: int
    text: str
    pieces: tuple[_Piece, ...]
    weight: int
    linked: int
    strong: int
    links: int

    @property
    def runs(self) -> tuple[Run, ...]:
        """The parts of one style."""
        return tuple(
            Run(text, style & STRONG > 0, style & EMPHASIS > 0, href)
            for text, style, href in self.pieces
        )

    @property
    def link_density(self) -> float:
        """Share of the text that is linked."""
        return self.linked / self.weight if self.weight else 0.0


class Shown(NamedTuple):
    """A picture of the page.

    Attributes:
        tag: its `img` tag without the brackets.
        before: how many regions begin before it.
        region: number of the nearest region that holds it; -1 for none.
        block: number of the block that it stands before, or in.
    """

    tag: str
    before: int
    region: int
    block: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A page's regions, blocks and pictures, all in document order.

    Attributes:
        named: the regions that say anything of themselves, a third of all.
    """

    regions: tuple[Region, ...]
    named: tuple[Region, ...]
    blocks: tuple[Block, ...]
    pictures: tuple[Shown, ...]

    def inside(self, region: Region) -> tuple[Region, ...]:
        """Return the regions inside a region."""
        return self.regions[region.number + 1 : region.end]

    def ancestors(self, region: int, levels: int = MAX_DEPTH) -> list[Region]:
        """Return a region and what holds it, innermost first: so many of them at most."""
        found: list[Region] = []
        while region >= 0 and len(found) < levels:
            one = self.regions[region]
            found.append(one)
            region = one.parent
        return found


def weight_of(text: str) -> int:
    """Return how much a text says, in letters of an alphabet."""
    if text.isascii():
        return len(text)
    return len(text) + len(_DENSE.findall(text))


def outline_of(tree: Document, *, max_depth: int = MAX_DEPTH) -> Outline:
    """Return the outline of a tree, which loses what holds no text.

    Raises:
        MarkupError: elements nested deeper than `max_depth`, more than MAX_TAGS tags, or
            more than MANY_TAGS that hold next to nothing.
    """
    markup = markup_of_body(tree, _WITHOUT_TEXT)
    tags = markup.count("<")
    if tags > MAX_TAGS:
        raise MarkupError(f"more than {MAX_TAGS} tags")
    if tags > MANY_TAGS and len(markup) < LEAST_IN_TAG * tags:
        raise MarkupError(f"{tags} tags in {len(markup)} characters: they hold nothing to read")
    return _drawn(markup.split(">")[:-1], max_depth)


_region = partial(tuple.__new__, Region)  # Region(*…) in a third of the time
_block = partial(tuple.__new__, Block)


def _drawn(parts: list[str], max_depth: int) -> Outline:  # noqa: C901
    """Return the outline that tags make, each with the text before it: `Text</p`.

    Every tag of a page passes here, a third of extraction's time: so it is one loop without calls
    for what is usual, and regions and blocks are plain lists and tuples until it is through.
    """
    regions: list[list[Any]] = []
    blocks: list[tuple[Any, ...]] = []
    pictures: list[Shown] = []
    outer: list[tuple[int, int, str | None] | None] = []  # what each open element changed
    pieces: list[_Piece] = []
    region, style, link = -1, PLAIN, None
    for part in parts:
        text, _, tag = part.partition("<")
        if text and (pieces or not text.isspace()):
            pieces.append((unescape(text) if "&" in text else text, style, link))
        first = tag[0]
        if first == "/":
            before = outer.pop()
            if before is not None:
                if before[0] != region:
                    if pieces:
                        _end_block(blocks, region, pieces)
                    done = regions[region]
                    done[_LAST], done[_END] = len(blocks), len(regions)
                region, style, link = before
        else:
            href = None
            if first == "a" and tag.startswith("a "):
                href, tag = link_of(tag)  # the rest of it is like others
            elif first == "i" and tag.startswith("img "):
                pictures.append(Shown(tag, len(regions), region, len(blocks)))
                tag = "img"  # no two are alike
            kind, name, hints, classes = known_tag(tag) or learnt_tag(tag)
            if style & CODE and kind != VOID:
                kind, hints = plain_kind(name), Hint.NONE  # names of what is coloured
            if kind == VOID:
                if name == "br" and regions and regions[region][_TAG] in HEADINGS:
                    pieces.append((" ", style, link))  # a heading's lines are one
                elif pieces and name in ("br", "hr"):
                    _end_block(blocks, region, pieces)
            elif kind == INLINE:
                outer.append(None)
            else:
                outer.append((region, style, link))
                if kind != STYLED:
                    if pieces:
                        _end_block(blocks, region, pieces)
                    parent, region = region, len(regions)
                    regions.append([region, parent, name, hints, classes, len(blocks), 0, 0])
                if name in STYLES:
                    style |= STYLES[name]
                    if name == "a":
                        link = href
            if len(outer) > max_depth:
                raise MarkupError(f"elements nested deeper than {max_depth} levels")
    made = tuple(map(_region, regions))
    return Outline(
        regions=made,
        named=tuple([region for region in made if region.hints]),
        blocks=tuple(map(_block, blocks)),
        pictures=tuple(pictures),
    )


def _end_block(blocks: list[tuple[Any, ...]], region: int, pieces: list[_Piece]) -> None:
    """Make a block of the pieces gathered so far, of which none are left."""
    if len(pieces) == 1:
        ((text, style, link),) = pieces
        text = " ".join(text.split())
        weight = weight_of(text)
        linked, links = (weight, 1) if link is not None else (0, 0)
        strong = weight if style & STRONG else 0
    else:
        text = " ".join("".join([piece[0] for piece in pieces]).split())
        weight = weight_of(text)
        linked = strong = links = 0
        for piece, style, link in pieces:
            if link is not None and not piece.isspace():
                linked += weight_of(piece.strip())
                links += 1
            if style & STRONG:
                strong += weight_of(piece.strip())
        linked, strong = min(linked, weight), min(strong, weight)
    if text:
        number = len(blocks)
        blocks.append((number, region, text, tuple(pieces), weight, linked, strong, links))
    pieces.clear()
