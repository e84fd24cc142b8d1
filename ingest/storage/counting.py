"""Counts for people: exact up to a bound, an estimate of the planner's beyond it.

A count reads every row it counts, and a status that takes seconds is not looked at. So a query is
counted to `COUNTED` rows; where there are more, Postgres says how many it expects, from what it
last learnt of the table (autovacuum's ANALYZE) and the size the table has now.
"""

from __future__ import annotations

from typing import Any

from ingest.storage.queries import Connection, select_value

COUNTED = 100_000  # rows; a number above it is an estimate


def count_rows(
    connection: Connection,
    query: bytes,
    params: dict[str, Any] | None = None,
    *,
    most: int = COUNTED,
    like: bytes | None = None,
) -> int:
    """Return how many rows a query has: exactly up to `most`, about so many above it.

    Args:
        connection: any.
        query: a SELECT of no columns; what it filters by must be in an index or common.
        params: of the query.
        most: the bound.
        like: a query of about as many rows that the planner knows better: it takes the filters of
            one for independent, and multiplies.
    """
    bounded = b"SELECT count(*) FROM (%b LIMIT %d) AS counted" % (query, most + 1)
    found = int(select_value(connection, bounded, params))
    return found if found <= most else max(found, expect_rows(connection, like or query, params))


def expect_rows(connection: Connection, query: bytes, params: dict[str, Any] | None = None) -> int:
    """Return how many rows the planner expects of a query, which is not run."""
    plan = select_value(connection, b"EXPLAIN (FORMAT JSON) " + query, params)
    return int(plan[0]["Plan"]["Plan Rows"])
