"""What must not be forgotten while the database is away: it is tried until it is back.

    the database is away         again in half a second
    others are in the way        again at once: a deadlock has one victim, the others go on

A reply that was heard cannot be heard again, a Retry-After least of all, and a lease that is not
given back holds its host up for as long as it runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import structlog

from ingest.errors import DatabaseUnavailable
from ingest.storage.database import IN_THE_WAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.pipeline.service import Service

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
TRIES = 5
T = TypeVar("T")


async def when_there(service: Service, step: Callable[[], T]) -> T:
    """Do a step in a thread until the database takes it; doing it twice is doing it once.

    Raises:
        DatabaseUnavailable: it is away, and this process has been told to end.
    """
    while True:
        try:
            return await asyncio.to_thread(step)
        except IN_THE_WAY:
            log.info("database.again")
        except DatabaseUnavailable as error:
            if service.is_stopping:
                raise
            log.warning("database.away", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


def past_others(step: Callable[[], T]) -> T:
    """Do a step whose end somebody waits for, again while other transactions are in its way.

    Raises:
        DatabaseUnavailable: they stay there, or it is away.
    """
    met: Exception | None = None
    for _ in range(TRIES):
        try:
            return step()
        except IN_THE_WAY as error:
            met = error
    raise DatabaseUnavailable("other transactions stay in the way", "try again") from met
