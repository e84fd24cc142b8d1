"""Bytes ▶ a hardened XML tree, or a tree of what can still be read.

A document type is cut off before parsing, so there are no entities to resolve and nothing to
load; the entities that HTML names become their letters. libxml2's own bounds hold (256 levels,
10 MB in one text); comments and processing instructions are left out.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

from lxml import etree

from ingest.errors import MarkupError
from ingest.markup.encoding import decode
from ingest.markup.recognise import root_name

_DOCTYPE: Final = re.compile(r"<!DOCTYPE\b[^\[<>]{0,2000}+(?=[\[>])", re.IGNORECASE)
_SUBSET_END: Final = re.compile(r"\]\s*>")
_PROLOG: Final = 4096
_NAMED: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML: Final = frozenset(["amp", "lt", "gt", "quot", "apos"])
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,12})|([0-9]{1,12}));?")
_END: Final = 4096  # characters in which a root's end tag stands
_BARE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")


def parse_xml(
    body: bytes, *, content_type: str | None = None, recover: bool = False
) -> etree._Element:
    """Return the root of a document.

    Args:
        body: whatever encoding it is in.
        content_type: the header it came with.
        recover: give the tree of what could be read instead of an error.

    Raises:
        MarkupError: not well-formed, or with `recover` nothing that a tree can be made of.
    """
    text, _ = decode(body, content_type)
    return xml_tree(without_doctype(text), recover=recover)


def xml_tree(text: str, *, base: str | None = None, recover: bool = False) -> etree._Element:
    """Return the root of a document that is text already; `base` is its address.

    Raises:
        MarkupError: see `parse_xml`.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser, base_url=base or "")
    except etree.LxmlError as error:
        raise MarkupError(f"not well-formed XML: {error}") from error
    if root is None:
        raise MarkupError("no XML: no element in it")
    if recover:
        _read_all(root)
    return root


def _read_all(root: etree._Element) -> None:
    """See that a recovered tree can be read: libxml2 keeps references to half characters.

    Raises:
        MarkupError: it cannot.
    """
    try:
        for element in root.iter():
            _ = element.text, element.tail, element.items()
    except UnicodeDecodeError as error:
        raise MarkupError("not well-formed XML: a character that is none") from error


def without_doctype(text: str) -> str:
    """Return a document without its document type, HTML's named entities as letters then."""
    found = _DOCTYPE.search(text, 0, _PROLOG)
    if found is None:
        return text
    end = found.end() + 1
    if text[found.end()] == "[":
        close = _SUBSET_END.search(text, end)
        end = close.end() if close else len(text)
    return named_letters(text[: found.start()] + text[end:])


def named_letters(text: str) -> str:
    """Return a document whose named entities of HTML, outside CDATA, are the letters they name."""
    if not _NAMED.search(text):
        return text
    parts = _split_at_cdata(text)
    parts[::2] = [_NAMED.sub(_letter, part) for part in parts[::2]]
    return "".join(parts)


def _split_at_cdata(text: str) -> list[str]:
    """Return what is outside CDATA and what is inside, in turns; an unclosed one is outside."""
    parts = []
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        parts += [text[at:start], text[start : end + 3]]
        at = end + 3
    return [*parts, text[at:]]


def _letter(found: re.Match[str]) -> str:
    if found[1] in _OF_XML:
        return found[0]
    return html5.get(f"{found[1]};", found[0])


def legal_text(text: str) -> str:
    """Return a document without the characters, and the references to them, that XML forbids."""
    text = _ILLEGAL.sub("", text)
    return _REFERENCE.sub(_legal_reference, text) if "&#" in text else text


def _legal_reference(found: re.Match[str]) -> str:
    point = int(found[1], 16) if found[1] else int(found[2])
    if point > 0x10FFFF or _ILLEGAL.match(chr(point)):
        return ""
    return f"&#{point};"


def escaped_ampersands(text: str) -> str:
    """Return a document whose ampersands, outside CDATA, all begin a reference that XML knows."""
    if not _BARE.search(text):
        return text
    parts = _split_at_cdata(text)
    parts[::2] = [_BARE.sub("&amp;", part) for part in parts[::2]]
    return "".join(parts)


# ── documents that were cut off ─────────────────────────────────────────────────────────


def has_end(text: str) -> bool:
    """Tell whether the root's end tag is there; where it is not, a reply was cut off."""
    end = re.compile(rf"</{re.escape(root_name(text))}\s*>", re.IGNORECASE)
    return end.search(text, max(0, len(text) - _END)) is not None


def without_half(text: str, *names: str) -> str:
    """Return a document that was cut off as far as its last element of some names that has an end.

    What is cut in the middle says something else: half an address is another's, half a guid
    another entry. A tag that is cut goes as well; a root stays.
    """
    if (cut := text.rfind("<")) > max(text.rfind(">"), 0):
        text = text[:cut]
    named = rf"(?:[\w.-]{{1,30}}:)?(?:{'|'.join(names)})"
    starts = re.finditer(rf"<{named}[\s/>]", text, re.IGNORECASE)
    start = max((found.start() for found in starts), default=0)
    has_its_end = re.compile(rf"</{named}\s*>", re.IGNORECASE).search(text, start)
    return text if has_its_end else text[: start or None]
