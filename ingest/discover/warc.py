"""Web archives on disk ▶ the pages they hold: WARC, plain or compressed, and WACZ.

A record's number counts the responses from the beginning, so that reading can go on from there.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import IO, Final

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from ingest.errors import FeedError, NotAFeed

_ZIP: Final = b"PK\x03\x04"
_STARTS: Final = (
    b"WARC/",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\x5e\x2a\x4d\x18",
)
_HTML: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """A page as an archive holds it, decoded of content codings.

    Attributes:
        number: of the response within the file, from 1 upwards.
        at: when it was fetched.
    """

    number: int
    url: str
    at: datetime
    content_type: str | None
    body: bytes


def archived_pages(
    stream: IO[bytes], *, name: str, max_bytes: int, after: int = 0
) -> Iterator[ArchivedPage]:
    """Yield the HTML pages of an archive that answered 200, in order.

    Args:
        stream: that can seek.
        name: for errors.
        max_bytes: of one page; longer ones are left out.
        after: so many responses are passed over.

    Raises:
        NotAFeed: no WARC and no WACZ.
        FeedError: damaged beyond a record; what came before it was yielded.
    """
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(_ZIP):
        yield from _pages_of_wacz(stream, name, max_bytes, after)
    elif start.startswith(_STARTS):
        with _damage_named(name):
            yield from _responses(stream, count(1), max_bytes, after)
    else:
        raise NotAFeed(name, "neither a WARC nor a WACZ file")


def _pages_of_wacz(
    stream: IO[bytes], name: str, max_bytes: int, after: int
) -> Iterator[ArchivedPage]:
    numbers = count(1)
    with _damage_named(name), zipfile.ZipFile(stream) as whole:
        members = [one for one in whole.namelist() if one.startswith("archive/")]
        if not members:
            raise NotAFeed(name, "a ZIP file without archive/*.warc.gz: no WACZ")
        for member in sorted(members):
            with whole.open(member) as part:
                yield from _responses(part, numbers, max_bytes, after)


def _responses(
    stream: IO[bytes], numbers: Iterator[int], max_bytes: int, after: int
) -> Iterator[ArchivedPage]:
    records = ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False)
    for record in records:
        number = next(numbers)
        page = None if number <= after else _page(record, number, max_bytes)
        if page is not None:
            yield page


def _page(record: WarcRecord, number: int, max_bytes: int) -> ArchivedPage | None:
    url = record.headers.get("WARC-Target-URI")
    if not url or not record.is_http:
        return None
    record.parse_http(auto_decode="all")
    headers = record.http_headers
    media_type = (record.http_content_type or "").lower()
    if headers is None or headers.status_code != 200 or media_type not in _HTML:
        return None
    body = record.reader.read(max_bytes + 1)
    if len(body) > max_bytes:
        return None
    at = record.record_date or datetime.now(UTC)
    return ArchivedPage(
        number=number,
        url=url.strip("<>"),  # WARC/1.0 as some wrote it
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        content_type=headers.get("Content-Type"),
        body=body,
    )


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise FeedError(name, f"damaged: {error}") from error
