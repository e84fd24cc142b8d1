"""Changes: what consumers read, published under one lock so that no cursor skips any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest.storage.queries import (
    Connection,
    columns_of,
    copy_rows,
    load_queries,
    run,
    select,
    select_dicts,
    select_value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERIES = load_queries("change")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something consumers must learn."""

    at: datetime
    kind: str
    cause: str
    article: int
    source: str
    revision: int | None = None
    changed: list[str]
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConsumer:
    """A named cursor and how many changes lie after it."""

    name: str
    cursor: int
    committed_at: datetime
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Whoever holds the change lock: a writer at work, or one that hangs.

    Attributes:
        name: what the session calls itself.
        state: `active`, or `idle in transaction` for one that does nothing with it.
        seconds: since its transaction began; None where the role may not see it.
        waiting: how many others want the lock.
    """

    pid: int
    name: str | None
    state: str | None
    seconds: float | None
    waiting: int


def change_lock(connection: Connection) -> LockHolder | None:
    """Return who holds the change lock now; None where nobody does."""
    found = select(connection, LockHolder, QUERIES["change_lock"])
    return found[0] if found else None


def lock_changes(connection: Connection) -> None:
    """Be the only one to identify articles and publish changes until the transaction ends."""
    run(connection, QUERIES["lock_changes"])


def publish_changes(connection: Connection, changes: Sequence[Change]) -> list[int]:
    """Publish changes in order and ring the bell once; the change lock must be held.

    Returns:
        The ids handed out, rising.
    """
    if not changes:
        return []
    drawn = connection.execute(QUERIES["draw_change_ids"], {"count": len(changes)}).fetchall()
    ids = [row[0] for row in drawn]
    rows = [columns_of(change) | {"id": id_} for id_, change in zip(ids, changes, strict=True)]
    copy_rows(connection, QUERIES["publish_changes"], rows)
    run(connection, QUERIES["notify_consumers"], {"newest": ids[-1]})
    return ids


def changes_after(connection: Connection, after: int, *, most: int = 500) -> list[dict[str, Any]]:
    """Return the changes after a cursor, oldest first, each with its article; a column a key."""
    return select_dicts(connection, QUERIES["changes_after"], {"after": after, "most": most})


def revision_before(connection: Connection, article: int, change: int) -> int | None:
    """Return the newest revision of an article that consumers were told of before a change."""
    params = {"article": article, "change": change}
    number: int | None = select_value(connection, QUERIES["revision_before"], params)
    return number


def newest_change(connection: Connection) -> int:
    """Return the id of the newest change; 0 where there is none."""
    return int(select_value(connection, QUERIES["newest_change"]))


def listen_for_changes(connection: Connection) -> None:
    """Ask to be told of new changes on this connection, which must be in autocommit."""
    connection.execute("LISTEN khabar")


def wait_for_change(connection: Connection, seconds: float) -> None:
    """Return when a change may have come, or after so many real seconds; only a hint."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        return


def list_consumers(connection: Connection) -> list[ListedConsumer]:
    """Return the named cursors."""
    return select(connection, ListedConsumer, QUERIES["list_consumers"])


def drop_consumer(connection: Connection, name: str) -> bool:
    """Forget a named cursor; False if there is none."""
    return run(connection, QUERIES["drop_consumer"], {"name": name}) == 1
