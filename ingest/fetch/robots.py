"""robots.txt as RFC 9309 has it: what may be asked for, how often, and where the sitemaps are.

    bytes ─▶ lines ─▶ groups, merged by agent ─▶ the longest rule that matches decides; ties allow

Protego reads the same files, but splits lines at more characters than CR and LF, matches agents by
substring, lets a Crawl-delay end a group, takes a `$` in two ways at once, allows "/" where only
/index.html is, and knows no bound: each is a departure from the RFC inside its parser, so the
parser is ours and Protego cross-checks it in the tests.

Comparison is by octet: what is not unreserved is percent-encoded on both sides, so `ü`, `%c3%bc`
and `%C3%BC` are one, `:` and `%3A` are one, `%7E` and `~` are one; a path's `/` and `%2F` are two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from ingest.errors import AddressRefused, FetchError, ReplyRefused, TooManyRedirects
from ingest.fetch.guard import read_target
from ingest.fetch.limits import Limits
from ingest.model import Reply

MAX_ROBOTS_BYTES: Final = 500 * 1024
_ROBOTS_LIMITS: Final = Limits(max_bytes=MAX_ROBOTS_BYTES + 1, cut=True)
_REDIRECTED: Final = 302
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_BLANKS: Final = " \t\0\x0b\x0c"  # str.strip() would take A0 too, half of a UTF-8 letter
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_COMPATIBLE: Final = re.compile(r"\(\s*compatible;\s*([^\s/;()]+)", re.IGNORECASE)
_KINDS: Final = {
    "user-agent": "agent",
    "useragent": "agent",
    "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "crawl-delay": "delay",
    "crawldelay": "delay",
    "crawl delay": "delay",
    "sitemap": "sitemap",
    "site-map": "sitemap",
}
# "Disallow /x" without its colon is common enough to be meant.
_WITHOUT_COLON: Final = re.compile(
    rf"({'|'.join(map(re.escape, sorted(_KINDS, key=len, reverse=True)))})[ \t]+(\S.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One Allow or Disallow line.

    Attributes:
        is_allowed: which of both.
        pieces: what must follow one another, with anything between them.
        is_anchored: nothing may follow the last piece.
        octets: how specific it is.
    """

    is_allowed: bool
    pieces: tuple[str, ...]
    is_anchored: bool
    octets: int

    def matches(self, path: str) -> bool:
        """Tell whether the rule speaks of a path in comparable form."""
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        if not rest:
            return not self.is_anchored or len(path) == len(first)
        at = len(first)
        for piece in rest[:-1]:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        if self.is_anchored:
            return path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at
        return path.find(rest[-1], at) >= 0


@dataclass(slots=True)
class _Group:
    """All that the file says to one agent, wherever it says it."""

    rules: list[Rule] = field(default_factory=list)
    delay: float | None = None


class RobotsRules:
    """What one robots.txt allows.

    Attributes:
        sitemaps: URLs as written, in order, each once.
    """

    def __init__(
        self, groups: dict[str, _Group], sitemaps: Iterable[str], *, default: bool = True
    ) -> None:
        self._groups = groups
        self._default = default
        self.sitemaps = tuple(dict.fromkeys(sitemaps))
        for group in groups.values():
            group.rules.sort(key=lambda rule: (-rule.octets, not rule.is_allowed))

    @classmethod
    def parse(cls, body: bytes | str) -> Self:
        """Read a file; there is none that cannot be read.

        Args:
            body: as received, or as `storable_robots` gave it; read up to 500 KiB.
        """
        lines = list(_lines(body))
        sitemaps = (value for kind, value in lines if kind == "sitemap" and value)
        readable = (value.encode("latin-1").decode("utf-8", "replace") for value in sitemaps)
        return cls(_merged_groups(lines), readable)

    def _group_for(self, user_agent: str) -> _Group | None:
        return self._groups.get(_own_token(user_agent)) or self._groups.get("*")

    def allows(self, user_agent: str, url: str) -> bool:
        """Tell whether an agent may ask for a URL.

        Args:
            user_agent: the product token, or a whole User-Agent header.
            url: absolute, or a path with its query.
        """
        path = _path_of(url)
        if path == "/robots.txt":
            return True
        group = self._group_for(user_agent)
        if group is None:
            return self._default
        forms = _comparable_paths(path)
        for rule in group.rules:
            if any(rule.matches(form) for form in forms):
                return rule.is_allowed
        return True

    def crawl_delay(self, user_agent: str) -> float | None:
        """Return the seconds an agent shall leave between requests; None where nothing is said."""
        group = self._group_for(user_agent)
        return group.delay if group else None


ALLOW_ALL: Final = RobotsRules({}, ())
DISALLOW_ALL: Final = RobotsRules({}, (), default=False)


def is_usable(status: int | None) -> bool:
    """Tell whether an answer for robots.txt says what is allowed; 429, 5xx and silence do not."""
    return status is not None and status < 500 and status != 429


def rules_for_status(status: int | None) -> RobotsRules | None:
    """Return what a robots.txt's status means by itself; None: its body decides.

    Args:
        status: of the last reply; None where none came, or none within the time allowed.
    """
    if status is None or status >= 500:
        return DISALLOW_ALL  # unreachable: RFC 9309, 2.3.1.4
    if 200 <= status < 300:
        return None
    return ALLOW_ALL  # unavailable, or more redirects than five: 2.3.1.2 and 2.3.1.3


def why_unreachable(status: int | None, reason: str = "") -> str | None:
    """Return why nothing is allowed at a host whose rules cannot be had; None where they can.

    Args:
        status: of the last reply; None where none came.
        reason: why none came, as far as it is known.
    """
    if rules_for_status(status) is not DISALLOW_ALL:
        return None
    what = f"answers HTTP {status}" if status else f"cannot be reached: {reason or 'no reply'}"
    return f"robots.txt {what}; until it can be read nothing may be asked for (RFC 9309, 2.3.1.4)"


def read_robots(body: bytes | str, status: int | None = 200) -> RobotsRules:
    """Return what an answer for robots.txt allows; see `rules_for_status`."""
    decided = rules_for_status(status)
    return RobotsRules.parse(body) if decided is None else decided


def storable_robots(body: bytes) -> str:
    """Return the file as text that a database takes: whole lines up to 500 KiB, no NUL."""
    if len(body) > MAX_ROBOTS_BYTES:
        body = body[:MAX_ROBOTS_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8", "replace").replace("\0", "")


def robots_url(url: str) -> str:
    """Return where the rules for a URL are kept.

    Raises:
        AddressRefused: it is no http or https URL.
    """
    return f"{read_target(url).origin}/robots.txt"


# ── asking ──────────────────────────────────────────────────────────────────────────────


class AsksForReplies(Protocol):
    """The part of a Fetcher that is needed here."""

    async def get(
        self,
        url: str,
        *,
        limits: Limits | None = None,
        ports: Sequence[int] = (),
        before_request: Callable[[str], Awaitable[None]] | None = None,
        may_ask_again: Callable[[str], Awaitable[bool]] | None = None,
    ) -> Reply:
        """See `Fetcher.get`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """What came of asking for a robots.txt, as a host's row keeps it.

    Attributes:
        status: of the last reply; None where none came.
        text: of a file that was had; storable.
        headers: of its reply, for its lifetime.
        retry_after: seconds the host asked to be left alone; None where it did not.
        trouble: what came instead of a reply.
    """

    status: int | None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    trouble: FetchError | None = None

    @property
    def rules(self) -> RobotsRules:
        """What it allows."""
        return read_robots(self.text, self.status)

    @property
    def why_unreachable(self) -> str | None:
        """Why it allows nothing, where it could not be had."""
        reason = "" if self.trouble is None else self.trouble.reason or self.trouble.word
        return why_unreachable(self.status, reason)


async def ask_for_robots(
    fetcher: AsksForReplies,
    url: str,
    *,
    ports: Sequence[int] = (),
    before_request: Callable[[str], Awaitable[None]] | None = None,
    may_ask_again: Callable[[str], Awaitable[bool]] | None = None,
) -> RobotsFile:
    """Ask a URL's host for its rules; whatever comes is an answer.

    Raises:
        AddressRefused: the host itself may not be asked.
    """
    place = robots_url(url)
    try:
        reply = await fetcher.get(
            place,
            limits=_ROBOTS_LIMITS,
            ports=ports,
            before_request=before_request,
            may_ask_again=may_ask_again,
        )
    except ReplyRefused as error:
        return RobotsFile(status=error.status, retry_after=error.retry_after)
    except TooManyRedirects:
        return RobotsFile(status=_REDIRECTED)
    except AddressRefused as error:
        if error.url == place:
            raise
        return RobotsFile(status=_REDIRECTED)  # led astray: there is none
    except FetchError as error:
        return RobotsFile(status=None, trouble=error)
    return RobotsFile(status=reply.status, text=storable_robots(reply.body), headers=reply.headers)


# ── reading ─────────────────────────────────────────────────────────────────────────────


def _lines(body: bytes | str) -> Iterable[tuple[str, str]]:
    """Yield kind and value of each line that is one of ours; a character stands for an octet."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    text = raw[:MAX_ROBOTS_BYTES].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    lines = _LINE_END.split(text)
    if len(raw) > MAX_ROBOTS_BYTES:
        lines.pop()  # cut in two: half a path would say something else
    for line in lines:
        content = line.partition("#")[0].strip(_BLANKS)
        name, colon, value = content.partition(":")
        kind = _KINDS.get(name.strip().lower()) if colon else None
        if kind is None and (match := _WITHOUT_COLON.fullmatch(content)):
            kind, value = _KINDS[match[1].lower()], match[2]
        if kind is not None:
            yield kind, value.strip(_BLANKS)


def _merged_groups(lines: Iterable[tuple[str, str]]) -> dict[str, _Group]:
    """Return what the lines say to each agent, from all the groups that name it."""
    groups: dict[str, _Group] = {}
    named: list[_Group] = []
    in_rules = False
    for kind, value in lines:
        if kind == "agent":
            named = [] if in_rules else named
            in_rules = False
            named.append(groups.setdefault(_agent_token(value), _Group()))
        elif kind == "delay":
            for group in named:
                group.delay = _longer(group.delay, value)
        elif kind in ("allow", "disallow"):
            in_rules = True  # only these end a list of agents: RFC 9309, 2.2.1 and 2.2.4
            rules = [_read_rule(value, is_allowed=kind == "allow")] if value else []
            for group in named:
                group.rules.extend(rules)
    return groups


def _agent_token(value: str) -> str:
    """Return the agent a User-agent line names: lower case, without version or trailing star."""
    name = re.split(r"[ \t/;,(]", value, maxsplit=1)[0].lower()
    return name.rstrip("*") or name[:1]


def _own_token(user_agent: str) -> str:
    """Return the product token of a User-Agent header, also where it poses as a browser."""
    match = _COMPATIBLE.search(user_agent) if user_agent.startswith("Mozilla/") else None
    return _agent_token(match[1] if match else user_agent.strip())


def _longer(delay: float | None, value: str) -> float | None:
    try:
        seconds = float(value.partition(" ")[0].replace(",", "."))
    except ValueError:
        return delay
    if not math.isfinite(seconds) or seconds < 0:
        return delay
    return max(seconds, delay or 0.0)


def _read_rule(value: str, *, is_allowed: bool) -> Rule:
    written = _normal_escapes(value)
    is_anchored = written.endswith("$")
    path, question, query = written.removesuffix("$").partition("?")
    pattern = _comparable(path, "/*") + (question and "?" + _comparable(_opened(query), "/?*"))
    pieces = re.split(r"\*+", pattern)
    return Rule(is_allowed, tuple(pieces), is_anchored, len(written))


# ── comparing ───────────────────────────────────────────────────────────────────────────


def _path_of(url: str) -> str:
    """Return path and query of a URL; what is no URL is a path already."""
    if url.startswith("/") and not url.startswith("//"):
        return url.partition("#")[0]
    try:
        return read_target(url).path
    except AddressRefused:
        return "/" + url.partition("#")[0].lstrip("/")


def _comparable_paths(path: str) -> tuple[str, ...]:
    """Return the forms a path is compared in: with a query's slashes opened, and as they are."""
    octets = path.encode("utf-8", "surrogatepass").decode("latin-1")
    before, question, query = _normal_escapes(octets).partition("?")
    start = _comparable(before, "/") + question
    opened = start + _comparable(_opened(query), "/?")
    closed = start + _comparable(query, "/?")
    return (opened,) if opened == closed else (opened, closed)


def _normal_escapes(text: str) -> str:
    """Decode escapes of unreserved characters, capitalise the rest, escape what is not ASCII."""

    def normal(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = _ESCAPE.sub(normal, text)
    return text if text.isascii() else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in text)


def _opened(query: str) -> str:
    """Decode a query's slashes and question marks, which separate nothing there."""
    return query.replace("%2F", "/").replace("%3F", "?")


def _comparable(text: str, kept: str) -> str:
    """Escape what is reserved, but for what is `kept` and escapes already there."""
    return "".join(
        c if c in _UNRESERVED or c in kept or c == "%" else f"%{ord(c):02X}" for c in text
    )
