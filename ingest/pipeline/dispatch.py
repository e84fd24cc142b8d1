"""A wire's document as it was received ▶ what is to be stored of each of its items.

    bytes ─ archive? taken apart ─ read_wire ─▶ items ─ article_of, facts_of ─▶ Dispatch

Asks nothing of network or database: the same bytes give the same dispatches again, so that
whatever lies in the archive of raw pages can be read anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from ingest.errors import WireError
from ingest.extract.dateline import dateline_of
from ingest.identity.versions import Standing
from ingest.model import WireService
from ingest.pipeline.believe import complete_article
from ingest.pipeline.outcomes import Dispatch
from ingest.wires import article_of, has, read_wire
from ingest.wires.archives import members_of
from ingest.wires.door import is_named_by_bytes
from ingest.wires.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ingest.model import Article, Source
    from ingest.wires import WireItem

log = structlog.get_logger(__name__)

# Reuters' tag:reuters.com,2019:newsml_L5N1ZK1AB:4 is another guid in each version.
_VERSIONED = re.compile(r"(tag:[^:\s]+:newsml_[^:\s]+):\d+")
LONGEST_KEY = 500  # characters; a longer guid is no name but a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one document gave: items to store, and in words what it did not give.

    Attributes:
        name: of the member of an archive; None for a document that came alone.
    """

    name: str | None
    dispatches: tuple[Dispatch, ...] = ()
    problem: str | None = None


def read_document(
    body: bytes, *, url: str, content_type: str | None, source: Source, now: datetime
) -> Iterator[Reading]:
    """Yield what a document holds, or each document of an archive; a bad one is told, not raised.

    Args:
        body: as received.
        url: where from.
        content_type: as sent, where it came by HTTP.
        source: whose wire it is.
        now: virtual; dates that cannot be true are left out.

    Raises:
        WireError: an archive that cannot be opened, or beyond its bounds.
    """
    for member in members_of(body):
        name = None if member.name is None else shown_name(member.name)
        if member.problem:
            yield Reading(name=name, problem=member.problem)
            continue
        where = url if name is None else f"{url}!/{name}"
        reading = _read_one(member.content, where, content_type, source, now)
        if name is not None:  # what is packed under a name today is packed under another tomorrow
            alone = (replace(one, is_nameless=False) for one in reading.dispatches)
            reading = replace(reading, name=name, dispatches=tuple(alone))
        yield reading


def _read_one(
    body: bytes, url: str, content_type: str | None, source: Source, now: datetime
) -> Reading:
    """Return what one document holds."""
    try:
        found = read_wire(body, content_type=content_type, zone=source.timezone)
        alone = len(found.items) == 1
        dispatches = tuple(
            _dispatch(item, url, source, now, is_alone=alone) for item in found.items
        )
    except WireError as error:
        return Reading(name=None, problem=str(error))
    except Exception as error:  # a fault of ours costs this document, its neighbours nothing
        log.exception("wire.broken", url=url)
        return Reading(name=None, problem=f"reading it failed: {type(error).__name__}")
    nothing = "; ".join(found.ignored)[:300] or "no item in it"
    return Reading(name=None, dispatches=dispatches, problem=None if dispatches else nothing)


def shown_name(name: str) -> str:
    """Return a file's name as part of an address: bytes that are no plain letters are escaped."""
    return quote(name.encode("utf-8", "surrogateescape"))


def _dispatch(
    item: WireItem, url: str, source: Source, now: datetime, *, is_alone: bool = False
) -> Dispatch:
    """Return an item as it is to be stored; one that is alone may be named by its document."""
    facts, key, wire = facts_of(item), key_of(item.guid), source.wire
    if isinstance(wire, WireService):
        named = has.id_within(item.guid) or has.item_in(wire.root, url if is_alone else "")
        if named is not None:
            key, url = named, has.document_url(wire.root, named, wire.document)
        if files := has.files_of(wire.root, key, item):
            facts["files"] = files
    return Dispatch(
        key=key,
        url=url,
        standing=Standing(
            version=item.version_number,
            released=None if item.version_created is None else item.version_created.at,
        ),
        status=item.pub_status.value,
        article=_article(item, source, now),
        facts=facts,
        embargoed=None if item.embargoed is None else item.embargoed.at,
        is_nameless=is_alone and is_named_by_bytes(item.guid),
    )


def key_of(guid: str) -> str:
    """Return the agency's own key: the guid without anything of its version."""
    guid = guid.strip()
    if found := _VERSIONED.fullmatch(guid):
        guid = found[1]
    return guid[:LONGEST_KEY]


def _article(item: WireItem, source: Source, now: datetime) -> Article | None:
    try:
        article = article_of(item, source, find_dateline=dateline_of)
    except WireError:
        return None  # nothing for readers: a withdrawal, a package of links
    return complete_article(article, None, now)


def dispatch_of_row(row: has.Row, source: Source, now: datetime) -> Dispatch:
    """Return what a search's row alone tells of a picture, video, graphic or file."""
    return _dispatch(has.item_of(row), "", source, now)
