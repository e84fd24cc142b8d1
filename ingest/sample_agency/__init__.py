"""Two news agencies of our own on loopback, so that khabar can be tried with no internet.

    Nahr News Agency      RSS in Arabic, Turkish and English; a story every 20 s of virtual time;
                          corrections, withdrawals, a sitemap, and now and then a mishap
    The Meridian Daily    Atom; takes over some of Nahr's reports with a credit line, adds its own

All of it is invented, and a function of seed and time: started anew, on the same ports, the
story goes on. Standard library only.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from ingest.sample_agency.agencies import Daily, Wire
from ingest.sample_agency.server import SiteServer

if TYPE_CHECKING:
    from types import TracebackType

    from ingest.clock import Clock
    from ingest.model import Source

__all__ = ["SampleAgency"]

USUAL_PORT = 8790


class SampleAgency:
    """Both agencies, answering between `with` and its end.

    Args:
        clock: for virtual time; a story is out when its time has come.
        host: an address of loopback.
        port: of the first agency; the second takes the next one. Addresses carry the port, so
            None, the same one whenever it is free, lets a restart go on; 0: any two.
        seed: other seeds, other news.
        with_mishaps: whether things go wrong now and then.

    Raises:
        OSError: a port that was asked for is taken.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int | None = None,
        seed: int = 1,
        with_mishaps: bool = True,
    ) -> None:
        self._wire = Wire(seed, with_mishaps=with_mishaps)
        self._daily = Daily(seed, self._wire)
        try:
            self._servers = self._open(clock, host, USUAL_PORT if port is None else port)
        except OSError:
            if port is not None:
                raise
            self._servers = self._open(clock, host, 0)

    def _open(self, clock: Clock, host: str, port: int) -> tuple[SiteServer, SiteServer]:
        with ExitStack() as opened:
            first = SiteServer((host, port), self._wire, clock)
            opened.callback(first.server_close)
            second = SiteServer((host, port and port + 1), self._daily, clock)
            opened.pop_all()
        return first, second

    def __enter__(self) -> Self:
        """Begin to answer."""
        for server in self._servers:
            server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End at once."""
        for server in self._servers:
            server.stop()

    @property
    def origins(self) -> tuple[str, str]:
        """Scheme, address and port of both."""
        return self._servers[0].origin, self._servers[1].origin

    @property
    def feeds(self) -> tuple[str, ...]:
        """The addresses of all feeds."""
        wire, daily = self.origins
        return (*self._wire.feeds(wire), *self._daily.feeds(daily))

    def sources(self) -> tuple[Source, Source]:
        """Return both agencies' declarations, for the addresses they have now."""
        wire, daily = self.origins
        return self._wire.source(wire), self._daily.source(daily)
