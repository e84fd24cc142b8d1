"""How much of a reply is read, and how it is decoded without ever holding more than that.

    wire bytes ─▶ coding n ─▶ … ─▶ coding 1 ─▶ body        each arrow is bounded

A coding is undone piece by piece as bytes arrive, so a bomb is refused a few kilobytes in: no
step ever yields more than one slice above the bound. Both kinds of "deflate" are known, gzip
may have several members and padding, zstd several frames.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped] # ships no stubs
import zstandard

from ingest.errors import ReplyDamaged, ReplyTooLarge

ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
RATIO_MATTERS_ABOVE: Final = 256 * 1024  # bytes: a short page of blanks is no bomb
_SLICE: Final = 256 * 1024  # the most a decoder yields in one step
_CUT_FACTOR: Final = 4  # a cut body may be that much longer on the wire before we leave
_STEP: Final = 8 * 1024  # bytes in, so that the ratio is looked at early
_ZSTD_STEP: Final = 64  # bytes in: a block of 4 bytes may stand for 128 KiB
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # RFC 9659
_NEVER_ASKED_FOR: Final = frozenset(
    {"compress", "x-compress", "exi", "pack200-gzip", "aes128gcm", "dcb", "dcz"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one `get`.

    Attributes:
        max_bytes: of the body, as received and again after decoding.
        max_ratio: decoded to received bytes, once more than 256 KiB are decoded.
        max_seconds: real time for all requests of the chain together.
        max_redirects: followed before we give up.
        max_header_bytes: of one reply.
        cut: keep the first `max_bytes` and drop the rest instead of refusing (robots.txt).
    """

    max_bytes: int = 10_000_000
    max_ratio: float = 200
    max_seconds: float = 30.0
    max_redirects: int = 5
    max_header_bytes: int = 64 * 1024
    cut: bool = False


PAGE_LIMITS: Final = Limits()
FEED_LIMITS: Final = Limits(max_bytes=20_000_000)


class Coding(Protocol):
    """One content coding being undone."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the piece decodes to, in slices of bounded size."""
        ...

    @property
    def is_whole(self) -> bool:
        """The coding's own end mark was seen, or nothing was ever fed."""
        ...


class _Inflate:
    """gzip, of several members too, and both kinds of deflate."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._engine: zlib._Decompress | None = None
        self._start = b""  # a single byte: too few to tell what begins
        self._members = 0
        self._plain = False  # labelled gzip, but it is not
        self._over = False  # what follows is padding

    def feed(self, piece: bytes) -> Iterator[bytes]:
        piece, self._start = self._start + piece, b""
        while piece and not self._over:
            if self._plain:
                yield piece
                return
            if self._engine is None:
                if len(piece) < 2:
                    self._start = piece
                    return
                self._begin(piece[:2])
                continue
            yield from self._drain(self._engine, piece)
            piece = self._engine.unused_data
            if self._engine.eof:
                self._engine = None
                self._members += 1
                self._over = not self._gzip

    def _begin(self, start: bytes) -> None:
        """Decide by its first two bytes what begins here."""
        if not self._gzip:
            # RFC 9110 means zlib's format; as many servers send the bare stream.
            has_header = start[0] & 0x0F == 8 and int.from_bytes(start, "big") % 31 == 0
            self._engine = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        elif start == b"\x1f\x8b":
            self._engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        else:
            self._over, self._plain = self._members > 0, self._members == 0

    @staticmethod
    def _drain(engine: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
        out = engine.decompress(piece, _SLICE)
        while out:
            yield out
            if engine.eof or (len(out) < _SLICE and not engine.unconsumed_tail):
                return
            out = engine.decompress(engine.unconsumed_tail, _SLICE)

    @property
    def is_whole(self) -> bool:
        if self._engine is not None:
            return False
        return self._plain or self._members > 0 or not self._start


class _Brotli:
    def __init__(self) -> None:
        self._engine = brotli.Decompressor()
        self._fed = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if self._engine.is_finished():
            return
        self._fed = self._fed or bool(piece)
        out = self._engine.process(piece, output_buffer_limit=_SLICE)
        while out:
            yield out
            if self._engine.is_finished() or self._engine.can_accept_more_data():
                return
            out = self._engine.process(b"", output_buffer_limit=_SLICE)

    @property
    def is_whole(self) -> bool:
        try:
            return not self._fed or bool(self._engine.is_finished())
        except brotli.error:  # what it was fed did not decode
            return False


class _Zstd:
    def __init__(self) -> None:
        self._dctx = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._engine: zstandard.ZstdDecompressionObj | None = None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        for start in range(0, len(piece), _ZSTD_STEP):
            step = piece[start : start + _ZSTD_STEP]
            while step:
                if self._engine is None:
                    self._engine = self._dctx.decompressobj()
                out = self._engine.decompress(step)
                if out:
                    yield out
                step = self._engine.unused_data if self._engine.eof else b""
                if self._engine.eof:
                    self._engine = None  # another frame may follow

    @property
    def is_whole(self) -> bool:
        return self._engine is None


def codings_of(content_encoding: str | None) -> list[str]:
    """Return the codings in the order they were applied; what is no coding at all is left out."""
    words = [word.strip().lower() for word in (content_encoding or "").split(",")]
    known = {"gzip", "x-gzip", "deflate", "br", "zstd"} | _NEVER_ASKED_FOR
    return [word for word in words if word in known]


class BodyReader:
    """A body being received: bytes in as they come, the decoded whole out.

    Raises:
        ReplyTooLarge: over `max_bytes` or `max_ratio`.
        ReplyDamaged: a coding that does not decode, that ends early, or that we never asked for.
    """

    def __init__(self, url: str, content_encoding: str | None, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._codings = [self._coding(name) for name in reversed(codings_of(content_encoding))]
        self._pieces: list[bytes] = []
        self.wire_bytes = 0
        self.body_bytes = 0

    def _coding(self, name: str) -> Coding:
        if name == "br":
            return _Brotli()
        if name == "zstd":
            return _Zstd()
        if name in _NEVER_ASKED_FOR:
            raise ReplyDamaged(self._url, f"content coding {name!r}, which we never asked for")
        return _Inflate(gzip=name != "deflate")

    @property
    def is_full(self) -> bool:
        """A `cut` body has all the bytes it is allowed."""
        return self._limits.cut and self.body_bytes >= self._limits.max_bytes

    @property
    def has_end_mark(self) -> bool:
        """The codings themselves say that the body is whole, whatever Content-Length says."""
        return bool(self._codings) and self.wire_bytes > 0 and self._is_whole()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes from the wire."""
        bound = self._limits.max_bytes * (_CUT_FACTOR if self._limits.cut else 1)
        self._refuse_if(self.wire_bytes + len(piece) > bound, "received")
        if not self._codings:
            self.wire_bytes += len(piece)
            self._keep(piece)
            return
        try:
            for start in range(0, len(piece), _STEP):
                self._feed_step(piece[start : start + _STEP])
        except (zlib.error, brotli.error, zstandard.ZstdError, MemoryError) as error:
            raise ReplyDamaged(self._url, f"its content coding does not decode: {error}") from error

    def _feed_step(self, piece: bytes) -> None:
        self.wire_bytes += len(piece)
        for out in self._decode(piece, 0):
            if self.is_full:
                return
            self._keep(out)

    def _decode(self, piece: bytes, depth: int) -> Iterator[bytes]:
        if depth == len(self._codings):
            yield piece
            return
        for out in self._codings[depth].feed(piece):
            yield from self._decode(out, depth + 1)

    def _keep(self, out: bytes) -> None:
        self._pieces.append(out)
        self.body_bytes += len(out)
        if not self._limits.cut:
            self._refuse_if(self.body_bytes > self._limits.max_bytes, "decoded")
        if self._codings and self.body_bytes > RATIO_MATTERS_ABOVE:
            ratio = self.body_bytes / max(self.wire_bytes, 1)
            if ratio > self._limits.max_ratio:
                reason = f"expands more than {self._limits.max_ratio:g} times"
                raise ReplyTooLarge(self._url, reason)

    def _refuse_if(self, is_over: bool, what: str) -> None:
        if is_over:
            raise ReplyTooLarge(self._url, f"more than {self._limits.max_bytes} bytes {what}")

    def _is_whole(self) -> bool:
        return all(coding.is_whole for coding in self._codings)

    def finish(self) -> bytes:
        """Return the body.

        Raises:
            ReplyDamaged: a coding's end mark is missing.
        """
        if self.is_full:
            return b"".join(self._pieces)[: self._limits.max_bytes]
        if not self._is_whole():
            raise ReplyDamaged(self._url, "its content coding was cut short")
        return b"".join(self._pieces)
