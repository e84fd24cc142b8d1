"""What every step of one process shares: settings, clock, database, fetcher."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest import __version__
from ingest.errors import DatabaseUnavailable
from ingest.fetch import FetchOptions, Limits, parse_connect_to
from ingest.fetch.credentials import Credentials, names_in, wire_credentials
from ingest.fetch.etiquette import Manners
from ingest.fetch.guard import read_target
from ingest.model import WireService
from ingest.pipeline.disk import Disk
from ingest.pipeline.journal import set_level
from ingest.pipeline.network import Network
from ingest.pipeline.tally import Tally
from ingest.polling import DEFAULT_PRICE
from ingest.sources import find_source
from ingest.sources import sources as declared_sources
from ingest.storage import source as sources
from ingest.storage import status
from ingest.storage.database import Database, measure_offset
from ingest.storage.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ingest.clock import Clock
    from ingest.model import Source
    from ingest.settings import Settings
    from ingest.storage.queries import Connection

POLL_PRICE = "polling.price"
LOG_LEVEL, LOG_UNTIL = "log.level", "log.until"  # a level of logging, seconds since 1970 (real)
LOG_LEVEL_SECONDS = 5.0  # real; how soon a level that was asked for is followed
PRICE_SECONDS = 60.0  # real; how long a price that was read is used


class Service:
    """The shared things of one process; made after the fork, closed at its end.

    Attributes:
        clock: corrected by Postgres's offset when the service was opened.
        rng: for jitter.
        tally: what this process did, for whoever started it.
        network: whether anybody can be reached from here.
        disk: whether there is room for more.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        *,
        is_stopping: Callable[[], bool] | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.tally = tally or Tally()
        self.settings = settings
        self.database = database
        self.clock = clock
        self.rng = random.Random()  # noqa: S311 - jitter, not a secret
        self.user_agent = user_agent(settings)
        self.manners = Manners(
            ceiling=settings.backoff_ceiling, longest_retry=settings.retry_after_ceiling
        )
        self.network = Network(clock)
        self.disk = Disk(settings)
        self._stopping = threading.Event()
        self._is_told_to_stop = is_stopping or self._stopping.is_set
        self._sources: dict[str, Source] = {}
        self._price, self._price_until = DEFAULT_PRICE, 0.0
        self._log_level: str = settings.log
        self._log_level_until = 0.0

    @property
    def is_stopping(self) -> bool:
        """Whether this process has been told to end."""
        return self._stopping.is_set() or self._is_told_to_stop()

    def stop(self) -> None:
        """Tell every step to finish what it has in hand; may be called from a signal handler."""
        self._stopping.set()

    def source_of(self, slug: str) -> Source:
        """Return a source: its declaration, or what its row tells of one a person made."""
        if slug not in self._sources:
            with self.database.connection() as connection:
                self.learn_sources(connection, [slug])
        return self._sources[slug]

    def learn_sources(self, connection: Connection, slugs: Iterable[str]) -> None:
        """Know sources before they are asked for where the database must not be waited for.

        Raises:
            LookupError: there is none of this name.
        """
        for slug in set(slugs) - self._sources.keys():
            found = find_source(slug) or sources.stored_source(connection, slug)
            if found is None:
                raise LookupError(f"no source {slug!r}")
            self._sources[slug] = found

    @property
    def known_poll_price(self) -> float | None:
        """The price as it was read less than a minute ago; None when it has to be read anew."""
        return self._price if time.monotonic() < self._price_until else None

    def poll_price(self) -> float:
        """Return what a poll costs the whole fleet now, read anew once a minute."""
        if time.monotonic() >= self._price_until:
            with self.database.connection() as connection:
                self._price = status.fleet_number(connection, POLL_PRICE) or DEFAULT_PRICE
            self._price_until = time.monotonic() + PRICE_SECONDS
        return self._price

    def follow_log_level(self) -> None:
        """Write as much as a person asked of the whole fleet for a while; asked now and then."""
        if time.monotonic() < self._log_level_until:
            return
        self._log_level_until = time.monotonic() + LOG_LEVEL_SECONDS
        with self.database.connection() as connection:
            wanted = asked_log_level(connection, self.clock.real()) or self.settings.log
        if wanted != self._log_level:
            set_level(wanted)
            self._log_level = wanted

    @property
    def page_limits(self) -> Limits:
        """Bounds of a page."""
        return limits_of(self.settings, self.settings.page_max_bytes)

    @property
    def feed_limits(self) -> Limits:
        """Bounds of a feed."""
        return limits_of(self.settings, self.settings.feed_max_bytes)


def asked_log_level(connection: Connection, real_now: datetime) -> str | None:
    """Return the level a person asked of the fleet and that is still in force; None for none."""
    until = status.fleet_number(connection, LOG_UNTIL)
    number = status.fleet_number(connection, LOG_LEVEL)
    if until is None or number is None or until <= real_now.timestamp():
        return None
    return logging.getLevelName(int(number)).lower()


def ask_log_level(
    connection: Connection, level: str, *, until: datetime, virtual_now: datetime
) -> None:
    """Ask a level of the whole fleet until a real instant."""
    number = logging.getLevelNamesMapping()[level.upper()]
    status.set_fleet_number(connection, LOG_LEVEL, number, at=virtual_now)
    status.set_fleet_number(connection, LOG_UNTIL, until.timestamp(), at=virtual_now)


def limits_of(settings: Settings, max_bytes: int) -> Limits:
    """Return the bounds of one fetch as the settings have them."""
    return Limits(
        max_bytes=max_bytes,
        max_ratio=settings.max_ratio,
        max_seconds=settings.fetch_timeout.total_seconds(),
        max_redirects=settings.max_redirects,
        max_header_bytes=settings.header_max_bytes,
    )


def fetch_options(settings: Settings, clock: Clock) -> FetchOptions:
    """Return what a fetcher is made from."""
    return FetchOptions(
        user_agent=user_agent(settings),
        limits=limits_of(settings, settings.page_max_bytes),
        allow_loopback=settings.allow_loopback,
        connect_to=parse_connect_to(settings.connect_to),
        ports=frozenset(settings.ports),
        connect_seconds=settings.connect_timeout.total_seconds(),
        credentials=known_credentials(),
        now=clock.now,
        sleep=lambda wait: asyncio.sleep(clock.real_seconds(wait)),
    )


def known_credentials() -> tuple[Credentials, ...]:
    """Return the environment's credentials: of licensed feeds, and of the wires that are declared.

    Raises:
        SettingsError: one is incomplete.
    """
    services = [
        source.wire for source in declared_sources() if isinstance(source.wire, WireService)
    ]
    wires = (wire_credentials(wire.credentials, wire.root, os.environ) for wire in services)
    named = Credentials.from_environment(names_in(os.environ), os.environ)
    return (*named, *(found for found in wires if found is not None))


def has_credentials(url: str) -> bool:
    """Return whether the environment has credentials for the origin of a URL."""
    origin = read_target(url).origin
    return any(known.origin == origin for known in known_credentials())


def user_agent(settings: Settings) -> str:
    """Return product, version and contact, as every request names them."""
    return f"khabar/{__version__} (+{settings.contact})"


@contextmanager
def open_service(
    settings: Settings,
    *,
    connections: int = 6,
    name: str = "khabar",
    is_stopping: Callable[[], bool] | None = None,
    tally: Tally | None = None,
) -> Iterator[Service]:
    """Open the database, check its schema and measure its clock.

    Args:
        settings: with a database URL.
        connections: at most so many.
        name: what its sessions are called in pg_stat_activity.
        is_stopping: asked besides `Service.stop` whether this process shall end.
        tally: one that is told of elsewhere; by default one that nobody reads.

    Raises:
        DatabaseUnavailable, DatabaseOutdated: with the cure.
        SettingsError: no database is named.
    """
    with Database(
        database_url(settings), most=connections, name=name, prepare=settings.prepare
    ) as database:
        with database.connection() as connection:
            check_schema(connection)
            offset = measure_offset(connection, datetime.now(UTC))
        clock = settings.clock.corrected_by(offset)
        yield Service(settings, database, clock, is_stopping=is_stopping, tally=tally)


def database_url(settings: Settings) -> str:
    """Return the database's URL, which whoever started us has put into the settings."""
    if settings.database_url is None:
        raise DatabaseUnavailable(
            "no database is named", "set KHABAR_DATABASE_URL, or start with `khabar up`"
        )
    return settings.database_url
