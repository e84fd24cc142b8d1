"""Tables that fit, JSON that is valid whatever it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.markup import render

from ingest.cli.show import (
    CHANGE_FIELDS,
    ago,
    change_json,
    change_line,
    counted,
    isolated,
    json_text,
    make_table,
    moment_text,
    print_facts,
    reason_of,
)
from ingest.clock import Clock

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "thing", "said"),
    [
        (1, "story", "1 story"),
        (0, "story", "0 stories"),
        (2, "address", "2 addresses"),
        (12, "page", "12 pages"),
    ],
)
def test_things_are_counted_as_people_do(number, thing, said):
    assert counted(number, thing) == said


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: float
    at: datetime


def drawn(width, columns, rows):
    """Return a table's lines as a terminal of so many columns shows them."""
    console = Console(width=width)
    with console.capture() as seen:
        console.print(make_table(columns, rows, width=width))
    return seen.get().splitlines()


def test_json_is_valid_whatever_it_holds():
    value = {
        "nan": float("nan"),
        "inf": [float("-inf"), 1.5],
        "surrogate": "\ud800",
        "point": Point(float("inf"), NOON),
        "day": date(2026, 3, 4),
        "wait": timedelta(minutes=1),
        "bytes": b"\xff",
        "set": frozenset({1}),
        "colour": Colour.RED,
        "odd": Point,
        3: None,
    }

    found = json.loads(json_text(value), parse_constant=pytest.fail)

    assert found == {
        "nan": None,
        "inf": [None, 1.5],
        "surrogate": "\ud800",
        "point": {"x": None, "at": "2026-03-04T12:00:00+00:00"},
        "day": "2026-03-04",
        "wait": 60.0,
        "bytes": "ff",
        "set": [1],
        "colour": "red",
        "odd": str(Point),
        "3": None,
    }


def test_json_keeps_letters_as_they_are():
    assert json_text({"title": "خبر"}) == '{"title": "خبر"}'


@given(st.integers(40, 160), st.lists(st.tuples(st.text(), st.text(), st.integers()), max_size=4))
def test_a_table_fits_its_terminal(width, rows):
    for first in ("first", "source"):
        lines = drawn(width, (first, "second", "#number"), rows)

        assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize(("width", "shown"), [(48, "independent-arabia"), (30, "indepen…")])
def test_what_other_commands_ask_for_is_cut_last(width, shown):
    rows = [("independent-arabia", "Independent Arabia", "Asia/Riyadh")]

    _, line = drawn(width, ("source", "name", "zone"), rows)

    assert line.split()[0] == shown


def test_narrow_columns_stay_whole_and_wide_ones_are_cut():
    lines = drawn(40, ("#n", "state", "address"), [(12345, "paused", "https://a.example/" * 9)])

    assert lines[1].startswith("12345  paused  https://")
    assert lines[1].rstrip().endswith("…")


def test_wide_columns_share_what_is_left():
    (_, row) = drawn(46, ("#n", "one", "two"), [(1, "a" * 90, "b" * 90)])

    assert abs(row.count("a") - row.count("b")) <= 1
    assert row.count("a") > 15


def test_cells_say_what_values_mean_and_no_markup():
    lines = drawn(
        80, ("a", "b", "c", "d"), [(None, True, NOON, "[bold]x[/]\n y"), (0, False, 1, 2)]
    )

    assert lines[1].split() == ["yes", "2026-03-04", "12:00", "[bold]x[/]", "y"]
    assert lines[2].split() == ["0", "no", "1", "2"]


def test_right_to_left_texts_keep_their_direction_to_themselves():
    assert isolated("خبر عاجل") == "\u2068خبر عاجل\u2069"
    assert isolated("Haber") == "Haber"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 m ago"),
        (7200, "2 h ago"),
        (3 * 86400, "3 d ago"),
        (-90, "in 2 m"),
    ],
)
def test_times_are_said_as_people_say_them(seconds, said):
    clock = Clock(epoch=datetime.now(UTC), speed=1e-9)  # it stands as good as still

    assert ago(clock.now() - timedelta(seconds=seconds), clock) == said


def test_what_never_was_is_never():
    assert ago(None, Clock()) == "never"


def test_a_reason_comes_without_the_address_it_is_beside():
    assert reason_of("https://a.example/: HTTP 404", "https://a.example/") == "HTTP 404"
    assert reason_of("lost", "https://a.example/") == "lost"
    assert reason_of(None, "https://a.example/") is None


def test_facts_without_a_value_are_left_out():
    console = Console(width=80)
    with console.capture() as seen:
        print_facts(console, [("one", 1), ("two", None), ("three", ""), ("four", "[4]")])

    assert seen.get().split() == ["one", "1", "four", "[4]"]


def row(**changes):
    """Return a change as the database gives it."""
    return (
        dict.fromkeys(CHANGE_FIELDS)
        | {
            "change": 7,
            "article": 3,
            "story": 5,
            "at": NOON,
            "kind": "new",
            "source": "a-wire",
            "title": "[Live] خبر",
            "published": NOON,
            "published_local": datetime(2026, 3, 4, 15),  # noqa: DTZ001 - the agency's own clock
            "published_precision": "minute",
            "modified": None,
        }
        | changes
    )


def test_a_change_is_the_contracts_row():
    out = change_json(row())

    assert list(out) == list(CHANGE_FIELDS)
    assert (out["change"], out["article"], out["story"], out["of"]) == ("7", "3", "5", None)
    assert out["at"] == "2026-03-04T12:00:00+00:00"
    assert out["published"] == "2026-03-04T15:00:00+03:00"
    assert out["modified"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"published_precision": "day"}, "2026-03-04"),
        ({"published_local": None}, "2026-03-04T12:00:00+00:00"),
        (
            {"published_local": datetime(2026, 3, 4, 8, 30)},  # noqa: DTZ001 - as above
            "2026-03-04T08:30:00-03:30",
        ),
        ({"published": None}, None),
    ],
)
def test_a_moment_is_said_as_exactly_as_it_is_known(changes, said):
    assert moment_text(row(**changes), "published") == said


@given(st.text(max_size=300), st.integers(20, 200))
def test_a_change_is_one_line_that_fits(title, width):
    line = render(change_line(row(title=title, url="https://a.example/"), width)).plain

    assert len(line.splitlines()) == 1
    assert cell_len(line) <= max(width, 62)


def test_a_change_without_headline_shows_its_address():
    line = render(change_line(row(title=None, url="https://a.example/1", kind="odd"), 80)).plain

    assert line == f"12:00:00 odd       {'a-wire':<20} https://a.example/1"
