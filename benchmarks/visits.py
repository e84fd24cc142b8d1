"""What a host costs when very many are due at once: claim, visit, release.

    python -m benchmarks.visits

So many hosts are due, each with a feed that has nothing new, all of them played by one server on
loopback (KHABAR_CONNECT_TO). A worker of the product's own visits them all; the CPU time of this
process and of Postgres is divided by the hosts. Claiming and giving back are measured apart as
well, with no visit in between. What matters is that a host among 10,000 costs what it costs among
100.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psutil
import psycopg
import structlog

from benchmarks.figures import Figure, print_table
from benchmarks.postgres import cpu_seconds, open_database, open_postgres, postmaster_of
from ingest.pipeline.service import open_service
from ingest.pipeline.work import Worker
from ingest.settings import Settings
from ingest.storage.host import HostPace, LeasedHost, claim_due_hosts, release_host
from ingest.storage.queries import Connection

COUNTS = (100, 1_000, 10_000)
CLAIMED = 64  # at once, as a worker does

FILL_SOURCE = """
INSERT INTO ingest.source (slug, name, added_at) VALUES ('bench', 'Bench', %(now)s)
"""
FILL_HOSTS = """
INSERT INTO ingest.host (name, due_at)
SELECT 'host' || number || '.example', %(now)s FROM generate_series(1, %(hosts)s) AS number
"""
FILL_FEEDS = """
INSERT INTO ingest.feed (source_id, host_id, url, added_at, next_poll_at)
SELECT source.id, host.id, 'http://' || host.name || '/feed', %(now)s, %(now)s
  FROM ingest.source, ingest.host
"""
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: 71\r\n\r\n"
    b"<rss version='2.0'><channel><title>Bench</title>.....</channel></rss>.."
)


class _Answering(asyncio.Protocol):
    """Gives every request the same feed without entries."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\r\n\r\n")):
            self._transport.write(REPLY)  # type: ignore[attr-defined] # of a socket it has


async def answer() -> None:
    """Answer until stdin ends; print the port first."""
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def serve() -> Iterator[str]:
    """Run the server in a process of its own; lend its origin."""
    command = [sys.executable, "-m", "benchmarks.visits", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


def fill(url: str, hosts: int) -> None:
    """Make hosts that are due, with a feed each."""
    params = {"now": datetime.now(UTC) - timedelta(minutes=1), "hosts": hosts}
    with psycopg.connect(url) as connection:
        for statement in (FILL_SOURCE, FILL_HOSTS, FILL_FEEDS):
            connection.execute(statement, params)
        connection.execute("ANALYZE")


def visit_all(url: str, origin: str, hosts: int) -> tuple[float, float]:
    """Visit every host once; return CPU milliseconds a host, of the worker and of Postgres."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = Settings(
        database_url=url,
        allow_loopback=True,
        connect_to=f"*={origin}",
        task=timedelta(seconds=1),  # it waits for what falls due within it
        request_gap=timedelta(0),
    )
    postmaster, worker_process = postmaster_of(url), psutil.Process()

    async def work(worker: Worker) -> None:
        visited = 0
        while visited < hosts:
            visited += await worker.work()

    async def run() -> tuple[float, float]:
        with open_service(settings) as service:
            async with Worker(service) as worker:
                before = sum(worker_process.cpu_times()[:2]), cpu_seconds(postmaster)
                await work(worker)
                after = sum(worker_process.cpu_times()[:2]), cpu_seconds(postmaster)
        return after[0] - before[0], after[1] - before[1]

    ours, postgres = asyncio.run(run())
    with psycopg.connect(url) as connection:
        polled = connection.execute("SELECT count(last_ok_at) FROM ingest.feed").fetchone()
    assert polled == (hosts,), f"{polled} of {hosts} feeds were polled"
    return 1000 * ours / hosts, 1000 * postgres / hosts


def claim_and_release(url: str, hosts: int) -> tuple[float, float]:
    """Claim every host and give it back, again and again; return CPU milliseconds of each.

    Ours and Postgres' together; few hosts take as many rounds as it needs to tell their time.
    """
    meter, rounds = _Meter(url), max(1, COUNTS[-1] // hosts)
    claiming = releasing = 0.0
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE ingest.feed SET next_poll_at = now() + interval '1 day'")
        connection.commit()
        for _ in range(rounds):
            connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 min'")
            connection.commit()
            meter.lap()
            claimed = _claim_all(connection)
            claiming += meter.lap()
            assert len(claimed) == hosts, f"{len(claimed)} of {hosts} were due"
            for host in claimed:
                release_host(connection, host, HostPace())
            connection.commit()
            releasing += meter.lap()
    return 1000 * claiming / hosts / rounds, 1000 * releasing / hosts / rounds


class _Meter:
    """The CPU time of this process and of a Postgres."""

    def __init__(self, url: str) -> None:
        self._own, self._postmaster = psutil.Process(), postmaster_of(url)
        self._last = 0.0

    def lap(self) -> float:
        """Return the CPU seconds since the last lap."""
        now = sum(self._own.cpu_times()[:2]) + cpu_seconds(self._postmaster)
        last, self._last = self._last, now
        return now - last


def _claim_all(connection: Connection) -> list[LeasedHost]:
    found: list[LeasedHost] = []
    while True:
        now = datetime.now(UTC)
        until = now + timedelta(minutes=5)
        claimed = claim_due_hosts(
            connection,
            now=now,
            real_now=now,
            leased_until=until,
            due_again=until,
            batch=CLAIMED,
            worker="bench",
        )
        connection.commit()
        if not claimed:
            return found
        found += claimed


def measure() -> list[Figure]:
    """Visit few and many; the rival of many is few."""
    names = ("claim", "release", "visit, worker", "visit, Postgres")
    found: dict[int, tuple[float, ...]] = {}
    with open_postgres() as server, serve() as origin:
        for hosts in COUNTS:
            with open_database(server, "bench_visits") as url:
                fill(url, hosts)
                visited = visit_all(url, origin, hosts)
                found[hosts] = (*claim_and_release(url, hosts), *visited)
    return [
        Figure(
            what=f"{name} among {hosts:,}",
            value=found[hosts][number],
            unit="CPU ms a host",
            rival="" if hosts == COUNTS[0] else f"among {COUNTS[0]}",
            rival_value=None if hosts == COUNTS[0] else found[COUNTS[0]][number],
            less_is_better=True,
        )
        for number, name in enumerate(names)
        for hosts in COUNTS
    ]


def main() -> None:
    """Print the table."""
    if "--serve" in sys.argv:
        asyncio.run(answer())
    else:
        print_table(measure())


if __name__ == "__main__":
    main()
