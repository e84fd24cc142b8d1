"""Records of web archives, written by hand."""

from __future__ import annotations

import gzip
import uuid


def warc_record(
    url: str,
    body: bytes,
    *,
    at: str = "2025-11-17T09:00:00Z",
    status: str = "200 OK",
    media_type: str = "text/html; charset=utf-8",
    headers: str = "",
    compressed: bool = True,
) -> bytes:
    """Return one response as a WARC/1.0 record, a gzip member of its own by default."""
    http = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: {at}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    ).encode()
    record = head + http + b"\r\n\r\n"
    return gzip.compress(record, mtime=0) if compressed else record
