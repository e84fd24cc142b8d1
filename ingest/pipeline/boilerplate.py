"""What recurs on a source's pages leaves their articles; learnt and applied in one transaction.

    articles of a batch ─ lines at their edges ─▶ what is known of them (Postgres)
         │                                              │
         │        the first article of each page teaches│ its shelf's row is locked: one at a time
         ▼                                              ▼
    articles without what is learned ◀── learned by now

The fifth article that carries a notice is the first to be stored without it. Articles stored
before keep theirs until `khabar reprocess` reads them again; a re-check of such a page makes no
revision of it. This comes before the change lock is taken, never after.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import structlog

from ingest.errors import NotAnArticle
from ingest.extract.recurring import (
    PATIENCE,
    WINDOW,
    Recurrence,
    Witness,
    edges_of,
    leave_out,
    near_edges,
)
from ingest.pipeline.collect import no_article
from ingest.storage import boilerplate as lines
from ingest.storage.boilerplate import StoredLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.model import Article
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

NOTHING_ELSE = "its text is only what stands on every page of its source"
Shelf = tuple[int, str]


def shelf_of(outcome: PageOutcome, article: Article) -> Shelf:
    """Return among which articles an article's lines are counted.

    A source in several languages has a notice in each; an archive's notices are other years'.
    """
    language = article.language or ""
    name = f"{language} archive".strip() if outcome.page.cause == "backfill" else language
    return outcome.page.source_id, name


def apply_boilerplate(
    service: Service, connection: Connection, outcomes: Sequence[PageOutcome]
) -> list[PageOutcome]:
    """Learn from articles that are new, and return all without what is learned by then.

    A page whose text is nothing but boilerplate is no article: asked for again later.
    """
    told = [(outcome, outcome.article) for outcome in outcomes if outcome.article is not None]
    if not told:
        return list(outcomes)
    teaching = [(outcome, article) for outcome, article in told if outcome.page.article_id is None]
    shelves = _count(connection, [shelf_of(*one) for one in teaching])
    known = _Known(connection, told)
    for outcome, article in teaching:
        shelf = shelf_of(outcome, article)
        shelves[shelf] += 1
        known.learn(outcome, article, shelf, shelves[shelf])
    known.store(connection)
    return [
        _without(service, outcome, known.learned(outcome.page.source_id)) for outcome in outcomes
    ]


def without_boilerplate(connection: Connection, source_id: int, article: Article) -> Article | None:
    """Return an article without what is learned by now; None where nothing else is left."""
    wanted = sorted((source_id, key) for key in near_edges(article))
    rows = lines.find_lines(connection, wanted)
    return leave_out(article, {row.line for row in rows if row.learned_at is not None})


def _count(connection: Connection, shelves: Iterable[Shelf]) -> dict[Shelf, int]:
    """Count the new articles of each shelf, in order; return how many there were before."""
    before: dict[Shelf, int] = {}
    for shelf, found in groupby(sorted(shelves)):
        count = sum(1 for _ in found)
        before[shelf] = lines.count_articles(connection, *shelf, count) - count
    return before


class _Known:
    """What is known of the lines of a batch, while it is being learnt from."""

    def __init__(self, connection: Connection, told: Sequence[tuple[PageOutcome, Article]]) -> None:
        wanted = {
            (outcome.page.source_id, key)
            for outcome, article in told
            for key in near_edges(article)
        }
        self._lines = {
            (row.source_id, row.shelf, row.line): row
            for row in lines.find_lines(connection, sorted(wanted))
        }
        self._changed: dict[tuple[int, str, int], StoredLine] = {}
        self._full: list[tuple[int, str, int]] = []
        self._learned: dict[int, set[int]] = {}
        for row in self._lines.values():
            if row.learned_at is not None:
                self._learned.setdefault(row.source_id, set()).add(row.line)

    def learned(self, source_id: int) -> set[int]:
        """Return the lines that are a source's boilerplate."""
        return self._learned.setdefault(source_id, set())

    def learn(self, outcome: PageOutcome, article: Article, shelf: Shelf, now: int) -> None:
        """Let a new article, number `now` of its shelf, say which lines it carries."""
        if now % PATIENCE == 0:
            self._full.append((*shelf, now))
        learned = self.learned(outcome.page.source_id)
        witness = Witness.of(article, learned)
        for key, text in edges_of(article, learned).items():
            row = self._lines.get((*shelf, key))
            before = _recurrence(row)
            after = before.seen_again(now, key, witness)
            row = StoredLine(
                source_id=shelf[0],
                shelf=shelf[1],
                line=key,
                seen=after.seen,
                last=after.last,
                witnesses=list(after.witnesses),
                learned_at=((row and row.learned_at) or outcome.at) if after.is_learned else None,
                text=text if after.is_learned else None,
            )
            self._lines[(*shelf, key)] = self._changed[(*shelf, key)] = row
            if after.is_learned != before.is_learned:
                self._turn(row, outcome.source.slug)

    def _turn(self, row: StoredLine, slug: str) -> None:
        is_learned = any(
            other.learned_at is not None
            for other in self._lines.values()
            if (other.source_id, other.line) == (row.source_id, row.line)
        )
        learned = self.learned(row.source_id)
        (learned.add if is_learned else learned.discard)(row.line)
        word = "boilerplate.learned" if row.learned_at else "boilerplate.forgotten"
        log.info(word, source=slug, text=(row.text or "")[:80])

    def store(self, connection: Connection) -> None:
        """Keep what was learnt; now and then drop what has not been seen for long."""
        lines.store_lines(connection, list(self._changed.values()))
        for source_id, shelf, now in self._full:
            lines.forget_lines(
                connection, source_id, shelf, articles=now, patience=PATIENCE, window=WINDOW
            )


def _recurrence(row: StoredLine | None) -> Recurrence:
    if row is None:
        return Recurrence()
    return Recurrence(
        seen=row.seen,
        last=row.last,
        witnesses=tuple(row.witnesses),
        is_learned=row.learned_at is not None,
    )


def _without(service: Service, outcome: PageOutcome, learned: set[int]) -> PageOutcome:
    if outcome.article is None or not learned:
        return outcome
    met = frozenset(learned & near_edges(outcome.article))
    if not met:
        return outcome
    left = leave_out(outcome.article, met)
    if left is not None:
        return replace(outcome, article=left, boilerplate=met)
    error = NotAnArticle(outcome.page.url, NOTHING_ELSE)
    row = no_article(service, outcome.page, outcome.row.last_status, outcome.at, error)
    return replace(outcome, article=None, row=row)
