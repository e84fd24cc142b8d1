"""One connection to one server: bytes to and from h11, one exchange after the other.

h11 speaks HTTP/1.1 and is strict about header names. Servers are not, and browsers read them, so a
head that h11 refuses is shown to it once more without the lines that are no headers.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import select
from collections.abc import AsyncIterator, Sequence
from typing import Final

import h11

_PAUSE_ABOVE: Final = 512 * 1024  # bytes waiting to be read: the server waits, too
_TURNS_AT_ONCE: Final = 256
_MOST_INTERIM: Final = 20  # 1xx replies before the real one
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:([^\x00\r]*)\Z")


class ConnectionDied(Exception):
    """It ended before an answer was whole; `had_answered`: bytes of it had come."""

    def __init__(self, reason: str, *, had_answered: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.had_answered = had_answered


class HeadersTooLarge(Exception):
    """The head of a reply is longer than allowed."""


class Connection(asyncio.Protocol):
    """A connected socket; `ask`, then `body` to its end, then it may be asked again."""

    def __init__(self, max_header_bytes: int) -> None:
        self.idle_since = 0.0
        self._max_header_bytes = max_header_bytes
        self._speech = self._new_speech()
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._reader: asyncio.Future[None] | None = None
        self._ended = False
        self._broken: Exception | None = None

    def _new_speech(self) -> h11.Connection:
        return h11.Connection(h11.CLIENT, max_incomplete_event_size=self._max_header_bytes)

    # ── what the loop calls ─────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream socket it is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came for whoever reads; let the server wait if nobody does."""
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _PAUSE_ABOVE and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The server has said all it will say."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._ended, self._broken = True, exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # ── what the transport calls ────────────────────────────────────────────────────────

    @property
    def is_reusable(self) -> bool:
        """The last exchange is over, and the server keeps to it: no end, no bytes unasked for."""
        if self._ended or self._waiting or self._transport is None or self._transport.is_closing():
            return False
        speech = self._speech
        is_over = speech.our_state is h11.DONE and speech.their_state is h11.DONE
        return is_over and not speech.trailing_data[0]

    @property
    def is_quiet(self) -> bool:
        """Nothing waits at the socket: no end and no bytes that the loop has yet to see."""
        if self._transport is None:
            return False
        waiting = select.poll()
        waiting.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        """Close at once; what was not sent or read is dropped."""
        if self._transport is not None:
            self._transport.abort()

    async def ask(
        self,
        method: str,
        target: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        content: bytes = b"",
    ) -> h11.Response:
        """Send a request and return the head of its reply.

        Raises:
            ConnectionDied: it ended before the head was whole.
            HeadersTooLarge: the head is over its bound.
            h11.RemoteProtocolError: the answer is not HTTP.
        """
        if self._speech.our_state is h11.DONE:
            self._speech.start_next_cycle()
        request = h11.Request(method=method, target=target, headers=list(headers))
        head = self._speech.send(request) or b""
        head += (self._speech.send(h11.Data(data=content)) or b"") if content else b""
        self._speech.send(h11.EndOfMessage())
        if self._transport is None or self._transport.is_closing():
            raise ConnectionDied("closed by the server", had_answered=False)
        self._transport.write(head)
        received = bytearray()
        for _ in range(_MOST_INTERIM):
            event = await self._head(received, request)
            if isinstance(event, h11.Response):
                return event
        raise h11.RemoteProtocolError("nothing but interim replies")

    async def _head(
        self, received: bytearray, request: h11.Request
    ) -> h11.Response | h11.InformationalResponse:
        """Return the next head; `received` keeps its bytes in case h11 dislikes them."""
        while True:
            try:
                event = self._speech.next_event()
            except h11.RemoteProtocolError as error:
                if error.error_status_hint == 431:
                    raise HeadersTooLarge from error
                self._read_leniently(bytes(received), request, error)
                event = self._speech.next_event()
            if isinstance(event, (h11.Response, h11.InformationalResponse)):
                return event
            piece = await self._more()
            if not piece:
                reason = str(self._broken or "closed by the server before its headers were whole")
                raise ConnectionDied(reason, had_answered=bool(received))
            received += piece
            self._speech.receive_data(piece)

    def _read_leniently(
        self, received: bytes, request: h11.Request, error: h11.RemoteProtocolError
    ) -> None:
        """Start h11 anew on the same bytes without the lines that are no headers."""
        end = _HEAD_END.search(received)
        if end is None:
            raise error
        status, *lines = re.split(rb"\r?\n", received[: end.start()])
        headers = [match for match in map(_HEADER.match, lines) if match]
        if len(headers) == len(lines):
            raise error  # something else is wrong with it
        head = b"\r\n".join([status, *(b"%b:%b" % match.groups() for match in headers)])
        self._speech = self._new_speech()
        self._speech.send(_without_content(request))
        self._speech.send(h11.EndOfMessage())
        self._speech.receive_data(head + b"\r\n\r\n" + received[end.end() :])

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body of the reply, its transfer coding undone, its trailers dropped.

        Raises:
            ConnectionDied, h11.RemoteProtocolError: it ends before its announced end.
        """
        for turn in itertools.count(1):
            event = self._speech.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
                if turn % _TURNS_AT_ONCE == 0:
                    await asyncio.sleep(0)  # a body of crumbs must not hold up the others
            elif event is h11.NEED_DATA:
                piece = await self._more()
                if not piece and self._broken is not None:
                    raise ConnectionDied(str(self._broken), had_answered=True)
                self._speech.receive_data(piece)
            else:
                return

    async def _more(self) -> bytes:
        """Return what has come; nothing once the server has ended."""
        while not self._waiting and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        piece = b"".join(self._waiting)
        self._waiting.clear()
        if self._waiting_bytes > _PAUSE_ABOVE and self._transport is not None:
            self._transport.resume_reading()
        self._waiting_bytes = 0
        return piece


def _without_content(request: h11.Request) -> h11.Request:
    """Return a request as if it announced no content: what was announced has been sent."""
    kept = [(name, value) for name, value in request.headers if name != b"content-length"]
    return h11.Request(method=request.method, target=request.target, headers=kept)
