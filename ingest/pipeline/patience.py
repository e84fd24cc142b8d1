"""What must not be forgotten while the database is away: it is tried until it is back.

A reply that was heard cannot be heard again, a Retry-After least of all, and a lease that is not
given back holds its host up for as long as it runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import structlog

from ingest.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.pipeline.service import Service

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
T = TypeVar("T")


async def when_there(service: Service, step: Callable[[], T]) -> T:
    """Do a step in a thread, again while the database is away; doing it twice is doing it once.

    Raises:
        DatabaseUnavailable: it is away, and this process has been told to end.
    """
    while True:
        try:
            return await asyncio.to_thread(step)
        except DatabaseUnavailable as error:
            if service.is_stopping:
                raise
            log.warning("database.away", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
