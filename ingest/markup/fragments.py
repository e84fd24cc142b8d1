"""Short HTML: a feed's summary, a wire's body ▶ plain text, or clean HTML.

    well-formed tags ── one regular expression ──┐
    anything else ───── BeautifulSoup ───────────┴▶ texts and tags ─▶ a writer that opens and
                                                    closes only what is on its list

Both ways write through the same writer, so a fragment comes out the same whichever took it.
Nothing raises, and every step is linear in the fragment's length.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import Final, NamedTuple
from unicodedata import is_normalized

from bs4 import BeautifulSoup
from bs4 import Tag as SoupTag
from bs4.element import NavigableString, PageElement, PreformattedString

from ingest.errors import UnusableURL
from ingest.text import clean_text
from ingest.urls import normalize_url

MAX_FRAGMENT: Final = 1_000_000  # characters; what is beyond is left out
MAX_SHORT: Final = 50_000  # beyond, BeautifulSoup is too slow
MAX_LEVELS: Final = 40

_SPLIT: Final = re.compile(r"(<[a-zA-Z/!?](?:[^<>\"']++|\"[^\"<>]*+\"|'[^'<>]*+')*+>)")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*+)(.*)>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(
    r"([a-zA-Z][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++))"
)
_LOOKS_LIKE_TAG: Final = re.compile(r"<[a-zA-Z/!?]")
_LONG_TAG: Final = re.compile(r"<[a-zA-Z][^<>]{8000}[^<>]*>?")
_SPACES: Final = re.compile(r" {2,}")
_LINES: Final = re.compile(r"\n{2,}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED: Final = _words(
    "script style template iframe object embed applet form button select textarea input noscript"
    " svg math head title audio video canvas map noembed noframes"
)
_RENAMED: Final = {"b": "strong", "i": "em", "h1": "h2", "h5": "h4", "h6": "h4"}
_BLOCKS: Final = _words(
    "p h2 h3 h4 ul ol li blockquote pre table thead tbody tr td th figure figcaption"
)
_PARAGRAPHS: Final = _words("p h2 h3 h4")
_CONTAINERS: Final = _BLOCKS - _PARAGRAPHS
# What an element's start closes, unless one of these stands between.
_CLOSES: Final = {
    "li": (_words("li"), _words("ul ol")),
    "tr": (_words("tr"), _words("table")),
    "td": (_words("td th"), _words("tr table")),
    "th": (_words("td th"), _words("tr table")),
}
_INLINE: Final = _words("a em strong sub sup code br img")
_VOID: Final = _words("br img")
_ALL_VOID: Final = _VOID | _words("hr input meta link wbr source col area base param embed")
# Not written, but what follows is another paragraph.
_BREAKS: Final = _BLOCKS | _words(
    "div section article header footer main aside nav center dl dt dd hr address details summary"
    " body html caption tfoot"
)
_OWN_LINE: Final = _BREAKS | {"br"}


class _Tag(NamedTuple):
    """A tag as the writer sees it.

    Attributes:
        name: in lower case, as it is written.
        ends: an end tag.
        attributes: of links and images only.
        is_plain: the start of an inline element that needs no second thought.
    """

    name: str
    ends: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    is_plain: bool = False

    def get(self, key: str) -> str | None:
        return next((value for name, value in self.attributes if name == key), None)


def plain_text(fragment: str) -> str:
    """Return the text of a fragment, entities resolved, a line for each block.

    Text that merely holds `<` or `&` stays as it is; scripts, forms and frames are left out.
    """
    fragment = fragment[:MAX_FRAGMENT]
    if "<" not in fragment or not _LOOKS_LIKE_TAG.search(fragment):
        return _cleaned(unescape(fragment) if "&" in fragment else fragment)
    pieces = []
    for piece in _pieces(fragment):
        if isinstance(piece, str):
            pieces.append(piece.replace("\n", " "))
        elif piece.name in _OWN_LINE:
            pieces.append("\n")
    return _LINES.sub("\n", _cleaned("".join(pieces)))


def clean_html(fragment: str, base: str) -> str:
    """Return a fragment as HTML of a few elements, links and images absolute.

    Kept: p h2 h3 h4 ul ol li blockquote pre table figure figcaption a[href] img[src alt] em
    strong sub sup code br. Text outside any block becomes a paragraph.

    Args:
        fragment: HTML, or text without any.
        base: an absolute URL that relative links are meant against.
    """
    writer = _Writer(base)
    for piece in _pieces(fragment[:MAX_FRAGMENT]):
        if type(piece) is str:
            writer.text(piece)
        elif piece.ends:  # type: ignore[union-attr]  # `type is` is faster than isinstance
            writer.end(piece.name)  # type: ignore[union-attr]  # and mypy takes it for less
        else:
            writer.start(piece)  # type: ignore[arg-type]
    return writer.written()


def _cleaned(text: str) -> str:
    """Return the text as it is stored; what has nothing to clean is recognised at a fifth of it."""
    if text.isprintable() and (text.isascii() or is_normalized("NFC", text)):
        return (_SPACES.sub(" ", text) if "  " in text else text).strip(" ")
    return clean_text(text)


# ── a fragment's pieces ─────────────────────────────────────────────────────────────────


def _pieces(fragment: str) -> list[str | _Tag]:
    """Return texts and tags in order, without what is dropped with all it holds."""
    if "<" not in fragment:
        return [unescape(fragment)]
    fragment = fragment.replace("<?", "<!")  # an instruction makes BeautifulSoup expect XML
    fragment = _LONG_TAG.sub("", _without_comments(fragment))
    split = _SPLIT.split(fragment)
    texts = split[::2]
    tags = [_tag(tag) if len(tag) < 300 else _tag.__wrapped__(tag) for tag in split[1::2]]
    is_regular = _is_regular(fragment, texts, tags)
    if not is_regular and len(fragment) <= MAX_SHORT:
        return _soup_pieces(fragment)
    pieces: list[str | _Tag] = list(split)
    pieces[::2] = [unescape(text) if "&" in text else text for text in texts]
    pieces[1::2] = tags
    return pieces if is_regular else _without_dropped(pieces)


def _is_regular(fragment: str, texts: list[str], tags: list[_Tag]) -> bool:
    """Tell whether tags are all the markup there is, and nothing has to be dropped."""
    if not _DROPPED.isdisjoint({tag.name for tag in tags}):
        return False
    if fragment.count("<") == len(tags):
        return True
    return not any("<" in text and _LOOKS_LIKE_TAG.search(text) for text in texts)


@lru_cache(maxsize=8192)
def _tag(text: str) -> _Tag:
    found = _TAG.match(text)
    if found is None:  # a declaration, an instruction
        return _Tag("!")
    name = found[2].lower()
    name = _RENAMED.get(name, name)
    attributes: tuple[tuple[str, str], ...] = ()
    if name in ("a", "img") and "=" in found[3]:
        attributes = tuple(
            (one[1].lower(), unescape(one[2] or one[3] or one[4] or ""))
            for one in _ATTRIBUTE.finditer(found[3])
        )
    is_plain = name in _INLINE and name not in ("a", "img", "br") and not found[1]
    return _Tag(name, bool(found[1]), attributes, is_plain)


def _without_comments(fragment: str) -> str:
    """Return a fragment without its comments; CDATA is text, an unclosed comment takes the rest."""
    if "<!" not in fragment:
        return fragment
    pieces = []
    at = 0
    fragment = fragment.replace("<![CDATA[", "").replace("]]>", "")
    while (start := fragment.find("<!--", at)) >= 0:
        pieces.append(fragment[at:start])
        end = fragment.find("-->", start + 2)
        at = end + 3 if end >= 0 else len(fragment)
    return "".join([*pieces, fragment[at:]])


def _without_dropped(pieces: list[str | _Tag]) -> list[str | _Tag]:
    kept: list[str | _Tag] = []
    dropped = ""
    for piece in pieces:
        if dropped:
            if isinstance(piece, _Tag) and piece.ends and piece.name == dropped:
                dropped = ""
        elif isinstance(piece, _Tag) and piece.name in _DROPPED:
            dropped = "" if piece.ends or piece.name in _ALL_VOID else piece.name
        else:
            kept.append(piece)
    return kept


def _soup_pieces(fragment: str) -> list[str | _Tag]:
    pieces: list[str | _Tag] = []
    waiting: list[PageElement | str] = list(reversed(BeautifulSoup(fragment, "lxml").contents))
    while waiting:
        node = waiting.pop()
        if isinstance(node, SoupTag):
            name = node.name.lower()
            if name in _DROPPED:
                continue
            name = _RENAMED.get(name, name)
            pieces.append(_Tag(name, False, tuple((k, str(v)) for k, v in node.attrs.items())))
            if name not in _ALL_VOID:
                waiting.append(name)
            waiting.extend(reversed(node.contents))
        elif isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):  # comments, declarations
                pieces.append(str(node))
        else:
            pieces.append(_Tag(str(node), True))
    return pieces


# ── the writer ──────────────────────────────────────────────────────────────────────────

_EMPTY: Final = re.compile(r"<(p|h2|h3|h4|em|strong|a|sub|sup|code|li|ul|ol)(?: [^<>]*)?>\s*</\1>")


_BLOCK_TAG: Final = f"</?(?:{'|'.join(sorted(_BLOCKS))})>"
_BEFORE_BLOCK: Final = re.compile(f" (?={_BLOCK_TAG})")
_AFTER_BLOCK: Final = re.compile(f"({_BLOCK_TAG}) ")


class _Writer:
    """Writes the elements on its list, well nested, and nothing else."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._pieces: list[str] = []
        self._open: list[str] = []  # the outermost is always a block

    def text(self, text: str) -> None:
        if text.isspace():
            self._pieces.append(" ")
        elif text:
            if not self._open:
                self._open.append("p")
                self._pieces.append("<p>")
            if "&" in text or "<" in text or ">" in text:
                text = escape(text, quote=False)
            self._pieces.append(text)

    def start(self, tag: _Tag) -> None:
        name = tag.name
        if tag.is_plain and self._open and len(self._open) < MAX_LEVELS:
            self._open.append(name)
            self._pieces.append(f"<{name}>")
        elif name in _INLINE:
            self._start_inline(tag)
        elif name in _BREAKS:
            self._end_paragraph()
            self._pieces.append(" ")
            if name in _CLOSES:
                self._end_before(*_CLOSES[name])
            if name in _BLOCKS and len(self._open) < MAX_LEVELS:
                self._open.append(name)
                self._pieces.append(f"<{name}>")

    def end(self, name: str) -> None:
        if self._open and self._open[-1] == name:
            self._open.pop()
            self._pieces.append(f"</{name}>")
        elif name in self._open:
            while (last := self._open.pop()) != name:
                self._pieces.append(f"</{last}>")
            self._pieces.append(f"</{name}>")
        elif name in _BREAKS:
            self._end_paragraph()
            self._pieces.append(" ")

    def written(self) -> str:
        while self._open:
            self._pieces.append(f"</{self._open.pop()}>")
        html = _cleaned("".join(self._pieces))
        for _ in range(MAX_LEVELS):
            html, count = _EMPTY.subn("", html)
            if not count:
                break
        html = _SPACES.sub(" ", html)
        return _AFTER_BLOCK.sub(r"\1", _BEFORE_BLOCK.sub("", html)).strip()

    def _start_inline(self, tag: _Tag) -> None:
        name = tag.name
        shown = ""
        if name == "a":
            shown = self._address("href", tag.get("href"))
            self.end("a")
        elif name == "img":
            shown = self._address("src", tag.get("src"))
            alt = tag.get("alt")
            shown += f' alt="{escape(alt)}"' if alt and shown else ""
        if (name in ("a", "img") and not shown) or len(self._open) >= MAX_LEVELS:
            return
        if not self._open:
            self._open.append("p")
            self._pieces.append("<p>")
        self._pieces.append(f"<{name}{shown}>")
        if name not in _VOID:
            self._open.append(name)

    def _end_before(self, names: frozenset[str], barriers: frozenset[str]) -> None:
        for name in reversed(self._open):
            if name in names:
                self.end(name)
                return
            if name in barriers:
                return

    def _end_paragraph(self) -> None:
        """Close what no block can stand in: a paragraph, a heading, inline elements."""
        while self._open and self._open[-1] not in _CONTAINERS:
            self._pieces.append(f"</{self._open.pop()}>")

    def _address(self, name: str, url: str | None) -> str:
        try:
            return f' {name}="{escape(normalize_url(url, self._base))}"' if url else ""
        except UnusableURL:
            return ""
