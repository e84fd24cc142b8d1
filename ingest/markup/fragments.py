"""Short HTML: a feed's summary, a wire's body ▶ plain text, or clean HTML.

    a fragment ──────────────────────────────┬▶ texts and tags ─▶ what each writes, by what is
    with scripts, forms, …: a tree without ──┘                    open: only what is on the list

Texts and tags are those of turbohtml's tokenizer, which finds in any text what browsers find.
Nothing raises, and every step is linear in the fragment's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final
from unicodedata import is_normalized

from turbohtml import Token, TokenType, parse_fragment, tokenize

from ingest.errors import UnusableURL
from ingest.text import clean_text, is_printable, single_spaces
from ingest.urls import normalize_url

MAX_FRAGMENT: Final = 1_000_000  # characters; what is beyond is left out
MAX_LEVELS: Final = 40
MOST_PLACES: Final = 1000  # that are remembered; a hundred real feeds have 55

_LOOKS_LIKE_TAG: Final = re.compile(r"<[a-zA-Z/!?]")
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
_NONE: Final[frozenset[str]] = frozenset()
_INLINE: Final = _words("a em strong sub sup code br img")
_VOID: Final = _words("br img")
_ADDRESS: Final = {"a": "href", "img": "src"}
# Not written, but what follows is another paragraph.
_BREAKS: Final = _BLOCKS | _words(
    "div section article header footer main aside nav center dl dt dd hr address details summary"
    " body html caption tfoot"
)
_OWN_LINE: Final = _BREAKS | _words("h1 h5 h6 br")


def plain_text(fragment: str) -> str:
    """Return the text of a fragment, entities resolved, a line for each block.

    Text that merely holds `<` or `&` stays as it is; scripts, forms and frames are left out.
    """
    fragment = fragment[:MAX_FRAGMENT]
    if "<" not in fragment or not _LOOKS_LIKE_TAG.search(fragment):
        return _cleaned(unescape(fragment) if "&" in fragment else fragment)
    fragment = _without_cdata(fragment)
    lines = _lines(fragment)
    if lines is None:
        lines = _lines(_without_dropped(fragment)) or []
    return _LINES.sub("\n", _cleaned("".join(lines)))


def clean_html(fragment: str, base: str) -> str:
    """Return a fragment as HTML of a few elements, links and images absolute.

    Kept: p h2 h3 h4 ul ol li blockquote pre table figure figcaption a[href] img[src alt] em
    strong sub sup code br. Text outside any block becomes a paragraph.

    Args:
        fragment: HTML, or text without any.
        base: an absolute URL that relative links are meant against.
    """
    fragment = _without_cdata(fragment[:MAX_FRAGMENT])
    written = _written(fragment, base)
    if written is None:
        written = _written(_without_dropped(fragment), base) or []
    return _tidied("".join(written))


def _cleaned(text: str) -> str:
    """Return the text as it is stored; what has nothing to clean is recognised at a fifth of it."""
    if is_printable(text) and (text.isascii() or is_normalized("NFC", text)):
        return single_spaces(text).strip(" ")
    return clean_text(text)


# ── what is left out of a fragment ──────────────────────────────────────────────────────

_UNWANTED: Final = ",".join(sorted(_DROPPED))
_CLOSED_AT_ONCE: Final = re.compile(
    rf"<(?:{'|'.join(sorted(_DROPPED))})(?:\s[^<>]*)?/>", re.IGNORECASE
)


def _without_cdata(fragment: str) -> str:
    """Return a fragment whose CDATA is text, as whoever wrapped it meant it."""
    if "<![CDATA[" not in fragment:
        return fragment
    return fragment.replace("<![CDATA[", "").replace("]]>", "")


def _without_dropped(fragment: str) -> str:
    """Return a fragment without the elements that are dropped with all they hold."""
    # XML lets them end where they begin; in HTML they would hold all that follows.
    tree = parse_fragment(_CLOSED_AT_ONCE.sub("", fragment), positions=False)
    tree.remove(_UNWANTED)
    return tree.inner_html


# ── what a piece writes ─────────────────────────────────────────────────────────────────

_Opened = tuple[str, ...]  # elements, the outermost first, which is always a block
_Move = tuple[str, _Opened]  # what is written, and what is open then
_WRITTEN: Final = _INLINE | _BREAKS | _RENAMED.keys()
_HERE: Final = "\0"  # in a move's markup: the attributes
_TEXT: Final = TokenType.TEXT
_END: Final = TokenType.END_TAG


def _lines(fragment: str) -> list[str] | None:
    """Return texts and ends of lines, in order; None where something has to be dropped first."""
    lines = []
    for token in tokenize(fragment):
        name = token.tag
        if name is None:
            if token.type is _TEXT:
                lines.append((token.data or "").replace("\n", " "))
        elif name in _OWN_LINE:
            lines.append("\n")
        elif name in _DROPPED:
            return None
    return lines


def _written(fragment: str, base: str) -> list[str] | None:  # noqa: C901
    """Return what texts and tags write, in order; None where something has to be dropped first.

    Every tag of a feed passes here, half of the time that full texts take: so it is one loop.
    """
    written: list[str] = []
    write = written.append
    place = _place(())
    for token in tokenize(fragment):
        name = token.tag
        if name is None:
            if token.type is not _TEXT:
                continue
            text = token.data or ""
            if text.isspace():
                write(_space(place.opened))
                continue
            if not place.opened:
                place = _place(("p",))
                write("<p>")
            if "&" in text or "<" in text or ">" in text:
                text = escape(text, quote=False)
            write(text)
        elif name in _WRITTEN:
            if token.type is _END:
                markup, place = place.ends[name]
            elif name in _ADDRESS and (attributes := _attributes_of(token, name, base)):
                markup, place = place.links[name]
                markup = markup.replace(_HERE, attributes)
            else:
                markup, place = place.starts[name]
            write(markup)
        elif name in _DROPPED:
            return None
    write(_closed(place.opened, 0)[0])
    return written


class _Place:
    """What is open somewhere in a fragment, and what a tag would write there.

    There are few places, and a news text passes them with every paragraph.

    Attributes:
        starts: what an element's start writes, and the place after it, by name.
        links: the same, of a link or an image whose address can be shown.
        ends: the same, of an element's end.
    """

    __slots__ = ("ends", "links", "opened", "starts")

    def __init__(self, opened: _Opened) -> None:
        self.opened = opened
        self.starts = _Moves(opened, _started)
        self.links = _Moves(opened, _started_inline)
        self.ends = _Moves(opened, _ended)


class _Moves(dict[str, tuple[str, _Place]]):
    """Moves from one place by a tag's name, each worked out once."""

    def __init__(self, opened: _Opened, work_out: Callable[[_Opened, str], _Move]) -> None:
        super().__init__()
        self._opened = opened
        self._work_out = work_out

    def __missing__(self, name: str) -> tuple[str, _Place]:
        markup, opened = self._work_out(self._opened, _RENAMED.get(name, name))
        move = self[name] = markup, _place(opened)
        return move


_PLACES: Final[dict[_Opened, _Place]] = {}


def _place(opened: _Opened) -> _Place:
    """Return the place where these elements are open; too many are all forgotten at once."""
    place = _PLACES.get(opened)
    if place is None:
        if len(_PLACES) >= MOST_PLACES:
            _PLACES.clear()
        place = _PLACES[opened] = _Place(opened)
    return place


def _started(opened: _Opened, name: str) -> _Move:
    if name in _ADDRESS:  # and has none
        return _ended(opened, name) if name == "a" else ("", opened)
    return _started_inline(opened, name) if name in _INLINE else _started_block(opened, name)


def _ended(opened: _Opened, name: str) -> _Move:
    if name in opened:
        at = len(opened) - 1 - opened[::-1].index(name)
        return _closed(opened, at)
    if name in _BREAKS:
        markup, opened = _closed(opened, _paragraph(opened))
        return markup + _space(opened), opened
    return "", opened


def _started_inline(opened: _Opened, name: str) -> _Move:
    markup = ""
    if name == "a":
        markup, opened = _ended(opened, "a")
    if len(opened) >= MAX_LEVELS:
        return markup, opened
    if not opened:
        opened = ("p",)
        markup += "<p>"
    markup += f"<{name}{_HERE if name in _ADDRESS else ''}>"
    return markup, opened if name in _VOID else (*opened, name)


def _started_block(opened: _Opened, name: str) -> _Move:
    markup, opened = _closed(opened, _paragraph(opened))
    markup += _space(opened)
    closes, barriers = _CLOSES.get(name, (_NONE, _NONE))
    for at in reversed(range(len(opened))):
        if opened[at] in barriers or opened[at] in closes:
            more, opened = _closed(opened, at) if opened[at] in closes else ("", opened)
            markup += more
            break
    if name in _BLOCKS and len(opened) < MAX_LEVELS:
        return f"{markup}<{name}>", (*opened, name)
    return markup, opened


def _space(opened: _Opened) -> str:
    """Return what keeps words apart: nothing outside, where blocks do."""
    return " " if opened else ""


def _closed(opened: _Opened, at: int) -> _Move:
    """Close all from this one on."""
    return "".join(f"</{name}>" for name in reversed(opened[at:])), opened[:at]


def _paragraph(opened: _Opened) -> int:
    """Return where what no block can stand in begins: a paragraph, a heading, inline elements."""
    at = len(opened)
    while at and opened[at - 1] not in _CONTAINERS:
        at -= 1
    return at


def _attributes_of(token: Token, name: str, base: str) -> str:
    """Return the attributes of a link or an image, "" where its address is none."""
    key = _ADDRESS[name]
    address = token.attr(key)
    if not address:
        return ""
    try:
        url = normalize_url(address, base)
    except UnusableURL:
        return ""
    if "&" in url or "'" in url:  # all that a normal form may have in it
        url = escape(url)
    if name == "img" and (alt := token.attr("alt")):
        return f' {key}="{url}" alt="{escape(alt)}"'
    return f' {key}="{url}"'


_EMPTY: Final = re.compile(
    r"<(p|h2|h3|h4|em|strong|a|sub|sup|code|li|ul|ol)(?: [^<>]*+)?+>\s*+</\1>"
)
_NOTHING_BETWEEN: Final = re.compile(r">\s*+</")  # where an element may be empty
_BLOCK: Final = "|".join(sorted(_BLOCKS))
_BEFORE_BLOCK: Final = re.compile(f" <(?=/?(?:{_BLOCK})>)")
_AFTER_BLOCK: Final = re.compile(
    f"> (?:{'|'.join(f'(?<=[</]{name}> )' for name in sorted(_BLOCKS))})"
)


def _without_empty(html: str) -> str:
    for _ in range(MAX_LEVELS):
        html, count = _EMPTY.subn("", html)
        if not count:
            break
    return html


def _tidied(html: str) -> str:
    """Return HTML as it is stored, without empty elements and without spaces around blocks."""
    html = _cleaned(html)
    if _NOTHING_BETWEEN.search(html):
        html = single_spaces(_without_empty(html))
    return _AFTER_BLOCK.sub(">", _BEFORE_BLOCK.sub("<", html)).strip()
