"""The pictures of an article, each with its own words: figures, slides, what JSON-LD lists.

    <figure>                     picture, caption and credit
      <img src="quay.jpg">
      <figcaption>The quay <span class="credit">A. Example</span></figcaption>
    </figure>

    <div class="gallery">        what stands between one picture and the next is the first one's
      <img …> The quay  <img …> The harbour

Only pictures with a caption or a credit are listed: without words most are icons and teasers.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ingest.extract.hints import NOISE, Hint
from ingest.extract.jsonld import text_of, types_of
from ingest.extract.pictures import MAX_CREDIT, credit_in, is_credit
from ingest.extract.tags import unescape
from ingest.model import Picture
from ingest.text import match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.extract.blocks import Block, Outline, Region, Shown
    from ingest.extract.container import Choice
    from ingest.extract.jsonld import Node
    from ingest.extract.page import Page

MAX_PICTURES = 200
MAX_CAPTION = 1000
LEVELS = 4  # from a caption up to what holds its picture too
NEAR = 8  # pictures before and after a caption that are looked at
_ATTRIBUTE = re.compile(r' (data-src|data-original|data-lazy-src|src|data-srcset|srcset)="([^"]*)"')
_ANY_ADDRESS = re.compile(r' data-[\w-]{1,40}="[^"<>]{0,40}?(https?://[^"\s&]+)')
_SOURCES = ("data-src", "data-original", "data-lazy-src", "src", "data-srcset", "srcset")
_WORDS = Hint.CAPTION | Hint.GALLERY
_PICTURES_OWN = _WORDS | Hint.CREDIT | Hint.BYLINE | Hint.FOOTER  # "image-meta", "image-footer"
_ALBUMS = frozenset(("ImageGallery", "MediaGallery"))
_MAKERS = ("creditText", "creator", "author", "copyrightHolder")
_FIGURES = frozenset(("figure", "figcaption"))
_LETTER = re.compile(r"[^\W\d_]")


def pictures_of(page: Page, outline: Outline, choice: Choice) -> tuple[Picture, ...]:
    """Return the pictures with words of their own, in the page's order, each once."""
    found: dict[str, Picture] = {}
    for picture in (*_Shown(page, outline, choice).pictures(), *_listed(page)):
        key = match_key(picture.caption or picture.url or "")
        if key and (key not in found or found[key].url is None):
            found[key] = picture
    return tuple(islice(found.values(), MAX_PICTURES))


class _Words(NamedTuple):
    """Blocks that speak of a picture, first <= number < last, and the region they are in.

    `picture` is None where it is yet to be found.
    """

    first: int
    last: int
    region: int
    picture: Shown | None = None


class _Shown:
    """What one page shows: its captions, its galleries, and the pictures beside them."""

    def __init__(self, page: Page, outline: Outline, choice: Choice) -> None:
        self.page = page
        self.outline = outline
        self.choice = choice
        self.places = [picture.block for picture in outline.pictures]
        self.leading: dict[int, bool] = {}  # regions of teasers: whether anything in them is linked

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures that have words, in the page's order."""
        end = 0
        for words in self._all_words():
            picture = self._picture(words, end)
            if picture.caption or picture.credit:
                yield picture
                end = words.last

    def _all_words(self) -> list[_Words]:
        """Return the captions of the article, and the texts of galleries that call none so."""
        captions = [
            _Words(region.first, region.last, region.number)
            for region in self._outermost(Hint.CAPTION)
        ]
        starts = {words.first for words in captions}
        slides = [
            words
            for gallery in self._outermost(Hint.GALLERY)
            if gallery.number in self.choice.noise
            and starts.isdisjoint(range(gallery.first, gallery.last))
            for words in self._slides(gallery)
        ]
        return sorted(captions + slides)[: 2 * MAX_PICTURES]

    def _outermost(self, hint: int) -> Iterator[Region]:
        """Yield the article's regions that call themselves so, but for those within such."""
        regions, article = self.outline.regions, self.outline.regions[self.choice.region]
        end, first, last = 0, self._first(article), article.last
        beside = bytearray(len(self.outline.blocks))
        for number in self.choice.beside:
            one = regions[number]
            beside[one.first : one.last] = b"\1" * (one.last - one.first)
        for region in self.outline.named:
            if region.hints & hint and end <= region.first < min(region.last, last):
                if region.first < first and region.tag != "figcaption":
                    continue  # the lead picture may stand above the headline
                end = region.last
                if not beside[region.first] and self._is_of_article(region):
                    yield region

    def _first(self, article: Region) -> int:
        """Return the first block of what holds the headline and the article."""
        headline = self.choice.headline
        if 0 <= headline < article.first:
            above = self.outline.ancestors(article.number)
            return next((one.first for one in above if one.first <= headline), article.first)
        return article.first

    def _is_of_article(self, region: Region) -> bool:
        """Tell whether words speak of a picture of this article, not of where they lead."""
        blocks = self.outline.blocks[region.first : region.last]
        if sum(block.linked for block in blocks) > 0.5 * sum(block.weight for block in blocks):
            return False
        hidden = self.choice.hidden_in[region.first]
        if hidden < 0:
            return True
        kinds = self.outline.regions[hidden].hints & NOISE & ~_PICTURES_OWN
        return not kinds or (kinds == Hint.RELATED and not self._is_leading(hidden))

    def _is_leading(self, number: int) -> bool:
        """Tell whether a region of teasers leads anywhere; a carousel of pictures does not."""
        if number not in self.leading:
            region = self.outline.regions[number]
            inside = self.outline.blocks[region.first : region.last]
            self.leading[number] = any(block.links for block in inside)
        return self.leading[number]

    def _slides(self, gallery: Region) -> Iterator[_Words]:
        """Yield the words after each of a gallery's pictures."""
        start = bisect_left(self.places, gallery.first)
        end = bisect_left(self.places, gallery.last)
        inside = [p for p in self.outline.pictures[start:end] if p.before > gallery.number]
        if len(inside) < 2:
            return
        ends = [*(picture.block for picture in inside[1:]), gallery.last]
        for picture, last in zip(inside, ends, strict=True):
            if picture.block < last:
                yield _Words(picture.block, last, gallery.number, picture)

    def _picture(self, words: _Words, after: int) -> Picture:
        """Return the picture that words belong to, with what they say.

        Args:
            words: a caption, or a slide's texts.
            after: the block where the words before end.
        """
        shown, first, last = words.picture, words.first, words.last
        if shown is None:
            holder, shown = self._beside(words, after)
            if shown is None and not self._is_in_figure(words.region):
                return Picture()  # "text-caption" is a size of letters too
            first, last = max(holder.first, after), min(holder.last, words.last + NEAR)
        blocks = self.outline.blocks
        makers = [block for block in blocks[first:last] if self._names_maker(block)]
        own = (block for block in blocks[words.first : words.last] if block not in makers)
        texts = dict.fromkeys(squeeze(block.text) for block in own if _LETTER.search(block.text))
        caption = " ".join(texts)
        maker = squeeze(makers[0].text) if makers else None
        return Picture(
            url=self._address(shown) if shown else None,
            caption=caption if 0 < len(caption) <= MAX_CAPTION else None,
            credit=(credit_in(maker) or maker) if maker else credit_in(caption),
        )

    def _names_maker(self, block: Block) -> bool:
        """Tell a block that only says who made the picture."""
        if len(block.text) > MAX_CREDIT:
            return False
        near = self.outline.ancestors(block.region, 2)
        return any(region.hints & Hint.CREDIT for region in near) or is_credit(block.text)

    def _beside(self, words: _Words, after: int) -> tuple[Region, Shown | None]:
        """Return what holds a caption and its picture, and the picture."""
        own, *above = self.outline.ancestors(words.region, LEVELS + 1)
        for region in above:
            is_small = region.tag in ("figure", "li") or region.number == own.parent
            start = bisect_left(self.places, max(after, region.first))
            middle = bisect_right(self.places, words.first)
            end = bisect_right(self.places, words.last)
            for number in (*range(middle - 1, max(start, middle - NEAR) - 1, -1),
                           *range(middle, min(end, middle + NEAR))):  # fmt: skip
                shown = self.outline.pictures[number]
                is_next = shown.block in (words.first, words.last)
                if (is_small or is_next) and self._is_in(shown, region):
                    return region, shown
        return own, None

    def _is_in_figure(self, number: int) -> bool:
        return any(one.tag in _FIGURES for one in self.outline.ancestors(number, LEVELS))

    def _is_in(self, shown: Shown, region: Region) -> bool:
        return any(one is region for one in self.outline.ancestors(shown.region))

    def _address(self, shown: Shown) -> str | None:
        """Return where a picture is: what a script would load, else what is in its place."""
        told = dict(_ATTRIBUTE.findall(shown.tag))
        for name in _SOURCES:
            link = unescape(told.get(name, "")).strip()
            if name.endswith("srcset"):
                link = link.partition(" ")[0].rstrip(",")
            address = self.page.address(link)
            if address:
                return address
        hidden = _ANY_ADDRESS.search(shown.tag)
        return self.page.address(hidden[1]) if hidden else None


def _listed(page: Page) -> Iterator[Picture]:
    """Yield the pictures with captions of the page's JSON-LD: its article's and its albums'."""
    albums = (node for node in page.nodes if not _ALBUMS.isdisjoint(types_of(node)))
    for node in (page.article, *albums):
        for name in ("image", "associatedMedia", "hasPart"):
            value = node.get(name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and "ImageObject" in types_of(one):
                    picture = _told(page, one)
                    if picture.caption:
                        yield picture


def _told(page: Page, node: Node) -> Picture:
    caption = squeeze(text_of(node.get("caption") or node.get("description")) or "")
    maker = next((node[name] for name in _MAKERS if node.get(name)), None)
    return Picture(
        url=page.address(text_of(node.get("contentUrl") or node.get("url"))),
        caption=caption if len(caption) <= MAX_CAPTION else None,
        credit=squeeze(text_of(maker) or "") or credit_in(caption),
    )
