"""Stories, and the index of texts that finds which articles belong to one.

A feature is an unsigned 32-bit hash; Postgres has no such type, so 2^31 is taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.storage.queries import Connection, columns_of, load_queries, run_many, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

QUERIES = load_queries("story")
_SIGN = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPosting:
    """An article that holds a feature, and its story now."""

    feature: int
    article_id: int
    source: str
    story_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSketch:
    """An article's sketch as bytes, with what it is compared by besides."""

    article_id: int
    arrived: datetime
    settled: bool
    published: datetime | None
    sketch: bytes
    story_id: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSketch:
    """A sketch to keep, under its features."""

    article_id: int
    arrived: datetime
    settled: bool
    published: datetime | None
    sketch: bytes
    features: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story to make: its number is that of the article that opened it."""

    id: int
    original_id: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMembership:
    """Where an article belongs."""

    id: int
    story_id: int
    relation: str
    of_id: int | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedArticle:
    """An article whose story became another's."""

    id: int
    revision: int
    source_id: int
    story_id: int


def find_postings(
    connection: Connection, features: Collection[int], *, since: datetime, most: int
) -> list[FoundPosting]:
    """Return the newest articles that hold each feature, the latest linked last."""
    wanted = [feature - _SIGN for feature in features]
    rows = connection.execute(
        QUERIES["find_postings"], {"features": wanted, "since": since, "most": most}
    ).fetchall()
    return [
        FoundPosting(feature=row[0] + _SIGN, article_id=row[1], source=row[2], story_id=row[3])
        for row in rows
    ]


def load_sketches(
    connection: Connection, ids: Collection[int], *, since: datetime
) -> list[StoredSketch]:
    """Return the newest sketch of each article, as far as the window holds it."""
    params = {"ids": list(ids), "since": since}
    return select(connection, StoredSketch, QUERIES["load_sketches"], params)


def forget_sketches(connection: Connection, features: Mapping[int, Sequence[int]]) -> None:
    """Take articles' older texts out of the index: article id to the features it held."""
    rows = [
        {"article_id": article_id, "features": [feature - _SIGN for feature in held]}
        for article_id, held in features.items()
    ]
    run_many(connection, QUERIES["forget_postings"], rows)
    run_many(connection, QUERIES["forget_sketch"], rows)


def add_sketches(connection: Connection, sketches: Sequence[NewSketch]) -> None:
    """Keep sketches, in order, each under its features."""
    rows = [
        columns_of(sketch) | {"features": [feature - _SIGN for feature in sketch.features]}
        for sketch in sketches
    ]
    run_many(connection, QUERIES["add_sketch"], rows)
    run_many(connection, QUERIES["add_postings"], rows)


def add_stories(connection: Connection, stories: Sequence[StoryRow]) -> None:
    """Make stories."""
    run_many(connection, QUERIES["add_story"], [columns_of(story) for story in stories])


def link_stories(connection: Connection, links: Sequence[StoryMembership]) -> None:
    """Say where articles belong."""
    run_many(connection, QUERIES["link_story"], [columns_of(link) for link in links])


def merge_stories(connection: Connection, merges: Mapping[int, int]) -> list[MovedArticle]:
    """Move the articles of each story on the left to the one on the right; return them."""
    moved = []
    for gone, into in merges.items():
        rows = connection.execute(QUERIES["merge_story"], {"gone": gone, "into": into}).fetchall()
        moved += [
            MovedArticle(id=row[0], revision=row[1], source_id=row[2], story_id=into)
            for row in rows
        ]
    return moved
