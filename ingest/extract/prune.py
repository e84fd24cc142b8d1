"""Which blocks of the page are the article, and why the others are not.

    outside ─ noise by name ─ beside the article ─ player ─ headline ─ links ─ link list ─ label
    ─ byline ─ edge ─ idle heading                              what is left is "kept"

Each rule is a function that drops what it knows; a block dropped once stays dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from ingest.extract.blocks import Block, Outline, Region
from ingest.extract.closing import is_closing, is_signature
from ingest.extract.container import PARAGRAPH, ends_as_sentence
from ingest.extract.dateline import dateline_of
from ingest.extract.hints import HEADINGS, NOISE, Hint, names_of
from ingest.text import match_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.extract.container import Choice
    from ingest.model import Source

KEPT = "kept"
SHORTEST_LEAD = 40
LEAD_WEIGHT = 100
MAX_LEAD = 3
LABEL_WEIGHT = 40
MAX_LABELS = 5
PLAYER_WEIGHT = 60
CALL_WEIGHT = 300
REPEATED = 3
FEWEST_ITEMS = 3
_LINKS = frozenset(("links", "link list"))
EDGE_SHARE = 0.1
MAX_EDGES = 8
_LETTERS = re.compile(r"\w+")
_SIGN_UP = re.compile(
    r"^https?://(?:apps\.apple|itunes\.apple|play\.google|appgallery\.huawei)\.|"
    r"^https?://(?:subscribe|subscription|newsletter|abo)\.|"
    r"[/.-](?:subscribe|subscriptions?|newsletters?|sign-?up|register|log-?in|my-?account|"
    r"abonn?ement)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"^mailto:|/cdn-cgi/l/email-protection|^https?://wa\.me/")
_NETWORK = re.compile(
    r"^https?://(?:www\.|m\.)?(twitter|x|facebook|instagram|youtube|linkedin|tiktok|t|telegram|"
    r"whatsapp|threads|bsky)\.(?:com|me|net|app)/",
    re.IGNORECASE,
)
_COMMAS = (";", ",", "،", "；", "，", "、")
_LISTS = ("ul", "ol", "dl", "table")
_LISTED = frozenset(("li", "dd", "dt", "td", "th", "pre", *HEADINGS))


class Verdict(NamedTuple):
    """A block and what becomes of it: "kept", or why it is not."""

    block: Block
    reason: str


_verdict = partial(tuple.__new__, Verdict)  # Verdict(*…) in a third of the time


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
    pruning.drop_repeated()
    pruning.drop_headline_and_links()
    pruning.drop_link_lists()
    pruning.keep_item_headings()
    pruning.drop_labels()
    pruning.drop_calls()
    if not outline.regions[choice.region].hints & Hint.CHOSEN:
        pruning.keep_lead(description)
        pruning.drop_edges(source)
    pruning.drop_idle_headings()
    return list(map(_verdict, zip(outline.blocks, pruning.reasons, strict=True)))


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
        self.reasons[:first] = ["outside"] * first
        self.reasons[last:] = ["outside"] * (len(self.reasons) - last)
        for block in self._in(self.container):
            hidden = self.choice.hidden_in[block.number]
            if self.is_live and self._is_time(block, hidden):
                continue
            if hidden > self.choice.region or (hidden >= 0 and not self.choice.region):
                self._drop([block], names_of(self.outline.regions[hidden].hints))

    def _is_time(self, block: Block, hidden: int) -> bool:
        """Tell whether a block is a time that nothing but its own element hides."""
        return hidden == block.region and self.outline.regions[block.region].tag == "time"

    def drop_players(self) -> None:
        """Drop the few words of players and galleries; an embedded post is a quotation."""
        if not any(region.hints & Hint.EMBED for region in self.outline.named):
            return
        kept = [b for b in self._in(self.container) if self.reasons[b.number] == KEPT]
        words = [block for block in kept if self._is_in_player(block)]
        weight = sum(block.weight for block in kept)
        if sum(block.weight for block in words) < EDGE_SHARE * weight:  # or it is the story
            self._drop(words, "player")

    def _is_in_player(self, block: Block) -> bool:
        if block.weight >= PLAYER_WEIGHT or self.choice.prose[block.number]:
            return False
        near = self.outline.ancestors(block.region, 4)
        inside = [region for region in near if region.number > self.container.number]
        is_quoted = any(region.tag == "blockquote" for region in inside)
        return not is_quoted and any(region.hints & Hint.EMBED for region in inside)

    def drop_repeated(self) -> None:
        """Drop long texts that stand three times, and their headings: the page's, not the text's.

        Most ask for consent to show something from elsewhere. Short ones are names of speakers,
        or what every chapter of a review is divided into.
        """
        kept = [block for block in self._in(self.container) if self.reasons[block.number] == KEPT]
        long = [block.text for block in kept if block.weight >= LEAD_WEIGHT]
        if len(set(long)) == len(long):
            return
        times = Counter(block.text for block in kept)
        for before, block in zip((None, *kept), kept, strict=False):
            is_asked = block.text.endswith(("?", "؟", "？"))  # a question to several people
            if block.weight >= LEAD_WEIGHT and times[block.text] >= REPEATED and not is_asked:
                is_its_heading = before and times[before.text] == times[block.text]
                self._drop([before, block] if before and is_its_heading else [block], "repeated")

    def drop_beside(self) -> None:
        """Drop the parts of the article's region that stand beside it."""
        for number in self.choice.beside:
            self._drop(self._in(self.outline.regions[number]), "beside the article")

    def drop_headline_and_links(self) -> None:
        """Drop the headline where it is shown, and blocks that are one link.

        An h1 amid the text that says something else is a heading of it.
        """
        has_begun = False
        for block in self._in(self.container):
            tag = self.outline.regions[block.region].tag
            is_titling = tag == "h1" and not (has_begun and self._says_else(block))
            if is_titling or (self.title and block.text == self.title):
                self._drop([block], "headline")
            elif block.link_density > 0.8 and tag != "td" and block.weight < 200:
                if not (tag in HEADINGS and _is_anchored(block)):
                    self._drop([block], "links")
            elif tag not in _LISTED and _is_labelled_link(block):
                self._drop([block], "labelled link")
            elif self.choice.prose[block.number] and self.reasons[block.number] == KEPT:
                has_begun = True

    def _says_else(self, block: Block) -> bool:
        return match_key(block.text) != match_key(self.title or "")

    def drop_link_lists(self) -> None:
        """Drop lists and tables that mostly lead elsewhere."""
        total = sum(self.choice.prose[block.number] for block in self._in(self.container))
        for region in self.outline.inside(self.container):
            if region.tag in _LISTS:
                blocks = self._in(region)
                weight = sum(block.weight for block in blocks)
                linked = sum(block.linked for block in blocks)
                prose = sum(self.choice.prose[block.number] for block in blocks)
                if weight and linked / weight > 0.6 and prose < 0.5 * total:
                    self._drop(blocks, "link list")

    def keep_item_headings(self) -> None:
        """Keep headings that are links where most have a paragraph under them, three at least.

        They are what the text goes through, one by one; teasers are fewer, or a line each.
        """
        linked = [
            block
            for block in self._in(self.container)
            if self.reasons[block.number] == "links"
            and self.outline.regions[block.region].tag in HEADINGS
        ]
        items = [block for block in linked if self._is_paragraph(block.number + 1)]
        if len(items) >= FEWEST_ITEMS and 3 * len(items) > 2 * len(linked):
            for block in items:
                self.reasons[block.number] = KEPT

    def _is_paragraph(self, number: int) -> bool:
        is_inside = number < self.container.last
        return is_inside and self.reasons[number] == KEPT and self.choice.prose[number] >= PARAGRAPH

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
                following = following or ("links" if _leads_elsewhere(block, reason) else reason)
                continue
            is_heading = self.outline.regions[block.region].tag in HEADINGS
            is_of_text = is_heading and is_text_next and block.link_density <= 0.5
            if following in _LINKS and self._is_label(block) and not is_of_text:
                under = labels[-1] if labels else None
                if under is None or (under.number, under.region) != (
                    block.number + 1,
                    block.region,
                ):
                    labels.append(block)
                    continue
                labels.pop()  # two short lines of one paragraph are text
            following, is_text_next = "", not is_heading
        if len(labels) <= MAX_LABELS:
            self._drop(labels, "label of links")

    def _is_label(self, block: Block) -> bool:
        if block.weight >= LABEL_WEIGHT or self.choice.prose[block.number]:
            return False
        tag = self.outline.regions[block.region].tag
        if tag in _LISTED and tag not in HEADINGS:
            return False
        if block.text[0] in "(（":
            return False
        return block.text.endswith((":", "：", "?", "？", "؟")) or not _is_sentence(block.text)

    def drop_calls(self) -> None:
        """Drop last lines that call to subscribe, to get the app, to follow on several networks."""
        for block in reversed(self._in(self.container)):
            if self.reasons[block.number] == KEPT:
                if not _is_call(block):
                    return
                self.reasons[block.number] = "call"

    def keep_lead(self, description: str) -> None:
        """Keep what stands between headline and text and reads as the text's beginning."""
        first = self.container.first
        start = self.choice.headline + 1 if self.choice.headline >= 0 else first
        leads = [block for block in self.outline.blocks[start:first] if self._may_be_lead(block)]
        if not leads:
            return
        shown = Counter(block.text for block in self.outline.blocks[start : self.container.last])
        headline = _LETTERS.findall((self.title or "").lower())
        said = set(_LETTERS.findall(description.lower()))
        for block in leads:
            told = _LETTERS.findall(block.text.lower())
            if shown[block.text] > 1 or told == headline:  # a slide comes twice
                continue
            words = set(told)
            is_told = len(words & said) >= 0.6 * len(words)
            is_prose = self.choice.prose[block.number] > 0 and block.weight >= LEAD_WEIGHT
            is_named = self._is_called_lead(block) or self._is_boxed_alike(block)
            if is_told or is_prose or is_named or self._is_subtitle(block):
                self.reasons[block.number] = KEPT
        self._keep_headings_among(leads)

    def _keep_headings_among(self, leads: Sequence[Block]) -> None:
        """Keep headings between the paragraphs of a text that begins above its region."""
        kept = {block.number for block in leads if self.reasons[block.number] == KEPT}
        for before in kept - {min(kept, default=-1)}:
            block = self.outline.blocks[before - 1]
            is_heading = self.outline.regions[block.region].tag in HEADINGS
            if is_heading and block.link_density < 0.2 and not self._is_foreign(block):
                self.reasons[block.number] = KEPT

    def _may_be_lead(self, block: Block) -> bool:
        is_text = block.weight >= SHORTEST_LEAD and block.link_density < 0.2
        return is_text and not self._is_foreign(block)

    def _is_foreign(self, block: Block) -> bool:
        """Tell whether a block above the text is noise; a teaser without a link is the lead."""
        hidden = self.choice.hidden_in[block.number]
        if hidden < 0:
            return False
        region = self.outline.regions[hidden]
        is_teaser = region.hints & NOISE == Hint.RELATED and region.last - region.first <= MAX_LEAD
        return not is_teaser or any(inside.links for inside in self._in(region))

    def _is_subtitle(self, block: Block) -> bool:
        """Tell a heading that stands right under the page's h1."""
        if block.number != self.choice.headline + 1:
            return False
        own = self.outline.regions[block.region]
        above = self.outline.regions[self.outline.blocks[self.choice.headline].region]
        return own.tag in HEADINGS and above.tag == "h1" and own.parent == above.parent

    def _is_boxed_alike(self, block: Block) -> bool:
        """Tell a line in a box called as the text's is: editors set each block in one."""
        called = self.container.classes
        near = self.outline.ancestors(block.region, 2)
        return called != "" and any(region.classes == called for region in near)

    def _is_called_lead(self, block: Block) -> bool:
        return any(r.hints & Hint.STANDFIRST for r in self.outline.ancestors(block.region, 3))

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
        if (
            tag in _LISTED
            or tag == "blockquote"
            or self.choice.prose[number] > 0
            or (self.is_live and tag == "time")
        ):
            return False
        if block.text.endswith((":", "：")):  # announces what was dropped
            after = self.reasons[number + 1 : number + 2]
            return block.weight < 60 and after != [KEPT]
        return block.weight < 60 and not _is_sentence(block.text)

    def drop_idle_headings(self) -> None:
        """Drop headings that no kept text follows; what is set as one in a list is its item."""
        for block in reversed(self.outline.blocks):
            if self.reasons[block.number] == KEPT:
                near = self.outline.ancestors(block.region, 2)
                is_heading = near[0].tag in HEADINGS and near[-1].tag != "li"
                if not is_heading or self.choice.prose[block.number]:
                    return
                self.reasons[block.number] = "idle heading"


def _is_sentence(text: str) -> bool:
    """Tell whether a line is one, or a part of one."""
    return ends_as_sentence(text) or text.endswith(_COMMAS)


def _leads_elsewhere(block: Block, reason: str) -> bool:
    """Tell a dropped block that is a link, as a label announces; advertisements are not."""
    return block.link_density > 0.8 and "advert" not in reason and "caption" not in reason


def _is_anchored(block: Block) -> bool:
    """Tell a heading that is a link to itself, by which readers can point to it."""
    return all(
        run.href.startswith("#") and len(run.href) > 1
        for run in block.runs
        if run.href and run.text.strip()
    )


def _is_labelled_link(block: Block) -> bool:
    """Tell a line that is a few words, a colon and a link: "Read also: …"."""
    if block.link_density < 0.5 or block.links > 2:
        return False
    before = "".join(run.text for run in takewhile(lambda run: run.href is None, block.runs))
    after = "".join(run.text for run in block.runs if run.href is None)[len(before) :]
    label = before.strip()
    return label.endswith((":", "：")) and len(label) < LABEL_WEIGHT and not after.strip(" .")


def _is_call(block: Block) -> bool:
    """Tell a line whose every link leads to a sign-up, an app, or a page on a network."""
    addresses = [run.href for run in block.runs if run.href and run.text.strip()]
    addresses = [address for address in addresses if not _LETTER.search(address)]
    if not addresses or block.weight > CALL_WEIGHT:
        return False
    networks = {match[1] for match in map(_NETWORK.match, addresses) if match}
    others = [address for address in addresses if not _NETWORK.match(address)]
    if not all(map(_SIGN_UP.search, others)):
        return False
    return bool(others) or len(networks) > 1  # one is whom the text tells of


def _is_mark(block: Block, source: Source | None) -> bool:
    """Tell whether a line is a dateline, a closing mark or a name, which later steps read."""
    is_read = is_closing(block.text) or is_signature(block.text)
    return is_read or dateline_of(block.text, source) is not None
