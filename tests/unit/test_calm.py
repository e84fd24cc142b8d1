"""What Celery says of a broker that is away fills no disk."""

from __future__ import annotations

import logging

import pytest

from workers.calm import LONGEST_LINE, QUIET_SECONDS, Calm


class Handler(logging.Handler):
    """Keeps what it was given to write."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def said():
    """A handler with a clock that a test moves."""
    handler = Handler()
    handler.now = 0.0
    handler.addFilter(Calm(lambda: handler.now))
    loggers = [logging.getLogger(name) for name in ("celery.beat", "ingest.pipeline")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


def complain(name):
    error = OSError("no broker")
    logging.getLogger(name).error(
        "Message Error: %s\n%s", error, "stack " * 99, exc_info=(OSError, error, None)
    )


def test_a_complaint_is_one_short_line_once_a_minute(said):
    for said.now in range(int(QUIET_SECONDS) + 1):
        complain("celery.beat")

    assert said.lines == ["Message Error: no broker"] * 2


def test_other_complaints_pass_meanwhile(said):
    complain("celery.beat")
    logging.getLogger("celery.beat").error("something else " * 99)

    assert len(said.lines) == 2
    assert len(said.lines[1]) <= LONGEST_LINE


def test_faults_of_ours_keep_their_tracebacks(said):
    complain("ingest.pipeline")
    complain("ingest.pipeline")

    assert len(said.lines) == 2
    assert "OSError: no broker" in said.lines[0]
