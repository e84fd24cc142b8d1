"""The talk with one host: every request of a visit goes through here.

    ask(url) ─▶ lease long enough? ─▶ back-off over? ─▶ our turn? ─▶ request ─▶ note the next turn

One request at a time. The gap to the next is the host's crawl-delay or our own, whichever is
longer, counted from the end of the last request; back-off and gap outlive the visit on the
host's row, a Retry-After the moment it is heard.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.errors import (
    FetchError,
    HostUnreachable,
    KhabarError,
    ReplyRefused,
    RobotsRefused,
)
from ingest.fetch.etiquette import (
    back_off,
    gap_between_requests,
    host_wait,
    is_answer,
    is_host_failure,
    is_silence,
    robots_lifetime,
)
from ingest.fetch.folder import Access, open_folder, read_place
from ingest.fetch.robots import (
    RobotsFile,
    RobotsRules,
    ask_for_robots,
    is_usable,
    read_robots,
)
from ingest.model import WireService
from ingest.pipeline.network import needs_network, rest
from ingest.pipeline.patience import when_there
from ingest.pipeline.tally import FETCHES, status_word
from ingest.storage import host as hosts
from ingest.storage.host import HostPace
from ingest.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.fetch import Fetcher, Limits
    from ingest.fetch.folder import Folder
    from ingest.model import Reply, Source, Validators, WireFolder
    from ingest.pipeline.leases import Leases
    from ingest.pipeline.service import Service
    from ingest.pipeline.trial import Trial
    from ingest.storage.host import LeasedHost

log = structlog.get_logger(__name__)

LONGEST_TURN = timedelta(seconds=5)  # real; a host whose next turn is farther is given back
ILL = 3  # failures in a row: such a host's silence is its own
BUSY = frozenset({429, 503})


class NotYet(KhabarError):
    """The host is not to be asked before a later time: the visit ends."""


class NoRobotsYet(NotYet):
    """A host's robots.txt cannot be had before a later time; its feeds can be asked."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(host, until)
        self.host = host
        self.until = until

    def __str__(self) -> str:
        return f"{self.host}: no robots.txt before {self.until:%H:%M:%S}"


class Conversation:
    """What one visit knows of its host, and its only way to ask it anything.

    Attributes:
        trial: reads a page in a process of its own.
        reading: held while a page is read in the worker's loop, which nothing else can then use.
    """

    def __init__(
        self,
        service: Service,
        fetcher: Fetcher,
        trial: Trial,
        reading: asyncio.Lock,
        leases: Leases,
        host: LeasedHost,
    ) -> None:
        self.service = service
        self.trial = trial
        self.reading = reading
        self.host = host
        self._fetcher = fetcher
        self._leases = leases
        self._rules: RobotsRules | None = None
        self._rules_for_pace: RobotsRules | None = None  # a crawl-delay outlives the rules' day
        self._others: dict[str, RobotsRules] = {}
        self._agent = service.user_agent
        self._needs_network = needs_network(host.name)
        self.pace = HostPace(
            next_request_at=host.next_request_at,
            backoff_until=host.backoff_until,
            failures=host.failures,
            robots_retry_at=host.robots_retry_at,
            robots_failures=host.robots_failures,
        )
        self._wire_gap: timedelta | None = None  # virtual; of a host that is a wire's service
        self._folder: Folder | None = None
        self._folder_url = ""
        if host.robots_fetched_at is not None:
            self._rules_for_pace = read_robots(host.robots or "", host.robots_status)
            if not self._is_stale(host.robots_fetched_at):
                self._rules = self._rules_for_pace

    async def ask(
        self,
        url: str,
        *,
        source: Source,
        limits: Limits,
        validators: Mapping[str, Validators] | None = None,
        obey_robots: bool = True,
        patience: timedelta = LONGEST_TURN,
        form: bytes | None = None,
        may_repeat: bool = True,
    ) -> Reply:
        """Fetch a URL when it is our turn.

        A turn that is farther away than `patience`, in real time, is not waited for. A request
        that died with its kept connection is repeated at the host's next turn, if it may be: a
        feed is asked again no sooner than its floor allows.

        Raises:
            LeaseLost, NotYet: nothing was asked; the visit is over.
            FetchError: as the fetcher names it; the host's pace is slowed where it is to blame.
        """
        self._heed_wire(source)
        hops = 0

        async def before_request(hop: str) -> None:
            nonlocal hops
            if hops and self._wire_gap is not None:
                self._take_turn()  # where it leads is asked in its turn, too
            hops += 1
            await self._wait_for_turn(patience)
            if obey_robots:
                await self._check_rules(hop, source)

        async def may_ask_again(_hop: str) -> bool:
            return await self._wait_for_next_turn(patience)

        try:
            reply = await self._fetcher.get(
                url,
                validators=validators,
                limits=limits,
                headers={},
                ports=source.ports,
                before_request=before_request,
                may_ask_again=may_ask_again if may_repeat else None,
                form=form,
                is_alone=self._wire_gap is not None,
            )
        except FetchError as error:
            self.service.tally.not_fetched("page" if obey_robots else "feed", error)
            await self._note(source, error)
            raise
        except BaseException:
            self._take_turn()
            raise
        self.service.tally.fetched("page" if obey_robots else "feed", reply)
        await self._note(source, None)
        return reply

    @property
    def gap(self) -> timedelta:
        """The wait between two requests to a wire's service; virtual."""
        return self._wire_gap or timedelta()

    def has_credentials(self, url: str) -> bool:
        """Return whether the environment has credentials for a URL's origin."""
        return self._fetcher.has_credentials(url)

    def _heed_wire(self, source: Source) -> None:
        """Keep the gap of a wire's service, after the death of whoever asked last too."""
        if self._wire_gap is not None or not isinstance(source.wire, WireService):
            return
        clock, chosen = self.service.clock, self.service.settings.wire_gap
        self._wire_gap = clock.virtual_wait(source.wire.gap if chosen is None else chosen)
        if self.host.crashed:
            turn = clock.now() + self._wire_gap
            self.pace = replace(
                self.pace, next_request_at=max(self.pace.next_request_at or turn, turn)
            )

    async def open_folder(self, url: str, wire: WireFolder) -> Folder:
        """Return a wire's folder, opened once a visit.

        Raises:
            FolderUnavailable: it cannot be opened.
        """
        if self._folder is None or self._folder_url != url:
            await self.close_folder()
            access = Access.from_environment(wire.credentials, os.environ)
            self._folder = await asyncio.to_thread(open_folder, read_place(url), access)
            self._folder_url = url
        return self._folder

    async def close_folder(self) -> None:
        """Let go of a folder's connection, if there is one."""
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(folder.close)

    def check_lease(self) -> None:
        """Return when the host is ours long enough for one more thing.

        Raises:
            LeaseLost: it is not.
            NotYet: it is to be left alone, or the process must end.
        """
        self._leases.check(self.host, self.service.settings.fetch_timeout)
        until = self.pace.backoff_until
        if self.service.is_stopping or (until is not None and until > self.service.clock.now()):
            raise NotYet(f"{self.host.name}: not now")

    async def quiet(self, error: KhabarError) -> None:
        """Leave the host alone, longer with each failure in a row: what it said concerns all."""
        failures = self.pace.failures + 1
        manners = self.service.manners
        wait = back_off(
            failures,
            self.service.rng,
            floor=manners.busy_floor,
            first=manners.busy_floor * 2,
            ceiling=manners.ceiling,
        )
        until = self.service.clock.now() + wait
        await self._keep(
            replace(self.pace, failures=failures, backoff_until=until, last_error=str(error)[:500])
        )

    async def _check_rules(self, hop: str, source: Source) -> None:
        """Let robots.txt have its say, that of another host too where a redirect leads there.

        Raises:
            RobotsRefused: it shuts the page, or it cannot be had.
        """
        name = host_of(hop)
        if name == self.host.name:
            rules = self._rules
        elif name in self._others:
            rules = self._others[name]
        else:
            rules = self._others[name] = await self._rules_of_another(name, hop, source)
        if rules is not None and not rules.allows(self._agent, hop):
            raise RobotsRefused(hop, "robots.txt asks us to stay away")

    async def _rules_of_another(self, name: str, hop: str, source: Source) -> RobotsRules:
        """Return the rules of a host that is not ours to visit: known, or asked for once."""
        known = await asyncio.to_thread(self._known_robots, name)
        if known is not None:
            return known
        file = await ask_for_robots(
            self._fetcher,
            hop,
            ports=source.ports,
            before_request=self._before_robots,
            may_ask_again=self._may_ask_for_robots_again,
        )
        now = self.service.clock.now()
        if is_usable(file.status):
            await asyncio.to_thread(self._keep_robots, name, file, now)
        return file.rules

    def _known_robots(self, name: str) -> RobotsRules | None:
        with self.service.database.connection() as connection:
            found = hosts.robots_of(connection, name)
        if found is None or found.robots_fetched_at is None:
            return None
        if self._is_stale(found.robots_fetched_at):
            return None
        return read_robots(found.robots or "", found.robots_status)

    def _keep_robots(self, name: str, file: RobotsFile, now: datetime) -> None:
        with self.service.database.connection() as connection:
            hosts.keep_robots(
                connection, name, robots=file.text, status=file.status, fetched_at=now
            )

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """What the host's robots.txt names, as far as it is known."""
        return self._rules.sitemaps if self._rules else ()

    async def learn_robots(self, url: str, source: Source) -> None:
        """Know the host's robots.txt before its pages are asked for (RFC 9309).

        Raises:
            NoRobotsYet: it cannot be had: its pages wait until it can.
            NotYet, LeaseLost: nothing was asked.
        """
        until = self.pace.robots_retry_at
        if self._rules is None and (until is None or until <= self.service.clock.now()):
            until = await self._fetch_robots(url, source)
        if self._rules is None and until is not None:
            raise NoRobotsYet(self.host.name, until)

    async def _fetch_robots(self, url: str, source: Source) -> datetime | None:
        """Ask for robots.txt; return when to ask again if it cannot be had, later each time."""
        await self._wait_for_turn()
        file = await ask_for_robots(
            self._fetcher,
            url,
            ports=source.ports,
            before_request=self._before_robots,
            may_ask_again=self._may_ask_for_robots_again,
        )
        service, now = self.service, self.service.clock.now()
        service.tally.add(FETCHES, "robots", status_word(file.status))
        await self._heed_network(source, file.trouble)
        if is_usable(file.status):
            self._rules = self._rules_for_pace = file.rules
            self._take_turn()  # its crawl-delay counts from here
            self.pace = replace(self.pace, robots_retry_at=None, robots_failures=0)
            await when_there(self.service, lambda: self._store_robots(file, now))
            return None
        self._take_turn()
        failures = self.pace.robots_failures + 1
        lifetime = robots_lifetime(
            file.status, file.headers, now, failures=failures, manners=service.manners
        )
        until = now + max(lifetime, timedelta(seconds=file.retry_after or 0))
        pace = replace(self.pace, robots_retry_at=until, robots_failures=failures)
        trouble = _trouble_with_host(url, file)
        if trouble is not None:  # not its rules alone: everything there rests
            failures = self.pace.failures + 1
            wait = host_wait(trouble, failures, service.rng, service.manners) or timedelta()
            pace = replace(
                pace,
                failures=failures,
                backoff_until=max(pace.backoff_until or now, now + wait),
                last_error="robots.txt cannot be reached",
            )
        await self._keep(pace)
        return until

    def _store_robots(self, file: RobotsFile, now: datetime) -> None:
        with self.service.database.connection() as connection:
            hosts.store_robots(
                connection, self.host, robots=file.text, status=file.status, fetched_at=now
            )

    async def _before_robots(self, _hop: str) -> None:
        self._leases.check(self.host, self.service.settings.fetch_timeout)

    async def _may_ask_for_robots_again(self, _hop: str) -> bool:
        return await self._wait_for_next_turn()

    async def _wait_for_next_turn(self, patience: timedelta = LONGEST_TURN) -> bool:
        """Wait for the turn after one that died unheard; False when a visit does not wait so long.

        Raises:
            LeaseLost: the host is another's.
        """
        self._take_turn()
        try:
            await self._wait_for_turn(patience)
        except NotYet:
            return False
        return True

    async def _wait_for_turn(self, patience: timedelta = LONGEST_TURN) -> None:
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
            if wait > patience.total_seconds() or service.is_stopping:
                raise NotYet(f"{self.host.name}: not before {turn:%H:%M:%S}")
            if wait > 0:
                await asyncio.sleep(wait)
                self._leases.check(self.host, service.settings.fetch_timeout)

    def _take_turn(self) -> None:
        settings = self.service.settings
        rules = self._rules_for_pace
        delay = rules.crawl_delay(self._agent) if rules else None
        gap = self._wire_gap
        if gap is None:
            gap = gap_between_requests(delay, settings.request_gap)
        self.pace = replace(self.pace, next_request_at=self.service.clock.now() + gap)

    async def begin(self) -> None:
        """Return when the host may be asked for all we know of our own network.

        Raises:
            NotYet: the network is away, and another host is being tried.
        """
        if self._needs_network and not self.service.network.may_try():
            await self._rest("nobody can be reached from here")

    async def _heed_network(self, source: Source, error: FetchError | None) -> None:
        """Let the network have its part in a failure: when it is away, nobody else is to blame.

        Raises:
            NotYet: it is; nothing is counted, and what was to be asked for goes back as it was.
        """
        if not self._needs_network:
            return
        network = self.service.network
        if is_answer(error):
            network.answered()
        elif is_silence(error) and network.silent(source.slug, is_ill=self.pace.failures >= ILL):
            await self._rest("nobody answers from here", self.service.settings.poll_floor)

    async def _rest(self, reason: str, shortest: timedelta = timedelta()) -> None:
        """Let the host rest till the network may be back.

        Raises:
            NotYet: always.
        """
        until = self.service.clock.now() + max(rest(self.service.rng), shortest)
        until = max(until, self.pace.backoff_until or until)
        await self._keep(replace(self.pace, backoff_until=until, last_error=reason[:500]))
        raise NotYet(f"{self.host.name}: {reason}")

    async def _note(self, source: Source, error: FetchError | None) -> None:
        """Note how a request went: the next turn, and how long the host wants to be left alone.

        Raises:
            NotYet: nobody can be reached from here; nothing is counted.
        """
        self._take_turn()
        await self._heed_network(source, error)
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

        await when_there(self.service, store)

    def _is_stale(self, fetched_at: datetime) -> bool:
        age = self.service.clock.now() - fetched_at
        return age >= min(self.service.settings.robots_max_age, timedelta(hours=24))


def _trouble_with_host(url: str, file: RobotsFile) -> FetchError | None:
    """Return what an answer for robots.txt says of the whole host: busy, or not there at all."""
    if file.status is None:
        return HostUnreachable(url, "robots.txt cannot be reached")
    if file.status in BUSY or file.retry_after:
        return ReplyRefused(url, file.status, file.retry_after)
    return None
