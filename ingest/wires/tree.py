"""XML of a wire: a tree without namespaces, and the text blocks in it as HTML.

    bytes ── without document type, entities or network ──▶ tree ── names without namespaces
    tree  ── NITF's blocks and XHTML alike ──▶ HTML fragment ──▶ Body

Agencies put the same element in one namespace, another or none, so only local names count. A
document that is not well-formed is read as far as it goes, and told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from textwrap import dedent
from typing import TYPE_CHECKING, Final

from lxml import etree

from ingest.errors import MarkupError, WireError
from ingest.markup.xml import escaped_ampersands, legal_text, without_doctype, xml_tree
from ingest.text import squeeze
from ingest.wires.body import (
    ENTITIES_TWICE,
    ESCAPED_TWICE,
    Body,
    body_of_any,
    body_of_html,
    body_of_text,
    holds_entities,
    holds_markup,
    holds_paragraphs,
    one_line,
    paragraphs_apart,
)
from ingest.wires.language import language_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
CUT: Final = "read as far as it goes"
MAX_ELEMENTS: Final = 200_000

_NAME: Final = re.compile(r"[^\W\d][\w.-]*")
_DECLARATION: Final = re.compile(r"<\?xml[^<>]*\?>")


def wire_tree(text: str) -> tuple[_Element, list[str]]:
    """Return a document's root, names without namespaces, and what was wrong with it.

    Raises:
        WireError: no tree can be made of it, or one with too many elements.
    """
    text = _DECLARATION.sub("", without_doctype(text), count=1)
    oddities: list[str] = []
    try:
        root = xml_tree(text)
    except MarkupError as error:
        root, how = _mended(text)
        oddities.append(f"{str(error)[:200]}; {how}")
    for number, element in enumerate(root.iter()):
        if number > MAX_ELEMENTS:
            raise WireError(f"more than {MAX_ELEMENTS:,} elements")
        tag = element.tag
        if isinstance(tag, str) and ("}" in tag or ":" in tag):
            local = tag.rpartition("}")[2].rpartition(":")[2]
            element.tag = local if _NAME.fullmatch(local) else "unnamed"
    return root, oddities


def _mended(text: str) -> tuple[_Element, str]:
    """Return the tree of a document that is not well-formed, and how it was had."""
    legal = escaped_ampersands(legal_text(text))
    try:
        return xml_tree(legal), "mended"
    except MarkupError as error:
        try:
            return xml_tree(legal, recover=True), CUT
        except MarkupError:
            raise WireError(str(error)) from error


# ── values ──────────────────────────────────────────────────────────────────────────────


def text_in(element: _Element | None) -> str | None:
    """Return all the text in an element on one line; None for none."""
    if element is None:
        return None
    if not len(element):
        return one_line(element.text)
    return squeeze("".join(map(str, element.itertext()))) or None


def text_at(element: _Element, *paths: str) -> str | None:
    """Return the text of the first element at these paths that has any."""
    for path in paths:
        for found in element.iterfind(path):
            if text := text_in(found):
                return text
    return None


def attribute_at(element: _Element, path: str, *names: str) -> str | None:
    """Return the first of these attributes that an element at a path has."""
    for found in element.iterfind(path):
        for name in names:
            if value := (found.get(name) or "").strip():
                return value
    return None


def language_in(element: _Element) -> str | None:
    """Return the language an element declares itself."""
    return language_tag(element.get(XML_LANG) or element.get("lang"))


# ── blocks of text ──────────────────────────────────────────────────────────────────────

_RENAMED: Final = {
    "hl1": "h2",
    "hl2": "h3",
    "bq": "blockquote",
    "nitf-table": "div",
    "fn": "p",
    "hedline": "div",
    "block": "div",
    "credit": "p",
    "caption": "p",
    "datasource": "p",
    "tagline": "p",
}
_BLOCKS: Final = frozenset(
    (
        *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd"),
        *("blockquote", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "pre", "div"),
        *("section", "article", "figure", "figcaption", "aside", "main", "center", "hr", "br"),
    )
)
_INLINE: Final = frozenset(["a", "em", "strong", "b", "i", "sub", "sup", "code"])
_MEDIA: Final = frozenset(["media", "img", "object"])
_APART: Final = _MEDIA | {"nitf-table-metadata", "head", "header", "script", "style"}
_NOTES: Final = frozenset(["note", "ed-msg"])
_NOTE_CLASSES: Final = re.compile(r"\b(?:notepad|notebook|np-(?:non)?public|editorsnote|ednote)\b")
# Elements that make what they stand in more than lines of text.
_SETS_APART: Final = _BLOCKS | _MEDIA | _NOTES | frozenset(_RENAMED) | {"header", "head"}
_BEFORE_A_STOP: Final = re.compile(r"^[ \t]*\n\s*(?=[.,;:!?)\]»”](?:\s|$))")  # after </b>\n.
_BLANK_LINE: Final = re.compile(r"\n[ \t]*+\n")
_AMPERSAND: Final = re.compile(r"&amp;(?=(?:#\w{1,7}|\w{1,8});)")


@dataclass(slots=True)
class Blocks:
    """Text blocks as HTML, and what stood among them that is no text for readers.

    Attributes:
        media: elements of pictures and films, to be read by the format.
        notes: what is meant for editors.
        oddities: in words.
    """

    media: list[_Element] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)

    def body_of(self, element: _Element) -> Body:
        """Return the body that an element's content is."""
        if not any(child.tag in _SETS_APART for child in element):
            return self._of_text(dedent("".join(map(str, element.itertext()))))
        self._inside(element, is_line=False)
        fragment = "".join(self._pieces)
        self._pieces = []
        return body_of_html(fragment)

    def _of_text(self, text: str) -> Body:
        body, odd = body_of_any(text)
        if holds_markup(text):
            odd = ESCAPED_TWICE
        if odd:
            self.oddities.append(odd)
        return body

    def _inside(self, element: _Element, *, is_line: bool) -> None:
        """Write what is in an element; its own tag is the caller's."""
        is_wrapped = is_line and _is_wrapped(element)
        self._text(element.text, is_wrapped=is_wrapped)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child)
            self._text(child.tail, is_wrapped=is_wrapped)

    def _element(self, element: _Element) -> None:
        name = _name_of(element)
        if name in _MEDIA:
            self.media.append(element)
        elif name in _NOTES or _NOTE_CLASSES.search(element.get("class") or ""):
            self.notes += filter(None, [lines_in(element)])
        elif name not in _APART:
            self._shown(element, name)

    def _shown(self, element: _Element, name: str) -> None:
        if name in ("br", "hr"):
            self._pieces.append(f"<{name}>")
        elif name == "pre":
            self._pieces.append(body_of_text("".join(map(str, element.itertext()))).html)
        elif name == "a" and element.get("href"):
            self._tagged(element, "a", f' href="{escape(element.get("href") or "")}"')
        elif name in _BLOCKS or name in _INLINE:
            self._tagged(element, name, "")
        else:
            self._inside(element, is_line=False)

    def _tagged(self, element: _Element, name: str, attributes: str) -> None:
        self._pieces.append(f"<{name}{attributes}>")
        self._inside(element, is_line=name in ("p", "div"))
        self._pieces.append(f"</{name}>")

    def _text(self, text: str | None, *, is_wrapped: bool) -> None:
        if not text:
            return
        if text.isspace():
            self._pieces.append(" ")
            return
        if "\n" in text:
            text = _BEFORE_A_STOP.sub("", text)
        if holds_markup(text):
            self.oddities.append(ESCAPED_TWICE)
            self._pieces.append(text)
            return
        written = escape(text, quote=False)
        if holds_entities(text):
            self.oddities.append(ENTITIES_TWICE)
            written = _AMPERSAND.sub("&", written)
        self._pieces.append(paragraphs_apart(written) if is_wrapped else written)


def _name_of(element: _Element) -> str:
    """Return the HTML element that one is; NITF tells bold and a heading's level by class."""
    told = element.get("class")
    if element.tag == "em" and told == "strong":
        return "strong"
    if element.tag == "hl2" and told in ("h2", "h4"):
        return told
    return _RENAMED.get(element.tag, element.tag)


def _is_wrapped(element: _Element) -> bool:
    """Tell whether a paragraph holds many: lines broken to a width, each new one indented."""
    text = element.text if not len(element) else "".join(map(str, element.itertext()))
    return bool(text and "\n" in text and holds_paragraphs(text))


def _lines_in(element: _Element) -> Iterator[str]:
    """Yield the text of an element, a line for each block in it."""
    line: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if node.tag in _BLOCKS:
            yield squeeze("".join(line))
            line = []
        if event == "start":
            line.append(node.text or "")
        elif node is not element:
            line.append(node.tail or "")
    yield squeeze("".join(line))


def lines_in(element: _Element) -> str | None:
    """Return the text of an element, a line for each block in it; None for none."""
    if not len(element):
        pieces = _BLANK_LINE.split(element.text or "")
        return "\n".join(filter(None, map(one_line, pieces))) or None
    return "\n".join(filter(None, _lines_in(element))) or None
