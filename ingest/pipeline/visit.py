"""One visit: all that is due at one host, until nothing is or the time slice is over.

    due feeds ▶ what a window lost ▶ fresh pages ▶ re-checks ▶ backfill: listings, pages ▶ give back

Feeds come first: what they announce joins the pages of the same visit. What was taken and not
tried goes back as it was. While every place of the worker is taken, a visit makes room after its
feeds and after each few pages, and what it left falls due half a floor later: what a feed says once
it may never say again, and a page can wait.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from structlog.contextvars import bind_contextvars

from ingest.errors import DatabaseUnavailable, LeaseLost
from ingest.fetch.folder import is_folder
from ingest.pipeline.collect import collect_page
from ingest.pipeline.conversation import Conversation, NoRobotsYet, NotYet
from ingest.pipeline.documents import collect_document
from ingest.pipeline.fill import FIRST_RETRY, fill_gaps
from ingest.pipeline.gather import gather_listing
from ingest.pipeline.patience import when_there
from ingest.pipeline.poll import poll_feed
from ingest.pipeline.tally import FAULTS, VISITS
from ingest.pipeline.trial import WIRES
from ingest.storage import backfill as backfills
from ingest.storage import feed as feeds
from ingest.storage import gap as gaps
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage.page import BACKFILL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from ingest.fetch import Fetcher
    from ingest.pipeline.leases import Leases
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.pipeline.service import Service
    from ingest.pipeline.trial import Trial
    from ingest.pipeline.writer import Writer
    from ingest.storage.backfill import DueListing
    from ingest.storage.feed import DueFeed
    from ingest.storage.gap import DueGap
    from ingest.storage.host import LeasedHost
    from ingest.storage.page import Announcement, DuePage

log = structlog.get_logger(__name__)

FEEDS_AT_ONCE = 4  # taken together; asked one after the other
PAGES_AT_ONCE = 8
GAPS_AT_ONCE = 20
FILES_AT_ONCE = 200  # of a wire's folder: nobody is asked, so none has to wait for its turn
LARGE = 1_000_000  # bytes
MOST_AT_ONCE = 64  # of a backfill, at a host that is as quick as that
PATIENCE = 2.0  # real seconds after which backfill lets others have a look in
UNSETTLED = 24  # pages that may wait for their commit while the next ones are asked for
POLL_RETRY = timedelta(minutes=6)  # virtual; when a poll that died unheard is due again, at most


class Visit:
    """One host's turn with one worker."""

    def __init__(
        self,
        service: Service,
        fetcher: Fetcher,
        trial: Trial,
        reading: asyncio.Lock,
        leases: Leases,
        writer: Writer,
        host: LeasedHost,
        is_crowded: Callable[[], bool] = lambda: False,
    ) -> None:
        self._service = service
        self._leases = leases
        self._writer = writer
        self._host = host
        self._is_crowded = is_crowded
        self._talk = Conversation(service, fetcher, trial, reading, leases, host)
        self._ends_at = time.monotonic() + service.settings.slice.total_seconds()
        self._stored: list[asyncio.Future[bool]] = []
        self._backfills: set[int] = set()  # that this visit did something of
        self._batch = PAGES_AT_ONCE
        self._behind = timedelta()  # virtual; how much later than feeds the rest falls due

    async def run(self) -> None:
        """Do what is due, then give the lease back. Raises nothing but cancellation."""
        bind_contextvars(host=self._host.name, visit=f"{self._host.id}-{self._host.token}")
        self._leases.hold(self._host)
        self._service.tally.add(VISITS)
        try:
            try:
                await self._work()
            finally:
                stored, self._stored = self._stored, []
                await _settle(stored)
        except NotYet as error:
            log.debug("visit.later", reason=str(error))
        except LeaseLost:
            log.warning("visit.lease-lost")
        except DatabaseUnavailable as error:
            log.warning("visit.no-database", error=str(error))
        except Exception as error:
            log.exception("visit.broken")
            self._service.tally.add(FAULTS, "visit")
            self._talk.stumble(error)
        finally:
            await self._release()
        if self._backfills:
            await self._end_backfills()

    async def _work(self) -> None:
        await asyncio.to_thread(self._recover_pages)
        await self._talk.begin()
        while self._goes_on():
            due_feeds = await asyncio.to_thread(self._take_feeds)
            if due_feeds:
                await self._poll(due_feeds)
                if self._makes_room():
                    return
                continue
            try:
                if not await self._work_by_rules():
                    return
            except NoRobotsYet as error:
                log.info("visit.no-robots", host=self._host.name, until=str(error.until))
                await asyncio.to_thread(self._postpone, error.until)

    def _goes_on(self) -> bool:
        if time.monotonic() >= self._ends_at or self._service.is_stopping:
            return False
        return self._service.disk.has_room()

    async def _work_by_rules(self) -> bool:
        """Do what robots.txt has a say in; return whether the visit goes on.

        Raises:
            NoRobotsYet: it cannot be had; feeds go on without.
        """
        due_gaps = await asyncio.to_thread(self._take_gaps)
        if due_gaps:
            await self._fill(due_gaps)
            return True
        due_pages, announcements = await asyncio.to_thread(self._take_pages)
        if due_pages:
            await self._collect(due_pages, announcements)
            self._backfills |= {page.backfill_id for page in due_pages if page.backfill_id}
        else:
            listing = await asyncio.to_thread(self._take_listing)
            if listing is None:
                return False
            await self._gather(listing)
            self._backfills.add(listing.backfill_id)
        return not self._makes_room()

    def _makes_room(self) -> bool:
        """Say whether this visit ends here, for the feeds of other hosts."""
        if self._is_crowded():
            self._behind = self._service.settings.poll_floor / 2
        return bool(self._behind)

    async def _poll(self, due: list[DueFeed]) -> None:
        stored: list[asyncio.Future[bool]] = []
        untried = {feed.id for feed in due}
        try:
            for feed in due:
                outcome = await poll_feed(self._talk, feed)
                untried.discard(feed.id)
                stored.append(await self._writer.put(outcome))
        finally:
            if untried:
                await asyncio.shield(asyncio.to_thread(self._return_feeds, untried))
            await _settle(stored)

    async def _fill(self, due: list[DueGap]) -> None:
        """Search for what windows lost, source by source."""
        by_source: dict[str, list[DueGap]] = {}
        for gap in due:
            by_source.setdefault(gap.slug, []).append(gap)
        untried = {gap.id for gap in due}
        try:
            for found in by_source.values():
                outcome = await fill_gaps(self._talk, found)
                untried -= {gap.id for gap in found}
                await (await self._writer.put(outcome))
        finally:
            if untried:
                await asyncio.shield(asyncio.to_thread(self._return_gaps, untried))

    async def _collect(self, due: list[DuePage], announcements: dict[int, Announcement]) -> None:
        untried, began = {page.id for page in due}, time.monotonic()
        try:
            for page in due:
                is_patient = page.priority == BACKFILL or len(due) > PAGES_AT_ONCE
                if is_patient and time.monotonic() - began > PATIENCE:
                    break
                said = announcements.get(page.id)
                async for outcome in self._try(page, said):
                    untried.discard(page.id)
                    self._stored.append(await self._writer.put(outcome))
                    if sum(len(raw.body) for raw in outcome.raw) > LARGE:
                        await asyncio.wait(self._stored[-1:])  # few of these fit into memory
                if time.monotonic() >= self._ends_at:
                    break
        finally:
            if untried:
                await asyncio.shield(asyncio.to_thread(self._return_pages, untried))
        self._batch = _next_batch(due, len(due) - len(untried), time.monotonic() - began)
        while len(self._stored) > UNSETTLED:
            first, self._stored = self._stored[:PAGES_AT_ONCE], self._stored[PAGES_AT_ONCE:]
            await _settle(first)

    async def _gather(self, listing: DueListing) -> None:
        is_stored = False
        try:
            await gather_listing(self._talk, listing)
            is_stored = True
        finally:
            if not is_stored:
                await asyncio.shield(asyncio.to_thread(self._return_listing, listing.id))

    async def _try(self, page: DuePage, said: Announcement | None) -> AsyncIterator[PageOutcome]:
        """Yield what one attempt at a page or a wire's document brings, in parts."""
        if self._service.source_of(page.slug).kind in WIRES:
            async for outcome in collect_document(self._talk, page, said):
                yield outcome
        else:
            yield await collect_page(self._talk, page, said)

    def _recover_pages(self) -> None:
        with self._service.database.connection() as connection:
            self._backfills |= backfills.recover_listings(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                now=self._service.clock.now(),
            )
            found = pages.recover_pages(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                crashed=self._host.crashed,
                now=self._service.clock.now(),
            )
        if found:
            log.warning("visit.after-crash", pages=found)

    def _take_feeds(self) -> list[DueFeed]:
        with self._service.database.connection() as connection:
            due = feeds.take_due_feeds(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                now=self._service.clock.now(),
                floor=self._service.settings.poll_floor,
                retry=POLL_RETRY,
                batch=FEEDS_AT_ONCE,
            )
            self._service.learn_sources(connection, [feed.slug for feed in due])
        return due

    def _take_gaps(self) -> list[DueGap]:
        with self._service.database.connection() as connection:
            due = gaps.take_due_gaps(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                now=self._service.clock.now(),
                retry=FIRST_RETRY,
                batch=GAPS_AT_ONCE,
            )
            self._service.learn_sources(connection, [gap.slug for gap in due])
        return due

    def _take_pages(self) -> tuple[list[DuePage], dict[int, Announcement]]:
        with self._service.database.connection() as connection:
            due = pages.take_due_pages(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                now=self._service.clock.now(),
                batch=FILES_AT_ONCE if is_folder(self._host.name) else self._batch,
            )
            self._service.learn_sources(connection, [page.slug for page in due])
            by_entry = pages.announcements_of(
                connection, [page.entry_id for page in due if page.entry_id]
            )
            listed = backfills.said_of_pages(connection, [p.id for p in due if p.backfill_id])
        said = {page.id: by_entry[page.entry_id] for page in due if page.entry_id in by_entry}
        return due, listed | said

    def _take_listing(self) -> DueListing | None:
        with self._service.database.connection() as connection:
            due = backfills.take_due_listing(
                connection,
                host_id=self._host.id,
                token=self._host.token,
                now=self._service.clock.now(),
            )
            self._service.learn_sources(connection, [due.slug] if due else [])
        return due

    def _return_listing(self, listing_id: int) -> None:
        with self._service.database.connection() as connection:
            backfills.return_listing(
                connection,
                listing_id,
                token=self._host.token,
                due_at=self._service.clock.now(),
            )

    def _return_feeds(self, ids: set[int]) -> None:
        with self._service.database.connection() as connection:
            feeds.return_feeds(
                connection, ids, token=self._host.token, due_at=self._service.clock.now()
            )

    def _postpone(self, until: datetime) -> None:
        with self._service.database.connection() as connection:
            pages.postpone_pages(connection, host_id=self._host.id, until=until)
            gaps.postpone_gaps(connection, host_id=self._host.id, until=until)
            backfills.postpone_listings(connection, host_id=self._host.id, until=until)

    def _return_gaps(self, ids: set[int]) -> None:
        with self._service.database.connection() as connection:
            gaps.return_gaps(
                connection, ids, token=self._host.token, due_at=self._service.clock.now()
            )

    def _return_pages(self, ids: set[int]) -> None:
        with self._service.database.connection() as connection:
            pages.return_pages(
                connection, ids, token=self._host.token, due_at=self._service.clock.now()
            )

    async def _end_backfills(self) -> None:
        """End the backfills that this visit brought to their end; upkeep ends what we miss."""

        def settle() -> None:
            with self._service.database.connection() as connection:
                ended = backfills.settle_backfills(
                    connection, now=self._service.clock.now(), ids=self._backfills
                )
            for number, state in ended.items():
                log.info("backfill.ended", backfill=number, state=state)

        try:
            await asyncio.to_thread(settle)
        except DatabaseUnavailable as error:
            log.warning("backfill.not-settled", error=str(error))

    async def _release(self) -> None:
        self._leases.drop(self._host)
        await asyncio.shield(self._talk.close_folder())

        def release() -> None:
            with self._service.database.connection() as connection:
                hosts.release_host(
                    connection,
                    self._host,
                    self._talk.pace,
                    behind=self._behind,
                )

        try:
            await asyncio.shield(when_there(self._service, release))
        except DatabaseUnavailable as error:
            log.warning("visit.not-released", error=str(error))


def _next_batch(due: list[DuePage], tried: int, seconds: float) -> int:
    """Return how many pages to take next: of a backfill, what takes a second or so."""
    if any(page.priority != BACKFILL for page in due):
        return PAGES_AT_ONCE
    if tried < len(due):
        return max(tried, 1)
    return min(2 * len(due), MOST_AT_ONCE) if seconds < PATIENCE / 4 else len(due)


async def _settle(stored: list[asyncio.Future[bool]]) -> None:
    """Wait until everything is committed; raise what kept the first from it."""
    for result in await asyncio.gather(*stored, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
