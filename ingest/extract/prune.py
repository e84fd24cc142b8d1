"""Which blocks of the article's region are the article, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.extract.blocks import HEADINGS, Block, Outline, Region
from ingest.extract.container import Choice
from ingest.extract.hints import names_of

if TYPE_CHECKING:
    pass

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A block and what becomes of it: "kept", or why it is not."""

    block: Block
    reason: str


def prune(outline: Outline, choice: Choice, title: str | None) -> list[Verdict]:
    """Return a verdict on every block of the page."""
    container = outline.regions[choice.region]
    reasons = [
        _reason(block, outline, choice, container.first, container.last, title)
        for block in outline.blocks
    ]
    for number in choice.beside:
        for block in range(outline.regions[number].first, outline.regions[number].last):
            if reasons[block] == KEPT:
                reasons[block] = "beside the article"
    _drop_link_lists(outline, container, reasons)
    _drop_idle_headings(outline, reasons)
    return [Verdict(block, reason) for block, reason in zip(outline.blocks, reasons, strict=True)]


def _reason(
    block: Block, outline: Outline, choice: Choice, first: int, last: int, title: str | None
) -> str:
    if not first <= block.number < last:
        return "outside"
    hidden = choice.hidden_in[block.number]
    if hidden >= first_region(choice):
        return names_of(outline.regions[hidden].hints)
    region = outline.regions[block.region]
    if region.tag == "h1" or (title and block.text == title):
        return "headline"
    if block.link_density > 0.8 and region.tag != "td" and block.weight < 200:
        return "links"
    return KEPT


def first_region(choice: Choice) -> int:
    """Return the number from which on regions lie inside the container."""
    return choice.region + 1 if choice.region else 0


def _drop_link_lists(outline: Outline, container: Region, reasons: list[str]) -> None:
    for region in outline.regions:
        if region.tag not in ("ul", "ol", "dl", "table"):
            continue
        if region.number <= container.number:
            continue
        blocks = outline.blocks[region.first : region.last]
        weight = sum(block.weight for block in blocks)
        linked = sum(block.linked for block in blocks)
        if weight and linked / weight > 0.6:
            for block in blocks:
                if reasons[block.number] == KEPT:
                    reasons[block.number] = "link list"


def _drop_idle_headings(outline: Outline, reasons: list[str]) -> None:
    """Drop headings that no kept text follows before the next heading of their level."""
    follows: list[str] = []  # tags of headings still waiting
    for block in reversed(outline.blocks):
        if reasons[block.number] != KEPT:
            continue
        tag = outline.regions[block.region].tag
        if tag in HEADINGS:
            if not follows:
                reasons[block.number] = "idle heading"
        else:
            follows = ["text"]
