"""How long a worker's claim takes: 100 hosts that are due, among few and among a million.

    python -m benchmarks.claims

A Postgres of its own is filled with hosts, ANALYZEd, and asked by the product's own function.
Each claim is committed, and the next one finds 100 others due. The rival of the largest is the same
claim without the index on what is due.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.figures import Figure, print_table
from benchmarks.postgres import open_database, open_postgres
from ingest.storage.host import claim_due_hosts
from ingest.storage.queries import Connection

NOW = datetime(2025, 11, 17, 9, tzinfo=UTC)
DUE = 100
CLAIMS = 31
COUNTS = (10_000, 1_000_000)

# Every host has its time, a week of them from the first on; one in a hundred is held by a worker.
FILL = """
INSERT INTO ingest.host (name, due_at, leased_until)
SELECT 'host' || number || '.example',
       %(first)s + number %% 604800 * interval '1 second',
       CASE WHEN number %% 100 = 1 THEN %(now)s + interval '15 seconds' END
  FROM generate_series(1, %(hosts)s) AS number
"""
FALL_DUE = """
UPDATE ingest.host
   SET due_at = %(now)s - id %% 60 * interval '1 second',
       leased_until = NULL
 WHERE id = ANY(%(ids)s)
"""


def claim(connection: Connection) -> float:
    """Claim, check that all are ours, commit; return the claim's own milliseconds."""
    until = NOW + timedelta(seconds=15)
    began = time.perf_counter()
    claimed = claim_due_hosts(
        connection,
        now=NOW,
        real_now=NOW,
        leased_until=until,
        due_again=until,
        batch=DUE,
        worker="bench",
    )
    spent = time.perf_counter() - began
    assert len(claimed) == DUE
    connection.commit()
    return spent * 1000


def median_of_claims(
    url: str, hosts: int, *, backlog: bool = False, indexed: bool = True, claims: int = CLAIMS
) -> float:
    """Return the median milliseconds of a claim among so many hosts, all due if `backlog`."""
    with psycopg.connect(url) as connection:
        first = NOW - timedelta(days=8) if backlog else NOW + timedelta(minutes=1)
        connection.execute(FILL, {"now": NOW, "first": first, "hosts": hosts})
        if not indexed:
            connection.execute("DROP INDEX ingest.host_due")
        connection.execute("ANALYZE ingest.host")
        connection.commit()
        found, step = [], hosts // DUE
        for number in range(1, claims + 1):
            if not backlog:
                ids = list(range(number, hosts + 1, step))[:DUE]
                connection.execute(FALL_DUE, {"now": NOW, "ids": ids})
                connection.commit()
            found.append(claim(connection))
    return statistics.median(found)


def measure() -> list[Figure]:
    """Fill a database for each count, and time the claims."""
    figures = []
    with open_postgres() as server:
        for hosts in COUNTS:
            with open_database(server, "bench_claims") as url:
                spent = median_of_claims(url, hosts)
            figures.append(Figure(what=f"claim {DUE} due among {hosts:,}", value=spent, unit="ms"))
        with open_database(server, "bench_claims") as url:
            without = median_of_claims(url, COUNTS[-1], indexed=False, claims=3)
        figures[-1] = replace(
            figures[-1], rival="no index", rival_value=without, less_is_better=True
        )
        with open_database(server, "bench_claims") as url:
            spent = median_of_claims(url, COUNTS[-1], backlog=True)
        what = f"claim {DUE} when all {COUNTS[-1]:,} are due"
        figures.append(Figure(what=what, value=spent, unit="ms"))
    return figures


def main() -> None:
    """Print the table."""
    print_table(measure())


if __name__ == "__main__":
    main()
