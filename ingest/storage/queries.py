"""Named queries, read once from `sql/<table>.sql`.

A block begins with a line `-- name --`; comment lines after it are for people.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.rows import class_row, dict_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Connection = psycopg.Connection[Any]
Row = TypeVar("Row")

_HEADING = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_COPIED = re.compile(rb"\((.+?)\)\s+FROM STDIN$", re.DOTALL)


@cache
def load_queries(table: str) -> dict[str, bytes]:
    """Return the queries of one file by name; as bytes, which psycopg takes without escaping."""
    text = files(__package__).joinpath("sql", f"{table}.sql").read_text("utf-8")
    _, *blocks = _HEADING.split(text)
    return {
        name: sql.strip().removesuffix(";").encode()
        for name, sql in zip(blocks[::2], blocks[1::2], strict=True)
    }


def select(
    connection: Connection, kind: type[Row], query: bytes, params: dict[str, Any] | None = None
) -> list[Row]:
    """Run a query and return its rows as values of one class."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, params).fetchall()


def select_dicts(
    connection: Connection, query: bytes, params: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run a query and return its rows as dicts, a column a key."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, params).fetchall()


def select_value(connection: Connection, query: bytes, params: dict[str, Any] | None = None) -> Any:
    """Return the first cell of the first row; None where there is no row."""
    row = connection.execute(query, params).fetchone()
    return None if row is None else row[0]


def run(connection: Connection, query: bytes, params: dict[str, Any] | None = None) -> int:
    """Run a statement and return how many rows it touched."""
    return connection.execute(query, params).rowcount


def columns_of(row: Any) -> dict[str, Any]:
    """Return the fields of a frozen value by name, as parameters of a query.

    As they are: `dataclasses.asdict` copies every list and time, which cost more than sending them.
    """
    return {name: getattr(row, name) for name in type(row).__slots__}


def run_many(connection: Connection, query: bytes, rows: list[dict[str, Any]]) -> None:
    """Run a statement for each of many parameter sets, in one pipeline."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(query, rows)


def copy_rows(connection: Connection, query: bytes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows by a `COPY table (columns) FROM STDIN`, which costs less than an INSERT for each."""
    if not rows:
        return
    names = _copied_columns(query)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


@cache
def _copied_columns(query: bytes) -> tuple[str, ...]:
    found = _COPIED.search(query)
    if found is None:
        raise ValueError(f"no COPY that names its columns: {query.decode()}")
    return tuple(name.strip() for name in found[1].decode().split(","))


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows of the same columns as a list for each column, for a query that unnests them."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def select_many(
    connection: Connection, query: bytes, rows: list[dict[str, Any]]
) -> list[tuple[Any, ...] | None]:
    """The same, returning the one row that each run returns, or None."""
    if not rows:
        return []
    answers: list[tuple[Any, ...] | None] = []
    with connection.cursor() as cursor:
        cursor.executemany(query, rows, returning=True)
        answers.append(cursor.fetchone())
        while cursor.nextset():
            answers.append(cursor.fetchone())
    return answers
