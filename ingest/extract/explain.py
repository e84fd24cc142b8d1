"""Why a page came out as it did: every block with its weights and its fate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.extract.engine import read_page

if TYPE_CHECKING:
    from ingest.extract.blocks import Outline
    from ingest.model import Source

MAX_PLACE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockScore:
    """A block of a page, as it was judged.

    Attributes:
        place: the regions that hold it, innermost first: `p < div.story < main`.
        weight: letters, those of dense scripts doubled.
        prose: the part of the weight that counts as running text.
        link_density: share of the weight that is linked.
        reason: "kept", or why not.
        in_article: it stands in the region chosen as the article's.
    """

    text: str
    place: str
    weight: int
    prose: float
    link_density: float
    reason: str
    in_article: bool


def explain_page(
    body: bytes, *, url: str, content_type: str | None = None, source: Source | None = None
) -> tuple[BlockScore, ...]:
    """Return every block of a page in reading order, with what was made of it.

    Raises:
        NotAPage: not HTML.
    """
    reading = read_page(body, url=url, content_type=content_type, source=source)
    outline, choice = reading.outline, reading.choice
    article = outline.regions[choice.region]
    return tuple(
        BlockScore(
            text=verdict.block.text,
            place=_place(outline, verdict.block.region),
            weight=verdict.block.weight,
            prose=choice.prose[verdict.block.number],
            link_density=verdict.block.link_density,
            reason=verdict.reason,
            in_article=article.first <= verdict.block.number < article.last,
        )
        for verdict in reading.verdicts
    )


def _place(outline: Outline, region: int) -> str:
    names = []
    for holder in outline.ancestors(region, MAX_PLACE):
        first = holder.classes.partition(" ")[0]
        names.append(f"{holder.tag}.{first}" if first else holder.tag)
    return " < ".join(names)
