"""ninjs, the IPTC's news in JSON.

    1.x   flat: headline, body_text, body_html, byline; renditions and associations by name
    2.x   lower case: headlines[], bodies[], versioncreated
    3.x   camelCase: versionCreated, embargoedUntil, contentType

Only `uri` is required of a document (ninjs-schema 1.0 to 3.1). An unknown property is an error
of the 3.1 schema, so nothing of our own is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from typing import Any, Final

from ingest.errors import WireError
from ingest.model import Article, Moment, Precision, ZoneReason
from ingest.text import clean_text, squeeze

STANDARD: Final = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
}
_BLOCK_END: Final = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote|tr)\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What makes an article a document of a wire, besides its text.

    Attributes:
        uri: identifies the article, the same for all its versions.
        version: of the article's text, from 1 upwards.
        created: when the article was first stored; aware.
        released: when this version was; aware.
        is_withdrawn: the agency took it away: a document without its text that says `canceled`.
        url: where people read it.
        source: who published it.
    """

    uri: str
    version: int
    created: datetime
    released: datetime
    is_withdrawn: bool = False
    url: str | None = None
    source: str | None = None


def write_ninjs(article: Article | None, release: Release) -> dict[str, Any]:
    """Return an article as a ninjs 3.1 document; None and a withdrawn one carry no text."""
    document: dict[str, Any] = {
        "uri": release.uri,
        "type": "text",
        "representationType": "full",
        "version": str(release.version),
        "firstCreated": release.created.isoformat(),
        "versionCreated": release.released.isoformat(),
        "pubStatus": "canceled" if release.is_withdrawn or article is None else "usable",
        "standard": STANDARD,
    }
    if release.url:
        document["altIds"] = [{"role": "url", "value": release.url}]
    if release.source:
        document["infoSources"] = [{"role": "publisher", "name": release.source}]
    if article is None or release.is_withdrawn:
        return document
    if article.partial:
        document["representationType"] = "partial"
    return document | _text_properties(article) | _descriptive_properties(article)


def _text_properties(article: Article) -> dict[str, Any]:
    html = article.body_html or "".join(f"<p>{escape(p)}</p>" for p in article.body.splitlines())
    found: dict[str, Any] = {
        "bodies": [
            {"role": "main", "contentType": "text/plain", "value": article.body}
            | {"charCount": len(article.body), "wordCount": len(article.body.split())},
            {"role": "main", "contentType": "text/html", "value": html},
        ]
    }
    if article.title:
        found["title"] = article.title
        headline = {"role": "main", "contentType": "text/plain", "value": article.title}
        found["headlines"] = [headline]
    if article.standfirst:
        summary = {"role": "summary", "contentType": "text/plain", "value": article.standfirst}
        found["descriptions"] = [summary]
    return found


def _descriptive_properties(article: Article) -> dict[str, Any]:
    found: dict[str, Any] = {
        "contentCreated": _date_time(article.published),
        "language": article.language,
        "by": ", ".join(article.authors) or None,
        "located": article.place,
        "copyrightNotice": article.notice,
        "copyrightHolder": article.agency,
        "subjects": [{"name": name} for name in (*article.sections, *article.tags)],
    }
    if article.image:
        picture = {"uri": article.image, "type": "picture", "name": "mainpicture"}
        if article.image_credit:
            picture["by"] = article.image_credit
        if article.image_caption:
            picture["title"] = article.image_caption
        found["associations"] = [
            picture | {"renditions": [{"name": "original", "href": article.image}]}
        ]
    return {name: value for name, value in found.items() if value}


def _date_time(moment: Moment | None) -> str | None:
    """Return a moment as the date-time that the schema wants; a day alone is none."""
    return None if moment is None or moment.precision is Precision.DAY else moment.iso()


def read_ninjs(body: bytes) -> Article:
    """Return the article of a ninjs document of any version.

    Raises:
        WireError: not JSON, not an object, no `uri`, or no text at all.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("uri"), str):
        raise WireError("not a ninjs document: it has no uri")
    fields = {str(name).lower(): value for name, value in document.items()}
    text = _body(fields)
    if not text:
        raise WireError(f"{document['uri']}: no text")
    picture = _picture(fields)
    return Article(
        title=_valued(fields, "headlines", "headline") or _string(fields.get("title")),
        standfirst=_valued(fields, "descriptions", "description_text"),
        body=text,
        body_html=_valued(fields, "bodies", "body_html", media="text/html") or "",
        authors=_authors(fields),
        published=_moment(fields.get("contentcreated") or fields.get("firstcreated")),
        modified=_moment(fields.get("versioncreated")),
        language=_string(fields.get("language")),
        sections=_names(fields.get("subjects") or fields.get("subject")),
        image=picture.get("href"),
        image_credit=picture.get("by"),
        image_caption=picture.get("title"),
        place=_string(fields.get("located")),
        agency=_string(fields.get("copyrightholder")),
        notice=_string(fields.get("copyrightnotice")),
        partial=fields.get("representationtype") in ("partial", "incomplete"),
        rule="ninjs",
    )


def _string(value: object) -> str | None:
    return squeeze(clean_text(value)) or None if isinstance(value, str) else None


def _list(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or of an object keyed by name (1.x)."""
    found = value.values() if isinstance(value, Mapping) else value
    if not isinstance(found, list | type({}.values())):
        return []
    return [item for item in found if isinstance(item, Mapping)]


def _valued(
    fields: Mapping[str, Any], many: str, flat: str, *, media: str = "text/plain"
) -> str | None:
    """Return the value of a media type: from the list of 2.x and 3.x, else 1.x's property."""
    for item in _list(fields.get(many)):
        kind = item.get("contentType") or item.get("contenttype") or "text/plain"
        if kind == media and isinstance(item.get("value"), str):
            return clean_text(item["value"]).strip() or None
    value = fields.get(flat)
    return clean_text(value).strip() or None if isinstance(value, str) else None


def _body(fields: Mapping[str, Any]) -> str:
    """Return the text, a paragraph a line: the plain one, else the HTML one without its tags."""
    plain = _valued(fields, "bodies", "body_text")
    if plain is None:
        html = _valued(fields, "bodies", "body_html", media="text/html") or ""
        plain = unescape(_TAG.sub("", _BLOCK_END.sub("\n", html)))
    lines = (squeeze(line) for line in clean_text(plain).splitlines())
    return "\n".join(line for line in lines if line)


def _authors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    by = _string(fields.get("by") or fields.get("byline"))
    return tuple(name for name in map(str.strip, (by or "").split(",")) if name)


def _names(value: object) -> tuple[str, ...]:
    return tuple(filter(None, (_string(item.get("name")) for item in _list(value))))


def _picture(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return address, credit and title of the first picture."""
    for item in _list(fields.get("associations")):
        renditions = _list(item.get("renditions"))
        href = next((r["href"] for r in renditions if isinstance(r.get("href"), str)), None)
        if item.get("type") == "picture" and href is not None:
            found = {"by": _string(item.get("by") or item.get("byline"))}
            found["title"] = _string(item.get("title") or item.get("headline"))
            return {"href": href} | {name: text for name, text in found.items() if text}
    return {}


def _moment(value: object) -> Moment | None:
    """Return a date-time of the document; one without a zone is read as UTC and says so."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    zone = ZoneReason.TEXT if at.tzinfo else ZoneReason.NONE
    aware = at if at.tzinfo else datetime.fromisoformat(f"{at.isoformat()}+00:00")
    return Moment(at=aware, precision=Precision.SECOND, text=value, zone=zone)
