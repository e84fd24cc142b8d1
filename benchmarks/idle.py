"""What the service costs while there is nothing to do.

    python -m benchmarks.idle

`khabar up --no-declared` runs in a home of its own with its own servers and 1,000 feeds, none of
them due, and is asked for its figures every 15 s. Counted is everything it started: command,
daemon, workers, clock, Postgres and Valkey.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import psutil
import psycopg

from benchmarks.figures import Figure, print_table
from benchmarks.postgres import cpu_seconds, open_home
from ingest.embedded.postgres import Postgres
from ingest.embedded.valkey import Valkey

FEEDS = 1_000
START_SECONDS = 120.0
SETTLE_SECONDS = 10.0
SECONDS = 30.0
SCRAPE_SECONDS = 15.0  # as Prometheus does by default
METRICS = "127.0.0.1:19747"

FILL_SOURCE = """
INSERT INTO ingest.source (slug, name, added_at) VALUES ('bench', 'Bench', %(now)s)
"""
FILL_HOSTS = """
INSERT INTO ingest.host (name, due_at)
SELECT 'host' || number || '.example', %(later)s FROM generate_series(1, %(feeds)s) AS number
"""
FILL_FEEDS = """
INSERT INTO ingest.feed (source_id, host_id, url, added_at, next_poll_at)
SELECT source.id, host.id, 'https://' || host.name || '/feed', %(now)s, %(later)s
  FROM ingest.source, ingest.host
"""


@contextmanager
def run_service(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the service until it says that it is ready, and end it as Ctrl-C does."""
    mine = {"KHABAR_HOME": str(home), "KHABAR_LOG": "warning", "KHABAR_METRICS_ADDRESS": METRICS}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KHABAR_")} | mine
    command = [sys.executable, "-m", "ingest", "up", "--no-declared"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert any("ready after" in line for line in service.stdout), "the service ended"
            yield service
        finally:
            service.send_signal(signal.SIGINT)
            service.communicate(timeout=START_SECONDS)


def follow_feeds(url: str) -> None:
    """Add the feeds, each at a host of its own, due the day after tomorrow."""
    now = datetime.now(UTC)
    params = {"now": now, "later": now + timedelta(days=2), "feeds": FEEDS}
    with psycopg.connect(url) as connection:
        for statement in (FILL_SOURCE, FILL_HOSTS, FILL_FEEDS):
            connection.execute(statement, params)


def roots_of(service: subprocess.Popen[str], home: Path) -> list[psutil.Process]:
    """Return the command and both servers, which have sessions of their own."""
    servers = [Postgres(home / "postgres").find(), Valkey(home / "valkey").find()]
    return [psutil.Process(service.pid), *(server for server in servers if server is not None)]


def everyone(roots: list[psutil.Process]) -> dict[int, psutil.Process]:
    """Return the processes and all below them, each once."""
    found = {process.pid: process for process in roots}
    for root in roots:
        found |= {child.pid: child for child in root.children(recursive=True)}
    return found


def megabytes(processes: list[psutil.Process], kind: str) -> float:
    """Return the sum of their "uss" or "pss"; 0 where the system does not tell."""
    return sum(getattr(p.memory_full_info(), kind, 0) for p in processes) / 1e6


def cpu_of(roots: list[psutil.Process]) -> float:
    """Return the CPU seconds of all, counting a server that is also a child only once."""
    below = {child.pid for root in roots for child in root.children(recursive=True)}
    return sum(cpu_seconds(root) for root in roots if root.pid not in below)


def scrape() -> None:
    """Ask for the figures, as monitoring does."""
    with urlopen(f"http://{METRICS}/metrics", timeout=10) as reply:
        assert b"khabar_database_up 1.0" in reply.read()


def measure() -> list[Figure]:
    """Start the service, let it settle, and watch it do nothing."""
    with open_home() as home, run_service(home) as service:
        follow_feeds(Postgres(home / "postgres").url())
        roots = roots_of(service, home)
        assert len(roots) == 3, "a server is missing"
        time.sleep(SETTLE_SECONDS)
        began, used = time.monotonic(), cpu_of(roots)
        while time.monotonic() - began < SECONDS:
            scrape()
            time.sleep(SCRAPE_SECONDS)
        share = (cpu_of(roots) - used) / (time.monotonic() - began)
        processes = list(everyone(roots).values())
        uss, pss = megabytes(processes, "uss"), megabytes(processes, "pss")
    what = f"idle, {FEEDS:,} feeds: "
    return [
        Figure(what=what + "CPU", value=share * 100, unit="% of a core"),
        Figure(what=what + "USS", value=uss, unit=f"MB in {len(processes)} processes"),
        Figure(what=what + "PSS", value=pss, unit="MB"),
    ]


def main() -> None:
    """Print the table."""
    print_table(measure())


if __name__ == "__main__":
    main()
