"""What only time asks for: partitions ahead, old log lines gone, the price of a poll.

Asked for often, done when the fleet's own clock says that it is due; two that run at once do
the same work twice and no harm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.identity import WINDOW
from ingest.pipeline.service import POLL_PRICE
from ingest.polling import PollState, fleet_price
from ingest.storage import status

if TYPE_CHECKING:
    from ingest.pipeline.service import Service

log = structlog.get_logger(__name__)

LAST_RUN = "upkeep.last_run"  # virtual, seconds since 1970


def run_upkeep(service: Service) -> bool:
    """Do upkeep if it is due; return whether it was."""
    now, settings = service.clock.now(), service.settings
    with service.database.connection() as connection:
        last = status.fleet_number(connection, LAST_RUN)
        if last is not None and now.timestamp() - last < settings.upkeep.total_seconds():
            return False
        status.set_fleet_number(connection, LAST_RUN, now.timestamp(), at=now)
        status.add_partitions(connection, at=now)
        status.drop_partitions(connection, "poll", before=now - settings.poll_retention)
        forgotten = status.drop_old_polls(connection, before=now - settings.poll_retention)
        status.drop_partitions(connection, "raw_page", before=now - settings.raw_retention)
        for parent in ("sketch", "posting"):
            status.drop_partitions(connection, parent, before=now - WINDOW - timedelta(days=1))
        states = [PollState.from_json(state) for state, _, _ in status.poll_states(connection)]
        budget = min(settings.poll_budget, settings.feed_budget * len(states))
        price = fleet_price(states, budget, cadence=settings.cadence)
        status.set_fleet_number(connection, POLL_PRICE, price, at=now)
    log.info("upkeep.done", polls_forgotten=forgotten, price=price, feeds=len(states))
    return True
