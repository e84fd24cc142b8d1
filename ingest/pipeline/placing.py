"""What an item of a wire does to its article: shown, brought forward, held back, taken back.

    no article yet ── usable ─▶ made        held back ─▶ made, and seen by nobody
    an article     ── newer ──▶ brought forward          held back, canceled ─▶ seen no more
                      older ──▶ nothing

What counts as newer says `identity.versions`. An article that a person had removed stays removed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ingest.identity.articles import is_corrected
from ingest.identity.revisions import what_changed
from ingest.identity.versions import Standing, Step, newest, next_step
from ingest.pipeline.ledger import (
    add_article,
    advance,
    change_of,
    new_revision,
    standing_of,
    url_of,
)
from ingest.storage.article import ArticleURL, CurrentRevision, NewArticle
from ingest.wires.door import is_named_by_bytes

if TYPE_CHECKING:
    from ingest.identity.articles import ArticleKeys
    from ingest.pipeline.ledger import Ledger
    from ingest.pipeline.outcomes import Dispatch, PageOutcome

PASSING: Final = frozenset({"version", "released", "signals", "oddities"})  # of each version


def find_corrected(ledger: Ledger, outcome: PageOutcome) -> int | None:
    """Return the article that a file without an id told before, if it tells the same now."""
    current = ledger.current.get(outcome.page.article_id or 0)
    if outcome.dispatch is None or not outcome.dispatch.is_nameless or current is None:
        return None
    if not is_named_by_bytes(current.agency_key or ""):
        return None
    if current.state == "removed":
        return current.article_id
    if current.article is None or outcome.article is None:
        return None
    is_same = is_corrected(outcome.article.body, current.article.body)
    return current.article_id if is_same else None


def place_item(
    ledger: Ledger, outcome: PageOutcome, dispatch: Dispatch, keys: ArticleKeys, article_id: int
) -> bool:
    """Do what an item of a wire means for its article; return whether it has a new text."""
    current = ledger.current.get(article_id)
    if current is not None and current.state == "removed":
        return False
    known = None
    if current is not None:
        known = Standing(version=current.wire_version, released=current.wire_at)
    step = next_step(dispatch.standing, known, dispatch.status)
    if step is Step.NOTHING or (step is Step.PUBLISH and dispatch.article is None):
        return False
    if step is not Step.PUBLISH:
        _hold_back(ledger, outcome, keys, current, article_id, step)
        return False
    if current is None:
        return add_article(ledger, outcome, keys, article_id)
    return _bring_forward(ledger, outcome, current, newest(dispatch.standing, known))


def _hold_back(
    ledger: Ledger,
    outcome: PageOutcome,
    keys: ArticleKeys,
    current: CurrentRevision | None,
    article_id: int,
    step: Step,
) -> None:
    """Let an item be seen no more, or never; consumers are told if they have seen it."""
    state = "withdrawn" if step is Step.WITHDRAW else "withheld"
    standing = standing_of(outcome)
    if current is None:
        _add_unseen(ledger, outcome, keys, article_id, state)
        return
    held = _at(replace(current, state=state), standing)
    ledger.current[article_id] = held
    ledger.advances[article_id] = advance(held, outcome, None)
    if current.state == "live" and current.story_id is not None:
        ledger.changes.append(change_of(outcome, held, "withdrawn", [state]))


def _add_unseen(
    ledger: Ledger, outcome: PageOutcome, keys: ArticleKeys, article_id: int, state: str
) -> None:
    """Make the article of an item that nobody may see, so that a late older version is known."""
    standing = standing_of(outcome)
    made = NewArticle(
        id=article_id,
        source_id=outcome.page.source_id,
        agency_key=keys.number,
        url=url_of(outcome),
        canonical=None,
        at=outcome.at,
        state=state,
        revision=0,
        wire_version=standing.version,
        wire_at=standing.released,
    )
    ledger.new_articles.append(made)
    ledger.of_agency_key[(made.source_id, keys.number or "")] = article_id
    ledger.current[article_id] = CurrentRevision(
        article_id=article_id,
        source_id=made.source_id,
        state=state,
        revision=0,
        story_id=None,
        url=made.url,
        canonical=None,
        agency_key=made.agency_key,
        digests=[],
        article=None,
        wire_version=standing.version,
        wire_at=standing.released,
    )


def _bring_forward(
    ledger: Ledger, outcome: PageOutcome, current: CurrentRevision, standing: Standing
) -> bool:
    """Store an item's newer version, if it says anything else than the one that is shown."""
    revision = new_revision(outcome, current.article_id, current.revision + 1)
    old = current.article
    is_new_text = not current.digests or current.digests[-1] != revision.digest
    changed = [] if old is None else [*what_changed(old, revision.article)]
    if current.revision and _lasting(current.wire) != _lasting(revision.wire):
        changed.append("wire")
    is_new = is_new_text or bool(changed)
    is_back = current.state != "live"
    was_shown = current.story_id is not None
    current = _at(replace(current, state="live"), standing)
    if is_new:
        ledger.revisions.append(revision)
        current = replace(
            current,
            revision=revision.number,
            digests=[*current.digests, revision.digest],
            article=revision.article,
            wire=revision.wire,
        )
    ledger.current[current.article_id] = current
    ledger.advances[current.article_id] = advance(current, outcome, None)
    if was_shown and (is_new or is_back):
        back = ["returned"] if is_back else []
        ledger.changes.append(change_of(outcome, current, "revised", [*changed, *back]))
    return is_new_text or not was_shown


def _lasting(facts: dict[str, Any] | None) -> dict[str, Any]:
    """Return a wire's facts without those that differ in every version."""
    return {name: value for name, value in (facts or {}).items() if name not in PASSING}


def _at(current: CurrentRevision, standing: Standing) -> CurrentRevision:
    return replace(
        current,
        wire_version=current.wire_version if standing.version is None else standing.version,
        wire_at=standing.released or current.wire_at,
    )


def held_by(outcome: PageOutcome, article_id: int) -> ArticleURL:
    """Return that a document holds an article though it brought nothing new of it.

    Whoever removes the article has to find the document's bytes.
    """
    page = outcome.page
    return ArticleURL(
        url_key=f"{page.url_key}#{article_id}",
        twins=article_id,
        article_id=article_id,
        url=page.url,
        why="announced",
        seen_at=outcome.at,
    )
