"""JSON Feed 1.0 and 1.1; lenient about the types that values come in."""

from __future__ import annotations

import json
import re
from datetime import tzinfo
from html import escape
from typing import Any, Final

from ingest.errors import NotAFeed
from ingest.feeds.elements import MAX_ENTRIES, TOO_MANY, categories_of, one_line, plain
from ingest.feeds.values import author_of, distinct, enclosure_of, is_address, link_of, moment_of
from ingest.markup.fragments import clean_html
from ingest.model import Enclosure, Entry, ParsedFeed
from ingest.text import clean_text

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def read_jsonfeed(text: str, *, url: str, timezone: tzinfo | None) -> ParsedFeed:
    """Return what a JSON Feed says.

    Raises:
        NotAFeed: broken JSON, or JSON that is something else.
    """
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(url, f"broken JSON: {str(error)[:200]}") from error
    if not isinstance(feed, dict) or not isinstance(items := feed.get("items"), list):
        raise NotAFeed(url, "JSON that is no JSON Feed: it has no list of items")
    version = _text(feed.get("version")) or ""
    objects = [item for item in items if isinstance(item, dict)]
    complaints = []
    if "jsonfeed.org" not in version:
        complaints.append("no JSON Feed version in it")
    if len(objects) < len(items):
        complaints.append("items that are no objects are left out")
    if len(objects) > MAX_ENTRIES:
        complaints.append(TOO_MANY)
    authors = _authors(feed)
    return ParsedFeed(
        format="jsonfeed",
        url=url,
        title=_line(feed.get("title")),
        homepage=_link(feed.get("home_page_url"), url),
        self_url=_link(feed.get("feed_url"), url),
        language=_line(feed.get("language")),
        image=_link(feed.get("icon"), url) or _link(feed.get("favicon"), url),
        entries=tuple(_read_item(item, url, timezone, authors) for item in objects[:MAX_ENTRIES]),
        complaints=tuple(complaints),
        hub=next(
            (h for hub in _objects(feed.get("hubs")) if (h := _link(hub.get("url"), url))), None
        ),
        next_url=_link(feed.get("next_url"), url),
    )


def _read_item(
    item: dict[str, Any], url: str, timezone: tzinfo | None, inherited: tuple[str, ...]
) -> Entry:
    guid = _text(item.get("id"))
    content = _text(item.get("content_html"))
    if content is None and (text := _text(item.get("content_text"))):
        content = escape(text, quote=False).replace("\n", "<br>")
    return Entry(
        guid=guid,
        url=_link(item.get("url"), url)
        or _link(item.get("external_url"), url)
        or (_link(guid, url) if is_address(guid) else None),
        title=_line(item.get("title")),
        summary=plain(_text(item.get("summary"))),
        content=(clean_html(content, url) or None) if content else None,
        published=moment_of(_text(item.get("date_published")), timezone),
        updated=moment_of(_text(item.get("date_modified")), timezone),
        authors=_authors(item) or inherited,
        categories=categories_of(
            [tag for value in _list(item.get("tags")) if (tag := _text(value))]
        ),
        image=_link(item.get("image"), url) or _link(item.get("banner_image"), url),
        enclosures=_attachments(item, url),
        language=_line(item.get("language")),
    )


def _attachments(item: dict[str, Any], url: str) -> tuple[Enclosure, ...]:
    files = [
        enclosure_of(
            _link(file.get("url"), url),
            _text(file.get("mime_type")),
            _text(file.get("size_in_bytes")),
        )
        for file in _objects(item.get("attachments"))
    ]
    return tuple(file for file in files if file)


def _authors(thing: dict[str, Any]) -> tuple[str, ...]:
    people = _list(thing.get("authors")) or _list(thing.get("author"))
    names = [person.get("name") if isinstance(person, dict) else person for person in people]
    return distinct([author_of(_text(name)) for name in names])


def _text(value: object) -> str | None:
    """Return a string or a number as text that can be stored; None for anything else or nothing."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value).strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)[:100]
    return None


def _line(value: object) -> str | None:
    text = _text(value)
    return one_line(escape(clean_text(text), quote=False)) if text else None


def _link(value: object, base: str) -> str | None:
    return link_of(_text(value), base)


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
