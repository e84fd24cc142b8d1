"""One batch, one transaction: all of it, fenced host by host.

lock the hosts in order of id ── token still ours? ──no──▶ that host's rows are dropped
  │
  ├─ entries ▶ pages they make due ▶ feeds ▶ poll log ▶ gaps ▶ searches, the pages they found
  ├─ what recurs ▶ articles, revisions, stories, changes (under the change lock) ▶ raw pages ▶ pages
  └─ wake the hosts that got work
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.model import Entry
from ingest.pipeline.boilerplate import apply_boilerplate
from ingest.pipeline.outcomes import FeedOutcome, PageOutcome, SearchOutcome
from ingest.pipeline.publish import publish
from ingest.storage import feed as feeds
from ingest.storage import gap as gaps
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage import removal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.pipeline.outcomes import Announced, Outcome
    from ingest.pipeline.service import Service
    from ingest.storage.queries import Connection


def commit_batch(service: Service, outcomes: Sequence[Outcome]) -> set[int]:
    """Store outcomes in one transaction.

    Returns:
        The hosts whose lease was another's by now: nothing of theirs was stored.

    Raises:
        DatabaseUnavailable: nothing was stored.
        psycopg.Error: one of BAD_ROW or IN_THE_WAY; nothing was stored.
    """
    with service.database.connection() as connection:
        lost = _fence(connection, outcomes)
        held = [outcome for outcome in outcomes if outcome.host.id not in lost]
        polled = [outcome for outcome in held if isinstance(outcome, FeedOutcome)]
        collected = [outcome for outcome in held if isinstance(outcome, PageOutcome)]
        searched = [outcome for outcome in held if isinstance(outcome, SearchOutcome)]
        _store_polls(connection, polled)
        _store_searches(connection, searched)
        store_pages(service, connection, collected)
        hosts.wake_hosts(connection, _work_for(held))
    return lost


def commit_failure(service: Service, outcome: Outcome, reason: str) -> None:
    """Store, of an outcome that cannot be stored, that it failed and why."""
    if isinstance(outcome, FeedOutcome):
        row = replace(outcome.feed, last_outcome="unstorable", last_error=reason)
        poll = replace(outcome.poll, outcome="unstorable", error=reason)
        bare: Outcome = FeedOutcome(host=outcome.host, feed=row, poll=poll)
    elif isinstance(outcome, SearchOutcome):
        bare = replace(outcome, pages=())
    else:
        page = replace(
            outcome.row, state="failed", due_at=None, last_outcome="unstorable", last_error=reason
        )
        bare = PageOutcome(
            host=outcome.host, page=outcome.page, row=page, at=outcome.at, source=outcome.source
        )
    commit_batch(service, [bare])


def _fence(connection: Connection, outcomes: Sequence[Outcome]) -> set[int]:
    """Lock every host the batch touches; return those whose lease is not ours any more."""
    touched = {outcome.host.id for outcome in outcomes} | set(_work_for(outcomes))
    tokens = hosts.lock_hosts(connection, touched)
    return {
        outcome.host.id for outcome in outcomes if tokens.get(outcome.host.id) != outcome.host.token
    }


def _work_for(outcomes: Sequence[Outcome]) -> dict[int, datetime]:
    """Return the hosts that get work from these outcomes, and when it is due."""
    due: dict[int, datetime] = {}
    for outcome in outcomes:
        work: list[tuple[int, datetime]] = []
        if isinstance(outcome, FeedOutcome):
            work = _work_of_poll(outcome)
        elif isinstance(outcome, SearchOutcome):
            work = [(page.host_id, page.due_at) for page in outcome.pages]
            work += [(row.host_id, row.search_at) for row in outcome.searches if row.search_at]
        for host_id, at in work:
            due[host_id] = min(at, due.get(host_id, at))
    return due


def _work_of_poll(outcome: FeedOutcome) -> list[tuple[int, datetime]]:
    feed, gap = outcome.feed, outcome.gap
    wanted = (found.page for found in outcome.announced if found.page)
    work = [(page.host_id, page.due_at) for page in wanted]
    if feed.host_id != outcome.host.id:  # moved: its new host has to know
        work.append((feed.host_id, feed.next_poll_at))
    if gap is not None:
        work.append((gap.host_id, gap.noticed_at))
    return work


def _store_searches(connection: Connection, outcomes: Sequence[SearchOutcome]) -> None:
    """Store how searches for lost entries stand, and the pages they found."""
    pages.make_pages_due(connection, [page for outcome in outcomes for page in outcome.pages])
    gaps.store_searches(connection, [row for outcome in outcomes for row in outcome.searches])


def _store_polls(connection: Connection, outcomes: Sequence[FeedOutcome]) -> None:
    """Store what polls learnt."""
    announced = [found for outcome in outcomes for found in outcome.announced]
    ids = feeds.store_entries(connection, _permitted(connection, announced))
    wanted = [
        replace(found.page, entry_id=entry_id)
        for found, entry_id in zip(announced, ids, strict=True)
        if found.page is not None
    ]
    pages.make_pages_due(connection, wanted)
    for outcome in outcomes:
        feeds.store_poll(connection, _movable(connection, outcome))
    feeds.log_polls(connection, [outcome.poll for outcome in outcomes])
    gaps.open_gaps(connection, [outcome.gap for outcome in outcomes if outcome.gap])


def _permitted(connection: Connection, announced: Sequence[Announced]) -> list[feeds.EntryRow]:
    """Return the entries to store: without their texts where the article was removed."""
    rows = [found.entry for found in announced]
    keys = {row.url_key for row in rows if row.url_key is not None}
    removed = removal.removed_addresses(connection, keys)
    return [
        replace(row, entry=Entry(guid=row.entry.guid, url=row.entry.url))
        if row.url_key in removed
        else row
        for row in rows
    ]


def _movable(connection: Connection, outcome: FeedOutcome) -> feeds.FeedRow:
    """Return the feed's row; one that moved to an address we follow already is retired."""
    row = outcome.feed
    other, _ = feeds.followed_at_urls(connection, [row.url]).get(row.url, (row.id, ""))
    if other == row.id:
        return row
    return replace(
        row,
        url=outcome.poll_url or row.url,
        host_id=outcome.host.id,
        retired_at=row.last_polled_at,
        last_outcome="moved",
        last_error=f"moved to {row.url}, which is followed already",
    )


def store_pages(service: Service, connection: Connection, outcomes: Sequence[PageOutcome]) -> None:
    """Store what pages brought: their bytes, what they publish, what became of the attempt."""
    outcomes = apply_boilerplate(service, connection, outcomes)
    found = publish(connection, outcomes)
    of_page = found.article_of_page
    rows = [
        replace(outcome.row, article_id=of_page.get(outcome.page.id, outcome.row.article_id))
        for outcome in outcomes
        if outcome.is_last
    ]
    removed = removal.removed_pages(connection, {row.id: row.article_id for row in rows})
    unkept = removed | found.holding_removed
    pages.archive_pages(
        connection,
        [raw for outcome in outcomes if outcome.page.id not in unkept for raw in outcome.raw],
    )
    pages.store_fetches(connection, rows)
    if removed:
        removal.erase_pages(connection, removed)
    if found.holding_removed:  # an earlier part of a document may have brought its bytes
        removal.erase_documents(connection, found.holding_removed)
