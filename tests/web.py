"""A web of our own on loopback that answers, or misbehaves, exactly as a test asks.

    with Web() as web:
        site = web.new_host()                       # 127.x.y.z at a port of its own
        site.on("/feed", Answer(b"<rss/>", headers=[("ETag", '"1"')]))
        site.on("/page", Answer(status=503), Answer(b"later it works"))   # in turn, the last stays
        site.on("/any", lambda request: Answer(request.path.encode()))    # or decided per request
        …
        assert [request.path for request in site.requests] == ["/feed"]

It speaks HTTP by hand over real sockets, in a thread of its own, so a test may block or run a loop
as it likes. Nothing is added to what an `Answer` says but Content-Length or chunked framing and
Connection: no Date, no Server. Paths nobody scripted give 404. Every request is logged with its
time, its connection and its headers as received, byte for byte (Latin-1).

How an answer can misbehave:

    Answer(body, pieces=10, pause=0.2)        drips: ten pieces, a pause before each
    Answer(body, delay=3)                     is silent for a while before it begins
    Answer(body, length=10_000)               lies about its length; None: sends none and closes
    Answer(body, chunked=True, trailers=[…])  chunks, and headers behind them
    Answer(body, version="HTTP/1.0")          and closes
    Answer(body, cut_after=100)               sends so many bytes of the body, then ends
    Answer(ending="close" | "reset" | "silence")   how it ends: orderly, by RST, not at all
    Answer(raw=b"…")                          these very bytes instead of a status line and headers
    Answer(gzipped(b"…"), headers=[("Content-Encoding", "gzip")])      codings are the test's
    redirect("/there")                        302 there; redirect("/there", 301)

`endless(piece)` gives a body that never ends, for `Answer(stream=…)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self, TypeVar

T = TypeVar("T")
_RESET = struct.pack("ii", 1, 0)
_addresses = (f"127.{a}.{b}.{c}" for a in range(77, 99) for b in range(256) for c in range(1, 255))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    Attributes:
        method: such as "GET".
        path: path and query as in the request line.
        headers: name (as spelt) and value (Latin-1), in order.
        at: when it was whole, by `time.monotonic()`.
        connection: the same number for requests on one connection.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    at: float
    connection: int

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case; None where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and how to misbehave while sending it; see the module's table.

    Attributes:
        body: sent as it is, after any content coding.
        status: with `reason`, the standard phrase by default.
        headers: sent verbatim, in order; Latin-1.
        version: of the status line; "HTTP/1.0" closes.
        length: the Content-Length claimed; "true" is the body's own, None sends none.
        chunked: framed in chunks, one for each piece.
        trailers: headers after the last chunk.
        pieces: the body is sent in so many.
        pause: seconds before each piece.
        delay: seconds of silence before the first byte.
        cut_after: so many bytes of the body are sent, then the connection ends.
        ending: "keep", "close", "reset" or "silence" (open, and nothing more is sent).
        stream: bytes to send after the body, without framing of their own.
        raw: sent instead of status line and headers; the body follows.
    """

    body: bytes = b""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    reason: str | None = None
    version: str = "HTTP/1.1"
    length: int | str | None = "true"
    chunked: bool = False
    trailers: Sequence[tuple[str, str]] = ()
    pieces: int = 1
    pause: float = 0.0
    delay: float = 0.0
    cut_after: int | None = None
    ending: str = "keep"
    stream: Callable[[], AsyncIterator[bytes]] | None = None
    raw: bytes | None = None

    @property
    def keeps(self) -> bool:
        """The connection can carry another request afterwards."""
        has_end = self.chunked or self.length is not None or self.status in (204, 304)
        is_whole = self.cut_after is None and self.stream is None
        return self.ending == "keep" and has_end and is_whole and self.version != "HTTP/1.0"


Script = Callable[[Request], Answer]


def redirect(location: str, status: int = 302, *headers: tuple[str, str]) -> Answer:
    """Return an answer that sends the reader elsewhere."""
    return Answer(status=status, headers=[("Location", location), *headers])


def gzipped(body: bytes) -> bytes:
    """Return the body as one gzip member, the same bytes each time."""
    return gzip.compress(body, mtime=0)


def endless(piece: bytes, pause: float = 0.0) -> Callable[[], AsyncIterator[bytes]]:
    """Return a stream that never ends."""

    async def stream() -> AsyncIterator[bytes]:
        while True:
            yield piece
            await asyncio.sleep(pause)

    return stream


@dataclass(eq=False, slots=True)
class Host:
    """One listening address of the web, with scripts by path and a log of its own."""

    address: str
    port: int
    tls: bool = False
    requests: list[Request] = field(default_factory=list)
    _scripts: dict[str, Script] = field(default_factory=dict)

    @property
    def netloc(self) -> str:
        """Address and port as a Host header has them."""
        return (
            f"[{self.address}]:{self.port}"
            if ":" in self.address
            else f"{self.address}:{self.port}"
        )

    @property
    def origin(self) -> str:
        """Such as "http://127.77.0.1:40001"."""
        return f"{'https' if self.tls else 'http'}://{self.netloc}"

    def url(self, path: str = "/") -> str:
        """Return the absolute URL of a path."""
        return self.origin + path

    def on(self, path: str, *answers: Answer | Script) -> str:
        """Script a path (without its query) and return its URL.

        Args:
            path: "*" is what every path without a script of its own gives.
            answers: given in turn, the last one from then on; or one function of the request.
        """
        turns = itertools.chain(answers[:-1], itertools.repeat(answers[-1]))

        def script(request: Request) -> Answer:
            answer = next(turns)
            return answer if isinstance(answer, Answer) else answer(request)

        self._scripts[path] = script
        return self.url(path)

    def answer_to(self, request: Request) -> Answer:
        """Log a request and return what its script says."""
        self.requests.append(request)
        path = request.path.partition("?")[0]
        script = self._scripts.get(path) or self._scripts.get("*")
        return script(request) if script else Answer(b"nothing here", status=404)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for a path, whatever their query."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]


class Web:
    """The web: a context manager. Its hosts listen until it ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.Task[None]] = set()
        self._connections = itertools.count(1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def new_host(
        self, address: str | None = None, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Host:
        """Open another host.

        Args:
            address: a loopback address; by default the next unused of 127.77.0.0 and up.
            port: by default one of the system's choice.
            tls: the server's context, for https.
        """
        return self._run(self._listen(address or next(_addresses), port, tls))

    def break_connections(self) -> None:
        """Close every open connection, as a server does that restarts."""
        self._run(self._break())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _listen(self, address: str, port: int, tls: ssl.SSLContext | None) -> Host:
        host = Host(address, port, tls=tls is not None)

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(
                _converse(host, reader, writer, next(self._connections))
            )
            self._open.add(task)
            task.add_done_callback(self._open.discard)

        server = await asyncio.start_server(
            connected, address, port, ssl=tls, limit=1 << 20, backlog=1024
        )
        host.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)
        return host

    async def _break(self) -> None:
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        await self._break()
        await self._loop.shutdown_asyncgens()


async def _converse(
    host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
) -> None:
    """Answer the requests of one connection until it ends."""
    answer = Answer()
    try:
        while answer.keeps and (request := await _read_request(reader, number)):
            answer = host.answer_to(request)
            await _send(answer, request, writer)
        if answer.ending == "silence":
            await reader.read()  # until the other side gives up
    except (OSError, asyncio.IncompleteReadError):
        pass  # the reader went away: its right
    finally:
        _end(writer, answer.ending)


def _end(writer: asyncio.StreamWriter, ending: str) -> None:
    plain = writer.get_extra_info("socket")
    if ending == "reset" and plain is not None:
        with contextlib.suppress(OSError):  # the reader was faster
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()
    else:
        writer.close()


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = [line.partition(":") for line in lines]
    headers = tuple((name, value.strip(" \t")) for name, _, value in pairs)
    return Request(method, path, headers, time.monotonic(), connection)


async def _send(answer: Answer, request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(answer.delay)
    if answer.ending in ("silence", "reset") and not answer.body and answer.raw is None:
        return
    writer.write(_head(answer) if answer.raw is None else answer.raw)
    if request.method != "HEAD" and answer.status not in (204, 304):
        await _send_body(answer, writer)
    await writer.drain()


async def _send_body(answer: Answer, writer: asyncio.StreamWriter) -> None:
    for piece in _pieces(answer.body[: answer.cut_after], answer.pieces):
        await asyncio.sleep(answer.pause)
        writer.write(_chunk(piece) if answer.chunked else piece)
        await writer.drain()
    if answer.stream is not None:
        async for piece in answer.stream():
            writer.write(piece)
            await writer.drain()
    elif answer.chunked and answer.cut_after is None:
        writer.write(b"0\r\n" + _lines(answer.trailers) + b"\r\n")


def _head(answer: Answer) -> bytes:
    reason = answer.reason
    if reason is None:
        with contextlib.suppress(ValueError):
            reason = HTTPStatus(answer.status).phrase
    headers = list(answer.headers)
    if answer.chunked:
        headers.append(("Transfer-Encoding", "chunked"))
    elif answer.length is not None and answer.status not in (204, 304):
        length = len(answer.body) if answer.length == "true" else answer.length
        headers.append(("Content-Length", str(length)))
    if not answer.keeps and answer.version != "HTTP/1.0":
        headers.append(("Connection", "close"))
    first = f"{answer.version} {answer.status} {reason or ''}\r\n".encode("latin-1")
    return first + _lines(headers) + b"\r\n"


def _lines(headers: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _pieces(body: bytes, count: int) -> list[bytes]:
    size = max(1, -(-len(body) // count))
    return [body[start : start + size] for start in range(0, len(body), size)]
