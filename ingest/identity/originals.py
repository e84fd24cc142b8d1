"""Which of the articles of a story is likely the original, and why.

    one names another's address as what it is based on  ─▶ that one
    others sign with one member's agency                ─▶ that agency's earliest
    others name one member's agency in their text       ─▶ that agency's earliest
    else                                                ─▶ the one published first

What articles say of themselves outweighs clocks: a copy is often dated before its original.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.errors import UnusableURL
from ingest.text import match_key, words
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

INITIALS = 3  # letters: a name this short is a word of some language


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An article of a story, as far as it tells where the story came from.

    Attributes:
        article: its id.
        source: slug of its source.
        names: under which other agencies credit its source, such as ("AA", "Anadolu").
        urls: every address it is known under.
        credited: who signs it, and its credit lines, as written.
        says: the parts of its text where an agency would be named.
        based_on: the address it names as its basis (schema.org isBasedOn).
        published: aware; None where no date is known.
        arrived: when it was first seen; aware.
    """

    article: str
    source: str
    names: tuple[str, ...]
    urls: tuple[str, ...]
    credited: tuple[str, ...]
    based_on: str | None
    published: datetime | None
    arrived: datetime
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The article a story likely began with; `reason` in words, for people."""

    article: str
    reason: str


def likely_original(tellings: Sequence[Telling]) -> Original:
    """Return which of a story's articles, at least one, is likely its original."""
    if (named := _named_basis(tellings)) is not None:
        return Original(article=named.article, reason="named as what another is based on")
    for verb, names in (("credited", _signatures), ("named", _mentions)):
        source, count = _favoured(tellings, names)
        if source is not None:
            own = [telling for telling in tellings if telling.source == source]
            reason = f"{source} is {verb} by {count} of {len(tellings) - len(own)} others"
            return Original(article=_earliest(own).article, reason=reason)
    first = _earliest(tellings)
    return Original(
        article=first.article, reason="published first" if first.published else "seen first"
    )


def _named_basis(tellings: Sequence[Telling]) -> Telling | None:
    holders = {_key(url): telling for telling in tellings for url in telling.urls}
    named = (holders.get(_key(telling.based_on)) for telling in tellings if telling.based_on)
    return next((telling for telling in named if telling is not None), None)


def _favoured(
    tellings: Sequence[Telling], names: Callable[[Telling, Telling], bool]
) -> tuple[str | None, int]:
    """Return the member source that most other sources' articles name, and how many do."""
    votes: Counter[str] = Counter()
    firsts = {told.source: told for told in reversed(tellings)}
    for telling in tellings:
        named = [s for s, told in firsts.items() if s != telling.source and names(telling, told)]
        votes.update(named)
    if not votes:
        return None, 0
    most = max(votes.values())
    likely = [told for told in tellings if votes[told.source] == most]
    return _earliest(likely).source, most


def _signatures(telling: Telling, other: Telling) -> bool:
    """Whether an article signs with another's agency, alone or in a line of credits."""
    own = {match_key(name) for name in telling.names}
    for credit in telling.credited:
        key = match_key(credit)
        if key not in own and any(key == match_key(name) for name in other.names):
            return True
    return any(_is_named(credit, other.names) for credit in telling.credited)


def _mentions(telling: Telling, other: Telling) -> bool:
    return _is_named(telling.says, other.names)


def _is_named(text: str, names: Sequence[str]) -> bool:
    """Whether one of the names is in a text, as whole words; initials in capitals only."""
    spaced = f" {' '.join(words(match_key(text)))} "
    for name in names:
        sought = " ".join(words(match_key(name)))
        if len(sought) > INITIALS and f" {sought} " in spaced:
            return True
        if (
            name.isascii()
            and name.isupper()
            and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        ):
            return True
    return False


def _earliest(tellings: Sequence[Telling]) -> Telling:
    return min(tellings, key=lambda told: (told.published or told.arrived, told.arrived))


def _key(url: str) -> str:
    try:
        return url_key(url)
    except UnusableURL:
        return url
