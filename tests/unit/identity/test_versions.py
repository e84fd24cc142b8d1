"""Which version of a wire's item counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.identity.versions import Standing, Step, newest, next_step

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("new", "known", "step"),
    [
        (Standing(version=1), None, Step.PUBLISH),
        (Standing(version=2), Standing(version=1), Step.PUBLISH),
        (Standing(version=1), Standing(version=2), Step.NOTHING),
        (Standing(version=1, released=LATER), Standing(version=2, released=NOON), Step.NOTHING),
        (Standing(version=1, released=LATER), Standing(version=1, released=NOON), Step.PUBLISH),
        (Standing(version=1, released=NOON), Standing(version=1, released=LATER), Step.NOTHING),
        (Standing(released=NOON), Standing(version=3, released=LATER), Step.NOTHING),
        (Standing(version=1), Standing(version=1), Step.PUBLISH),
        (Standing(), Standing(version=3, released=LATER), Step.PUBLISH),
    ],
)
def test_the_higher_version_counts_then_the_later_release(new, known, step):
    assert next_step(new, known, "usable") is step


def test_a_status_counts_like_a_text():
    known = Standing(version=2)

    assert next_step(Standing(version=3), known, "withheld") is Step.WITHHOLD
    assert next_step(Standing(version=3), known, "canceled") is Step.WITHDRAW
    assert next_step(Standing(version=1), known, "canceled") is Step.NOTHING


def test_what_one_version_leaves_out_the_other_tells():
    known = Standing(version=2, released=NOON)

    assert newest(Standing(released=LATER), known) == Standing(version=2, released=LATER)
    assert newest(Standing(version=3), known) == Standing(version=3, released=NOON)
