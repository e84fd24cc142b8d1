"""Articles, their texts and the stories they belong to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ingest.model import Article, Picture
from ingest.storage.database import moment_columns, read_moment
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
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


QUERIES = load_queries("article")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentRevision:
    """An article with its newest text.

    Attributes:
        revision: number of the newest text; 0 for an item of a wire that was never shown.
        wire_version, wire_at: the newest version of the item that was seen.
        digests: of all its texts, oldest first.
        page_id, fetched_at: the page that brought the newest text, and when.
        folded_into: the article that a folded one is now.
        article: the newest text; None for an article that was removed.
    """

    article_id: int
    source_id: int
    state: str
    revision: int
    story_id: int | None
    url: str
    canonical: str | None
    agency_key: str | None
    digests: list[bytes]
    article: Article | None
    page_id: int | None = None
    wire: dict[str, Any] | None = None
    wire_version: int | None = None
    wire_at: datetime | None = None
    fetched_at: datetime | None = None
    folded_into: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """An article to make; its id was drawn before. `revision` 0: it has no text yet."""

    id: int
    source_id: int
    agency_key: str | None
    url: str
    canonical: str | None
    at: datetime
    state: str = "live"
    revision: int = 1
    wire_version: int | None = None
    wire_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleURL:
    """An address an article was seen under. `why`: announced, redirect, canonical or link."""

    url_key: str
    twins: int
    article_id: int
    url: str
    why: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """A text to store as an article's newest."""

    article_id: int
    number: int
    cause: str
    digest: bytes
    article: Article
    page_id: int | None
    fetched_at: datetime
    stored_at: datetime
    wire: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What an article's row says after a new revision or a change of state."""

    id: int
    revision: int
    state: str
    canonical: str | None
    agency_key: str | None
    at: datetime
    wire_version: int | None = None
    wire_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntKeys:
    """What an article may be found by from now on, besides what it was before."""

    id: int
    canonical: str | None
    agency_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An article found by number or address."""

    id: int
    source: str
    url: str
    state: str
    revision: int


def articles_of_urls(connection: Connection, url_keys: Collection[str]) -> dict[str, int]:
    """Return the article of each URL key that is known."""
    params = {"url_keys": list(url_keys)}
    return dict(connection.execute(QUERIES["articles_of_urls"], params).fetchall())


def articles_of_twins(connection: Connection, twins: Collection[int]) -> dict[int, list[int]]:
    """Return the articles known under an address with each of these numbers, oldest first."""
    found: dict[int, list[int]] = {}
    for number, article_id in connection.execute(
        QUERIES["articles_of_twins"], {"twins": list(twins)}
    ).fetchall():
        found.setdefault(number, []).append(article_id)
    return found


def articles_of_agency_keys(
    connection: Connection, keys: Collection[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """Return the article of each (source id, agency key) that is known."""
    if not keys:
        return {}
    source_ids, agency_keys = zip(*keys, strict=True)
    params = {"source_ids": list(source_ids), "agency_keys": list(agency_keys)}
    rows = connection.execute(QUERIES["articles_of_agency_keys"], params).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def current_revisions(connection: Connection, ids: Collection[int]) -> dict[int, CurrentRevision]:
    """Return articles with their newest text."""
    if not ids:
        return {}
    rows = _rows(connection, "current_revisions", {"ids": list(ids)})
    return {row["article_id"]: _current(row) for row in rows}


def _current(row: dict[str, Any]) -> CurrentRevision:
    own = {name: row[name] for name in CurrentRevision.__slots__ if name != "article"}
    return CurrentRevision(**own, article=None if row["body"] is None else stored_article(row))


_TEXTS = (
    "title",
    "standfirst",
    "place",
    "filed",
    "agency",
    "body",
    "notice",
    "image",
    "image_credit",
    "image_caption",
    "language",
    "partial",
    "based_on",
    "engine",
    "rule",
)


def stored_article(row: dict[str, Any]) -> Article:
    """Return the article value that a revision's columns keep."""
    return Article(
        **{name: row[name] for name in _TEXTS},
        body_html=row["body_html"] or "",
        authors=tuple(row["authors"]),
        sections=tuple(row["sections"]),
        tags=tuple(row["tags"]),
        credits=tuple(row["credits"]),
        pictures=tuple(Picture(**told) for told in row["pictures"]),
        published=read_moment(row, "published"),
        modified=read_moment(row, "modified"),
    )


def recent_texts(
    connection: Connection, article_id: int, *, most: int
) -> list[tuple[str | None, str | None, str]]:
    """Return an article's latest (title, standfirst, body), oldest first."""
    params = {"id": article_id, "most": most}
    rows = connection.execute(QUERIES["recent_texts"], params).fetchall()
    return [(row[0], row[1], row[2]) for row in reversed(rows)]


def draw_article_ids(connection: Connection, count: int) -> list[int]:
    """Draw ids for articles that are about to be made."""
    rows = connection.execute(QUERIES["draw_article_ids"], {"count": count}).fetchall()
    return [row[0] for row in rows]


def add_articles(connection: Connection, articles: Sequence[NewArticle]) -> None:
    """Make articles under the ids drawn for them; their first revision follows."""
    rows = [
        columns_of(article) | {"first_seen_at": article.at, "changed_at": article.at}
        for article in articles
    ]
    copy_rows(connection, QUERIES["add_articles"], rows)


def add_article_urls(connection: Connection, urls: Sequence[ArticleURL]) -> None:
    """Remember addresses; one that leads to another article already is left to it."""
    rows = [columns_of(url) for url in sorted(urls, key=lambda url: url.url_key)]
    if rows:
        run(connection, QUERIES["add_article_urls"], by_column(rows))


def add_revisions(connection: Connection, revisions: Sequence[NewRevision]) -> None:
    """Store texts."""
    copy_rows(connection, QUERIES["add_revisions"], [_revision_columns(row) for row in revisions])


def _revision_columns(row: NewRevision) -> dict[str, Any]:
    article = row.article
    return (
        {
            "article_id": row.article_id,
            "number": row.number,
            "cause": row.cause,
            "digest": row.digest,
            "page_id": row.page_id,
            "fetched_at": row.fetched_at,
            "stored_at": row.stored_at,
            "title": article.title,
            "standfirst": article.standfirst,
            "authors": list(article.authors),
            "pictures": Jsonb([asdict(picture) for picture in article.pictures]),
            "place": article.place,
            "filed": article.filed,
            "agency": article.agency,
            "body": article.body,
            "body_html": article.body_html,
            "notice": article.notice,
            "sections": list(article.sections),
            "tags": list(article.tags),
            "credits": list(article.credits),
            "image": article.image,
            "image_credit": article.image_credit,
            "image_caption": article.image_caption,
            "language": article.language,
            "partial": article.partial,
            "based_on": article.based_on,
            "engine": article.engine,
            "rule": article.rule,
            "wire": None if row.wire is None else Jsonb(row.wire),
        }
        | moment_columns("published", article.published)
        | moment_columns("modified", article.modified)
    )


def advance_articles(connection: Connection, advances: Sequence[Advance]) -> None:
    """Point articles at their newest revision and state."""
    run_many(connection, QUERIES["advance_article"], [columns_of(advance) for advance in advances])


def learn_keys(connection: Connection, learnt: Sequence[LearntKeys]) -> None:
    """Keep what articles may be found by."""
    run_many(connection, QUERIES["learn_keys"], [columns_of(keys) for keys in learnt])


def find_article(
    connection: Connection, *, article_id: int | None, url_key: str | None
) -> FoundArticle | None:
    """Find an article by number or by any address it was seen under."""
    params = {"id": article_id, "url_key": url_key}
    found = select(connection, FoundArticle, QUERIES["find_article"], params)
    return found[0] if found else None


def show_article(connection: Connection, article_id: int) -> dict[str, Any] | None:
    """Return an article as consumers see it, a column a key."""
    rows = _rows(connection, "show_article", {"id": article_id})
    return rows[0] if rows else None


def article_times(connection: Connection, article_id: int) -> tuple[datetime, datetime]:
    """Return when an article was first stored, and when its last change was published."""
    ((first_seen, last_changed),) = connection.execute(
        QUERIES["article_times"], {"id": article_id}
    ).fetchall()
    return first_seen, last_changed


def article_revisions(connection: Connection, article_id: int) -> list[dict[str, Any]]:
    """Return every text an article had, oldest first."""
    return _rows(connection, "article_revisions", {"id": article_id})


def article_addresses(connection: Connection, article_id: int) -> list[dict[str, Any]]:
    """Return every address an article was seen under."""
    return _rows(connection, "article_addresses", {"article_id": article_id})


def _rows(connection: Connection, query: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    return select_dicts(connection, QUERIES[query], params)
