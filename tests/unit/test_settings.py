"""Settings: read from the environment, refused by name, shown without secrets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.errors import SettingsError
from ingest.settings import (
    Settings,
    hide_passwords,
    parse_duration,
    read_settings,
    show_duration,
    variable_of,
)
from tests.command import environment_of, khabar

NONSENSE = {
    "contact": ("nobody", "https://a.example/\nX-Evil: 1"),
    "database_url": ("hello", "mysql://host/db"),
    "broker_url": ("hello", "http://host"),
    "bridge_url": ("host:1200", "ftp://host"),
    "log": ("loud",),
    "log_format": ("xml",),
    "allow_loopback": ("perhaps",),
    "prepare": ("perhaps",),
    "connect_to": ("https://a.example", "a=b", "https://a.example=https://b.example/path"),
    "clock_epoch": ("yesterday", "99999999999999999999"),
    "clock_speed": ("0", "-1", "nan", "inf", "fast", "1e9"),
    "poll_floor": ("soon", "-1", "1y", "", "99999999999d"),
    "poll_ceiling": ("0", "1s", "nan"),
    "poll_budget": ("0", "1.5", "many"),
    "feed_budget": ("0", "many"),
    "host_budget": ("0", "many"),
    "moved_after_polls": ("1", "x"),
    "page_attempts": ("0",),
    "page_max_bytes": ("0", "10 MB"),
    "feed_max_bytes": ("0",),
    "max_ratio": ("1", "nan", "inf"),
    "max_redirects": ("-1",),
    "header_max_bytes": ("0",),
    "ports": ("0", "65536", "http", ",", "80;443"),
    "wire_gap": ("soon", "-1"),
    "visits": ("0",),
    "processes": ("0",),
    "batch_rows": ("0",),
    "process_max_bytes": ("0", "1 GB"),
    "disk_reserve": ("-1", "1 GB"),
    "metrics_address": ("9747", "localhost:http", "127.0.0.1:65536", ":9747"),
}
WAITS = tuple(
    name
    for name, field in Settings.model_fields.items()
    if field.annotation is timedelta and name not in NONSENSE
)


def read(**names):
    """Return the settings under some variables alone."""
    with environment_of(names):
        return read_settings().shown()


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in NONSENSE.items() for value in values if value]
    + [(name, value) for name in WAITS for value in ("soon", "-1s", "9999999999d")],
)
def test_a_value_that_is_nonsense_is_refused_by_its_variables_name(name, value):
    with (
        environment_of({variable_of(name): value}),
        pytest.raises(SettingsError, match=f"^{variable_of(name)}: [^A-Z]"),
    ):
        read_settings()


def test_every_setting_has_nonsense_to_refuse_or_takes_any_word():
    assert set(Settings.model_fields) - set(NONSENSE) - set(WAITS) == {"home", "alert"}


@pytest.mark.parametrize(
    "name", ["tick", "lease", "slice", "task", "fetch_timeout", "upkeep", "raw_retention"]
)
def test_a_wait_that_must_be_longer_than_nothing_says_so(name):
    with (
        environment_of({variable_of(name): "0"}),
        pytest.raises(SettingsError, match=variable_of(name)),
    ):
        read_settings()


def test_an_empty_value_is_as_if_it_were_not_set():
    assert read(KHABAR_POLL_FLOOR="")["KHABAR_POLL_FLOOR"] == "1m"


def test_values_are_read_as_people_write_them():
    shown = read(
        KHABAR_POLL_FLOOR="40",
        KHABAR_POLL_CEILING="6h",
        KHABAR_BATCH_WAIT="50ms",
        KHABAR_PORTS="80, 8443",
        KHABAR_LOG="DEBUG",
        KHABAR_CLOCK_EPOCH="1700000000",
        KHABAR_CONNECT_TO="*=http://127.0.0.1:8800",
        KHABAR_ALLOW_LOOPBACK="yes",
    )

    assert shown["KHABAR_POLL_FLOOR"] == "40s"
    assert shown["KHABAR_POLL_CEILING"] == "6h"
    assert shown["KHABAR_BATCH_WAIT"] == "50ms"
    assert shown["KHABAR_PORTS"] == "80,8443"
    assert shown["KHABAR_LOG"] == "debug"
    assert shown["KHABAR_CLOCK_EPOCH"] == "2023-11-14T22:13:20+00:00"
    assert shown["KHABAR_CONNECT_TO"] == "*=http://127.0.0.1:8800"
    assert shown["KHABAR_ALLOW_LOOPBACK"] == "1"
    assert shown["KHABAR_DATABASE_URL"] == ""


def test_an_epoch_without_offset_is_utc():
    assert Settings(clock_epoch="2026-01-01T00:00").clock.epoch == datetime(2026, 1, 1, tzinfo=UTC)
    assert Settings(clock_epoch=datetime(2026, 1, 1, tzinfo=UTC)).clock_epoch.tzinfo is UTC


def test_what_is_shown_can_be_set_again():
    shown = {name: value for name, value in read().items() if value}

    assert read(**shown) == read()


def test_numbers_and_timedeltas_are_durations_too():
    assert Settings(tick=2, lease=timedelta(seconds=3)).tick == timedelta(seconds=2)
    assert Settings().cadence.floor == timedelta(seconds=60)


def test_a_command_says_which_setting_is_nonsense_in_one_line():
    done = khabar("status", KHABAR_POLL_FLOOR="soon")

    assert done.status == 2
    assert done.out == ""
    assert done.err == (
        "khabar: KHABAR_POLL_FLOOR: 'soon' is no duration: write seconds, or 40m, 6h, 1d\n"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p:w@host/db", "postgresql://u:…@host/db"),
        ("postgresql://u:a%40b@host:5432/db", "postgresql://u:…@host:5432/db"),
        ("postgresql://u@host/db?password=geheim&x=1", "postgresql://u@host/db?password=…&x=1"),
        ("host=h password='a b' dbname=d", "host=h password=… dbname=d"),
        ("redis://:geheim@host:6379/0", "redis://:…@host:6379/0"),
        ("redis://host:6379/0", "redis://host:6379/0"),
    ],
)
def test_no_password_is_shown(url, shown):
    assert hide_passwords(url) == shown


def test_settings_show_urls_without_their_passwords():
    shown = read(
        KHABAR_DATABASE_URL="postgresql://me:geheim@db/khabar",
        KHABAR_BROKER_URL="amqp://me:geheim@mq//",
        KHABAR_BRIDGE_URL="https://me:geheim@bridge",
    )

    assert "geheim" not in str(shown)


@settings(max_examples=50)
@given(st.integers(0, 10**9))
def test_a_duration_that_is_shown_reads_back_as_itself(milliseconds):
    wait = timedelta(milliseconds=milliseconds)

    assert parse_duration(show_duration(wait)) == wait


@pytest.mark.parametrize(
    ("wait", "shown"),
    [
        (timedelta(), "0s"),
        (timedelta(milliseconds=200), "200ms"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(days=2), "2d"),
    ],
)
def test_durations_are_shown_in_the_largest_unit_that_is_whole(wait, shown):
    assert show_duration(wait) == shown


def test_every_setting_changes_something():
    root = Path(ingest.__file__).parent.parent
    code = "\n".join(
        path.read_text()
        for room in ("ingest", "workers")
        for path in (root / room).rglob("*.py")
        if path.name != "settings.py"
    )

    unread = [name for name in Settings.model_fields if not re.search(rf"\.{name}\b", code)]

    assert [name for name in unread if name not in ("clock_epoch", "clock_speed")] == []
