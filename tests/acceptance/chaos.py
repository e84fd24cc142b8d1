"""Chaos: the whole service for a while, with something killed every few seconds.

    python -m tests.acceptance.chaos --agencies 20 --rounds 40 --every 6 --seed 1

Agencies publish and misbehave, a seed chooses who is killed next; at the end everything is given
time to come in. Exit status 1 when an item is lost, there twice, cut short or out of order, when a
feed was asked without the validator it had given, when a host that asked for quiet was asked, when
a window ran over and no gap says so or a gap says so where none did.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from tests.acceptance.running import Running, new_home
from tests.acceptance.wires import WINDOW, Wire, faults_of, gap_faults_of, opml
from tests.web import Web

VICTIMS = ("pool", "worker", "beat", "daemon", "valkey", "postgres", "everything")
SPEED, FLOOR = 30.0, 30.0
BURST_EVERY = 4  # rounds: one agency publishes more than its window holds


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
    epoch = time.time()
    settings = {
        "KHABAR_CLOCK_EPOCH": str(epoch),
        "KHABAR_CLOCK_SPEED": str(SPEED),
        "KHABAR_POLL_FLOOR": str(FLOOR),
        "KHABAR_POLL_CEILING": "60",
    }
    kills: list[float] = []
    with Web() as web, Running(home, **settings) as service:
        numbers = range(1, options.agencies + 1)
        wires = [Wire(web, number, epoch=epoch, speed=SPEED, floor=FLOOR) for number in numbers]
        subscriptions = home.parent / "feeds.opml"
        subscriptions.write_text(opml(wires))
        service.khabar("feed", "import", str(subscriptions))
        service.wait_for(lambda: service.has_all(wires), options.settle)
        known_since = time.monotonic()
        for number in range(1, options.rounds + 1):
            for wire in rng.sample(wires, len(wires) // 2):
                wire.publish(rng.randint(1, 3))
            if number % BURST_EVERY == 0:
                rng.choice(wires).publish(WINDOW + 5)
            time.sleep(options.every * rng.uniform(0.5, 1.5))
            victim = rng.choice(VICTIMS)
            say(f"{number:4} kills {victim}")
            kills.append(time.monotonic())
            hurt(service, victim)
        ends_at = time.monotonic() + options.settle
        while not service.has_all(wires) and time.monotonic() < ends_at:
            time.sleep(1)
        found, gaps = service.changes(), service.gaps()
    faults = faults_of(found, wires) | gap_faults_of(gaps, wires)
    faults["unconditional"] = [
        wire.feed for wire in wires if wire.asked_without_validator(known_since)
    ]
    faults["offences"] = [
        f"{wire.site.netloc} {said};" for wire in wires for said in wire.offences(kills)
    ]
    ran_over = sum(len(wire.overflows()) for wire in wires)
    filled = sum(gap["filled"] or 0 for gap in gaps)
    say(f"{sum(wire.published for wire in wires)} items, {len(found)} changes")
    say(f"{ran_over} windows ran over, {len(gaps)} gaps, {filled} items found in sitemaps")
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
    parser.add_argument("--settle", type=float, default=300.0, help="seconds for the rest")
    options = parser.parse_args()
    with new_home("chaos") as home:
        return run(home, options)


if __name__ == "__main__":
    sys.exit(main())
