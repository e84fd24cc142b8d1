"""What a worker does when the doorbell rings: visit hosts until nothing is due or its time is over.

    claim hosts, as many as there is room ─▶ a Visit each, all in one loop ─▶ claim again
    nothing due now? wait for the next due time within the slice, or end

A ring says only that there may be work. The loop rings again (`wake`) when it leaves work
behind, so that work is shared by as many workers as there are.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from ingest.errors import DatabaseUnavailable
from ingest.fetch import Fetcher
from ingest.pipeline.leases import Leases, lease_length, void_dead_leases, worker_name
from ingest.pipeline.service import fetch_options
from ingest.pipeline.trial import Trial
from ingest.pipeline.visit import Visit
from ingest.pipeline.writer import Writer
from ingest.storage import host as hosts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ingest.pipeline.service import Service
    from ingest.storage.host import LeasedHost

log = structlog.get_logger(__name__)

SHORTEST_WAIT = 0.02  # real seconds between two claims that found nothing
STOP_GRACE = 2.0  # real seconds a visit may go on once the process shall end
LONGEST_WAIT = 1.0  # real; work may be added by others at any time


class Worker:
    """The things one worker process keeps between rings: connections, leases, the writer.

    `async with Worker(service) as worker: await worker.work()`, inside the process's own loop.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._name = worker_name()
        self._stack = AsyncExitStack()
        self._visits: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Lock()

    async def __aenter__(self) -> Worker:
        enter = self._stack
        options = fetch_options(self._service.settings, self._service.clock)
        self._leases = enter.enter_context(Leases(self._service))
        self._fetcher = await enter.enter_async_context(Fetcher(options))
        self._trial = await enter.enter_async_context(Trial())
        self._writer = await enter.enter_async_context(Writer(self._service))
        return self

    async def __aexit__(self, *exc: object) -> None:
        """End the visits that run, commit what they brought, close everything."""
        await self._finish_visits()
        await self._stack.aclose()

    async def work(self, wake: Callable[[], None] | None = None) -> int:
        """Visit due hosts until nothing is due soon or the task's time is over.

        Args:
            wake: rings the bell for another worker; called when more is due than we can take.

        Returns:
            How many hosts were visited.

        Raises:
            DatabaseUnavailable: at the start; later it is waited for.
        """
        service = self._service
        ends_at = time.monotonic() + service.settings.task.total_seconds()
        await asyncio.to_thread(void_dead_leases, service)
        visited = 0
        while not service.is_stopping and time.monotonic() < ends_at and service.disk.has_room():
            service.tally.turn()
            await self._follow_fleet()
            room = service.settings.visits - len(self._visits)
            claimed = await self._claim(room) if room else []
            for host in claimed:
                self._start(host)
            visited += len(claimed)
            if claimed and len(claimed) == room and wake is not None:
                await asyncio.to_thread(wake)
            if not await self._wait(ends_at, is_idle=not claimed):
                break
        await self._finish_visits()
        return visited

    async def _follow_fleet(self) -> None:
        """Hear now and then what the whole fleet is told, and what it knows of our network."""

        def follow() -> None:
            self._service.follow_log_level()
            self._service.network.share(self._service)

        try:
            await asyncio.to_thread(follow)
        except DatabaseUnavailable as error:
            log.warning("fleet.unknown", error=str(error))

    async def _finish_visits(self) -> None:
        """Let the visits end by themselves; when the process must end, cut them short."""
        while self._visits and not self._service.is_stopping:
            self._service.tally.turn()
            await asyncio.wait(self._visits, timeout=LONGEST_WAIT)
        if self._visits:
            await asyncio.wait(self._visits, timeout=STOP_GRACE)
        for visit in self._visits:
            visit.cancel()
        if self._visits:
            await asyncio.wait(self._visits)

    async def _claim(self, room: int) -> list[LeasedHost]:
        service = self._service

        def claim() -> list[LeasedHost]:
            real = service.clock.real()
            until = real + lease_length(service)
            with service.database.connection() as connection:
                return hosts.claim_due_hosts(
                    connection,
                    now=service.clock.now(),
                    real_now=real,
                    leased_until=until,
                    due_again=service.clock.virtual(until),
                    batch=room,
                    worker=self._name,
                )

        try:
            return await asyncio.to_thread(claim)
        except DatabaseUnavailable as error:
            log.warning("claim.no-database", error=str(error))
            await asyncio.sleep(LONGEST_WAIT)
            return []

    def _start(self, host: LeasedHost) -> None:
        visit = Visit(
            self._service,
            self._fetcher,
            self._trial,
            self._reading,
            self._leases,
            self._writer,
            host,
            is_crowded=lambda: len(self._visits) >= self._service.settings.visits,
        )
        task = asyncio.create_task(visit.run(), name=f"visit {host.name}")
        self._visits.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("visit.broken", visit=task.get_name(), exc_info=error)

    async def _wait(self, ends_at: float, *, is_idle: bool) -> bool:
        """Wait for a visit's end or the next due time; False when nothing is due this slice."""
        left = ends_at - time.monotonic()
        if not is_idle:
            await asyncio.sleep(0)
            return True
        next_due = await asyncio.to_thread(self._next_due_in)
        if not self._visits and (next_due is None or next_due > left):
            return False
        seconds = LONGEST_WAIT if next_due is None else next_due
        seconds = min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT, max(left, SHORTEST_WAIT))
        if self._visits:
            await asyncio.wait(self._visits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)
        return True

    def _next_due_in(self) -> float | None:
        """Return real seconds until the next host falls due; None when nothing is followed."""
        clock = self._service.clock
        try:
            with self._service.database.connection() as connection:
                due_at: datetime | None = hosts.next_due_at(connection, real_now=clock.real())
        except DatabaseUnavailable:
            return None
        return None if due_at is None else clock.real_seconds(due_at - clock.now())
