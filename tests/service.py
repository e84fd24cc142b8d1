"""A service of a test's own: fresh database, loopback allowed, one impatient worker.

with open_test_service(database) as service:
    follow(service, f"{site.url}/feed")
    work(service, seconds=3)                       # what a ring of the bell does
    rows = changes(service)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from ingest.pipeline.follow import follow_url
from ingest.pipeline.service import Service, open_service
from ingest.pipeline.work import Worker
from ingest.settings import Settings
from ingest.storage import change, page


def settings_for(database: str, **changes: Any) -> Settings:
    """Return settings that a test can wait for."""
    impatient: dict[str, Any] = {
        "database_url": database,
        "allow_loopback": True,
        "request_gap": timedelta(),
        "poll_floor": timedelta(seconds=1),
        "task": timedelta(seconds=0.5),
        "slice": timedelta(seconds=5),
        "fetch_timeout": timedelta(seconds=3),
        "batch_wait": timedelta(milliseconds=20),
        "lease": timedelta(seconds=5),
        "contact": "https://tests.example/contact",
    }
    return Settings(**(impatient | changes))


@contextmanager
def open_test_service(database: str, **changes: Any) -> Iterator[Service]:
    """Open a service on a fresh database."""
    with open_service(settings_for(database, **changes)) as service:
        yield service


def work(service: Service, *, until: Callable[[], bool] | None = None) -> int:
    """Answer one ring of the bell, or as many as it takes; return how many hosts were visited."""

    async def answer() -> int:
        async with Worker(service) as worker:
            visited = await worker.work()
            ends_at = time.monotonic() + 20
            while until is not None and not until():
                assert time.monotonic() < ends_at, "what the test waits for did not come"
                visited += await worker.work()
            return visited

    return asyncio.run(answer())


def follow(service: Service, url: str) -> int:
    """Follow a feed as a person would; return its number."""
    done = follow_url(service, url)
    assert done.feed_id is not None
    return done.feed_id


def changes(service: Service, after: int = 0) -> list[dict[str, Any]]:
    """Return what consumers see."""
    with service.database.connection() as connection:
        return change.changes_after(connection, after)


def pages(service: Service) -> list[page.ListedPage]:
    """Return the pages as people see them."""
    with service.database.connection() as connection:
        return page.list_pages(connection)


def rows(service: Service, query: str, *params: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query; for what no command shows."""
    with service.database.connection() as connection:
        return connection.execute(query.encode(), params).fetchall()
