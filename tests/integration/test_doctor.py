"""`khabar doctor`: what is likeliest to be wrong, each found for real, each with its cure."""

from __future__ import annotations

import re
import resource
import socket
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from ingest.cli.checks import CHECKS, MANY_RINGS, clocks_apart, lack_of_room
from tests.command import khabar
from tests.conftest import url_of_database

ANEW = "make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.fixture
def ask(database, valkey_url, tmp_path):
    """Ask the doctor on a machine where all is well but for what a test sets."""

    def doctor(**settings):
        well = {
            "database": database,
            "KHABAR_BROKER_URL": valkey_url,
            "KHABAR_HOME": str(tmp_path),
            "KHABAR_CONTACT": "https://newsroom.example/about",
            "KHABAR_METRICS_ADDRESS": "127.0.0.1:0",
            "KHABAR_PROCESSES": "2",
        }
        return khabar("doctor", "--json", **(well | settings))

    return doctor


def problems(done):
    """Return what is wrong, as people read it."""
    return [
        f"{row['what']}: {row['problem']}; {row['cure']}" for row in done.json if row["problem"]
    ]


def test_where_all_is_well_it_finds_nothing(ask):
    done = ask()

    assert (done.status, done.err) == (0, "")
    assert {row["problem"] for row in done.json} == {None}
    assert len(done.json) >= 10


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"KHABAR_CONTACT": ""}, r"contact: agencies can't reach you; set KHABAR_CONTACT"),
        ({"KHABAR_HOME": "/proc/khabar"}, r"home: /proc can't be written: .*; set KHABAR_HOME"),
        ({"database": "postgresql://127.0.0.1:1/x"}, r"database: no database: .*khabar doctor"),
        ({"KHABAR_PROCESSES": "90"}, r"connections: \d+ are free, our workers may open 540; raise"),
        ({"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}, r"broker: no broker: .*KHABAR_BROKER_URL"),
        ({"KHABAR_ALERT": "no-such-program x"}, r"alert: there is no program 'no-such-program'"),
        ({"KHABAR_ALERT": "mail 'x"}, r"alert: no shell reads it: No closing quotation"),
        ({"KHABAR_VISITS": "9000000"}, r"files: \d+ may be open.*; ulimit -n 36000100"),
        ({"KHABAR_CLOCK_SPEED": "10"}, r"fetching: KHABAR_CLOCK_SPEED: for tests.*; unset it"),
        ({"KHABAR_POLL_FLOOR": "5"}, r"manners: KHABAR_POLL_FLOOR: so fast.*; unset it"),
        ({"KHABAR_POL_FLOOR": "40"}, r"KHABAR_POL_FLOOR: is no setting; KHABAR_POLL_FLOOR was"),
    ],
)
def test_a_setting_that_is_wrong_is_found_and_its_cure_said(ask, settings, found):
    done = ask(**settings)

    assert done.status == 1
    assert [bool(re.match(found, one)) for one in problems(done)] == [True], problems(done)


def test_a_loopback_setting_is_found(ask):
    done = ask(KHABAR_ALLOW_LOOPBACK="1", KHABAR_CONNECT_TO="*=http://127.0.0.1:8800")

    assert "KHABAR_ALLOW_LOOPBACK, KHABAR_CONNECT_TO: for tests" in problems(done)[0]


def test_a_database_that_cannot_be_written_is_found(ask, database):
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name)
        )

    assert problems(ask()) == [
        "database: nothing can be written there; name the primary in KHABAR_DATABASE_URL"
    ]


def test_a_role_that_may_not_write_is_found(ask, database):
    done = ask(database=database.replace("khabar@", "khabar_reader@"))

    assert "permission denied" in problems(done)[0] or "may not write" in problems(done)[0]


@pytest.fixture
def odd_database(postgres_url, database_names):
    name = sql.Identifier(next(database_names))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'").format(
                name
            )
        )
        yield url_of_database(postgres_url, name.as_string().strip('"'))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_an_empty_database_in_another_encoding_is_found(ask, odd_database):
    assert problems(ask(database=odd_database)) == [
        f"database: it is not encoded in UTF-8; {ANEW}",
        "schema: the database is empty; run `khabar db init`",
    ]


def test_rings_that_nobody_answers_are_found(ask, valkey_url):
    broker = Redis(unix_socket_path=valkey_url.removeprefix("redis+socket://"))
    broker.delete("khabar")  # rings of daemons that other tests killed
    broker.rpush("khabar", *["x"] * (MANY_RINGS + 1))
    try:
        found = problems(ask())
    finally:
        broker.delete("khabar")

    assert found == [
        f"broker: {MANY_RINGS + 1} rings wait unanswered; start `khabar worker`, or `khabar up`"
    ]


def test_another_program_at_our_address_is_found(ask):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{other.getsockname()[1]}"

        assert problems(ask(KHABAR_METRICS_ADDRESS=address)) == [
            f"metrics: another program has {address}; set KHABAR_METRICS_ADDRESS elsewhere, or off"
        ]


def test_few_open_files_are_found(ask):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
    try:
        found = problems(ask())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert len(found) == 1
    assert found[0].startswith("files: 300 may be open, a worker process may need 356; ulimit -n")


def test_clocks_apart_and_little_room_are_problems():
    assert clocks_apart(timedelta(seconds=-1)) is None
    assert clocks_apart(timedelta(minutes=-3)) == "this machine's clock is 0:03:00 from Postgres's"
    assert lack_of_room(3 * 1024**3) is None
    assert lack_of_room(5 * 1024**2) == "only 5 MB free"


def test_people_read_marks_and_cures(database, tmp_path):
    done = khabar(
        "doctor",
        database=database,
        KHABAR_BROKER_URL="redis://127.0.0.1:1/0",
        KHABAR_HOME=str(tmp_path),
        KHABAR_METRICS_ADDRESS="off",
    )

    assert done.status == 1
    assert re.fullmatch(r"khabar: 2 of \d+ checks found a problem; see above\n", done.err)
    assert done.out.count("✗") == 2
    assert "\n    set KHABAR_CONTACT to your URL" in done.out


def test_the_manual_names_all_that_is_looked_at():
    text = OPERATING.read_text("utf-8")
    looked_at = [look.__name__.removeprefix("look_at_") for look in CHECKS]

    assert [name for name in looked_at if f"| {name} |" not in text] == []
