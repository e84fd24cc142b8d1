"""The talk with one host: every request of a visit goes through here.

    ask(url) ─▶ lease long enough? ─▶ back-off over? ─▶ our turn? ─▶ request ─▶ note the next turn

One request at a time. The gap to the next is the host's crawl-delay or our own, whichever is
longer, counted from the end of the last request; back-off and gap outlive the visit on the
host's row, a Retry-After the moment it is heard.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.errors import FetchError, KhabarError, RobotsRefused
from ingest.fetch.etiquette import (
    gap_between_requests,
    host_wait,
    is_host_failure,
    robots_lifetime,
)
from ingest.fetch.robots import RobotsFile, RobotsRules, ask_for_robots, read_robots
from ingest.storage import host as hosts
from ingest.storage.host import HostPace
from ingest.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.fetch import Fetcher, Limits
    from ingest.model import Reply, Source, Validators
    from ingest.pipeline.leases import Leases
    from ingest.pipeline.service import Service
    from ingest.pipeline.trial import Trial
    from ingest.storage.host import LeasedHost

log = structlog.get_logger(__name__)

LONGEST_TURN = timedelta(seconds=5)  # real; a host whose next turn is farther is given back
TOO_MANY_REQUESTS = 429


class NotYet(KhabarError):
    """The host is not to be asked before a later time: the visit ends."""


class Conversation:
    """What one visit knows of its host, and its only way to ask it anything."""

    def __init__(
        self, service: Service, fetcher: Fetcher, trial: Trial, leases: Leases, host: LeasedHost
    ) -> None:
        self.service = service
        self.trial = trial
        self.host = host
        self._fetcher = fetcher
        self._leases = leases
        self._rules: RobotsRules | None = None
        self._agent = service.user_agent
        self.pace = HostPace(
            next_request_at=host.next_request_at,
            backoff_until=host.backoff_until,
            failures=host.failures,
        )
        if host.robots_fetched_at is not None and not self._is_stale(host.robots_fetched_at):
            self._rules = read_robots(host.robots or "", host.robots_status)

    async def ask(
        self,
        url: str,
        *,
        source: Source,
        limits: Limits,
        validators: Mapping[str, Validators] | None = None,
        obey_robots: bool = True,
    ) -> Reply:
        """Fetch a URL when it is our turn.

        Raises:
            LeaseLost, NotYet: nothing was asked; the visit is over.
            FetchError: as the fetcher names it; the host's pace is slowed where it is to blame.
        """

        async def before_request(hop: str) -> None:
            await self._wait_for_turn()
            if obey_robots and not self._is_allowed(hop):
                raise RobotsRefused(hop, "robots.txt asks us to stay away")

        try:
            reply = await self._fetcher.get(
                url,
                validators=validators,
                limits=limits,
                headers={},
                ports=source.ports,
                before_request=before_request,
            )
        except FetchError as error:
            await self._note(error)
            raise
        except BaseException:
            self._take_turn()
            raise
        await self._note(None)
        return reply

    def _is_allowed(self, url: str) -> bool:
        if self._rules is None or host_of(url) != self.host.name:
            return True
        return self._rules.allows(self._agent, url)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """What the host's robots.txt names, as far as it is known."""
        return self._rules.sitemaps if self._rules else ()

    async def learn_robots(self, url: str, source: Source) -> None:
        """Know the host's robots.txt before its pages are asked for (RFC 9309).

        Raises:
            NotYet: it cannot be reached: we stay away until it can.
        """
        if self._rules is None:
            await self._fetch_robots(url, source)
        if self._rules is None:
            raise NotYet(f"{self.host.name}: robots.txt cannot be reached")

    async def _fetch_robots(self, url: str, source: Source) -> None:
        """Ask for robots.txt; one that cannot be had keeps us away for longer each time."""
        await self._wait_for_turn()
        file = await ask_for_robots(
            self._fetcher, url, ports=source.ports, before_request=self._before_robots
        )
        self._take_turn()
        service = self.service
        now, is_had = service.clock.now(), file.status is not None and file.status < 500
        failures = 0 if is_had else self.pace.failures + 1
        lifetime = robots_lifetime(
            file.status, file.headers, now, failures=failures, manners=service.manners
        )
        if file.retry_after:
            lifetime = max(lifetime, timedelta(seconds=file.retry_after))
        if is_had and file.status != TOO_MANY_REQUESTS:
            self._rules = file.rules
            self._take_turn()  # its crawl-delay counts from here
            await asyncio.to_thread(self._store_robots, file, now)
            return
        await self._keep(
            replace(
                self.pace,
                failures=max(failures, 1),
                backoff_until=max(self.pace.backoff_until or now, now + lifetime),
                last_error="robots.txt cannot be reached",
            )
        )

    def _store_robots(self, file: RobotsFile, now: datetime) -> None:
        with self.service.database.connection() as connection:
            hosts.store_robots(
                connection, self.host, robots=file.text, status=file.status, fetched_at=now
            )

    async def _before_robots(self, _hop: str) -> None:
        self._leases.check(self.host, self.service.settings.fetch_timeout)

    async def _wait_for_turn(self) -> None:
        """Wait until the host may be asked.

        Raises:
            LeaseLost: it is another's.
            NotYet: the turn is farther away than a visit waits.
        """
        service = self.service
        self._leases.check(self.host, service.settings.fetch_timeout)
        turn = max(filter(None, [self.pace.next_request_at, self.pace.backoff_until]), default=None)
        if turn is not None:
            wait = service.clock.real_seconds(turn - service.clock.now())
            if wait > LONGEST_TURN.total_seconds() or service.is_stopping:
                raise NotYet(f"{self.host.name}: not before {turn:%H:%M:%S}")
            if wait > 0:
                await asyncio.sleep(wait)
                self._leases.check(self.host, service.settings.fetch_timeout)

    def _take_turn(self) -> None:
        settings = self.service.settings
        delay = self._rules.crawl_delay(self._agent) if self._rules else None
        gap = gap_between_requests(delay, settings.request_gap)
        self.pace = replace(self.pace, next_request_at=self.service.clock.now() + gap)

    async def _note(self, error: FetchError | None) -> None:
        """Note how a request went: the next turn, and how long the host wants to be left alone."""
        self._take_turn()
        if error is None:
            self.pace = replace(self.pace, failures=0, backoff_until=None, last_error=None)
            return
        if not is_host_failure(error):
            return
        failures = self.pace.failures + 1
        wait = host_wait(error, failures, self.service.rng, self.service.manners)
        until = self.pace.backoff_until if wait is None else self.service.clock.now() + wait
        await self._keep(
            replace(self.pace, failures=failures, backoff_until=until, last_error=str(error)[:500])
        )

    def stumble(self, error: Exception) -> None:
        """Leave the host alone for a while: a fault of our own must not become its burden."""
        self.pace = replace(
            self.pace,
            failures=self.pace.failures + 1,
            backoff_until=self.service.clock.now() + self.service.manners.first,
            last_error=f"fault of ours: {type(error).__name__}: {error}"[:500],
        )

    async def _keep(self, pace: HostPace) -> None:
        """Write a slower pace down at once: a worker's death must not forget it."""
        self.pace = pace

        def store() -> None:
            with self.service.database.connection() as connection:
                hosts.store_pace(connection, self.host, pace)

        await asyncio.to_thread(store)

    def _is_stale(self, fetched_at: datetime) -> bool:
        age = self.service.clock.now() - fetched_at
        return age >= min(self.service.settings.robots_max_age, timedelta(hours=24))
