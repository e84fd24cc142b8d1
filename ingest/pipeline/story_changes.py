"""What consumers are told of stories: who belongs to another one now, and who is the original.

Asked whenever the members of a story change: on arrival, on a merge, on a person's word.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.extract.agencies import SPELLINGS
from ingest.identity.originals import Telling, likely_original
from ingest.storage import source as sources
from ingest.storage import story as stories
from ingest.storage.change import Change

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ingest.storage.queries import Connection
    from ingest.storage.story import MovedArticle, StoredTelling

FIRST_ARTICLES = 50  # of a story are asked; who comes later than these began nothing
SEEN = ("live", "withdrawn")  # states of articles that consumers see


def story_changes(
    connection: Connection,
    moved: Sequence[MovedArticle],
    story_ids: Collection[int],
    *,
    at: datetime | None,
    cause: str,
) -> list[Change]:
    """Name the originals of stories; return what consumers are to be told, an article once.

    Args:
        connection: in the transaction that changed the stories, under the change lock.
        moved: articles that belong to another story than before.
        story_ids: stories whose members changed and that have any.
        at: when; None where nothing was published.
        cause: of the changes.
    """
    if at is None:
        return []
    slugs = sources.slugs_of(connection, {article.source_id for article in moved})
    told = {
        article.id: Change(
            at=at,
            kind="story",
            cause=cause,
            changed=["story"],
            article=article.id,
            source=slugs[article.source_id],
            revision=article.revision,
            story=article.story_id,
        )
        for article in moved
        if article.state in SEEN
    }
    for change in _name_originals(connection, story_ids, at=at, cause=cause):
        before = told.get(change.article)
        changed = [*(before.changed if before else ()), *change.changed]
        told[change.article] = replace(change, changed=changed)
    return list(told.values())


def _name_originals(
    connection: Connection, story_ids: Collection[int], *, at: datetime, cause: str
) -> list[Change]:
    """Name each story's likely original and why; return a change for each that is another now."""
    told: dict[int, list[Telling]] = {}
    if story_ids:
        for row in stories.tellings_of(connection, story_ids, most=FIRST_ARTICLES):
            told.setdefault(row.story_id, []).append(_telling(row))
    likely = {story_id: likely_original(tellings) for story_id, tellings in told.items()}
    named = {story_id: (int(found.article), found.reason) for story_id, found in likely.items()}
    return [
        Change(
            at=at,
            kind="story",
            cause=cause,
            changed=["original"],
            article=original.id,
            source=original.source,
            revision=original.revision,
            story=original.story_id,
        )
        for original in stories.name_originals(connection, named)
        if original.is_another
    ]


def _telling(row: StoredTelling) -> Telling:
    signs = row.signs or ""
    return Telling(
        article=str(row.article_id),
        source=row.source,
        names=tuple(filter(None, (signs, row.name, row.source, *SPELLINGS.get(signs, ())))),
        urls=tuple(row.urls),
        credited=tuple(filter(None, (row.agency, *row.authors, *row.credits))),
        says=row.says,
        based_on=row.based_on,
        published=row.published_at,
        arrived=row.first_seen_at,
    )
