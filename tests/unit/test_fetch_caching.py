from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.caching import (
    cache_directives,
    fresh_for,
    parse_http_date,
    retry_after,
    validators_of,
)
from ingest.model import Validators

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
DATE = "Mon, 17 Nov 2025 12:00:00 GMT"


def seconds(wait):
    return None if wait is None else wait.total_seconds()


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Mon, 17 Nov 2025 12:00:00 GMT", 12),
        ("Monday, 17-Nov-25 12:00:00 GMT", 12),
        ("Mon Nov 17 12:00:00 2025", 12),
        ("mon, 17 nov 2025 12:00:00 gmt", 12),
        ("Mon, 17 Nov 2025 12:00:00 +0300", 9),
        ("Mon, 17 Nov 2025 12:00:00 -0000", 12),
    ],
)
def test_a_date_is_read_in_all_its_forms(text, hour):
    assert parse_http_date(text) == NOON.replace(hour=hour)


@pytest.mark.parametrize("text", ["", "0", "-1", "soon", "Mon, 99 Nov 2025 12:00:00 GMT", ",,,"])
def test_what_is_no_date_is_none(text):
    assert parse_http_date(text) is None


def test_a_date_at_the_end_of_time_is_none():
    assert parse_http_date("Fri, 31 Dec 9999 23:59:59 -0800") is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "120, 240"}, 120),
        ({"retry-after": "9" * 400}, 86_400),
        ({"retry-after": "172800"}, 86_400),
        ({"retry-after": "Mon, 17 Nov 2025 12:02:00 GMT"}, 120),
        ({"retry-after": "Mon, 17 Nov 2025 11:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 17 Nov 2035 12:00:00 GMT"}, 86_400),
        (
            {
                "retry-after": "Mon, 17 Nov 2025 09:01:00 GMT",
                "date": "Mon, 17 Nov 2025 09:00:00 GMT",
            },
            60,
        ),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_both_forms_and_lasts_a_day_at_most(headers, wait):
    assert seconds(retry_after(headers, NOON)) == wait


@pytest.mark.parametrize(
    ("headers", "lifetime"),
    [
        ({"cache-control": "max-age=300"}, 300),
        ({"cache-control": 'public, MAX-AGE="300"'}, 300),
        ({"cache-control": "max-age=60, s-maxage=600"}, 600),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "900"}, 0),
        ({"cache-control": "max-age=300", "age": "old"}, 300),
        ({"cache-control": "max-age=0"}, 0),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=1, max-age=300"}, 1),
        ({"cache-control": "no-store, max-age=300"}, None),
        ({"cache-control": "no-cache", "expires": "Mon, 17 Nov 2025 13:00:00 GMT"}, None),
        ({"cache-control": "private"}, None),
        ({"cache-control": "max-age=" + "9" * 30}, 10 * 365 * 86_400),
        ({"expires": "Mon, 17 Nov 2025 12:05:00 GMT", "date": DATE}, 300),
        ({"expires": "Mon, 17 Nov 2025 12:05:00 GMT"}, 300),
        ({"expires": "Mon, 17 Nov 2025 12:05:00 GMT", "date": DATE, "age": "60"}, 240),
        ({"expires": "Mon, 17 Nov 2025 11:00:00 GMT", "date": DATE}, 0),
        ({"expires": "Mon, 17 Nov 2025 12:05:00 GMT", "cache-control": "max-age=60"}, 60),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_freshness_is_what_the_server_says(headers, lifetime):
    assert seconds(fresh_for(headers, NOON)) == lifetime


def test_directives_may_be_quoted():
    headers = {"cache-control": 'no-cache="set-cookie, x", max-age=5,, community="a\\"b"'}

    found = cache_directives(headers)

    assert found["max-age"] == "5"
    assert found["no-cache"] == "set-cookie, x"


def test_validators_are_taken_as_they_are():
    headers = {"etag": 'W/"caf\xe9', "last-modified": "yesterday"}

    assert validators_of(headers) == Validators(etag='W/"caf\xe9', last_modified="yesterday")
    assert validators_of({}) == validators_of({"etag": ""}) == Validators()


def test_a_304_keeps_what_it_does_not_renew():
    sent = Validators(etag='"1"', last_modified=DATE)

    assert validators_of({"etag": '"2"'}, sent) == Validators(etag='"2"', last_modified=DATE)


@given(
    st.dictionaries(
        st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]),
        st.text(st.characters(max_codepoint=255), max_size=40) | st.just(DATE),
    )
)
@settings(max_examples=200)
def test_no_header_is_a_surprise(headers):
    for found in (fresh_for(headers, NOON), retry_after(headers, NOON)):
        assert found is None or found >= timedelta()
