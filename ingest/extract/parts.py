"""An article that stands on several pages, which `rel=next` leads through.

    /story            ─ next ▶ /story?page=2   the same address, the next number: the same article
    /2026/a-story     ─ next ▶ /2026/b-story   the neighbour in a blog's archive: another article

`rel=next` alone does not tell the two apart, and a request for each article's neighbour would be
rude. So the address has to say it before it is asked, and the headline when it is there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from ingest.errors import UnusableURL
from ingest.text import match_key
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

    from ingest.model import Article

_NAMES: Final = "page|pages|pg|p|part|seite|pagina|página|sayfa|strona|teil|s|صفحة|страница"
_NUMBERED: Final = re.compile(
    rf"[/_,.~-]?(?<![^\W\d_])(?:(?:{_NAMES})[/_=-]?)?(?<!\d)(\d{{1,2}})(?=/?$|\.\w{{2,5}}$)",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(rf"(?:{_NAMES}|pagenum|pageno|paged|start)", re.IGNORECASE)
_Query = frozenset[tuple[str, str]]
_Stem = tuple[str, _Query]
_INDEX: Final = re.compile(r"/(?:index|default)(?=\.\w{2,5}$)|/index$", re.IGNORECASE)


def is_next_part(here: str, there: str, number: int) -> bool:
    """Return whether an address can be that of part `number` of the article at `here`.

    Args:
        here: address of the part before.
        there: where its `rel=next` leads.
        number: 2 for the page after the first.
    """
    try:
        one, other = urlsplit(url_key(here)), urlsplit(url_key(there))
    except UnusableURL:
        return False
    if one.hostname != other.hostname or one == other:
        return False
    told = _told_in(other).get(number)
    before = _told_in(one).get(number - 1)
    if number > 2:
        return told is not None and told == before
    whole = _stem(one.path), _Query(parse_qsl(one.query))
    if told is None:
        return _extends(one.path, other.path)
    return told in (before, whole)


def _extends(path: str, longer: str) -> bool:
    """Whether a path goes on where the other ends: /story, /story/continued."""
    stem = path.rstrip("/")
    return len(stem) > 1 and longer.startswith((f"{stem}/", f"{stem.rpartition('.')[0] or stem}/"))


def _told_in(url: SplitResult) -> dict[int, _Stem]:
    """Return the page's numbers that an address may tell, each with the address without it."""
    query = parse_qsl(url.query, keep_blank_values=True)
    found = {}
    for at, (name, value) in enumerate(query):
        if _NAMED.fullmatch(name) and value.isdecimal() and len(value) <= 2:
            found[int(value)] = _stem(url.path), _Query([*query[:at], *query[at + 1 :]])
    numbered = _NUMBERED.search(unquote(url.path))
    if numbered is not None:
        path = unquote(url.path)
        without = path[: numbered.start()] + path[numbered.end() :]
        if _stem(without):  # /12 and /13 are neighbours
            found.setdefault(int(numbered[1]), (_stem(without), _Query(query)))
    return found


def _stem(path: str) -> str:
    return _INDEX.sub("", unquote(path)).rstrip("/")


def is_same_headline(first: Article, part: Article) -> bool:
    """Return whether a later page speaks under the first one's headline, or under none."""
    one, other = match_key(first.title or ""), match_key(part.title or "")
    return not one or not other or one in other or other in one


def join_parts(parts: Sequence[Article]) -> Article:
    """Return the article that its pages make together; a line they repeat stands once.

    What is said of the article as a whole, the first page says.
    """
    first, *rest = parts
    if not rest:
        return first
    seen = {match_key(line) for line in first.body.split("\n")}
    seen.add(match_key(first.standfirst or ""))
    body, html = [first.body], [first.body_html]
    for part in rest:
        lines = part.body.split("\n")
        fresh = [line for line in lines if match_key(line) not in seen]
        seen.update(map(match_key, lines))
        body += ["\n".join(fresh)] if fresh else []
        html.append(part.body_html if len(fresh) == len(lines) else _paragraphs(fresh))
    return replace(
        first,
        body="\n".join(body),
        body_html="\n".join(part for part in html if part),
        notice=next((part.notice for part in parts if part.notice), None),
        partial=any(part.partial for part in parts),
        credits=tuple(dict.fromkeys(chain.from_iterable(part.credits for part in parts))),
        pictures=tuple(dict.fromkeys(chain.from_iterable(part.pictures for part in parts))),
        next_page=None,
    )


def _paragraphs(lines: Sequence[str]) -> str:
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
