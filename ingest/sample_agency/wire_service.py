"""A subscribers' service like Anadolu's HAS, on loopback, with all we know of its manners.

    with WireService(newsroom, clock=clock) as service:
        service.root        "http://127.0.0.1:8793/abone/"
        service.asked       every request: when, what, how it was answered

Basic credentials on every request. A request sooner than `pace` after the last one is answered
429 without Retry-After; one for a picture gets half of it instead. `success: false` comes with
status 200. Links to files live for a day and for the asking address alone.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from ingest.sample_agency.newsml import newsml12, newsml29, stamp
from ingest.sample_agency.pages import picture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ingest.clock import Clock
    from ingest.sample_agency.newsroom import Newsroom, Sent, Version

USUAL_PORT = 8793
PREFIX = "/abone/"
MOST_ROWS = 100
LINK_LIFE = timedelta(days=1)
TYPES = {"text": "1", "picture": "2", "video": "3", "file": "4", "graph": "5"}
CODES: Mapping[str, Mapping[str, str]] = {
    "provider": {"1": "Nehir Haber Ajansı"},
    "category": {"1": "Genel", "2": "Spor", "3": "Ekonomi", "4": "Sağlık", "6": "Politika"},
    "priority": {"1": "Flaş", "2": "Acil", "3": "Önemli", "4": "Rutin", "5": "Özel", "6": "Arşiv"},
    "package": {"1": "Genel", "2": "Özel", "3": "Yerel bülten"},
    "type": {"1": "Haber", "2": "Fotoğraf", "3": "Video", "4": "Dosya", "5": "Grafik"},
    "language": {"1": "Türkçe"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it came (real seconds, monotonic), what for, and how it was answered."""

    at: float
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes = b""
    media_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Link:
    item: str
    form: str
    address: str
    until: datetime


@dataclass(kw_only=True)
class WireService:
    """The service, answering between `with` and its end.

    Attributes:
        newsroom: what there is to have.
        clock: for virtual time; an item is there when its time has come.
        pace: seconds (real) from one request to the next, at least.
        user, password: the subscriber's.
        archive_days: how far back its searches reach.
        busy_every: one request in so many is answered 429 though it was slow enough; 0: none.
        port: None: the usual one if it is free; 0: any.
    """

    newsroom: Newsroom
    clock: Clock
    pace: float = 0.5
    user: str = "subscriber"
    password: str = "sample"  # noqa: S105 - of a service of our own on loopback
    archive_days: int = 30
    busy_every: int = 0
    host: str = "127.0.0.1"
    port: int | None = None
    asked: list[Asked] = field(default_factory=list)
    _links: dict[str, _Link] = field(default_factory=dict)
    _last: float | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Begin to answer."""
        try:
            self._server = _Server(
                (self.host, USUAL_PORT if self.port is None else self.port), self
            )
        except OSError:
            if self.port is not None:
                raise
            self._server = _Server((self.host, 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def origin(self) -> str:
        """Scheme, address and port."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def root(self) -> str:
        """The address below which everything is asked for."""
        return self.origin + PREFIX

    def gaps(self) -> list[float]:
        """Return the seconds from each request to the next, as they came."""
        times = [one.at for one in self.asked]
        return [after - before for before, after in pairwise(times)]

    # ── answering ───────────────────────────────────────────────────────────────────────

    def answer(
        self, method: str, path: str, form: Mapping[str, str], authorization: str, address: str
    ) -> Answer:
        """Return the answer to a request, and write it down."""
        with self._turn:
            at = time.monotonic()
            is_hurried = self._last is not None and at - self._last < self.pace
            self._last = at
            made = self._answer(method, path, form, authorization, address, is_hurried=is_hurried)
            self.asked.append(Asked(at, f"{method} {path}", made.status))
        return made

    def _answer(
        self,
        method: str,
        path: str,
        form: Mapping[str, str],
        authorization: str,
        address: str,
        *,
        is_hurried: bool,
    ) -> Answer:
        known = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if path.startswith("/link/"):
            return self._file_of_link(path.removeprefix("/link/"), address, is_hurried=is_hurried)
        if authorization != f"Basic {known}":
            return Answer(401, headers=(("WWW-Authenticate", 'Basic realm="HAS"'),))
        is_busy = self.busy_every and len(self.asked) % self.busy_every == self.busy_every - 1
        call, *rest = unquote(path).removeprefix(PREFIX).strip("/").split("/")
        if is_busy or (is_hurried and not (call == "document" and rest[-1:] != ["newsml29"])):
            return Answer(429, b'{"response":{"success":false,"message":"Too many requests"}}')
        return self._called(method, call, rest, form, address, is_hurried=is_hurried)

    def _called(
        self,
        method: str,
        call: str,
        rest: list[str],
        form: Mapping[str, str],
        address: str,
        *,
        is_hurried: bool,
    ) -> Answer:
        if (method, call) == ("GET", "discover"):
            return _told({kind: dict(codes) for kind, codes in CODES.items()})
        if (method, call) == ("GET", "subscription"):
            return _told(self._subscription())
        if (method, call) == ("POST", "search"):
            return self._search(form)
        if (method, call) == ("GET", "document") and len(rest) == 2:
            return self._document(rest[0], rest[1], is_hurried=is_hurried)
        if method == "GET" and call in ("token", "multitoken") and len(rest) == 2:
            return self._link(call, rest[0], rest[1], address)
        return Answer(404, b"<h1>404</h1>", "text/html")

    def _subscription(self) -> dict[str, Any]:
        return {kind: list(codes) for kind, codes in CODES.items()} | {
            "archive_days": str(self.archive_days),
            "download_limit": 0,
            "photo_size": ["web", "print"],
            "video_size": ["web", "sd"],
            "graph_size": ["raster", "pdf"],
        }

    def _search(self, form: Mapping[str, str]) -> Answer:
        now = self.clock.now()
        try:
            since, until = _bound(form.get("start_date"), now), _bound(form.get("end_date"), now)
            offset, limit = int(form.get("offset", "0")), int(form.get("limit", "20"))
        except ValueError:
            return _no("Tarih biçimi hatalı")
        oldest = now - timedelta(days=self.archive_days)
        since = max(since or oldest, oldest)
        rows = [
            (version.at, item)
            for item in self.newsroom.items(now, since)
            if (version := item.at(now)) is not None
            and since <= version.at <= (until or now)
            and _is_wanted(item, form)
        ]
        rows.sort(key=lambda row: (row[0], row[1].id), reverse=True)
        shown = rows[offset : offset + min(max(limit, 1), MOST_ROWS)]
        found: Any = [self._row(at, item) for at, item in shown]
        if len(found) == 1:
            found = found[0]  # as a converter from XML does it
        return _told({"result": found, "total": len(rows)})

    def _row(self, at: datetime, item: Sent) -> dict[str, Any]:
        story = self.newsroom.story(item, item.versions[0])
        return {
            "id": item.id,
            "type": item.type,
            "date": stamp(at),
            "title": f" {story.title} ",
            "group_id": item.group,
        }

    def _document(self, item: str, form: str, *, is_hurried: bool) -> Answer:
        now = self.clock.now()
        found = [
            (one, version)
            for one in self.newsroom.find(item)
            if (version := one.at(now)) is not None
        ]
        if not found:
            return _no("İçerik bulunamadı")
        first, version = found[0]
        told = [(one, seen, self.newsroom.story(one, seen)) for one, seen in found]
        if form == "newsml29":
            if first.type in ("video", "graph"):
                return _no("Bu biçim desteklenmiyor")
            return Answer(200, newsml29(told), "application/xml")
        if form == "newsml12" and first.type == "text":
            return self._older(first, version)
        if form in ("web", "print", "sd", "raster", "pdf") and first.type != "text":
            return _file(first, form, is_hurried=is_hurried)
        return _no("Bu biçim desteklenmiyor")

    def _older(self, item: Sent, version: Version) -> Answer:
        document = newsml12(item, version, self.newsroom.story(item, version))
        if item.story % 2:
            return Answer(200, document, "application/xml")
        return Answer(200, json.dumps({"data": document.decode()}).encode())

    # ── files ───────────────────────────────────────────────────────────────────────────

    def _link(self, call: str, item: str, form: str, address: str) -> Answer:
        found = self.newsroom.find(item)
        if not found or found[0].type == "text":
            return _no("Bu içerik için bağlantı verilmez")
        made = [self._new_link(one.id, form, address) for one in found]
        if call == "multitoken":
            return _told({"result": made, "total": len(made)})
        return Answer(302, headers=(("Location", made[0]),))

    def _new_link(self, item: str, form: str, address: str) -> str:
        name = f"{len(self._links):08x}"
        self._links[name] = _Link(item, form, address, self.clock.now() + LINK_LIFE)
        return f"{self.origin}/link/{name}"

    def _file_of_link(self, name: str, address: str, *, is_hurried: bool) -> Answer:
        link = self._links.get(name)
        if link is None or link.until < self.clock.now():
            return Answer(404, b"expired", "text/plain")
        if link.address != address:
            return Answer(403, b"another address", "text/plain")
        return _file(self.newsroom.find(link.item)[0], link.form, is_hurried=is_hurried)


def _file(item: Sent, form: str, *, is_hurried: bool) -> Answer:
    """Return a file; half of it to whoever is in a hurry."""
    body = b"\xff\xd8\xff\xe0" + picture(item.story).encode() * (2 if form == "print" else 1)
    if is_hurried:
        body = body[: len(body) // 2]
    kind = "image/jpeg" if item.type == "picture" else "application/octet-stream"
    name = f"{item.id.replace(':', '_')}_{form}.jpg"
    disposition = ("Content-Disposition", f"attachment; filename={name}")
    return Answer(200, body, kind, headers=(disposition,))


def _told(data: Any) -> Answer:
    told = {"response": {"success": True, "message": ""}, "data": data}
    return Answer(200, json.dumps(told).encode())


def _no(message: str) -> Answer:
    """Return a refusal as the service words it: with status 200."""
    return Answer(200, json.dumps({"response": {"success": False, "message": message}}).encode())


def _bound(text: str | None, now: datetime) -> datetime | None:
    if text in (None, "", "*"):
        return None
    if text == "NOW":
        return now
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _is_wanted(item: Sent, form: Mapping[str, str]) -> bool:
    types = [code for code in form.get("filter_type", "").split(",") if code]
    languages = [code for code in form.get("filter_language", "").split(",") if code]
    return (not types or TYPES.get(item.type) in types) and (not languages or "1" in languages)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], service: WireService) -> None:
        self.service = service
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came


class _Handler(BaseHTTPRequestHandler):
    """One client's requests."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "sample-wire"
    sys_version = ""
    timeout = 60.0

    def do_GET(self) -> None:
        """Answer a GET."""
        self._reply({})

    def do_POST(self) -> None:
        """Answer a form."""
        length = int(self.headers.get("Content-Length") or 0)
        kind = self.headers.get("Content-Type", "")
        body = self.rfile.read(min(length, 100_000)).decode("utf-8", "replace")
        is_form = kind.startswith("application/x-www-form-urlencoded")
        fields = parse_qs(body) if is_form else {}
        self._reply({name: values[0] for name, values in fields.items()})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to khabar."""

    def _reply(self, form: Mapping[str, str]) -> None:
        path = urlsplit(self.path).path
        given = self.headers.get("Authorization", "")
        made = self.server.service.answer(
            self.command, path, form, given, str(self.client_address[0])
        )
        with suppress(OSError):  # whoever asked has gone
            self.send_response(made.status)
            for name, value in made.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", made.media_type)
            self.send_header("Content-Length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)
