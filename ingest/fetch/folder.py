"""A folder that files are put into: here, behind SFTP or FTP, or in a bucket.

    file:///srv/wire      this machine's own
    sftp://host/wire      paramiko; the host's key must be known
    ftp://host/wire       ftplib; ftps:// with TLS
    s3://bucket/wire      fsspec and s3fs, which come with khabar[s3]

Names are bytes, whatever letters they stand for. fsspec has doors for FTP and SFTP too, but both
decode names as UTF-8 and lose a folder that holds any other; so only buckets go through it.

An operator names these places, so the address guard has no say here. Credentials come from the
environment: KHABAR_<NAME>_USER, _PASSWORD, _KEY (a private key's file) and _HOST_KEY
("ssh-ed25519 AAAA…"; without it ~/.ssh/known_hosts is believed).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import ftplib
import io
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from ingest.errors import FolderUnavailable, UnusableURL

if TYPE_CHECKING:
    from paramiko import PKey, SFTPClient

SCHEMES: Final = frozenset({"file", "sftp", "ftp", "ftps", "s3"})
TIMEOUT_SECONDS: Final = 30.0
_PORTS: Final = {"sftp": 22, "ftp": 21, "ftps": 21}
_SAFE: Final = "/-_.~!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a folder is.

    Attributes:
        host: a host's name, or a bucket's; "" for this machine.
        path: absolute, without a slash at its end; "" for the root.
    """

    scheme: str
    host: str
    port: int | None
    path: bytes

    @property
    def url(self) -> str:
        """Its address in one spelling; bytes that are no plain letters are escaped."""
        return self.server + quote_from_bytes(self.path, safe=_SAFE)

    @property
    def server(self) -> str:
        """Scheme, host and port."""
        port = "" if self.port in (None, _PORTS.get(self.scheme)) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def work(self) -> str:
        """What is one thing to work at: a server, or a folder of this machine."""
        return self.url if self.scheme == "file" else self.server

    def url_of(self, name: bytes) -> str:
        """Return the address of a file in it."""
        return f"{self.url}/{quote_from_bytes(name, safe='')}"


def is_folder(url: str) -> bool:
    """Return whether an address is one of a folder."""
    return url.partition(":")[0].lower() in SCHEMES


def read_place(url: str) -> Place:
    """Return where an address leads.

    Raises:
        UnusableURL: no folder's address, or one with credentials in it.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UnusableURL(url, f"not an address: {error}") from error
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise UnusableURL(url, f"no folder: write {', '.join(sorted(SCHEMES))}")
    if parts.username is not None or parts.password is not None:
        shown = f"{scheme}://{parts.hostname}{parts.path}"
        raise UnusableURL(shown, "credentials in an address are refused; the environment has them")
    if (scheme == "file") == bool(parts.hostname):
        raise UnusableURL(url, "write file:///path" if scheme == "file" else "names no host")
    path = unquote_to_bytes(url.strip().partition("//")[2].partition("/")[2]).strip(b"/")
    return Place(
        scheme=scheme,
        host=(parts.hostname or "").lower(),
        port=port or _PORTS.get(scheme),
        path=b"/" + path if path else b"",
    )


def name_in(url: str) -> bytes:
    """Return the file's name in an address that `Place.url_of` made."""
    return unquote_to_bytes(url.rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens a folder; secrets never show in a repr."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    key: str | None = None
    host_key: str | None = None

    @classmethod
    def from_environment(cls, name: str | None, environment: Mapping[str, str]) -> Access:
        """Return what the environment holds under a name."""
        if not name:
            return cls()
        stem = f"KHABAR_{name.upper().replace('-', '_')}"
        parts = {part: environment.get(f"{stem}_{part.upper()}") or None for part in cls.__slots__}
        return cls(**parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it lies there: `stamp` is its time or tag, as the place has it."""

    name: bytes
    size: int
    stamp: str


class Folder(Protocol):
    """An open folder; every method may raise FolderUnavailable."""

    def files(self) -> list[File]:
        """Return the files in it, not those of folders below."""
        ...

    def look(self, name: bytes) -> File | None:
        """Return one file as it lies there now; None where there is none."""
        ...

    def read(self, name: bytes, most: int) -> bytes:
        """Return a file's bytes, at most so many and one."""
        ...

    def move(self, name: bytes, to: bytes) -> None:
        """Move a file into another folder, made if it is not there; nothing is overwritten."""
        ...

    def delete(self, name: bytes) -> None:
        """Delete a file."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def open_folder(place: Place, access: Access) -> Folder:
    """Open a folder.

    Raises:
        FolderUnavailable: it cannot be opened; with the cure where there is one.
    """
    if place.scheme == "file":
        return _Local(place)
    if place.scheme == "sftp":
        return _open_sftp(place, access)
    if place.scheme == "s3":
        return _Bucket(place, access)
    return _open_ftp(place, access)


def _free_names(name: bytes) -> Iterator[bytes]:
    """Yield names for a file that is moved, until one is free."""
    yield name
    for number in range(1, 10_000):
        yield b"%b~%d" % (name, number)


def _below(place: Place, to: bytes) -> bytes:
    return to.rstrip(b"/") if to.startswith(b"/") else place.path + b"/" + to.strip(b"/")


# ── here ────────────────────────────────────────────────────────────────────────────────


class _Local:
    def __init__(self, place: Place) -> None:
        self._place = place

    def _path(self, name: bytes) -> Path:
        return Path(os.fsdecode(self._place.path + b"/" + name))

    def files(self) -> list[File]:
        with self._named(b""), os.scandir(self._place.path or b"/") as found:
            return [file for entry in found if (file := self._file(entry.name)) is not None]

    def _file(self, name: bytes) -> File | None:
        try:
            seen = self._path(name).lstat()
        except FileNotFoundError:
            return None  # it went away meanwhile
        if not stat.S_ISREG(seen.st_mode):
            return None
        return File(name=name, size=seen.st_size, stamp=f"{seen.st_mtime_ns / 1e9:.6f}")

    def look(self, name: bytes) -> File | None:
        with self._named(name):
            return self._file(name)

    def read(self, name: bytes, most: int) -> bytes:
        with self._named(name), self._path(name).open("rb") as stream:
            return stream.read(most + 1)

    def move(self, name: bytes, to: bytes) -> None:
        target = Path(os.fsdecode(_below(self._place, to)))
        with self._named(name):
            target.mkdir(parents=True, exist_ok=True)
            free = next(
                path
                for one in _free_names(name)
                if not (path := target / os.fsdecode(one)).exists()
            )
            self._path(name).rename(free)

    def delete(self, name: bytes) -> None:
        with self._named(name):
            self._path(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held."""

    @contextlib.contextmanager
    def _named(self, name: bytes) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _unavailable(self._place, name, error) from error


def _unavailable(place: Place, name: bytes, error: Exception) -> FolderUnavailable:
    """Return the one sentence for whatever went wrong with a folder or a file in it."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    is_missing = isinstance(error, FileNotFoundError)
    if not name and is_missing:
        reason, cure = "there is no such folder", "make it, or mend its address"
    else:
        cure = ""
    said = " ".join((reason or type(error).__name__).split())[:300]
    url = place.url_of(name) if name else place.url
    return FolderUnavailable(url, said, cure, is_missing=is_missing)


# ── SFTP ────────────────────────────────────────────────────────────────────────────────


def _open_sftp(place: Place, access: Access) -> Folder:
    """Connect, check the host's key, log in."""
    paramiko = import_module("paramiko")
    errors = (OSError, EOFError, paramiko.SSHException)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        if access.host_key:
            known = place.host if place.port == 22 else f"[{place.host}]:{place.port}"
            kind, key = _host_key(place, access.host_key)
            client.get_host_keys().add(known, kind, key)
        else:
            client.load_system_host_keys()
        client.connect(
            place.host,
            place.port or 22,
            username=access.user,
            password=access.password,
            key_filename=access.key,
            look_for_keys=not (access.password or access.key),
            allow_agent=not (access.password or access.key),
            timeout=TIMEOUT_SECONDS,
            banner_timeout=TIMEOUT_SECONDS,
            auth_timeout=TIMEOUT_SECONDS,
        )
        channel = client.open_sftp()
    except errors as error:
        client.close()
        raise FolderUnavailable(place.url, _reason(error), _cure(error)) from error
    channel.get_channel().settimeout(TIMEOUT_SECONDS)
    return _SFTP(place, channel, client.close, errors)


def _host_key(place: Place, text: str) -> tuple[str, PKey]:
    """Return a host's key as known_hosts writes it, without the host: `ssh-ed25519 AAAA…`."""
    paramiko = import_module("paramiko")
    kind, _, rest = text.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.split()[0], validate=True)
        return kind, paramiko.PKey.from_type_string(kind, blob)
    except (IndexError, binascii.Error, ValueError, paramiko.SSHException) as error:
        raise FolderUnavailable(
            place.url, "_HOST_KEY is no key: write `ssh-ed25519 AAAA…`"
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _cure(error: Exception) -> str:
    text = str(error)
    if "not found in known_hosts" in text:
        return "set KHABAR_<NAME>_HOST_KEY, or add it to ~/.ssh/known_hosts"
    return "mend KHABAR_<NAME>_USER, _PASSWORD or _KEY" if "uthentication" in text else ""


class _SFTP:
    def __init__(
        self, place: Place, client: SFTPClient, close: Any, errors: tuple[type[Exception], ...]
    ) -> None:
        self._place = place
        self._client = client
        self._close = close
        self._errors = errors

    def _path(self, name: bytes) -> bytes:
        return self._place.path + b"/" + name

    def files(self) -> list[File]:
        with self._named(b""):
            return [
                _sftp_file(name, seen)
                for name, seen in _sftp_listing(self._client, self._place.path or b"/")
                if seen.st_mode is None or stat.S_ISREG(seen.st_mode)
            ]

    def look(self, name: bytes) -> File | None:
        with self._named(name):
            try:
                return _sftp_file(name, self._client.lstat(self._path(name)))
            except FileNotFoundError:
                return None

    def read(self, name: bytes, most: int) -> bytes:
        with self._named(name), self._client.open(self._path(name), "rb") as stream:
            stream.prefetch(max_concurrent_requests=32)
            return bytes(stream.read(most + 1))

    def move(self, name: bytes, to: bytes) -> None:
        target = _below(self._place, to)
        with self._named(name):
            if not self._is_there(target):
                self._client.mkdir(target)
            free = next(
                path for one in _free_names(name) if not self._is_there(path := target + b"/" + one)
            )
            self._client.rename(self._path(name), free)

    def _is_there(self, path: bytes) -> bool:
        try:
            self._client.lstat(path)
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: bytes) -> None:
        with self._named(name), contextlib.suppress(FileNotFoundError):
            self._client.remove(self._path(name))

    def close(self) -> None:
        self._close()

    @contextlib.contextmanager
    def _named(self, name: bytes) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise _unavailable(self._place, name, error) from error


def _sftp_listing(client: SFTPClient, path: bytes) -> Iterator[tuple[bytes, Any]]:
    """Yield names and attributes; paramiko's own listing decodes names, and fails at one."""
    sftp = import_module("paramiko.sftp")
    attributes = import_module("paramiko.sftp_attr").SFTPAttributes
    ask = client._request
    _, answer = ask(sftp.CMD_OPENDIR, path)
    handle = answer.get_binary()
    while True:
        try:
            _, answer = ask(sftp.CMD_READDIR, handle)
        except EOFError:
            break
        for _ in range(answer.get_int()):
            name = answer.get_binary()
            answer.get_binary()  # the line as `ls -l` would have it
            yield name, attributes._from_msg(answer)
    ask(sftp.CMD_CLOSE, handle)


def _sftp_file(name: bytes, seen: Any) -> File:
    return File(name=name, size=seen.st_size or 0, stamp=str(seen.st_mtime or 0))


# ── FTP ─────────────────────────────────────────────────────────────────────────────────

_BYTES: Final = "latin-1"  # a letter a byte, so that every name comes back as it was


def _open_ftp(place: Place, access: Access) -> Folder:
    kind = ftplib.FTP_TLS if place.scheme == "ftps" else ftplib.FTP
    client = kind(timeout=TIMEOUT_SECONDS, encoding=_BYTES)
    try:
        client.connect(place.host, place.port or 21)
        client.login(access.user or "anonymous", access.password or "")
        if isinstance(client, ftplib.FTP_TLS):
            client.prot_p()
    except (OSError, EOFError, ftplib.Error) as error:
        client.close()
        is_login = isinstance(error, ftplib.error_perm)
        cure = "mend KHABAR_<NAME>_USER and _PASSWORD" if is_login else ""
        raise FolderUnavailable(place.url, _reason(error), cure) from error
    return _FTP(place, client)


class _FTP:
    def __init__(self, place: Place, client: ftplib.FTP) -> None:
        self._place = place
        self._client = client

    def _path(self, name: bytes) -> str:
        return (self._place.path + b"/" + name).decode(_BYTES)

    def files(self) -> list[File]:
        with self._named(b""):
            folder = (self._place.path or b"/").decode(_BYTES)
            try:
                listed = list(self._client.mlsd(folder, facts=["type", "size", "modify"]))
            except ftplib.error_perm as error:
                if not str(error).startswith(("500", "501", "502")):
                    raise
                return self._files_without_mlsd(folder)
        return [
            File(name=name.encode(_BYTES), size=int(facts["size"]), stamp=facts.get("modify", ""))
            for name, facts in listed
            if facts.get("type", "file").lower() == "file" and "size" in facts
        ]

    def _files_without_mlsd(self, folder: str) -> list[File]:
        """Ask an old server for names, and for each one's size and time."""
        found = []
        for path in self._client.nlst(folder):
            name = path.rpartition("/")[2].encode(_BYTES)
            if file := self._look(name):
                found.append(file)
        return found

    def look(self, name: bytes) -> File | None:
        with self._named(name):
            return self._look(name)

    def _look(self, name: bytes) -> File | None:
        try:
            self._client.voidcmd("TYPE I")
            size = self._client.size(self._path(name))
            stamp = self._client.sendcmd(f"MDTM {self._path(name)}").partition(" ")[2].strip()
        except ftplib.error_perm:
            return None  # a folder, or nothing
        return File(name=name, size=size or 0, stamp=stamp)

    def read(self, name: bytes, most: int) -> bytes:
        stream = io.BytesIO()

        def keep(piece: bytes) -> None:
            if stream.tell() <= most:
                stream.write(piece)

        with self._named(name):
            self._client.retrbinary(f"RETR {self._path(name)}", keep)
        return stream.getvalue()

    def move(self, name: bytes, to: bytes) -> None:
        target = _below(self._place, to)
        with self._named(name):
            with contextlib.suppress(ftplib.error_perm):  # it is there, or the rename says why not
                self._client.mkd(target.decode(_BYTES))
            free = next(
                path
                for one in _free_names(name)
                if not self._is_there(path := (target + b"/" + one).decode(_BYTES))
            )
            self._client.rename(self._path(name), free)

    def _is_there(self, path: str) -> bool:
        try:
            self._client.voidcmd("TYPE I")
            self._client.size(path)
        except ftplib.error_perm:
            return False
        return True

    def delete(self, name: bytes) -> None:
        with self._named(name):
            if self._look(name):
                self._client.delete(self._path(name))

    def close(self) -> None:
        self._client.close()

    @contextlib.contextmanager
    def _named(self, name: bytes) -> Iterator[None]:
        try:
            yield
        except ftplib.error_perm as error:
            if str(error).startswith("550"):
                missing = FileNotFoundError(str(error))
                raise _unavailable(self._place, name, missing) from error
            raise _unavailable(self._place, name, error) from error
        except (OSError, EOFError, ftplib.Error, ValueError) as error:
            raise _unavailable(self._place, name, error) from error


# ── a bucket ────────────────────────────────────────────────────────────────────────────


class _Bucket:
    """Keys below a prefix, through fsspec; a key's tag tells when it was written anew."""

    def __init__(self, place: Place, access: Access) -> None:
        self._place = place
        try:
            fsspec = import_module("fsspec")
            self._fs = fsspec.filesystem(
                "s3",
                key=access.user,
                secret=access.password,
                use_listings_cache=False,  # others write there: what was listed is no longer so
            )
        except ImportError as error:
            raise FolderUnavailable(
                place.url, "a bucket needs s3fs", "pip install 'khabar[s3]'"
            ) from error
        self._root = place.host + os.fsdecode(place.path)

    def _path(self, name: bytes) -> str:
        return f"{self._root}/{name.decode('utf-8', 'surrogateescape')}"

    def files(self) -> list[File]:
        with self._named(b""):
            self._fs.invalidate_cache()
            listed = self._fs.ls(self._root, detail=True)
        return [self._file(one) for one in listed if one["type"] == "file"]

    @staticmethod
    def _file(one: Mapping[str, Any]) -> File:
        name = one["name"].rpartition("/")[2].encode("utf-8", "surrogateescape")
        stamp = f"{one.get('LastModified', '')}{one.get('ETag', '')}"
        return File(name=name, size=int(one["size"]), stamp=stamp)

    def look(self, name: bytes) -> File | None:
        with self._named(name):
            try:
                return self._file(self._fs.info(self._path(name), refresh=True))
            except FileNotFoundError:
                return None

    def read(self, name: bytes, most: int) -> bytes:
        with self._named(name):
            return bytes(self._fs.cat_file(self._path(name), end=most + 1))

    def move(self, name: bytes, to: bytes) -> None:
        target = self._place.host + os.fsdecode(_below(self._place, to))
        with self._named(name):
            free = next(
                path
                for one in _free_names(name)
                if not self._fs.exists(path := f"{target}/{one.decode('utf-8', 'surrogateescape')}")
            )
            self._fs.mv(self._path(name), free)

    def delete(self, name: bytes) -> None:
        with self._named(name), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    def close(self) -> None:
        """Nothing is held."""

    @contextlib.contextmanager
    def _named(self, name: bytes) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # botocore's errors have no root that we could name
            raise _unavailable(self._place, name, error) from error
