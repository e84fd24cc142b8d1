"""HTTP around an agency: conditional requests, gzip, HEAD, and slow replies; loopback only."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Protocol

from ingest.sample_agency import pages
from ingest.sample_agency.agencies import Answer, not_found

if TYPE_CHECKING:
    from email.message import Message

    from ingest.clock import Clock

READ_SECONDS = 60.0


class Site(Protocol):
    """Whatever answers a path at a time."""

    def answer(self, path: str, origin: str, now: datetime) -> Answer:
        """Return the reply to a path."""
        ...


class SiteServer(ThreadingHTTPServer):
    """One agency on one port, in a thread of its own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], site: Site, clock: Clock) -> None:
        self.site = site
        self.clock = clock
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, Conversation)
        host, port = self.server_address[:2]
        self.origin = f"http://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, conversations that are going on included."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        with self._guard:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget a connection that has ended."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)


class Conversation(BaseHTTPRequestHandler):
    """One client's requests."""

    server: SiteServer
    protocol_version = "HTTP/1.1"
    server_version = "sample-agency"
    sys_version = ""
    timeout = READ_SECONDS

    def do_GET(self) -> None:
        """Answer with a body."""
        self._reply(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without one."""
        self._reply(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to khabar."""

    def _reply(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        now = self.server.clock.now()
        answer = picture(path) or self.server.site.answer(path, self.server.origin, now)
        etag = f'"{sha256(answer.body).hexdigest()[:20]}"'
        if answer.status == 200 and is_unchanged(self.headers, etag, answer.modified):
            self._send_head(304, answer, etag, None)
            return
        body = answer.body
        squeezed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500
        if squeezed:
            body = gzip.compress(body, 5, mtime=0)
        with suppress(OSError):  # whoever asked has gone
            self._send_head(answer.status, answer, etag, len(body), squeezed=squeezed)
            if with_body:
                self._send_body(body, answer.pause)

    def _send_head(
        self, status: int, answer: Answer, etag: str, length: int | None, *, squeezed: bool = False
    ) -> None:
        self.send_response(status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        if answer.status == 200:
            self.send_header("ETag", etag)
            if answer.modified:
                at = answer.modified.astimezone(UTC)
                self.send_header("Last-Modified", format_datetime(at, usegmt=True))
        if length is not None:
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(length))
            self.send_header("Vary", "Accept-Encoding")
        if squeezed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()

    def _send_body(self, body: bytes, pause: float) -> None:
        half = len(body) // 2 if pause else len(body)
        self.wfile.write(body[:half])
        if pause and not self.server.stopping.wait(pause):
            self.wfile.write(body[half:])


def picture(path: str) -> Answer | None:
    """Return a story's picture, if that is what the path names."""
    name = path.removeprefix("/img/").removesuffix(".svg")
    if not path.startswith("/img/"):
        return None
    if not name.isdecimal() or len(name) > 12:
        return not_found()
    return Answer(media_type="image/svg+xml", body=pages.picture(int(name)).encode())


def is_unchanged(headers: Message, etag: str, modified: datetime | None) -> bool:
    """Return whether a client that holds validators has what we would send (RFC 9110, 13.2.2)."""
    wanted = headers.get("If-None-Match")
    if wanted is not None:
        names = {name.strip().removeprefix("W/") for name in wanted.split(",")}
        return etag in names or "*" in names
    since = headers.get("If-Modified-Since")
    if since is None or modified is None:
        return False
    try:
        return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
