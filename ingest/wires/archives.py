"""Archives of documents, taken apart within bounds: zip, tar, and either under gzip, bzip2 or xz.

A member that cannot be read is told and the others go on; an archive within an archive stays
closed. Nothing is ever written to a disk, so a member's name can lead nowhere.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from ingest.errors import WireError

MOST_MEMBERS: Final = 20_000
MOST_BYTES: Final = 1_000_000_000  # of all members together
MOST_MEMBER_BYTES: Final = 20 * 1024 * 1024
MOST_RATIO: Final = 200  # of a member, once it is longer than a short text full of blanks
RATIO_MATTERS_ABOVE: Final = 1024 * 1024
_COMPRESSIONS: Final = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_STEP: Final = 256 * 1024
_BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # an encrypted member
    NotImplementedError,  # a compression nobody knows
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One document. `name` is None for one that came alone; `problem` says why it has no content.

    A name keeps bytes that are no UTF-8 as lone surrogates, as file names do.
    """

    name: str | None
    content: bytes = b""
    problem: str | None = None


def members_of(body: bytes) -> Iterator[Member]:
    """Yield the documents of an archive in its order; what is no archive is yielded as it is.

    Raises:
        WireError: an archive that cannot be opened, or over its bounds.
    """
    if body.startswith(b"PK\x03\x04"):
        yield from _bounded(_zip_members(body))
    elif compression := _compression(body):
        inner = _unpacked(body, compression)
        alone = iter([Member(name=None, content=inner)])
        yield from _bounded(_tar_members(inner)) if _is_tar(inner) else alone
    elif _is_tar(body):
        yield from _bounded(_tar_members(body))
    else:
        yield Member(name=None, content=body)


def is_archive(body: bytes) -> bool:
    """Return whether bytes begin as an archive does."""
    return body.startswith(b"PK\x03\x04") or _is_tar(body) or _compression(body) is not None


def _is_tar(body: bytes) -> bool:
    return body[257:262] == b"ustar"


def _compression(body: bytes) -> str | None:
    return next((name for start, name in _COMPRESSIONS.items() if body.startswith(start)), None)


def _unpacked(body: bytes, compression: str) -> bytes:
    try:
        with _opened(io.BytesIO(body), compression) as stream:
            return _read(stream, len(body), MOST_BYTES // 4)
    except _BROKEN as error:
        raise WireError(f"an archive that does not open: {error}") from error


def _opened(stream: IO[bytes], compression: str) -> IO[bytes]:
    if compression == "gzip":
        return gzip.GzipFile(fileobj=stream, mode="rb")  # type: ignore[return-value] # it reads
    return bz2.open(stream) if compression == "bzip2" else lzma.open(stream)


def _bounded(members: Iterator[Member]) -> Iterator[Member]:
    count = total = 0
    try:
        for member in members:
            count, total = count + 1, total + len(member.content)
            if count > MOST_MEMBERS:
                raise WireError(f"an archive of more than {MOST_MEMBERS:,} documents")
            if total > MOST_BYTES:
                raise WireError(f"an archive of more than {MOST_BYTES:,} bytes")
            yield member
    except _BROKEN as error:
        raise WireError(f"a broken archive: {error or type(error).__name__}") from error


def _zip_members(body: bytes) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or _is_litter(entry.filename):
                continue
            name = _zip_name(entry)
            try:
                with archive.open(entry) as stream:
                    content = _read(stream, entry.compress_size, MOST_MEMBER_BYTES)
            except (WireError, *_BROKEN) as error:
                yield Member(name=name, problem=f"{error or type(error).__name__}")
                continue
            yield _closed(name, content)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name: UTF-8 where it says or looks so, else its bytes."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return entry.filename


def _tar_members(body: bytes) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:", errors="surrogateescape") as archive:
        for entry in archive:
            if not entry.isfile() or _is_litter(entry.name):
                continue
            if entry.size > MOST_MEMBER_BYTES:
                problem = f"{entry.size:,} bytes, more than {MOST_MEMBER_BYTES:,}"
                yield Member(name=entry.name, problem=problem)
                continue
            stream = archive.extractfile(entry)
            content = stream.read() if stream else b""
            yield _closed(entry.name, content)


def _closed(name: str, content: bytes) -> Member:
    if is_archive(content):
        return Member(name=name, problem="an archive within an archive is not opened")
    return Member(name=name, content=content)


def _is_litter(name: str) -> bool:
    """Return whether a member is what an operating system leaves in archives."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db")


def _read(stream: IO[bytes], packed: int, most: int) -> bytes:
    """Return what a stream unpacks to, step by step, so that a bomb is seen early."""
    pieces, length = [], 0
    while piece := stream.read(_STEP):
        length += len(piece)
        if length > most:
            raise WireError(f"more than {most:,} bytes")
        if length > RATIO_MATTERS_ABOVE and length > MOST_RATIO * max(packed, 1):
            raise WireError(f"expands more than {MOST_RATIO} times")
        pieces.append(piece)
    return b"".join(pieces)
