"""Items ▶ NewsML-G2 2.35: a newsMessage of news items, and of a package where they are a story.

Elements stand in the order of the schema. Codes of the IPTC's own schemes are qcodes; an
agency's own, whose catalogue we do not have, are literals. A picture is an item of its own that
its text links to, for a content set holds renditions of one content only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from ingest.errors import MarkupError
from ingest.markup.xml import legal_text
from ingest.model import Moment, Precision
from ingest.wires.body import paragraphs_html
from ingest.wires.item import (
    Association,
    Headline,
    Link,
    Place,
    PubStatus,
    Rendition,
    Subject,
    WireItem,
)
from ingest.wires.out import html_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from lxml.etree import _Element

STANDARD_VERSION: Final = "2.35"
CATALOG: Final = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"
_G2: Final = "http://iptc.org/std/nar/2006-10-01/"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_IN_G2: Final[Any] = {None: _G2}
_IN_XHTML: Final[Any] = {None: _XHTML}
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# Aliases that the IPTC's own catalogue resolves.
_KNOWN: Final = frozenset(["medtop", "subj", "genre", "nprov", "iso3166-1a2", "iso3166-1a3"])
_NATURES: Final = frozenset(
    ["text", "audio", "picture", "video", "graphic", "animation", "composite", "component"]
)
_TYPES: Final = {
    "subject": "cpnat:abstract",
    "person": "cpnat:person",
    "organisation": "cpnat:organisation",
    "place": "cpnat:geoArea",
    "event": "cpnat:event",
    "object": "cpnat:object",
}
_RELATIONS: Final = frozenset(["seeAlso", "isDerivedFrom", "isTranslationOf", "depends"])


def g2_of(items: Sequence[WireItem], *, sent: datetime, package: WireItem | None = None) -> bytes:
    """Return items as one newsMessage.

    Args:
        items: in the order they are to stand in.
        sent: when the message is made; aware.
        package: an item whose members these are.
    """
    message = etree.Element(f"{{{_G2}}}newsMessage", nsmap=_IN_G2)
    header = _add(message, "header")
    _add(header, "sent", sent.isoformat())
    _add(header, "sender", "khabar")
    item_set = _add(message, "itemSet")
    if package is not None:
        _package(item_set, package, items)
    for item in items:
        _news_item(item_set, item)
        if item.pub_status is not PubStatus.CANCELED:
            for number, one in enumerate(item.associations, 1):
                _news_item(item_set, _item_beside(item, one, number))
    written: bytes = etree.tostring(message, xml_declaration=True, encoding="UTF-8")
    return written


def _add(
    parent: _Element, tag: str, text: str | None = None, /, **attributes: str | None
) -> _Element:
    """Add an element of the standard; attributes without a value are left out."""
    element = etree.SubElement(parent, f"{{{_G2}}}{tag}")
    for key, value in attributes.items():
        if value:
            element.set(key, legal_text(value))
    if text is not None:
        element.text = legal_text(text)
    return element


def _add_all(parent: _Element, told: Iterable[tuple[str, str | None]]) -> None:
    """Add elements with a text, those that have any."""
    for tag, text in told:
        if text:
            _add(parent, tag, text)


def _guid_beside(item: WireItem, one: Association, number: int) -> str:
    return one.guid or f"{item.guid}#{one.name or 'media'}-{number}"


def _item_beside(item: WireItem, one: Association, number: int) -> WireItem:
    """Return a picture or film beside a text as an item of its own."""
    return WireItem(
        guid=_guid_beside(item, one, number),
        format=item.format,
        version="1",
        item_class=one.item_class,
        provider=item.provider,
        version_created=item.version_created,
        abstract=one.caption,
        headlines=(Headline(text=one.headline),) if one.headline else (),
        credit=one.credit,
        copyright_notice=one.copyright_notice,
        renditions=one.renditions,
    )


# ── an item ─────────────────────────────────────────────────────────────────────────────


def _root(parent: _Element, name: str, item: WireItem) -> _Element:
    element = _add(
        parent,
        name,
        standard="NewsML-G2",
        standardversion=STANDARD_VERSION,
        conformance="power",
        guid=item.guid,
        version=str(item.version_number or 1),
        dir=item.direction if item.direction in ("ltr", "rtl") else None,
    )
    if item.language:
        element.set(_LANG, legal_text(item.language))
    _add(element, "catalogRef", href=CATALOG)
    _rights(element, item)
    return element


def _rights(element: _Element, item: WireItem) -> None:
    if not (item.copyright_holder or item.copyright_notice or item.usage_terms):
        return
    rights = _add(element, "rightsInfo")
    if item.copyright_holder:
        _add(_add(rights, "copyrightHolder"), "name", item.copyright_holder)
    terms = [("copyrightNotice", item.copyright_notice), ("usageTerms", item.usage_terms)]
    _add_all(rights, terms)


def _news_item(parent: _Element, item: WireItem) -> None:
    element = _root(parent, "newsItem", item)
    _item_meta(element, item)
    if item.pub_status is PubStatus.CANCELED:
        return
    _content_meta(element, item)
    if item.body or item.renditions:
        _content_set(element, item)


def _item_meta(element: _Element, item: WireItem) -> None:
    meta = _add(element, "itemMeta")
    nature = item.item_class if item.item_class in _NATURES else "component"
    _add(meta, "itemClass", qcode=f"ninat:{nature}")
    provider = item.provider.name if item.provider else "khabar"
    _add(_add(meta, "provider"), "name", provider)
    created = item.version_created or item.content_created or item.first_created
    if created is not None:
        _add(meta, "versionCreated", created.at.isoformat())
    if item.first_created is not None:
        _add(meta, "firstCreated", item.first_created.at.isoformat())
    if item.embargoed is not None:
        _add(meta, "embargoed", item.embargoed.at.isoformat())
    _add(meta, "pubStatus", qcode=f"stat:{item.pub_status.value}")
    if item.profile:
        _add(meta, "profile", item.profile)
    for service in item.service:
        _add(_add(meta, "service"), "name", service)
    for note in item.notes:
        _add(meta, "edNote", note)
    for signal in item.signals:
        is_own = ":" in signal or " " in signal
        _add(
            meta,
            "signal",
            **{"literal" if is_own else "qcode": signal if is_own else f"sig:{signal}"},
        )
    _dated(meta, "expires", item.expires)
    _links(meta, item)


def _links(meta: _Element, item: WireItem) -> None:
    for link in item.links:
        relation = f"irel:{link.rel}" if link.rel in _RELATIONS else None
        _add(meta, "link", rel=relation, href=link.href, residref=link.residref)
    for number, one in enumerate(item.associations, 1):
        guid = _guid_beside(item, one, number)
        _add(meta, "link", rel="irel:seeAlso", residref=guid)


def _content_meta(element: _Element, item: WireItem) -> None:
    meta = _add(element, "contentMeta")
    if item.urgency is not None:
        _add(meta, "urgency", str(item.urgency))
    _dated(meta, "contentCreated", item.content_created)
    _dated(meta, "contentModified", item.content_modified)
    for place in item.located:
        _place(meta, place)
    for tag, parties in (("infoSource", item.sources), ("creator", item.authors)):
        for one in parties:
            _add(_add(meta, tag), "name", one.name)
    for role, value in item.alt_ids:
        _add(meta, "altId", value, type=f"khabaridtype:{role}" if role.isalnum() else None)
    _described(meta, item)


def _dated(meta: _Element, name: str, moment: Moment | None) -> None:
    """Add a date; a day alone is written as one."""
    if moment is not None:
        is_day = moment.precision is Precision.DAY
        _add(meta, name, moment.day.isoformat() if is_day else moment.at.isoformat())


def _place(meta: _Element, place: Place) -> None:
    located = _add(meta, "located")
    if place.name:
        _add(located, "name", place.name)
    for kind, name in (("statprov", place.region), ("country", place.country)):
        if name:
            _add(_add(located, "broader", type=f"cptype:{kind}"), "name", name)


def _described(meta: _Element, item: WireItem) -> None:
    if item.language:
        _add(meta, "language", tag=item.language)
    for genre in item.genres:
        _add(_add(meta, "genre", literal=genre), "name", genre)
    _add_all(meta, (("keyword", word) for word in item.keywords))
    for subject in item.subjects:
        _subject(meta, subject)
    _add_all(meta, [("slugline", item.slugline)])
    for headline in item.headlines:
        role = None if headline.role in (None, "main") else f"khabarhlrole:{headline.role}"
        _add(meta, "headline", headline.text, role=role)
    _add_all(meta, [("dateline", item.dateline), ("by", item.by), ("creditline", item.credit)])
    if item.abstract:
        role = "drol:summary" if item.item_class in ("text", "composite") else "drol:caption"
        _add(meta, "description", item.abstract, role=role)


def _subject(meta: _Element, one: Subject) -> None:
    scheme, code = one.scheme, one.code
    is_known = scheme in _KNOWN and code is not None and not set(code) & set(" \t")
    literal = None if is_known or code is None else f"{scheme}:{code}" if scheme else code
    subject = _add(
        meta,
        "subject",
        type=_TYPES.get(one.kind, "cpnat:abstract"),
        qcode=f"{scheme}:{code}" if is_known else None,
        literal=literal,
    )
    if one.relevance is not None:
        subject.set("relevance", str(one.relevance))
    if one.name:
        _add(subject, "name", one.name)


# ── content ─────────────────────────────────────────────────────────────────────────────


def _content_set(element: _Element, item: WireItem) -> None:
    content = _add(element, "contentSet")
    if item.body:
        inline = _add(content, "inlineXML", contenttype="application/xhtml+xml")
        inline.append(_xhtml(item))
        _add(content, "inlineData", item.body, contenttype="text/plain")
    for one in item.renditions:
        _rendition(content, one)


def _xhtml(item: WireItem) -> _Element:
    html = etree.Element(f"{{{_XHTML}}}html", nsmap=_IN_XHTML)
    head = etree.SubElement(html, f"{{{_XHTML}}}head")
    title = etree.SubElement(head, f"{{{_XHTML}}}title")
    title.text = legal_text(item.headline or "")
    try:
        body = html_tree(item.body_html or paragraphs_html(item.body))
    except MarkupError:
        body = html_tree(paragraphs_html(legal_text(item.body)))
    for one in body.iter():
        one.tag = f"{{{_XHTML}}}{one.tag}"
    html.append(body)
    return html


def _rendition(content: _Element, one: Rendition) -> None:
    _add(
        content,
        "remoteContent",
        href=one.href,
        residref=one.residref,
        rendition=f"rnd:{one.role}" if one.role and one.role.isalnum() else None,
        contenttype=one.content_type,
        size=None if one.size is None else str(one.size),
        width=None if one.width is None else str(one.width),
        height=None if one.height is None else str(one.height),
        duration=None if one.duration is None else f"{one.duration:g}",
    )


# ── a package ───────────────────────────────────────────────────────────────────────────


def _package(parent: _Element, package: WireItem, items: Iterable[WireItem]) -> None:
    element = _root(parent, "packageItem", package)
    _item_meta(element, package)
    _content_meta(element, package)
    by_guid = {item.guid: item for item in items}
    groups: dict[str, list[Link]] = {}
    for link in package.members:
        groups.setdefault(link.group or "main", []).append(link)
    group_set = _add(element, "groupSet", root="G1")
    for number, (role, links) in enumerate(groups.items(), 1):
        group = _add(group_set, "group", id=f"G{number}", role=f"group:{role}")
        for link in links:
            _reference(group, link, by_guid.get(link.residref or ""))


def _reference(group: _Element, link: Link, item: WireItem | None) -> None:
    reference = _add(
        group,
        "itemRef",
        residref=link.residref,
        href=link.href,
        version=str(item.version_number or 1) if item else link.version,
        contenttype="application/vnd.iptc.g2.newsitem+xml",
    )
    kind = item.item_class if item else link.item_class
    if kind in _NATURES:
        _add(reference, "itemClass", qcode=f"ninat:{kind}")
    title = (item.headline if item else None) or link.title
    if title:
        _add(reference, "title", title)
