"""The one door: a file or reply of a wire ▶ its items, or an error that says what it is instead.

bytes ─ decode ─┬ "{" or "[" ──────────▶ ninjs, or XML that JSON carries
                ├ "<" ─────────────────▶ NewsML-G2, NewsML 1, NITF
                └ anything else ───────▶ IPTC 7901, ANPA 1312, text with a header
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from json import loads
from typing import TYPE_CHECKING, Final

from ingest.errors import WireError
from ingest.markup.encoding import charset_name, declared_charsets, decode
from ingest.markup.recognise import described, signature_of
from ingest.wires.from_7901 import is_7901, read_7901
from ingest.wires.from_anpa import is_anpa, read_anpa
from ingest.wires.from_g2 import ITEMS, MAX_ITEMS, NO_NEWS, read_g2
from ingest.wires.from_newsml1 import read_newsml1
from ingest.wires.from_ninjs import read_ninjs_value
from ingest.wires.from_nitf import read_nitf
from ingest.wires.from_text import read_text
from ingest.wires.item import WireDocument, WireItem, once
from ingest.wires.stamps import Stamps
from ingest.wires.tree import CUT, wire_tree

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.etree import _Element

MAX_BYTES: Final = 20 * 1024 * 1024
BY_BYTES: Final = "digest:"
_START: Final = re.compile(r"\x01(?=[A-Za-z])")
_BLANK: Final = " \t\r\n\x0b\x0c\0\ufeff\u200b"


def read_wire(
    body: bytes,
    *,
    content_type: str | None = None,
    name: str | None = None,
    zone: tzinfo | None = None,
) -> WireDocument:
    """Return the items of a wire document of any format.

    Args:
        body: the file or reply, decoded of its content codings; at most 20 MB.
        content_type: the header it came with; its charset is one hint among several.
        name: of the file; it names an item that has no id of its own.
        zone: of times that carry none, as the source declares it.

    Raises:
        WireError: too large, empty, or no wire document; the message says what it is instead.
    """
    if len(body) > MAX_BYTES:
        raise WireError(f"{len(body):,} bytes, more than the {MAX_BYTES:,} a document may have")
    if named := signature_of(body):
        raise WireError(f"not a wire document but {named}")
    text, charset = decode(body, content_type)
    start = text.lstrip(_BLANK)
    if not start:
        raise WireError("nothing in it" if not body else "only white space in it")
    fallback = fallback_guid(body, name)
    document = _read(start, zone, fallback)
    complaints = _of_charset(body, content_type, charset)
    if not complaints:
        return document
    return replace(document, oddities=once([*complaints, *document.oddities]))


def fallback_guid(body: bytes, name: str | None) -> str:
    """Return what names an item that has no id of its own: its file, else its bytes."""
    if name:
        return f"file:{name}"
    return f"{BY_BYTES}{blake2b(body, digest_size=16).hexdigest()}"


def is_named_by_bytes(guid: str) -> bool:
    """Return whether an item has no id of its own and came without the name of a file."""
    return guid.startswith(BY_BYTES)


def _read(text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    if text[0] in "{[":
        return _read_json(text, zone, fallback)
    if text[0] == "<":
        return _read_xml(text, zone, fallback)
    return _read_lines(text, zone, fallback)


def _read_lines(text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of a text wire; several messages may follow one another."""
    found: list[WireItem] = []
    oddities: list[str] = []
    messages = _messages(text)
    for number, message in enumerate(messages, 1):
        guid = f"{fallback}#{number}" if number > 1 else fallback
        try:
            found.append(_read_message(message, Stamps(zone), guid))
        except WireError as error:
            if len(messages) == 1:
                raise
            oddities.append(f"message {number} of {len(messages)}: {error}")
    if not found:
        raise WireError(oddities[0])
    return WireDocument(format=found[0].format, items=tuple(found), oddities=once(oddities))


def _read_message(text: str, stamps: Stamps, guid: str) -> WireItem:
    if is_7901(text):
        return read_7901(text, stamps, guid)
    if is_anpa(text):
        return read_anpa(text, stamps, guid)
    return read_text(text, stamps, guid)


def _messages(text: str) -> list[str]:
    """Return the messages of a text, each from its SOH to the next."""
    starts = [found.start() for found in _START.finditer(text)][:MAX_ITEMS]
    if len(starts) < 2:
        return [text]
    ends = [*starts[1:], len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _read_xml(text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    root, oddities = wire_tree(text)
    document = _read_tree(root, text, zone, fallback)
    if any(odd.endswith(CUT) for odd in oddities):
        items = tuple(replace(item, is_partial=True) for item in document.items)
        document = replace(document, items=items)
    if not oddities:
        return document
    return replace(document, oddities=once([*oddities, *document.oddities]))


def _read_tree(root: _Element, text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    """Return the items of a tree, by its root, else by what stands in it."""
    if next(root.iter(*ITEMS, *NO_NEWS), None) is not None:
        return read_g2(root, zone, fallback)
    if root.tag == "NewsML" or next(root.iter("NewsItem"), None) is not None:
        return read_newsml1(root, zone, fallback)
    if found := list(root.iter("nitf")):
        items = [
            read_nitf(one, Stamps(zone), f"{fallback}#{number}" if number > 1 else fallback)
            for number, one in enumerate(found, 1)
        ]
        return WireDocument(format="nitf", items=tuple(items))
    raise WireError(f"not a wire document but {described(text)}")


def _read_json(text: str, zone: tzinfo | None, fallback: str) -> WireDocument:
    try:
        found = loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    carried = found.get("data") if isinstance(found, Mapping) else None
    if isinstance(carried, str) and carried.lstrip(_BLANK).startswith("<"):
        inner = _read(carried.lstrip(_BLANK), zone, fallback)
        return replace(inner, oddities=once(["the document was carried in JSON", *inner.oddities]))
    return read_ninjs_value(found, zone, fallback)


def _of_charset(body: bytes, content_type: str | None, charset: str) -> list[str]:
    if body.isascii():
        return []
    declared = [charset_name(name) for name in declared_charsets(body, content_type)]
    if declared and charset not in declared and not charset.startswith("utf-16"):
        return [f"declares {declared[0]} and is {charset}"]
    return []
