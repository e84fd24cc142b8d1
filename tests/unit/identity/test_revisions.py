from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import (
    RECENT_TEXTS,
    Text,
    is_flapping,
    is_restless,
    is_same_text,
    text_digest,
    what_changed,
)
from ingest.model import Article, Moment, Precision, ZoneReason

TITLE = 'Harbour "fully open" again'
BODY = "The harbour reopened on Monday.\nTwo ships - one of them new - left at 7."


@pytest.mark.parametrize(
    "body",
    [
        "The  harbour reopened on\u00a0Monday.\n\nTwo ships - one of them new - left at 7.",
        "The harbour reopened on Monday. Two ships - one of them new - left at 7.",
        "The harbour re\u00adopened on Mon\u200bday.\nTwo ships — one of them new — left at 7.",
        "The harbour reopened on Monday.\nTwo ships—one of them new—left at 7.",
        "\u202aThe harbour reopened on Monday. Two ships - one of them new - left at 7.\ufeff",
    ],
)
def test_typography_makes_no_revision(body):
    assert text_digest("Harbour “fully open” again", None, body) == text_digest(TITLE, "", BODY)


def test_a_stretched_arabic_word_makes_no_revision():
    assert text_digest(None, None, "أعيد فتح المـــيناء") == text_digest(
        None, None, "أعيد فتح الميناء"
    )


def test_french_quotes_with_their_spaces_make_no_revision():
    assert text_digest("Un port «\u00a0rouvert\u00a0»", None, "x") == text_digest(
        'Un port "rouvert"', None, "x"
    )


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Harbour closed again", BODY),
        (TITLE.upper(), BODY),
        (TITLE, BODY.replace("7", "8")),
        (TITLE, BODY + " Nobody was hurt."),
        (TITLE, BODY.replace("Monday", "Munday")),
    ],
)
def test_letters_case_and_figures_make_a_revision(title, body):
    assert text_digest(title, None, body) != text_digest(TITLE, None, BODY)


def test_a_word_moved_from_title_to_body_makes_a_revision():
    assert text_digest("a b", None, "c") != text_digest("a", None, "b c")


@given(st.text())
def test_the_digest_takes_any_text(text):
    assert len(text_digest(text, None, text)) == 16


def test_texts_are_compared_as_they_read():
    one = Text(title=TITLE, standfirst=None, body=BODY)

    assert is_same_text(one, replace(one, body=BODY.replace("\n", "\n\n")))
    assert not is_same_text(one, replace(one, standfirst="At last."))


def moment(day: int) -> Moment:
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    return Moment(at=at, precision=Precision.MINUTE, text=str(day), zone=ZoneReason.TEXT)


ARTICLE = Article(title=TITLE, body=BODY, published=moment(1))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, ()),
        ({"title": "Harbour open"}, ("headline",)),
        ({"title": "Harbour “fully open” again"}, ()),
        ({"standfirst": "At last."}, ("standfirst",)),
        ({"body": "Other."}, ("body",)),
        ({"published": moment(2)}, ("date",)),
        ({"published": None}, ("date",)),
        ({"modified": moment(2)}, ("modified",)),
        ({"authors": ("Desk",)}, ("authors",)),
        ({"place": "Port"}, ("place",)),
        ({"image": "https://x.example/1.jpg"}, ("image",)),
        ({"sections": ("World",)}, ("sections",)),
        ({"tags": ("ports",)}, ("tags",)),
        ({"notice": "Terms."}, ("notice",)),
        ({"language": "en"}, ("language",)),
        ({"engine": 2, "rule": "other"}, ()),
        ({"body": "Other.", "title": "Else"}, ("headline", "body")),
    ],
)
def test_what_changed_names_what_a_reader_would_see(change, names):
    assert what_changed(ARTICLE, replace(ARTICLE, **change)) == names


A, B, C = b"a", b"b", b"c"


@pytest.mark.parametrize(
    ("history", "digest", "flaps"),
    [
        ([A], A, True),
        ([A], B, False),
        ([A, B], A, False),
        ([A, B, A], B, True),
        ([A, B, A], C, False),
        ([A, B, C], A, False),
        ([A, B, A, C], A, True),
    ],
)
def test_a_text_may_return_once_and_then_flaps(history, digest, flaps):
    assert is_flapping(history, digest) is flaps


def told(*lines: str, title: str = TITLE) -> Text:
    return Text(title=title, standfirst=None, body="\n".join((*lines, BODY)))


def stored(texts: list[Text]) -> int:
    """Return how many of the texts become revisions, one after the other."""
    kept = texts[:1]
    for text in texts[1:]:
        if not is_restless(kept[-RECENT_TEXTS:], text):
            kept.append(text)
    return len(kept)


def test_a_counter_soon_makes_no_more_revisions():
    assert stored([told(f"Viewed {n} times") for n in range(100)]) == 3


def test_a_clock_told_in_words_soon_makes_no_more_revisions():
    ages = ["just now", "a minute ago", "5 minutes ago", "an hour ago", "2 hours ago", "yesterday"]

    assert stored([told(f"Updated {age}") for age in ages]) == 3


def test_two_counters_are_as_quiet_as_one():
    assert stored([told(f"{n} views", f"{2 * n} likes") for n in range(50)]) == 3


def test_a_counter_amid_a_long_sentence_is_found_later():
    line = (
        "This report of our harbour desk has been read {} times since it was first published here."
    )

    assert stored([told(line.format(n)) for n in range(50)]) == 5


def test_a_rising_toll_is_told_at_first():
    line = "The ministry of health in the port city said that at least {} people had been killed."

    assert stored([told(line.format(n)) for n in (3, 5, 8, 12)]) == 4


def test_a_corrected_figure_is_a_revision():
    assert not is_restless([told("Two ships left")], told("Three ships left"))


def test_news_beside_a_counter_is_a_revision():
    history = [told(f"Viewed {n} times") for n in range(4)]
    news = replace(told("Viewed 9 times"), body="Viewed 9 times\nThe harbour closed on Tuesday.")

    assert not is_restless(history, news)
    assert not is_restless(history, told("Viewed 9 times", title="Harbour closed"))


def test_a_line_that_stood_still_once_is_no_counter():
    history = [told("Viewed 1 times"), told("Viewed 1 times"), told("Viewed 2 times")]

    assert not is_restless(history, told("Viewed 3 times"))


def test_a_headline_is_never_a_counter():
    history = [told(title=f"Storm: {n} dead") for n in range(3)]

    assert not is_restless(history, told(title="Storm: 4 dead"))


def test_lines_that_come_and_go_are_no_counters():
    history = [told("One"), told("Two", "Three"), told("Four")]

    assert not is_restless(history, told("Five"))
    assert not is_restless(history, told("Five", "Six"))


def test_the_same_text_is_not_restless():
    assert not is_restless([told("One")], told("One"))


def test_without_history_nothing_is_restless():
    assert not is_restless([], told("One"))
