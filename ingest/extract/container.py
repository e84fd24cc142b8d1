"""Which region of a page is the article's.

Each block weighs what its prose weighs; a region weighs what its blocks do. From the top we
follow the heaviest child for as long as it carries nearly all, so we stop where the article's
paragraphs part. Regions that call themselves noise count for nothing, unless they hold so much
of the page's prose that the name can't be meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.extract.blocks import HEADINGS, Block, Outline, Region
from ingest.extract.hints import NOISE, Hint

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAGRAPH = 80
SENTENCE = 25
_ENDS = (
    ".",
    "!",
    "?",
    "…",
    "。",
    "！",
    "？",
    "؟",
    "۔",
    ":",
    '"',
    "”",
    "»",
    "'",
    "’",
    ")",
    "।",
    "」",
)
_DOUBTFUL = Hint.BYLINE | Hint.TAGS | Hint.CREDIT | Hint.SHARING
_NEVER = Hint.COMMENTS | Hint.HIDDEN | Hint.CAPTION
SHARE_TO_FOLLOW = 0.75
SHARE_TO_FOLLOW_BODY = 0.55
SHARE_TO_OVERRULE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What was chosen, and the weights it was chosen by.

    Attributes:
        region: number of the article's region.
        prose: of each block, 0 for what is no prose.
        noise: numbers of the regions whose names are believed.
        hidden_in: of each block, the outermost believed noise region that holds it, or -1.
    """

    region: int
    prose: tuple[float, ...]
    noise: frozenset[int]
    hidden_in: tuple[int, ...]


def prose_of(block: Block, tag: str) -> float:
    """Return how much of a block is running text."""
    if tag in HEADINGS:
        return 0.0
    density = block.link_density
    if density > 0.5:
        return 0.0
    if block.weight >= PARAGRAPH:
        return block.weight * (1 - density)
    if block.weight >= SENTENCE and block.text.endswith(_ENDS):
        return block.weight * (1 - density) * 0.7
    return 0.0


def choose_container(outline: Outline) -> Choice:
    """Return the region that holds the article's text."""
    regions, blocks = outline.regions, outline.blocks
    prose = tuple(prose_of(block, regions[block.region].tag) for block in blocks)
    sums = _prefix_sums(prose)
    noise = _believed_noise(regions, sums)
    hidden_in = _hidden_in(regions, noise, len(blocks))
    clean = tuple(p if h < 0 else 0.0 for p, h in zip(prose, hidden_in, strict=True))
    chosen = [region.number for region in regions if region.hints & Hint.CHOSEN]
    region = chosen[0] if chosen else _follow(regions, _prefix_sums(clean))
    return Choice(region=region, prose=prose, noise=noise, hidden_in=hidden_in)


def _prefix_sums(values: Sequence[float]) -> list[float]:
    sums = [0.0]
    total = 0.0
    for value in values:
        total += value
        sums.append(total)
    return sums


def _believed_noise(regions: Sequence[Region], sums: list[float]) -> frozenset[int]:
    """Return the regions whose own hints are believed."""
    total = sums[-1] or 1.0
    believed = set()
    for region in regions:
        hints = region.hints & NOISE
        if region.hints & Hint.DROPPED:
            believed.add(region.number)
            continue
        if not hints or region.tag in ("body", "html"):
            continue
        share = (sums[region.last] - sums[region.first]) / total
        if hints & _NEVER and share < 0.9:
            believed.add(region.number)
        elif region.hints & Hint.BODY and share > 0.15:
            continue
        elif share <= SHARE_TO_OVERRULE * (0.6 if hints == hints & _DOUBTFUL else 1.0):
            believed.add(region.number)
    return frozenset(believed)


def _hidden_in(regions: Sequence[Region], noise: frozenset[int], blocks: int) -> tuple[int, ...]:
    found = [-1] * blocks
    for number in sorted(noise):
        region = regions[number]
        for block in range(region.first, region.last):
            if found[block] < 0:
                found[block] = number
    return tuple(found)


def _follow(regions: Sequence[Region], sums: list[float]) -> int:
    children: dict[int, list[Region]] = {}
    for region in regions:
        children.setdefault(region.parent, []).append(region)

    def prose(region: Region) -> float:
        return sums[region.last] - sums[region.first]

    current = regions[0]
    while True:
        below = children.get(current.number, ())
        best = max(below, key=prose, default=None)
        if best is None or prose(best) <= 0:
            return current.number
        is_body = bool(best.hints & (Hint.BODY | Hint.ARTICLE))
        share = SHARE_TO_FOLLOW_BODY if is_body else SHARE_TO_FOLLOW
        if prose(best) < share * prose(current) or best.tag in ("p", "li"):
            return current.number
        current = best
