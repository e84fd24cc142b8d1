"""Room on the disk of our own Postgres: while little is left, nothing new is taken up.

    less than KHABAR_DISK_RESERVE      workers claim nothing, visits end with what is in hand
    more than that and a quarter       they go on by themselves

A Postgres that cannot write its log stops, and then nothing can be pruned. With the reserve left it
goes on answering, its checkpoints and `khabar db prune` find room, and so does upkeep, which drops
what is past its retention. Another machine's Postgres is its own operator's affair.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import structlog

from ingest.embedded import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingest.settings import Settings

log = structlog.get_logger(__name__)

MEGABYTE = 1_000_000


class Disk:
    """The disk that our own Postgres writes to; any other's has always room."""

    def __init__(
        self, settings: Settings, *, free: Callable[[Path], int | None] | None = None
    ) -> None:
        self._reserve = settings.disk_reserve
        self._free = free or _free_bytes
        self._folder = _folder_of_database(settings)
        self._is_short = False

    def has_room(self) -> bool:
        """Return whether something new may be taken up; costs a system call."""
        was_short, lack = self._is_short, self.lack()
        if was_short != self._is_short:
            log.warning("disk.short" if lack else "disk.has-room", reason=lack)
        return lack is None

    def lack(self) -> str | None:
        """Return why nothing new is taken up, in words; None where there is room."""
        free = None if self._folder is None else self._free(self._folder)
        if free is None:
            return None
        enough = self._reserve + self._reserve // 4
        self._is_short = free < (enough if self._is_short else self._reserve)
        if not self._is_short:
            return None
        return (
            f"only {free // MEGABYTE} MB are free at {self._folder}: nothing new is taken up"
            f" until {enough // MEGABYTE} MB are"
        )


def _folder_of_database(settings: Settings) -> Path | None:
    """Return where the database's data lies, if it is a Postgres of our own."""
    if settings.database_url is None:
        return None
    sockets = parse_qs(urlsplit(settings.database_url).query).get("host", [""])[0]
    return data_folder(settings.home, sockets)


def _free_bytes(folder: Path) -> int | None:
    """Return what is left to others than root; None where it cannot be said."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
