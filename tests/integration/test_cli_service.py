"""The service as one command, and the commands that look at what it stands on."""

from __future__ import annotations

import json
import os
import select
import signal
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.command import khabar, start_khabar

PATIENCE = 60.0


@pytest.fixture
def home(quick_folder):
    """A folder for servers of this test's own."""
    with tempfile.TemporaryDirectory(prefix="khabar-cli-", dir=quick_folder) as folder:
        Path(folder).chmod(0o711)
        yield folder


def read_until(program, said):
    """Read what a program prints until it has said something; return all of it."""
    ends_at, text = time.monotonic() + PATIENCE, b""
    while said not in text:
        assert select.select([program.stdout], [], [], ends_at - time.monotonic())[0], text
        piece = os.read(program.stdout.fileno(), 65_536)
        assert piece, (text, program.stderr.read())
        text += piece
    return text.decode()


def test_the_service_starts_shows_articles_and_ends(home):
    environment = {"KHABAR_HOME": home, "KHABAR_PROCESSES": "1", "KHABAR_REQUEST_GAP": "50ms"}
    with start_khabar("up", "--sample", "--no-declared", "--articles", **environment) as program:
        told = read_until(program, b" new ")

        second = khabar("up", **environment)
        listed = khabar("changes", "--most", 1, "--json", **environment)
        with start_khabar("status", "--watch", "--every", "0.2", **environment) as watched:
            told_twice = read_until(watched, b"stored")
            watched.send_signal(signal.SIGINT)
            assert watched.wait(20) == 130
        url = khabar("db", "url", **environment).out

        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130

    assert "ready after " in told
    assert "sample agency: " in told
    assert "articles in" in told_twice
    assert listed.json[0]["kind"] == "new"
    assert "postgresql://" in url
    assert (second.status, second.out) == (1, "")
    assert second.err.startswith("khabar: khabar is already up on ")
    assert second.err.count("\n") == 1


def test_a_command_starts_servers_of_its_own_and_stops_them(home):
    done = khabar("status", KHABAR_HOME=home)

    assert done.status == 0
    assert not list(Path(home, "postgres", "data").glob("postmaster.pid"))


def test_the_watch_is_a_line_a_look_for_programs(database):
    arguments = ("status", "--watch", "--json", "--every", "0.2")
    with start_khabar(*arguments, database=database) as watched:
        found = json.loads(read_until(watched, b"\n").splitlines()[0])
        watched.send_signal(signal.SIGINT)

        assert watched.wait(20) == 130
    assert found["feeds"]["feeds"] == 0


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("worker",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
        (("worker",), {}),
        (("beat",), {}),
        (("beat",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
        (("up",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
    ],
)
def test_no_database_or_broker_is_status_3_and_one_line(home, words, missing):
    done = khabar(*words, KHABAR_HOME=home, **missing)

    assert (done.status, done.out) == (3, "")
    assert done.err.count("\n") == 1


def test_a_worker_needs_a_broker_that_answers(database):
    unnamed = khabar("worker", database=database)
    silent = khabar("worker", database=database, KHABAR_BROKER_URL="redis://127.0.0.1:1/0")

    assert (unnamed.status, silent.status) == (3, 3)
    assert "set KHABAR_BROKER_URL" in unnamed.err
    assert "no broker" in silent.err


def test_a_service_without_its_database_says_so(tmp_path, valkey_url, home):
    done = khabar(
        "up",
        database=f"postgresql:///khabar?host={tmp_path}",
        KHABAR_BROKER_URL=valkey_url,
        KHABAR_HOME=home,
    )

    assert done.status == 3
    assert done.err.startswith("khabar: no database: ")


def test_the_doctor_finds_nothing_where_all_is_well(database, valkey_url, home):
    done = khabar(
        "doctor",
        database=database,
        KHABAR_BROKER_URL=valkey_url,
        KHABAR_HOME=home,
        KHABAR_CONTACT="https://newsroom.example/about",
    )

    assert (done.status, done.err) == (0, "")
    assert done.out.count("✓") == 7


def test_the_doctor_finds_what_is_wrong_and_says_the_cure(tmp_path, home):
    done = khabar(
        "doctor",
        "--json",
        database=f"postgresql:///khabar?host={tmp_path}",
        KHABAR_BROKER_URL="redis://127.0.0.1:1/0",
        KHABAR_HOME=home,
        KHABAR_CONNECT_TO="*=http://127.0.0.1:8800",
        KHABAR_ALLOW_LOOPBACK="1",
        KHABAR_CLOCK_SPEED="10",
        KHABAR_POL_FLOOR="40",
    )
    told = khabar("doctor", KHABAR_HOME=home)

    problems = {row["what"]: row["problem"] for row in done.json if row["problem"]}
    assert done.status == 1
    assert done.err == "khabar: 5 of 6 checks found a problem; see above\n"
    assert set(problems) == {"contact", "database", "broker", "fetching", "KHABAR_POL_FLOOR"}
    assert "KHABAR_CLOCK_SPEED" in problems["fetching"]
    assert "set KHABAR_CONTACT" in told.out


def test_the_doctor_sees_an_empty_database(postgres_url, valkey_url, home, database_names):
    name = next(database_names)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())

    done = khabar(
        "doctor",
        database=postgres_url.replace("/khabar?", f"/{name}?"),
        KHABAR_BROKER_URL=valkey_url,
        KHABAR_HOME=home,
    )

    assert done.status == 1
    assert "the database is empty; run `khabar db init`" in done.out


def test_a_worker_and_a_beat_become_the_programs_themselves(database, valkey_url):
    for role in ("worker", "beat"):
        with start_khabar(role, database=database, KHABAR_BROKER_URL=valkey_url) as program:
            ends_at = time.monotonic() + PATIENCE
            while b"workers" not in Path(f"/proc/{program.pid}/cmdline").read_bytes():
                assert program.poll() is None
                assert time.monotonic() < ends_at
                time.sleep(0.05)
            program.terminate()
            program.wait(20)
