"""Whatever is killed, every item is there, once."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.running import Running
from tests.agency import feed, html, item, page
from tests.web import Answer, Web

AGENCIES = 6
WINDOW = 40  # nothing leaves the feed before it was seen: what is lost is our fault


@pytest.fixture
def home():
    """A folder that root's servers can reach, short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-acc-"))
    folder.chmod(0o711)
    (folder / "home").mkdir(mode=0o711)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


class Wire:
    """An agency that publishes an item every few polls, and fails now and then."""

    def __init__(self, web: Web, number: int) -> None:
        self.site = web.new_host()
        self.number = number
        self.published = 0
        self._polls = itertools.count(1)
        self.site.on("/feed", self._feed)
        self.publish(3)

    def publish(self, count: int) -> None:
        """Publish so many items."""
        for _ in range(count):
            self.published += 1
            text = html(page(self.number * 1000 + self.published))
            first = Answer(status=503) if self.published % 5 == 0 else text
            self.site.on(f"/{self.published}", first, text)

    def _feed(self, _request: object) -> Answer:
        if next(self._polls) % 7 == 0:
            return Answer(ending="reset", cut_after=10)
        newest = range(self.published, max(self.published - WINDOW, 0), -1)
        return feed([item(self.site.origin, number) for number in newest])

    @property
    def urls(self) -> set[str]:
        """Every address that was announced."""
        return {self.site.url(f"/{number}") for number in range(1, self.published + 1)}


@pytest.mark.xdist_group("acceptance")
def test_every_item_is_there_once_whatever_is_killed(home):
    with Web() as web, Running(home, KHABAR_CLOCK_SPEED="30", KHABAR_POLL_CEILING="40") as service:
        wires = [Wire(web, number) for number in range(1, AGENCIES + 1)]
        for wire in wires:
            service.khabar("feed", "add", wire.site.url("/feed"))
        for victim in ("worker", "beat", "valkey", "postgres", "daemon"):
            before = len(service.published())
            for wire in wires:
                wire.publish(1)
            service.wait_for(lambda before=before: len(service.published()) > before)
            service.kill(victim)
            for wire in wires:
                wire.publish(1)
            service.wait_for(lambda: bool(service.find("beat")) and bool(service.find("worker")))
        service.kill_everything()
        service.start()
        wanted = set().union(*(wire.urls for wire in wires))
        service.wait_for(lambda: service.published() >= wanted, 120)
        found = service.changes()
        seconds = service.stop()

    new = Counter(row["url"] for row in found if row["kind"] == "new")
    assert set(new) == wanted
    assert set(new.values()) == {1}
    assert [row["change"] for row in found] == sorted((row["change"] for row in found), key=int)
    assert seconds < 12


@pytest.mark.xdist_group("acceptance")
def test_a_second_up_on_one_home_says_so(home):
    with Running(home) as service:
        second = Running(home)
        with pytest.raises(AssertionError, match="khabar: "):
            second.khabar("up", "--no-declared")
        assert service.process is not None
        assert service.process.poll() is None
