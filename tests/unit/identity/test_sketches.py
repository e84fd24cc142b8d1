from unicodedata import category

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.identity import Sketch, sketch
from ingest.identity.letters import HAS_FIGURE, IS_LETTER, MAX_LETTERS, word_hashes
from ingest.identity.shingles import MAX_FIGURES, MAX_TEXT
from ingest.text import match_key, words
from tests.unit.identity.stories_written import prose

LIVING = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF))
UNMARKED = st.text(  # some letters, such as U+FF9E, fold to marks
    st.characters(codec="utf-8", max_codepoint=0xFFFF).filter(
        lambda letter: not any(category(folded).startswith("M") for folded in match_key(letter))
    )
)


PINNED = [178962276, 1077406568, 2206606323, 2507196123, 2683389410, 3434128459]


def same(one: str, other: str) -> bool:
    return bool(np.array_equal(word_hashes(one), word_hashes(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harbour, reopened!", "harbour reopened"),
        ("“Harbour” re\u00adopened", "'harbour' reopened"),
        ("ISPARTA İSTANBUL ısparta", "isparta istanbul ISPARTA"),
        ("الأنباء إلى المدينة على", "الانباء الي المدينه علي"),
        ("المـــيناءُ", "الميناء"),
        ("می\u200cرود", "می رود"),
        ("ﻻ", "لا"),
        ("cafe\u0301", "café"),
        ("\uff28arbour \u0661\u0662", "harbour 12"),
        ("港口。开放", "港 口 开 放"),
        ("18.05", "1805"),
        ("3-1", "31"),
        ("", " … "),
    ],
)
def test_words_that_read_the_same_hash_the_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("harbour reopened", "harbourreopened"),
        ("harbour reopened", "reopened harbour"),
        ("live", "evil"),
        ("18 05", "1805"),
        ("گچپژ", "كجبز"),
        ("ê", "e"),
    ],
)
def test_words_that_read_otherwise_hash_otherwise(one, other):
    assert not same(one, other)


@given(UNMARKED)
@settings(max_examples=150)
def test_there_is_a_hash_for_each_word(text):
    key = match_key(text.replace("\u200c", " "))
    found = word_hashes(key)

    joined = sum(  # the parts of a figure are one word
        before[-1].isdigit() and sign not in " _" and not sign.isalnum() and after[0].isdigit()
        for before, sign, after in zip(key, key[1:], key[2:], strict=False)
        if not words(sign)
    )
    assert len(words(key)) - joined <= len(found) <= len(words(key))


@given(LIVING)
@settings(max_examples=150)
def test_a_normal_form_hashes_as_what_it_was_made_from(text):
    key = match_key(text.replace("\u200c", " "))

    assert same(key, match_key(key))


@given(st.text())
@settings(max_examples=100)
def test_any_text_can_be_sketched_and_stored(text):
    drawn = sketch(f"{text} \ud800")

    again = Sketch.from_bytes(drawn.to_bytes())

    assert again.to_bytes() == drawn.to_bytes()
    assert again.size == drawn.size


def test_figures_and_lone_letters_are_marked():
    found = word_hashes("F-16 34th 港 words")

    assert [bool(word & HAS_FIGURE) for word in found] == [False, True, True, False, False]
    assert [bool(word & IS_LETTER) for word in found] == [False, False, False, True, False]


def test_a_thai_letter_keeps_its_vowel_mark():
    assert len(word_hashes("ก\u0e34ข")) == 2


def test_a_sketch_is_bounded_however_long_the_text():
    drawn = sketch(" ".join(f"{prose(200, seed=n)} and {n} more" for n in range(60)))

    assert drawn.level >= 4
    assert len(drawn.text) <= MAX_TEXT
    assert len(drawn.figures) <= MAX_FIGURES
    assert len(drawn.to_bytes()) < 4000


def test_what_lies_far_down_a_text_is_not_looked_at():
    text = "word " * (MAX_LETTERS // 5)

    assert same(text, text + "and more")


def test_hashes_are_the_same_on_every_machine():
    drawn = sketch("The harbour reopened on Monday after 12 days.")

    assert drawn.lead.tolist() == PINNED


def test_letters_of_one_text_that_fold_to_many_are_all_known():
    ligatures = "".join(map(chr, range(0xFB00, 0xFB07))) * 3

    assert len(word_hashes(ligatures)) == 1
