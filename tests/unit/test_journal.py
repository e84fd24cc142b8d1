"""The journal: JSON lines for programs, text for people, no passwords for anybody."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from ingest.pipeline.journal import set_level, set_up_journal
from tests.command import journal_put_back


@pytest.fixture(autouse=True)
def _journal_put_back():
    with journal_put_back():
        yield


def test_what_happens_is_a_json_line(capsys):
    set_up_journal("info", "json")

    structlog.get_logger("a.room").info("poll.done", feed=7, title="خبر")
    logging.getLogger("elsewhere").warning("odd %s", "thing")

    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["feed"], ours["title"]) == ("poll.done", 7, "خبر")
    assert (ours["level"], ours["logger"]) == ("info", "a.room")
    assert theirs["event"] == "odd thing"


def test_what_is_below_the_level_is_not_written(capsys):
    set_up_journal("warning", "json")

    structlog.get_logger("a.room").info("poll.done")
    logging.getLogger("httpx").info("request")

    assert capsys.readouterr().err == ""


def test_people_read_text(capsys):
    set_up_journal("debug", "text")

    structlog.get_logger("a.room").debug("poll.done", feed=7)

    line = capsys.readouterr().err
    assert "poll.done" in line
    assert "feed=7" in line


def test_a_pipe_gets_json_unless_told_otherwise(capsys):
    set_up_journal("info", "auto")

    structlog.get_logger("a.room").info("poll.done")

    assert json.loads(capsys.readouterr().err)["event"] == "poll.done"


@pytest.mark.parametrize(
    "url",
    ["redis://:geheim@host/0", "postgresql://me:ge:heim@db/x", "postgresql://db/x?password=geheim"],
)
def test_no_password_is_written(capsys, url):
    set_up_journal("info", "json")

    structlog.get_logger("a.room").warning("lost", url=url, reason=f"no broker at {url}", count=3)
    structlog.get_logger("a.room").error("died", exc_info=OSError(url))

    assert "heim" not in capsys.readouterr().err


def test_levels_change_while_it_runs(capsys):
    set_up_journal("warning", "json")
    log = structlog.get_logger("a.room")
    log.debug("before")

    set_level("debug")
    log.debug("during")
    set_level("warning")
    log.info("after")

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "during"
    ]
