import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import announcement_digest, entry_identity
from ingest.identity.entries import MAX_IDENTITY
from ingest.model import Entry, Moment, Precision, ZoneReason

ENTRY = Entry(
    guid="tag:wire.example,2026:17",
    url="https://wire.example/news/17?utm_source=rss",
    title="Harbour reopens",
    summary="The harbour reopened on Monday.",
    content="<p>The harbour reopened on Monday.</p>",
)


def moment(at: datetime) -> Moment:
    return Moment(at=at, precision=Precision.SECOND, text=str(at), zone=ZoneReason.TEXT)


NOON = moment(datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_a_stable_guid_is_the_identity():
    assert entry_identity(ENTRY, stable_guids=True) == "guid:tag:wire.example,2026:17"


def test_an_unstable_guid_gives_way_to_the_link():
    corrected = replace(
        ENTRY, guid="tag:wire.example,2026:17;2", url="https://wire.example/news/17"
    )

    assert entry_identity(ENTRY, stable_guids=False) == "url:https://wire.example/news/17"
    assert entry_identity(corrected, stable_guids=False) == "url:https://wire.example/news/17"


def test_an_unstable_guid_is_better_than_nothing():
    assert entry_identity(Entry(guid="17"), stable_guids=False) == "guid:17"


def test_a_feed_without_guids_is_identified_by_link():
    assert entry_identity(replace(ENTRY, guid="  "), stable_guids=True) == (
        "url:https://wire.example/news/17"
    )


def test_a_link_that_is_no_url_still_identifies():
    assert entry_identity(Entry(url="  news 17 "), stable_guids=True) == "url:news 17"


def test_without_guid_and_link_title_and_date_identify():
    entry = Entry(title="Harbour reopens", published=NOON)
    elsewhere = moment(NOON.at.astimezone(timezone(timedelta(hours=3))))

    identity = entry_identity(entry, stable_guids=True)

    assert identity is not None
    assert identity == entry_identity(replace(entry, published=elsewhere), stable_guids=True)
    assert identity != entry_identity(replace(entry, published=None), stable_guids=True)
    assert identity != entry_identity(replace(entry, title="Harbour closes"), stable_guids=True)


def test_an_entry_that_says_nothing_has_no_identity():
    assert entry_identity(Entry(published=NOON), stable_guids=True) is None


@given(st.text(min_size=1))
def test_an_identity_is_never_too_long_for_an_index(guid):
    identity = entry_identity(Entry(guid=guid * 200, title="x"), stable_guids=True)

    assert identity is not None
    assert len(identity.encode()) <= MAX_IDENTITY


def test_long_guids_that_differ_at_the_end_stay_apart():
    one = entry_identity(Entry(guid="g" * 900 + "1"), stable_guids=True)
    other = entry_identity(Entry(guid="g" * 900 + "2"), stable_guids=True)

    assert one != other


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Harbour reopens after storm"},
        {"summary": "The harbour reopened on Tuesday."},
        {"content": "<p>The harbour reopened on Tuesday.</p>"},
        {"updated": NOON},
    ],
)
def test_an_announcement_that_says_something_else_has_another_digest(change):
    assert announcement_digest(replace(ENTRY, **change)) != announcement_digest(ENTRY)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://wire.example/news/17?utm_source=mail"},
        {"image": "https://wire.example/17.jpg?v=123"},
        {"categories": ("Ports",)},
        {"content": '<p><a href="/17?utm_medium=x">The harbour</a> reopened on Monday.</p>'},
        {"summary": "The harbour  reopened\non Monday. (12 comments)"},
        {"summary": "The harbour reopened on Monday. Views: 1,204"},
    ],
)
def test_what_software_counts_and_stamps_is_no_news(change):
    assert announcement_digest(replace(ENTRY, **change)) == announcement_digest(ENTRY)


def test_a_date_before_all_zones_is_still_a_date():
    never = moment(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3))))

    assert announcement_digest(replace(ENTRY, updated=never)) != announcement_digest(ENTRY)


@pytest.mark.parametrize("run", ["9", "9.", "комментари", "views ", "9 k ", "<", "(["])
def test_no_run_of_characters_takes_its_square_in_time(run):
    entry = replace(ENTRY, title=run * 40_000)

    began = time.process_time()
    announcement_digest(entry)

    assert time.process_time() - began < 2
