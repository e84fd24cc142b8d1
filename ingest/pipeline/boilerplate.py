"""What recurs on a source's pages leaves their articles; learnt and applied in one transaction.

    articles of a batch ─ lines at their edges ─▶ what is known of them (Postgres)
         │                                              │
         │        the first article of each page teaches│ under its shelf's lock: one at a time
         ▼                                              ▼
    articles without what is learned ◀── learned by now

The fifth article that carries a notice is the first to be stored without it. Articles stored
before keep theirs until `khabar reprocess` reads them again; a re-check of such a page makes no
revision of it. This comes before the change lock is taken, never after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from ingest.errors import NotAnArticle
from ingest.extract.recurring import (
    RECENT,
    WINDOW,
    Margins,
    Recurrence,
    Witness,
    leave_out,
    recurrence,
    witnesses_in,
)
from ingest.pipeline.collect import no_article
from ingest.storage import boilerplate as lines
from ingest.storage.boilerplate import Shelf, StoredLine

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ingest.model import Article
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection

log = structlog.get_logger(__name__)

NOTHING_ELSE = "its text is only what stands on every page of its source"


def shelf_of(outcome: PageOutcome, article: Article) -> tuple[int, str]:
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
    told = {
        outcome.page.id: Margins(outcome.article)
        for outcome in outcomes
        if outcome.article is not None
    }
    if not told:
        return list(outcomes)
    teaching = [
        (outcome, outcome.article, shelf_of(outcome, outcome.article))
        for outcome in outcomes
        if outcome.article is not None and outcome.page.article_id is None
    ]
    shelves = lines.lock_shelves(connection, {shelf for _, _, shelf in teaching})
    known = _Known(connection, shelves, _keys(outcomes, told))
    for outcome, article, shelf in teaching:
        known.learn(outcome, article, told[outcome.page.id], shelf)
    known.store(connection)
    return [
        _without(service, outcome, told.get(outcome.page.id), known.learned(outcome.page.source_id))
        for outcome in outcomes
    ]


def without_boilerplate(connection: Connection, source_id: int, article: Article) -> Article | None:
    """Return an article without what is learned by now; None where nothing else is left."""
    keys = sorted({(source_id, key) for key in Margins(article).keys.values()})
    rows = lines.find_lines(connection, keys)
    return leave_out(article, {row.line for row in rows if row.learned_at is not None})


def _keys(outcomes: Sequence[PageOutcome], told: dict[int, Margins]) -> list[tuple[int, int]]:
    found = {
        (outcome.page.source_id, key)
        for outcome in outcomes
        if outcome.page.id in told
        for key in told[outcome.page.id].keys.values()
    }
    return sorted(found)


class _Known:
    """What is known of the lines of a batch, while it is being learnt from."""

    def __init__(
        self,
        connection: Connection,
        shelves: Sequence[Shelf],
        keys: Collection[tuple[int, int]],
    ) -> None:
        self._shelves = {(shelf.source_id, shelf.shelf): shelf for shelf in shelves}
        self._begun = {name: shelf.articles for name, shelf in self._shelves.items()}
        self._lines = {
            (row.source_id, row.shelf, row.line): row for row in lines.find_lines(connection, keys)
        }
        self._changed: dict[tuple[int, str, int], StoredLine] = {}
        self._learned: dict[int, set[int]] = {}
        for row in self._lines.values():
            if row.learned_at is not None:
                self.learned(row.source_id).add(row.line)

    def learned(self, source_id: int) -> set[int]:
        """Return the lines that are a source's boilerplate."""
        return self._learned.setdefault(source_id, set())

    def learn(
        self, outcome: PageOutcome, article: Article, margins: Margins, name: tuple[int, str]
    ) -> None:
        """Let a new article say which lines it carries."""
        shelf = self._shelves[name]
        now = shelf.articles + 1
        learned = self.learned(shelf.source_id)
        witness = Witness.of(article, margins, learned)
        for at in margins.edges(learned):
            key = margins.keys[at]
            before = self._before(shelf, key)
            if before.seen:
                after = before.seen_again(now, key, witness)
                self._keep(outcome, shelf, key, margins.lines[at], before, after)
        recent = [*witnesses_in(shelf.recent), witness.to_bytes()][-RECENT:]
        self._shelves[name] = replace(shelf, articles=now, recent=b"".join(recent))

    def _before(self, shelf: Shelf, key: int) -> Recurrence:
        row = self._lines.get((shelf.source_id, shelf.shelf, key))
        if row is None:
            return recurrence(witnesses_in(shelf.recent), shelf.articles, key)
        return Recurrence(
            seen=row.seen,
            last=row.last,
            witnesses=tuple(witnesses_in(row.witnesses)),
            is_learned=row.learned_at is not None,
        )

    def _keep(
        self,
        outcome: PageOutcome,
        shelf: Shelf,
        key: int,
        text: str,
        before: Recurrence,
        after: Recurrence,
    ) -> None:
        name = (shelf.source_id, shelf.shelf, key)
        row = self._lines.get(name)
        since = (row.learned_at if row else None) or outcome.at
        self._lines[name] = self._changed[name] = StoredLine(
            source_id=shelf.source_id,
            shelf=shelf.shelf,
            line=key,
            seen=after.seen,
            last=after.last,
            witnesses=b"".join(after.witnesses),
            learned_at=since if after.is_learned else None,
            text=text if after.is_learned else None,
        )
        if after.is_learned != before.is_learned:
            word = "boilerplate.learned" if after.is_learned else "boilerplate.forgotten"
            log.info(word, source=outcome.source.slug, text=text[:80])
            self._settle(shelf.source_id, key)

    def _settle(self, source_id: int, key: int) -> None:
        """Note whether a line is boilerplate: learned on any of the source's shelves."""
        is_learned = any(
            row.learned_at is not None
            for row in self._lines.values()
            if (row.source_id, row.line) == (source_id, key)
        )
        learned = self.learned(source_id)
        (learned.add if is_learned else learned.discard)(key)

    def store(self, connection: Connection) -> None:
        """Keep what was learnt; now and then drop what has not been seen for long."""
        lines.store_shelves(connection, list(self._shelves.values()))
        lines.store_lines(connection, list(self._changed.values()))
        for shelf in self._shelves.values():
            if shelf.articles // RECENT > self._begun[shelf.source_id, shelf.shelf] // RECENT:
                before = shelf.articles - WINDOW
                lines.forget_lines(connection, shelf.source_id, shelf.shelf, before=before)


def _without(
    service: Service, outcome: PageOutcome, margins: Margins | None, learned: set[int]
) -> PageOutcome:
    if outcome.article is None or margins is None or not learned:
        return outcome
    met = learned.intersection(margins.keys.values())
    if not met:
        return outcome
    left = leave_out(outcome.article, met, margins)
    if left is not None:
        return replace(outcome, article=left, boilerplate=frozenset(met))
    error = NotAnArticle(outcome.page.url, NOTHING_ELSE)
    row = no_article(service, outcome.page, outcome.row.last_status, outcome.at, error)
    return replace(outcome, article=None, row=row)
