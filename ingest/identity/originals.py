"""Which of the articles of a story is likely the original, and why.

    one names another's address as what it is based on  ─▶ that one
    others sign with one member's agency                ─▶ that agency's earliest
    else                                                ─▶ the one published first

What articles say of themselves outweighs clocks: a copy is often dated before its original.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.errors import UnusableURL
from ingest.text import match_key
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An article of a story, as far as it tells where the story came from.

    Attributes:
        article: its id.
        source: slug of its source.
        names: under which other agencies credit its source, such as ("AA", "Anadolu").
        urls: every address it is known under.
        credited: the agency that signs it, as written.
        based_on: the address it names as its basis (schema.org isBasedOn).
        published: aware; None where no date is known.
        arrived: when it was first seen; aware.
    """

    article: str
    source: str
    names: tuple[str, ...]
    urls: tuple[str, ...]
    credited: str | None
    based_on: str | None
    published: datetime | None
    arrived: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The article a story likely began with; `reason` in words, for people."""

    article: str
    reason: str


def likely_original(tellings: Sequence[Telling]) -> Original:
    """Return which of a story's articles, at least one, is likely its original."""
    if (named := _named_basis(tellings)) is not None:
        return Original(article=named.article, reason="named as what another is based on")
    source, count = _credited_source(tellings)
    if source is not None:
        own = [telling for telling in tellings if telling.source == source]
        reason = f"{source} is credited by {count} of {len(tellings) - len(own)} others"
        return Original(article=_earliest(own).article, reason=reason)
    first = _earliest(tellings)
    return Original(
        article=first.article, reason="published first" if first.published else "seen first"
    )


def _named_basis(tellings: Sequence[Telling]) -> Telling | None:
    holders = {_key(url): telling for telling in tellings for url in telling.urls}
    named = (holders.get(_key(telling.based_on)) for telling in tellings if telling.based_on)
    return next((telling for telling in named if telling is not None), None)


def _credited_source(tellings: Sequence[Telling]) -> tuple[str | None, int]:
    """Return the member source that most others sign with, and how many do."""
    sources = {match_key(name): told.source for told in tellings for name in told.names}
    votes: Counter[str] = Counter()
    for telling in tellings:
        source = sources.get(match_key(telling.credited or ""))
        if source is not None and source != telling.source:
            votes[source] += 1
    return votes.most_common(1)[0] if votes else (None, 0)


def _earliest(tellings: Sequence[Telling]) -> Telling:
    return min(tellings, key=lambda told: (told.published or told.arrived, told.arrived))


def _key(url: str) -> str:
    try:
        return url_key(url)
    except UnusableURL:
        return url
