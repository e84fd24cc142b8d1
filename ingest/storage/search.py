"""The index of words: which articles are due in it, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.storage.queries import (
    load_queries,
    run,
    select,
    select_dicts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ingest.storage.queries import Connection

QUERIES = load_queries("search")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueText:
    """An article's newest text, to be found by its words."""

    article_id: int
    title: str | None
    standfirst: str | None
    authors: list[str]
    place: str | None
    sections: list[str]
    tags: list[str]
    body: str


def make_due(connection: Connection, article_ids: Collection[int]) -> None:
    """Remember that articles have a text that is not in the index yet."""
    if article_ids:
        run(connection, QUERIES["make_due"], {"ids": sorted(article_ids)})


def take_due_texts(connection: Connection, *, most: int) -> list[DueText]:
    """Take some of the texts that are due; they are due again if the transaction fails."""
    return select(connection, DueText, QUERIES["take_due_texts"], {"most": most})


def store_words(connection: Connection, words: Mapping[int, str]) -> None:
    """Let articles be found by these words, each a tsvector as text."""
    if words:
        article_ids, found = zip(*sorted(words.items()), strict=True)
        params = {"article_ids": list(article_ids), "words": list(found)}
        run(connection, QUERIES["store_words"], params)


def forget_words(connection: Connection, article_id: int) -> None:
    """Let an article be found no more."""
    for name in ("forget_due", "forget_words"):
        run(connection, QUERIES[name], {"article_id": article_id})


def search_articles(
    connection: Connection,
    asked: str,
    *,
    source: str | None = None,
    since: datetime | None = None,
    most: int = 20,
) -> list[dict[str, Any]]:
    """Return the articles that hold what is asked for, the best first; see khabar.search."""
    params = {"asked": asked, "source": source, "since": since, "most": most}
    return select_dicts(connection, QUERIES["search_articles"], params)
