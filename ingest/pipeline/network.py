"""Whether this machine reaches anybody, judged by what its own requests meet.

    nobody has answered for five seconds, and three agencies that did till then are silent ──▶ away
    anybody answers                                                                        ──▶ there

Silent is who has no name, no way to it, takes no connection or says nothing in time; whoever
refuses or breaks off is there, or somebody before it, and tells nothing. What lies on this machine
itself, folders and servers on loopback, is reached without a network: it is asked as ever.

While the network is away nobody is blamed for it: what was to be asked goes back as it was, no
failure is counted, one host is tried each few seconds and the others rest for a minute or three.
So all are asked again within minutes of its return, and not all in the same second.

What one process learns its machine's others learn by a row of the fleet's numbers, kept fresh while
it lasts; it is one trouble, and those that follow from it are held back (`pipeline/troubles.py`).
"""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from ingest.fetch.folder import is_folder
from ingest.fetch.guard import is_loopback
from ingest.storage import status
from ingest.storage import trouble as troubles
from ingest.storage.trouble import Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from ingest.clock import Clock
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection
    from ingest.storage.status import FleetNumber
    from ingest.storage.trouble import LastAnswer

log = structlog.get_logger(__name__)

NO_NETWORK = "no-network"
SILENT_AGENCIES = 3  # fewer may all be ill
SILENT_SECONDS = 5.0  # real; somebody always answers a fleet that asks many
TRY_EVERY = timedelta(seconds=10)  # virtual; one host of each process
SHORTEST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=3)  # virtual
TROUBLE_AFTER = timedelta(minutes=5)  # virtual; a router that restarts needs no person
RECOVERY = timedelta(hours=1)  # virtual; what follows from it is healed by then
LOOK_SECONDS = 5.0  # real; between two looks at what the machine's other processes know
STALE = timedelta(minutes=1)  # real; whoever wrote the row has ended
MACHINES_KEPT = timedelta(days=1)  # virtual
_NAME = "network.away "  # and the machine


class Network:
    """What one process knows of its machine's network; told by every request.

    Attributes:
        away_since: when the first of the requests failed that nobody answered (virtual); None
            while somebody answers.
    """

    def __init__(self, clock: Clock, *, silent_seconds: float = SILENT_SECONDS) -> None:
        self.away_since: datetime | None = None
        self._clock = clock
        self._silent: dict[str, datetime] = {}
        self._silent_seconds = silent_seconds
        self._answered_at = time.monotonic()
        self._try_at = 0.0
        self._look_at = 0.0
        self._is_shared = False
        self._answers = self._answers_shared = 0

    def answered(self) -> None:
        """Note that somebody answered, whatever it was."""
        if self.away_since is not None:
            log.info("network.there", since=self.away_since)
            self._look_at = 0.0
        self.away_since = None
        self._answered_at = time.monotonic()
        self._answers += 1
        self._silent.clear()

    def silent(self, agency: str, *, is_ill: bool = False) -> bool:
        """Note that an agency could not be reached; return whether the network is to blame.

        Args:
            agency: its slug.
            is_ill: it has been silent for long, and tells nothing of the network.
        """
        if not is_ill:
            self._silent.setdefault(agency, self._clock.now())
        is_long = time.monotonic() - self._answered_at >= self._silent_seconds
        if self.away_since is None and is_long and len(self._silent) >= SILENT_AGENCIES:
            self._lose(min(self._silent.values()))
        return self.away_since is not None

    def may_try(self) -> bool:
        """Return whether a host may be asked now: while nobody answers, one after the other."""
        now = time.monotonic()
        if self.away_since is None or now >= self._try_at:
            self._try_at = now + self._clock.real_seconds(TRY_EVERY)
            return True
        return False

    def _lose(self, since: datetime) -> None:
        log.warning("network.away", since=since)
        self.away_since = since
        self._look_at = 0.0

    def share(self, service: Service) -> None:
        """Tell the machine's other processes and hear from them; asked now and then.

        Raises:
            DatabaseUnavailable: next time, then.
        """
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        answers = self._answers
        with service.database.connection() as connection:
            rows = _fresh(status.fleet_numbers(connection, _NAME), self._clock)
            ours = next((row for row in rows if row.name == _our_name()), None)
            if answers > self._answers_shared and ours is not None:
                status.drop_fleet_number(connection, ours.name)
            else:
                self._follow(ours)
            is_shared = self._write(connection, was_there=ours is not None)
        self._answers_shared, self._is_shared = answers, is_shared  # it is committed by now

    def _follow(self, ours: FleetNumber | None) -> None:
        """Believe what another process of this machine knows of its network."""
        if ours is not None and self.away_since is None:
            self._lose(_since(ours))
        elif ours is None and self._is_shared:
            self.answered()

    def _write(self, connection: Connection, *, was_there: bool) -> bool:
        """Keep the row fresh while the network is away, and the trouble; return whether it is."""
        since, now = self.away_since, self._clock.now()
        if since is not None:
            status.set_fleet_number(connection, _our_name(), since.timestamp(), at=now)
        if since is not None or was_there:
            found = network_troubles(connection, self._clock)
            troubles.keep_troubles(connection, (NO_NETWORK,), found, at=now)
        return since is not None


def needs_network(host: str) -> bool:
    """Return whether a host lies beyond this machine; as `urls.host_of` and folders spell it."""
    if is_folder(host):
        return False
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return not is_loopback(ip_address(name))
    except ValueError:
        return name != "localhost" and not name.endswith(".localhost")  # RFC 6761, 6.3


def rest(draw: random.Random) -> timedelta:
    """Return how long a host rests that could not be asked while the network was away; virtual."""
    return SHORTEST_REST + (LONGEST_REST - SHORTEST_REST) * draw.random()


def network_troubles(connection: Connection, clock: Clock) -> list[Trouble]:
    """Return the one trouble of the machines that reach nobody, if there are any."""
    rows = _fresh(status.fleet_numbers(connection, _NAME), clock)
    return list(_trouble(rows, troubles.last_answer(connection), clock.now()))


def explains_silence(connection: Connection, clock: Clock) -> bool:
    """Return whether agencies seem silent because we reach, or till lately reached, nobody.

    Where one machine of several is cut off, the others' word on the agencies counts.
    """
    now = clock.now()
    rows = _fresh(status.fleet_numbers(connection, _NAME), clock)
    if rows:
        last = troubles.last_answer(connection)
        return last is None or last.at <= max(_since(row) for row in rows)
    seen_at = troubles.last_seen(connection, NO_NETWORK, now=now)
    return seen_at is not None and now - seen_at < RECOVERY


def forget_machines(connection: Connection, now: datetime) -> int:
    """Forget the machines that were switched off while they reached nobody; return how many."""
    return status.drop_old_fleet_numbers(connection, _NAME, before=now - MACHINES_KEPT)


def _trouble(
    rows: Sequence[FleetNumber], last: LastAnswer | None, now: datetime
) -> Iterator[Trouble]:
    lost = [row for row in rows if now - _since(row) >= TROUBLE_AFTER]
    if not lost:
        return
    names = [row.name.removeprefix(_NAME) for row in lost]
    reach = "reaches" if len(names) == 1 else "reach"
    since = min(_since(row) for row in lost)
    tries = f"; khabar source check {last.source} asks one agency" if last else ""
    yield Trouble(
        kind=NO_NETWORK,
        subject="network",
        sentence=f"{', '.join(names)} {reach} nobody since {since:%Y-%m-%d %H:%M} UTC",
        cure=f"mend its network or its DNS{tries}",
        since=since,
    )


def _our_name() -> str:
    return _NAME + socket.gethostname()


def _since(row: FleetNumber) -> datetime:
    return datetime.fromtimestamp(row.number, UTC)


def _fresh(rows: Sequence[FleetNumber], clock: Clock) -> list[FleetNumber]:
    oldest = clock.now() - clock.virtual_wait(STALE)
    return [row for row in rows if row.set_at > oldest]
