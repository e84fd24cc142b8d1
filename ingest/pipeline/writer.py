"""One writer a process: the visits hand it their outcomes, it commits them in batches.

    visit ─┐  ┌─▶ polls ─▶ up to 50 rows, or what 100 ms brought ─┐
    visit ─┼──┤                                                   ├─▶ commit_batch (in a thread)
    visit ─┘  └─▶ pages ─▶ up to 50 rows, or what 200 ms brought ─┘         │
        ◀──────────────────────── each outcome's future: True, or LeaseLost ┘

What a feed said once it may never say again, and a page can be asked for anew: polls wait for no
page. A batch that meets a lost connection is tried again until the process is told to stop; one
that holds a bad row is committed row by row, so that its neighbours are not lost with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ingest.errors import KhabarError, LeaseLost
from ingest.model import Precision
from ingest.pipeline.commit import commit_batch, commit_failure
from ingest.pipeline.outcomes import FeedOutcome, PageOutcome
from ingest.pipeline.patience import when_there
from ingest.pipeline.searching import index_texts
from ingest.pipeline.tally import (
    COMMIT_SECONDS,
    COMMITTED,
    DELAY_SECONDS,
    ENTRIES,
    GAPS,
    LEASES_LOST,
    PAGES,
    Tally,
    status_word,
)
from ingest.storage.database import BAD_ROW, IN_THE_WAY

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.pipeline.outcomes import Outcome
    from ingest.pipeline.service import Service

log = structlog.get_logger(__name__)
POLLS_PART = 0.5  # of the wait of a batch of pages
LONGEST_DELAY = 7 * 86_400.0  # an older text was not news when it was announced
INDEXED = 200  # texts after each batch, so that what others left is caught up with


@dataclass(frozen=True, slots=True)
class _Waiting:
    outcome: Outcome
    stored: asyncio.Future[bool]


class _Lane:
    """Outcomes of one kind on their way to the database."""

    def __init__(self, most: int, rows: int, wait: float) -> None:
        self.queue: asyncio.Queue[_Waiting | None] = asyncio.Queue(maxsize=most)
        self._rows = rows
        self._wait = wait

    async def batch(self) -> tuple[list[_Waiting], bool]:
        """Return what is to be committed together, and whether it is the last."""
        first = await self.queue.get()
        if first is None:
            return [], True
        batch, rows = [first], first.outcome.rows
        ends_at = asyncio.get_running_loop().time() + self._wait
        while rows < self._rows:
            try:
                async with asyncio.timeout_at(ends_at):
                    waiting = await self.queue.get()
            except TimeoutError:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
            rows += waiting.outcome.rows
        return batch, False


class Writer:
    """`async with Writer(service) as writer: await (await writer.put(outcome))`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        rows = service.settings.batch_rows
        wait = service.settings.batch_wait.total_seconds()
        self._polls = _Lane(4 * rows, rows, wait * POLLS_PART)
        self._pages = _Lane(4 * rows, rows, wait)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Writer:
        self._tasks = [
            asyncio.create_task(self._run(self._polls), name="writer of polls"),
            asyncio.create_task(self._run(self._pages), name="writer of pages"),
        ]
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Commit what is queued, then end."""
        for lane in (self._polls, self._pages):
            await lane.queue.put(None)
        await asyncio.gather(*self._tasks)

    async def put(self, outcome: Outcome) -> asyncio.Future[bool]:
        """Queue an outcome; the future is True once it is committed.

        Its exception is LeaseLost when the host was another's by then, or DatabaseUnavailable
        when the process had to stop before the database came back.
        """
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        lane = self._pages if isinstance(outcome, PageOutcome) else self._polls
        await lane.queue.put(_Waiting(outcome, stored))
        return stored

    async def _run(self, lane: _Lane) -> None:
        while True:
            batch, is_last = await lane.batch()
            if batch:
                await self._commit(batch)
            if batch and lane is self._pages:
                await self._index()
            if is_last:
                return

    async def _index(self) -> None:
        """Let what was published be found by its words; what fails is due the next time."""
        try:
            await asyncio.to_thread(index_texts, self._service.database, most=INDEXED)
        except (KhabarError, *BAD_ROW, *IN_THE_WAY) as error:
            log.warning("search.late", error=_first_line(error))

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            lost = await self._commit_together([waiting.outcome for waiting in batch])
        except BAD_ROW as error:
            log.warning("batch.split", rows=len(batch), error=_first_line(error))
            for waiting in batch:
                await self._commit_alone(waiting)
        except Exception as error:
            if not isinstance(error, KhabarError):
                log.exception("batch.broken", rows=len(batch))
            for waiting in batch:
                _resolve(waiting, error)
        else:
            for waiting in batch:
                self._stored(waiting, lost)

    def _stored(self, waiting: _Waiting, lost: set[int]) -> None:
        """Tell a visit how its outcome fared, and count it."""
        outcome, service = waiting.outcome, self._service
        is_lost = outcome.host.id in lost
        if is_lost:
            service.tally.add(LEASES_LOST)
        else:
            count_stored(service.tally, outcome, service.clock.now())
        _resolve(waiting, LeaseLost(outcome.host.name) if is_lost else None)

    async def _commit_together(self, outcomes: list[Outcome]) -> set[int]:
        """Commit, again while the database is away; raise what keeps a row from being stored."""

        def commit() -> set[int]:
            with self._service.tally.timed(COMMIT_SECONDS):
                return commit_batch(self._service, outcomes)

        return await when_there(self._service, commit)

    async def _commit_alone(self, waiting: _Waiting) -> None:
        outcome = waiting.outcome
        try:
            lost = await self._commit_together([outcome])
        except BAD_ROW as error:
            log.warning("row.bad", host=outcome.host.name, error=_first_line(error))
            await self._commit_failure(waiting, _first_line(error))
        except Exception as error:
            if not isinstance(error, KhabarError):
                log.exception("row.broken", host=outcome.host.name)
            _resolve(waiting, error)
        else:
            self._stored(waiting, lost)

    async def _commit_failure(self, waiting: _Waiting, reason: str) -> None:
        """Store that an outcome could not be stored, so that its page or feed goes on."""
        try:
            await asyncio.to_thread(commit_failure, self._service, waiting.outcome, reason)
        except (KhabarError, *BAD_ROW, *IN_THE_WAY) as error:
            log.warning("row.lost", host=waiting.outcome.host.name, error=_first_line(error))
            _resolve(waiting, error)
        else:
            _resolve(waiting, None)


def count_stored(tally: Tally, outcome: Outcome, now: datetime) -> None:
    """Count an outcome that was stored at a virtual time."""
    tally.add(COMMITTED)
    if isinstance(outcome, FeedOutcome):
        tally.add(ENTRIES, amount=outcome.poll.fresh)
        if outcome.gap is not None:
            tally.add(GAPS)
        return
    if not isinstance(outcome, PageOutcome):
        return
    word = outcome.row.last_outcome
    tally.add(PAGES, status_word(int(word)) if word.isdecimal() else word)
    published = outcome.article.published if outcome.article else None
    is_news = outcome.page.article_id is None and outcome.page.cause == "live"
    if published and is_news and published.precision is not Precision.DAY:
        delay = (now - published.at).total_seconds()
        if 0 <= delay <= LONGEST_DELAY:
            tally.observe(DELAY_SECONDS, outcome.source.slug, value=delay)


def _resolve(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.stored.done():
        return
    if error is None:
        waiting.stored.set_result(True)
    else:
        waiting.stored.set_exception(error)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
