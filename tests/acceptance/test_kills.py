"""Whatever is killed, every item is there, once."""

from __future__ import annotations

import signal
import time

import pytest

from tests.acceptance.running import Running
from tests.acceptance.wires import Wire, faults_of, opml
from tests.agency import feed, html, item, page
from tests.web import Web

AGENCIES = 6


def hurt_in_the_middle(service, wires, victim):
    """Publish, and kill while pages are being asked for."""
    asked = sum(len(wire.site.requests) for wire in wires)
    for wire in wires:
        wire.publish(2)
    service.wait_for(lambda: sum(len(wire.site.requests) for wire in wires) > asked + 3)
    service.kill(victim)


@pytest.mark.xdist_group("acceptance")
def test_every_item_is_there_once_whatever_is_killed(home):
    with Web() as web, Running(home, KHABAR_CLOCK_SPEED="30", KHABAR_POLL_CEILING="40") as service:
        wires = [Wire(web, number) for number in range(1, AGENCIES + 1)]
        subscriptions = home.parent / "feeds.opml"
        subscriptions.write_text(opml(wires))
        service.khabar("feed", "import", str(subscriptions))
        service.wait_for(lambda: service.has_all(wires))
        known_since = time.monotonic()

        for victim in ("worker", "pool", "beat", "valkey", "postgres", "daemon"):
            hurt_in_the_middle(service, wires, victim)
            service.wait_for(lambda: bool(service.find("beat")) and bool(service.find("pool")))
        hurt_in_the_middle(service, wires, "worker")
        service.kill_everything()
        service.start()
        service.wait_for(lambda: service.has_all(wires), 120)
        found = service.changes()
        seconds = service.stop()

    assert {name: bad for name, bad in faults_of(found, wires).items() if bad} == {}
    assert [wire.asked_without_validator(known_since) for wire in wires] == [0] * AGENCIES
    assert seconds < 12


@pytest.mark.xdist_group("acceptance")
def test_a_second_up_on_one_home_says_so(home):
    with Running(home) as service:
        second = Running(home)
        with pytest.raises(AssertionError, match="khabar: "):
            second.khabar("up", "--no-declared")
        assert service.process is not None
        assert service.process.poll() is None


@pytest.mark.xdist_group("acceptance")
def test_a_daemon_that_hangs_is_replaced_by_up(home):
    items = [1]
    with Web() as web, Running(home, KHABAR_WATCHDOG="5", KHABAR_POLL_CEILING="2") as service:
        site = web.new_host()
        for number in (1, 2):
            site.on(f"/{number}", html(page(number)))
        site.on("/feed", lambda _: feed([item(site.origin, number) for number in items]))
        service.khabar("feed", "add", site.url("/feed"))
        service.wait_for(lambda: site.url("/1") in service.published())
        victim, *_ = service.find("daemon")  # a child that forks looks like it for a moment

        victim.send_signal(signal.SIGSTOP)

        service.wait_for(lambda: not victim.is_running())
        items.append(2)
        service.wait_for(lambda: site.url("/2") in service.published())
        assert service.find("daemon")[0].pid != victim.pid
