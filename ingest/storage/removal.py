"""Articles that a person had removed: what is erased, and what keeps them from coming back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.storage.queries import load_queries, run, select, select_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ingest.storage.queries import Connection

QUERIES = load_queries("removal")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingDocument:
    """A page of a wire's document that held an article.

    Attributes:
        is_own: it is asked for under the article's own address.
    """

    id: int
    host_id: int
    is_own: bool


def removed_addresses(connection: Connection, url_keys: Collection[str]) -> set[str]:
    """Return those of some URL keys whose article was removed."""
    if not url_keys:
        return set()
    rows = connection.execute(QUERIES["removed_addresses"], {"url_keys": list(url_keys)})
    return {row[0] for row in rows.fetchall()}


def removed_pages(connection: Connection, pages: Mapping[int, int | None]) -> set[int]:
    """Return those of some pages, each with the article it leads to, that were removed."""
    if not pages:
        return set()
    params = {"page_ids": list(pages), "article_ids": list(pages.values())}
    return {row[0] for row in connection.execute(QUERIES["removed_pages"], params).fetchall()}


def pages_of_article(connection: Connection, article_id: int) -> dict[int, int]:
    """Return the pages that lead to an article: page id to host id."""
    params = {"article_id": article_id}
    return dict(connection.execute(QUERIES["pages_of_article"], params).fetchall())


def documents_of_article(
    connection: Connection, article_id: int, *, url_key: str
) -> list[HoldingDocument]:
    """Return the documents of a wire that held an article; none for a feed's article."""
    params = {"article_id": article_id, "url_key": url_key}
    return select(connection, HoldingDocument, QUERIES["documents_of_article"], params)


def erase_documents(connection: Connection, page_ids: Collection[int]) -> None:
    """Erase the bytes of a wire's documents; the pages stay, for what else they bring."""
    run(connection, QUERIES["erase_raw_pages"], {"page_ids": list(page_ids)})


def erase_pages(connection: Connection, page_ids: Collection[int]) -> None:
    """Erase what pages brought and what feeds said of them; never ask for them again."""
    params = {"page_ids": list(page_ids)}
    for name in ("bar_pages", "erase_raw_pages", "erase_entries"):
        run(connection, QUERIES[name], params)


def erase_article(connection: Connection, article_id: int, *, at: datetime) -> bool:
    """Erase an article's texts; False if it was removed before."""
    params = {"article_id": article_id, "at": at}
    run(connection, QUERIES["erase_revisions"], params)
    run(connection, QUERIES["mark_folded_removed"], params)
    return select_value(connection, QUERIES["mark_removed"], params) is not None
