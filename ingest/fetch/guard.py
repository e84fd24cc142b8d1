"""Which addresses may be asked: public unicast, and nothing else, by whatever name or spelling.

    url ─▶ scheme, credentials, host as WHATWG reads it ─▶ port ─▶ name ─▶ addresses ─▶ each checked
                                                                              │
                            the transport may connect to these, and only these ▼

The URL standard's host parser turns 127.1, 0x7f000001, 017700000001 and full-width digits into
the one address they mean, before anything is compared. Names are resolved here, once, and the
connection goes to the addresses that were checked, so a name can't change in between.
A name of which any address is not public is refused whole: mixed answers are what rebinding
looks like.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import ada_url

from ingest.errors import AddressRefused, HostSilent, HostUnreachable, SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Key = TypeVar("Key")
Found = TypeVar("Found")
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

DEFAULT_PORTS: Final = frozenset({80, 443, 8080, 8443})
_SCHEME_PORTS: Final = {"http": 80, "https": 443}
_MAX_URL_LENGTH: Final = 16_384
_DNS_SECONDS: Final = 60.0  # getaddrinfo hides the record's own TTL: a bound that suits failovers
_DNS_THREADS: Final = 32
_DNS_NAMES: Final = 10_000

# The IANA special-purpose registries (RFC 6890 and its successors), and what we add.
_REFUSED: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT relays"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001:2::/48", "benchmarks"),
        ("2001:db8::/32", "documentation"),
        ("2001::/23", "protocol assignments"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3ffe::/16", "6bone"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST_6: Final = ipaddress.ip_network("2000::/3")
_LOOPBACKS: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def reason_to_refuse(address: Address, *, allow_loopback: bool = False) -> str | None:
    """Return in a word why an address is not public unicast; None for one that is.

    Args:
        address: as the connection would use it.
        allow_loopback: 127.0.0.0/8 and ::1 count as public; their other spellings don't.
    """
    if is_loopback(address):
        return None if allow_loopback else "loopback"
    for network, reason in _REFUSED:
        if address.version == network.version and address in network:
            return reason
    if address.version == 6 and address not in _GLOBAL_UNICAST_6:
        return "not global unicast"
    return None if address.is_global else "not global"


def is_loopback(address: Address) -> bool:
    """127.0.0.0/8 or ::1 as such, not wrapped in another address."""
    return any(address.version == net.version and address in net for net in _LOOPBACKS)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (lower case, IPv6 without brackets) and port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Host and port as the Host header has them: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _SCHEME_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> Address | None:
        """The address, where the host is one."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be looked at: http or https, no credentials, no fragment."""

    url: str
    origin: Origin
    path: str  # and query, as they go into the request line


def read_target(url: str, base: str | None = None) -> Target:
    """Return what a request for `url` would ask whom for.

    Args:
        url: as found; WHATWG's parser decides what it means.
        base: the URL it was found at, for a relative one.

    Raises:
        AddressRefused: no URL, a scheme other than http and https, or credentials in it.
    """
    if len(url) > _MAX_URL_LENGTH:
        raise AddressRefused(_without_credentials(url[:200]), f"over {_MAX_URL_LENGTH} characters")
    try:
        parsed = ada_url.URL(url, base) if base else ada_url.URL(url)
    except ValueError as error:
        raise AddressRefused(_without_credentials(url), "is not a URL") from error
    scheme = parsed.protocol.removesuffix(":")
    if parsed.username or parsed.password:
        reason = "carries credentials, which only the environment may hold"
        raise AddressRefused(f"{scheme}://{parsed.host}{parsed.pathname}", reason)
    if scheme not in _SCHEME_PORTS:
        raise AddressRefused(_without_credentials(url), f"scheme {scheme!r}: only http and https")
    port = int(parsed.port) if parsed.port else _SCHEME_PORTS[scheme]
    origin = Origin(scheme, parsed.hostname.strip("[]"), port)
    path = parsed.pathname + parsed.search
    return Target(f"{scheme}://{parsed.host}{path}", origin, path)


def _without_credentials(url: str) -> str:
    """Return a URL that may be shown: what stands before an @ is left out."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition(':')[0]}:…@{tail}" if at else url


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """Where connections go instead; Host header, path and certificate name stay as they were."""

    routes: tuple[tuple[Origin | None, Origin], ...] = ()  # None stands for every origin

    def of(self, origin: Origin) -> Origin | None:
        """Return the origin to connect to, None where nothing is redirected."""
        for left, right in self.routes:
            if left is None or left == origin:
                return right
        return None


NO_ROUTES: Final = ConnectTo()


def parse_connect_to(text: str) -> ConnectTo:
    """Read `ORIGIN=ORIGIN,…`; the first that fits counts, `*` fits every origin.

    Raises:
        SettingsError: a part that is no pair of origins.
    """
    routes = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        left, equals, right = part.partition("=")
        if not equals:
            raise SettingsError("KHABAR_CONNECT_TO", f"{part!r} is not ORIGIN=ORIGIN")
        routes.append((None if left.strip() == "*" else _read_origin(left), _read_origin(right)))
    return ConnectTo(tuple(routes))


def _read_origin(text: str) -> Origin:
    try:
        target = read_target(text.strip())
    except AddressRefused as error:
        raise SettingsError("KHABAR_CONNECT_TO", str(error)) from error
    if target.path != "/":
        reason = f"{text.strip()!r} has a path: an origin is http://host:port"
        raise SettingsError("KHABAR_CONNECT_TO", reason)
    return target.origin


async def _system_addresses(host: str, port: int, threads: ThreadPoolExecutor) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]


def _remember(
    known: dict[Key, tuple[float, Found]], key: Key, found: tuple[float, Found], now: float
) -> dict[Key, tuple[float, Found]]:
    """Return what is known with one more, and without what is too old once there is much of it."""
    if len(known) >= _DNS_NAMES:
        known = {name: item for name, item in known.items() if item[0] > now}
    known[key] = found
    return known


class Guard:
    """Decides whether a URL may be asked, and to which addresses its connection may go.

    Args:
        allow_loopback: open 127.0.0.0/8 and ::1 at any port, nothing else.
        ports: allowed for everyone.
        connect_to: where connections go instead.
        resolve: name and port to addresses; the system's by default. OSError: no such name.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        ports: frozenset[int] = DEFAULT_PORTS,
        connect_to: ConnectTo | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._ports = ports
        self._connect_to = connect_to or NO_ROUTES
        self._threads = ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="khabar-dns")
        self._resolve = resolve or self._ask_system
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._checked: dict[tuple[Origin, tuple[int, ...]], tuple[float, Origin]] = {}

    def close(self) -> None:
        """Let the resolver's threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def check(self, target: Target, ports: Sequence[int] = ()) -> Origin:
        """Return the origin to connect to for `target`, all of whose addresses are allowed.

        Raises:
            AddressRefused: it may not be asked; the reason says why.
            HostUnreachable: the name does not resolve.
        """
        question = (target.origin, tuple(ports))
        now = time.monotonic()
        until, route = self._checked.get(question, (0.0, target.origin))
        if until > now:
            return route
        route = await self._check(target, ports)
        self._checked = _remember(self._checked, question, (now + _DNS_SECONDS, route), now)
        return route

    async def _check(self, target: Target, ports: Sequence[int]) -> Origin:
        origin = target.origin
        if origin.address is not None:
            self._refuse_unless_public(target.url, origin.host, [origin.host])
        is_listed = origin.port in self._ports or origin.port in ports
        if not (is_listed or self._allow_loopback):
            raise AddressRefused(target.url, f"port {origin.port} is not one of the allowed")
        route = self._connect_to.of(origin) or origin
        found = await self.addresses(route.host, route.port, target.url)
        if not (is_listed or all(is_loopback(ipaddress.ip_address(text)) for text in found)):
            raise AddressRefused(target.url, f"port {origin.port} is not one of the allowed")
        return route

    async def addresses(self, host: str, port: int, url: str = "") -> tuple[str, ...]:
        """Return the addresses of a host, every one checked.

        Raises:
            AddressRefused: one of them is not public unicast.
            HostUnreachable: the name does not resolve.
        """
        now = time.monotonic()
        until, found = self._known.get(host, (0.0, ()))
        if until > now:
            return found
        try:
            ipaddress.ip_address(host)
            found = (host,)
        except ValueError:
            found = await self._look_up(host, port, url or host)
        self._refuse_unless_public(url or host, host, found)
        self._known = _remember(self._known, host, (now + _DNS_SECONDS, found), now)
        return found

    async def _look_up(self, host: str, port: int, url: str) -> tuple[str, ...]:
        try:
            found = await self._resolve(host, port)
        except OSError as error:
            raise HostSilent(url, f"no address for {host}: {error}") from error
        except UnicodeError as error:  # IDNA in getaddrinfo: a label over 63 letters
            raise HostUnreachable(url, f"no address for {host}: {error}") from error
        if not found:
            raise HostUnreachable(url, f"no address for {host}")
        return tuple(dict.fromkeys(found))

    async def _ask_system(self, host: str, port: int) -> Sequence[str]:
        return await _system_addresses(host, port, self._threads)

    def _refuse_unless_public(self, url: str, host: str, found: Sequence[str]) -> None:
        for text in found:
            address = ipaddress.ip_address(text.partition("%")[0])
            reason = reason_to_refuse(address, allow_loopback=self._allow_loopback)
            if reason:
                named = f"{address}" if text == host else f"{host} is {address}"
                raise AddressRefused(url, f"{named}: {reason}, not public unicast")
