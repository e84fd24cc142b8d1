"""NITF 3.x ▶ an item; and NITF inside NewsML ▶ what it adds to one.

    head/title, meta, tobject, docdata, pubdata ──▶ id, status, times, subjects, notes
    body/body.head ──▶ headlines, by-line, dateline, standfirst, rights
    body/body.content ──▶ the text, media apart        body/body.end ──▶ closing credits

Quirks that are read and told: `headline` for `hedline`, a body of escaped HTML, paragraphs
that hold many. `change.date` is the date of the DTD, `story.date` counts by its `norm`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ingest.wires.body import NOTHING, Body, one_line
from ingest.wires.item import (
    Association,
    Headline,
    Party,
    Place,
    PubStatus,
    Rendition,
    Subject,
    WireItem,
    once,
)
from ingest.wires.language import language_tag
from ingest.wires.numbers import version_number, whole_number
from ingest.wires.status import status_of
from ingest.wires.subjects import topic_of
from ingest.wires.tree import Blocks, attribute_at, language_in, lines_in, text_at, text_in

if TYPE_CHECKING:
    from lxml.etree import _Element

    from ingest.model import Moment
    from ingest.wires.stamps import Stamps

_VERSION: Final = re.compile(r"NITF[ _v]*(\d(?:\.\d)?)", re.IGNORECASE)
_BEFORE_A_COMMA: Final = re.compile(r"\s+,")
_COMPACT: Final = re.compile(r"\d{8}(?:T|$)")  # a norm that stands where people read
_DATED: Final = re.compile(r"\d")
_MEDIA_CLASSES: Final = {"image": "picture", "photo": "picture", "data": "graphic"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NitfBody:
    """What the body of an NITF says.

    Attributes:
        notes: what is meant for editors. `story_date`: when it was written, by its norm.
        credits: by-line of the desk and other closing lines.
    """

    headlines: tuple[Headline, ...] = ()
    by: str | None = None
    authors: tuple[Party, ...] = ()
    dateline: str | None = None
    located: tuple[Place, ...] = ()
    abstract: str | None = None
    body: Body = NOTHING
    credits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    provider: str | None = None
    rights: str | None = None
    rights_owner: str | None = None
    story_date: str | None = None
    associations: tuple[Association, ...] = ()
    oddities: tuple[str, ...] = ()


# ── the body, wherever it stands ────────────────────────────────────────────────────────


def read_nitf_body(nitf: _Element) -> NitfBody:
    """Return what an `nitf` element, or anything that holds its body, says."""
    head = next(nitf.iter("body.head"), None)
    content = next(nitf.iter("body.content"), None)
    blocks = Blocks()
    body = blocks.body_of(content) if content is not None else NOTHING
    found = NitfBody(
        body=body,
        credits=tuple(filter(None, (text_in(one) for one in nitf.iterfind(".//body.end/tagline")))),
        notes=tuple(blocks.notes),
        associations=tuple(_associations(nitf, blocks.media)),
        oddities=once(blocks.oddities),
    )
    found = found if head is None else _with_head(found, head)
    title = next((text for one in nitf.iter("title") if (text := text_in(one))), None)
    if found.headlines or title is None:
        return found
    return replace(found, headlines=(Headline(text=title),))


def _with_head(found: NitfBody, head: _Element) -> NitfBody:
    oddities = list(found.oddities)
    if head.find("headline") is not None and head.find("hedline") is None:
        oddities.append("<headline> stands for <hedline>")
    dateline = head.find("dateline")
    notes = [text for note in head.iterfind("note") if (text := lines_in(note))]
    abstracts = [text for one in head.iterfind("abstract") if (text := lines_in(one))]
    return replace(
        found,
        headlines=tuple(_headlines(head)),
        by=_by_line(head),
        authors=tuple(_authors(head)),
        dateline=_dateline_text(dateline),
        located=tuple(_located(dateline)),
        abstract="\n".join(abstracts) or None,
        notes=(*notes, *found.notes),
        provider=text_at(head, "distributor/org", "distributor"),
        rights=text_at(head, "rights"),
        rights_owner=text_at(head, "rights/rights.owner"),
        story_date=attribute_at(head, "dateline/story.date", "norm"),
        oddities=once(oddities),
    )


def _headlines(head: _Element) -> Iterator[Headline]:
    for tag in ("hedline", "headline"):
        for outer in head.iterfind(tag):
            if text := one_line(outer.text) if not len(outer) else None:
                yield Headline(text=text, role="main", language=language_in(outer))
            for number, role in (("hl1", "main"), ("hl2", "sub")):
                for one in outer.iterfind(number):
                    if text := text_in(one):
                        yield Headline(text=text, role=role, language=language_in(one))


def _by_line(head: _Element) -> str | None:
    lines = [text for one in head.iterfind("byline") if (text := _name_of(one) or text_in(one))]
    return "; ".join(once(lines)) or None


def _name_of(byline: _Element) -> str | None:
    """Return the by-line without the title that is set apart in it."""
    if byline.find("byttl") is None:
        return None
    pieces = [byline.text or ""]
    for child in byline:
        if child.tag != "byttl" and isinstance(child.tag, str):
            pieces += [text_in(child) or ""]
        pieces.append(child.tail or "")
    return one_line(" ".join(pieces)) or text_in(byline.find("byttl"))


def _authors(head: _Element) -> Iterator[Party]:
    for byline in head.iterfind("byline"):
        title = text_at(byline, "byttl", "person/function")
        for person in byline.iterfind("person"):
            if name := (text_at(person, "name.given") and _full_name(person)) or text_in(person):
                yield Party(name=name, role="author", title=title)


def _full_name(person: _Element) -> str | None:
    parts = [text_at(person, "name.given"), text_at(person, "name.family")]
    return " ".join(filter(None, parts)) or None


def _dateline_text(dateline: _Element | None) -> str | None:
    """Return the dateline as it is shown: a date that is only the norm again is left out."""
    if dateline is None:
        return None
    pieces = [dateline.text or ""]
    for child in dateline:
        if isinstance(child.tag, str):
            text = text_in(child) or ""
            is_norm = child.tag == "story.date" and _COMPACT.match(text) is not None
            pieces.append("" if is_norm else text)
        pieces.append(child.tail or "")
    told = one_line(" ".join(pieces))
    return told and _BEFORE_A_COMMA.sub(",", told)


def _located(dateline: _Element | None) -> Iterator[Place]:
    if dateline is None:
        return
    locations = dateline.findall("location")
    for location in locations:
        city = text_at(location, "city", "sublocation")
        yield Place(
            name=city or one_line(location.text) or text_in(location),
            code=location.get("location-code") or attribute_at(location, "city", "city-code"),
            region=text_at(location, "state", "region"),
            country=text_at(location, "country"),
            country_code=attribute_at(location, "country", "iso-cc"),
        )
    if not locations and (text := one_line(dateline.text)) and not _DATED.search(text):
        yield Place(name=text.strip(" -–—,."))


def _associations(nitf: _Element, media: list[_Element]) -> Iterator[Association]:
    listed = [*nitf.iterfind("body/body.head//media"), *media]
    for one in listed:
        if one.tag == "img":
            if href := one.get("src") or one.get("source"):
                yield Association(renditions=(Rendition(href=href),))
        elif one.tag == "media":
            found = _media(one)
            if found.renditions or found.caption:
                yield found


def _media(media: _Element) -> Association:
    kind = (media.get("media-type") or "image").lower()
    renditions = (
        Rendition(
            href=href,
            role=one.get("name") or one.get("id"),
            content_type=one.get("mime-type"),
            title=one_line(one.get("alternate-text")),
            width=whole_number(one.get("width")),
            height=whole_number(one.get("height")),
        )
        for one in media.iterfind("media-reference")
        if (href := one.get("source") or one.get("source-ref") or one.get("data-location"))
    )
    captions = [text for one in media.iterfind("media-caption") if (text := lines_in(one))]
    metadata = {
        (one.get("name") or "").lower(): one.get("value")
        for one in media.iterfind("media-metadata")
    }
    return Association(
        item_class=_MEDIA_CLASSES.get(kind, kind),
        name=media.get("id"),
        headline=one_line(metadata.get("title") or metadata.get("headline")),
        caption="\n".join(captions) or None,
        credit=text_at(media, "media-producer") or one_line(metadata.get("credit")),
        renditions=tuple(renditions),
    )


# ── a document of its own ───────────────────────────────────────────────────────────────


def read_nitf(nitf: _Element, stamps: Stamps, fallback: str) -> WireItem:
    """Return the item of an NITF document.

    Args:
        nitf: the root.
        stamps: read its times.
        fallback: its id where it has none.
    """
    docdata = nitf.find("head/docdata")
    body = read_nitf_body(nitf)
    guid = attribute_at(nitf, "head/docdata/doc-id", "id-string")
    if guid is None:
        stamps.oddities.append("it has no id of its own")
    version = attribute_at(nitf, "head/docdata/du-key", "version")
    first, issued, released = _times(nitf, stamps, body)
    status = _status(docdata, stamps)
    item = WireItem(
        guid=guid or fallback,
        format="nitf",
        standard_version=_standard_version(nitf),
        version=version,
        version_number=version_number(version),
        pub_status=status,
        embargoed=released if _is_embargoed(docdata) else None,
        expires=stamps.read(attribute_at(nitf, "head/docdata/date.expire", "norm"), "date.expire"),
        urgency=whole_number(attribute_at(nitf, "head//urgency", "ed-urg"), least=1, most=9),
        slugline=attribute_at(nitf, "head/docdata/fixture", "fix-id")
        or attribute_at(nitf, "head/docdata/du-key", "key"),
        first_created=first or issued,
        version_created=issued,
        content_created=first or issued,
        language=language_tag(nitf.get("baselang")) or language_in(nitf),
        copyright_holder=attribute_at(nitf, "head/docdata/doc.copyright", "holder"),
        subjects=tuple(dict.fromkeys(_subjects(nitf))),
        keywords=_keywords(nitf),
        genres=once(_genres(nitf)),
        places=tuple(_places(nitf)),
        alt_ids=tuple(("url", url) for url in _metas(nitf, "url")),
        notes=once(
            filter(None, (one_line(n.get("info")) for n in nitf.iterfind(".//docdata/ed-msg")))
        ),
    )
    return replace(with_nitf_body(item, body), oddities=once([*body.oddities, *stamps.oddities]))


def with_nitf_body(item: WireItem, body: NitfBody) -> WireItem:
    """Return an item with what an NITF's body says, where the item says nothing itself."""
    holder = item.copyright_holder or body.rights_owner
    return replace(
        item,
        headlines=item.headlines or body.headlines,
        by=item.by or body.by,
        authors=item.authors or body.authors,
        dateline=item.dateline or body.dateline,
        located=item.located or body.located,
        abstract=item.abstract or body.abstract,
        body=body.body.text or item.body,
        body_html=body.body.html or item.body_html,
        credits=once([*item.credits, *body.credits]),
        notes=once([*item.notes, *body.notes]),
        provider=item.provider or (Party(name=body.provider) if body.provider else None),
        copyright_holder=holder,
        usage_terms=item.usage_terms or (body.rights if body.rights != holder else None),
        associations=item.associations or body.associations,
        oddities=once([*item.oddities, *body.oddities]),
    )


def _times(
    nitf: _Element, stamps: Stamps, body: NitfBody
) -> tuple[Moment | None, Moment | None, Moment | None]:
    """Return when the story was written, this document issued, and it may be released."""
    issue = attribute_at(nitf, "head/docdata/date.issue", "norm")
    publication = attribute_at(nitf, "head/pubdata", "date.publication")
    release = attribute_at(nitf, "head/docdata/date.release", "norm")
    issued = stamps.read(issue, "date.issue") or stamps.read(publication, "date.publication")
    if issued is not None:
        stamps.near = issued.at
    written = body.story_date if body.story_date not in (None, issue) else None
    return stamps.read(written, "story.date"), issued, stamps.read(release, "date.release")


def _status(docdata: _Element | None, stamps: Stamps) -> PubStatus:
    name = None if docdata is None else docdata.get("management-status")
    return PubStatus.USABLE if _is_embargoed(docdata) else status_of(name, stamps.oddities)


def _is_embargoed(docdata: _Element | None) -> bool:
    """Tell whether a document waits for its time of release."""
    if docdata is None or docdata.get("management-status") != "embargoed":
        return False
    return bool(attribute_at(docdata, "date.release", "norm"))


def _standard_version(nitf: _Element) -> str | None:
    found = _VERSION.search(nitf.get("version") or "")
    return found[1] if found else None


def _subjects(nitf: _Element) -> Iterator[Subject]:
    for one in nitf.iterfind("head/tobject/tobject.subject"):
        code = (one.get("tobject.subject.refnum") or "").strip() or None
        parts = [
            one_line(one.get(f"tobject.subject.{name}")) for name in ("type", "matter", "detail")
        ]
        names = [part for part in parts if part]
        owner = (one.get("tobject.subject.ipr") or "IPTC").strip()
        scheme = "subj" if owner.upper() == "IPTC" else owner
        if code or names:
            yield Subject(
                name=names[-1] if names else one.get("tobject.subject.code"),
                scheme=scheme,
                code=code,
                topic=topic_of(scheme, code),
            )
    yield from _identified(nitf)
    for value in _metas(nitf, "category", "categoria"):
        yield Subject(name=value, scheme="category", code=value)


_IDENTIFIED: Final = {
    "person": "person",
    "org": "organisation",
    "location": "place",
    "event": "event",
    "object.title": "object",
    "classifier": "subject",
}


def _identified(nitf: _Element) -> Iterator[Subject]:
    for one in nitf.iterfind(".//docdata/identified-content/*"):
        kind = _IDENTIFIED.get(one.tag)
        name = text_in(one) or one_line(one.get("value"))
        if kind and name:
            yield Subject(
                name=name,
                scheme=one.get("idsrc") or one.get("type"),
                code=one.get("value"),
                kind=kind,
            )


def _keywords(nitf: _Element) -> tuple[str, ...]:
    listed = nitf.iterfind(".//docdata/key-list/keyword")
    keys = [one.get("key") or one.text for one in listed]
    return once([*filter(None, map(one_line, keys)), *_metas(nitf, "keyword", "keywords")])


def _metas(nitf: _Element, *names: str) -> Iterator[str]:
    """Yield what the meta elements of these names hold."""
    for one in nitf.iterfind("head/meta"):
        value = one_line(one.get("content"))
        if value and (one.get("name") or "").lower() in names:
            yield value


def _genres(nitf: _Element) -> Iterator[str]:
    for one in nitf.iterfind("head/tobject/tobject.property"):
        if name := one_line(one.get("tobject.property.type")):
            yield name


def _places(nitf: _Element) -> Iterator[Place]:
    for one in nitf.iterfind(".//docdata/evloc"):
        place = Place(
            name=one_line(one.get("city")),
            region=one_line(one.get("state-prov")) or one_line(one.get("county-dist")),
            country_code=one_line(one.get("iso-cc")),
        )
        if place != Place():
            yield place
