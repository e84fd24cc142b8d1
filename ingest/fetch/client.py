"""The fetcher: a URL goes in, a whole reply or a named error comes out.

    get ─▶ before_request ─▶ guard ─▶ request ─▶ 3xx? ─▶ before_request ─▶ …   at most 5 redirects
                                        │
                                        ├─ 304 ─▶ Reply without a body
                                        ├─ 200, 203, whole 206 ─▶ body, bounded, decoded ─▶ Reply
                                        └─ anything else ─▶ ReplyRefused, with Retry-After

One per process, made inside its running loop after the fork. No cookies, no referer, no
cache-busters. A validator goes to the URL it came from and to no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, TracebackType
from typing import Final, Self

import httpx

from ingest.errors import (
    AddressRefused,
    FetchError,
    ReplyDamaged,
    ReplyRefused,
    ReplyTooLarge,
    ReplyTooSlow,
    TooManyRedirects,
)
from ingest.fetch.caching import retry_after, validators_of
from ingest.fetch.credentials import Credentials
from ingest.fetch.guard import (
    DEFAULT_PORTS,
    NO_ROUTES,
    ConnectTo,
    Guard,
    Resolve,
    Target,
    read_target,
)
from ingest.fetch.limits import ACCEPT_ENCODING, PAGE_LIMITS, BodyReader, Limits
from ingest.fetch.transport import KeptConnectionDied, Transport
from ingest.model import Hop, Reply, Validators

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
ANSWERS: Final = frozenset({200, 203, 206})
BeforeRequest = Callable[[str], Awaitable[None]]
MayAskAgain = Callable[[str], Awaitable[bool]]
_REDIRECT_PATIENCE: Final = timedelta(seconds=10)
_DRAIN_SECONDS: Final = 1.0
_DRAIN_BYTES: Final = 64 * 1024
_SENDABLE: Final = re.compile(
    r"[^\0\s\u0100-\U0010ffff]+(?:[ \t]+[^\0\s\u0100-\U0010ffff]+)*", re.ASCII
)
_NO_VALIDATORS: Final[Mapping[str, Validators]] = MappingProxyType({})


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def _sleep(wait: timedelta) -> None:
    await asyncio.sleep(wait.total_seconds())


def _default_tls() -> ssl.SSLContext:
    """Return a verifying context: certifi's roots, or those SSL_CERT_FILE and _DIR name."""
    tls = httpx.create_ssl_context()
    tls.set_alpn_protocols(["http/1.1"])
    return tls


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """What a fetcher is made from.

    Attributes:
        user_agent: product, version and contact, sent with every request.
        limits: where `get` names none.
        allow_loopback: 127.0.0.0/8 and ::1 may be asked, at any port.
        connect_to: where connections go instead.
        ports: allowed for every source.
        credentials: of licensed feeds; each goes to its own origin only.
        now: the virtual time, for a Retry-After that is a date.
        sleep: takes virtual time, for a redirect that asks for a moment's patience.
        connect_seconds: real; for a connection with TLS, all addresses tried.
        resolve: name and port to addresses; the system's resolver where None.
        tls: the shared context; verifying against certifi's roots where None.
    """

    user_agent: str
    limits: Limits = PAGE_LIMITS
    allow_loopback: bool = False
    connect_to: ConnectTo = NO_ROUTES
    ports: frozenset[int] = DEFAULT_PORTS
    credentials: tuple[Credentials, ...] = ()
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[timedelta], Awaitable[None]] = _sleep
    connect_seconds: float = 10.0
    resolve: Resolve | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What a `get` asks, the same at each of its hops."""

    url: str
    validators: Mapping[str, Validators]
    limits: Limits
    headers: Mapping[str, str]
    ports: Sequence[int]
    before_request: BeforeRequest | None
    may_ask_again: MayAskAgain | None
    form: bytes | None = None
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class _Redirect:
    """A hop that a reply asks for, and how long it asks us to wait before it."""

    hop: Hop
    wait: timedelta


class Fetcher:
    """`async with Fetcher(options) as fetcher: reply = await fetcher.get(url)`."""

    def __init__(self, options: FetchOptions) -> None:
        self._options = options
        self._guard = Guard(
            allow_loopback=options.allow_loopback,
            ports=options.ports,
            connect_to=options.connect_to,
            resolve=options.resolve,
        )
        self._client: httpx.AsyncBaseTransport | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool in the running loop."""
        tls = self._options.tls or _default_tls()
        limit = self._options.limits.max_header_bytes
        self._client = Transport(
            self._guard,
            tls,
            max_header_bytes=limit,
            connect_seconds=self._options.connect_seconds,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        self._guard.close()

    async def get(
        self,
        url: str,
        *,
        validators: Validators | Mapping[str, Validators] | None = None,
        limits: Limits | None = None,
        headers: Mapping[str, str] | None = None,
        ports: Sequence[int] = (),
        before_request: BeforeRequest | None = None,
        may_ask_again: MayAskAgain | None = None,
        form: bytes | None = None,
        is_alone: bool = False,
    ) -> Reply:
        """Ask for a URL and follow its redirects.

        Args:
            url: absolute.
            validators: held for `url`; or, by URL, for every URL the chain may lead to.
            limits: bounds of this one; the options' by default.
            headers: sent besides our own, to the origin of `url` only.
            ports: allowed for this source besides those allowed for all.
            before_request: awaited with the URL before each request, hops included; its time
                is not counted, and what it raises ends the chain.
            may_ask_again: awaited when the kept connection that a request went out on ended
                without an answer: waits for the host's next turn, and says whether the request
                is to be sent once more, on a new one. Without it nothing is sent twice.
            form: sent by POST, url-encoded, to `url` itself; where it leads is asked by GET.
            is_alone: each request on a connection of its own, so that none is ever sent twice.

        Raises:
            AddressRefused: the guard says no, of `url` or of where it led; nothing was sent there.
            HostUnreachable: no name, no connection, or cut off before the headers were whole.
            ReplyTooSlow, ReplyTooLarge, ReplyDamaged, TooManyRedirects: as named.
            ReplyRefused: a status that is no answer, with Retry-After.
        """
        first = read_target(url)
        question = _Question(
            url=url,
            validators=_by_url(first, validators),
            limits=limits or self._options.limits,
            headers=headers or {},
            ports=ports,
            before_request=before_request,
            may_ask_again=may_ask_again,
            form=form,
            is_alone=is_alone,
        )
        hops: list[Hop] = []
        try:
            return await self._follow(question, first, hops)
        except FetchError as error:
            error.hops = tuple(hops)
            raise

    def has_credentials(self, url: str) -> bool:
        """Return whether there are credentials for the origin of a URL."""
        origin = read_target(url).origin
        return any(known.origin == origin for known in self._options.credentials)

    async def _follow(self, question: _Question, target: Target, hops: list[Hop]) -> Reply:
        first, left = target, question.limits.max_seconds
        started = time.monotonic()
        while True:
            if question.before_request is not None:
                await question.before_request(target.url)
            found, left = await self._ask_in_time(question, target, first, left)
            question = replace(question, form=None)
            if isinstance(found, Reply):
                return _finished(found, question, hops, time.monotonic() - started)
            hops.append(found.hop)
            target = _next_target(first, question.limits, hops)
            if found.wait:
                await self._options.sleep(found.wait)

    async def _ask_in_time(
        self, question: _Question, target: Target, first: Target, left: float
    ) -> tuple[Reply | _Redirect, float]:
        """Make one request, once more if it may be; return what came and the seconds left."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(left):
                found = await self._ask(question, target, first)
        except TimeoutError as error:
            reason = f"not whole within {question.limits.max_seconds:g} s"
            raise ReplyTooSlow(target.url, reason) from error
        except KeptConnectionDied:
            left -= time.monotonic() - began
            may_ask_again = None if question.form is not None else question.may_ask_again
            if may_ask_again is None or not await may_ask_again(target.url):
                raise
            return await self._ask_in_time(replace(question, is_alone=True), target, first, left)
        return found, left - (time.monotonic() - began)

    async def _ask(self, question: _Question, target: Target, first: Target) -> Reply | _Redirect:
        """Make one request; a redirect is returned as the hop it asks for."""
        request = await self._request(question, target, first)
        if self._client is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        response = await self._client.handle_async_request(request)
        try:
            headers = _headers_of(response, target.url, question.limits)
            if not _is_answer(response.status_code, headers):
                await _drain(response)
                return self._without_body(response.status_code, headers, question, target)
            _refuse_announced(headers, target.url, question.limits)
            reader = BodyReader(target.url, headers.get("content-encoding"), question.limits)
            body = await _read(response, reader)
        finally:
            await response.aclose()
        found = validators_of(headers)
        return _reply(target, response.status_code, headers, found, body, reader.wire_bytes)

    async def _request(self, question: _Question, target: Target, first: Target) -> httpx.Request:
        route = await self._guard.check(target, question.ports)
        headers = [
            ("Host", target.origin.netloc),
            ("User-Agent", self._options.user_agent),
            ("Accept", "*/*"),
            ("Accept-Encoding", ACCEPT_ENCODING),
        ]
        if target.origin == first.origin:
            own = {name.lower() for name in question.headers}
            headers = [item for item in headers if item[0].lower() not in own]
            headers += question.headers.items()
        for credentials in self._options.credentials:
            headers += credentials.headers_for(target.origin)
        headers += _conditions(question.validators.get(target.url))
        form = question.form
        if form is not None:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            headers.append(("Content-Length", str(len(form))))
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        extensions = {
            "route": route,
            "target": target.path.encode("ascii"),
            "alone": question.is_alone,
        }
        method = "GET" if form is None else "POST"
        try:
            return httpx.Request(
                method, target.url, headers=raw, content=form, extensions=extensions
            )
        except httpx.InvalidURL as error:
            raise AddressRefused(target.url, f"is not a URL: {error}") from error

    def _without_body(
        self, status: int, headers: Mapping[str, str], question: _Question, target: Target
    ) -> Reply | _Redirect:
        """Return what a status says alone; raise it where that is nothing we can use."""
        if status in REDIRECTS:
            return self._redirect(status, headers, target)
        held = question.validators.get(target.url)
        if status == 304 and _conditions(held):
            return _reply(target, 304, headers, validators_of(headers, held))
        raise self._refused(target, status, headers)

    def _redirect(self, status: int, headers: Mapping[str, str], target: Target) -> _Redirect:
        location = _decoded_location(headers.get("location", ""))
        wait = retry_after(headers, self._options.now()) or timedelta()
        if not location or wait > _REDIRECT_PATIENCE:
            raise self._refused(target, status, headers)
        try:
            hop = Hop(status=status, url=read_target(location, target.url).url)
        except AddressRefused as error:
            reason = f"{error.reason}; redirect from {target.url}"
            raise AddressRefused(error.url, reason) from error
        return _Redirect(hop, wait)

    def _refused(self, target: Target, status: int, headers: Mapping[str, str]) -> ReplyRefused:
        wait = retry_after(headers, self._options.now())
        return ReplyRefused(target.url, status, wait.total_seconds() if wait is not None else None)


def _decoded_location(text: str) -> str:
    """Return a Location as text: UTF-8 where it is that, as browsers read it."""
    raw = text.encode("latin-1").strip()  # bytes: text would lose a last A0, as in "à"
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _by_url(
    first: Target, validators: Validators | Mapping[str, Validators] | None
) -> Mapping[str, Validators]:
    if validators is None:
        return _NO_VALIDATORS
    if isinstance(validators, Validators):
        return {first.url: validators}
    return {read_target(url).url: held for url, held in validators.items()}


def _conditions(held: Validators | None) -> list[tuple[str, str]]:
    """Return the headers of a conditional request; a value no header can hold is left out."""
    if held is None:
        return []
    named = (("If-None-Match", held.etag), ("If-Modified-Since", held.last_modified))
    return [(name, value) for name, value in named if value and _SENDABLE.fullmatch(value)]


def _next_target(first: Target, limits: Limits, hops: list[Hop]) -> Target:
    seen = [first.url, *(hop.url for hop in hops)]
    if seen[-1] in seen[:-1]:
        raise TooManyRedirects(first.url, f"a loop: back at {seen[-1][:200]}")
    if len(hops) > limits.max_redirects:
        raise TooManyRedirects(first.url, f"more than {limits.max_redirects}")
    return read_target(hops[-1].url)


def _headers_of(response: httpx.Response, url: str, limits: Limits) -> dict[str, str]:
    total, found = 0, dict[str, str]()
    for raw_name, raw_value in response.headers.raw:
        total += len(raw_name) + len(raw_value) + 4
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in found:
            found[name] = value
        elif name not in ("etag", "last-modified", "location"):  # one value each: the first
            found[name] += f", {value}"
    if total > limits.max_header_bytes:
        raise ReplyTooLarge(url, f"more than {limits.max_header_bytes} bytes of headers")
    return found


def _is_answer(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether the body is what was asked for; a 206 nobody asked for must be the whole."""
    if status != 206:
        return status in ANSWERS
    part = re.fullmatch(r"bytes 0-(\d+)/(\d+)", headers.get("content-range", "").strip())
    return part is not None and int(part[1]) + 1 == int(part[2])


def _refuse_announced(headers: Mapping[str, str], url: str, limits: Limits) -> None:
    """Refuse a body that says itself that it is too long, before it is sent."""
    announced = headers.get("content-length", "").strip()
    if announced.isdecimal() and int(announced) > limits.max_bytes and not limits.cut:
        raise ReplyTooLarge(url, f"announces {announced} bytes, more than {limits.max_bytes}")


async def _drain(response: httpx.Response) -> None:
    """Read a short body nobody needs, so that its connection can be used again."""
    received = 0
    with contextlib.suppress(ReplyDamaged, TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for piece in _stream_of(response):
                received += len(piece)
                if received > _DRAIN_BYTES:
                    return


def _stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    """Return the bytes as received: httpx's own readers would decode them without a bound."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("a reply of our transport is read asynchronously")
    return response.stream


async def _read(response: httpx.Response, reader: BodyReader) -> bytes:
    try:
        async for piece in _stream_of(response):
            reader.feed(piece)
            if reader.is_full:
                break
    except ReplyDamaged:
        # A Content-Length that counts other bytes than were sent: the coding's end mark knows.
        if not reader.has_end_mark:
            raise
    return reader.finish()


def _reply(
    target: Target,
    status: int,
    headers: Mapping[str, str],
    validators: Validators,
    body: bytes = b"",
    wire_bytes: int = 0,
) -> Reply:
    return Reply(
        url=target.url,
        final_url=target.url,
        status=status,
        headers=headers,
        body=body,
        validators=validators,
        wire_bytes=wire_bytes,
    )


def _finished(found: Reply, question: _Question, hops: list[Hop], seconds: float) -> Reply:
    return Reply(
        url=question.url,
        final_url=found.url,
        status=found.status,
        headers=found.headers,
        body=found.body,
        hops=tuple(hops),
        validators=found.validators,
        seconds=seconds,
        wire_bytes=found.wire_bytes,
    )
