"""A backfill that was killed again and again ends as one that was not."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.acceptance.archive import Archive, faults_of
from tests.acceptance.running import Running
from tests.web import Web

PAGES = 88
SETTINGS = {
    "KHABAR_CLOCK_SPEED": "60",
    "KHABAR_REQUEST_GAP": "1",
    "KHABAR_FETCH_TIMEOUT": "3",
    "KHABAR_POLL_CEILING": "40",
}
COUNTS = ("found", "outside", "in_range", "known", "stored", "no_article", "failed", "left")


@pytest.fixture
def home():
    """A folder that root's servers can reach, short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-bf-"))
    folder.chmod(0o711)
    (folder / "home").mkdir(mode=0o711)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


def begin(service, archive):
    service.khabar("feed", "add", archive.feed)
    address = archive.site.address
    arguments = ("--from", "2025-11-01", "--to", "2025-11-30", "--no-follow")
    service.khabar("backfill", "start", address, *arguments)


def shown(service):
    return json.loads(service.khabar("backfill", "show", "1", "--json"))


def asked(archive):
    return sum(request.path.startswith("/2025/11/") for request in archive.site.requests)


def hurt(service, archive, victim):
    """Kill something while pages are being asked for."""
    before = asked(archive)
    service.wait_for(lambda: asked(archive) > before + 5)
    service.kill(victim)


@pytest.mark.xdist_group("acceptance")
def test_a_backfill_ends_the_same_however_often_it_is_killed(home):
    with Web() as web, Running(home, **SETTINGS) as service:
        archive = Archive(web, PAGES)
        begin(service, archive)
        for victim in ("pool", "worker"):
            hurt(service, archive, victim)
            service.wait_for(lambda: bool(service.find("beat")) and bool(service.find("pool")))
        for _ in range(2):
            before = asked(archive)
            service.wait_for(lambda: asked(archive) > before + 5)  # noqa: B023 - waited for here
            service.kill_everything()
            service.start()
        service.wait_for(lambda: shown(service)["state"] != "running", 300)
        found, rows = shown(service), service.changes()

    assert {name: bad for name, bad in faults_of(rows, archive).items() if bad} == {}
    assert found["state"] == "done"
    assert {name: found[name] for name in COUNTS} == {
        "found": PAGES,  # September's sitemap was not opened
        "outside": 0,
        "in_range": PAGES,
        "known": 0,
        "stored": len(archive.articles),
        "no_article": archive.count_of(4),
        "failed": archive.count_of(5),
        "left": 0,
    }
    assert not archive.site.asked("/posts-2025-09.xml")
