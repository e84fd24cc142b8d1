"""Which region of a page is the article's, and which parts of it stand beside the article.

Each block weighs what its prose weighs; a region weighs what its blocks do. From the top we
follow the heaviest child for as long as it carries nearly all, so we stop where the article's
paragraphs part. A child with the headline and a fair share goes before a heavier one without:
that is how comments, legal texts and second articles lose. Regions that call themselves noise
count for nothing, unless they hold so much of the page's prose that the name can't be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

from ingest.extract.blocks import Block, Outline, Region
from ingest.extract.hints import HEADINGS, NOISE, Hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PARAGRAPH = 80
SENTENCE = 25
SHARE_TO_FOLLOW = 0.85
SHARE_TO_FOLLOW_BODY = 0.55
SHARE_WITH_HEADLINE = 0.2
SHARE_TO_OVERRULE = 0.5
SHARE_NOT_MEANT = 0.5

# German closes with “, Danish with «
_ENDS = frozenset(".!?…:\"'”“’‘»«›‹)。！？：）」』؟۔।॥։።။។៕།᠃")
_BRACKETS = frozenset(("()", "（）"))
_DOUBTFUL = Hint.BYLINE | Hint.TAGS | Hint.CREDIT | Hint.SHARING
_NOISE_OR_DROPPED = NOISE | Hint.DROPPED
_ONLY_BY_ITSELF = Hint.COMMENTS | Hint.CAPTION | Hint.CONSENT
_NEVER = Hint.COMMENTS | Hint.HIDDEN | Hint.CAPTION | Hint.CONSENT
_CONTENT_NAMES = """
    h1 h2 h3 h4 h5 h6 p li ul ol dl dd dt table tbody tr td th blockquote pre figure details
    summary center hr
"""
_CONTENT_TAGS = frozenset(_CONTENT_NAMES.split())
_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What was chosen, and the weights it was chosen by.

    Attributes:
        region: number of the article's region.
        prose: of each block, 0 for what is no prose.
        noise: numbers of the regions whose names are believed.
        hidden_in: of each block, the outermost believed noise region that holds it, or -1.
        beside: numbers of regions in the article's that are not the article.
        headline: number of the block that shows the headline, or -1.
    """

    region: int
    prose: tuple[float, ...]
    noise: frozenset[int]
    hidden_in: tuple[int, ...]
    beside: frozenset[int]
    headline: int


def prose_of(block: Block, tag: str) -> float:
    """Return how much of a block of SENTENCE letters and more is running text."""
    weight = block.weight
    if tag in HEADINGS and not (weight >= 2 * PARAGRAPH and ends_as_sentence(block.text)):
        return 0.0  # some pages set whole paragraphs as headings
    density = block.link_density
    if density > 0.5:
        return 0.0
    if weight >= PARAGRAPH:
        return weight * (1 - density)
    return weight * (1 - density) * 0.7 if ends_as_sentence(block.text) else 0.0


def ends_as_sentence(text: str) -> bool:
    """Tell whether a text ends as sentences do in any script; what is all in brackets does not."""
    return text[-1] in _ENDS and text[0] + text[-1] not in _BRACKETS


def choose_container(
    outline: Outline, title: str | None = None, *, trusting: bool = True
) -> Choice:
    """Return the region that holds the article's text.

    Args:
        outline: the page.
        title: its headline, by whose words the place of the headline is found.
        trusting: believe names of noise; False where believing them left nothing.
    """
    regions, blocks = outline.regions, outline.blocks
    prose = tuple(
        [
            prose_of(block, regions[block.region].tag) if block.weight >= SENTENCE else 0.0
            for block in blocks
        ]
    )
    text = [block.weight for block in blocks]
    links = [block.linked for block in blocks]
    everything = _Weights(prose, text, links)
    noise = _believed_noise(outline.named, everything) if trusting else _dropped(outline.named)
    hidden_in = _hidden_in(regions, noise, len(blocks))
    shown = [hidden < 0 for hidden in hidden_in]
    headline = _headline(outline, shown, title)
    weights = _Weights(map(mul, prose, shown), map(mul, text, shown), map(mul, links, shown))
    chosen = [region.number for region in outline.named if region.hints & Hint.CHOSEN]
    beside: frozenset[int] = frozenset()
    if chosen:
        number = chosen[0]
    else:
        walk = _Walk(outline, weights, headline)
        number = walk.follow()
        beside = walk.beside(number)
    return Choice(
        region=number,
        prose=prose,
        noise=noise,
        hidden_in=hidden_in,
        beside=beside,
        headline=headline,
    )


def _dropped(named: Sequence[Region]) -> frozenset[int]:
    never = Hint.DROPPED | Hint.CONSENT
    return frozenset(region.number for region in named if region.hints & never)


def _believed_noise(named: Sequence[Region], weights: _Weights) -> frozenset[int]:
    """Return the regions whose own hints are believed."""
    total = weights.prose[-1] or 1.0
    named = [
        region
        for region in named
        if region.hints & _NOISE_OR_DROPPED and region.first < region.last
    ]
    not_meant = _names_not_meant(named, weights, total)
    believed = set()
    story = 0  # where a gallery ends that is the page's own text: so are its parts
    for region in named:
        is_meant = _is_believed(region, weights, total)
        if is_meant and not_meant:
            is_meant = _name_of(region) not in not_meant
        if region.hints & NOISE == Hint.GALLERY and region.tag not in ("body", "html"):
            is_meant = is_meant and region.first >= story
            story = story if is_meant else max(story, region.last)
        if is_meant or region.hints & Hint.DROPPED:
            believed.add(region.number)
    return frozenset(believed)


def _is_believed(region: Region, weights: _Weights, total: float) -> bool:
    hints = region.hints & NOISE
    if not hints or region.tag in ("body", "html"):
        return False
    share = weights.prose_in(region) / total
    if hints & _NEVER:
        return share < 0.9
    if region.hints & (Hint.BODY | Hint.ARTICLE) and share > 0.15:
        return False
    return share <= SHARE_TO_OVERRULE * (0.6 if hints == hints & _DOUBTFUL else 1.0)


def _names_not_meant(
    regions: Sequence[Region], weights: _Weights, total: float
) -> frozenset[tuple[int, str]]:
    """Return names of noise whose regions, taken together, read as the page's own text.

    Page builders call every paragraph a "widget"; a table of contents gives each chapter an
    anchor called "toc".
    """
    outermost = list(_outermost(regions, weights, total))
    if sum(map(weights.prose_in, outermost)) < SHARE_NOT_MEANT * total:
        return frozenset()
    groups: dict[tuple[int, str], list[Region]] = {}
    for region in outermost:
        groups.setdefault(_name_of(region), []).append(region)
    found = set()
    for name, members in groups.items():
        prose = sum(map(weights.prose_in, members))
        if prose < SHARE_NOT_MEANT * total:
            continue
        text = sum(map(weights.text_in, members)) or 1.0
        links = sum(map(weights.links_in, members))
        if links < 0.12 * text and prose > 0.65 * text:
            found.add(name)
    return frozenset(found)


def _outermost(regions: Sequence[Region], weights: _Weights, total: float) -> Iterator[Region]:
    """Yield the regions of noise that are in no other, nor hold nearly all of the page."""
    end = 0
    for region in regions:
        hints = region.hints & NOISE
        if not hints or hints & _ONLY_BY_ITSELF or region.first < end:
            continue
        if region.tag not in ("body", "html") and weights.prose_in(region) <= 0.9 * total:
            end = region.last
            yield region


def _name_of(region: Region) -> tuple[int, str]:
    return region.hints & NOISE, region.classes.partition(" ")[0]


def _hidden_in(regions: Sequence[Region], noise: frozenset[int], blocks: int) -> tuple[int, ...]:
    found = [-1] * blocks
    end = 0
    for number in sorted(noise):
        region = regions[number]
        if region.first >= end:  # or it is inside the one before
            found[region.first : region.last] = [number] * (region.last - region.first)
            end = region.last
    return tuple(found)


def _headline(outline: Outline, shown: Sequence[bool], title: str | None) -> int:
    """Return the number of the block that shows the headline: the title's words, else an h1."""
    wanted = _LETTERS.findall(title.lower()) if title else []
    shortest, longest = _lengths_like(title) if title else (1, 0)
    first_h1 = -1
    for block in outline.blocks:
        is_as_long = shortest <= len(block.text) <= longest
        is_h1 = outline.regions[block.region].tag == "h1"
        if not (is_as_long or is_h1):
            continue
        if not (shown[block.number] or is_h1) or block.link_density > 0.5:
            continue
        if is_as_long:
            said = _LETTERS.findall(block.text.lower())
            if said[: len(wanted)] == wanted or wanted[: len(said)] == said:
                return block.number
        if is_h1 and first_h1 < 0 and shown[block.number]:
            first_h1 = block.number
    return first_h1


def _lengths_like(title: str) -> tuple[int, int]:
    """Return how short and how long the same headline may be with other signs."""
    more = 6 + len(title) // 8
    return len(title) - more, len(title) + more


class _Weights:
    """Prefix sums over the blocks that no noise hides; seldom all three are asked for."""

    def __init__(
        self, prose: Iterable[float], text: Iterable[float], links: Iterable[float]
    ) -> None:
        self.prose = list(accumulate(prose, initial=0.0))
        self._text_of_each = text
        self._links_of_each = links

    @cached_property
    def text(self) -> list[float]:
        return list(accumulate(self._text_of_each, initial=0.0))

    @cached_property
    def links(self) -> list[float]:
        return list(accumulate(self._links_of_each, initial=0.0))

    def prose_in(self, region: Region) -> float:
        return self.prose[region.last] - self.prose[region.first]

    def text_in(self, region: Region) -> float:
        return self.text[region.last] - self.text[region.first]

    def links_in(self, region: Region) -> float:
        return self.links[region.last] - self.links[region.first]

    def prosiness(self, region: Region) -> float:
        text = self.text_in(region)
        return self.prose_in(region) / text if text else 0.0

    def link_density(self, region: Region) -> float:
        text = self.text_in(region)
        return self.links_in(region) / text if text else 0.0

    def worth(self, region: Region) -> float:
        """Return prose, less the more there is beside it."""
        return self.prose_in(region) * self.prosiness(region)


class _Walk:
    """The way down from the top of the page to the article."""

    def __init__(self, outline: Outline, weights: _Weights, headline: int) -> None:
        self.outline = outline
        self.regions = outline.regions
        self.weights = weights
        self.headline = headline

    def _children(self, region: Region) -> list[Region]:
        """Return those that hold prose."""
        found = []
        number = region.number + 1
        while number < region.end:
            child = self.regions[number]
            if self.weights.prose_in(child) > 0:
                found.append(child)
            number = child.end
        return found

    def follow(self) -> int:
        """Return the number of the region where the article's paragraphs part."""
        current = self.regions[0]
        while True:
            below = self._children(current)
            following = self._next(current, below) if below else None
            if following is None:
                return current.number
            current = following

    def _next(self, current: Region, below: list[Region]) -> Region | None:
        total = self.weights.prose_in(current)
        best = max(below, key=self.weights.prose_in)
        titled = next((child for child in below if self._has_headline(child)), None)
        share = self.weights.prose_in(best) / total
        if titled is not None and titled is not best and self._is_enough(titled, best, total):
            return titled
        wanted = SHARE_TO_FOLLOW
        if best is titled or best.hints & (Hint.BODY | Hint.ARTICLE):
            wanted = SHARE_TO_FOLLOW_BODY
        if share < wanted:
            best = max(below, key=self.weights.worth)
            others = sum(map(self.weights.worth, below))
            if self.weights.worth(best) < wanted * others or share < 0.35:
                return None
        if best.tag in ("p", "li", "ol", "ul", "dl", "blockquote"):
            return None
        return best

    def _has_headline(self, region: Region) -> bool:
        return region.first <= self.headline < region.last

    def _is_enough(self, titled: Region, best: Region, total: float) -> bool:
        """Tell whether the child with the headline holds the article too, not only its head."""
        if titled.hints & Hint.HEADER or is_alike(titled, best):
            return False
        if best.hints & Hint.BODY and not titled.hints & Hint.BODY:
            return False
        if self.weights.prose_in(titled) < SHARE_WITH_HEADLINE * total:
            return False
        return not self._goes_on(titled, best)

    def _goes_on(self, titled: Region, best: Region) -> bool:
        """Tell whether a region goes on with another's text, as behind an advertisement.

        It has no headline of its own, and its paragraphs lie in boxes called the same.
        """
        inside = self.outline.inside(best)
        if any(region.tag in ("article", "h1") for region in (best, *inside)):
            return False
        return not self._boxes(inside).isdisjoint(self._boxes(self.outline.inside(titled)))

    def _boxes(self, inside: Iterable[Region]) -> set[str]:
        """Return the class names of what holds paragraphs of prose that have none themselves."""
        found = set()
        for region in inside:
            if region.tag == "p" and not region.classes and self.weights.prose_in(region):
                found.add(self.regions[region.parent].classes)
        return found - {""}

    def beside(self, number: int) -> frozenset[int]:
        """Return the children of the article's region that are not of the article."""
        container = self.regions[number]
        sections = [child for child in self._children(container) if child.tag not in _CONTENT_TAGS]
        if not sections:
            return frozenset()
        main = next((child for child in sections if self._has_headline(child)), None)
        others = self._other_articles(sections, main)
        sections = [child for child in sections if child.number not in others]
        heaviest = max(sections, key=self.weights.worth)
        if main is None or self.weights.prose_in(main) < 0.2 * self.weights.prose_in(heaviest):
            main = heaviest
        own = self.weights.prose_in(container) - sum(map(self.weights.prose_in, sections))
        alike = self._inner([child for child in sections if is_alike(child, main)], main)
        of_article = {child.number for child in alike}
        first = alike[0].first if own < 0.3 * self.weights.prose_in(container) else container.first
        last = alike[-1].last if own < 0.3 * self.weights.prose_in(container) else container.last
        return others | frozenset(
            child.number
            for child in sections
            if child.number not in of_article
            and not self._has_headline(child)
            and self._is_foreign(child, container, first, last)
        )

    def _inner(self, alike: Sequence[Region], main: Region) -> Sequence[Region]:
        """Return regions without those at either end that are mostly links: boxes of teasers."""
        first, last = 0, len(alike)
        while alike[first] is not main and self._is_of_links(alike[first]):
            first += 1
        while alike[last - 1] is not main and self._is_of_links(alike[last - 1]):
            last -= 1
        return alike[first:last]

    def _other_articles(self, sections: Sequence[Region], main: Region | None) -> frozenset[int]:
        """Return the numbers of the articles that follow the page's own as one scrolls."""
        if main is None or not self._is_article(main):
            return frozenset()
        alike = (one for one in sections if one.first >= main.last and is_alike(one, main))
        return frozenset(one.number for one in alike if self._is_article(one))

    def _is_article(self, region: Region) -> bool:
        tags = {inside.tag for inside in (region, *self.outline.inside(region))}
        return "h1" in tags and "article" in tags

    def _is_of_links(self, region: Region) -> bool:
        return self.weights.link_density(region) > 0.4 and self.weights.prosiness(region) < 0.6

    def _is_foreign(self, child: Region, container: Region, first: int, last: int) -> bool:
        prosiness, links = self.weights.prosiness(child), self.weights.link_density(child)
        if child.hints & Hint.BODY:
            return False
        if child.last <= first:
            return prosiness < 0.8 or links > 0.17
        if child.first < last:
            return links > 0.25 and prosiness < 0.75
        if container.tag in ("body", "html"):
            return True
        return links > 0.22 or prosiness < 0.6


def is_alike(one: Region, other: Region) -> bool:
    """Tell whether two regions carry the same tag and, if any, a class in common."""
    if one.tag != other.tag:
        return False
    mine = set(one.classes.split())
    theirs = set(other.classes.split())
    return bool(mine & theirs) or not (mine or theirs)
