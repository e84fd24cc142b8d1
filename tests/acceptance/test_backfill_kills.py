"""A backfill that was killed again and again ends as one that was not."""

from __future__ import annotations

import pytest

from tests.acceptance.archive import Archive, faults_of
from tests.acceptance.backfill_chaos import COUNTS, begin, counts_of, shown
from tests.acceptance.running import Running
from tests.web import Web

PAGES = 88
SETTINGS = {
    "KHABAR_CLOCK_SPEED": "60",
    "KHABAR_REQUEST_GAP": "1",
    "KHABAR_FETCH_TIMEOUT": "3",
    "KHABAR_POLL_CEILING": "40",
}


def wait_for_pages(service, archive):
    """Wait until some more pages are asked for."""
    before = len(archive.asked_pages())
    service.wait_for(lambda: len(archive.asked_pages()) > before + 5)


@pytest.mark.xdist_group("acceptance")
def test_a_backfill_ends_the_same_however_often_it_is_killed(home):
    with Web() as web, Running(home, **SETTINGS) as service:
        archive = Archive(web, PAGES)
        begin(service, archive)
        for victim in ("pool", "worker"):
            wait_for_pages(service, archive)
            service.kill(victim)
            service.wait_for(lambda: bool(service.find("beat")) and bool(service.find("pool")))
        for _ in range(2):
            wait_for_pages(service, archive)
            service.kill_everything()
            service.start()
        service.wait_for(lambda: shown(service)["state"] != "running", 300)
        found, rows = shown(service), service.changes()

    assert {name: bad for name, bad in faults_of(rows, archive).items() if bad} == {}
    assert found["state"] == "done"
    assert {name: found[name] for name in COUNTS} == counts_of(archive)
    assert not archive.site.asked("/posts-2025-09.xml")
