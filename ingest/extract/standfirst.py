"""The standfirst: the summary between headline and text, as the page shows or describes it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from ingest.extract.hints import HEADINGS, Hint
from ingest.extract.jsonld import text_of
from ingest.extract.rules import texts_at
from ingest.text import match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.extract.blocks import Block, Outline
    from ingest.extract.container import Choice
    from ingest.extract.page import Page

SHORTEST = 30
LONGEST = 600
LONGEST_DESCRIPTION = 160  # search engines show no more, so nobody writes more
BLOCKS_AFTER_HEADLINE = 25
_FOREIGN = Hint.COMMENTS | Hint.RELATED | Hint.CAPTION | Hint.HIDDEN | Hint.NAVIGATION


def standfirst_of(
    page: Page, outline: Outline, choice: Choice, title: str | None, kept: Sequence[Block] = ()
) -> str | None:
    """Return the standfirst: by rule, as the page shows it, else the head's description.

    The page shows one in a block that calls itself so, in one that says what the head does, or
    in a first paragraph that is all bold where the next is not; `kept` is the body.
    """
    rules = page.source.article.standfirst if page.source else ()
    told = texts_at(page.tree, rules)
    if told:
        return told[0]
    shown = _shown(outline, choice, title)
    if shown:
        return squeeze(shown)
    candidates = (
        page.meta("og:description"),
        page.meta("description"),
        text_of(page.article.get("description")),
        page.meta("twitter:description", "dc.description"),
    )
    names = {match_key(title or ""), *map(match_key, page.all_metas("og:site_name"))}
    told = [squeeze(text) for text in candidates if text and match_key(text) not in names]
    items = (item.text for item in page.items("description", "alternativeheadline"))
    both = next((text for text in told if _is_shown(text, outline, choice)), None)
    both = both or _bold_lead(kept, choice)
    return both or next((text for text in (*told, *map(squeeze, items)) if text), None)


def _bold_lead(kept: Sequence[Block], choice: Choice) -> str | None:
    """Return the first paragraph where all of it is bold, the next is not, and little is linked."""
    if len(kept) < 2:
        return None
    first, second = kept[:2]
    is_bold = first.strong > 0.9 * first.weight and second.strong < 0.5 * second.weight
    is_long = SHORTEST <= first.weight <= LONGEST and choice.prose[first.number] > 0
    is_linked = first.link_density > 0.1
    return squeeze(first.text) if is_bold and is_long and not is_linked else None


def _is_shown(text: str, outline: Outline, choice: Choice) -> bool:
    """Tell whether a description stands on the page as well, as a block before the text's end.

    Search engines and networks may be told something else than readers are.
    """
    if len(text) < SHORTEST:
        return False
    key = match_key(text)
    end = outline.regions[choice.region].last
    near = range(len(text) - 2, len(text) + 3)  # a block's text is as long, or it is another
    blocks = outline.blocks[max(0, choice.headline) : end]
    return any(len(block.text) in near and match_key(block.text) == key for block in blocks)


def _shown(outline: Outline, choice: Choice, title: str | None) -> str | None:
    """Return the text near the headline whose region calls itself a standfirst."""
    first = outline.regions[choice.region].first
    start = choice.headline + 1 if choice.headline >= 0 else max(0, first - 10)
    near = outline.blocks[max(0, start - 2) : start + BLOCKS_AFTER_HEADLINE]
    found = [block for block in near if _is_standfirst(block, outline) and block.text != title]
    named = _themselves_named(found, outline)
    for number, block in enumerate(near):
        if block in named:
            parts = [block.text]
            parent = outline.regions[block.region].parent
            for other in near[number + 1 : number + 4]:
                if outline.regions[other.region].parent != parent:
                    break
                if not _is_standfirst(other, outline):
                    break
                parts.append(other.text)
            return "\n".join(parts) if sum(map(len, parts)) <= LONGEST else block.text
    return None


def _themselves_named(named: Sequence[Block], outline: Outline) -> Sequence[Block]:
    """Return the blocks called standfirst themselves, where they stand in the first one's box."""
    if not named:
        return named
    box = outline.regions[named[0].region].parent
    return [
        block
        for block in named
        if outline.regions[block.region].hints & Hint.STANDFIRST
        and outline.regions[block.region].parent == box
    ] or named


def _is_standfirst(block: Block, outline: Outline) -> bool:
    if not SHORTEST <= block.weight <= LONGEST or block.link_density > 0.5:
        return False
    near = outline.ancestors(block.region, 3)
    if near[0].tag != "li":  # a list of key points lies a level deeper
        near = near[:2]
    hints = reduce(or_, (region.hints for region in near))
    return bool(hints & Hint.STANDFIRST) and not hints & _FOREIGN


def is_apart(outline: Outline, choice: Choice, block: Block) -> bool:
    """Tell whether a block is set apart from the text, so that it is its standfirst only.

    Many pages give their first paragraph as description too; that one is text. So is a lead
    that is longer than a description is written: it begins the story instead of naming it.
    """
    if block.weight > LONGEST_DESCRIPTION:
        return False
    if block.number < outline.regions[choice.region].first:
        return True
    own = outline.regions[block.region]
    return own.tag in HEADINGS or _is_standfirst(block, outline)


def descriptions_of(page: Page) -> str:
    """Return all that the head says of the article, for comparing."""
    described = text_of(page.article.get("description")) or ""
    return " ".join((*page.all_metas("og:description", "description"), described))
