"""Stored articles and stories as documents of a news wire, for `khabar article export`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from ingest.cli.show import json_text
from ingest.storage import article as articles
from ingest.storage import story as stories
from ingest.wires.ninjs import ninjs_of, ninjs_package_of
from ingest.wires.out import Release, article_uri, item_of, package_of, with_facts
from ingest.wires.to_g2 import g2_of
from ingest.wires.to_nitf import nitf_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.storage.queries import Connection
    from ingest.wires import WireItem


class Format(StrEnum):
    """The formats that articles go out in."""

    NINJS = "ninjs"
    G2 = "newsml-g2"
    NITF = "nitf"


def export_articles(
    connection: Connection, ids: Sequence[int], format: Format, *, now: datetime
) -> bytes:
    """Return articles as a document: ninjs a line each, NewsML-G2 one message, NITF one article.

    Raises:
        typer.BadParameter: several, of a format that holds one.
    """
    items = _items(connection, ids)
    if format is Format.NITF and len(items) != 1:
        raise typer.BadParameter("nitf holds one article; name one, or say --format newsml-g2")
    if format is Format.NITF:
        return nitf_of(items[0])
    if format is Format.G2:
        return g2_of(items, sent=now)
    return "\n".join(json_text(ninjs_of(item)) for item in items).encode()


def export_story(connection: Connection, story: int, format: Format, *, now: datetime) -> bytes:
    """Return a story as a package that holds its articles.

    Raises:
        typer.BadParameter: of a format that holds no packages.
    """
    if format is Format.NITF:
        raise typer.BadParameter("nitf holds no packages; say --format newsml-g2 or ninjs")
    members = stories.show_members(connection, story)
    items = _items(connection, [int(member["article"]) for member in members])
    relations = {article_uri(member["article"]): member["relation"] for member in members}
    package = package_of(f"urn:khabar:story:{story}", items, relations)
    if format is Format.G2:
        return g2_of(items, sent=now, package=package)
    return json_text(ninjs_package_of(package, items)).encode()


def _items(connection: Connection, ids: Sequence[int]) -> list[WireItem]:
    current = articles.current_revisions(connection, ids)
    return [_item(connection, current[number]) for number in ids]


def _item(connection: Connection, current: articles.CurrentRevision) -> WireItem:
    """Return a stored article as an item, with what its wire told besides."""
    row = articles.show_article(connection, current.article_id) or {}
    texts = articles.article_revisions(connection, current.article_id)
    first_seen, last_changed = articles.article_times(connection, current.article_id)
    is_gone = current.state != "live"
    release = Release(
        uri=article_uri(current.article_id),
        version=current.revision,
        created=texts[0]["stored"] if texts else first_seen,  # of a removed one nothing is left
        released=texts[-1]["stored"] if texts and not is_gone else last_changed,
        is_withdrawn=is_gone,
        url=current.url,
        source=row.get("source"),
    )
    return with_facts(item_of(current.article, release), row.get("wire") or {})
