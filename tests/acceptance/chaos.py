"""Chaos: the whole service for a while, with something killed every few seconds.

    python -m tests.acceptance.chaos --agencies 20 --rounds 40 --every 6 --seed 1

Agencies publish and misbehave, a seed chooses who is killed next; at the end everything is given
time to come in. Exit status 1 when an item is lost, there twice, cut short or out of order, or when
a feed was asked without the validator it had given.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.acceptance.running import Running
from tests.acceptance.wires import Wire, faults_of, opml
from tests.web import Web

VICTIMS = ("pool", "worker", "beat", "daemon", "valkey", "postgres", "everything")
SETTLE_SECONDS = 300.0


def say(line: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hurt(service: Running, victim: str) -> None:
    """Kill one part, or all of it, and see that the service runs again."""
    if victim == "everything":
        service.kill_everything()
        service.start()
        return
    service.wait_for(lambda: bool(service.find(victim)))
    service.kill(victim)


def run(home: Path, options: argparse.Namespace) -> int:
    """Run the service, hurt it, and judge what came out."""
    rng = random.Random(options.seed)
    with Web() as web, Running(home, KHABAR_CLOCK_SPEED="30", KHABAR_POLL_CEILING="60") as service:
        wires = [Wire(web, number) for number in range(1, options.agencies + 1)]
        subscriptions = home.parent / "feeds.opml"
        subscriptions.write_text(opml(wires))
        service.khabar("feed", "import", str(subscriptions))
        service.wait_for(lambda: service.has_all(wires), SETTLE_SECONDS)
        known_since = time.monotonic()
        for number in range(1, options.rounds + 1):
            for wire in rng.sample(wires, len(wires) // 2):
                wire.publish(rng.randint(1, 3))
            time.sleep(options.every * rng.uniform(0.5, 1.5))
            victim = rng.choice(VICTIMS)
            say(f"{number:4} kills {victim}")
            hurt(service, victim)
        service.wait_for(lambda: service.has_all(wires), SETTLE_SECONDS)
        found = service.changes()
    faults = faults_of(found, wires)
    faults["unconditional"] = [
        wire.feed for wire in wires if wire.asked_without_validator(known_since)
    ]
    say(f"{sum(wire.published for wire in wires)} items, {len(found)} changes")
    for name, bad in faults.items():
        say(f"{name:20} {len(bad)} {' '.join(bad[:5])}")
    return int(any(faults.values()))


def main() -> int:
    """Read the options and run in a folder of our own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agencies", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=40, help="how often something is killed")
    parser.add_argument("--every", type=float, default=6.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="khabar-chaos-"))
    folder.chmod(0o711)
    (folder / "home").mkdir(mode=0o711)
    try:
        return run(folder / "home", options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
