"""What the workers write into their journals: whom it concerns, and how much of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ingest.pipeline.journal import set_up_journal
from ingest.pipeline.service import asked_log_level
from tests.agency import feed, html, item, page
from tests.command import journal_put_back, khabar
from tests.service import changes, follow, open_test_service, rows, work
from tests.web import Web


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


@pytest.fixture(autouse=True)
def _journal_put_back():
    with journal_put_back():
        yield


def test_lines_of_a_visit_say_whom_they_concern(database, site, capsys):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/1", html(page(1)))
    set_up_journal("debug", "json")
    with open_test_service(database) as service:
        number = follow(service, site.url("/feed"))
        work(service, until=lambda: len(site.requests) >= 3)
        (host,) = rows(service, "SELECT id, lease_token FROM ingest.host")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    polls = [line for line in lines if line["event"] == "feed.polled"]
    attempts = [line for line in lines if line["event"] == "page.tried"]
    assert polls[0]["feed"] == number
    assert polls[0]["source"] == attempts[0]["source"]
    assert polls[0]["host"] == attempts[0]["host"] == site.netloc
    assert polls[0]["visit"] == f"{host[0]}-{host[1]}"
    assert polls[0]["outcome"] == "read"
    assert attempts[0]["outcome"] == "article"
    assert "page" in attempts[0]


def test_a_level_asked_by_command_is_followed_and_forgotten(database, site, capsys):
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/1", html(page(1)))
    set_up_journal("warning", "json")
    with open_test_service(database, log="warning") as service:
        follow(service, site.url("/feed"))
        asked = khabar("log", "debug", "--for", "1m", database=database, KHABAR_LOG="warning")
        shown = khabar("log", "--json", database=database, KHABAR_LOG="warning")
        set_up_journal("warning", "json")
        work(service, until=lambda: bool(changes(service)))
        with service.database.connection() as connection:
            later = asked_log_level(connection, service.clock.real() + timedelta(minutes=2))

    assert asked.out == "debug for a while, else warning\n"
    assert shown.json == {"level": "debug", "usual": "warning"}
    assert later is None
    assert '"feed.polled"' in capsys.readouterr().err


def test_the_usual_level_is_for_good(database):
    done = khabar("log", "info", database=database, KHABAR_LOG="info")

    assert done.out == "info\n"


@pytest.mark.parametrize("arguments", [("loud",), ("debug", "--for", "soon")])
def test_a_level_that_is_none_is_wrong_use(database, arguments):
    done = khabar("log", *arguments, database=database)

    assert (done.status, done.err.count("\n")) == (2, 1)
