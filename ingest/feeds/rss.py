"""RSS 0.9x, 1.0 (RDF) and 2.0, with the modules that agencies use.

    rss ─ channel ─ item            rdf:RDF ─┬ channel
                                             └ item
Some 2.0 feeds put items beside the channel and some 1.0 feeds inside it: both are read.
"""

from __future__ import annotations

from datetime import timedelta, tzinfo

from lxml import etree

from ingest.feeds.elements import (
    MAX_ENTRIES,
    MAX_LINKS,
    TOO_MANY,
    Children,
    Reading,
    all_texts,
    categories_of,
    files_of,
    first_markup,
    first_text,
    language_of,
    one_line,
    picture_of,
    plain,
    text_of,
)
from ingest.feeds.names import Names, name_of, namespace_of
from ingest.feeds.values import (
    author_of,
    days_of,
    distinct,
    hours_of,
    is_address,
    link_of,
    minutes_of,
    moment_of,
    update_interval,
)
from ingest.markup.fragments import clean_html
from ingest.model import Entry, ParsedFeed

_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_RDF_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def read_rss(root: etree._Element, *, url: str, timezone: tzinfo | None) -> ParsedFeed:
    """Return what an RSS document says; `root` is rss, rdf:RDF or a bare channel."""
    has_bases = bool(root.xpath("boolean(//@xml:base)"))
    channel, items, own = _parts(root)
    reading = Reading(url=url, names=Names(own), timezone=timezone, has_bases=has_bases)
    found = reading.children(channel) if channel is not None else {}
    complaints = [TOO_MANY] if len(items) > MAX_ENTRIES else []
    if not items and channel is None:
        complaints.append("neither a channel nor an item in it")
    rels = _links_by_rel(found, reading)
    beside = reading.children(root)
    return ParsedFeed(
        format="rdf" if name_of(str(root.tag), own) == "rdf:rdf" else "rss",
        url=url,
        title=one_line(first_markup(found, "title", "dc:title")),
        homepage=_first_link(found, reading) or rels.get("alternate"),
        self_url=rels.get("self"),
        language=language_of(channel, found) if channel is not None else None,
        image=picture_of({**beside, **found}, reading) or _image_resource(found, reading),
        entries=tuple(read_item(item, reading) for item in items[:MAX_ENTRIES]),
        complaints=tuple(complaints),
        hub=rels.get("hub"),
        poll_interval=_poll_interval(found),
        skip_hours=hours_of(_texts_within(found, "skiphours")),
        skip_days=days_of(_texts_within(found, "skipdays")),
        next_url=rels.get("next") or rels.get("prev-archive"),
    )


def _parts(root: etree._Element) -> tuple[etree._Element | None, list[etree._Element], str]:
    """Return channel, items and the namespace they are in."""
    channel = root if name_of(str(root.tag), namespace_of(root)) == "channel" else None
    items: list[etree._Element] = []
    own = namespace_of(root) if channel is not None else ""
    for child in root:
        local = str(child.tag).rpartition("}")[2].lower()
        if local == "channel" and channel is None:
            channel, own = child, namespace_of(child)
        elif local == "item":
            items.append(child)
            own = own or namespace_of(child)
    if channel is not None and channel is not root:
        items = [
            child for child in channel if str(child.tag).rpartition("}")[2].lower() == "item"
        ] + items
    return channel, items, own


def read_item(item: etree._Element, reading: Reading) -> Entry:
    """Return what one item announces."""
    found = reading.children(item)
    guid = first_text(found, "guid", "atom:id") or item.get(_RDF_ABOUT)
    content = first_markup(found, "content:encoded", "xhtml:body", "xhtml:div", "atom:content")
    timezone = reading.timezone
    return Entry(
        guid=guid,
        url=_first_link(found, reading) or _other_link(item, found, reading, guid),
        title=one_line(first_markup(found, "title", "media:title", "dc:title", "itunes:title")),
        summary=plain(
            first_markup(
                found,
                "description",
                "atom:summary",
                "media:description",
                "dc:description",
                "itunes:summary",
            )
        ),
        content=(clean_html(content, reading.base(item)) or None) if content else None,
        published=moment_of(
            first_text(
                found,
                "pubdate",
                "dc:date",
                "dcterms:issued",
                "dcterms:created",
                "atom:published",
                "dcterms:date",
                "atom:issued",
                "date",
            ),
            timezone,
        ),
        updated=moment_of(
            first_text(found, "atom:updated", "dcterms:modified", "atom:modified"), timezone
        ),
        authors=_authors(found, reading),
        categories=categories_of(all_texts(found, "category", "dc:subject")),
        image=picture_of(found, reading),
        enclosures=files_of(found, reading),
        language=language_of(item, found),
    )


def _first_link(found: Children, reading: Reading) -> str | None:
    """Return the element's own link: a child of its own, never one nested deeper."""
    for element in found.get("link", [])[:MAX_LINKS]:
        if url := reading.link(element, text_of(element).strip() or element.get("href")):
            return url
    return None


def _other_link(
    item: etree._Element, found: Children, reading: Reading, guid: str | None
) -> str | None:
    """Return Atom's link in an RSS item, else a guid that is a permalink."""
    for element in found.get("atom:link", ()):
        if element.get("rel", "alternate") == "alternate" and (
            url := reading.link(element, element.get("href"))
        ):
            return url
    permalink = next((e.get("isPermaLink", "true") for e in found.get("guid", ())), "true")
    if permalink.strip().lower() != "false" and is_address(guid):
        return link_of(guid, reading.base(item))
    return None


def _authors(found: Children, reading: Reading) -> tuple[str, ...]:
    written = all_texts(found, "dc:creator", "author") or all_texts(found, "itunes:author")
    for element in found.get("atom:author", ()):
        written += all_texts(reading.children(element), "atom:name")
    return distinct([author_of(text) for text in written])


def _links_by_rel(found: Children, reading: Reading) -> dict[str, str]:
    """Return the channel's Atom links, the first of each relation."""
    links: dict[str, str] = {}
    for element in found.get("atom:link", ()):
        url = reading.link(element, element.get("href"))
        for rel in element.get("rel", "alternate").lower().split():
            if url:
                links.setdefault(rel, url)
    return links


def _image_resource(found: Children, reading: Reading) -> str | None:
    for element in found.get("image", ()):
        if url := reading.link(element, element.get(_RDF_RESOURCE)):
            return url
    return None


def _texts_within(found: Children, name: str) -> list[str]:
    return [text_of(child) for outer in found.get(name, ()) for child in outer]


def _poll_interval(found: Children) -> timedelta | None:
    named = (
        minutes_of(first_text(found, "ttl")),
        update_interval(
            first_text(found, "sy:updateperiod"), first_text(found, "sy:updatefrequency")
        ),
    )
    return max((interval for interval in named if interval), default=None)
