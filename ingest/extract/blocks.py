"""Tree ▶ outline: the page as a list of blocks in reading order, and the regions that hold them.

    <div class="story">            region 7: tag, hints, parent
      <h2>…</h2>                   block 31, in region 8
      text <b>more</b><br><br>     block 32, in region 7
      text                         block 33, in region 7

A block is a run of text that no block-level tag interrupts. Nothing is judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from ingest.errors import MarkupError
from ingest.extract.hints import NOISE_OR_MARKED, Hint, hints_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

_NOTHING: Mapping[_Element, int] = MappingProxyType({})

_SKIPPED_NAMES = """
    script style noscript template svg math iframe object applet button select option textarea
    input canvas video audio map head title datalist meter progress noembed noframes amp-ad amp-
    sidebar amp-analytics amp-social-share
"""
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_BLOCKS_NAMES = """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre
    section summary table tbody td tfoot th thead tr ul caption amp-carousel
"""
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
_STRONG = frozenset(("b", "strong"))
_EMPHASIS = frozenset(("i", "em", "cite"))
_STYLES = _STRONG | _EMPHASIS | {"pre", "a", "br"}
MAX_DEPTH = 500
MAX_ELEMENTS = 50_000  # the largest of 953 news pages holds 5,500
_LEFT_OPEN = {"button": ".//p", "noscript": ".//h1", "object": ".//p", "svg": ".//p"}
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
    element: _Element
    tag: str
    hints: int
    first: int
    last: int = 0


class Run(NamedTuple):
    """Text of one style within a block: `href` where it is linked."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None


class Block(NamedTuple):
    """A run of text between block-level tags.

    Attributes:
        region: number of the nearest region.
        text: white space evened out.
        weight: letters, those of dense scripts doubled.
        linked: the part of `weight` that is link text.
        strong: the part of `weight` that is bold.
        links: how many links it holds.
    """

    number: int
    region: int
    text: str
    runs: tuple[Run, ...]
    weight: int
    linked: int
    strong: int
    links: int

    @property
    def link_density(self) -> float:
        """Share of the text that is linked."""
        return self.linked / self.weight if self.weight else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A page's regions and blocks, both in document order."""

    regions: tuple[Region, ...]
    blocks: tuple[Block, ...]

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


def _is_left_open(element: _Element) -> bool:
    """Tell whether a skipped element swallowed the page because its end tag is missing."""
    inside = _LEFT_OPEN.get(element.tag)
    return inside is not None and element.find(inside) is not None


def outline_of(
    root: _Element, marked: Mapping[_Element, int] = _NOTHING, *, max_depth: int = MAX_DEPTH
) -> Outline:
    """Return the outline of a tree; `marked` elements are regions with these hints.

    Raises:
        MarkupError: elements nested deeper than `max_depth`, or more than MAX_ELEMENTS.
    """
    drawing = _Drawing(marked)
    start, end = drawing.start, drawing.end
    walk = etree.iterwalk(root, events=("start", "end"))
    depth = count = 0
    for event, element in walk:
        if event == "end":
            depth -= 1
            end(element)
            continue
        depth += 1
        count += 1
        if depth > max_depth:
            raise MarkupError(f"elements nested deeper than {max_depth} levels")
        if count > MAX_ELEMENTS:
            raise MarkupError(f"more than {MAX_ELEMENTS} elements")
        if element.tag in _SKIPPED and not _is_left_open(element):
            drawing.open.append(None)
            walk.skip_subtree()
        else:
            start(element)
    return Outline(regions=tuple(drawing.regions), blocks=tuple(drawing.blocks))


class _Drawing:
    """The state of the one walk over the tree: which region, which style, which runs."""

    def __init__(self, marked: Mapping[_Element, int]) -> None:
        self.marked = marked
        self.regions: list[Region] = []
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.region = -1
        self.strong = self.emphasis = self.code = 0
        self.href: str | None = None
        #: Of each open element: its region or -1, and the link that was open before it.
        self.open: list[tuple[int, str | None] | None] = []

    def start(self, element: _Element) -> None:
        """Open an element and read the text before its first child."""
        tag = element.tag
        hints = Hint.NONE if self.code else hints_of(element)
        if self.marked and element in self.marked:
            hints |= self.marked[element]
        if tag in _BLOCKS or hints & NOISE_OR_MARKED:
            self.open.append((self._open_region(element, tag, hints), self.href))
        else:
            self.open.append((-1, self.href))
        if tag in _STYLES:
            self._style(tag, 1, element)
        text = element.text
        if text and (self.runs or not text.isspace()):
            self.runs.append(Run(text, self.strong > 0, self.emphasis > 0, self.href))

    def end(self, element: _Element) -> None:
        """Close an element and read the text after it."""
        opened = self.open.pop()
        if opened is not None:
            number, self.href = opened
            if element.tag in _STYLES:
                self._style(element.tag, -1, element)
            if number >= 0:
                if self.runs:
                    self._end_block()
                region = self.regions[number]
                region.last = len(self.blocks)
                self.region = region.parent
        text = element.tail
        if text and self.open and (self.runs or not text.isspace()):
            self.runs.append(Run(text, self.strong > 0, self.emphasis > 0, self.href))

    def _style(self, tag: str, step: int, element: _Element) -> None:
        """Begin (1) or end (-1) what a tag does to the text in it."""
        if tag in _STRONG:
            self.strong += step
        elif tag in _EMPHASIS:
            self.emphasis += step
        elif tag == "pre":  # its spans are named for what they colour
            self.code += step
        elif step > 0:
            if tag == "br":
                self._break()
            else:
                # An anchor leads nowhere: old pages wrap text in <a name>, broken ones in <a <a <a.
                href = element.get("href")
                self.href = href or ("#" if href is not None or element.get("onclick") else None)

    def _open_region(self, element: _Element, tag: str, hints: int) -> int:
        if self.runs:
            self._end_block()
        number = len(self.regions)
        self.regions.append(Region(number, self.region, element, tag, hints, len(self.blocks)))
        self.region = number
        return number

    def _break(self) -> None:
        """End a line: a block of its own, but for headings, whose lines are one."""
        if self.region >= 0 and self.regions[self.region].tag in HEADINGS:
            self.runs.append(Run(" "))
        elif self.runs:
            self._end_block()

    def _end_block(self) -> None:
        """Make a block of the runs gathered so far."""
        runs, self.runs = self.runs, []
        text = " ".join("".join([run.text for run in runs]).split())
        if not text:
            return
        linked = strong = links = 0
        if len(runs) > 1 or runs[0].href is not None or runs[0].strong:
            for run in runs:
                if run.href is not None and not run.text.isspace():
                    linked += weight_of(run.text.strip())
                    links += 1
                if run.strong:
                    strong += weight_of(run.text.strip())
        weight = weight_of(text)
        self.blocks.append(
            Block(
                len(self.blocks),
                self.region,
                text,
                tuple(runs),
                weight,
                min(linked, weight),
                min(strong, weight),
                links,
            )
        )
