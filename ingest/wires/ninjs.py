"""ninjs 3.1, the IPTC's news in JSON, written; `from_ninjs` reads all its versions.

An unknown property is an error of the 3.1 schema, so nothing of our own is written; only `uri` is
required. What a URI cannot name is named by `literal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingest.markup.encoding import decode
from ingest.model import Moment, Precision
from ingest.wires.article import article_of
from ingest.wires.from_ninjs import read_ninjs_document
from ingest.wires.item import Association, PubStatus, Rendition, Subject, WireItem
from ingest.wires.out import Release, item_of
from ingest.wires.subjects import code_uri, is_uri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.model import Article

__all__ = ["Release", "ninjs_of", "ninjs_package_of", "read_ninjs", "write_ninjs"]

STANDARD: Final = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
}
TYPES: Final = frozenset(
    ["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"]
)
_ABOUT: Final = {
    "subject": "subjects",
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "event": "events",
    "object": "objects",
}


def write_ninjs(article: Article | None, release: Release) -> dict[str, Any]:
    """Return an article as a ninjs 3.1 document; None and a withdrawn one carry no text."""
    return ninjs_of(item_of(article, release))


def read_ninjs(body: bytes) -> Article:
    """Return the article of a ninjs document of any version.

    Raises:
        WireError: not JSON, not an object, no `uri`, or no text at all.
    """
    text, _ = decode(body)
    document = read_ninjs_document(text, None, "")
    return article_of(document.items[0])


def ninjs_of(item: WireItem) -> dict[str, Any]:
    """Return an item as a ninjs 3.1 document; one that is canceled carries no text."""
    document = _kept(
        {
            "uri": item.guid if is_uri(item.guid) else f"urn:khabar:{item.guid}",
            "type": item.item_class if item.item_class in TYPES else "component",
            "representationType": "partial" if item.is_partial else "full",
            "profile": item.profile,
            "version": item.version,
            "firstCreated": _date_time(item.first_created),
            "versionCreated": _date_time(item.version_created),
            "embargoedUntil": _date_time(item.embargoed),
            "pubStatus": item.pub_status.value,
            "standard": STANDARD,
            "altIds": [_kept({"role": role, "value": value}) for role, value in item.alt_ids],
            "infoSources": [_kept({"role": one.role, "name": one.name}) for one in item.sources],
        }
    )
    if item.pub_status is PubStatus.CANCELED:
        return document
    return document | _text_properties(item) | _descriptive_properties(item) | _about(item)


def ninjs_package_of(package: WireItem, items: Sequence[WireItem]) -> dict[str, Any]:
    """Return a package as one document that holds its items, each whole."""
    document = ninjs_of(package)
    groups = {link.residref: link.group for link in package.members}
    document["associations"] = [
        {"name": groups.get(item.guid) or "item"} | ninjs_of(item) for item in items
    ]
    return document


def _kept(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value not in (None, "", [])}


def _text_properties(item: WireItem) -> dict[str, Any]:
    headlines = [
        _kept({"role": one.role, "contentType": "text/plain", "value": one.text})
        for one in item.headlines
    ]
    found: dict[str, Any] = {"title": item.headline, "headlines": headlines}
    if item.body:
        counts = {"charCount": len(item.body), "wordCount": len(item.body.split())}
        plain = {"role": "main", "contentType": "text/plain", "value": item.body}
        found["bodies"] = [plain | counts]
        if item.body_html:
            html = {"role": "main", "contentType": "text/html", "value": item.body_html}
            found["bodies"].append(html)
    if item.abstract:
        role = "summary" if item.item_class == "text" else "caption"
        summary = {"role": role, "contentType": "text/plain", "value": item.abstract}
        found["descriptions"] = [summary]
    return _kept(found)


def _descriptive_properties(item: WireItem) -> dict[str, Any]:
    return _kept(
        {
            "contentCreated": _date_time(item.content_created),
            "expires": _date_time(item.expires),
            "language": item.language,
            "urgency": item.urgency,
            "slugline": item.slugline,
            "by": item.by,
            "located": next((one.name for one in item.located if one.name), None),
            "copyrightNotice": item.copyright_notice,
            "copyrightHolder": item.copyright_holder,
            "usageTerms": item.usage_terms,
            "edNote": "\n".join(item.notes),
            "genres": [{"name": name} for name in item.genres],
            "renditions": _renditions(item.renditions),
            "associations": [_association(one) for one in item.associations],
        }
    )


def _about(item: WireItem) -> dict[str, Any]:
    """Return what it is about, by kind; keywords are subjects of their own relation."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in item.subjects:
        found.setdefault(_ABOUT.get(one.kind, "subjects"), []).append(_subject(one))
    words = [{"name": word, "rel": "keyword"} for word in item.keywords]
    if words:
        found.setdefault("subjects", []).extend(words)
    return found


def _subject(one: Subject) -> dict[str, Any]:
    uri, literal = code_uri(one.scheme, one.code)
    relevance = one.relevance if one.kind == "subject" else None
    return _kept({"name": one.name, "uri": uri, "literal": literal, "relevance": relevance})


def _association(one: Association) -> dict[str, Any]:
    """Return a picture or film beside the text; the schema wants a name and a URI of each."""
    href = next((file.href for file in one.renditions if file.href), None)
    uri = next((word for word in (one.guid, href) if word and is_uri(word)), None)
    caption = {"role": "caption", "contentType": "text/plain", "value": one.caption}
    return _kept(
        {
            "uri": uri or f"urn:khabar:{one.guid or one.name or 'picture'}",
            "type": one.item_class if one.item_class in TYPES else "component",
            "name": one.name or "picture",
            "by": one.credit,
            "title": one.headline,
            "copyrightNotice": one.copyright_notice,
            "descriptions": [caption] if one.caption else [],
            "renditions": _renditions(one.renditions),
        }
    )


def _renditions(files: Sequence[Rendition]) -> list[dict[str, Any]]:
    return [
        _kept(
            {
                "name": one.role or "rendition",
                "href": one.href,
                "contentType": one.content_type,
                "title": one.title,
                "width": one.width,
                "height": one.height,
                "sizeInBytes": one.size,
                "duration": one.duration,
            }
        )
        for one in files
        if one.href and is_uri(one.href)
    ]


def _date_time(moment: Moment | None) -> str | None:
    """Return a moment as the date-time that the schema wants; a day alone is none."""
    return None if moment is None or moment.precision is Precision.DAY else moment.at.isoformat()
