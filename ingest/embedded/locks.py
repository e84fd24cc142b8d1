"""Locks that die with their process: `flock` on files that are never removed."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedded.places import give_to_owner, home_folder
from ingest.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Share:
    """One user's share of a file."""

    descriptor: int

    def is_last(self) -> bool:
        """Return whether nobody else holds a share; ours may be lost by asking."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def hold_file(path: Path) -> Iterator[None]:
    """Hold a file alone, waiting until it is free."""
    with _open_lock(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def share_file(path: Path) -> Iterator[Share]:
    """Hold a file together with others.

    Waits only for one who holds it alone: the last user, while he stops the server.
    """
    with _open_lock(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield Share(descriptor)


@contextmanager
def hold_service_lock(home: Path) -> Iterator[None]:
    """Hold a home as its one `khabar up`.

    Raises:
        AlreadyRunning: another one holds it.
        SettingsError: the home can't be made or written.
    """
    home = home_folder(home)
    with _open_lock(home / "up.lock") as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            who = f"process {holder}" if holder else "another process"
            reason = f"khabar is already up on {home}: {who} holds it"
            cure = "stop that one first, or set KHABAR_HOME to another folder"
            raise AlreadyRunning(reason, cure) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)


@contextmanager
def _open_lock(path: Path) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        give_to_owner(path)
        yield descriptor
    finally:
        os.close(descriptor)
