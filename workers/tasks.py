"""The tasks: a name and one call each. Running one twice is running it once.

A pool process opens its database, its connections and its loop when its first task comes,
after the fork, and keeps them until it ends.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack
from functools import cache

import structlog
from celery.signals import worker_process_shutdown
from kombu.exceptions import OperationalError

from ingest.errors import ServiceError
from ingest.heap import give_back
from ingest.pipeline.backfill import settle as settle_backfills
from ingest.pipeline.service import Service, open_service
from ingest.pipeline.upkeep import run_upkeep
from ingest.pipeline.work import Worker
from ingest.settings import read_settings
from ingest.storage.schema import WORKERS
from workers.app import app, is_shutting_down
from workers.telling import tally

log = structlog.get_logger(__name__)

JUMP_SECONDS = 2.0


class PoolProcess:
    """What one pool process keeps between tasks."""

    def __init__(self) -> None:
        self._wall_ahead = wall_ahead()
        self._stack = ExitStack()
        try:
            self.service: Service = self._stack.enter_context(
                open_service(
                    read_settings(), name=WORKERS, is_stopping=is_shutting_down, tally=tally
                )
            )
            self._runner = self._stack.enter_context(asyncio.Runner())
            self._async_stack = AsyncExitStack()
            self._worker = self._runner.run(
                self._async_stack.enter_async_context(Worker(self.service))
            )
        except BaseException:
            self._stack.close()
            raise

    @property
    def clock_jumped(self) -> bool:
        """Whether this machine's clock was set anew since Postgres's was measured against it."""
        return abs(wall_ahead() - self._wall_ahead) > JUMP_SECONDS

    def work(self) -> int:
        """Visit what is due."""
        visited = self._runner.run(self._worker.work(wake=ring))
        give_back()
        return visited

    def close(self) -> None:
        """Commit what is in hand and close everything."""
        self._runner.run(self._async_stack.aclose())
        self._stack.close()


_process: PoolProcess | None = None


def pool_process() -> PoolProcess:
    """Return this process's things: opened at the first call, anew when the clock was set."""
    global _process
    if _process is not None and _process.clock_jumped:
        log.warning("clock.jumped")
        _close()
    if _process is None:
        _process = PoolProcess()
    return _process


def wall_ahead() -> float:
    """Return how far the wall clock is ahead of the one that is never set."""
    return time.time() - time.monotonic()


@worker_process_shutdown.connect
def _close(**_: object) -> None:
    global _process
    if _process is not None:
        _process.close()
        _process = None


@cache
def broker_errors() -> tuple[type[BaseException], ...]:
    """Return what a ring may meet: no broker, or one that refuses, such as a full one."""
    return (OperationalError, *app.connection_for_write().channel_errors)


def ring() -> None:
    """Ring the bell for another worker; a ring that is not heard within a tick is forgotten."""
    try:
        work.apply_async(expires=read_settings().tick.total_seconds())
    except broker_errors() as error:
        log.warning("ring.unheard", reason=str(error))


@app.task(name="khabar.work")
def work() -> None:
    """Visit the hosts that have something due."""
    try:
        with tally.task("work"):
            pool_process().work()
    except ServiceError as error:
        log.warning("work.waits", reason=str(error))


@app.task(name="khabar.upkeep")
def upkeep() -> None:
    """Do what only time asks for."""
    try:
        with tally.task("upkeep"):
            service = pool_process().service
            settle_backfills(service)
            run_upkeep(service)
    except ServiceError as error:
        log.warning("upkeep.waits", reason=str(error))
