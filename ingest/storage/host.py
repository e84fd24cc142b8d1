"""Hosts: who may visit, when, and what is known of each one's wishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.storage.queries import Connection, load_queries, run, select, select_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

QUERIES = load_queries("host")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedHost:
    """A host that is ours until `leased_until` (real time), for commits that carry `token`.

    Attributes:
        crashed: whoever held it before never gave it back.
        next_request_at: not before (virtual): the gap after the last request.
        backoff_until: not before (virtual): the host asked for quiet, or failed.
    """

    id: int
    name: str
    token: int
    leased_until: datetime
    crashed: bool
    next_request_at: datetime | None
    backoff_until: datetime | None
    failures: int
    robots: str | None
    robots_status: int | None
    robots_fetched_at: datetime | None
    robots_retry_at: datetime | None = None
    robots_failures: int = 0
    poll_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPace:
    """What a visit learnt of a host; times are virtual.

    Attributes:
        robots_retry_at: its robots.txt cannot be had: its pages wait, its feeds do not.
    """

    next_request_at: datetime | None = None
    backoff_until: datetime | None = None
    failures: int = 0
    robots_retry_at: datetime | None = None
    robots_failures: int = 0
    last_error: str | None = None


def ensure_hosts(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return each host's id, made where it was not there yet."""
    if not names:
        return {}
    wanted = sorted(set(names))
    known = _host_ids(connection, wanted)
    missing = [name for name in wanted if name not in known]
    if missing:
        run(connection, QUERIES["ensure_hosts"], {"names": missing})
        known |= _host_ids(connection, missing)
    return known


def _host_ids(connection: Connection, names: list[str]) -> dict[str, int]:
    return dict(connection.execute(QUERIES["host_ids"], {"names": names}).fetchall())


def claim_due_hosts(
    connection: Connection,
    *,
    now: datetime,
    real_now: datetime,
    leased_until: datetime,
    due_again: datetime,
    batch: int,
    worker: str,
) -> list[LeasedHost]:
    """Lease up to `batch` hosts that have something due, longest overdue first.

    Args:
        connection: committed by the caller at once, or nobody sees the lease.
        now: virtual; what is due by then is claimed.
        real_now: real; leases that ran out before it are void.
        leased_until: real; when ours runs out.
        due_again: virtual; the same instant, so that a dead worker's host is found again.
        batch: how many at most.
        worker: who claims, so that a death that is noticed voids the lease at once.
    """
    params = {
        "now": now,
        "real_now": real_now,
        "leased_until": leased_until,
        "due_again": due_again,
        "batch": batch,
        "worker": worker,
    }
    return select(connection, LeasedHost, QUERIES["claim_due_hosts"], params)


def claim_host(
    connection: Connection,
    name: str,
    *,
    real_now: datetime,
    leased_until: datetime,
    due_again: datetime,
    worker: str,
) -> LeasedHost | None:
    """Lease one host for a person's errand; None while another holds it."""
    params = {
        "name": name,
        "real_now": real_now,
        "leased_until": leased_until,
        "due_again": due_again,
        "worker": worker,
    }
    found = select(connection, LeasedHost, QUERIES["claim_host"], params)
    return found[0] if found else None


def renew_leases(
    connection: Connection,
    tokens: Mapping[int, int],
    *,
    real_now: datetime,
    leased_until: datetime,
    due_again: datetime,
) -> set[int]:
    """Move leases on; return the hosts still ours. A lease that ran out is never renewed."""
    params = {
        "ids": list(tokens),
        "tokens": list(tokens.values()),
        "real_now": real_now,
        "leased_until": leased_until,
        "due_again": due_again,
    }
    return {row[0] for row in connection.execute(QUERIES["renew_leases"], params).fetchall()}


def lock_hosts(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Lock host rows, in order of id, for the rest of the transaction; return their tokens."""
    rows = connection.execute(QUERIES["lock_hosts"], {"ids": sorted(set(ids))})
    return dict(rows.fetchall())


def release_host(
    connection: Connection,
    host: LeasedHost,
    pace: HostPace,
    *,
    behind: timedelta = timedelta(),
) -> datetime | None:
    """Give a lease back, if it is still ours; return when the host falls due.

    Args:
        connection: in a transaction.
        host: as it was leased.
        pace: what its visit learnt.
        behind: virtual; so much later does what is no feed fall due.
    """
    lock_hosts(connection, [host.id])
    params = {**_pace_params(host, pace), "behind": behind}
    due_at: datetime | None = select_value(connection, QUERIES["release_host"], params)
    return due_at


def store_pace(connection: Connection, host: LeasedHost, pace: HostPace) -> bool:
    """Keep what a running visit learnt of its host; False if the lease is another's by now."""
    return run(connection, QUERIES["store_pace"], _pace_params(host, pace)) == 1


def _pace_params(host: LeasedHost, pace: HostPace) -> dict[str, object]:
    return {
        "id": host.id,
        "token": host.token,
        "next_request_at": pace.next_request_at,
        "backoff_until": pace.backoff_until,
        "failures": pace.failures,
        "robots_retry_at": pace.robots_retry_at,
        "robots_failures": pace.robots_failures,
        "last_error": pace.last_error,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRobots:
    """A host's robots.txt as it was had last; all None where it never was."""

    id: int
    robots: str | None
    robots_status: int | None
    robots_fetched_at: datetime | None


def robots_of(connection: Connection, name: str) -> KnownRobots | None:
    """Return what is known of a host's robots.txt; None of a host that we never met."""
    found = select(connection, KnownRobots, QUERIES["robots_of"], {"name": name})
    return found[0] if found else None


def keep_robots(
    connection: Connection, name: str, *, robots: str, status: int | None, fetched_at: datetime
) -> None:
    """Keep the robots.txt of a host that is not ours to visit now."""
    ensure_hosts(connection, [name])
    params = {"name": name, "robots": robots, "status": status, "fetched_at": fetched_at}
    run(connection, QUERIES["keep_robots"], params)


def store_robots(
    connection: Connection,
    host: LeasedHost,
    *,
    robots: str | None,
    status: int | None,
    fetched_at: datetime,
) -> None:
    """Keep a host's robots.txt; `status` None says that it could not be reached."""
    params = {
        "id": host.id,
        "token": host.token,
        "robots": robots,
        "status": status,
        "fetched_at": fetched_at,
    }
    run(connection, QUERIES["store_robots"], params)


def lease_holders(connection: Connection, *, real_now: datetime) -> list[str]:
    """Return who holds leases that still run."""
    rows = connection.execute(QUERIES["lease_holders"], {"real_now": real_now}).fetchall()
    return [row[0] for row in rows]


def void_leases(connection: Connection, worker: str, *, now: datetime, real_now: datetime) -> int:
    """Void the leases of a worker that is known to be dead; return how many."""
    params = {"worker": worker, "now": now, "real_now": real_now}
    return run(connection, QUERIES["void_leases"], params)


def wake_hosts(connection: Connection, due: Mapping[int, datetime]) -> None:
    """Let hosts fall due at a virtual time, unless they already do before it."""
    if due:
        run(connection, QUERIES["wake_hosts"], {"ids": list(due), "ats": list(due.values())})


def set_poll_prices(connection: Connection, prices: Mapping[int, float]) -> None:
    """Set what a poll costs at hosts that have a price of their own; the others' go."""
    params = {"ids": list(prices), "prices": list(prices.values())}
    run(connection, QUERIES["set_poll_prices"], params)


def next_due_at(connection: Connection, *, real_now: datetime) -> datetime | None:
    """Return when the next host that nobody holds falls due (virtual); None if there is none."""
    due_at: datetime | None = select_value(
        connection, QUERIES["next_due_at"], {"real_now": real_now}
    )
    return due_at
