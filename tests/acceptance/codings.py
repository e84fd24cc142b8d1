"""The content codings we say we accept, as servers make them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from tests.web import gzipped

CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzipped,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
