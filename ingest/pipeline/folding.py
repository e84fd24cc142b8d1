"""Two articles that a page shows to be one: the later is folded into the earlier.

    page ── its number, its addresses, their twins ──▶ several articles of its source
              │  each tells what the page tells, and all of them one another;
              │  no number of the agency's speaks against it
              ▼
    the earliest stays ◀── addresses, number, a newer text ── the others
                                              others: `folded`, in no view any more; consumers
                                              are told `withdrawn`, and `of` names the earliest

Where the texts disagree nothing is folded: an address that a page names wrongly makes no two
articles one. Which page came first makes no difference to what is one in the end.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from ingest.identity.articles import confirms_twin, may_share_number
from ingest.identity.revisions import what_changed
from ingest.pipeline.ledger import advance, article_of, change_of
from ingest.pipeline.stories import forget_article
from ingest.storage import folding, search
from ingest.storage import story as stories
from ingest.storage.article import LearntKeys, NewRevision
from ingest.storage.folding import FoldedArticle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.pipeline.ledger import Ledger
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.storage.article import CurrentRevision
    from ingest.storage.queries import Connection

SHOWN = ("live", "withdrawn")


def fold(ledger: Ledger, outcome: PageOutcome, found: Sequence[int]) -> int:
    """Fold into one the articles that a page leads to, as far as their texts confirm it.

    Args:
        ledger: knows the articles.
        outcome: of a page, with its text.
        found: articles, the one that the page is of first.

    Returns:
        The article that the page is of now.
    """
    return _fold_alike(ledger, outcome, ledger.current[found[0]], found[1:])


def fold_twins(ledger: Ledger, outcome: PageOutcome, article_id: int, twins: Sequence[int]) -> int:
    """Fold the article of a page with those under twins of its addresses that tell the same by now.

    What the page itself said before does not count: its text has become another.

    Args:
        ledger: knows the articles.
        outcome: of a page, with its text.
        article_id: the article that the page is of.
        twins: the articles.

    Returns:
        The article that the page is of now.
    """
    current = ledger.current[article_id]
    if current.article is not None and current.page_id == outcome.page.id:
        current = replace(current, article=article_of(outcome))
    return _fold_alike(ledger, outcome, current, twins)


def _fold_alike(
    ledger: Ledger, outcome: PageOutcome, first: CurrentRevision, others: Sequence[int]
) -> int:
    """Fold into one an article and those of the others that tell the same, all with all."""
    one = [first]
    for article_id in others:
        other = ledger.current[article_id]
        if all(_are_one(outcome, kept, other) for kept in one):
            one.append(other)
    into, *gone = sorted(current.article_id for current in one)
    for article_id in gone:
        _fold_into(ledger, outcome, into, article_id)
    return into


def _are_one(outcome: PageOutcome, one: CurrentRevision, other: CurrentRevision) -> bool:
    """Whether two articles of a page's source tell the same, and the same as the page."""
    if one.source_id != other.source_id or not may_share_number(one.agency_key, other.agency_key):
        return False
    texts = [article_of(outcome).body]
    for current in (one, other):
        if current.article is None or current.state not in SHOWN or current.wire is not None:
            return False
        texts.append(current.article.body)
    return all(confirms_twin(*pair) for pair in combinations(texts, 2))


def _fold_into(ledger: Ledger, outcome: PageOutcome, into: int, gone: int) -> None:
    one, other = ledger.current[into], ledger.current[gone]
    ledger.fold(FoldedArticle(id=gone, into=into, at=outcome.at))
    if other.story_id is not None:  # else it was made in this batch, and nobody has seen it
        folded = ledger.current[gone]
        ledger.changes.append(change_of(outcome, folded, "withdrawn", [folded.state]))
        ledger.shared.add(other.story_id)
    if one.agency_key is None and other.agency_key is not None:
        one = replace(one, agency_key=other.agency_key)
        ledger.learnt.append(LearntKeys(id=into, canonical=None, agency_key=other.agency_key))
    ledger.current[into] = one
    _take_text(ledger, outcome, one, other)


def _take_text(
    ledger: Ledger, outcome: PageOutcome, one: CurrentRevision, other: CurrentRevision
) -> None:
    """Let an article have the newest text of the other, if that is news to it."""
    if other.page_id == outcome.page.id:  # it says anew what it has to say
        return
    if one.article is None or other.article is None or other.digests[-1] in one.digests:
        return
    if one.fetched_at and other.fetched_at and other.fetched_at < one.fetched_at:
        return
    taken = replace(
        one,
        revision=one.revision + 1,
        digests=[*one.digests, other.digests[-1]],
        article=other.article,
        page_id=other.page_id,
        fetched_at=other.fetched_at,
    )
    ledger.current[one.article_id] = taken
    ledger.revisions.append(
        NewRevision(
            article_id=one.article_id,
            number=taken.revision,
            cause=outcome.page.cause,
            digest=taken.digests[-1],
            article=other.article,
            page_id=other.page_id,
            fetched_at=other.fetched_at or outcome.at,
            stored_at=outcome.at,
        )
    )
    ledger.advances[one.article_id] = advance(taken, outcome, None)
    if taken.story_id is not None:
        what = [*what_changed(one.article, other.article)]
        ledger.changes.append(change_of(outcome, taken, "revised", what))


def forget_folded(connection: Connection, ledger: Ledger) -> None:
    """Let nothing lead to folded articles any more: stories, the index, search."""
    gone = [folded.id for folded in ledger.folded_now]
    if not gone:
        return
    folding.follow_folds(connection, ledger.folded_now, stories.stories_of(connection, gone))
    for article_id in gone:
        forget_article(connection, article_id)
        search.forget_words(connection, article_id)
