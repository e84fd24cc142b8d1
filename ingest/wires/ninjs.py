"""ninjs, the IPTC's news in JSON.

    1.x   flat: headline, body_text, body_html, byline; renditions and associations by name
    2.x   lower case: headlines[], bodies[], versioncreated
    3.x   camelCase: versionCreated, embargoedUntil, contentType

Only `uri` is required of a document (ninjs-schema 1.0 to 3.1). An unknown property is an error
of the 3.1 schema, so nothing of our own is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from ingest.markup.encoding import decode
from ingest.model import Article, Moment, Precision
from ingest.wires.article import article_of
from ingest.wires.from_ninjs import read_ninjs_document

STANDARD: Final = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
}


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
    text, _ = decode(body)
    document = read_ninjs_document(text, None, "")
    return article_of(document.items[0])
