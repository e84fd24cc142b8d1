"""The headline: JSON-LD's, Open Graph's or the one on the page, without the site's name."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from turbohtml import Element, Text

from ingest.extract.hints import HEADINGS, Hint, hints_at
from ingest.extract.jsonld import text_of, texts_of, types_of
from ingest.extract.page import Page
from ingest.extract.rules import texts_at
from ingest.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEPARATOR = re.compile(
    r"\s+(?:[|\-–—•·»«/│]|::)+\s+|\s*[|»│]\s*|:::|(?<=[^\x00-\x7f])[-_](?=[^\x00-\x7f])"
)
_NO_SENTENCE = re.compile(r"\s*(?:\||::+)\s*|_|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])")
_LETTERS = re.compile(r"\w+")
_KICKER = re.compile(
    r"kicker|over-?line|top-?line|dachzeile|eyebrow|pre-?title|over-?title|surtitre|antetitulo|volanta",
    re.IGNORECASE,
)
LONG_HEAD, SHORT_TITLE = 8, 15  # words, letters
_LINES = ("br", "div", "p")
SHORTEST_NAME = 6
_SITES = frozenset(("WebSite", "Organization", "NewsMediaOrganization"))
_EDGES = " \t\r\n\xa0-–—|:·/"
MAX_TITLE = 400
MAX_HEAD = 1600  # of what may hold a headline, with kicker and names


def title_of(page: Page) -> str | None:
    """Return the headline.

    JSON-LD's goes first, but where it is only the `title` element's again and Open Graph
    agrees with what the page shows, that one is the editor's. Without JSON-LD the page's own
    h1 is believed as soon as it shares words with the head.
    """
    rules = page.source.article.title if page.source else ()
    ruled = texts_at(page.tree, rules)
    if ruled:
        return ruled[0]
    names = site_names(page)
    shown = [_unsigned(text, names) for text in _shown(page) if not _names_site(page, text, names)]
    named = _cut(text_of(page.article.get("headline")), names, ())
    named = next((text for text in shown if len(text) > 15 and named.startswith(text)), named)
    shared = _cut(page.meta("og:title", "twitter:title", "title", "dc.title"), names, shown)
    titled = _cut(page.title, names, shown)
    if titled.startswith(shared) and titled[len(shared) :].lstrip().startswith('"'):
        shared = titled  # its attribute ended at the first quotation mark
    if named:
        return _of_article(named, shared, titled, shown)[:MAX_TITLE]
    for head in (shared, titled):
        if head and any(_same(head, text) for text in shown):
            return _shown_as(head, shown)[:MAX_TITLE]
    near = _nearest(shown, f"{shared} {titled}")
    told = _within(near, (shared, titled)) or near or shared or _unnamed(titled)
    return (told or (shown[0] if shown else ""))[:MAX_TITLE] or None


def _shown(page: Page) -> list[str]:
    """Return the headlines that the page shows: elements marked as such, then each h1.

    The last crumb of the way to the page is often an h1 too; it counts where there is no other.
    """
    marked = [item for item in page.items("headline") if item.tag in HEADINGS]
    elements = list(dict.fromkeys((*marked, *page.h1s)))
    told = [(_is_crumb(one), squeeze(_without_kicker(one)[:MAX_HEAD])) for one in elements]
    headlines = [text for is_crumb, text in told if text and not is_crumb]
    return headlines or [text for _, text in told if text]


def _unnamed(titled: str) -> str:
    """Return a title that nothing confirms without short last parts: section and site's name.

    Only after a mark that stands in no sentence: "Trade unions - employers" is one headline.
    """
    for mark in reversed(list(_NO_SENTENCE.finditer(titled))):
        if 2 * (len(titled) - mark.start()) > mark.start():
            break
        titled = titled[: mark.start()]
    return titled


def _names_site(page: Page, text: str, names: frozenset[str]) -> bool:
    """Tell whether an h1 is the site's name, as logos are: one that the page or its host tells."""
    letters = _letters(text)
    host = _letters(urlsplit(page.url).hostname or "")
    return letters in names or (len(letters) >= SHORTEST_NAME and letters in host)


def _unsigned(text: str, names: frozenset[str]) -> str:
    """Return an h1 without the site's name after it."""
    for mark in _SEPARATOR.finditer(text):
        if mark.start() and _letters(text[mark.end() :]) in names:
            return text[: mark.start()]
    return text


def _is_crumb(element: Element) -> bool:
    above = (one for one in element.ancestors if isinstance(one, Element))
    near = (element, *islice(above, 3))
    return any(hints_at(one) & Hint.NAVIGATION for one in near if one.tag not in ("body", "html"))


def _without_kicker(headline: Element) -> str:
    """Return a headline's text without the line above it, where that is an element of its own."""
    inside = list(headline.iter_elements(("span", "div", "small", "p", "strong", "em")))
    kicked = [one for one in inside if one != headline and _is_beside(one)]
    if not kicked:
        return _text_of(headline)
    cut = {*kicked, *(element for element in inside if hints_at(element) & Hint.HIDDEN)}
    text = "".join(_texts_outside(headline, cut)).strip(_EDGES)
    return text if len(text) > 15 else _text_of(headline)


def _is_beside(element: Element) -> bool:
    """Tell an element of an h1 that is no headline: a kicker, or words set small."""
    return element.tag == "small" or _KICKER.search(element.attr("class") or "") is not None


def _text_of(headline: Element) -> str:
    """Return a headline's text, its lines apart."""
    has_lines = next(iter(headline.iter_elements(_LINES)), None)
    return "".join(_texts_outside(headline, set())) if has_lines else headline.text


def _texts_outside(element: Element, cut: set[Element]) -> Iterator[str]:
    """Yield an element's texts but for those in what is cut, and a space between lines."""
    for node in element.descendants:
        if isinstance(node, Text):
            if cut.isdisjoint(node.ancestors):
                yield node.data
        elif isinstance(node, Element) and node.tag in _LINES:
            yield " "


def _of_article(named: str, shared: str, titled: str, shown: Sequence[str]) -> str:
    """Return the headline of a page whose JSON-LD names one."""
    near = _nearest(shown, named) if _same(named, titled) else None
    if near and not _same(near, named) and not _are_kicker_apart(near, named):
        return near  # the head tells machines one thing, readers are shown another
    if _same(named, shared):
        return shared  # the same in an editor's marks, not a machine's
    if any(_same(shared, text) for text in shown) and _are_kicker_apart(named, shared):
        return shared
    return _shown_as(_editors(named, shared, titled, shown), shown)


def _are_kicker_apart(one: str, other: str) -> bool:
    """Tell whether one headline is the other with a word or two before it."""
    shorter, longer = sorted((_letters(one), _letters(other)), key=len)
    return len(shorter) > 15 and longer.endswith(shorter)


def _within(h1: str | None, heads: Sequence[str]) -> str | None:
    """Return the head that an h1 holds whole, beside a kicker or a date."""
    letters = _letters(h1 or "")
    for head in heads:
        own = _letters(head)
        if len(own) > 15 and (letters.startswith(own) or letters.endswith(own)):
            return head
    return None


def _editors(named: str, shared: str, titled: str, shown: Sequence[str]) -> str:
    """Return the editor's headline where JSON-LD may hold the one for search engines."""
    is_for_engines = _same(named, titled) or titled.startswith(named)
    is_shown = any(_same(named, text) for text in shown)
    if is_for_engines and not is_shown and any(_same(shared, text) for text in shown):
        return shared
    return named


def _shown_as(head: str, shown: Sequence[str]) -> str:
    """Return a headline in the page's own spelling, where the page shows it."""
    return next((text for text in shown if _same(head, text)), head)


def _nearest(shown: Sequence[str], head: str) -> str | None:
    """Return the h1 that shares most of its words with the head: at least two in five.

    One short word is not enough where the head has many.
    """
    words = set(_LETTERS.findall(head.lower()))
    best, most = None, 0.4
    for text in shown:
        own = set(_LETTERS.findall(text.lower()))
        if len(own) == 1 and len(words) >= LONG_HEAD and len(text) < SHORT_TITLE:
            continue  # "Reviews", the heading of a box
        share = len(own & words) / len(own) if own else 0.0
        if share > most or (share == most and best is None):
            best, most = text, share
    return best


def _same(one: str, other: str) -> bool:
    return _letters(one) == _letters(other) != ""


@lru_cache(maxsize=256)  # of a page's few headlines each is compared with all
def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(text.lower()))


def site_names(page: Page, *, with_host: bool = True) -> frozenset[str]:
    """Return what the page calls its site, as bare letters, and its host's name."""
    names = [page.meta("og:site_name", "application-name", "al:android:app_name")]
    names.append(page.meta("twitter:site"))
    names += texts_of(page.article.get("publisher"))
    names += [text_of(node.get("name")) for node in page.nodes if _SITES & set(types_of(node))]
    if with_host:
        host = (urlsplit(page.url).hostname or "").removeprefix("www.")
        names += [host, host.rpartition(".")[0]]
    return frozenset(letters for letters in map(_letters, filter(None, names)) if letters)


def _cut(title: str | None, names: frozenset[str], shown: Sequence[str]) -> str:
    """Return a title without the site's name before or after it; "" for none."""
    if not title:
        return ""
    title = squeeze(title[:MAX_HEAD])
    marks = list(_SEPARATOR.finditer(title))
    for text in shown:
        if len(text) > 15 and marks and (title.startswith(text) or title.endswith(text)):
            return text
    for mark in marks:
        if _is_site(title[mark.end() :], names):
            return title[: mark.start()]
    for mark in reversed(marks):
        if _is_site(title[: mark.start()], names):
            return title[mark.end() :]
    return title


def _is_site(text: str, names: frozenset[str]) -> bool:
    """Tell whether a part of a title names the site: a name, or one and a word or two."""
    letters = _letters(text)
    if letters in names:
        return True
    return any(
        len(name) >= 4 and name in letters and len(letters) <= len(name) * 2.2 for name in names
    )
