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
from typing import TYPE_CHECKING, NamedTuple

from ingest.errors import MarkupError
from ingest.extract.hints import Hint
from ingest.extract.tags import (
    INLINE,
    LONGEST_KNOWN,
    STYLED,
    STYLES,
    TAGS_AND_TEXTS,
    VOID,
    known_tag,
    link_of,
    plain_kind,
    tag_of,
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
_STRONG = frozenset(("b", "strong"))
_EMPHASIS = frozenset(("i", "em", "cite"))
MAX_DEPTH = 500
MAX_TAGS = 100_000  # the largest of 953 news pages holds 11,000
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

# A letter of these scripts says as much as two or three of an alphabet's.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(slots=True, eq=False)
class Region:
    """A block-level element, or an inline one that calls itself noise.

    `first` and `last` bound the blocks inside it: first <= number < last.
    """

    number: int
    parent: int
    tag: str
    hints: int
    classes: str
    first: int
    last: int = 0


class Style(NamedTuple):
    """How text is set: `href` where it is linked, `is_code` in what keeps its spaces."""

    strong: bool = False
    emphasis: bool = False
    href: str | None = None
    is_code: bool = False


PLAIN = Style()


class Run(NamedTuple):
    """Text of one style within a block."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None


class Block(NamedTuple):
    """A run of text between block-level tags.

    Attributes:
        region: number of the nearest region.
        text: white space evened out.
        styled: the text as written, in parts of one style.
        weight: letters, those of dense scripts doubled.
        linked: the part of `weight` that is link text.
        strong: the part of `weight` that is bold.
        links: how many links it holds.
    """

    number: int
    region: int
    text: str
    styled: tuple[tuple[str, Style], ...]
    weight: int
    linked: int
    strong: int
    links: int

    @property
    def runs(self) -> tuple[Run, ...]:
        """The parts of one style."""
        return tuple(Run(text, *style[:3]) for text, style in self.styled)

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
    """A page's regions, blocks and pictures, all in document order."""

    regions: tuple[Region, ...]
    blocks: tuple[Block, ...]
    pictures: tuple[Shown, ...]

    def ancestors(self, region: int) -> list[Region]:
        """Return a region and all that hold it, innermost first."""
        found = []
        while region >= 0:
            found.append(self.regions[region])
            region = self.regions[region].parent
        return found


def weight_of(text: str) -> int:
    """Return how much a text says, in letters of an alphabet."""
    if text.isascii():
        return len(text)
    return len(text) + len(_DENSE.findall(text))


def outline_of(tree: Document, *, max_depth: int = MAX_DEPTH) -> Outline:
    """Return the outline of a tree, which loses what holds no text.

    Raises:
        MarkupError: elements nested deeper than `max_depth`, or more than MAX_TAGS tags.
    """
    markup = markup_of_body(tree, _WITHOUT_TEXT)
    if markup.count("<") > MAX_TAGS:
        raise MarkupError(f"more than {MAX_TAGS} tags")
    return _drawn(TAGS_AND_TEXTS.findall(markup), max_depth)


def _drawn(tags: list[tuple[str, str]], max_depth: int) -> Outline:  # noqa: C901
    """Return the outline that tags make, each with the text after it.

    Every tag of a page passes here, half of extraction's time: so it is one loop without calls
    for what is usual.
    """
    regions: list[Region] = []
    blocks: list[Block] = []
    pictures: list[Shown] = []
    outer: list[tuple[int, Style] | None] = []  # what each open element changed, as it was before
    runs: list[tuple[str, Style]] = []
    region, style = -1, PLAIN
    for tag, text in tags:
        if tag[0] == "/":
            before = outer.pop()
            if before is not None:
                if before[0] != region:
                    if runs:
                        _end_block(blocks, region, runs)
                    regions[region].last = len(blocks)
                region, style = before
        else:
            if tag.startswith("img "):
                pictures.append(Shown(tag, len(regions), region, len(blocks)))
                tag = "img"  # no two are alike
            href = None
            if tag.startswith("a "):
                href, tag = link_of(tag)  # the rest of it is like others
            start = known_tag(tag) if len(tag) < LONGEST_KNOWN else tag_of(tag)
            kind, name, hints, classes = start
            if style.is_code and kind != VOID:
                kind, hints = plain_kind(name), Hint.NONE  # names of what is coloured
            if kind == VOID:
                if name == "br" and regions and regions[region].tag in HEADINGS:
                    runs.append((" ", style))  # a heading's lines are one
                elif runs and name in ("br", "hr"):
                    _end_block(blocks, region, runs)
            elif kind == INLINE:
                outer.append(None)
            else:
                outer.append((region, style))
                if kind != STYLED:
                    if runs:
                        _end_block(blocks, region, runs)
                    regions.append(Region(len(regions), region, name, hints, classes, len(blocks)))
                    region = len(regions) - 1
                if name in STYLES:
                    style = _styled(style, name, href)
            if len(outer) > max_depth:
                raise MarkupError(f"elements nested deeper than {max_depth} levels")
        if text and (runs or not text.isspace()):
            runs.append((unescape(text) if "&" in text else text, style))
    return Outline(regions=tuple(regions), blocks=tuple(blocks), pictures=tuple(pictures))


def _styled(style: Style, name: str, href: str | None) -> Style:
    """Return the style of text in an element that sets it otherwise than the one around it."""
    strong, emphasis, link, is_code = style
    return Style(
        strong or name in _STRONG,
        emphasis or name in _EMPHASIS,
        href if name == "a" else link,
        is_code or name == "pre",
    )


def _end_block(blocks: list[Block], region: int, runs: list[tuple[str, Style]]) -> None:
    """Make a block of the runs gathered so far, of which none are left."""
    text = " ".join("".join([run for run, _ in runs]).split())
    if text:
        linked = strong = links = 0
        for run, style in runs:
            if style is PLAIN:
                continue
            if style.href is not None and not run.isspace():
                linked += weight_of(run.strip())
                links += 1
            if style.strong:
                strong += weight_of(run.strip())
        weight = weight_of(text)
        linked, strong = min(linked, weight), min(strong, weight)
        blocks.append(Block(len(blocks), region, text, tuple(runs), weight, linked, strong, links))
    runs.clear()
