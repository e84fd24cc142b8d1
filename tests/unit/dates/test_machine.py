from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dates import parse_machine_date
from ingest.model import Precision, ZoneReason

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-11-17T08:05:00+03:00", "2025-11-17T08:05:00+03:00"),
        (" 2025-11-17T08:05Z\n", "2025-11-17T08:05:00+00:00"),
        ("2013-03-01T15:09:04.000Z", "2013-03-01T15:09:04+00:00"),
        ("2025-11-17T08:05:00.123456789+03:00", "2025-11-17T08:05:00.123456+03:00"),
        ("20210516T080625Z", "2021-05-16T08:06:25+00:00"),
        ("20210516T080625+0000", "2021-05-16T08:06:25+00:00"),
        ("20190723T202119+0900", "2019-07-23T20:21:19+09:00"),
        ("2017-10-11T10:41:00+0100", "2017-10-11T10:41:00+01:00"),
        ("2018-11-21T16:25:32-05:00", "2018-11-21T16:25:32-05:00"),
        ("2022-07-11 18:33 +0300", "2022-07-11T18:33:00+03:00"),
        ("2022-07-11 18:33:05 UTC", "2022-07-11T18:33:05+00:00"),
        ("2025-11-17T24:00:00Z", "2025-11-18T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2025-11-17 08:05:00.5 +0300", "2025-11-17T08:05:00.500000+03:00"),
        ("Thu, 04 Dec 2025 13:59:34 +0300", "2025-12-04T13:59:34+03:00"),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", "2022-07-28T04:35:05+09:00"),
        ("Mon, 17 Nov 2025 13:30:33+0900", "2025-11-17T13:30:33+09:00"),
        ("Mon, 17 Nov 25 13:30 EST", "2025-11-17T13:30:00-05:00"),
        ("Mon, 17 Nov 2025 13:30:33 EDT", "2025-11-17T13:30:33-04:00"),
        ("17 November 2025 13:30 UT", "2025-11-17T13:30:00+00:00"),
        ("Tue, 17 Nov 2025 13:30:33 GMT", "2025-11-17T13:30:33+00:00"),
        ("Mon, 17 Nov 2025 10:05:06 GMT (UTC)", "2025-11-17T10:05:06+00:00"),
        ("17-Nov-2025 10:00:00 Z", "2025-11-17T10:00:00+00:00"),
        ("Mon Nov 17 10:05:06 UTC 2025", "2025-11-17T10:05:06+00:00"),
        ("1763366700", "2025-11-17T08:05:00+00:00"),
        ("1763366700123", "2025-11-17T08:05:00.123000+00:00"),
        ("/Date(1763366700123+0300)/", "2025-11-17T08:05:00.123000+00:00"),
        ("171137 GMT Nov 25", "2025-11-17T11:37:00+00:00"),
        ("٢٠٢٥-١١-١٧T٠٨:٠٥:٠٠Z", "2025-11-17T08:05:00+00:00"),
    ],
)
def test_a_time_with_its_zone_is_kept_as_written(text, at):
    moment = parse_machine_date(text, timezone=ISTANBUL)

    assert moment is not None
    assert moment.at == datetime.fromisoformat(at)
    assert moment.at.utcoffset() == datetime.fromisoformat(at).utcoffset()
    assert moment.zone is ZoneReason.TEXT
    assert moment.text == text.strip()


@pytest.mark.parametrize(
    ("text", "local", "precision"),
    [
        ("2026-04-20T14:09:42.493", "2026-04-20T14:09:42.493000", Precision.SECOND),
        ("20190121T102721", "2019-01-21T10:27:21", Precision.SECOND),
        ("2022-07-11 18:33", "2022-07-11T18:33:00", Precision.MINUTE),
        ("2025-11-17T08", "2025-11-17T08:00:00", Precision.MINUTE),
        ("2025/11/17 08:05:01", "2025-11-17T08:05:01", Precision.SECOND),
        ("Mon Nov 17 10:05:06 2025", "2025-11-17T10:05:06", Precision.SECOND),
        ("2025-11-17", "2025-11-17T00:00:00", Precision.DAY),
        ("20251117", "2025-11-17T00:00:00", Precision.DAY),
        ("2025-1-7", "2025-01-07T00:00:00", Precision.DAY),
        ("26 Sept 2005", "2005-09-26T00:00:00", Precision.DAY),
    ],
)
def test_a_time_without_zone_is_the_sources(text, local, precision):
    with_source = parse_machine_date(text, timezone=ISTANBUL)
    without = parse_machine_date(text)

    assert with_source is not None
    assert without is not None
    assert with_source.at == datetime.fromisoformat(local).replace(tzinfo=ISTANBUL)
    assert with_source.zone is ZoneReason.SOURCE
    assert without.at == datetime.fromisoformat(local).replace(tzinfo=UTC)
    assert without.zone is ZoneReason.NONE
    assert with_source.precision is without.precision is precision


def test_a_day_with_an_offset_is_midnight_there():
    moment = parse_machine_date("2025-11-17+03:00")

    assert moment is not None
    assert moment.iso() == "2025-11-17"
    assert moment.at.utcoffset() == timedelta(hours=3)
    assert moment.zone is ZoneReason.TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025",
        "2025-11",
        "hello world",
        "2025-13-17",
        "2025-11-31T00:00:00Z",
        "12345678901234",
        "1899-12-31T00:00:00Z",
        "2101-01-01",
        "0000-00-00 00:00:00",
        "Mon, 31 Nov 2025 10:00 GMT",
        "2025-11-17T25:00:00Z",
        "2025-11-17T24:30:00Z",
        "2025-11-17T10:61Z",
        "2025-11-17x10:00",
        "131137 GMT Nov 13",
        "2025-11-17T08:05:00Z" + " " * 5 + "x" * 300,
        "9999999999",
    ],
)
def test_what_is_no_date_gives_none(text):
    assert parse_machine_date(text) is None


def test_an_abbreviation_of_several_zones_is_the_sources_or_nobodys():
    text = "Mon, 17 Nov 2025 10:00:00 IST"

    kolkata = parse_machine_date(text, timezone=ZoneInfo("Asia/Kolkata"))
    unknown = parse_machine_date(text)

    assert kolkata is not None
    assert unknown is not None
    assert (kolkata.at.utcoffset(), kolkata.zone) == (timedelta(hours=5.5), ZoneReason.TEXT)
    assert unknown.zone is ZoneReason.NONE


def test_a_wire_stamp_without_year_is_settled_by_now():
    moment = parse_machine_date("131137 GMT Nov 13", now=NOON)
    ahead = parse_machine_date("251137 GMT Nov", now=NOON)

    assert moment is not None
    assert ahead is not None
    assert moment.at == datetime(2025, 11, 13, 11, 37, tzinfo=UTC)
    assert ahead.at == datetime(2024, 11, 25, 11, 37, tzinfo=UTC)


@given(st.text(st.sampled_from("0123456789-:/., TZ+GMTNovnMo()") | st.characters(), max_size=240))
@settings(max_examples=500)
def test_any_text_gives_a_moment_or_none(text):
    moment = parse_machine_date(text, now=NOON)

    assert moment is None or moment.at.utcoffset() is not None


@given(st.integers(0, 3_000_000_000))
def test_what_isoformat_writes_is_read_back(seconds):
    at = datetime.fromtimestamp(seconds, ISTANBUL)

    moment = parse_machine_date(at.isoformat())

    assert moment is not None
    assert moment.at == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20251117080500", "2025-11-17T08:05:00+00:00"),
        ("2025-11-17 8:05:00 PM", "2025-11-17T20:05:00+00:00"),
        ("17 Nov 2025 08:05 PM", "2025-11-17T20:05:00+00:00"),
        ("11/17/2025 8:05:00 PM", "2025-11-17T20:05:00+00:00"),
        ("2025-11-17T10:30:00+03:00[Europe/Istanbul]", "2025-11-17T10:30:00+03:00"),
    ],
)
def test_odd_habits_of_machines(text, at):
    moment = parse_machine_date(text)

    assert moment is not None
    assert moment.at == datetime.fromisoformat(at)
