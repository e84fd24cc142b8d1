"""Markup that a parser wrote ▶ its tags.

    <p class="lead">Text<br>    ▶    ('p class="lead"', "Text"), ("br", "")    ▶    Tag, Tag

Pages repeat their tags, and agencies their pages, so most are known when they are met.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import NamedTuple

from ingest.extract.hints import NOISE_OR_MARKED, TELLING, hints_of

#: A tag without its brackets, and the text up to the next one.
TAGS_AND_TEXTS = re.compile(r"<([^>]*)>([^<]*)")
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
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_VOIDS = frozenset(_VOID_NAMES.split())
STYLES = frozenset(("a", "b", "strong", "i", "em", "cite", "pre"))


#: What a start tag does to the text around it: nothing; sets it otherwise; interrupts it;
#: interrupts it for what the element calls itself, inline though it is; stands alone.
INLINE, STYLED, BLOCK, NAMED, VOID = range(5)


class Tag(NamedTuple):
    """A start tag: its element's name, what it says of itself, and its classes."""

    kind: int
    name: str
    hints: int
    classes: str


def tag_of(text: str) -> Tag:
    """Return a start tag, given without its brackets."""
    name, _, rest = text.partition(" ")
    attributes = dict(_TELLING.findall(text)) if rest else {}
    hints = hints_of(name, attributes)
    if MARK in attributes:
        hints |= int(attributes[MARK])
    return Tag(_kind_of(name, hints), name, hints, attributes.get("class", ""))


#: The same for tags that are met again and again; a long one is not.
known_tag = lru_cache(maxsize=16_384)(tag_of)
LONGEST_KNOWN = 200


def _kind_of(name: str, hints: int) -> int:
    kind = plain_kind(name)
    return NAMED if kind in (INLINE, STYLED) and hints & NOISE_OR_MARKED else kind


def plain_kind(name: str) -> int:
    """Return what an element's name alone makes of its tag."""
    if name in _VOIDS or name[0] == "?":  # <?php …>
        return VOID
    if name in _BLOCKS:
        return BLOCK
    return STYLED if name in STYLES else INLINE


def link_of(text: str) -> tuple[str | None, str]:
    """Return where an anchor leads, and its tag without that, which others will share.

    "#" stands for what only a script knows. An anchor that leads nowhere is no link: old pages
    wrap text in <a name>, broken ones in <a <a <a.
    """
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
