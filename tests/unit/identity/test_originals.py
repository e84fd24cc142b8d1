from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.identity import Telling, likely_original

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIRE = Telling(
    article="1",
    source="wire",
    names=("WR", "The Wire"),
    urls=("https://wire.example/17",),
    credited="WR",
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
    credited=None,
    published=NOON - timedelta(minutes=5),
)


def test_the_earliest_is_the_original_when_nobody_says_more():
    original = likely_original([WIRE, PAPER])

    assert original.article == "2"
    assert original.reason == "published first"


def test_a_credit_outweighs_the_clock():
    original = likely_original([replace(PAPER, credited="the wire"), WIRE])

    assert original.article == "1"
    assert original.reason == "wire is credited by 1 of 1 others"


def test_of_the_credited_agencys_articles_the_earliest_is_it():
    later = replace(WIRE, article="3", published=NOON + timedelta(hours=1))

    assert likely_original([later, replace(PAPER, credited="WR"), WIRE]).article == "1"


def test_an_address_named_as_the_basis_outweighs_all():
    third = replace(
        PAPER,
        article="3",
        credited="WR",
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
