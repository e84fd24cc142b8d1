"""Two articles that a later page shows to be one: folded, told once, and nothing leads astray."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ingest.model import Reply
from ingest.pipeline.corrections import remove_article
from ingest.pipeline.publish import publish
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage.database import connect
from tests.stored import HOUR, MINUTE, NOON, Desk, article, source, text

WIRE = "https://wire.example"
BOATS, HARBOUR, QUAY = "news/boats-are-back-again", "port/harbour-is-full-again", "quay/back-again"
NUMBERED = replace(source(), number=re.compile(r"https://wire\.example/\S*?(?P<number>\d{5,})"))


@pytest.fixture
def desk(database):
    with connect(database) as opened:
        yield Desk(opened)


def naming(path, number=1, **changes_of_it):
    """Return an article whose page says that its address is another."""
    return article(number, canonical=f"{WIRE}/{path}", **changes_of_it)


def shown(desk):
    query = "SELECT article, state FROM khabar.article ORDER BY article"
    return desk.connection.execute(query).fetchall()


def test_two_articles_that_a_page_shows_to_be_one_are_seen_once(desk):
    first = desk.publish(BOATS, article(1))
    second = desk.publish(HARBOUR, article(1), at=NOON + MINUTE)
    was_two = shown(desk)

    by_page = desk.publish(HARBOUR, naming(BOATS), at=NOON + HOUR)
    after = desk.publish(HARBOUR, naming(BOATS), at=NOON + 2 * HOUR)

    assert was_two == [(first, "live"), (second, "live")]
    assert (by_page, after) == (first, first)
    assert shown(desk) == [(first, "live")]
    assert desk.told()[2:] == [("withdrawn", second, ["folded"])]
    assert changes.changes_after(desk.connection, 2)[0]["of"] == first
    assert {row["url"] for row in articles.article_addresses(desk.connection, first)} == {
        f"{WIRE}/{BOATS}",
        f"{WIRE}/{HARBOUR}",
    }


def test_a_page_that_led_to_the_folded_one_leads_to_the_other_from_then_on(desk):
    first = desk.publish(BOATS, article(1))
    second = desk.publish(HARBOUR, article(1))
    desk.publish(QUAY, naming(BOATS), article_id=second)  # another page of the second

    again = desk.publish(HARBOUR, article(1, title="Corrected"), article_id=second)
    gone = desk.publish(HARBOUR, None, article_id=second, is_withdrawn=True)

    assert (again, gone) == (first, None)
    assert desk.told()[-2:] == [
        ("revised", first, ["headline"]),
        ("withdrawn", first, ["withdrawn"]),
    ]


def test_a_wrong_canonical_folds_nothing(desk):
    boats = desk.publish(BOATS, article(1))
    other = desk.publish(HARBOUR, article(2, body=text(2)))

    again = desk.publish(HARBOUR, naming(BOATS, 2, body=text(2)))

    assert again == other
    assert shown(desk) == [(boats, "live"), (other, "live")]


def test_a_page_of_another_text_makes_no_two_articles_one(desk):
    boats = desk.publish(BOATS, article(1))
    copy = desk.publish(HARBOUR, article(1))

    desk.publish(QUAY, naming(BOATS, 3, body=text(3)), article_id=copy)

    assert shown(desk) == [(boats, "live"), (copy, "live")]


def test_two_numbers_of_the_agencys_are_two_articles(desk):
    one = desk.publish("news/boats-77123", article(1), source=NUMBERED)
    other = desk.publish("news/boats-88123", article(1), source=NUMBERED)

    desk.publish("short/77123", article(1), source=NUMBERED, article_id=other)

    assert shown(desk) == [(one, "live"), (other, "live")]


def test_a_number_goes_along_and_finds_the_article(desk):
    first = desk.publish(BOATS, article(1))
    second = desk.publish("port/harbour-77123", article(1), source=NUMBERED)
    desk.publish(BOATS, naming("port/harbour-77123"), source=NUMBERED)
    key = "SELECT agency_key FROM ingest.article WHERE id = %s"

    found = desk.publish("elsewhere/77123", article(1), source=NUMBERED)

    assert found == first
    assert desk.connection.execute(key, [first]).fetchone() == ("77123",)
    assert desk.connection.execute(key, [second]).fetchone() == (None,)


def test_the_newer_text_of_the_two_stays_the_articles(desk):
    longer = f"{text(1)}\nTwo more ships came in the evening, it was said at the harbour."
    first = desk.publish(BOATS, article(1))
    desk.publish(HARBOUR, article(1, body=longer), at=NOON + MINUTE)

    desk.publish(HARBOUR, naming(BOATS, body=longer), at=NOON + HOUR)
    (row,) = desk.connection.execute("SELECT article, revision, body FROM khabar.article")

    assert row == (first, 2, longer)
    assert ("revised", first, ["body"]) in desk.told()


def test_what_is_folded_in_the_batch_that_made_it_is_never_seen(desk):
    first = desk.publish(BOATS, article(1))
    at_the_harbour = Reply(url=f"{WIRE}/{QUAY}", final_url=f"{WIRE}/{HARBOUR}", status=200)
    batch = [
        desk.outcome(HARBOUR, article(1)),
        desk.outcome(QUAY, naming(BOATS), reply=at_the_harbour),
    ]

    numbers = publish(desk.connection, batch).article_of_page

    assert {*numbers.values()} == {first}
    assert desk.told() == [("new", first, [])]


def test_what_is_folded_twice_leads_to_the_last(desk):
    numbers = [desk.publish(path, article(1)) for path in (BOATS, HARBOUR, QUAY)]

    desk.publish(QUAY, naming(HARBOUR))
    desk.publish(HARBOUR, naming(BOATS))
    again = desk.publish(QUAY, article(1), article_id=numbers[2])
    found = articles.find_article(desk.connection, article_id=numbers[2], url_key=None)

    assert again == numbers[0]
    assert found.id == numbers[0]
    assert shown(desk) == [(numbers[0], "live")]


def test_stories_and_search_know_the_folded_one_no_more(desk):
    first = desk.publish(BOATS, article(1))
    second = desk.publish(HARBOUR, article(1))
    copy = desk.publish(QUAY, article(1))
    desk.connection.execute("UPDATE ingest.article SET of_id = %s WHERE id = %s", [second, copy])
    desk.publish(HARBOUR, naming(BOATS))
    rows = "SELECT article_id FROM ingest.sketch UNION SELECT article_id FROM ingest.posting"
    rows += " UNION SELECT article_id FROM ingest.search_due"
    matched = "SELECT article, of, story FROM khabar.article ORDER BY article"

    assert {row[0] for row in desk.connection.execute(rows)} == {first, copy}
    assert desk.connection.execute(matched).fetchall() == [
        (first, None, first),
        (copy, first, first),
    ]


def test_removing_an_article_erases_what_was_folded_into_it(desk):
    first = desk.publish(BOATS, article(1))
    desk.publish(HARBOUR, article(1, title="Another headline"))
    desk.publish(HARBOUR, naming(BOATS, title="Another headline"))

    remove_article(desk.connection, first, at=NOON + HOUR)
    left = desk.connection.execute("SELECT count(*) FROM ingest.revision").fetchone()
    states = desk.connection.execute("SELECT DISTINCT state FROM ingest.article").fetchall()

    assert left == (0,)
    assert states == [("removed",)]


# ── twins that became alike ─────────────────────────────────────────────────────────────

TWIN = f"{BOATS}/amp"
LONGER = f"{text(1)}\nTwo more ships came in the evening, it was said at the harbour."


@pytest.fixture
def twins(desk):
    """The articles of two twins whose pages told different things at first."""
    return desk.publish(BOATS, article(1)), desk.publish(TWIN, article(2, body=text(2)))


def test_twins_whose_texts_became_alike_are_one(desk, twins):
    first, second = twins

    by_page = desk.publish(TWIN, article(1), article_id=second, at=NOON + HOUR)
    after = desk.publish(TWIN, article(1), article_id=second, at=NOON + 2 * HOUR)

    assert (by_page, after) == (first, first)
    assert shown(desk) == [(first, "live")]
    assert desk.told()[2:] == [("withdrawn", second, ["folded"])]


def test_whichever_twin_is_read_again_the_earlier_article_stays(desk, twins):
    first, second = twins

    desk.publish(BOATS, article(2, body=text(2)), article_id=first, at=NOON + HOUR)
    (row,) = desk.connection.execute("SELECT article, body FROM khabar.article")

    assert row == (first, text(2))
    assert ("withdrawn", second, ["folded"]) in desk.told()
    assert [told for told in desk.told() if told[:2] == ("revised", second)] == []


def test_what_a_twin_adds_becomes_the_articles_text(desk, twins):
    first, second = twins

    desk.publish(TWIN, article(1, body=LONGER), article_id=second, at=NOON + HOUR)
    (row,) = desk.connection.execute("SELECT article, revision, body FROM khabar.article")

    assert row == (first, 2, LONGER)


def test_twins_that_go_on_telling_different_things_stay_two(desk, twins):
    first, second = twins

    desk.publish(TWIN, article(3, body=text(3)), article_id=second)

    assert shown(desk) == [(first, "live"), (second, "live")]


def test_another_page_of_an_article_does_not_speak_for_its_twins_text(desk, twins):
    first, second = twins

    desk.publish(QUAY, article(1), article_id=second)  # its own address says text(2) still
    untouched = shown(desk)
    desk.publish(TWIN, naming(BOATS, 3, body=text(3)), article_id=second)

    assert untouched == shown(desk) == [(first, "live"), (second, "live")]


def test_a_twin_that_a_person_had_removed_takes_nothing_with_it(desk, twins):
    first, second = twins
    remove_article(desk.connection, first, at=NOON)

    desk.publish(TWIN, article(1), article_id=second)

    assert shown(desk) == [(second, "live")]


def test_twins_with_two_numbers_of_the_agencys_are_two_articles(desk):
    numbered = replace(source(), number=re.compile(r"https://wire\.example/\S*?(?P<number>\d{5,})"))
    one = desk.publish("news/boats-77123", article(1), source=numbered)
    other = desk.publish("news/boats-77123/amp", article(2, body=text(2)))
    desk.connection.execute("UPDATE ingest.article SET agency_key = '8' WHERE id = %s", [other])

    desk.publish("news/boats-77123/amp", article(1), article_id=other)

    assert shown(desk) == [(one, "live"), (other, "live")]
