"""Which blocks of the page are the article, and why the others are not.

    outside ─ noise by name ─ beside the article ─ player ─ headline ─ links ─ link list ─ label
    ─ byline ─ edge ─ idle heading                              what is left is "kept"

Each rule is a function that drops what it knows; a block dropped once stays dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from ingest.extract.blocks import HEADINGS, Block, Outline, Region
from ingest.extract.closing import is_closing
from ingest.extract.dateline import dateline_of
from ingest.extract.hints import Hint, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.extract.container import Choice
    from ingest.model import Source

KEPT = "kept"
LEAD_WEIGHT = 100
LABEL_WEIGHT = 40
MAX_LABELS = 5
PLAYER_WEIGHT = 60
_LINKS = frozenset(("links", "link list"))
EDGE_SHARE = 0.1
MAX_EDGES = 8
_LETTERS = re.compile(r"\w+")
_ENDS = tuple(".!?…。！？؟۔:\"”»'’)।」;,،")
_LISTS = ("ul", "ol", "dl", "table")
_LISTED = frozenset(("li", "dd", "dt", "td", "th", "pre", *HEADINGS))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A block and what becomes of it: "kept", or why it is not."""

    block: Block
    reason: str


def prune(
    outline: Outline,
    choice: Choice,
    title: str | None,
    description: str = "",
    source: Source | None = None,
    *,
    is_live: bool = False,
) -> list[Verdict]:
    """Return a verdict on every block of the page.

    A lead above the text is known by `description`, what the head says of the article. Of a live
    blog the entries' times are text.
    """
    pruning = _Pruning(outline, choice, title)
    pruning.is_live = is_live
    pruning.drop_by_place()
    pruning.drop_beside()
    pruning.drop_players()
    pruning.drop_headline_and_links()
    pruning.drop_link_lists()
    pruning.drop_labels()
    if not outline.regions[choice.region].hints & Hint.CHOSEN:
        pruning.keep_lead(description)
        pruning.drop_edges(source)
    pruning.drop_idle_headings()
    reasons = pruning.reasons
    return [Verdict(block, reason) for block, reason in zip(outline.blocks, reasons, strict=True)]


class _Pruning:
    """The reasons of one page's blocks while the rules go over them."""

    def __init__(self, outline: Outline, choice: Choice, title: str | None) -> None:
        self.outline = outline
        self.choice = choice
        self.title = title
        self.container = outline.regions[choice.region]
        self.reasons = [KEPT] * len(outline.blocks)
        self.is_live = False

    def _drop(self, blocks: Iterable[Block], reason: str) -> None:
        for block in blocks:
            if self.reasons[block.number] == KEPT:
                self.reasons[block.number] = reason

    def _in(self, region: Region) -> tuple[Block, ...]:
        return self.outline.blocks[region.first : region.last]

    def drop_by_place(self) -> None:
        """Drop what is outside the article's region, and noise inside it."""
        first, last = self.container.first, self.container.last
        for block in self.outline.blocks:
            hidden = self.choice.hidden_in[block.number]
            if not first <= block.number < last:
                self._drop([block], "outside")
            elif self.is_live and self._is_time(block, hidden):
                continue
            elif hidden > self.choice.region or (hidden >= 0 and not self.choice.region):
                self._drop([block], names_of(self.outline.regions[hidden].hints))

    def _is_time(self, block: Block, hidden: int) -> bool:
        """Tell whether a block is a time that nothing but its own element hides."""
        return hidden == block.region and self.outline.regions[block.region].tag == "time"

    def drop_players(self) -> None:
        """Drop the few words of players and galleries; an embedded post is a quotation."""
        kept = [b for b in self._in(self.container) if self.reasons[b.number] == KEPT]
        words = [block for block in kept if self._is_in_player(block)]
        weight = sum(block.weight for block in kept)
        if sum(block.weight for block in words) < EDGE_SHARE * weight:  # or it is the story
            self._drop(words, "player")

    def _is_in_player(self, block: Block) -> bool:
        if block.weight >= PLAYER_WEIGHT or self.choice.prose[block.number]:
            return False
        near = self.outline.ancestors(block.region)[:4]
        inside = [region for region in near if region.number > self.container.number]
        is_quoted = any(region.tag == "blockquote" for region in inside)
        return not is_quoted and any(region.hints & Hint.EMBED for region in inside)

    def drop_beside(self) -> None:
        """Drop the parts of the article's region that stand beside it."""
        for number in self.choice.beside:
            self._drop(self._in(self.outline.regions[number]), "beside the article")

    def drop_headline_and_links(self) -> None:
        """Drop the headline where it is shown, and blocks that are one link."""
        for block in self._in(self.container):
            tag = self.outline.regions[block.region].tag
            if tag == "h1" or (self.title and block.text == self.title):
                self._drop([block], "headline")
            elif block.link_density > 0.8 and tag != "td" and block.weight < 200:
                self._drop([block], "links")
            elif tag not in _LISTED and _is_labelled_link(block):
                self._drop([block], "labelled link")

    def drop_link_lists(self) -> None:
        """Drop lists and tables that mostly lead elsewhere."""
        for region in self.outline.regions[self.container.number + 1 :]:
            if region.tag in _LISTS:
                blocks = self._in(region)
                weight = sum(block.weight for block in blocks)
                linked = sum(block.linked for block in blocks)
                if weight and linked / weight > 0.6:
                    self._drop(blocks, "link list")

    def drop_labels(self) -> None:
        """Drop short lines whose links were dropped: "Read also", "More on this".

        A heading goes only where no text of its own comes after the links; where there are
        many such lines, they are what the page lists.
        """
        labels: list[Block] = []
        following = ""
        is_text_next = False  # the next kept block is text, not a heading or the end
        for block in reversed(self._in(self.container)):
            reason = self.reasons[block.number]
            if reason != KEPT:
                following = following or reason
                continue
            is_heading = self.outline.regions[block.region].tag in HEADINGS
            if following in _LINKS and self._is_label(block) and not (is_heading and is_text_next):
                labels.append(block)
                continue
            following, is_text_next = "", not is_heading
        if len(labels) <= MAX_LABELS:
            self._drop(labels, "label of links")

    def _is_label(self, block: Block) -> bool:
        if block.weight >= LABEL_WEIGHT or self.choice.prose[block.number]:
            return False
        tag = self.outline.regions[block.region].tag
        if tag in _LISTED and tag not in HEADINGS:
            return False
        return block.text.endswith((":", "?", "؟")) or not block.text.endswith(_ENDS)

    def keep_lead(self, description: str) -> None:
        """Keep what stands between headline and text and reads as the text's beginning."""
        first = self.container.first
        said = set(_LETTERS.findall(description.lower()))
        inside = {block.text for block in self._in(self.container)}
        for number in range(
            self.choice.headline + 1 if self.choice.headline >= 0 else first, first
        ):
            block = self.outline.blocks[number]
            if self.choice.hidden_in[number] >= 0 or block.link_density >= 0.2:
                continue
            if block.weight < 40 or block.text == self.title or block.text in inside:
                continue
            words = set(_LETTERS.findall(block.text.lower()))
            is_told = len(words & said) >= 0.6 * len(words)
            is_prose = self.choice.prose[number] > 0 and block.weight >= LEAD_WEIGHT
            if is_told or is_prose or self._is_called_lead(block):
                self.reasons[number] = KEPT

    def _is_called_lead(self, block: Block) -> bool:
        return any(r.hints & Hint.STANDFIRST for r in self.outline.ancestors(block.region)[:3])

    def drop_edges(self, source: Source | None) -> None:
        """Drop short lines before the first paragraph and after the last: dates, sources, codes.

        Datelines and closing marks stay for the steps that read them.
        """
        kept = [n for n, reason in enumerate(self.reasons) if reason == KEPT]
        prose = [n for n in kept if self.choice.prose[n] > 0]
        if not prose:
            return
        outer = [n for n in kept if not prose[0] < n < prose[-1] and self._is_edge(n)]
        if len(outer) > 2 * MAX_EDGES:
            return  # that many are a list, or a text of another kind
        edges = [block for n in outer if not _is_mark(block := self.outline.blocks[n], source)]
        weight = sum(self.outline.blocks[number].weight for number in kept)
        if sum(block.weight for block in edges) < EDGE_SHARE * weight and len(edges) <= MAX_EDGES:
            self._drop(edges, "edge")

    def _is_edge(self, number: int) -> bool:
        block = self.outline.blocks[number]
        tag = self.outline.regions[block.region].tag
        if tag in _LISTED or self.choice.prose[number] > 0 or (self.is_live and tag == "time"):
            return False
        return block.weight < 60 and not block.text.endswith(_ENDS)

    def drop_idle_headings(self) -> None:
        """Drop headings that no kept text follows."""
        for block in reversed(self.outline.blocks):
            if self.reasons[block.number] == KEPT:
                is_heading = self.outline.regions[block.region].tag in HEADINGS
                if not is_heading or self.choice.prose[block.number]:
                    return
                self.reasons[block.number] = "idle heading"


def _is_labelled_link(block: Block) -> bool:
    """Tell a line that is a few words, a colon and a link: "Read also: …"."""
    if block.link_density < 0.5 or block.links > 2:
        return False
    before = "".join(run.text for run in takewhile(lambda run: run.href is None, block.runs))
    after = "".join(run.text for run in block.runs if run.href is None)[len(before) :]
    label = before.strip()
    return label.endswith((":", "：")) and len(label) < LABEL_WEIGHT and not after.strip(" .")


def _is_mark(block: Block, source: Source | None) -> bool:
    """Tell whether a line is a dateline or a closing mark, which later steps read."""
    return dateline_of(block.text, source) is not None or is_closing(block.text)
