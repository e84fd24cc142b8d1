"""Stories, and the index of texts that finds which articles belong to one.

A feature is an unsigned 32-bit hash; Postgres has no such type, so 2^31 is taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest.storage.queries import (
    Connection,
    by_column,
    columns_of,
    copy_rows,
    load_queries,
    run,
    run_many,
    select,
    select_dicts,
    select_many,
)

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
    published: datetime | None
    sketch: bytes
    story_id: int
    settled: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSketch:
    """A sketch to keep, under its features."""

    article_id: int
    arrived: datetime
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
    state: str
    story_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTelling:
    """What an article of a story tells of where the story came from.

    Attributes:
        signs: the credit its source signs with.
        agency: who signs the article itself.
        says: standfirst, beginning and end of its text.
    """

    story_id: int
    article_id: int
    source: str
    name: str
    signs: str | None
    urls: list[str]
    agency: str | None
    authors: list[str]
    credits: list[str]
    based_on: str | None
    published_at: datetime | None
    first_seen_at: datetime
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOriginal:
    """A story's original as it is named now; `is_another` than before."""

    story_id: int
    id: int
    revision: int
    source: str
    is_another: bool


def tellings_of(
    connection: Connection, story_ids: Collection[int], *, most: int
) -> list[StoredTelling]:
    """Return what the first articles of each story tell of where it came from."""
    params = {"ids": list(story_ids), "most": most}
    return select(connection, StoredTelling, QUERIES["tellings_of"], params)


def name_originals(
    connection: Connection, named: Mapping[int, tuple[int, str]]
) -> list[NamedOriginal]:
    """Name the original of each story, and why; return those of which that was not known."""
    rows = [
        {"id": story_id, "original_id": original_id, "reason": reason}
        for story_id, (original_id, reason) in sorted(named.items())
    ]
    answers = select_many(connection, QUERIES["name_original"], rows)
    return [
        NamedOriginal(
            story_id=answer[0],
            id=answer[1],
            revision=answer[2],
            source=answer[3],
            is_another=answer[4],
        )
        for answer in answers
        if answer is not None
    ]


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
    rows = [columns_of(sketch) | {"features": _array(sketch.features)} for sketch in sketches]
    copy_rows(connection, QUERIES["add_sketches"], rows)
    if rows:
        run(connection, QUERIES["add_postings"], by_column(rows))


def _array(features: Sequence[int]) -> str:
    return f"{{{','.join([str(feature - _SIGN) for feature in features])}}}"


def add_stories(connection: Connection, stories: Sequence[StoryRow]) -> None:
    """Make stories."""
    if stories:
        rows = by_column([columns_of(story) for story in stories])
        run(connection, QUERIES["add_stories"], rows)


def link_stories(connection: Connection, links: Sequence[StoryMembership]) -> None:
    """Say where articles belong."""
    run_many(connection, QUERIES["link_story"], [columns_of(link) for link in links])


def merge_stories(connection: Connection, merges: Mapping[int, int]) -> list[MovedArticle]:
    """Move the articles of each story on the left to the one on the right; return them."""
    moved = []
    for gone, into in merges.items():
        rows = connection.execute(QUERIES["merge_story"], {"gone": gone, "into": into}).fetchall()
        moved += [
            MovedArticle(id=row[0], revision=row[1], source_id=row[2], state=row[3], story_id=into)
            for row in rows
        ]
    return moved


def story_members(connection: Connection, story_ids: Collection[int]) -> list[MovedArticle]:
    """Return the articles of some stories, removed ones included, oldest first."""
    params = {"ids": list(story_ids)}
    return select(connection, MovedArticle, QUERIES["story_members"], params)


def stories_of(connection: Connection, article_ids: Collection[int]) -> dict[int, int]:
    """Return the story of each article that has one."""
    params = {"ids": list(article_ids)}
    return dict(connection.execute(QUERIES["stories_of"], params).fetchall())


def move_articles(
    connection: Connection, article_ids: Collection[int], *, into: int
) -> list[MovedArticle]:
    """Let articles belong to another story; return them."""
    params = {"ids": list(article_ids), "into": into}
    return select(connection, MovedArticle, QUERIES["move_articles"], params)


def settle_stories(connection: Connection, story_ids: Sequence[int], *, at: datetime) -> None:
    """Keep stories, made if need be, from being moved by any merge."""
    rows = [{"id": story_id, "at": at} for story_id in story_ids]
    run_many(connection, QUERIES["settle_story"], rows)


def sever_relations(connection: Connection, story_ids: Collection[int]) -> None:
    """Let articles that were matched with one of another story stand for themselves."""
    run(connection, QUERIES["sever_relations"], {"ids": list(story_ids)})


def show_story(connection: Connection, story_id: int) -> dict[str, Any] | None:
    """Return a story as people see it; None for one without articles."""
    rows = select_dicts(connection, QUERIES["show_story"], {"id": story_id})
    return rows[0] if rows else None


def show_members(connection: Connection, story_id: int) -> list[dict[str, Any]]:
    """Return a story's articles as people see them, oldest first."""
    return select_dicts(connection, QUERIES["show_members"], {"id": story_id})


def stored_sketches(connection: Connection, article_id: int) -> list[bytes]:
    """Return an article's sketches, however old."""
    params = {"article_id": article_id}
    return [row[0] for row in connection.execute(QUERIES["sketch_of"], params).fetchall()]
