from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.identity import Telling, likely_original

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIRE = Telling(
    article="1",
    source="wire",
    names=("WR", "The Wire"),
    urls=("https://wire.example/17",),
    credited=("WR",),
    based_on=None,
    published=NOON,
    arrived=NOON,
)
PAPER = replace(
    WIRE,
    article="2",
    source="paper",
    names=("Paper",),
    urls=("https://paper.example/a",),
    credited=(),
    published=NOON - timedelta(minutes=5),
)


def test_the_earliest_is_the_original_when_nobody_says_more():
    original = likely_original([WIRE, PAPER])

    assert original.article == "2"
    assert original.reason == "published first"


def test_a_credit_outweighs_the_clock():
    original = likely_original([replace(PAPER, credited=("the wire",)), WIRE])

    assert original.article == "1"
    assert original.reason == "wire is credited by 1 of 1 others"


def test_of_the_credited_agencys_articles_the_earliest_is_it():
    later = replace(WIRE, article="3", published=NOON + timedelta(hours=1))

    assert likely_original([later, replace(PAPER, credited=("WR",)), WIRE]).article == "1"


def test_an_address_named_as_the_basis_outweighs_all():
    third = replace(
        PAPER,
        article="3",
        credited=("WR",),
        based_on="https://paper.example/a?utm_source=x",
        urls=("https://third.example/b",),
    )

    original = likely_original([WIRE, PAPER, third])

    assert original.article == "2"
    assert original.reason == "named as what another is based on"


def test_a_basis_that_is_no_member_says_nothing():
    assert likely_original([replace(WIRE, based_on="not a url"), PAPER]).article == "2"


def test_without_dates_the_one_seen_first_is_it():
    undated = replace(PAPER, published=None, arrived=NOON - timedelta(hours=1))

    original = likely_original([WIRE, undated])

    assert original.article == "2"
    assert original.reason == "seen first"


def test_an_agency_that_signs_its_own_article_proves_nothing():
    assert likely_original([WIRE]).reason == "published first"


@pytest.mark.parametrize(
    ("credits", "says"),
    [
        (("Reporting by The Wire; editing by our desk",), ""),
        (("(WR)",), ""),
        ((), "The harbour is open again, The Wire reported on Sunday."),
        ((), "The harbour is open again (WR)."),
    ],
)
def test_an_agency_named_in_credits_or_text_outweighs_the_clock(credits, says):
    copy = replace(PAPER, credited=credits, says=says)

    assert likely_original([copy, WIRE]).article == "1"


@pytest.mark.parametrize("says", ["The wires were cut.", "wr wrote", "A WRITER spoke.", ""])
def test_what_only_looks_like_a_name_is_none(says):
    assert likely_original([replace(PAPER, says=says), WIRE]).article == "2"


def test_a_signature_outweighs_a_mention():
    third = replace(PAPER, article="3", source="third", names=("Third",), urls=())
    told = [
        replace(PAPER, says="Third and The Wire told it."),
        replace(third, credited=("WR",), published=NOON - timedelta(hours=1)),
        WIRE,
    ]

    assert likely_original(told).reason == "wire is credited by 1 of 2 others"


def test_of_agencies_named_alike_the_earliest_is_it():
    third = replace(
        PAPER, article="3", source="third", names=("Third",), published=NOON - timedelta(hours=1)
    )

    assert likely_original([replace(PAPER, says="Third, The Wire"), WIRE, third]).article == "3"
