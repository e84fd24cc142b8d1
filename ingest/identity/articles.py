"""Which article a page is: the keys that find it again.

    announced URL ─┐
    final URL ─────┼─▶ the agency's own number, such as "ar:3817682" ─▶ then URL keys, in the
    rel=canonical ─┘   (where the source declares one)                  order of their weight
      only if believable

Twins (AMP, mobile, print, index.html, www.) are no keys by themselves: a believable canonical
makes one of them a key, or the text confirms it (`confirms_twin`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from ingest.errors import UnusableURL
from ingest.identity.compare import compare
from ingest.identity.shingles import sketch
from ingest.text import match_key
from ingest.urls import host_of, normalize_url, site_of, twin_number, twins, url_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.model import Source

CORRECTED: Final = 0.6  # of the words; texts on two things share a third of them at most
LONG_WORD: Final = 4  # letters; shorter ones stand in any text
FEW_FIGURES: Final = 2

_LONG_NUMBER: Final = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DATED_PATH: Final = re.compile(r"/(?:19|20)\d\d/\d{1,2}(?:/\d{1,2})?/")
_DATED_SLUG: Final = re.compile(_DATED_PATH.pattern + r"[^/]*[^\W\d]")
_WORD: Final = re.compile(r"[^\W_]+")
_IDENTIFYING: Final = re.compile(r"(?:^|&)[^=&]*=[^=&]*\d")
_MIXED: Final = re.compile(r"\d[^\W\d_]|[^\W\d_]\d|\d-|-\d")
_FRONT: Final = re.compile(r"/(?:index|default|home|main)(?:\.\w{2,5})?/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleKeys:
    """What finds an article that is already there.

    Attributes:
        number: the agency's own key, looked up first, within its source.
        urls: URL keys, looked up next, in this order; all of them are then remembered.
        twins: numbers that likely twins share: an article found by one is the same only if
            its text confirms it.
        canonical: the believed canonical's normal form; None where there is none.
    """

    number: str | None
    urls: tuple[str, ...]
    twins: tuple[int, ...]
    canonical: str | None


def agency_key(source: Source | None, url: str) -> str | None:
    """Return the agency's own key in a URL, as "ar:3817682"; None where there is none.

    A URL that names no language (a short link) gives the number alone, "3817682".
    """
    if source is None or source.number is None:
        return None
    found = source.number.search(_normal(url) or url)
    if found is None:
        return None
    named = found.groupdict()
    language = (named.get("language") or "").lower()
    language = source.path_languages.get(language, language)
    return f"{language}:{named['number']}" if language else named["number"]


def article_keys(
    announced: str,
    *,
    final: str | None = None,
    canonical: str | None = None,
    links: Iterable[str] = (),
    source: Source | None = None,
) -> ArticleKeys:
    """Return the keys that find the article of a page, in the order they are to be tried.

    Args:
        announced: the URL that was asked for.
        final: what answered after redirects.
        canonical: what the page says of itself; ignored unless believable.
        links: other addresses the page gives itself, such as short links; believed when they
            carry the agency's same number.
        source: whose page it is.
    """
    page = final or announced
    believed = canonical if canonical and believable_canonical(canonical, page, source) else None
    addresses = [announced, page] if _leads_to_an_article(announced, page) else [announced]
    number = _fullest(agency_key(source, url) for url in (*addresses, believed) if url)
    addresses += [believed] if believed else []
    addresses += [link for link in links if _is_same_number(agency_key(source, link), number)]
    keys = tuple(dict.fromkeys(key for url in addresses if (key := _key(url))))
    shared = (twin for url in addresses if (twin := _twin_number(url)) is not None)
    return ArticleKeys(
        number=number,
        urls=keys,
        twins=tuple(dict.fromkeys(shared)),
        canonical=_normal(believed) if believed else None,
    )


def confirms_twin(one: str, other: str) -> bool:
    """Return whether two bodies under twin addresses are one article's: they tell one story."""
    return one == other or compare(sketch(one), sketch(other)) is not None


def is_corrected(new: str, old: str) -> bool:
    """Return whether a text is what an older one of the same file became: most words are its words.

    A bulletin whose figures are mostly others is another bulletin.
    """
    if confirms_twin(new, old):
        return True
    words, figures = zip(_words_and_figures(new), _words_and_figures(old), strict=True)
    fewer = min(map(len, figures))
    if fewer > FEW_FIGURES and len(figures[0] & figures[1]) * 2 < fewer:
        return False
    fewer = min(map(len, words))
    return fewer > 0 and len(words[0] & words[1]) >= CORRECTED * fewer


def _words_and_figures(text: str) -> tuple[set[str], set[str]]:
    found = set(_WORD.findall(match_key(text)))
    figures = {word for word in found if any(map(str.isdecimal, word))}
    return {word for word in found - figures if len(word) >= LONG_WORD}, figures


def may_share_number(one: str | None, other: str | None) -> bool:
    """Return whether two articles may be one for all that their agency's own keys say."""
    return one is None or other is None or _is_same_number(one, other)


def believable_canonical(canonical: str, page: str, source: Source | None = None) -> bool:
    """Return whether a page's canonical link can be its own address.

    Not believed: no usable URL, the home page, a section's front, another host than the
    page's own or its source's, another article's number, another dated article's path.
    """
    there, here = _normal(canonical), _normal(page)
    if there is None or here is None:
        return False
    if _key(there) == _key(here):
        return True
    if not _is_own_host(there, here, source):
        return False
    if _key(there) in _twins(here):
        return not _is_home(there) or _is_home(here)
    if _is_front(there) and not _shares_slug(there, here):
        return False
    one, other = agency_key(source, there), agency_key(source, here)
    if one is not None and other is not None:
        return _is_same_number(one, other)
    return not _names_another(there, here)


def _normal(url: str) -> str | None:
    try:
        return normalize_url(url)
    except UnusableURL:
        return None


def _key(url: str) -> str | None:
    try:
        return url_key(url)
    except UnusableURL:
        return None


def _twins(url: str) -> tuple[str, ...]:
    try:
        return twins(url)
    except UnusableURL:
        return ()


def _twin_number(url: str) -> int | None:
    try:
        return twin_number(url)
    except UnusableURL:
        return None


def _fullest(keys: Iterable[str | None]) -> str | None:
    """Return the first key that names a language, else the first one."""
    found = [key for key in keys if key is not None]
    return next((key for key in found if ":" in key), found[0] if found else None)


def _is_same_number(one: str | None, other: str | None) -> bool:
    """Whether two agency keys can be one article's: a missing language matches any."""
    if one is None or other is None:
        return False
    if ":" in one and ":" in other:
        return one == other
    return one.rpartition(":")[2] == other.rpartition(":")[2]


def _is_own_host(there: str, here: str, source: Source | None) -> bool:
    one, other = site_of(host_of(there)), site_of(host_of(here))
    if one == other:
        return True
    declared = {site_of(host) for host in source.hosts} if source else set()
    return one in declared and other in declared


def _leads_to_an_article(announced: str, final: str) -> bool:
    """Whether a redirect kept to the article: one to the home page or a section did not."""
    there, here = _normal(final), _normal(announced)
    if there is None or here is None:
        return False
    return _key(there) == _key(here) or not _is_front(there) or _shares_slug(there, here)


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return _FRONT.sub("/", parts.path) == "/" and not _IDENTIFYING.search(parts.query)


def _is_front(url: str) -> bool:
    """Whether a URL is a home page or, by its looks, a section's or a day's front."""
    parts = urlsplit(url)
    path = _FRONT.sub("/", unquote(parts.path))
    if _IDENTIFYING.search(parts.query) or _DATED_SLUG.search(path):
        return False
    return not any(_looks_like_an_article(piece) for piece in path.split("/"))


def _looks_like_an_article(piece: str) -> bool:
    """Whether a piece of a path names one thing: a number, a slug of words, a file."""
    if piece.isdigit():
        return len(piece) >= 5 and not _DATE.fullmatch(piece)
    stem, dot, ending = piece.rpartition(".")
    found = _WORD.findall(stem if dot and 2 <= len(ending) <= 5 else piece)
    is_file = bool(dot and stem)
    return len(found) >= 3 or len(piece) >= 24 or is_file or bool(_MIXED.search(piece))


def _shares_slug(there: str, here: str) -> bool:
    """Whether the last pieces of two paths have a word in common."""
    return not _slug(there).isdisjoint(_slug(here))


def _names_another(there: str, here: str) -> bool:
    """Whether both addresses carry an article's number or day, and not the same."""
    one, other = _numbers(there), _numbers(here)
    if one and other:
        return one.isdisjoint(other)
    one_day, other_day = _DATED_PATH.search(there), _DATED_PATH.search(here)
    if one_day is None or other_day is None:
        return False
    return not _shares_slug(there, here)


def _numbers(url: str) -> set[str]:
    parts = urlsplit(url)
    found = _LONG_NUMBER.findall(f"{unquote(parts.path)}?{parts.query}")
    return {number for number in found if not _DATE.fullmatch(number)}


def _slug(url: str) -> set[str]:
    path = unquote(urlsplit(url).path).rstrip("/")
    return set(_WORD.findall(path.rpartition("/")[2].lower()))
