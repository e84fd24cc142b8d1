"""httpx's requests over aiohttp's connections, which cost half as much at many hosts.

httpcore walks its whole pool at each request and each release; aiohttp keeps idle connections by
host. What else is done here, because a fetcher of the open internet needs it:

* names are resolved by the guard, so a connection only ever goes to an address that was checked;
* the request line and the headers are the bytes we were given, not re-quoted, not re-encoded;
* what goes wrong comes back under our own names.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from ingest.errors import FetchError, HostUnreachable, ReplyDamaged, ReplyTooLarge
from ingest.fetch.guard import Guard

_IDLE_SECONDS: Final = 30.0  # a kept connection that was not used is closed
_CONNECT_SECONDS: Final = 10.0
_MAX_HEADERS: Final = 1_000
_PIECE: Final = 64 * 1024


class CheckedResolver(AbstractResolver):
    """Gives aiohttp the addresses the guard checked, and no others."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses a connection may go to."""
        found = await self._guard.addresses(host, port)
        families = {text: socket.AF_INET6 if ":" in text else socket.AF_INET for text in found}
        return [
            ResolveResult(
                hostname=host,
                host=text,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for text, kind in families.items()
            if family in (socket.AF_UNSPEC, kind)
        ]

    async def close(self) -> None:
        """Nothing to let go: the guard is its maker's."""


class _Latin1Transport:
    """Sends what aiohttp encoded as UTF-8 as the Latin-1 bytes it stands for."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, piece: bytes) -> None:
        self._transport.write(bytes(piece).decode("utf-8").encode("latin-1"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Instead:
    """An object with one attribute exchanged."""

    def __init__(self, of: object, **exchanged: object) -> None:
        self._of = of
        self.__dict__.update(exchanged)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


class ExactRequest(ClientRequest):
    """A request whose header values are Latin-1, as a validator must go back byte for byte."""

    async def send(self, conn: Connection) -> ClientResponse:
        """Write the request; aiohttp itself would encode header values as UTF-8."""
        if all(value.isascii() for value in self.headers.values()):
            return await super().send(conn)
        protocol = conn.protocol
        assert protocol is not None  # noqa: S101 - as in aiohttp: a connection in use has one
        assert protocol.transport is not None  # noqa: S101
        exact = _Instead(protocol, transport=_Latin1Transport(protocol.transport))
        return await super().send(_Instead(conn, protocol=exact))  # type: ignore[arg-type] # quacks


@contextmanager
def _named_errors(url: str, *, in_body: bool = False) -> Iterator[None]:
    """Give what aiohttp raises our own names."""
    try:
        yield
    except FetchError:
        raise
    except aiohttp.ClientConnectorCertificateError as error:
        raise HostUnreachable(url, f"certificate: {error.certificate_error}") from error
    except aiohttp.ClientResponseError as error:
        raise _head_error(url, error.message) from error
    except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
        if isinstance(error.__cause__, FetchError):
            raise error.__cause__ from error
        reason = str(error) or type(error).__name__
        if in_body:
            raise ReplyDamaged(url, f"cut short: {reason}") from error
        raise HostUnreachable(url, reason) from error


def _head_error(url: str, message: str) -> FetchError:
    text = message.splitlines()[0] if message else "no HTTP"
    if "Got more than" in text or "Too many" in text:
        return ReplyTooLarge(url, "headers over their bound")
    return ReplyDamaged(url, f"not a reply: {text}")


class _Body(httpx.AsyncByteStream):
    """A reply's bytes as received."""

    def __init__(self, reply: ClientResponse, url: str) -> None:
        self._reply = reply
        self._url = url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _named_errors(self._url, in_body=True):
            async for piece in self._reply.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        """Give the connection back if the reply was read to its end, else close it."""
        if not self._reply.content.at_eof():
            self._reply.close()
        await self._reply.__aexit__(None, None, None)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One per process and loop; idle connections are kept by host.

    A request may carry the extension `connect_to`: the URL whose origin the connection goes to.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext, *, max_header_bytes: int) -> None:
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(guard),
            use_dns_cache=False,  # the guard has one
            ssl=tls,
            limit=0,
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=ExactRequest,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            max_line_size=max_header_bytes,
            max_field_size=max_header_bytes,
            max_headers=_MAX_HEADERS,
            read_bufsize=_PIECE,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request without a body and return its reply, unread and undecoded.

        Raises:
            HostUnreachable: no connection, or none long enough for the headers.
            ReplyDamaged, ReplyTooLarge: an answer that is not HTTP, headers over their bound.
        """
        url = str(request.url)
        headers = [
            (name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw
        ]
        with _named_errors(url):
            reply = await self._session.request(
                request.method,
                URL(request.extensions.get("connect_to", url), encoded=True),
                headers=headers,
                allow_redirects=False,
                server_hostname=request.extensions.get("server_hostname"),
            )
        return httpx.Response(
            reply.status, headers=reply.raw_headers, stream=_Body(reply, url), request=request
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()
