"""Which files of a folder are whole: neither their size nor their time has changed for a while.

    seen for the first time, or grown     wait
    as it was `settle` ago                ready

Files that are still being written, by their names (.part, .tmp, a dot in front), are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

MOST_WATCHED: Final = 10_000  # files that are watched at once; the others wait for their turn
_UNFINISHED: Final = (b".part", b".tmp", b".filepart", b".crdownload", b".swp", b"~")


class Seen(Protocol):
    """A file as it lies there."""

    @property
    def name(self) -> bytes:
        """Its name, whatever letters the bytes stand for."""
        ...

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    @property
    def stamp(self) -> str:
        """Its time or tag."""
        ...


Lying = TypeVar("Lying", bound=Seen)


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a file looked, and since when it has looked so (real time)."""

    size: int
    stamp: str
    since: datetime


def is_finished_name(name: bytes) -> bool:
    """Return whether a name is not one under which programs write what is not yet whole."""
    return not name.startswith((b".", b"~")) and not name.lower().endswith(_UNFINISHED)


def in_order(files: Iterable[Lying]) -> list[Lying]:
    """Return files in the order in which they are read: by their time, then by name."""
    return sorted(files, key=lambda file: (_time(file.stamp), file.name))


def _time(stamp: str) -> tuple[float, str]:
    try:
        return float(stamp), ""
    except ValueError:
        return 0.0, stamp


def settled(
    files: Iterable[Lying],
    watched: Mapping[bytes, Sighting],
    now: datetime,
    settle: timedelta,
) -> tuple[list[Lying], dict[bytes, Sighting]]:
    """Return the files that are whole, in order, and what is to be watched on.

    Args:
        files: that are there and not known.
        watched: what was told to watch the last time.
        now: real.
        settle: how long a file must look the same.
    """
    ready, watch = [], dict[bytes, Sighting]()
    for file in in_order(files):
        before = watched.get(file.name)
        if before is None or (before.size, before.stamp) != (file.size, file.stamp):
            before = Sighting(file.size, file.stamp, now)
        if now - before.since >= settle:
            ready.append(file)
        elif len(watch) < MOST_WATCHED:
            watch[file.name] = before
    return ready, watch
