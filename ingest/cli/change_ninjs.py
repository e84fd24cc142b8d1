"""A change as a ninjs 3.1 document, for `khabar changes --ninjs`.

    new, revised, story   the article as that revision has it, `usable`
    withdrawn, removed    its URI without its text, `canceled`

The standard allows no properties of ours: the change's number, by which a reader goes on after an
interruption, the story and the article it was matched with are among the `altIds`.
"""

from __future__ import annotations

from datetime import UTC, timezone
from typing import TYPE_CHECKING, Any

from ingest.model import Article, Moment, Picture, Precision, ZoneReason
from ingest.wires.ninjs import write_ninjs
from ingest.wires.out import Release, article_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

GONE = frozenset({"withdrawn", "removed"})


def change_ninjs(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of khabar.changes_after as a ninjs document."""
    is_gone = row["kind"] in GONE or row["body"] is None
    release = Release(
        uri=article_uri(row["article"]),
        version=row["revision"] or 1,
        created=(row["first_seen"] or row["at"]).astimezone(UTC),
        released=row["at"].astimezone(UTC),
        is_withdrawn=is_gone,
        url=row["url"],
        source=row["source"],
    )
    document = write_ninjs(None if is_gone else _article(row), release)
    ours = [("canonical", row["canonical"]), ("change", row["change"]), ("story", row["story"])]
    ours.append((row["relation"] or "copy", row["of"] and article_uri(row["of"])))
    known = document.get("altIds", [])
    document["altIds"] = [*known, *({"role": r, "value": str(v)} for r, v in ours if v)]
    return document


def _article(row: Mapping[str, Any]) -> Article:
    same = (
        "title", "body", "body_html", "standfirst", "language", "image", "image_credit",
        "image_caption", "place", "agency", "notice", "partial",
    )  # fmt: skip
    return Article(
        **{name: row[name] for name in same},
        authors=tuple(row["authors"]),
        sections=tuple(row["section"]),
        tags=tuple(row["tags"]),
        credits=tuple(row["credits"]),
        pictures=tuple(Picture(**told) for told in row["pictures"]),
        published=_moment(row, "published"),
        modified=_moment(row, "modified"),
    )


def _moment(row: Mapping[str, Any], name: str) -> Moment | None:
    at, local = row[name], row[f"{name}_local"]
    if at is None:
        return None
    offset = local - at.astimezone(UTC).replace(tzinfo=None)
    return Moment(
        at=at.astimezone(timezone(offset)),
        precision=Precision(row[f"{name}_precision"]),
        text="",
        zone=ZoneReason.TEXT,
    )
