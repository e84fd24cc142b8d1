"""httpx's requests over connections of our own, kept by host and spoken by h11.

    handle_async_request ─▶ an idle connection of that host, or a new one ─▶ reply, body as it comes
                                      ▲                                               │
                                      └──────────── read to its end, kept ────────────┘

httpcore walks its whole pool at each request and each release, which is quadratic in hosts; here a
host finds its own in one look-up. Connections go to the addresses the guard checked and to no
others, IPv6 and IPv4 racing (RFC 8305). Header values are the bytes we were given. A kept
connection is looked at before it is used: one that its server has ended is replaced unseen. One
that dies under the request, before a byte of the answer, is told apart by name: whoever asked
knows when the host may be asked again.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import h11
import httpx
from aiohappyeyeballs import start_connection

from ingest.errors import HostSilent, HostUnreachable, ReplyDamaged, ReplyTooLarge
from ingest.fetch.connection import Connection, ConnectionDied, HeadersTooLarge
from ingest.fetch.guard import Guard, Origin

_IDLE_SECONDS: Final = 30.0  # a kept connection that was not used is closed
_SWEEP_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 10.0
_EYEBALLS_SECONDS: Final = 0.25


NO_WAY: Final = frozenset(
    (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.ETIMEDOUT)
)


class KeptConnectionDied(HostUnreachable):
    """A kept connection ended under a request, unanswered: a new one may fare better."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a connection leads: kept ones are reused for the same place only."""

    origin: Origin
    server_name: str  # whose certificate is asked for


class Transport(httpx.AsyncBaseTransport):
    """One per process and loop.

    A request may carry the extensions `route`, the Origin its connection goes to instead, and
    `target`, the bytes of its path and query. All durations are real time.

    Args:
        guard: knows the addresses a connection may go to.
        tls: the one context of all connections.
        max_header_bytes: of one reply.
        idle_seconds: a kept connection not used for so long is closed.
        sweep_seconds: how often idle ones are looked at.
        connect_seconds: for connection and TLS together.
    """

    def __init__(
        self,
        guard: Guard,
        tls: ssl.SSLContext,
        *,
        max_header_bytes: int,
        idle_seconds: float = _IDLE_SECONDS,
        sweep_seconds: float = _SWEEP_SECONDS,
        connect_seconds: float = _CONNECT_SECONDS,
    ) -> None:
        self._guard = guard
        self._idle_seconds = idle_seconds
        self._sweep_seconds = sweep_seconds
        self._connect_seconds = connect_seconds
        self._tls = tls
        self._max_header_bytes = max_header_bytes
        self._idle: dict[_Place, list[Connection]] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its reply, unread and undecoded.

        A request that says so in its extensions ("alone") is sent on a connection of its own.

        Raises:
            KeptConnectionDied: the connection was a kept one, and ended without an answer.
            HostUnreachable: no connection, or none long enough for the headers.
            ReplyDamaged, ReplyTooLarge: an answer that is not HTTP, headers over their bound.
        """
        url = str(request.url)
        place = _place_of(request)
        connection = None if request.extensions.get("alone") else self._kept(place)
        if connection is not None:
            try:
                return await self._exchange(connection, place, request, url)
            except ConnectionDied as error:
                if error.had_answered:
                    raise HostUnreachable(url, error.reason) from error
                raise KeptConnectionDied(url, error.reason) from error
        connection = await self._connect(place, url)
        try:
            return await self._exchange(connection, place, request, url)
        except ConnectionDied as error:
            raise HostUnreachable(url, error.reason) from error

    async def _exchange(
        self, connection: Connection, place: _Place, request: httpx.Request, url: str
    ) -> httpx.Response:
        try:
            target = request.extensions.get("target", request.url.raw_path)
            reply = await connection.ask(
                request.method, target, request.headers.raw, request.content
            )
        except HeadersTooLarge as error:
            connection.close()
            raise ReplyTooLarge(
                url, f"more than {self._max_header_bytes} bytes of headers"
            ) from error
        except h11.RemoteProtocolError as error:
            connection.close()
            raise ReplyDamaged(url, f"not HTTP: {error}") from error
        except BaseException:
            connection.close()
            raise
        body = _Body(connection, url, lambda: self._keep(place, connection))
        return httpx.Response(
            reply.status_code, headers=list(reply.headers), stream=body, request=request
        )

    # ── connections ─────────────────────────────────────────────────────────────────────

    async def _connect(self, place: _Place, url: str) -> Connection:
        loop = asyncio.get_running_loop()
        secure = place.origin.scheme == "https"
        addresses = await self._guard.addresses(place.origin.host, place.origin.port, url)
        try:
            async with asyncio.timeout(self._connect_seconds):
                connected = await start_connection(
                    _address_infos(addresses, place.origin.port),
                    happy_eyeballs_delay=_EYEBALLS_SECONDS,
                    interleave=1,
                    loop=loop,
                )
                _, connection = await loop.create_connection(
                    lambda: Connection(self._max_header_bytes),
                    sock=connected,
                    ssl=self._tls if secure else None,
                    server_hostname=place.server_name if secure else None,
                )
        except TimeoutError as error:
            reason = f"no connection within {self._connect_seconds:g} s"
            raise HostSilent(url, reason) from error
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", None) or error.reason or str(error)
            raise HostUnreachable(url, f"TLS: {reason}") from error
        except (OSError, ValueError) as error:  # ValueError: a name no certificate can have
            reason = getattr(error, "strerror", None) or str(error)
            kind = HostSilent if getattr(error, "errno", None) in NO_WAY else HostUnreachable
            raise kind(url, f"no connection: {reason}") from error
        return connection

    def _kept(self, place: _Place) -> Connection | None:
        idle = self._idle.get(place, [])
        while idle:
            connection = idle.pop()
            if connection.is_reusable and connection.is_quiet:
                return connection
            connection.close()
        return None

    def _keep(self, place: _Place, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.setdefault(place, []).append(connection)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._sweep_seconds, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what has been idle for too long, or was closed by its server."""
        oldest = loop.time() - self._idle_seconds
        for place, idle in list(self._idle.items()):
            fresh = [one for one in idle if one.is_reusable and one.idle_since > oldest]
            for connection in set(idle).difference(fresh):
                connection.close()
            if fresh:
                self._idle[place] = fresh
            else:
                del self._idle[place]
        again = bool(self._idle)
        self._sweeper = loop.call_later(self._sweep_seconds, self._sweep, loop) if again else None

    async def aclose(self) -> None:
        """Close every idle connection; those in use belong to their replies."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # the loop closes the sockets at its next turn


class _Body(httpx.AsyncByteStream):
    """A reply's bytes as received, its transfer coding undone."""

    def __init__(self, connection: Connection, url: str, keep: Callable[[], None]) -> None:
        self._connection = connection
        self._url = url
        self._keep = keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            ReplyDamaged: it ends before the end it announced.
        """
        try:
            async for piece in self._connection.body():
                yield piece
        except (h11.RemoteProtocolError, ConnectionDied) as error:
            raise ReplyDamaged(self._url, f"cut short: {error}") from error

    async def aclose(self) -> None:
        """Keep the connection if the reply was read to its end, else close it."""
        if self._connection.is_reusable:
            self._keep()
        else:
            self._connection.close()


def _place_of(request: httpx.Request) -> _Place:
    host = request.url.raw_host.decode("ascii").strip("[]")
    port = request.url.port or (443 if request.url.scheme == "https" else 80)
    origin = request.extensions.get("route") or Origin(request.url.scheme, host, port)
    return _Place(origin, host.removesuffix("."))


def _address_infos(
    addresses: Sequence[str], port: int
) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    kinds = (socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses)
    return [
        (kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
        for kind, address in zip(kinds, addresses, strict=True)
    ]
