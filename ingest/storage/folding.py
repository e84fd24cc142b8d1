"""Articles that turned out to be one: the later is folded into the earlier, and seen no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.storage.queries import Connection, columns_of, load_queries, run_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUERIES = load_queries("folding")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedArticle:
    """An article, and the one that it is `into` from now on."""

    id: int
    into: int
    at: datetime


def fold_articles(connection: Connection, folded: Sequence[FoldedArticle]) -> None:
    """Let articles be seen no more; their addresses, and what was folded into them, go along."""
    rows = [columns_of(row) for row in folded]
    for name in ("fold_article", "fold_along", "move_addresses"):
        run_many(connection, QUERIES[name], rows)


def follow_folds(
    connection: Connection, folded: Sequence[FoldedArticle], stories: Mapping[int, int]
) -> None:
    """Let what was matched with folded articles be matched with those they are now.

    Args:
        connection: in the transaction that folded them.
        folded: the articles.
        stories: the story of each that has one.
    """
    rows = [
        {"id": row.id, "into": row.into, "story_id": stories[row.id]}
        for row in folded
        if row.id in stories
    ]
    run_many(connection, QUERIES["follow_fold"], rows)
