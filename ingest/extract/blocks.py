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
from typing import TYPE_CHECKING

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
    depth: int
    first: int
    last: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one style within a block: `href` where it is linked."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
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


def outline_of(root: _Element, marked: Mapping[_Element, int] = _NOTHING) -> Outline:
    """Return the outline of a tree; `marked` elements are regions with these hints."""
    drawing = _Drawing(marked)
    drawing.visit(root, -1, 0)
    drawing.end_block()
    return Outline(regions=tuple(drawing.regions), blocks=tuple(drawing.blocks))


class _Drawing:
    """The state of the one walk over the tree."""

    def __init__(self, marked: Mapping[_Element, int]) -> None:
        self.marked = marked
        self.regions: list[Region] = []
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.region = -1
        self.strong = 0
        self.in_code = 0
        self.emphasis = 0
        self.href: str | None = None

    def visit(self, element: _Element, parent: int, depth: int) -> None:
        """Draw an element and all in it."""
        tag = element.tag
        hints = hints_of(element) if not self.in_code else Hint.NONE
        if self.marked and element in self.marked:
            hints |= self.marked[element]
        if tag in _BLOCKS or hints & NOISE_OR_MARKED:
            self._visit_region(element, tag, hints, parent, depth)
        else:
            self._visit_inline(element, tag, parent, depth)

    def _visit_region(
        self, element: _Element, tag: str, hints: int, parent: int, depth: int
    ) -> None:
        self.end_block()
        number = len(self.regions)
        region = Region(number, parent, element, tag, hints, depth, len(self.blocks))
        self.regions.append(region)
        self.region = number
        outer, self.href = self.href, (element.get("href") or "#") if tag == "a" else self.href
        if tag == "pre":  # its spans are named for what they colour
            self.in_code += 1
            self._visit_content(element, number, depth + 1)
            self.in_code -= 1
        else:
            self._visit_content(element, number, depth + 1)
        self.end_block()
        region.last = len(self.blocks)
        self.region = parent
        self.href = outer

    def _visit_inline(self, element: _Element, tag: str, parent: int, depth: int) -> None:
        if tag == "a":
            outer, self.href = self.href, element.get("href") or "#"
            self._visit_content(element, parent, depth)
            self.href = outer
        elif tag in ("b", "strong"):
            self.strong += 1
            self._visit_content(element, parent, depth)
            self.strong -= 1
        elif tag in ("i", "em", "cite"):
            self.emphasis += 1
            self._visit_content(element, parent, depth)
            self.emphasis -= 1
        else:
            self._visit_content(element, parent, depth)

    def _visit_content(self, element: _Element, parent: int, depth: int) -> None:
        if element.text:
            self._add(element.text)
        for child in element:
            tag = child.tag
            if tag == "br":
                self._break()
            elif tag not in _SKIPPED or _is_left_open(child):
                self.visit(child, parent, depth)
            if child.tail:
                self._add(child.tail)

    def _add(self, text: str) -> None:
        if self.runs or not text.isspace():
            self.runs.append(Run(text, self.strong > 0, self.emphasis > 0, self.href))

    def _break(self) -> None:
        """End a line: a block of its own, but for headings, whose lines are one."""
        if self.region >= 0 and self.regions[self.region].tag in HEADINGS:
            self.runs.append(Run(" "))
        else:
            self.end_block()

    def end_block(self) -> None:
        """Make a block of the runs gathered so far."""
        runs, self.runs = self.runs, []
        if not runs:
            return
        text = " ".join("".join([run.text for run in runs]).split())
        if not text:
            return
        linked = strong = links = 0
        for run in runs:
            if run.href is not None and not run.text.isspace():
                linked += weight_of(run.text.strip())
                links += 1
            if run.strong:
                strong += weight_of(run.text.strip())
        weight = max(weight_of(text), 1)
        self.blocks.append(
            Block(
                number=len(self.blocks),
                region=self.region,
                text=text,
                runs=tuple(runs),
                weight=weight,
                linked=min(linked, weight),
                strong=min(strong, weight),
                links=links,
            )
        )
