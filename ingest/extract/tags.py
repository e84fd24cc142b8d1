"""Markup that a parser wrote ▶ its tags.

    <p class="lead">Text<br>    ▶    '<p class="lead"', 'Text<br'    ▶    Tag, text, Tag

Pages repeat their tags, and agencies their pages, so most are known when they are met.
"""

from __future__ import annotations

import re
import secrets

from ingest.extract.hints import INTERRUPTING, TELLING, Hint, hints_of

#: The attribute by which a source's rules give an element hints; no page can guess it.
MARK = f"khabar-{secrets.token_hex(8)}"
_TELLING = re.compile(rf' ({"|".join((*TELLING, MARK))})="([^"]*)"')
_HREF, _ONCLICK = ' href="', ' onclick="'
_BLOCK_NAMES = """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre
    section summary table tbody td tfoot th thead tr ul caption amp-carousel
"""
_VOID_NAMES = """
    area base basefont bgsound br col embed frame hr img input keygen link meta param
    source track wbr
"""
#: How text is set, bits of an int: bold, leaning, or with its spaces kept.
PLAIN, STRONG, EMPHASIS, CODE = 0, 1, 2, 4
STYLES = {
    **dict.fromkeys(("b", "strong"), STRONG),
    **dict.fromkeys(("i", "em", "cite"), EMPHASIS),
    "pre": CODE,
    "a": PLAIN,
}

#: What a start tag does to the text around it: nothing; sets it otherwise; interrupts it;
#: interrupts it for what the element calls itself, inline though it is; stands alone.
INLINE, STYLED, BLOCK, NAMED, VOID = range(5)
_KINDS = {
    **dict.fromkeys(STYLES, STYLED),
    **dict.fromkeys(_BLOCK_NAMES.split(), BLOCK),
    **dict.fromkeys(_VOID_NAMES.split(), VOID),
}


#: A start tag: its kind, its element's name, what it says of itself, and its classes.
Tag = tuple[int, str, int, str]


def tag_of(text: str) -> Tag:
    """Return a start tag, given without its brackets."""
    name, _, rest = text.partition(" ")
    told = dict(_TELLING.findall(text)) if rest else {}
    hints = hints_of(name, told) | int(told.get(MARK, Hint.NONE))
    kind = plain_kind(name)
    if hints & INTERRUPTING and kind in (INLINE, STYLED):
        kind = NAMED
    return kind, name, hints, told.get("class", "")


_MOST_KNOWN = 16_384
_LONGEST_KNOWN = 200
_KNOWN: dict[str, Tag] = {}
#: A start tag that was met before, None for any other.
known_tag = _KNOWN.get


def learnt_tag(text: str) -> Tag:
    """Return a start tag, and know it when it is met again; a long one is not."""
    tag = tag_of(text)
    if len(text) < _LONGEST_KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[text] = tag
    return tag


def plain_kind(name: str) -> int:
    """Return what an element's name alone makes of its tag."""
    kind = _KINDS.get(name, INLINE)
    return VOID if name[0] == "?" else kind  # <?php …>


def link_of(text: str) -> tuple[str | None, str]:
    """Return where an anchor leads, and its tag without that, which others will share.

    "#" stands for what only a script knows. An anchor that leads nowhere is no link: old pages
    wrap text in <a name>, broken ones in <a <a <a.
    """
    if text.startswith(_HREF, 1):
        href, _, after = text[len(_HREF) + 1 :].partition('"')
        return unescape(href) or "#", f"a{after}"
    before, found, rest = text.partition(_HREF)
    if not found:
        return "#" if _ONCLICK in text else None, text
    href, _, after = rest.partition('"')
    return unescape(href) or "#", before + after


_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\xa0"), ("&quot;", '"'), ("&amp;", "&"))


def unescape(text: str) -> str:
    """Return a text as it was before the parser wrote it."""
    for escaped, letter in _ESCAPES if "&" in text else ():
        text = text.replace(escaped, letter)
    return text
