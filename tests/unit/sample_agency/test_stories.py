"""Invented news: whole sentences, the same for the same dice, different for different ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ingest.sample_agency.stories import LANGUAGES, Desk, Dice, texts, write_story

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LETTERS = {"ar": r"[ء-ي]", "tr": r"[a-zçğıöşü]", "en": r"[a-z]"}


def shingles(story):
    words = " ".join(story.paragraphs).split()
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_finished(language):
    stories = [write_story(language, Dice(f"{number}"), MONDAY) for number in range(120)]

    for story in stories:
        everything = " ".join((story.title, story.standfirst, story.caption, *story.paragraphs))
        assert not re.search(r"[\[\]{}|]", everything)
        assert "  " not in everything
        assert 7 <= len(story.paragraphs) <= 8
        assert all(len(text) > 20 for text in story.paragraphs)
        assert all(text.rstrip('"').endswith((".", "،", '."')) for text in story.paragraphs)
        assert re.search(LETTERS[language], everything)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_stories_never_read_like_one(language):
    told = [shingles(write_story(language, Dice(f"{number}"), MONDAY)) for number in range(80)]

    likeness = [
        len(one & two) / min(len(one), len(two))
        for at, one in enumerate(told)
        for two in told[at + 1 :]
    ]

    assert max(likeness) < 0.35
    assert sum(likeness) / len(likeness) < 0.1


def test_the_same_dice_tell_the_same_story():
    assert write_story("en", Dice("7"), MONDAY) == write_story("en", Dice("7"), MONDAY)
    assert write_story("en", Dice("7"), MONDAY) != write_story("en", Dice("8"), MONDAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_changes_the_figure_and_says_so(language):
    pairs = [
        (
            write_story(language, Dice(f"{number}"), MONDAY),
            write_story(language, Dice(f"{number}"), MONDAY, corrected=True),
        )
        for number in range(40)
    ]

    for first, second in pairs:
        assert first.correction is None
        assert second.correction
        assert first.paragraphs[0] != second.paragraphs[0]
        assert first.paragraphs[1:] == second.paragraphs[1:]


def test_all_languages_offer_the_same_kinds_of_words():
    names = {language: set(texts(language)) for language in LANGUAGES}

    assert names["ar"] == names["tr"] == names["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_title_has_its_lead(language):
    for kind in texts(language)["kinds"]:
        assert len(kind["titles"]) == len(kind["leads"]) == 3


def test_a_slot_nobody_fills_is_an_error_of_ours():
    with pytest.raises(ValueError, match="colour"):
        Desk(Dice("1"), {}).write("x", "a {colour} house")
