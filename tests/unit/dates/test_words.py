from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dates import parse_date, parse_date_pair, parse_machine_date
from ingest.dates.calendars import hijri_day, jalali_day
from ingest.errors import DateContradiction
from ingest.model import Precision, ZoneReason

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)
TABLES = Path(__file__).parent / "cases"


def rows(name):
    lines = (TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def pairs(name):
    return [tuple(line.rsplit(" => ", 1)) for line in rows(name)]


def meant(text):
    """Return the time and precision that a table's right side names."""
    at = datetime.fromisoformat(text)
    if "T" not in text:
        return at.replace(tzinfo=ISTANBUL), Precision.DAY
    precision = Precision.SECOND if text.partition("+")[0].count(":") == 2 else Precision.MINUTE
    return (at if at.tzinfo else at.replace(tzinfo=ISTANBUL)), precision


@pytest.mark.parametrize(("text", "expected"), pairs("whole"))
def test_a_whole_date_is_read_in_the_agencies_languages(text, expected):
    at, precision = meant(expected)

    moment = parse_date(text, timezone=ISTANBUL)

    assert moment is not None
    assert (moment.at, moment.precision) == (at, precision)
    assert moment.text == text.strip()


@pytest.mark.parametrize(("text", "expected"), pairs("told"))
def test_what_is_told_from_now_needs_now(text, expected):
    at, precision = meant(expected)

    moment = parse_date(text, timezone=ISTANBUL, now=NOON)

    assert moment is not None
    assert (moment.at, moment.precision) == (at, precision)
    assert parse_date(text, timezone=ISTANBUL) is None


@pytest.mark.parametrize("text", ["", "x" * 5000, *rows("no_date")])
def test_what_names_no_sure_day_gives_none(text):
    assert parse_date(text, timezone=ISTANBUL, now=NOON) is None


@pytest.mark.parametrize("text", rows("contradictions"))
def test_parts_that_disagree_are_an_error(text):
    with pytest.raises(DateContradiction) as caught:
        parse_date(text, timezone=ISTANBUL, now=NOON)

    assert caught.value.text == text


def test_three_numbers_are_day_first_except_in_american():
    assert parse_date("05/04/2025").iso() == "2025-04-05"
    assert parse_date("05/04/2025", language="en").iso() == "2025-04-05"
    assert parse_date("05.04.2025", language="en-US").iso() == "2025-04-05"
    assert parse_date("05/04/2025", language="en-US").iso() == "2025-05-04"


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("17 listopada 2025", "hr", "2025-10-17"),
        ("17 listopada 2025", "pl-PL", "2025-11-17"),
        ("1 lip 2025", "pl", "2025-07-01"),
        ("1. lip 2025.", "hr", "2025-06-01"),
    ],
)
def test_a_name_of_two_months_needs_its_language(text, language, day):
    assert parse_date(text, language=language).iso() == day
    assert parse_date(text) is None


def test_a_day_alone_is_midnight_in_the_sources_zone():
    moment = parse_date("17 نوفمبر 2025", timezone=ISTANBUL)

    assert moment.at == datetime(2025, 11, 16, 21, tzinfo=UTC)
    assert (moment.precision, moment.zone) == (Precision.DAY, ZoneReason.SOURCE)
    assert parse_date("17 نوفمبر 2025").zone is ZoneReason.NONE


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("17 نوفمبر 2025 10:30 بتوقيت غرينتش", 0),
        ("17 نوفمبر 2025 10:30 بتوقيت مكة المكرمة", 3),
        ("17 ноября 2025, 10:30 МСК", 3),
        ("17 Nov 2025 10:30 CET", 1),
        ("17 Nov 2025 10:30 (GMT+4)", 4),
        ("17 Nov 2025 10:30 +0530", 5.5),
        ("17 Nov 2025, 10:30 pm UTC-5", -5),
        ("2025年11月17日 10:30 北京时间", 8),
    ],
)
def test_a_zone_in_the_text_comes_first(text, offset):
    moment = parse_date(text, timezone=ZoneInfo("America/Lima"))

    assert moment.at.utcoffset() == timedelta(hours=offset)
    assert moment.zone is ZoneReason.TEXT


def test_a_missing_year_is_the_nearest_past():
    new_year = datetime(2026, 1, 2, tzinfo=UTC)

    assert parse_date("30 December", now=new_year).iso() == "2025-12-30"
    assert parse_date("3 January", now=new_year).iso() == "2026-01-03"
    assert parse_date("29 شباط", now=NOON).iso() == "2024-02-29"


def test_a_header_gives_publication_and_update():
    published, updated = parse_date_pair("17.11.2025 - محدث : 18.11.2025", timezone=ISTANBUL)

    assert (published.iso(), updated.iso()) == ("2025-11-17", "2025-11-18")


@pytest.mark.parametrize(
    ("text", "published", "updated"),
    [
        ("Güncelleme: 18.11.2025 09:00 Yayınlanma: 17.11.2025 14:05", "2025-11-17", "2025-11-18"),
        ("Updated 18 November 2025", None, "2025-11-18"),
        ("17 November 2025", "2025-11-17", None),
        ("2025-11-17", "2025-11-17", None),
        ("x" * 300, None, None),
    ],
)
def test_labels_say_which_is_which(text, published, updated):
    found = parse_date_pair(text)

    assert tuple(moment and moment.day.isoformat() for moment in found) == (published, updated)


def test_a_lunar_date_needs_its_weekday_or_a_gregorian_date():
    assert parse_date("26 جمادى الأولى 1447 هـ") is None
    assert parse_date("الاثنين 26 جمادى الأولى 1447 هـ").iso() == "2025-11-17"
    assert parse_date("25 جمادى الأولى 1447 هـ الموافق 17 نوفمبر 2025").iso() == "2025-11-17"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24"),
        ("07.02.2025", "2025-02-07"),
        ("lun, 17 nov 2025 10:30:00 +0100", "2025-11-17"),
        ("Вт, 17 ноя 2025 10:30:00 +0300", "2025-11-17"),
        ("۱۷ نوامبر ۲۰۲۵", "2025-11-17"),
        ("Pzt, 17 Kas 2025 10:30:00 +0300", "2025-11-17"),
    ],
)
def test_machines_that_write_words_are_read_without_their_weekday(text, day):
    assert parse_machine_date(text).at.date().isoformat() == day


def test_a_machine_never_raises_for_a_contradiction():
    assert parse_machine_date("17 نوفمبر/ تشرين الأول 2025") is None


@pytest.mark.parametrize(
    ("solar", "day"),
    [
        ((1404, 1, 1), "2025-03-21"),
        ((1403, 12, 30), "2025-03-20"),
        ((1357, 11, 22), "1979-02-11"),
        ((1395, 1, 1), "2016-03-20"),
        ((1408, 12, 30), "2030-03-20"),
        ((1404, 12, 30), None),
        ((1404, 13, 1), None),
        ((1200, 1, 1), None),
        ((1404, 7, 31), None),
    ],
)
def test_solar_hijri_days(solar, day):
    at = jalali_day(*solar)

    assert (at and at.isoformat()) == day


def test_lunar_hijri_days():
    assert hijri_day(1447, 5, 26).isoformat() == "2025-11-17"
    assert hijri_day(1446, 9, 1).isoformat() == "2025-03-01"
    assert hijri_day(1447, 13, 1) is None


WORDS = st.sampled_from(
    [
        "17",
        "2025",
        "نوفمبر",
        "تشرين",
        "الثاني",
        "هـ",
        "1447",
        ".",
        "/",
        ":",
        "10:30",
        "ago",
        "منذ",
        "Kasım",
        "月",
        "日",
        "年",
        "pm",
        "م",
        "هجري",
        "generic",
        "+0300",
        "GMT",
        "yesterday",
        "الاثنين",
    ]
)


@given(st.lists(WORDS | st.text(st.characters(), max_size=6), max_size=14))
@settings(max_examples=500)
def test_any_text_gives_a_moment_none_or_a_contradiction(parts):
    text = " ".join(parts)

    try:
        moment = parse_date(text, timezone=ISTANBUL, now=NOON)
    except DateContradiction:
        moment = None
    parse_machine_date(text)

    assert moment is None or 1900 <= moment.at.year <= 2100


@pytest.mark.parametrize("run", ["17 ", "N.", "17.11.", "منذ ", "1 h ", "- ", "17 Nov ", "م "])
def test_long_runs_cost_no_more_than_their_length(run):
    started = time.perf_counter()

    for _ in range(20):
        with contextlib.suppress(DateContradiction):
            parse_date((run * 100)[:200], now=NOON)

    assert time.perf_counter() - started < 2
