"""Soak: the whole service for hours of the agencies' time, undisturbed, a line an hour.

    python -m tests.acceptance.soak --hours 48 --agencies 50

The clock runs sixty times as fast, so an hour takes a minute. Agencies publish and misbehave as in
chaos, and nobody is killed: what is looked for is what creeps. Exit status 1 when an item is lost,
there twice or cut short, a lease was lost, a fault of ours was met, or the workers' memory at the
end is more than a tenth above what it was once they were warm.
"""

from __future__ import annotations

import argparse
import random
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from ingest.embedded import find_running
from ingest.storage.change import changes_after
from ingest.storage.database import connect
from tests.acceptance.running import Running, new_home
from tests.acceptance.wires import Wire, faults_of, opml
from tests.web import Web

SPEED = 60
HOUR = 3600.0 / SPEED  # real seconds of a virtual hour
WARM_HOURS = 3  # until the workers have opened what they keep
DRAIN_SECONDS = 300.0
ROUNDS_AN_HOUR = 12  # how often agencies may publish
NEWS_A_ROUND = 0.3  # of each agency


def say(line: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Watch:
    """What was published, what has come in, and how long that took."""

    def __init__(self, service: Running, wires: list[Wire]) -> None:
        self._service = service
        self._wires = wires
        self._cursor = 0
        self._published_at: dict[str, float] = {}
        self.stored: set[str] = set()
        self.waits: list[float] = []

    def note_published(self) -> None:
        """Note when the newest items were published."""
        now = time.monotonic()
        for wire in self._wires:
            for url in wire.urls - self._published_at.keys():
                self._published_at[url] = now

    def look(self) -> None:
        """Read the changes that are new, as a consumer does."""
        services = find_running(self._service.home)
        assert services is not None
        assert services.database_url is not None
        with connect(services.database_url) as connection:
            while rows := changes_after(connection, self._cursor):
                self._cursor = rows[-1]["change"]
                self._take(row["url"] for row in rows if row["kind"] == "new")

    def _take(self, urls: Iterable[str]) -> None:
        for url in urls:
            self.stored.add(url)
            self.waits.append(time.monotonic() - self._published_at.get(url, time.monotonic()))

    @property
    def missing(self) -> int:
        """How many items were published and have not come in."""
        return len(self._published_at.keys() - self.stored)


def figures(port: int) -> dict[str, float]:
    """Return the daemon's figures, those of one name summed."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as reply:
        text = reply.read().decode()
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def line_of(hour: int, watch: Watch, found: dict[str, float]) -> str:
    """Return one hour as a line; waits in minutes of the agencies' time."""
    waits = sorted(watch.waits) or [0.0]
    minutes = [wait * SPEED / 60 for wait in (waits[len(waits) // 2], waits[-1])]
    watch.waits.clear()
    return (
        f"{hour:5} h  stored {len(watch.stored):6}  waiting {watch.missing:4}"
        f"  wait {minutes[0]:4.0f} min, at most {minutes[1]:4.0f}"
        f"  memory {found['khabar_processes_bytes'] / 1e6:5.0f} MB"
        f"  leases lost {found['khabar_leases_lost_total']:.0f}"
        f"  faults {found.get('khabar_faults_total', 0):.0f}"
        f"  troubles {found.get('khabar_trouble', 0):.0f}"
    )


def run(home: Path, options: argparse.Namespace) -> int:
    """Run the service for so many hours, and judge what came out."""
    rng = random.Random(options.seed)
    port = free_port()
    settings = {
        "KHABAR_CLOCK_SPEED": str(SPEED),
        "KHABAR_POLL_CEILING": "90m",
        "KHABAR_POLL_FLOOR": "60",
        "KHABAR_REQUEST_GAP": "1",
        "KHABAR_METRICS_ADDRESS": f"127.0.0.1:{port}",
    }
    memory: list[float] = []
    found: dict[str, float] = {}
    with Web() as web, Running(home, **settings) as service:
        wires = [Wire(web, number) for number in range(1, options.agencies + 1)]
        subscriptions = home.parent / "feeds.opml"
        subscriptions.write_text(opml(wires))
        service.khabar("feed", "import", str(subscriptions))
        watch = Watch(service, wires)
        began = time.monotonic()
        for hour in range(1, options.hours + 1):
            for _ in range(ROUNDS_AN_HOUR):
                for wire in wires:
                    wire.publish(int(rng.random() < NEWS_A_ROUND))
                watch.note_published()
                time.sleep(HOUR / ROUNDS_AN_HOUR)
                watch.look()
            found = figures(port)
            memory.append(found["khabar_processes_bytes"])
            say(line_of(hour, watch, found))
        say(f"ran {time.monotonic() - began:.0f} s; waiting for what is on its way")
        service.wait_for(lambda: service.has_all(wires), DRAIN_SECONDS)
        found = figures(port)
        faults = faults_of(service.changes(), wires)
        seconds = service.stop()
    for name, bad in faults.items():
        say(f"{name:20} {len(bad)} {' '.join(bad[:5])}")
    creep = memory[-1] / memory[min(WARM_HOURS, len(memory)) - 1]
    lost, broken = found["khabar_leases_lost_total"], found.get("khabar_faults_total", 0.0)
    say(f"memory {creep:.2f} of warm, {lost:.0f} leases lost, {broken:.0f} faults of ours")
    say(f"ended within {seconds:.1f} s")
    return int(any(faults.values()) or bool(lost) or bool(broken) or creep > 1.1)


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port


def main() -> int:
    """Read the options and run in a folder of our own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=48, help="virtual: a minute each")
    parser.add_argument("--agencies", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with new_home("soak") as home:
        return run(home, options)


if __name__ == "__main__":
    sys.exit(main())
