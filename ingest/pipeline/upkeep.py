"""What only time asks for, step by step, each a transaction of its own.

    clock        what would wait because a clock was set back is due
    partitions   ahead, and those past retention gone: poll log, raw pages, the story index;
                 what waits for the end of an embargo is brought over first
    retention    raw pages of agencies that declare a time of their own, in small batches
    price        what a poll costs the whole fleet, and each host that would be asked too often
    troubles     what needs a person: looked for, kept, ended

Asked for often, done when the fleet's own clock says that it is due; two that run at once do the
same work twice and no harm. A step that fails leaves the others alone, and is due again next time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.errors import DatabaseUnavailable
from ingest.identity import WINDOW
from ingest.pipeline.network import forget_machines
from ingest.pipeline.searching import index_texts
from ingest.pipeline.service import POLL_PRICE
from ingest.pipeline.troubles import look_for_troubles
from ingest.polling import PollState, fleet_price, host_prices
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage import source as sources
from ingest.storage import status
from ingest.storage import trouble as troubles
from ingest.storage.database import BAD_ROW, IN_THE_WAY

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.pipeline.service import Service

log = structlog.get_logger(__name__)

LAST_RUN = "upkeep.last_run"  # virtual, seconds since 1970
BATCH = 5_000  # rows deleted in one transaction: vacuum keeps up, nobody waits
CLOCKS_AGREE = timedelta(minutes=1)
TROUBLES_KEPT = timedelta(days=90)  # after their end


def run_upkeep(service: Service) -> bool:
    """Do upkeep if it is due; return whether it was.

    Raises:
        DatabaseUnavailable: before anything was done.
    """
    now = service.clock.now()
    if not _take_turn(service, now):
        return False
    for step in STEPS:
        try:
            found = step(service, now)
        except (DatabaseUnavailable, *BAD_ROW, *IN_THE_WAY) as error:
            log.warning("upkeep.failed", step=step.__name__, reason=str(error))
        else:
            log.info("upkeep.done", step=step.__name__, found=found)
    return True


def _take_turn(service: Service, now: datetime) -> bool:
    with service.database.connection() as connection:
        last = status.fleet_number(connection, LAST_RUN)
        since = None if last is None else now.timestamp() - last
        if since is not None and 0 <= since < service.settings.upkeep.total_seconds():
            return False
        status.set_fleet_number(connection, LAST_RUN, now.timestamp(), at=now)
    return True


def keep_partitions(service: Service, now: datetime) -> int:
    """Make partitions ahead, drop those past retention; return how many poll lines went."""
    settings = service.settings
    with service.database.connection() as connection:
        status.add_partitions(connection, at=now)
        status.drop_partitions(connection, "poll", before=now - settings.poll_retention)
        longest = max([settings.raw_retention, *sources.retentions(connection)])
        pages.carry_embargoed_over(connection, before=now - longest, now=now)
        status.drop_partitions(connection, "raw_page", before=now - longest)
        for parent in ("sketch", "posting"):
            status.drop_partitions(connection, parent, before=now - WINDOW - timedelta(days=1))
        return status.drop_old_polls(connection, before=now - settings.poll_retention)


def keep_retentions(service: Service, now: datetime) -> int:
    """Delete raw pages that whole partitions kept too long; return how many went.

    Only where an agency declares a retention: else a month's partition goes when all of it may.
    """
    with service.database.connection() as connection:
        if not sources.retentions(connection):
            return 0
    return prune_raw_pages(service, now, service.settings.raw_retention, shortest=False)


def prune_raw_pages(
    service: Service, now: datetime, retention: timedelta, *, shortest: bool = True
) -> int:
    """Delete raw pages past a retention, in small batches; return how many went.

    Args:
        service: whose database.
        now: virtual.
        retention: how long they are kept.
        shortest: whether it also cuts short what an agency declares longer.
    """
    gone = 0
    while True:
        with service.database.connection() as connection:
            went = pages.drop_raw_pages(
                connection, now=now, retention=retention, batch=BATCH, shortest=shortest
            )
        gone += went
        if went < BATCH:
            return gone


def prune_polls(service: Service, before: datetime) -> int:
    """Delete lines of the poll log from before an instant; return how many went."""
    with service.database.connection() as connection:
        status.drop_partitions(connection, "poll", before=before)
        return status.drop_old_polls(connection, before=before)


def set_price(service: Service, now: datetime) -> float:
    """Set what a poll costs the whole fleet, and more at hosts it would ask too often."""
    settings = service.settings
    with service.database.connection() as connection:
        by_host: dict[int, list[PollState | None]] = {}
        for host_id, state in status.poll_states(connection):
            by_host.setdefault(host_id, []).append(PollState.from_json(state))
        states = [state for found in by_host.values() for state in found]
        budget = min(settings.poll_budget, settings.feed_budget * len(states))
        price = fleet_price(states, budget, cadence=settings.cadence)
        dearer = host_prices(by_host, price, settings.host_budget, cadence=settings.cadence)
        status.set_fleet_number(connection, POLL_PRICE, price, at=now)
        hosts.set_poll_prices(connection, dearer)
    return price


def find_troubles(service: Service, now: datetime) -> int:
    """Look for what needs a person; return how many there are."""
    found = look_for_troubles(service, now)
    with service.database.connection() as connection:
        troubles.forget_troubles(connection, before=now - TROUBLES_KEPT)
        forget_machines(connection, now)
    return len(found)


def index_words(service: Service, now: datetime) -> int:  # noqa: ARG001 - a step's signature
    """Index the texts that nobody came to after their batch; return how many."""
    return index_texts(service.database)


def follow_clock(service: Service, now: datetime) -> int:
    """Make due what was last done in the future: a clock was set back, and would be waited for."""
    with service.database.connection() as connection:
        return feeds.make_due_from_future(connection, now=now, patience=CLOCKS_AGREE)


STEPS = (
    follow_clock,
    keep_partitions,
    keep_retentions,
    set_price,
    index_words,
    find_troubles,
)
