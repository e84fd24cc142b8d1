"""NewsML-G2 2.x ▶ items: newsItem and packageItem, in a newsMessage or alone.

    itemMeta ──▶ class, status, versions, notes, signals, links
    contentMeta ──▶ urgency, times, places, people, subjects, headlines, by-line, standfirst
    rightsInfo ──▶ copyright, terms       contentSet ──▶ the text, renditions
    groupSet ──▶ a package's members, with their groups' roles and their order

What is no news (conceptItem, knowledgeItem, planningItem, catalogItem) is ignored by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ingest.wires.body import NOTHING, Body, body_of_any, body_of_text, joined, paragraphs_html
from ingest.wires.from_nitf import read_nitf_body, with_nitf_body
from ingest.wires.item import (
    Association,
    Headline,
    Link,
    Party,
    Place,
    PubStatus,
    Rendition,
    Subject,
    WireDocument,
    WireItem,
    once,
)
from ingest.wires.language import language_tag
from ingest.wires.numbers import number_of, version_number, whole_number
from ingest.wires.stamps import Stamps
from ingest.wires.status import embargo_of, status_of
from ingest.wires.subjects import split_code, topic_of
from ingest.wires.tree import Blocks, language_in, lines_in, text_at, text_in

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.etree import _Element

    from ingest.model import Moment

ITEMS: Final = frozenset(["newsItem", "packageItem"])
NO_NEWS: Final = frozenset(["conceptItem", "knowledgeItem", "planningItem", "catalogItem"])
MAX_ITEMS: Final = 10_000

_KINDS: Final = {
    "person": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "geoarea": "place",
    "poi": "place",
    "event": "event",
    "object": "object",
}


def read_g2(root: _Element, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of a NewsML-G2 document."""
    stamps = Stamps(zone)
    items: list[WireItem] = []
    ignored: list[str] = []
    listed = _items_in(root)
    if len(listed) > MAX_ITEMS:
        stamps.oddities.append(f"more than {MAX_ITEMS:,} items; the rest is left out")
    for element in listed[:MAX_ITEMS]:
        if element.tag in ITEMS:
            guid = fallback if not items else f"{fallback}#{len(items) + 1}"
            items.append(_item(element, zone, guid))
        else:
            ignored.append(f"{element.tag} {element.get('guid') or ''}".strip())
    header = next((one for one in root if one.tag in ("header", "Header")), None)
    document = WireDocument(
        format="newsml-g2",
        items=tuple(_with_pictures(items)),
        ignored=tuple(ignored),
        oddities=once(stamps.oddities),
    )
    return document if header is None else _with_header(document, header, stamps)


def _with_header(document: WireDocument, header: _Element, stamps: Stamps) -> WireDocument:
    return replace(
        document,
        sent=stamps.read(text_at(header, "sent", "Sent"), "sent"),
        sender=text_at(header, "sender"),
        transmission=text_at(header, "transmitId"),
        priority=whole_number(text_at(header, "priority"), most=99),
        signals=once(filter(None, map(_code, header.iterfind("signal")))),
        oddities=once(stamps.oddities),
    )


def _items_in(root: _Element) -> list[_Element]:
    """Return the items of a document, none that stands within another."""
    found = root.iter(*ITEMS, *NO_NEWS)
    return [one for one in found if next(one.iterancestors(*ITEMS, *NO_NEWS), None) is None]


# ── names and codes ─────────────────────────────────────────────────────────────────────


def _code(element: _Element | None) -> str | None:
    """Return what an element is named by: qcode, URI or literal, as written."""
    if element is None:
        return None
    for name in ("qcode", "uri", "literal"):
        if value := (element.get(name) or "").strip():
            return value
    return None


def _word(code: str | None) -> str | None:
    """Return a code of the standard without its scheme: `sig:update` is "update"."""
    if code is None:
        return None
    return split_code(code)[1]


def _names(element: _Element) -> tuple[tuple[str, str], ...]:
    """Return the names of a thing by language; of several forms the one that is for display."""
    shown: dict[str, str] = {}
    for name in element.iterfind("name"):
        text = text_in(name)
        if text is None:
            continue
        language = language_in(name) or ""
        if language not in shown or (name.get("role") or "").endswith(("display", "full")):
            shown[language] = text
    return tuple(shown.items())


def _chosen(names: tuple[tuple[str, str], ...], language: str | None) -> str | None:
    """Return the name in a language, else one without, else the first."""
    by_language = dict(names)
    primary = (language or "").partition("-")[0].lower()
    for wanted, text in by_language.items():
        if primary and wanted.partition("-")[0].lower() == primary:
            return text
    return by_language.get("") or next(iter(by_language.values()), None)


def _name_or_code(element: _Element, language: str | None) -> str | None:
    """Return how a thing is called: its name, else its literal, else its code without scheme."""
    return (
        _chosen(_names(element), language)
        or (element.get("literal") or "").strip()
        or _word(_code(element))
        or text_in(element)
        or None
    )


def _in_language(elements: list[_Element], language: str | None) -> list[_Element]:
    """Return the elements of one language where each says its own; else all."""
    told = {(language_in(one) or "").partition("-")[0].lower() for one in elements}
    primary = (language or "").partition("-")[0].lower()
    if len(told) < 2:
        return elements
    wanted = primary if primary in told else min(told)
    kept = [
        one
        for one in elements
        if (language_in(one) or "").partition("-")[0].lower() in (wanted, "")
    ]
    return kept or elements


# ── an item ─────────────────────────────────────────────────────────────────────────────


def _item(element: _Element, zone: tzinfo | None, fallback: str) -> WireItem:
    stamps = Stamps(zone)
    guid = (element.get("guid") or "").strip()
    if not guid:
        stamps.oddities.append("it has no guid")
    version = (element.get("version") or "").strip() or None
    language = _language(element)
    item = WireItem(
        guid=guid or fallback,
        format="newsml-g2",
        standard_version=element.get("standardversion"),
        version=version,
        version_number=version_number(version),
        language=language,
        direction=element.get("dir"),
    )
    item = _with_item_meta(item, element, stamps)
    item = _with_content_meta(item, element, stamps)
    item = _with_rights(item, element)
    item, shown = _with_text(item, element), _rendered(element)
    return replace(
        item,
        members=tuple(_members(element)),
        renditions=shown,
        associations=item.associations or _pictures_of(item, shown),
        oddities=once([*stamps.oddities, *item.oddities]),
    )


def _language(element: _Element) -> str | None:
    for one in element.iterfind("contentMeta/language"):
        if tag := language_tag(one.get("tag")):
            return tag
    return language_in(element)


def _with_item_meta(item: WireItem, element: _Element, stamps: Stamps) -> WireItem:
    meta = element.find("itemMeta")
    if meta is None:
        stamps.oddities.append("it has no itemMeta")
        default = "composite" if element.tag == "packageItem" else "text"
        return replace(item, item_class=default)
    created = stamps.read(text_at(meta, "versionCreated"), "versionCreated")
    if created is not None:
        stamps.near = created.at
    if meta.find("priority") is not None:
        stamps.oddities.append("<priority> stands in itemMeta")
    provider = meta.find("provider")
    services = (_name_or_code(one, item.language) for one in meta.iterfind("service"))
    kind = _word(_code(meta.find("itemClass")))
    default = "composite" if element.tag == "packageItem" else "text"
    notes = once(filter(None, map(lines_in, meta.iter("edNote", "ednote"))))
    embargoed, pub_status = _status(meta, stamps, has_notes=bool(notes))
    return replace(
        item,
        item_class=kind or default,
        provider=None if provider is None else _party(provider, item.language),
        first_created=stamps.read(text_at(meta, "firstCreated"), "firstCreated"),
        version_created=created,
        pub_status=pub_status,
        embargoed=embargoed,
        expires=stamps.read(text_at(meta, "expires"), "expires"),
        priority=whole_number(text_at(meta, "priority"), most=99),
        profile=text_at(meta, "profile"),
        service=once(filter(None, services)),
        signals=once(filter(None, map(_signal, meta.iterfind("signal")))),
        notes=notes,
        links=tuple(_links(meta)),
        headlines=tuple(Headline(text=title) for title in filter(None, [text_at(meta, "title")])),
    )


def _status(meta: _Element, stamps: Stamps, *, has_notes: bool) -> tuple[Moment | None, PubStatus]:
    """Return until when an item is not to be shown, and what may be done with it then."""
    status = meta.find("pubStatus")
    pub_status = status_of(_code(status) or text_in(status), stamps.oddities)
    embargo = meta.find("embargoed")
    told = None if embargo is None else text_in(embargo) or ""
    if told == "" and not has_notes:
        stamps.oddities.append("an empty <embargoed>, and no note that tells why: taken for none")
        told = None
    return embargo_of(told, pub_status, stamps)


def _signal(element: _Element) -> str | None:
    """Return a signal: the standard's without scheme, an agency's own as written."""
    code = _code(element)
    scheme, word = split_code(code)
    return word if scheme in ("sig", "signal") else code


def _links(meta: _Element) -> Iterator[Link]:
    for one in meta.iterfind("link"):
        residref = one.get("residref") or one.get("guidref")
        if residref or one.get("href"):
            yield Link(
                residref=residref,
                href=one.get("href"),
                rel=_word(one.get("rel")),
                title=text_at(one, "title"),
                item_class=_word(_code(one.find("itemClass"))),
                version=one.get("version"),
            )


# ── contentMeta ─────────────────────────────────────────────────────────────────────────


def _with_content_meta(item: WireItem, element: _Element, stamps: Stamps) -> WireItem:
    meta = element.find("contentMeta")
    if meta is None:
        return item
    language = item.language
    keywords = [text_in(one) or _code(one) for one in meta.iterfind("keyword")]
    genres = (_name_or_code(one, language) for one in meta.iterfind("genre"))
    sources = (_party(one, language) for one in meta.iterfind("infoSource"))
    alt_ids = ((_word(one.get("type")) or "", text_in(one) or "") for one in meta.iterfind("altId"))
    by = [text for one in meta.iterfind("by") if (text := text_in(one))]
    return replace(
        item,
        urgency=whole_number(text_at(meta, "urgency"), least=1, most=9),
        content_created=stamps.read(text_at(meta, "contentCreated"), "contentCreated"),
        content_modified=stamps.read(text_at(meta, "contentModified"), "contentModified"),
        headlines=tuple(_headlines(meta, language)) or item.headlines,
        slugline=text_at(meta, "slugline"),
        by="; ".join(once(by)) or None,
        authors=tuple(_authors(meta, language)),
        credit=text_at(meta, "creditline"),
        dateline=text_at(meta, "dateline"),
        located=tuple(_place(one, language) for one in meta.iterfind("located")),
        subjects=tuple(dict.fromkeys(_subjects(meta, language))),
        keywords=once(filter(None, keywords)),
        genres=once(filter(None, genres)),
        sources=tuple(filter(None, sources)),
        alt_ids=tuple(pair for pair in alt_ids if pair[1]),
        abstract=_abstract(meta, item),
    )


def _headlines(meta: _Element, language: str | None) -> Iterator[Headline]:
    for one in _in_language(meta.findall("headline"), language):
        if text := text_in(one):
            yield Headline(text=text, role=_word(one.get("role")), language=language_in(one))


def _abstract(meta: _Element, item: WireItem) -> str | None:
    """Return the summary of a text; of anything else the caption."""
    told: dict[str, str] = {}
    for one in _in_language(meta.findall("description"), item.language):
        if text := lines_in(one):
            told.setdefault((_word(one.get("role")) or "").lower(), text)
    order = ("summary", "abstract", "") if item.item_class == "text" else ("caption", "summary", "")
    found = next((told[role] for role in order if role in told), None)
    return found or (None if item.item_class == "text" else next(iter(told.values()), None))


def _authors(meta: _Element, language: str | None) -> Iterator[Party]:
    for tag, default in (("creator", None), ("contributor", "contributor")):
        for one in meta.iterfind(tag):
            if party := _party(one, language):
                yield party if party.role else replace(party, role=default)


def _party(element: _Element, language: str | None) -> Party | None:
    """Return who an element names; a qcode of roles (`AArole:author`) is the role."""
    code = _code(element)
    scheme, word = split_code(code)
    role = _word(element.get("role"))
    if scheme is not None and scheme.lower().endswith("role"):
        role = role or word
        code = None
    name = (
        _chosen(_names(element), language)
        or (element.get("literal") or "").strip()
        or (word if code else None)
        or text_in(element)
    )
    if not name:
        return None
    return Party(name=name, role=role, code=code if code != name else None, title=_job(element))


def _job(element: _Element) -> str | None:
    return text_at(element, "personDetails/affiliation/name") or _word(element.get("jobtitle"))


def _place(element: _Element, language: str | None) -> Place:
    """Return a place with the wider ones that it lies in."""
    code = _code(element)
    found = Place(
        name=_name_or_code(element, language),
        code=code if code != element.get("literal") else None,
    )
    untyped = []
    for broader in element.iterfind("broader"):
        kind = (_word(broader.get("type")) or "").lower()
        scheme, word = split_code(_code(broader))
        name = _name_or_code(broader, language)
        if kind.startswith("country") or (scheme or "").lower().startswith("iso3166"):
            is_code = (scheme or "").lower().startswith("iso3166")
            found = replace(found, country=name, country_code=word if is_code else None)
        elif kind in ("statprov", "region", "state", "province"):
            found = replace(found, region=found.region or name)
        elif not kind:
            untyped.append(name)
    if found.country is None and untyped:  # AA names the country, and nothing else
        found = replace(found, country=untyped[-1])
    return found


def _subjects(meta: _Element, language: str | None) -> Iterator[Subject]:
    for one in meta.iterfind("subject"):
        literal = (one.get("literal") or "").strip() or None
        code = (one.get("qcode") or one.get("uri") or "").strip() or None
        names = _names(one)
        scheme, local = split_code(code or (literal if names else None))
        name = _chosen(names, language) or literal
        if name is None and local is None:
            continue
        kind = (_word(one.get("type")) or "").lower()
        yield Subject(
            name=name,
            scheme=scheme,
            code=local,
            kind=_KINDS.get(kind, "subject"),
            names=names,
            topic=_topic(one, scheme, local),
            relevance=whole_number(one.get("relevance"), most=100),
        )


def _topic(subject: _Element, scheme: str | None, code: str | None) -> str | None:
    """Return the media topic of a subject: itself, what it is the same as, what it maps to."""
    if scheme == "medtop":
        return topic_of(scheme, code)
    same = [split_code(_code(one)) for one in subject.iterfind("sameAs")]
    for other, local in same:
        if other == "medtop":
            return topic_of(other, local)
    wider = [split_code(_code(one)) for one in subject.iterfind("broader")]
    told = (topic_of(*one) for one in [(scheme, code), *same, *wider])
    return next(filter(None, told), None)


# ── rights, content, packages ───────────────────────────────────────────────────────────


def _with_rights(item: WireItem, element: _Element) -> WireItem:
    rights = element.find("rightsInfo")
    if rights is None:
        return item
    holder = rights.find("copyrightHolder")
    notices = _in_language(rights.findall("copyrightNotice"), item.language)
    terms = _in_language(rights.findall("usageTerms"), item.language)
    return replace(
        item,
        copyright_holder=None if holder is None else _name_or_code(holder, item.language),
        copyright_notice="\n".join(once(filter(None, map(lines_in, notices)))) or None,
        usage_terms="\n".join(once(filter(None, map(lines_in, terms)))) or None,
    )


def _with_text(item: WireItem, element: _Element) -> WireItem:
    """Return the item with its text, the longest of those it carries."""
    texts = [_with_inline_xml(item, one) for one in element.iterfind("contentSet/inlineXML")]
    texts += [_with_inline_data(item, one) for one in element.iterfind("contentSet/inlineData")]
    return _joined(item, texts)


def _rendered(element: _Element) -> tuple[Rendition, ...]:
    return tuple(map(_rendition, element.iterfind("contentSet/remoteContent")))


def _pictures_of(item: WireItem, shown: tuple[Rendition, ...]) -> tuple[Association, ...]:
    """Return the pictures that a text carries without telling what they show."""
    if item.item_class != "text":
        return ()
    pictures = (one for one in shown if (one.content_type or "").startswith("image/"))
    return tuple(Association(renditions=(one,)) for one in pictures)


def _joined(item: WireItem, texts: list[WireItem]) -> WireItem:
    """Return the longest text; where the same came plain too, with the lines of that."""
    found = max(texts, key=lambda one: len(one.body_html), default=item)
    for one in texts:
        if one is not found and one.body_html == paragraphs_html(one.body):
            body = joined(Body(found.body_html, found.body), Body(one.body_html, one.body))
            found = replace(found, body=body.text, body_html=body.html)
    return found


def _with_inline_xml(item: WireItem, inline: _Element) -> WireItem:
    if next(inline.iter("nitf", "body.content", "body.head"), None) is not None:
        return with_nitf_body(item, read_nitf_body(inline))
    content = next(inline.iter("body"), None)
    if content is None:
        content = next(inline.iter("html"), inline)
    blocks = Blocks()
    body = blocks.body_of(content)
    return _with_body(item, body, blocks)


def _with_inline_data(item: WireItem, inline: _Element) -> WireItem:
    if len(inline):
        return _with_inline_xml(item, inline)
    media = (inline.get("contenttype") or "").lower()
    text = inline.text or ""
    if media.startswith("text/plain") and "<" not in text and "&" not in text:
        return _with_body(item, body_of_text(text), Blocks())
    body, odd = body_of_any(text)
    if odd is None and media.startswith("text/plain") and body.html:
        odd = "inlineData calls itself text/plain and holds markup" if "</" in text else None
    return _with_body(item, body, Blocks(oddities=[odd] if odd else []))


def _with_body(item: WireItem, body: Body, blocks: Blocks) -> WireItem:
    if body == NOTHING:
        return item
    return replace(
        item,
        body=body.text,
        body_html=body.html,
        notes=once([*item.notes, *blocks.notes]),
        oddities=once([*item.oddities, *blocks.oddities]),
    )


def _rendition(element: _Element) -> Rendition:
    return Rendition(
        href=element.get("href"),
        residref=element.get("residref"),
        role=_word(element.get("rendition")),
        content_type=element.get("contenttype"),
        title=text_at(element, "title"),
        width=whole_number(element.get("width")),
        height=whole_number(element.get("height")),
        size=whole_number(element.get("size")),
        duration=number_of(element.get("duration")),
    )


def _members(element: _Element) -> Iterator[Link]:
    """Yield what a package holds, group by group from its root, in document order."""
    order = 0
    for group in [*element.iterfind("groupSet/group"), element]:
        role = _word(group.get("role")) or group.get("id")
        for one in group.iterfind("itemRef"):
            residref = one.get("residref") or one.get("guidref")
            if residref or one.get("href"):
                order += 1
                yield Link(
                    residref=residref,
                    href=one.get("href"),
                    title=text_at(one, "headline", "title"),
                    item_class=_word(_code(one.find("itemClass"))),
                    version=one.get("version"),
                    group=role,
                    order=order,
                )


# ── items of one message that belong together ───────────────────────────────────────────


def _with_pictures(items: list[WireItem]) -> Iterator[WireItem]:
    """Yield items, those that link to media of the same message with them beside."""
    media = {
        item.guid: item for item in items if item.item_class in ("picture", "graphic", "video")
    }
    for item in items:
        refs = [link.residref for link in (*item.links, *item.members)]
        beside = [media[ref] for ref in once(filter(None, refs)) if ref in media]
        if beside and item.item_class in ("text", "composite"):
            item = replace(item, associations=(*item.associations, *map(_beside, beside)))
        yield item


def _beside(item: WireItem) -> Association:
    return Association(
        item_class=item.item_class,
        guid=item.guid,
        headline=item.headline,
        caption=item.abstract or item.body or None,
        credit=item.credit or item.by or next((one.name for one in item.authors), None),
        copyright_notice=item.copyright_notice or item.copyright_holder,
        renditions=item.renditions,
    )
