"""Page ▶ article, step by step.

bytes ─ decode ─ parse_html ─▶ Page (the head, JSON-LD, the source's rules)
                            ─▶ Outline (blocks in regions) ─▶ Choice (the article's region)
                            ─▶ Verdicts (what stays) ─▶ lines, less dateline and closing
                            ─▶ Article
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.errors import MarkupError, NotAnArticle, NotAPage
from ingest.extract.authors import authors_of, names_in
from ingest.extract.blocks import Block, Outline, outline_of
from ingest.extract.closing import cut_closing, cut_signature, notice_among
from ingest.extract.container import Choice, choose_container
from ingest.extract.dateline import Dateline, dateline_of
from ingest.extract.dates_on_page import dates_of
from ingest.extract.gallery import pictures_of
from ingest.extract.headline import title_of
from ingest.extract.hints import Hint
from ingest.extract.language import language_of
from ingest.extract.metadata import (
    based_on,
    canonical_of,
    image_of,
    is_partial,
    next_page_of,
    sections_of,
    tags_of,
    twins_of,
)
from ingest.extract.page import Page, page_of
from ingest.extract.pictures import credit_of, is_credit, lead_caption_of
from ingest.extract.prune import KEPT, Verdict, prune
from ingest.extract.render import Paragraph, html_of, paragraphs_of
from ingest.extract.rules import select, select_all, texts_at
from ingest.extract.standfirst import descriptions_of, is_apart, standfirst_of
from ingest.extract.streams import is_live, stored_bodies
from ingest.extract.tags import MARK
from ingest.extract.verdict import not_an_article
from ingest.markup import decode
from ingest.markup.html import parse_html
from ingest.model import Article, Picture
from ingest.text import clean_text, match_key, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ingest.model import Source

ENGINE = 4  # raised whenever pages may read differently: what is stored tells by whom it was read
_ONE_LINE_END = re.compile(r"\n{2,}")
# Two elements of a notice that a browser sets apart only by a margin: "yayımlanmaktadır.Abonelik".
_GLUED = re.compile(r"(?<=\w[.!?؟])(?=[^\W\d_a-z])")
LINES_BEFORE_DATELINE = 4  # a lead, and the place in other letters
THIN = 250  # letters of prose below which a page is searched for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was made of a page on the way to its article.

    Attributes:
        verdicts: on every block of the page, in order.
        notice: the block that is the agency's legal note.
    """

    page: Page
    title: str | None
    outline: Outline
    choice: Choice
    verdicts: tuple[Verdict, ...]
    notice: Block | None


def extract_article(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    source: Source | None = None,
    now: datetime | None = None,
) -> Article:
    """Return the article of a page.

    Args:
        body: the page as received.
        url: its address, after redirects.
        content_type: the header as sent.
        source: whose page it is: its selectors go first, its zone holds for bare times.
        now: what relative dates are counted from.

    Raises:
        NotAPage: not HTML.
        NotAnArticle: HTML that holds no article.
    """
    reading = read_page(body, url=url, content_type=content_type, source=source)
    page = reading.page
    kept = [verdict.block for verdict in reading.verdicts if verdict.reason == KEPT]
    standfirst = standfirst_of(page, reading.outline, reading.choice, reading.title, kept)
    lines = body_lines(reading, standfirst)
    text = _ONE_LINE_END.sub("\n", clean_text("\n".join(line.text for line in lines.paragraphs)))
    reason = not_an_article(page, reading.outline, kept, reading.title, text)
    if reason:
        raise NotAnArticle(url, reason)
    pictures = pictures_of(page, reading.outline, reading.choice)
    lead = next((one for one in pictures if one.caption), Picture())
    words = lead.caption or lead_caption_of(reading.outline, reading.choice)
    authors = authors_of(page, reading.outline, reading.choice)
    if lines.signature and all(" " not in name for name in authors):
        authors = names_in([lines.signature])  # JSON-LD named but a desk
    if not authors and lines.dateline and lines.dateline.author:
        authors = (lines.dateline.author,)
    language = language_of(page, text)
    published, modified = dates_of(page, reading.outline, reading.choice, now)
    return Article(
        title=reading.title,
        body=text,
        body_html=html_of(lines.paragraphs),
        standfirst=standfirst,
        authors=authors,
        published=published,
        modified=modified,
        language=language,
        sections=sections_of(page),
        tags=tags_of(page),
        image=image_of(page, reading.outline, reading.choice),
        image_credit=credit_of(page, reading.outline, reading.choice, words) or lead.credit,
        image_caption=None if words and is_credit(words) else words,
        pictures=pictures,
        place=_place(page, lines.dateline),
        filed=lines.dateline.day(published, language) if lines.dateline else None,
        agency=_agency(source, lines.dateline),
        canonical=canonical_of(page),
        notice=lines.notice,
        partial=is_partial(page),
        credits=lines.credits,
        links=twins_of(page),
        next_page=next_page_of(page),
        based_on=based_on(page),
        engine=ENGINE,
        rule=source.slug if source and _is_chosen(reading.outline) else "generic",
    )


def read_page(
    body: bytes, *, url: str, content_type: str | None = None, source: Source | None = None
) -> Reading:
    """Return what was made of a page, every block judged.

    Raises:
        NotAPage: not HTML.
    """
    page = _parsed(body, url, content_type, source)
    _mark(page)
    try:
        outline = outline_of(page.tree)
    except MarkupError as error:
        raise NotAPage(url, str(error)) from error
    title = title_of(page)
    reading = _judged(page, title, outline)
    if _says(reading) >= THIN or _weighs(reading) >= 2 * THIN:
        return reading
    return max([reading, *_other_readings(reading)], key=_says)


def _is_chosen(outline: Outline) -> bool:
    """Tell whether a source's rule chose the article's region."""
    return any(region.hints & Hint.CHOSEN for region in outline.named)


def _judged(page: Page, title: str | None, outline: Outline, *, trusting: bool = True) -> Reading:
    """Return an outline with its choice made and every block judged."""
    if not outline.blocks:
        none = Choice(
            region=0, prose=(), noise=frozenset(), hidden_in=(), beside=frozenset(), headline=-1
        )
        return Reading(
            page=page, title=title, outline=outline, choice=none, verdicts=(), notice=None
        )
    choice = choose_container(outline, title, trusting=trusting)
    verdicts = prune(
        outline, choice, title, descriptions_of(page), page.source, is_live=is_live(page)
    )
    kept = [verdict.reason == KEPT for verdict in verdicts]
    return Reading(
        page=page,
        title=title,
        outline=outline,
        choice=choice,
        verdicts=tuple(verdicts),
        notice=notice_among(outline.blocks, kept),
    )


def _other_readings(reading: Reading) -> Iterator[Reading]:
    """Yield what a page may yet hold whose text is nearly nothing.

    A reading of data is taken only where it says twice as much, for data hold teasers too.
    """
    page, title = reading.page, reading.title
    said = _says(reading)
    unnamed = _judged(page, title, reading.outline, trusting=False)
    if _says(unnamed) >= max(3 * said, THIN):
        yield unnamed
    for markup in stored_bodies(page):
        try:
            stored = _judged(page, title, outline_of(parse_html(markup)))
        except MarkupError:
            continue
        if _says(stored) >= max(2 * said, THIN):
            yield stored


def _weighs(reading: Reading) -> int:
    """Return how much text was kept, prose or not."""
    return sum(verdict.block.weight for verdict in reading.verdicts if verdict.reason == KEPT)


def _says(reading: Reading) -> float:
    """Return how much prose was kept."""
    return sum(
        reading.choice.prose[verdict.block.number]
        for verdict in reading.verdicts
        if verdict.reason == KEPT
    )


_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "compressed data"),
)


def _parsed(body: bytes, url: str, content_type: str | None, source: Source | None) -> Page:
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            raise NotAPage(url, f"it is {kind}")
    if body[:4096].count(0) > len(body[:4096]) // 16 and not body.startswith(
        (b"\xff\xfe", b"\xfe\xff")
    ):
        raise NotAPage(url, "it is binary data")
    text, _ = decode(body, content_type)
    if not text or text.isspace():
        raise NotAPage(url, "it is empty")
    if "<" not in text:
        raise NotAPage(url, "it is plain text")
    try:
        tree = parse_html(text)
    except MarkupError as error:
        raise NotAPage(url, str(error)) from error
    return page_of(tree, url, source)


def _mark(page: Page) -> None:
    """Give hints to the elements that the source's rules choose as body or drop from it."""
    if page.source is None:
        return
    rules = page.source.article
    fields = (*rules.drop, *rules.notice, *rules.place, *rules.authors, *rules.standfirst)
    marks = [(element, Hint.CHOSEN) for element in select(page.tree, rules.body)[:1]]
    marks += [(element, Hint.DROPPED) for element in select_all(page.tree, fields)]
    for element, hint in marks:
        element.attrs[MARK] = str(int(element.attr(MARK) or 0) | hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The body's lines, and what was cut from before and after them."""

    paragraphs: list[Paragraph]
    dateline: Dateline | None
    notice: str | None
    credits: tuple[str, ...]
    signature: str | None


def body_lines(reading: Reading, standfirst: str | None = None) -> Lines:
    """Return the lines of the body without dateline, notice and closing marks.

    A first line that is the standfirst is no line of the body: it is kept apart.
    """
    page, notice = reading.page, reading.notice
    kept = [v.block for v in reading.verdicts if v.reason == KEPT and v.block is not notice]
    paragraphs = paragraphs_of(reading.outline, kept, page)
    if standfirst and paragraphs[1:] and is_apart(reading.outline, reading.choice, kept[0]):
        is_standfirst = match_key(paragraphs[0].text) == match_key(standfirst)
        paragraphs = paragraphs[1:] if is_standfirst else paragraphs
    paragraphs, dateline = _without_dateline(paragraphs, page.source)
    texts, credits = cut_closing([paragraph.text for paragraph in paragraphs])
    paragraphs = [
        paragraph if paragraph.text == text else paragraph.with_text(text)
        for paragraph, text in zip(paragraphs, texts, strict=False)
    ]
    rules = page.source.article.notice if page.source else ()
    told = texts_at(page.tree, rules) or ([squeeze(notice.text)] if notice else [])
    told = [_GLUED.sub(" ", text) for text in told]
    return Lines(
        paragraphs=paragraphs,
        dateline=dateline,
        notice=told[-1] if told else None,
        credits=credits,
        signature=cut_signature(texts),
    )


def _without_dateline(
    paragraphs: list[Paragraph], source: Source | None
) -> tuple[list[Paragraph], Dateline | None]:
    for number, paragraph in enumerate(paragraphs[:LINES_BEFORE_DATELINE]):
        found = dateline_of(paragraph.text, source)
        if found is None:
            continue
        rest = paragraph.text[found.length :].strip()
        if rest:
            return [
                *paragraphs[:number],
                paragraph.with_text(rest),
                *paragraphs[number + 1 :],
            ], found
        before = paragraphs[:number]
        if before and len(before[-1].text) <= 40 and before[-1].text[-1].isalnum():
            before = before[:-1]  # the place once more, in other letters
        return [*before, *paragraphs[number + 1 :]], found
    return paragraphs, None


def _place(page: Page, dateline: Dateline | None) -> str | None:
    rules = page.source.article.place if page.source else ()
    told = texts_at(page.tree, rules)
    if told:
        return told[0]
    return dateline.place if dateline else None


def _agency(source: Source | None, dateline: Dateline | None) -> str | None:
    if dateline and dateline.agency:
        return dateline.agency
    return source.agency if source else None
