"""HTTP for whoever watches: /live, /ready, /metrics.

    /live      200 while the daemon itself looks after its programs
    /ready     200 while items can come in; else 503 and the reasons
    /metrics   Prometheus' text

No secrets, no authentication: on loopback unless KHABAR_METRICS_ADDRESS says otherwise.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

REQUEST_SECONDS = 10.0


class Endpoint:
    """The server; `None` questions are answered by nobody.

    Args:
        address: host and port, as the setting has them; "off" for no server.
        registry: of everything that /metrics shows.
        live, ready: return why not; empty when all is well.
    """

    def __init__(
        self,
        address: str,
        registry: CollectorRegistry,
        live: Callable[[], list[str]],
        ready: Callable[[], list[str]],
    ) -> None:
        self._address = address
        self._answers: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/live": lambda: _health(live()),
            "/ready": lambda: _health(ready()),
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)),
        }
        self._server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int | None:
        """Where it answers."""
        return None if self._server is None else self._server.server_address[1]

    def open(self) -> None:
        """Listen; an address that can't be had is a warning, for the news matters more."""
        if self._address == "off":
            return
        host, _, port = self._address.rpartition(":")
        host = host.strip("[]")
        try:
            self._server = _server_on(host, int(port), self._answers)
        except OSError as error:
            reason = error.strerror or str(error)
            log.warning("endpoint.not-open", address=self._address, reason=reason)
            return
        threading.Thread(target=self._server.serve_forever, name="endpoint", daemon=True).start()
        log.info("endpoint.open", address=f"{host}:{self.port}")

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _server_on(
    host: str, port: int, answers: dict[str, Callable[[], tuple[int, str, bytes]]]
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_SECONDS
        server_version = "khabar"
        sys_version = ""

        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            status, kind, body = (
                (404, "text/plain", b"/live, /ready, /metrics\n") if answer is None else answer()
            )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a scrape is no event."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
            """Keep a broken answer in the journal: a reader that went away, or a fault of ours."""
            log.debug("endpoint.broken", client=str(client_address), reason=repr(sys.exc_info()[1]))

    return Server((host, port), Handler)


def _health(reasons: list[str]) -> tuple[int, str, bytes]:
    body = json.dumps({"ok": not reasons, "because": reasons}, ensure_ascii=False)
    return 503 if reasons else 200, "application/json", body.encode() + b"\n"
