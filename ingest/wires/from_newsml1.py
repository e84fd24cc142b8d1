"""NewsML 1.0 to 1.2 ▶ items.

    NewsEnvelope ──▶ when it was sent
    NewsItem ─┬ Identification ──▶ id, version      NewsManagement ──▶ status, times, urgency
              └ NewsComponent ── NewsComponent …    each may hold lines, metadata, content

What a component says holds for those within it. Components with a text of their own are items;
those whose role names a part (title, lead, body, caption) are parts of the one they stand in, and
those with pictures stand beside it. Several texts in one NewsItem, such as its translations, are
items of their own, told apart by their Duid.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ingest.wires.body import NOTHING, Body, body_of_any, one_line
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
from ingest.wires.numbers import version_number, whole_number
from ingest.wires.stamps import Stamps
from ingest.wires.status import status_of
from ingest.wires.subjects import topic_of
from ingest.wires.tree import Blocks, attribute_at, language_in, lines_in, text_at, text_in

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.etree import _Element

MAX_ITEMS: Final = 10_000
_ABSTRACTS: Final = frozenset(["lead", "abstract", "summary", "teaser", "intro"])
_TITLES: Final = frozenset(["title", "headline", "subtitle"])
_PARTS: Final = _ABSTRACTS | _TITLES | {"body", "caption", "text"}
_MEDIA: Final = {
    "photo": "picture",
    "picture": "picture",
    "image": "picture",
    "graphic": "graphic",
    "video": "video",
    "audio": "audio",
    "animation": "graphic",
}
_TEXT_TYPES: Final = frozenset(["", "text", "complexdata", "html", "xhtml"])
_REVISION: Final = re.compile(r"(urn:newsml:[^:]+:[^:]+:.+?):(\d+)([A-Z])?")


def read_newsml1(root: _Element, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of a NewsML 1 document."""
    stamps = Stamps(zone)
    envelope = root.find("NewsEnvelope")
    if envelope is None:
        envelope = root.makeelement("NewsEnvelope")
    sent = stamps.read(text_at(envelope, "DateAndTime"), "DateAndTime")
    found: list[WireItem] = []
    listed = list(root.iter("NewsItem"))
    if len(listed) > MAX_ITEMS:
        stamps.oddities.append(f"more than {MAX_ITEMS:,} items; the rest is left out")
    for element in listed[:MAX_ITEMS]:
        guid = fallback if not found else f"{fallback}#{len(found) + 1}"
        reading = Stamps(zone, near=sent.at if sent else None)
        found += _items(element, reading, guid)
    return WireDocument(
        format="newsml-1",
        items=tuple(found),
        sent=sent,
        sender=attribute_at(envelope, "SentFrom/Party", "FormalName"),
        transmission=text_at(envelope, "TransmissionId"),
        priority=whole_number(attribute_at(envelope, "Priority", "FormalName"), most=99),
        oddities=once(stamps.oddities),
    )


# ── the whole NewsItem ──────────────────────────────────────────────────────────────────


def _items(element: _Element, stamps: Stamps, fallback: str) -> Iterator[WireItem]:
    """Yield the items of a NewsItem: its texts, or the one thing that it is."""
    whole = _whole(element, stamps, fallback)
    contents = [
        content
        for content in element.iter("ContentItem")
        if next(content.iterancestors("NewsItem"), None) is element
    ]
    texts, media = _sorted(element, contents)
    beside = tuple(_association(component) for component in media)
    if not texts:
        yield _finished(_of_media(whole, element, beside), stamps)
        return
    for number, (component, parts) in enumerate(texts, 1):
        item = _with_components(whole, element, component, stamps)
        item = _with_texts(item, parts)
        if len(texts) > 1:
            mark = component.get("Duid") or language_in(component) or str(number)
            item = replace(item, guid=f"{whole.guid}#{mark}")
        yield _finished(replace(item, associations=(*item.associations, *beside)), stamps)


def _finished(item: WireItem, stamps: Stamps) -> WireItem:
    return replace(item, oddities=once([*stamps.oddities, *item.oddities]))


def _whole(element: _Element, stamps: Stamps, fallback: str) -> WireItem:
    guid, version = _identity(element, stamps)
    management = element.find("NewsManagement")
    if management is None:
        management = element.makeelement("NewsManagement")
    created = stamps.read(text_at(management, "ThisRevisionCreated"), "ThisRevisionCreated")
    if created is not None:
        stamps.near = created.at
    status = attribute_at(management, "Status", "FormalName") or text_at(management, "Status")
    urgency = attribute_at(management, "Urgency", "FormalName") or text_at(management, "Urgency")
    item = WireItem(
        guid=guid or fallback,
        format="newsml-1",
        standard_version=element.getroottree().getroot().get("Version"),
        version=version,
        version_number=version_number(version),
        pub_status=status_of(status, stamps.oddities),
        signals=tuple(_signals(element, management)),
        urgency=whole_number(urgency, least=1, most=9),
        first_created=stamps.read(text_at(management, "FirstCreated"), "FirstCreated"),
        version_created=created,
        slugline=text_at(element, "Identification/NameLabel"),
        notes=once(filter(None, _instructions(management))),
        links=tuple(_links(element, management)),
    )
    return _with_change_of_status(item, management, stamps)


def _identity(element: _Element, stamps: Stamps) -> tuple[str | None, str | None]:
    """Return the id without its revision, and the revision.

    An agency that writes its own name alone as PublicIdentifier gives all its items one id; so
    the parts go first.
    """
    identifier = element.find("Identification/NewsIdentifier")
    if identifier is None:
        identifier = element.makeelement("NewsIdentifier")
    version = text_at(identifier, "RevisionId")
    parts = [text_at(identifier, name) for name in ("ProviderId", "DateId", "NewsItemId")]
    if parts[2]:
        return ":".join(["urn:newsml", *(part or "" for part in parts)]), version
    public = text_at(identifier, "PublicIdentifier")
    if public and (found := _REVISION.fullmatch(public)):
        return found[1], version or found[2]
    told = text_at(element, ".//guid")  # TASS, in its metadata
    if told is None:
        stamps.oddities.append("it has no id of its own")
    return told or (public if public and public.count(":") > 2 else None), version


def _signals(element: _Element, management: _Element) -> Iterator[str]:
    update = attribute_at(element, "Identification/NewsIdentifier/RevisionId", "Update")
    if update and update.upper() not in ("N", "NO"):
        yield "update"
    for one in management.iterfind("Instruction"):
        if name := one.get("FormalName"):
            yield name


def _instructions(management: _Element) -> Iterator[str | None]:
    for one in management.iterfind("Instruction"):
        yield text_in(one)
    for one in management.iterfind("Property"):
        if (one.get("FormalName") or "").lower() in ("editorialinfo", "ednote", "editorsnote"):
            yield one_line(one.get("Value"))


def _with_change_of_status(item: WireItem, management: _Element, stamps: Stamps) -> WireItem:
    """Return the item, embargoed where its status will change to usable at a named time."""
    change = management.find("StatusWillChange")
    if change is None:
        return item
    future = attribute_at(change, "FutureStatus", "FormalName")
    at = stamps.read(text_at(change, "DateAndTime"), "StatusWillChange")
    is_released = status_of(future, stamps.oddities) is PubStatus.USABLE
    if at is None or not is_released:
        return item
    return replace(item, embargoed=at, pub_status=PubStatus.USABLE)


def _links(element: _Element, management: _Element) -> Iterator[Link]:
    for name in ("AssociatedWith", "DerivedFrom"):
        for one in management.iterfind(name):
            if residref := one.get("NewsItem"):
                rel = name[:1].lower() + name[1:]
                yield Link(residref=residref, rel=rel, item_class=one.get("FormalName"))
    for one in element.iter("NewsItemRef"):
        if residref := one.get("NewsItem"):
            yield Link(residref=residref, rel="newsItemRef")


# ── components ──────────────────────────────────────────────────────────────────────────


def _role(component: _Element) -> str:
    return (attribute_at(component, "Role", "FormalName") or "").lower()


def _media_type(content: _Element) -> str:
    """Return the kind of a ContentItem: "" for a text, else picture, video and so on."""
    for path in ("MediaType", "MimeType", "Format"):
        word = (attribute_at(content, path, "FormalName") or "").lower()
        kind = _MEDIA.get(word) or _MEDIA.get(word.partition("/")[0])
        if kind:
            return kind
        if word in _TEXT_TYPES - {""} or word.startswith("text/"):
            return ""
    is_file = content.get("Href") and content.find("DataContent") is None
    return "picture" if is_file else ""


_Texts = list[tuple["_Element", list[tuple[str, "_Element"]]]]


def _sorted(item: _Element, contents: list[_Element]) -> tuple[_Texts, list[_Element]]:
    """Return the components that are texts, with their parts and roles, and those with media."""
    captioned = {
        component.getparent() for component in item.iter("NewsComponent") if _is_caption(component)
    }
    placed = []
    media: dict[_Element, None] = {}
    for content in contents:
        component = content.getparent()
        if component is not None:
            is_media = bool(_media_type(content))
            outer = _outer(component, captioned, is_media=is_media)
            placed.append((outer, _role(component), content, is_media))
            if is_media:
                media.setdefault(outer)
    texts: dict[_Element, list[tuple[str, _Element]]] = {}
    for outer, role, content, is_media in placed:
        if not is_media and outer not in media:
            texts.setdefault(outer, []).append((role, content))
    said = [(outer, parts) for outer, parts in texts.items() if _says_something(parts)]
    return said, list(media)


def _is_caption(component: _Element) -> bool:
    return _role(component) == "caption"


def _outer(
    component: _Element, captioned: Collection[_Element | None], *, is_media: bool
) -> _Element:
    """Return the component that a part of a text or a picture belongs to."""
    parent = component.getparent()
    if parent is None or parent.tag != "NewsComponent":
        return component
    if _role(component) in _PARTS:
        return parent
    if is_media and (parent in captioned or _role(parent) not in ("", "main")):
        return parent
    return component


def _says_something(parts: list[tuple[str, _Element]]) -> bool:
    return any(text_in(content.find("DataContent")) for _, content in parts)


def _chain(component: _Element) -> list[_Element]:
    """Return a component and those it stands in, the innermost first."""
    return [component, *(one for one in component.iterancestors("NewsComponent"))]


def _with_components(
    item: WireItem, element: _Element, component: _Element, stamps: Stamps
) -> WireItem:
    """Return an item with what its component and those around it say, the innermost first."""
    chain = _chain(component)
    for one in chain:
        item = _with_lines(item, one)
        item = _with_administration(item, one)
        item = _with_description(item, one, stamps)
        holder = text_at(one, "RightsMetadata/Copyright/CopyrightHolder")
        notes = filter(None, map(text_in, one.iterfind("Comment")))
        item = replace(
            item,
            copyright_holder=item.copyright_holder or holder,
            notes=once([*item.notes, *notes]),
        )
    language = next(filter(None, map(language_in, [*chain, element])), None)
    kind = attribute_at(element, "NewsManagement/NewsItemType", "FormalName")
    return replace(item, language=item.language or language, profile=item.profile or kind)


def _with_lines(item: WireItem, component: _Element) -> WireItem:
    lines = component.find("NewsLines")
    if lines is None:
        return item
    headlines = [
        Headline(text=text, role=role, language=language_in(one))
        for tag, role in (("HeadLine", "main"), ("SubHeadLine", "sub"))
        for one in lines.iterfind(tag)
        if (text := text_in(one))
    ]
    headlines += [Headline(text=text, role="sub") for text in _lines_of(lines, _SUB_HEADLINES)]
    keywords = filter(None, map(text_in, lines.iterfind("KeywordLine")))
    by = [text for one in lines.iterfind("ByLine") if (text := text_in(one))]
    return replace(
        item,
        headlines=item.headlines or tuple(headlines),
        by=item.by or "; ".join(once(by)) or None,
        credit=item.credit or text_at(lines, "CreditLine"),
        dateline=item.dateline or text_at(lines, "DateLine"),
        slugline=text_at(lines, "SlugLine") or item.slugline,
        copyright_notice=item.copyright_notice or text_at(lines, "CopyrightLine"),
        usage_terms=item.usage_terms or text_at(lines, "RightsLine"),
        keywords=once([*item.keywords, *keywords, *_lines_of(lines, _CATCHWORDS)]),
        notes=once([*item.notes, *_lines_of(lines, None)]),
    )


_SUB_HEADLINES: Final = frozenset(["subheadline", "subheadline1", "subheadline2", "subheadline3"])
_CATCHWORDS: Final = frozenset(["catchword", "keyword", "keywordline"])


def _lines_of(lines: _Element, kinds: Collection[str] | None) -> Iterator[str]:
    """Yield the lines of these kinds that have no element of their own; None: of all others."""
    for one in lines.iterfind("NewsLine"):
        kind = (attribute_at(one, "NewsLineType", "FormalName") or "").lower()
        others = _CATCHWORDS | _SUB_HEADLINES
        is_wanted = kind not in others if kinds is None else kind in kinds
        if is_wanted and (text := text_at(one, "NewsLineText")):
            yield text


def _with_administration(item: WireItem, component: _Element) -> WireItem:
    meta = component.find("AdministrativeMetadata")
    authors = list(_parties(component, "Author", "author"))
    if meta is None:
        return replace(item, authors=item.authors or tuple(authors))
    provider = next(_parties(meta, "Provider", None), None)
    authors += [*_parties(meta, "Creator", None), *_parties(meta, "Contributor", "contributor")]
    source = tuple(_parties(meta, "Source", None))
    notes = (
        one_line(one.get("Value"))
        for one in meta.iterfind("Property")
        if (one.get("FormalName") or "").lower() in ("editorialinfo", "ednote")
    )
    return replace(
        item,
        provider=item.provider or provider,
        authors=item.authors or tuple(authors),
        sources=item.sources or source,
        notes=once([*item.notes, *filter(None, notes)]),
    )


def _parties(meta: _Element, tag: str, role: str | None) -> Iterator[Party]:
    for one in meta.iterfind(f"{tag}/Party"):
        name = attribute_at(one, "Property[@FormalName='Organization']", "Value")
        name = name or (one.get("FormalName") or "").strip()
        if name:
            yield Party(name=name, role=(one.get("Topic") or role or "").lower() or None)


_DESCRIPTIVE: Final = ("DescriptiveMetadata", "DescriptiveMetada")  # TASS spells it so


def _with_description(item: WireItem, component: _Element, stamps: Stamps) -> WireItem:
    meta = next((one for tag in _DESCRIPTIVE for one in component.iterfind(tag)), None)
    if meta is None:
        return item
    if meta.tag != _DESCRIPTIVE[0]:
        stamps.oddities.append(f"<{meta.tag}> stands for <{_DESCRIPTIVE[0]}>")
    keywords = [
        one_line(one.get("Value"))
        for one in meta.iterfind("Property")
        if (one.get("FormalName") or "").lower() == "keyword"
    ]
    keywords += map(text_in, component.iterfind("item_keywords/item_keyword"))
    genres = (one.get("FormalName") for one in meta.iterfind("Genre"))
    places = list(_places(meta))
    created = stamps.read(text_at(meta, "DateLineDate") or meta.get("DateAndTime"), "DateLineDate")
    return replace(
        item,
        language=item.language or language_tag(attribute_at(meta, "Language", "FormalName")),
        subjects=item.subjects or tuple(dict.fromkeys(_subjects(meta))),
        keywords=once([*item.keywords, *filter(None, keywords)]),
        genres=once([*item.genres, *filter(None, genres)]),
        located=item.located or tuple(place for how, place in places if how != "event"),
        places=item.places or tuple(place for how, place in places if how == "event"),
        content_created=item.content_created or created,
    )


def _places(meta: _Element) -> Iterator[tuple[str, Place]]:
    """Yield where something was written ("origin") or happened ("event")."""
    for location in (*meta.iterfind("Location"), meta):
        told = {
            (one.get("FormalName") or "").lower(): one_line(one.get("Value"))
            for one in location.iterfind("Property")
        }
        country = told.get("country")
        is_code = bool(country and len(country) in (2, 3) and country.isupper())
        place = Place(
            name=told.get("city") or told.get("sublocation"),
            region=told.get("countryarea") or told.get("state"),
            country=None if is_code else country,
            country_code=country if is_code else told.get("countrycode"),
        )
        if place != Place():
            yield (location.get("HowPresent") or "").lower(), place


def _subjects(meta: _Element) -> Iterator[Subject]:
    named = _topics(meta)
    language = (language_tag(attribute_at(meta, "Language", "FormalName")) or "en")[:2]
    for one in meta.iterfind("SubjectCode/*"):
        code = (one.get("FormalName") or "").strip()
        scheme = _scheme(one, code)
        names = named.get(code, ())
        name = dict(names).get(language) or next((text for _, text in names), None)
        if code:
            topic = topic_of(scheme, code)
            yield Subject(name=name, scheme=scheme, code=code, names=names, topic=topic)
    for one in meta.iterfind("SubjectCode/*[@cat]"):
        if category := one_line(one.get("cat")):
            yield Subject(name=category, scheme="category", code=category)


def _scheme(subject: _Element, code: str) -> str | None:
    """Return whose code a subject has: the IPTC's where it says so, or has eight digits."""
    told = (subject.get("Scheme") or subject.get("Vocabulary") or "").strip()
    if told.lower().startswith("iptcsubject") or (not told and len(code) == 8 and code.isdigit()):
        return "subj"
    return told or None


def _topics(meta: _Element) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the names of codes by language, as the component's own topic sets tell them."""
    component = meta.getparent()
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for topic in () if component is None else component.iterfind("TopicSet/Topic"):
        code = text_at(topic, "FormalName")
        names = tuple(
            (language_in(one) or "", text)
            for one in topic.iterfind("Description")
            if (one.get("Variant") or "Name") == "Name" and (text := text_in(one))
        )
        if code and names:
            found[code] = names
    return found


# ── content ─────────────────────────────────────────────────────────────────────────────


def _with_texts(item: WireItem, parts: list[tuple[str, _Element]]) -> WireItem:
    """Return the item with its parts: the longest text that is none of its own role is the body."""
    bodies: list[WireItem] = []
    for role, content in parts:
        if role in _TITLES:
            text = text_in(content.find("DataContent"))
            if text and not item.headlines:
                item = replace(item, headlines=(Headline(text=text, role="main"),))
        elif role in _ABSTRACTS and len(parts) > 1:
            data = content.find("DataContent")
            item = replace(
                item, abstract=item.abstract or (lines_in(data) if data is not None else None)
            )
        else:
            bodies.append(_with_content(item, content))
    found = max(bodies, key=lambda one: len(one.body), default=item)
    return replace(
        found, headlines=item.headlines or found.headlines, abstract=item.abstract or found.abstract
    )


def _with_content(item: WireItem, content: _Element) -> WireItem:
    data = content.find("DataContent")
    if data is None:
        return item
    if next(data.iter("nitf", "body.content"), None) is not None:
        return with_nitf_body(item, read_nitf_body(data))
    inner = next(data.iter("body"), data)
    blocks = Blocks()
    body: Body = blocks.body_of(inner) if len(inner) else NOTHING
    if not len(inner):
        body, odd = body_of_any(inner.text or "")
        blocks.oddities += [odd] if odd else []
    return replace(
        item,
        body=body.text,
        body_html=body.html,
        notes=once([*item.notes, *blocks.notes]),
        oddities=once([*item.oddities, *blocks.oddities]),
    )


def _association(component: _Element) -> Association:
    """Return the picture or film that a component holds, with its caption and credit."""
    contents = [one for one in component.iter("ContentItem") if _media_type(one)]
    captions = [
        text
        for one in component.iter("ContentItem")
        if not _media_type(one)
        and (data := one.find("DataContent")) is not None
        and (text := _caption(data))
    ]
    return Association(
        item_class=_media_type(contents[0]) if contents else "picture",
        name=_role(component) or None,
        guid=component.get("Duid"),
        headline=text_at(component, "NewsLines/HeadLine", ".//NewsLines/HeadLine"),
        caption="\n".join(once(captions)) or None,
        credit=text_at(
            component, "NewsLines/CreditLine", "NewsLines/ByLine", ".//NewsLines/ByLine"
        ),
        copyright_notice=text_at(component, "NewsLines/CopyrightLine"),
        renditions=tuple(map(_rendition, contents)),
    )


def _caption(data: _Element) -> str | None:
    if next(data.iter("body.content"), None) is not None:
        return read_nitf_body(data).body.text or None
    return lines_in(data)


def _rendition(content: _Element) -> Rendition:
    properties = {
        (one.get("FormalName") or "").lower(): one.get("Value")
        for one in content.iterfind("Characteristics/Property")
    }
    parent = content.getparent()
    return Rendition(
        href=content.get("Href"),
        role=None if parent is None else _role(parent) or None,
        content_type=attribute_at(content, "MimeType", "FormalName"),
        width=whole_number(properties.get("width")),
        height=whole_number(properties.get("height")),
        size=whole_number(text_at(content, "Characteristics/SizeInBytes")),
    )


def _of_media(whole: WireItem, element: _Element, beside: tuple[Association, ...]) -> WireItem:
    """Return a NewsItem without a text: a picture, a film, a flash, a package."""
    first = next(element.iter("NewsComponent"), None)
    stamps = Stamps()
    deepest = first
    for component in element.iter("NewsComponent"):
        deepest = component
    item = whole if deepest is None else _with_components(whole, element, deepest, stamps)
    if first is not None and first is not deepest:
        item = _with_components(item, element, first, stamps)
    members = tuple(link for link in item.links if link.rel == "newsItemRef")
    if not beside:
        return replace(item, item_class="composite" if members else "text", members=members)
    shown = beside[0]
    return replace(
        item,
        item_class=shown.item_class,
        abstract=shown.caption,
        credit=item.credit or shown.credit,
        renditions=tuple(one for each in beside for one in each.renditions),
        headlines=item.headlines
        or tuple(Headline(text=text, role="main") for text in filter(None, [shown.headline])),
        members=members,
    )
