"""The leases of one process: renewed by a thread of their own, so that a busy loop loses none.

A lease says until when (real time) the host is ours. It is renewed at a third of its length;
one that could not be renewed in time is dropped here before it is anyone else's.
"""

from __future__ import annotations

import os
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import structlog

from ingest.errors import DatabaseUnavailable, LeaseLost
from ingest.pipeline.tally import LEASES_LOST
from ingest.storage import host as hosts

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.pipeline.service import Service
    from ingest.storage.host import LeasedHost

log = structlog.get_logger(__name__)


class Leases:
    """`with Leases(service) as leases:` renews until the block ends."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._held: dict[int, tuple[LeasedHost, datetime]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_for_ever, name="leases", daemon=True)

    def __enter__(self) -> Leases:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def hosts(self) -> int:
        """How many hosts are held."""
        return len(self._held)

    def hold(self, host: LeasedHost) -> None:
        """Keep a host's lease renewed from now on."""
        with self._lock:
            self._held[host.id] = (host, host.leased_until)

    def drop(self, host: LeasedHost) -> None:
        """Renew a host's lease no more."""
        with self._lock:
            self._held.pop(host.id, None)

    def check(self, host: LeasedHost, longest: timedelta) -> None:
        """Return when the host is ours for at least so long.

        Raises:
            LeaseLost: it is not; nothing may be asked of it, nothing committed for it.
        """
        with self._lock:
            held = self._held.get(host.id)
        if held is None or held[1] - longest < self._service.clock.real():
            raise LeaseLost(host.name)

    def renew(self) -> None:
        """Renew every lease once; a database that is away leaves them as they are."""
        service = self._service
        with self._lock:
            tokens = {host.id: host.token for host, _ in self._held.values()}
        if not tokens:
            return
        real = service.clock.real()
        until = real + lease_length(service)
        with service.database.connection() as connection:
            kept = hosts.renew_leases(
                connection,
                tokens,
                real_now=real,
                leased_until=until,
                due_again=service.clock.virtual(until),
            )
        with self._lock:
            for host_id, token in tokens.items():
                held = self._held.get(host_id)
                if held is None or held[0].token != token:
                    continue
                if host_id in kept:
                    self._held[host_id] = (held[0], until)
                else:
                    del self._held[host_id]
                    service.tally.add(LEASES_LOST)
                    log.warning("lease.lost", host=held[0].name)

    def _renew_for_ever(self) -> None:
        wait = lease_length(self._service).total_seconds() / 4
        while not self._ended.wait(wait):
            try:
                self.renew()
            except DatabaseUnavailable as error:
                log.warning("lease.not-renewed", error=str(error))


def lease_length(service: Service) -> timedelta:
    """Return how long a lease runs: always longer than the longest request."""
    return service.settings.fetch_timeout + service.settings.lease


def worker_name() -> str:
    """Return a name for this process that no other living process on any machine has."""
    me = psutil.Process()
    return f"{_machine()}/{me.pid}/{me.create_time():.2f}"


def is_dead(worker: str) -> bool:
    """Return whether a worker is known to be dead: it ran on this machine and does no more."""
    machine, _, rest = worker.rpartition("/")[0].rpartition("/")
    pid, created = worker.split("/")[-2:]
    if machine != _machine() or not rest.isdigit():
        return False
    try:
        found = psutil.Process(int(pid))
        return f"{found.create_time():.2f}" != created or found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _machine() -> str:
    """Return host, boot and pid namespace: within all three a process id means one process."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    booted = boot.read_text().strip()[:8] if boot.exists() else f"{psutil.boot_time():.0f}"
    namespace = Path("/proc/self/ns/pid")
    inode = str(namespace.readlink()).strip("pid:[]") if namespace.is_symlink() else "0"
    return f"{socket.gethostname()}/{booted}/{inode}"


def void_dead_leases(service: Service) -> int:
    """Void the leases of workers of this machine that died, so that nobody waits for them."""
    with service.database.connection() as connection:
        real = service.clock.real()
        dead = [name for name in hosts.lease_holders(connection, real_now=real) if is_dead(name)]
        freed = sum(
            hosts.void_leases(connection, name, now=service.clock.now(), real_now=real)
            for name in dead
        )
    if freed:
        log.info("leases.voided", hosts=freed, pid=os.getpid())
    return freed
