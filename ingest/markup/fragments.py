"""Short HTML: a feed's summary, a wire's body ▶ plain text, or clean HTML.

    well-formed tags ── one regular expression ──┐
    anything else ───── BeautifulSoup ───────────┴▶ texts and tags ─▶ what each writes, by what is
                                                    open: only what is on the list

Both ways are written alike, so a fragment comes out the same whichever took it.
Nothing raises, and every step is linear in the fragment's length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Final, NamedTuple
from unicodedata import is_normalized

from bs4 import BeautifulSoup
from bs4 import Tag as SoupTag
from bs4.element import NavigableString, PageElement, PreformattedString

from ingest.errors import UnusableURL
from ingest.text import clean_text, is_printable, single_spaces
from ingest.urls import normalize_url

MAX_FRAGMENT: Final = 1_000_000  # characters; what is beyond is left out
MAX_SHORT: Final = 50_000  # beyond, BeautifulSoup is too slow
MAX_LEVELS: Final = 40
MOST_KNOWN: Final = 8192  # tags that are remembered
LONGEST_KNOWN: Final = 300

_SPLIT: Final = re.compile(r"(<[a-zA-Z/!?](?:[^<>\"']++|\"[^\"<>]*+\"|'[^'<>]*+')*+>)")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*+)(.*)>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(
    r"([a-zA-Z][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++))"
)
_LINK: Final = re.compile(r"<a href=(?:\"([^\"<>&]*+)\"|'([^'<>&]*+)')>")
_NO_TAG: Final = re.compile(r"<[!?]")  # comments, CDATA, declarations, instructions
_LOOKS_LIKE_TAG: Final = re.compile(r"<[a-zA-Z/!?]")
_LONG: Final = 8000
_LONG_TAG: Final = re.compile(rf"<[a-zA-Z][^<>]{{{_LONG}}}[^<>]*>?")
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
_ALL_VOID: Final = _VOID | _words("hr input meta link wbr source col area base param embed")
# Not written, but what follows is another paragraph.
_BREAKS: Final = _BLOCKS | _words(
    "div section article header footer main aside nav center dl dt dd hr address details summary"
    " body html caption tfoot"
)
_OWN_LINE: Final = _BREAKS | {"br"}


class _Tag(NamedTuple):
    """A tag as it is written out.

    Attributes:
        name: in lower case, as it is written.
        ends: an end tag.
        address: of a link or an image, as it stands there.
        alt: of an image.
    """

    name: str
    ends: bool = False
    address: str | None = None
    alt: str | None = None


_NOTHING: Final = _Tag("!")
_KNOWN: Final[dict[str, _Tag]] = {}  # by how they are written


def plain_text(fragment: str) -> str:
    """Return the text of a fragment, entities resolved, a line for each block.

    Text that merely holds `<` or `&` stays as it is; scripts, forms and frames are left out.
    """
    fragment = fragment[:MAX_FRAGMENT]
    if "<" not in fragment or not _LOOKS_LIKE_TAG.search(fragment):
        return _cleaned(unescape(fragment) if "&" in fragment else fragment)
    texts, tags = _pieces(fragment)
    lines = []
    for text, tag in zip(texts, [*tags, _NOTHING], strict=True):
        lines.append(text.replace("\n", " "))
        if tag.name in _OWN_LINE:
            lines.append("\n")
    return _LINES.sub("\n", _cleaned("".join(lines)))


def clean_html(fragment: str, base: str) -> str:
    """Return a fragment as HTML of a few elements, links and images absolute.

    Kept: p h2 h3 h4 ul ol li blockquote pre table figure figcaption a[href] img[src alt] em
    strong sub sup code br. Text outside any block becomes a paragraph.

    Args:
        fragment: HTML, or text without any.
        base: an absolute URL that relative links are meant against.
    """
    texts, tags = _pieces(fragment[:MAX_FRAGMENT])
    said = "".join(texts)
    if not is_printable(said) or "&" in said or "<" in said or ">" in said:
        texts = [_written_text(text) for text in texts]
    return _tidied("".join(_written(texts, tags, base)))


def _cleaned(text: str) -> str:
    """Return the text as it is stored; what has nothing to clean is recognised at a fifth of it."""
    if is_printable(text) and (text.isascii() or is_normalized("NFC", text)):
        return single_spaces(text).strip(" ")
    return clean_text(text)


# ── a fragment's pieces ─────────────────────────────────────────────────────────────────


def _pieces(fragment: str) -> tuple[list[str], list[_Tag]]:
    """Return texts, and the tags between them, without what is dropped with all it holds."""
    if "<" not in fragment:
        return [unescape(fragment)], []
    if _NO_TAG.search(fragment):
        fragment = fragment.replace("<?", "<!")  # an instruction makes BeautifulSoup expect XML
        fragment = _without_comments(fragment)
    if len(fragment) > _LONG:
        fragment = _LONG_TAG.sub("", fragment)
    split = _SPLIT.split(fragment)
    texts = split[::2]
    known = _KNOWN.get
    tags = [known(tag) or _tag(tag) for tag in split[1::2]]
    is_regular = _is_regular(fragment, texts, tags)
    if not is_regular and len(fragment) <= MAX_SHORT:
        return _soup_pieces(fragment)
    if "&" in fragment:
        texts = [unescape(text) if "&" in text else text for text in texts]
    return (texts, tags) if is_regular else _without_dropped(texts, tags)


def _is_regular(fragment: str, texts: list[str], tags: list[_Tag]) -> bool:
    """Tell whether tags are all the markup there is, and nothing has to be dropped."""
    if not _DROPPED.isdisjoint({tag.name for tag in tags}):
        return False
    if fragment.count("<") == len(tags):
        return True
    return not any("<" in text and _LOOKS_LIKE_TAG.search(text) for text in texts)


def _tag(text: str) -> _Tag:
    """Read a tag; one that is alike wherever it stands, as most are, is remembered."""
    if text.startswith("<a href=") and (link := _LINK.fullmatch(text)):  # as most links are written
        return _Tag("a", False, link[1] or link[2] or "")
    found = _TAG.match(text)
    if found is None:  # a declaration, an instruction
        return _NOTHING
    name = found[2].lower()
    name = _RENAMED.get(name, name)
    if found[1] or name not in _ADDRESS or "=" not in found[3]:
        tag = _Tag(name, found[1] != "")
        if len(text) < LONGEST_KNOWN:
            if len(_KNOWN) >= MOST_KNOWN:
                _KNOWN.clear()
            _KNOWN[text] = tag
        return tag
    attributes: dict[str, str] = {}
    for key, *values in _ATTRIBUTE.findall(found[3]):
        attributes.setdefault(key.lower(), unescape("".join(values)))
    return _shown_tag(name, attributes)


def _shown_tag(name: str, attributes: Mapping[str, object]) -> _Tag:
    """Return the start of a link or an image."""
    address, alt = attributes.get(_ADDRESS[name]), attributes.get("alt")
    return _Tag(name, False, str(address or ""), str(alt or "") if name == "img" else None)


def _without_comments(fragment: str) -> str:
    """Return a fragment without its comments; CDATA is text, an unclosed comment takes the rest."""
    pieces = []
    at = 0
    fragment = fragment.replace("<![CDATA[", "").replace("]]>", "")
    while (start := fragment.find("<!--", at)) >= 0:
        pieces.append(fragment[at:start])
        end = fragment.find("-->", start + 2)
        at = end + 3 if end >= 0 else len(fragment)
    return "".join([*pieces, fragment[at:]])


def _without_dropped(texts: list[str], tags: list[_Tag]) -> tuple[list[str], list[_Tag]]:
    kept_texts, kept_tags = texts[:], tags[:]
    dropped = ""
    for at, tag in enumerate(tags):
        if dropped:
            kept_texts[at], kept_tags[at] = "", _NOTHING
            if tag.ends and tag.name == dropped:
                dropped = ""
        elif tag.name in _DROPPED:
            kept_tags[at] = _NOTHING
            dropped = "" if tag.ends or tag.name in _ALL_VOID else tag.name
    if dropped:
        kept_texts[-1] = ""
    return kept_texts, kept_tags


def _soup_pieces(fragment: str) -> tuple[list[str], list[_Tag]]:
    texts, tags = [""], []
    waiting: list[PageElement | str] = list(reversed(BeautifulSoup(fragment, "lxml").contents))
    while waiting:
        node = waiting.pop()
        if isinstance(node, SoupTag):
            name = node.name.lower()
            if name in _DROPPED:
                continue
            name = _RENAMED.get(name, name)
            tags.append(_shown_tag(name, node.attrs) if name in _ADDRESS else _Tag(name))
            texts.append("")
            if name not in _ALL_VOID:
                waiting.append(name)
            waiting.extend(reversed(node.contents))
        elif isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):  # comments, declarations
                tags.append(_NOTHING)
                texts.append(str(node))
        else:
            tags.append(_Tag(str(node), True))
            texts.append("")
    return texts, tags


# ── what a piece writes ─────────────────────────────────────────────────────────────────

_Opened = tuple[str, ...]  # elements, the outermost first, which is always a block
_Move = tuple[str, _Opened]  # what is written, and what is open then
_WRITTEN: Final = _INLINE | _BREAKS
_HERE: Final = "\0"  # in a move's markup: the attributes


def _written(texts: list[str], tags: list[_Tag], base: str) -> list[str]:
    """Return what texts and tags write, in order."""
    written: list[str] = []
    write = written.append
    opened: _Opened = ()
    for text, tag in zip(texts, [*tags, _NOTHING], strict=True):
        if text:
            if not opened and not text.isspace():
                opened = ("p",)
                write("<p>")
            write(text)
        name, ends, address, _ = tag
        if name in _WRITTEN:
            shown = _attributes_of(tag, base) if address else ""
            markup, opened = _moved(opened, name, ends, shown != "")
            write(markup.replace(_HERE, shown) if shown else markup)
    written += [f"</{name}>" for name in reversed(opened)]
    return written


def _written_text(text: str) -> str:
    return " " if text.isspace() else escape(text, quote=False)


@lru_cache(maxsize=8192)
def _moved(opened: _Opened, name: str, ends: bool, is_shown: bool) -> _Move:
    """Return what a tag writes where these elements are open.

    There are few such moves, and a news text repeats them with every paragraph.
    """
    if ends:
        return _ended(opened, name)
    if name in _INLINE:
        return _started_inline(opened, name, is_shown)
    return _started_block(opened, name)


def _ended(opened: _Opened, name: str) -> _Move:
    if name in opened:
        at = len(opened) - 1 - opened[::-1].index(name)
        return _closed(opened, at)
    if name in _BREAKS:
        markup, opened = _closed(opened, _paragraph(opened))
        return f"{markup} ", opened
    return "", opened


def _started_inline(opened: _Opened, name: str, is_shown: bool) -> _Move:
    markup, has_address = "", name in _ADDRESS
    if name == "a":
        markup, opened = _ended(opened, "a")
    if (has_address and not is_shown) or len(opened) >= MAX_LEVELS:
        return markup, opened
    if not opened:
        opened = ("p",)
        markup += "<p>"
    markup += f"<{name}{_HERE if has_address else ''}>"
    return markup, opened if name in _VOID else (*opened, name)


def _started_block(opened: _Opened, name: str) -> _Move:
    markup, opened = _closed(opened, _paragraph(opened))
    markup += " "
    closes, barriers = _CLOSES.get(name, (_NONE, _NONE))
    for at in reversed(range(len(opened))):
        if opened[at] in barriers or opened[at] in closes:
            more, opened = _closed(opened, at) if opened[at] in closes else ("", opened)
            markup += more
            break
    if name in _BLOCKS and len(opened) < MAX_LEVELS:
        return f"{markup}<{name}>", (*opened, name)
    return markup, opened


def _closed(opened: _Opened, at: int) -> _Move:
    """Close all from this one on."""
    return "".join(f"</{name}>" for name in reversed(opened[at:])), opened[:at]


def _paragraph(opened: _Opened) -> int:
    """Return where what no block can stand in begins: a paragraph, a heading, inline elements."""
    at = len(opened)
    while at and opened[at - 1] not in _CONTAINERS:
        at -= 1
    return at


def _attributes_of(tag: _Tag, base: str) -> str:
    """Return the attributes of a link or an image, "" where its address is none."""
    try:
        url = normalize_url(tag.address or "", base)
    except UnusableURL:
        return ""
    if "&" in url or "'" in url:  # all that a normal form may have in it
        url = escape(url)
    shown = f' {_ADDRESS[tag.name]}="{url}"'
    return f'{shown} alt="{escape(tag.alt)}"' if tag.alt else shown


_EMPTY: Final = re.compile(r"<(p|h2|h3|h4|em|strong|a|sub|sup|code|li|ul|ol)(?: [^<>]*)?>\s*</\1>")
_NOTHING_BETWEEN: Final = re.compile(r">\s*+</")  # where an element may be empty
_BLOCK: Final = "|".join(sorted(_BLOCKS))
_BEFORE_BLOCK: Final = re.compile(f" <(?=/?(?:{_BLOCK})>)")
_AFTER_BLOCK: Final = re.compile(
    f"> (?:{'|'.join(f'(?<=<{name}> )|(?<=</{name}> )' for name in sorted(_BLOCKS))})"
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
