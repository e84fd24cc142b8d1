"""What needs a person: opened when it is seen, told once, ended when it is seen no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.storage.queries import (
    Connection,
    columns_of,
    load_queries,
    run,
    run_many,
    select,
    select_dicts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

QUERIES = load_queries("trouble")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that a person should look at.

    Attributes:
        kind: in one word; with `subject` it is how an open trouble is known again.
        subject: whom it concerns: an agency, a feed, a machine.
        sentence: what is wrong.
        cure: the command that helps, or shows more.
        since: when it was first seen (virtual).
    """

    kind: str
    subject: str
    sentence: str
    cure: str
    since: datetime


def open_troubles(connection: Connection, *, most: int = 50) -> list[Trouble]:
    """Return what needs a person now, the newest first."""
    return select(connection, Trouble, QUERIES["open_troubles"], {"most": most})


def open_trouble(connection: Connection, trouble: Trouble, *, is_told: bool = False) -> None:
    """Open a trouble, or bring the words of the open one up to date."""
    run(connection, QUERIES["open_trouble"], columns_of(trouble) | {"is_told": is_told})


def end_trouble(connection: Connection, trouble: Trouble, *, at: datetime) -> None:
    """End a trouble if it is open."""
    run(connection, QUERIES["end_trouble"], columns_of(trouble) | {"at": at})


def keep_troubles(
    connection: Connection, kinds: Collection[str], seen: Sequence[Trouble], *, at: datetime
) -> None:
    """Open what is seen; end what is open of these kinds and seen no more."""
    rows = [columns_of(trouble) | {"is_told": False} for trouble in seen]
    run_many(connection, QUERIES["open_trouble"], rows)
    params = {
        "kinds": sorted(kinds),
        "seen": [f"{trouble.kind} {trouble.subject}" for trouble in seen],
        "at": at,
    }
    run(connection, QUERIES["end_unseen"], params)


def untold_trouble(connection: Connection, *, but: Collection[int]) -> tuple[int, Trouble] | None:
    """Return an open trouble that nobody was told of, locked until the transaction ends."""
    rows = select_dicts(connection, QUERIES["untold_trouble"], {"but": list(but)})
    return None if not rows else (rows[0].pop("id"), Trouble(**rows[0]))


def mark_told(connection: Connection, number: int, *, at: datetime) -> None:
    """Note that a trouble was told."""
    run(connection, QUERIES["mark_told"], {"id": number, "at": at})


def forget_troubles(connection: Connection, *, before: datetime) -> int:
    """Delete troubles that ended before an instant; return how many."""
    return run(connection, QUERIES["forget_troubles"], {"before": before})
