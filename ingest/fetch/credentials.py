"""Credentials of licensed feeds: from the environment by name, to their origin only, never shown.

KHABAR_CREDENTIALS_<NAME>_ORIGIN=https://feeds.example     where they may go
KHABAR_CREDENTIALS_<NAME>_USER, …_PASSWORD                 Basic
KHABAR_CREDENTIALS_<NAME>_TOKEN                            Bearer
KHABAR_CREDENTIALS_<NAME>_HEADER=X-Api-Key: …              any header

NAME is in capitals, with "_" for "-". A wire that we know needs no origin: it is declared.

KHABAR_<NAME>_USER, KHABAR_<NAME>_PASSWORD                 Basic, as KHABAR_AA_HAS_USER
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ingest.errors import AddressRefused, SettingsError
from ingest.fetch.guard import Origin, read_target

PREFIX: Final = "KHABAR_CREDENTIALS_"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A header that goes to one origin; its value never shows in a repr.

    Attributes:
        name: as the operator calls it.
        origin: scheme, host and port it goes to, and nowhere else.
        header: name of the header.
        secret: its value.
    """

    name: str
    origin: Origin
    header: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name}: {self.header} for {self.origin}"

    def headers_for(self, origin: Origin) -> list[tuple[str, str]]:
        """Return what to send to an origin: nothing, unless it is theirs."""
        return [(self.header, self.secret)] if origin == self.origin else []

    @classmethod
    def basic(cls, name: str, origin: str, user: str, password: str) -> Credentials:
        """Return Basic credentials (RFC 7617, UTF-8)."""
        token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return cls(name, _read_origin(name, origin), "Authorization", f"Basic {token}")

    @classmethod
    def from_environment(
        cls, names: Iterable[str], environment: Mapping[str, str]
    ) -> tuple[Credentials, ...]:
        """Return the named credentials.

        Raises:
            SettingsError: one is missing, incomplete, or given in several ways; no value is shown.
        """
        return tuple(_read(name, environment) for name in names)


def wire_credentials(name: str, root: str, environment: Mapping[str, str]) -> Credentials | None:
    """Return the credentials of a declared wire, for the origin of its service alone.

    Raises:
        SettingsError: there is a user and no password; no value is shown.
    """
    stem = f"KHABAR_{name.upper().replace('-', '_')}"
    user, password = environment.get(f"{stem}_USER", ""), environment.get(f"{stem}_PASSWORD", "")
    if not user and not password:
        return None
    for part, value in (("USER", user), ("PASSWORD", password)):
        if not value:
            raise SettingsError(f"{stem}_{part}", "missing: a wire wants both user and password")
    return Credentials.basic(name, str(read_target(root).origin), user, password)


def names_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of all credentials in the environment, as the variables spell them."""
    suffix = "_ORIGIN"
    found = (key for key in environment if key.startswith(PREFIX) and key.endswith(suffix))
    return tuple(sorted(key[len(PREFIX) : -len(suffix)] for key in found))


def _read(name: str, environment: Mapping[str, str]) -> Credentials:
    stem = _stem(name)

    def value(part: str) -> str:
        return environment.get(f"{stem}_{part}", "")

    origin = value("ORIGIN")
    if not origin:
        raise SettingsError(f"{stem}_ORIGIN", "missing: name the origin they may be sent to")
    ways = [part for part in ("USER", "TOKEN", "HEADER") if value(part)]
    if len(ways) != 1:
        raise SettingsError(stem, "set exactly one of _USER with _PASSWORD, _TOKEN, _HEADER")
    if ways == ["USER"]:
        return Credentials.basic(name, origin, value("USER"), value("PASSWORD"))
    if ways == ["TOKEN"]:
        header, secret = "Authorization", f"Bearer {value('TOKEN')}"
    else:
        header, _, secret = (part.strip() for part in value("HEADER").partition(":"))
    if not (header and secret and secret.isprintable() and header.isascii()):
        raise SettingsError(f"{stem}_{ways[0]}", "not a header: 'Name: value' in one line")
    return Credentials(name, _read_origin(name, origin), header, secret)


def _stem(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")


def _read_origin(name: str, text: str) -> Origin:
    try:
        target = read_target(text)
    except AddressRefused as error:
        raise SettingsError(f"{_stem(name)}_ORIGIN", error.reason) from error
    if target.path != "/":
        raise SettingsError(f"{_stem(name)}_ORIGIN", "an origin has no path: https://host")
    return target.origin
