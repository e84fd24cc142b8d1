"""`khabar article show --diff`: what a correction changed, for a person and for a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.cli.diff import print_diff
from ingest.pipeline.publish import publish
from ingest.storage import article as articles
from ingest.storage import page as pages
from ingest.storage.database import connect
from tests.command import environment_of, khabar
from tests.stored import (
    HOUR,
    NOON,
    add_host,
    add_source,
    article,
    claim,
    page_outcome,
    publish_articles,
    take_pages,
    wanted,
)

FIRST = article(
    1,
    title="Forty boats are back",
    body="One stays.\nForty boats came back to Aden.\nThis goes.\nTwo stays.\nثلاثون سفينة عادت",
)
SECOND = replace(
    FIRST,
    title="Fifty boats are back",
    authors=("A. Writer",),
    body="One stays.\nFifty boats came back to Aden [at last].\nTwo stays.\nأربعون سفينة عادت\n"
    "New.",
)


@pytest.fixture
def corrected(database):
    """A database with an article of three texts; its URL."""
    with connect(database) as connection:
        place = (add_source(connection), add_host(connection))
        (host,) = claim(connection)
        for hours, text in enumerate((FIRST, SECOND, FIRST)):
            pages.make_pages_due(connection, [wanted(*place, "1", again=True)])
            (page,) = take_pages(connection, host)
            outcome = page_outcome(host, page, text, at=NOON + hours * HOUR)
            publish(connection, [outcome])
            pages.store_fetches(connection, [outcome.row])
    return database


def test_words_that_went_and_came_are_marked(corrected):
    out = khabar("article", "show", 1, "--diff", "--between", "1:2", database=corrected).out

    assert "revision 1 ▶ 2" in out
    assert "title [-Forty-]{+Fifty+} boats are back" in out
    assert "authors {+A. Writer+}" in out
    assert "… 1 paragraph as before" in out
    assert "[-Forty-]{+Fifty+} boats came back to Aden{+ [at last]+}." in out
    assert "[-This goes.-]" in out
    assert "\u2068[-ثلاثون-]{+أربعون+} سفينة عادت\u2069" in out
    assert "{+New.+}" in out


def test_the_last_two_texts_are_compared_unless_told(corrected):
    out = khabar("article", "show", 1, "--diff", database=corrected).out

    assert "revision 2 ▶ 3" in out
    assert "[-Fifty-]{+Forty+} boats are back" in out


def test_a_program_gets_fields(corrected):
    done = khabar(
        "article", "show", 1, "--diff", "--between", "1:2", "--json", database=corrected
    ).json

    assert (done["article"], done["from"], done["to"]) == (1, 1, 2)
    assert set(done["changed"]) == {"title", "authors", "body"}
    assert done["changed"]["title"] == {"from": FIRST.title, "to": SECOND.title}


def test_a_terminal_gets_colours(corrected, capsys):
    with connect(corrected) as connection:
        one, two, _ = articles.article_revisions(connection, 1)

    with environment_of({"FORCE_COLOR": "1"}):
        print_diff(one, two)
        print_diff(one, one)

    out = capsys.readouterr().out
    assert "\x1b[9;31mForty" in out
    assert "\x1b[32mFifty" in out
    assert "nothing that is shown has changed" in out


@pytest.mark.parametrize(
    ("between", "status", "reason"),
    [
        ("1:9", 1, "article 1 has no revisions 1:9: it has 1 to 3"),
        ("1", 2, "write two revisions as 1:2"),
        ("a:b", 2, "write two revisions as 1:2"),
    ],
)
def test_revisions_that_are_not_there_are_refused(corrected, between, status, reason):
    done = khabar("article", "show", 1, "--diff", "--between", between, database=corrected)

    assert done.status == status
    assert reason in done.err


def test_an_article_of_one_text_says_so(database):
    with connect(database) as connection:
        publish_articles(connection, [("wire", article(1))])

    done = khabar("article", "show", 1, "--diff", database=database)

    assert done.out == "article 1 of wire has one revision\n"
