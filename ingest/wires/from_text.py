"""Plain text with a header ▶ an item.

    Headline: Rain ends the dry summer       lines of `name: value`, up to a blank line; some
    Date: 2026-03-04 05:06                   agencies put them between lines of dashes
    By: A Name

    The text.

    ZCZC … NNNN                              the frame of telex wires is taken off first

Without such lines, a first line that stands alone before some paragraphs is the headline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.errors import WireError
from ingest.text import lower, squeeze
from ingest.wires.body import body_of_any
from ingest.wires.item import Headline, Party, Place, Subject, WireItem, once
from ingest.wires.language import language_tag
from ingest.wires.lines import (
    cut_closing,
    cut_notebook,
    cut_stamp,
    read_wire_stamp,
    without_controls,
)
from ingest.wires.numbers import version_number, whole_number
from ingest.wires.status import embargo_of, status_of

if TYPE_CHECKING:
    from ingest.wires.stamps import Stamps

MOST_HEADERS: Final = 60
LEAST_TEXT: Final = 100  # letters of a text without header, below which it is no news
LONGEST_HEADLINE: Final = 250

_HEADER: Final = re.compile(r"[ \t]*([^\W\d_][\w \t-]{0,24}?)[ \t]*[:：][ \t]*(.*)")
_FENCE: Final = re.compile(r"\s*(?:-{3,}|={3,}|\+{3,}|\*{3,})\s*")
_ROUTING: Final = re.compile(r"[A-Z]{2} [A-Z]{2,4}")
_FRAME: Final = re.compile(r"\s*(ZCZC\b[^\n]*\n)")
_NAMES: Final = {
    "guid": ("guid", "id", "item id", "story id", "uid", "haber no", "kod"),
    "version": ("version", "revision", "sürüm"),
    "status": ("status", "pubstatus", "durum"),
    "headline": (
        "headline",
        "title",
        "subject",
        "başlık",
        "titre",
        "titel",
        "titolo",
        "العنوان",
        "عنوان",
    ),
    "subhead": ("subhead", "subheadline", "subtitle", "spot", "alt başlık"),
    "abstract": ("abstract", "summary", "lead", "özet", "الملخص"),
    "by": ("by", "byline", "author", "from", "muhabir", "yazar", "auteur", "autor", "الكاتب"),
    "date": ("date", "created", "published", "sent", "time", "tarih", "datum", "التاريخ"),
    "embargo": ("embargo", "embargoed", "embargo until", "ambargo"),
    "dateline": ("dateline", "place", "location", "yer", "المكان"),
    "language": ("language", "lang", "dil", "اللغة"),
    "slug": ("slug", "slugline"),
    "keywords": ("keywords", "tags", "etiketler", "anahtar kelimeler", "الكلمات"),
    "category": ("category", "section", "kategori", "rubrique", "ressort", "القسم"),
    "urgency": ("urgency", "priority", "öncelik"),
    "provider": ("source", "agency", "provider", "kaynak", "ajans", "المصدر"),
    "copyright": ("copyright", "rights", "telif"),
    "note": ("note", "ednote", "editor's note", "editors note", "not"),
}
_MEANS: Final = {lower(name): field for field, names in _NAMES.items() for name in names}


def read_text(text: str, stamps: Stamps, fallback: str) -> WireItem:
    """Return the item of a plain text.

    Raises:
        WireError: neither a header nor a headline before a text.
    """
    text = without_controls(text)
    frame = _FRAME.match(text)
    if frame is not None:
        text = text[frame.end() :].rstrip().removesuffix("NNNN")
        stamps.oddities.append("framed as a telex")
    lines = text.split("\n") if frame is None else _without_marks(text)
    fields, rest = _headers(lines)
    if not fields:
        fields, rest = _headline_alone(lines, is_sure=frame is not None)
        stamps.oddities.append("no header: the first line is taken as headline")
    kept, notebook = cut_notebook(lines[rest:])
    kept, stamp = cut_stamp(kept)
    kept, credits = cut_closing(kept)
    body, odd = body_of_any("\n".join(kept))
    if odd:
        stamps.oddities.append(odd)
    if not body.text and "headline" not in fields:
        raise WireError("not a wire document but a text with neither headline nor body")
    created = stamps.read(fields.get("date"), "date") or read_wire_stamp(
        stamps, stamp, "time stamp"
    )
    status = status_of(fields.get("status"), stamps.oddities)
    until, status = embargo_of(fields.get("embargo"), status, stamps)
    version = fields.get("version")
    notes = ["\n".join(filter(None, map(squeeze, notebook))), fields.get("note", "")]
    dateline = fields.get("dateline")
    provider = fields.get("provider")
    subject = fields.get("category")
    return WireItem(
        guid=fields.get("guid") or fallback,
        format="text",
        version=version,
        version_number=version_number(version),
        pub_status=status,
        embargoed=until,
        urgency=whole_number(fields.get("urgency"), least=1, most=9),
        headlines=tuple(_headlines(fields)),
        abstract=fields.get("abstract"),
        by=fields.get("by"),
        dateline=dateline,
        located=(Place(name=dateline),) if dateline else (),
        language=language_tag(fields.get("language")),
        slugline=fields.get("slug"),
        keywords=once(filter(None, map(squeeze, re.split(r"[,;،]", fields.get("keywords", ""))))),
        subjects=(Subject(name=subject),) if subject else (),
        provider=Party(name=provider) if provider else None,
        copyright_notice=fields.get("copyright"),
        notes=once(filter(None, notes)),
        credits=once(credits),
        version_created=created,
        content_created=created,
        body=body.text,
        body_html=body.html,
        oddities=once(stamps.oddities),
    )


def _headlines(fields: dict[str, str]) -> list[Headline]:
    found = [("headline", "main"), ("subhead", "sub")]
    return [Headline(text=fields[name], role=role) for name, role in found if fields.get(name)]


def _headers(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the fields of the header, and where the text begins; nothing known is no header."""
    found: dict[str, str] = {}
    last = None
    first = 0
    while first < len(lines) and (not lines[first].strip() or _FENCE.fullmatch(lines[first])):
        first += 1
    number = first
    for number in range(first, min(len(lines), first + MOST_HEADERS)):
        line = lines[number]
        if not line.strip() or _FENCE.fullmatch(line):
            break
        header = _HEADER.fullmatch(line)
        if header is None and last and line[:1] in " \t":
            found[last] = squeeze(f"{found[last]} {line}")
        elif header is None:
            return {}, 0
        else:
            last = _MEANS.get(lower(squeeze(header[1])))
            if last and header[2].strip():
                found[last] = squeeze(header[2])
    known = {"headline", "date", "guid", "by", "slug"} & set(found)
    return (found, number + 1) if known else ({}, 0)


def _without_marks(text: str) -> list[str]:
    """Return the lines of a telex without its routing line and the marks of headings."""
    lines = [line.strip().lstrip("<").removesuffix("!").rstrip("<=") for line in text.split("\n")]
    return lines[1:] if _ROUTING.fullmatch(lines[0]) else lines


def _headline_alone(lines: list[str], *, is_sure: bool) -> tuple[dict[str, str], int]:
    """Return a first line that stands alone as the headline.

    Args:
        lines: of the text.
        is_sure: it is known to be news, so that any first line will do.

    Raises:
        WireError: there is none, or too little after it.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    headline = squeeze(lines[first])
    after = "\n".join(lines[first + 1 :])
    stands_alone = len(lines) > first + 1 and not lines[first + 1].strip()
    letters = sum(map(str.isalpha, after[: 10 * LEAST_TEXT]))
    is_news = stands_alone and len(headline) <= LONGEST_HEADLINE and letters >= LEAST_TEXT
    if not (is_sure or is_news):
        start = squeeze(headline)[:60]
        raise WireError(f"not a wire document but text without a header that begins “{start}”")
    return {"headline": headline}, first + 1
