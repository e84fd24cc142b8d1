"""ninjs ▶ items: 1.x's flat properties, 2.x's lower case and 3.x's camelCase by one reader.

Property names are compared in lower case, so `versioncreated` and `versionCreated` are one.
Objects keyed by name (1.x) and arrays (2.x, 3.x) are read alike; one object where an array
belongs is an array of one. A property that is not what its standard says is left out and told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ingest.errors import WireError
from ingest.wires.body import (
    NOTHING,
    Body,
    body_of_any,
    body_of_text,
    joined,
    one_line,
    some_lines,
)
from ingest.wires.item import (
    Association,
    Headline,
    Link,
    Party,
    Place,
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

if TYPE_CHECKING:
    from datetime import tzinfo

Fields = dict[str, Any]

MAX_DEPTH: Final = 6  # an association within an association
_WRAPPERS: Final = ("data", "item", "items", "_items", "result", "results")
_HTML_TYPES: Final = ("text/html", "application/xhtml+xml", "html", "xhtml", "nitf")
_OLD_HEADLINE: Final = re.compile(r"headline(?:_(.+))?")
_OLD_BODY: Final = re.compile(r"body_(.+)")
_OLD_DESCRIPTION: Final = re.compile(r"description_(.+)")
_ABOUT: Final = (
    ("subjects", "subject", "subject"),
    ("people", "person", "person"),
    ("organisations", "organisation", "organisation"),
    ("places", "place", "place"),
    ("events", "event", "event"),
    ("objects", "object", "object"),
)


def read_ninjs_document(text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of one ninjs document, or of a list of them.

    Raises:
        WireError: not JSON, or nothing in it is a ninjs document.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    return read_ninjs_value(found, zone, fallback)


def read_ninjs_value(found: object, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of what JSON held.

    Raises:
        WireError: nothing in it is a ninjs document.
    """
    found = _unwrapped(found)
    listed = [_unwrapped(one) for one in found] if isinstance(found, list) else [found]
    documents = [lowered(one) for one in listed if isinstance(one, Mapping)]
    documents = [one for one in documents if _is_ninjs(one)]
    if not documents:
        raise WireError("not a ninjs document: it has no uri")
    items = [item for one in documents for item in _items(one, zone, fallback, 0)]
    left = len(listed) - len(documents)
    oddities = (f"{left} of {len(listed)} values are no ninjs documents",) if left else ()
    return WireDocument(format="ninjs", items=tuple(items), oddities=oddities)


def _unwrapped(found: object) -> object:
    """Return what a service has put into an answer: `{"data": {"items": [{"item": …}]}}`."""
    for _ in range(MAX_DEPTH):
        if not isinstance(found, Mapping) or _is_ninjs(lowered(found)):
            break
        inner = next(
            (found[name] for name in _WRAPPERS if isinstance(found.get(name), dict | list)), None
        )
        if inner is None:
            break
        found = inner
    return found


def lowered(found: Mapping[str, Any]) -> Fields:
    """Return the properties of an object by lower-case name."""
    return {str(name).lower(): value for name, value in found.items()}


def _is_ninjs(fields: Fields) -> bool:
    return isinstance(fields.get("uri") or fields.get("guid"), str)


# ── values ──────────────────────────────────────────────────────────────────────────────


def _string(value: object) -> str | None:
    return one_line(value) if isinstance(value, str) and value else None


def _plain(value: object) -> str | None:
    """Return a string as the text it is, without looking for tags in it."""
    found = body_of_text(value).text if isinstance(value, str) else ""
    return " ".join(found.split()) or None


def _objects(value: object) -> list[Fields]:
    """Return the objects of an array, of an object keyed by name, or the one object."""
    if isinstance(value, Mapping):
        values = list(value.values())
        if values and all(isinstance(one, Mapping) for one in values):
            return [{"name": name} | lowered(one) for name, one in value.items()]
        return [lowered(value)]
    if not isinstance(value, list):
        return []
    return [lowered(one) for one in value if isinstance(one, Mapping)]


def _named(value: object) -> list[Fields]:
    """Return the objects of an array whose bare strings are names."""
    if isinstance(value, str):
        return [{"name": value}]
    if isinstance(value, list):
        value = [{"name": one} if isinstance(one, str) else one for one in value]
    return _objects(value)


# ── an item ─────────────────────────────────────────────────────────────────────────────


def _items(fields: Fields, zone: tzinfo | None, fallback: str, depth: int) -> Iterator[WireItem]:
    """Yield the item of a document, and of a package the texts that it carries whole."""
    item = _item(fields, zone, fallback, depth)
    yield item
    if item.members and depth < MAX_DEPTH:
        for one in _objects(fields.get("associations")):
            if _is_ninjs(one) and _bodies(one):
                yield from _items(one, zone, fallback, depth + 1)


def _item(fields: Fields, zone: tzinfo | None, fallback: str, depth: int) -> WireItem:
    stamps = Stamps(zone)
    guid = _string(fields.get("uri")) or _string(fields.get("guid")) or fallback
    version = fields.get("version")
    associations = list(_associations(fields, zone, depth))
    status = status_of(_string(fields.get("pubstatus")), stamps.oddities)
    until, status = embargo_of(_text(fields, "embargoeduntil", "embargoed"), status, stamps)
    item = WireItem(
        guid=guid,
        format="ninjs",
        standard_version=_standard_version(fields),
        version=None if version is None else str(version),
        version_number=version_number(version),
        item_class=_string(fields.get("type")) or "text",
        profile=_string(fields.get("profile")),
        pub_status=status,
        embargoed=until,
        expires=stamps.read(_text(fields, "expires"), "expires"),
        urgency=whole_number(fields.get("urgency"), least=1, most=9),
        priority=whole_number(fields.get("priority"), most=99),
        slugline=_plain(fields.get("slugline")),
        by=_plain(fields.get("by") or fields.get("byline")) or _by_lines(fields),
        located=_located(fields),
        language=language_tag(_string(fields.get("language"))),
        copyright_holder=_plain(fields.get("copyrightholder")),
        copyright_notice=some_text(fields.get("copyrightnotice")),
        usage_terms=some_text(_joined(fields.get("usageterms"))),
        notes=once(filter(None, [some_text(fields.get("ednote"))])),
        first_created=stamps.read(_text(fields, "firstcreated"), "firstCreated"),
        version_created=stamps.read(_text(fields, "versioncreated"), "versionCreated"),
        content_created=stamps.read(_text(fields, "contentcreated"), "contentCreated"),
        content_modified=stamps.read(_text(fields, "contentmodified"), "contentModified"),
        renditions=tuple(_renditions(fields.get("renditions"))),
        associations=tuple(one for one in associations if isinstance(one, Association)),
        members=tuple(one for one in associations if isinstance(one, Link)),
        is_partial=fields.get("representationtype") in ("partial", "incomplete", "associated"),
    )
    return _with_subjects(_with_texts(item, fields, stamps), fields)


def _by_lines(fields: Fields) -> str | None:
    """Return AP's list of by-lines as one."""
    names = (_plain(one.get("by") or one.get("name")) for one in _objects(fields.get("bylines")))
    return ", ".join(filter(None, names)) or None


def _text(fields: Fields, *names: str) -> str | None:
    return next((fields[name] for name in names if isinstance(fields.get(name), str)), None)


def _joined(value: object) -> object:
    """Return a list of texts as one text, a line each."""
    if isinstance(value, list):
        return "\n".join(one for one in value if isinstance(one, str))
    return value


def some_text(value: object) -> str | None:
    """Return a text of some paragraphs."""
    return some_lines(value) if isinstance(value, str) else None


def _standard_version(fields: Fields) -> str | None:
    """Return the version that a document names, else the one its properties give away."""
    for one in _objects(fields.get("standard")):
        if version := _string(one.get("version")):
            return version
    return None


def _located(fields: Fields) -> tuple[Place, ...]:
    value = fields.get("located")
    names = [value] if isinstance(value, str) else [one.get("name") for one in _objects(value)]
    return tuple(Place(name=name) for name in map(_plain, names) if name)


# ── texts ───────────────────────────────────────────────────────────────────────────────


def _with_texts(item: WireItem, fields: Fields, stamps: Stamps) -> WireItem:
    body, odd = _body(fields)
    stamps.oddities += odd
    headlines = tuple(_headlines(fields))
    signals = once(
        filter(None, (_string(one.get("name")) for one in _named(fields.get("signals"))))
    )
    return replace(
        item,
        headlines=headlines,
        abstract=_abstract(fields),
        body=body.text,
        body_html=body.html,
        signals=signals,
        oddities=once(stamps.oddities),
    )


def _headlines(fields: Fields) -> Iterator[Headline]:
    for one in _objects(fields.get("headlines")):
        reader = _string if _is_html(one) else _plain
        if text := reader(one.get("value")):
            yield Headline(text=text, role=_string(one.get("role")))
    if isinstance(fields.get("headlines"), list) and fields["headlines"]:
        return
    found = False
    for name, value in fields.items():
        old = _OLD_HEADLINE.fullmatch(name)
        if old and (text := _string(value)):
            found = True
            yield Headline(text=text, role=old[1])
    if not found and (text := _plain(fields.get("title"))):
        yield Headline(text=text)


def _is_html(one: Fields) -> bool:
    return str(one.get("contenttype") or "").lower().partition(";")[0] in _HTML_TYPES


def _abstract(fields: Fields) -> str | None:
    """Return the summary: of a picture its caption."""
    listed = _objects(fields.get("descriptions"))
    roles = ("summary", "abstract", "caption", "main")
    ranked = sorted(listed, key=lambda one: _rank(roles, one.get("role")))
    for one in ranked:
        value = one.get("value")
        if isinstance(value, str):
            found = some_lines(value) if _is_html(one) else body_of_text(value).text
            if found:
                return found
    old = [value for name, value in fields.items() if _OLD_DESCRIPTION.fullmatch(name)]
    return next(filter(None, map(some_text, [fields.get("description_text"), *old])), None)


def _rank(roles: tuple[str, ...], role: object) -> int:
    return roles.index(role) if role in roles else len(roles)


def _body(fields: Fields) -> tuple[Body, list[str]]:
    """Return the text, of its plain and its marked-up form, and what was odd in it."""
    forms = _bodies(fields)
    marked, odd = body_of_any(forms["html"]) if "html" in forms else (NOTHING, None)
    simple = body_of_text(forms["plain"]) if "plain" in forms else NOTHING
    return joined(marked, simple), [odd] if odd else []


def _bodies(fields: Fields) -> dict[str, str]:
    """Return the first text of each form, those of 2.x and 3.x before those of 1.x."""
    found: dict[str, str] = {}
    for one in _objects(fields.get("bodies")):
        if isinstance(one.get("value"), str):
            found.setdefault("html" if _is_html(one) else "plain", one["value"])
    for name, value in fields.items():
        old = _OLD_BODY.fullmatch(name)
        if old and isinstance(value, str):
            found.setdefault("html" if old[1] in _HTML_TYPES else "plain", value)
    return {form: value for form, value in found.items() if value.strip()}


# ── what it is about ────────────────────────────────────────────────────────────────────


def _with_subjects(item: WireItem, fields: Fields) -> WireItem:
    listed = [
        (one, kind)
        for many, flat, kind in _ABOUT
        for one in _named(fields.get(many) or fields.get(flat))
    ]
    subjects = [_subject(one, kind) for one, kind in listed if one.get("rel") != "keyword"]
    tags = [one.get("name") for one, _ in listed if one.get("rel") == "keyword"]
    sources = [
        Party(name=name, role=_string(one.get("role")), code=_string(one.get("uri")))
        for one in _named(fields.get("infosources"))
        if (name := _plain(one.get("name")))
    ]
    genres = (
        one.get("name") or one.get("code")
        for one in _named(fields.get("genres") or fields.get("genre"))
    )
    keywords = [*tags, *(one.get("name") for one in _named(fields.get("keywords")))]
    services = (one.get("name") or one.get("code") for one in _named(fields.get("service")))
    provider = _plain(fields.get("source") or fields.get("provider"))
    alt_ids = (
        (_string(one.get("role")) or "", _string(one.get("value")) or "")
        for one in _objects(fields.get("altids"))
    )
    return replace(
        item,
        subjects=tuple(one for one in subjects if one.name or one.code),
        sources=tuple(sources),
        genres=once(filter(None, map(_plain, genres))),
        keywords=once(filter(None, map(_plain, keywords))),
        service=once(filter(None, map(_plain, services))),
        provider=Party(name=provider) if provider else None,
        authors=tuple(_authors(fields)),
        alt_ids=tuple(pair for pair in alt_ids if pair[1]),
        links=tuple(_links(fields)),
    )


def _subject(one: Fields, kind: str) -> Subject:
    names = ("uri", "qcode", "code", "literal")
    code = next(filter(None, (_string(one.get(name)) for name in names)), None)
    scheme, local = split_code(code, _string(one.get("scheme")))
    name = _plain(one.get("name"))
    return Subject(
        name=name,
        scheme=scheme,
        code=local,
        kind=kind,
        topic=topic_of(scheme, local),
        relevance=whole_number(one.get("relevance"), most=100),
    )


def _authors(fields: Fields) -> Iterator[Party]:
    for one in _named(fields.get("authors")):
        if name := _plain(one.get("name")):
            yield Party(name=name, role=_string(one.get("role")), code=_string(one.get("uri")))


def _links(fields: Fields) -> Iterator[Link]:
    for one in _objects(fields.get("links")):
        href = _string(one.get("href"))
        residref = _string(one.get("uri"))
        if href or residref:
            yield Link(href=href, residref=residref, rel=_string(one.get("rel")))


# ── files and other items ───────────────────────────────────────────────────────────────


def _renditions(value: object) -> Iterator[Rendition]:
    for one in _objects(value):
        href = _string(one.get("href"))
        if href:
            yield Rendition(
                href=href,
                role=_string(one.get("name")),
                content_type=_string(one.get("contenttype") or one.get("mimetype")),
                title=_plain(one.get("title")),
                width=whole_number(one.get("width")),
                height=whole_number(one.get("height")),
                size=whole_number(one.get("sizeinbytes")),
                duration=number_of(one.get("duration")),
            )


def _associations(fields: Fields, zone: tzinfo | None, depth: int) -> Iterator[Association | Link]:
    """Yield the items beside this one: media as such, texts as a package's members."""
    if depth >= MAX_DEPTH:
        return
    listed = _objects(fields.get("associations"))
    for number, one in enumerate(listed, 1):
        item = _item(one, zone, "", depth + 1)
        name = _string(one.get("name"))
        if item.item_class in ("text", "composite") and item.guid:
            yield Link(
                residref=item.guid,
                rel=_string(one.get("rel")),
                title=item.headline,
                item_class=item.item_class,
                version=item.version,
                group=name,
                order=number,
            )
        elif item.guid or item.renditions:
            yield association_of(item, name)


def association_of(item: WireItem, name: str | None = None) -> Association:
    """Return an item as it stands beside another."""
    return Association(
        item_class=item.item_class,
        name=name,
        guid=item.guid or None,
        headline=item.headline,
        caption=item.abstract or item.body or None,
        credit=item.credit or item.by,
        copyright_notice=item.copyright_notice or item.copyright_holder,
        renditions=item.renditions,
    )
