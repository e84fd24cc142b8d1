"""Everything that can go wrong, named for what happened.

    KhabarError
    ├── SettingsError            a setting that cannot be used; says which and how to mend it
    ├── ServiceError             what we stand on is missing                       (exit 3)
    │   ├── DatabaseUnavailable  no Postgres, or one that refuses us
    │   ├── BrokerUnavailable    no Redis or Valkey
    │   ├── DatabaseOutdated     the schema is older or newer than this program
    │   └── AlreadyRunning       another `khabar up` holds this KHABAR_HOME        (exit 1)
    ├── DumpFailed               a dump that cannot be made, or not be restored here
    ├── UnusableURL              text that no URL can be made of, or one we never fetch
    ├── UnusableSource           a file that declares no agency, or one that cannot be followed
    ├── DateContradiction        a date whose parts disagree: weekday, paired months
    ├── FetchError               no usable reply; `is_transient` says whether time may heal it
    │   ├── AddressRefused       not public unicast, a port outside the list, credentials in the URL
    │   ├── RobotsRefused        robots.txt asks us to stay away
    │   ├── HostUnreachable      refused, reset, cut off before the headers
    │   │   └── HostSilent       no name, no way, or nobody answers: theirs, or our own network
    │   ├── ReplyTooSlow         over its total time
    │   ├── ReplyTooLarge        over its bytes, its ratio or its headers
    │   ├── ReplyDamaged         cut short, or a content coding that does not decode
    │   ├── TooManyRedirects     a chain over its bound, or a loop
    │   └── ReplyRefused         a status that is no answer: 4xx, 5xx
    ├── MarkupError              bytes that no tree can be made of
    ├── FeedError                a reply that is no feed
    │   ├── NotAFeed             HTML, an image, anything else
    │   └── EmptyFeed            nothing, or only white space
    ├── ExtractError             a page that gives no article
    │   ├── NotAPage             not HTML: a PDF, an image, nothing at all
    │   └── NotAnArticle         HTML, but a section front, a wall, an error page, no text
    ├── WireError                a wire document that cannot be read
    │   ├── WireRefused          a wire's service that says no, whatever its status
    │   └── FolderUnavailable    a wire's folder that cannot be read, or a file in it
    └── LeaseLost                another worker holds the host now; what was not committed is void

Each error carries its facts as arguments (so that it crosses processes) and reads as one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.model import Hop


class KhabarError(Exception):
    """The root: `except KhabarError` catches whatever we raise on purpose."""


class SettingsError(KhabarError):
    """A setting that cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class ServiceError(KhabarError):
    """Something khabar stands on is missing; `reason` says what, `cure` what to do."""

    def __init__(self, reason: str, cure: str = "") -> None:
        super().__init__(reason, cure)
        self.reason = reason
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.reason}; {self.cure}" if self.cure else self.reason


class DatabaseUnavailable(ServiceError):
    """No Postgres answers, or it refuses us."""


class BrokerUnavailable(ServiceError):
    """No Redis or Valkey answers."""


class DatabaseOutdated(ServiceError):
    """The schema in the database is not the one this program speaks."""


class DiskShort(ServiceError):
    """The disk of our own Postgres has little room left."""


class AlreadyRunning(ServiceError):
    """Another `khabar up` holds this data folder."""


class DumpFailed(KhabarError):
    """A dump that cannot be made, or cannot be restored here; the sentence says why."""


class UnusableURL(KhabarError):
    """Text that no URL can be made of, or a URL that is never fetched."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason}"


class UnusableSource(KhabarError):
    """A file that declares no agency; `reason` says in words what it lacks."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class DateContradiction(KhabarError):
    """A date whose parts disagree: a weekday that is another day's, a day the month has not."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.text[:100]!r}: {self.reason}"


class FetchError(KhabarError):
    """A request that brought no usable reply.

    `word` is the kind in one word, for a row's state, a metric's label and a log line; `hops` are
    the redirects that were followed to where it failed.
    """

    word = "error"
    is_transient = True
    hops: tuple[Hop, ...] = ()

    def __init__(self, url: str, reason: str = "") -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason or self.word}"


class AddressRefused(FetchError):
    """The address guard refused it before a byte was sent."""

    word = "refused-address"
    is_transient = False


class RobotsRefused(FetchError):
    """robots.txt asks us to stay away, or is unreachable (RFC 9309, 2.3.1.4)."""

    word = "robots"


class HostUnreachable(FetchError):
    """No name, no connection, or cut off before the headers were whole."""

    word = "unreachable"


class HostSilent(HostUnreachable):
    """No name, no way there, or nobody who answers: the host's fault, or our own network's."""


class ReplyTooSlow(FetchError):
    """Not whole within the total time allowed."""

    word = "slow"


class ReplyTooLarge(FetchError):
    """Over its bound of bytes, of compression ratio or of headers."""

    word = "too-large"


class ReplyDamaged(FetchError):
    """Shorter than announced, or a content coding that does not decode."""

    word = "damaged"


class TooManyRedirects(FetchError):
    """A chain over its bound, or one that comes back to itself."""

    word = "redirects"


class ReplyRefused(FetchError):
    """A status that is no answer."""

    word = "status"

    def __init__(self, url: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(url, f"HTTP {status}")
        self.args = (url, status, retry_after)
        self.status = status
        self.retry_after = retry_after  # virtual seconds from the reply, as the server named them


class MarkupError(KhabarError):
    """Bytes that no tree can be made of."""


class FeedError(KhabarError):
    """A reply that is no feed; `reason` says in words what it is."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason}"


class NotAFeed(FeedError):
    """HTML, an image, an error text: anything but a feed."""


class EmptyFeed(FeedError):
    """Nothing at all, or only white space."""


class ExtractError(KhabarError):
    """A page that gives no article; `reason` says in words why."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason}"


class NotAPage(ExtractError):
    """Not HTML: a PDF, an image, nothing at all."""


class NotAnArticle(ExtractError):
    """HTML, but a section front, a consent wall, an error page, or no text."""


class WireError(KhabarError):
    """A wire document that cannot be read."""


class WireRefused(WireError):
    """A wire's service says no in its answer; `reason` is its message."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url[:200]}: {self.reason}"


class FolderUnavailable(WireError):
    """A wire's folder, or a file in it, cannot be read; `cure` says what to do, if we know."""

    def __init__(self, url: str, reason: str, cure: str = "", *, is_missing: bool = False) -> None:
        super().__init__(url, reason, cure)
        self.url = url
        self.reason = reason
        self.cure = cure
        self.is_missing = is_missing  # there is no such folder or file

    def __str__(self) -> str:
        said = f"{self.url[:200]}: {self.reason}"
        return f"{said}; {self.cure}" if self.cure else said


class LeaseLost(KhabarError):
    """The host's lease is another's now; what was not committed is void."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host

    def __str__(self) -> str:
        return f"{self.host}: the lease is no longer ours"
