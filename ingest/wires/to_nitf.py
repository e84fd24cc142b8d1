"""An item ▶ NITF 3.6: head with docdata, body with its blocks.

Elements stand in the order of the schema. NITF has one kind of emphasis and one of sub-heads, so
bold and the level of a heading are told by `class`; superscripts and code are plain text there.
What has a code is a subject, a section without one a classifier, for a subject must have a
number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from ingest.errors import MarkupError
from ingest.markup.xml import legal_text
from ingest.model import Moment, Precision
from ingest.wires.body import paragraphs_html
from ingest.wires.item import Association, PubStatus, Subject, WireItem
from ingest.wires.out import html_tree

if TYPE_CHECKING:
    from lxml.etree import _Element

_NITF: Final = "http://iptc.org/std/NITF/2006-10-18/"
_IN_NITF: Final[Any] = {None: _NITF}
_LINE: Final = frozenset(["a", "em", "strong", "br", "sub", "sup", "code"])
_HEADINGS: Final = frozenset(["h2", "h3", "h4"])
_CELLS: Final = frozenset(["td", "th"])
_NMTOKEN: Final = re.compile(r"[\w.:-]+")
_MEDIA_TYPES: Final = {"picture": "image", "graphic": "image"}
_IDENTIFIED: Final = {
    "person": "person",
    "organisation": "org",
    "place": "location",
    "event": "event",
    "object": "object.title",
}


def nitf_of(item: WireItem) -> bytes:
    """Return an item as a document; one that is canceled carries no text."""
    root = etree.Element(f"{{{_NITF}}}nitf", nsmap=_IN_NITF)
    root.set("version", "-//IPTC//DTD NITF 3.6//EN")
    if item.language:
        root.set("baselang", legal_text(item.language))
    _head(root, item)
    body = _add(root, "body")
    if item.pub_status is not PubStatus.CANCELED:
        _body_head(_add(body, "body.head"), item)
        content = _add(body, "body.content")
        for one in item.associations:
            _media(content, one)
        _Blocks(content).write(_tree(item))
        if item.credits:
            _add(_add(body, "body.end"), "tagline", "\n".join(item.credits))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _add(
    parent: _Element, tag: str, text: str | None = None, /, **attributes: str | None
) -> _Element:
    """Add an element of the standard; `_` in an attribute's name is `-`, `__` is a dot."""
    element = etree.SubElement(parent, f"{{{_NITF}}}{tag}")
    for key, value in attributes.items():
        if value:
            element.set(key.replace("__", ".").replace("_", "-"), legal_text(value))
    if text is not None:
        element.text = legal_text(text)
    return element


def _norm(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    if moment.precision is Precision.DAY:
        return f"{moment.day:%Y%m%d}"
    return moment.at.strftime("%Y%m%dT%H%M%S%z")


# ── head ────────────────────────────────────────────────────────────────────────────────


def _head(root: _Element, item: WireItem) -> None:
    head = _add(root, "head")
    if item.headline and item.pub_status is not PubStatus.CANCELED:
        _add(head, "title", item.headline)
    for role, value in item.alt_ids:
        if _NMTOKEN.fullmatch(role):
            _add(head, "meta", name=role, content=value)
    coded = [one for one in item.subjects if one.code and _NMTOKEN.fullmatch(one.code)]
    if coded or item.genres:
        tobject = _add(head, "tobject")
        for genre in item.genres:
            _add(tobject, "tobject.property", tobject__property__type=genre)
        for one in coded:
            _subject(tobject, one)
    _docdata(head, item, [one for one in item.subjects if one not in coded])


def _subject(tobject: _Element, one: Subject) -> None:
    _add(
        tobject,
        "tobject.subject",
        tobject__subject__ipr="IPTC" if one.scheme in (None, "subj") else one.scheme,
        tobject__subject__refnum=one.code,
        tobject__subject__matter=one.name,
    )


def _docdata(head: _Element, item: WireItem, uncoded: list[Subject]) -> None:
    is_embargoed = item.embargoed is not None and item.pub_status is PubStatus.USABLE
    status = "embargoed" if is_embargoed else item.pub_status.value
    docdata = _add(head, "docdata", management_status=status)
    provider = item.provider.name if item.provider else None
    for place in item.places:
        _add(
            docdata,
            "evloc",
            iso_cc=place.country_code,
            state_prov=place.region,
            city=place.name,
        )
    _add(docdata, "doc-id", regsrc=provider, id_string=item.guid)
    if item.urgency is not None:
        _add(docdata, "urgency", ed_urg=str(item.urgency))
    for name, moment in (
        ("date.issue", item.version_created),
        ("date.release", item.embargoed),
        ("date.expire", item.expires),
    ):
        if moment is not None:
            _add(docdata, name, norm=_norm(moment))
    for note in item.notes:
        _add(docdata, "ed-msg", info=note)
    if item.version or item.slugline:
        version = item.version if item.version and _NMTOKEN.fullmatch(item.version) else None
        _add(docdata, "du-key", version=version, key=item.slugline)
    if item.copyright_holder:
        year = f"{item.version_created.at.year}" if item.version_created else None
        _add(docdata, "doc.copyright", year=year, holder=item.copyright_holder)
    _keys(docdata, item, uncoded)


def _keys(docdata: _Element, item: WireItem, uncoded: list[Subject]) -> None:
    if item.keywords:
        keys = _add(docdata, "key-list")
        for word in item.keywords:
            _add(keys, "keyword", key=word)
    named = [one for one in uncoded if one.name]
    if named:
        identified = _add(docdata, "identified-content")
        for one in named:
            tag = _IDENTIFIED.get(one.kind)
            if tag:
                _add(identified, tag, one.name)
            else:
                _add(identified, "classifier", one.name, type="section")


# ── body ────────────────────────────────────────────────────────────────────────────────


def _body_head(head: _Element, item: WireItem) -> None:
    if item.headlines:
        hedline = _add(head, "hedline")
        _add(hedline, "hl1", item.headline)
        for one in item.headlines:
            if one.text != item.headline:
                _add(hedline, "hl2", one.text)
    rights = "\n".join(filter(None, (item.copyright_notice, item.usage_terms)))
    provider = item.provider.name if item.provider else None
    for tag, text in (("rights", rights), ("byline", item.by), ("distributor", provider)):
        if text:
            _add(head, tag, text)
    _dateline(head, item)
    if item.abstract:
        abstract = _add(head, "abstract")
        for line in item.abstract.splitlines():
            _add(abstract, "p", line)


def _dateline(head: _Element, item: WireItem) -> None:
    names = [one.name for one in item.located if one.name]
    if not names and item.content_created is None:
        return
    dateline = _add(head, "dateline")
    for name in names:
        _add(dateline, "location", name)
    if item.content_created is not None:
        _add(dateline, "story.date", norm=_norm(item.content_created))


def _media(parent: _Element, one: Association) -> None:
    files = [file for file in one.renditions if file.href]
    if not files:
        return
    media = _add(parent, "media", media_type=_MEDIA_TYPES.get(one.item_class, one.item_class))
    if one.headline:
        _add(media, "media-metadata", name="title", value=one.headline)
    for file in files:
        _add(
            media,
            "media-reference",
            source=file.href,
            name=file.role,
            mime_type=file.content_type,
            width=None if file.width is None else str(file.width),
            height=None if file.height is None else str(file.height),
        )
    if one.caption:
        _add(media, "media-caption", one.caption)
    if one.credit:
        _add(media, "media-producer", one.credit)


def _tree(item: WireItem) -> _Element:
    try:
        return html_tree(item.body_html or paragraphs_html(item.body))
    except MarkupError:
        return html_tree(paragraphs_html(legal_text(item.body)))


class _Blocks:
    """Writes HTML blocks as NITF's; what stands outside any block becomes a paragraph."""

    def __init__(self, parent: _Element) -> None:
        self._parent = parent
        self._line: _Element | None = None

    def write(self, element: _Element) -> None:
        """Write what is in an element."""
        self._text(element.text)
        for child in element:
            if child.tag in _LINE:
                _inline(self._open_line(), child)
            else:
                self._line = None
                self._block(child)
            self._text(child.tail)
        self._line = None

    def _text(self, text: str | None) -> None:
        if text and (self._line is not None or text.strip()):
            _append(self._open_line(), text)

    def _open_line(self) -> _Element:
        if self._line is None:
            self._line = _add(self._parent, "p")
        return self._line

    def _block(self, element: _Element) -> None:
        write = {
            "p": self._paragraph,
            "h2": self._heading,
            "h3": self._heading,
            "h4": self._heading,
            "ul": self._list,
            "ol": self._list,
            "table": self._table,
            "figure": self._figure,
            "blockquote": self._quotation,
            "pre": self._preformatted,
            "img": self._image,
        }.get(element.tag, self.write)
        write(element)

    def _quotation(self, element: _Element) -> None:
        _Blocks(_add(_add(self._parent, "bq"), "block")).write(element)

    def _preformatted(self, element: _Element) -> None:
        _add(self._parent, "pre", "".join(map(str, element.itertext())))

    def _image(self, element: _Element) -> None:
        _picture(self._parent, element, None)

    def _heading(self, element: _Element) -> None:
        heading = _add(self._parent, "hl2")
        if element.tag != "h3":
            heading.set("class", element.tag)
        self._fill(heading, element)

    def _paragraph(self, element: _Element) -> None:
        self._fill(_add(self._parent, "p"), element)

    def _fill(self, paragraph: _Element, element: _Element) -> None:
        _append(paragraph, element.text)
        for child in element:
            _inline(paragraph, child)
            _append(paragraph, child.tail)
        for image in element.iter("img"):
            _picture(self._parent, image, None)

    def _list(self, element: _Element) -> None:
        items = [child for child in element if child.tag == "li"]
        if items:
            written = _add(self._parent, element.tag)
            for one in items:
                _cell(_add(written, "li"), one)

    def _table(self, element: _Element) -> None:
        rows = [row for row in element.iter("tr") if any(cell.tag in _CELLS for cell in row)]
        if rows:
            table = _add(self._parent, "table")
            for row in rows:
                written = _add(table, "tr")
                for cell in row:
                    if cell.tag in _CELLS:
                        _cell(_add(written, cell.tag), cell)

    def _figure(self, element: _Element) -> None:
        caption = " ".join("".join(map(str, one.itertext())) for one in element.iter("figcaption"))
        images = list(element.iter("img"))
        for image in images:
            _picture(self._parent, image, caption.strip() or None)
        if not images:
            _Blocks(self._parent).write(element)


def _cell(cell: _Element, element: _Element) -> None:
    """Write a list item or a table's cell: lines stay lines, blocks blocks."""
    if any(child.tag not in _LINE for child in element):
        _Blocks(cell).write(element)
        return
    _append(cell, element.text)
    for child in element:
        _inline(cell, child)
        _append(cell, child.tail)


def _append(element: _Element, text: str | None) -> None:
    """Add text at the end of an element."""
    if not text:
        return
    text = legal_text(text)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _inline(parent: _Element, element: _Element) -> None:
    """Write an element within a line; what NITF has no word for is written as its text."""
    tag = element.tag
    if tag == "br":
        _add(parent, "br")
        return
    if tag == "a" and element.get("href"):
        written = _add(parent, "a", href=element.get("href"))
    elif tag in ("em", "strong"):
        written = _add(parent, "em", **{"class": "strong" if tag == "strong" else None})
    else:
        written = parent
    _append(written, element.text)
    for child in element:
        _inline(written, child)
        _append(written, child.tail)


def _picture(parent: _Element, image: _Element, caption: str | None) -> None:
    if not image.get("src"):
        return
    media = _add(parent, "media", media_type="image")
    _add(media, "media-reference", source=image.get("src"), alternate_text=image.get("alt"))
    if caption:
        _add(media, "media-caption", caption)
