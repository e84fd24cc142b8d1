from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text import (
    clean_text,
    fold_digits,
    is_printable,
    lower,
    match_key,
    squeeze,
    words,
)

ANY_TEXT = st.text(st.characters(), max_size=60)
LANGUAGES = st.sampled_from([None, "ar", "tr", "az-Latn", "ckb", "fa", "en_GB"])


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("plain", "plain"),
        ("a\x00b\x07c\x9fd", "abcd"),
        ("Hüsameddin Salih\u00a0| ", "Hüsameddin Salih |"),
        ("e\u0301te\u0301", "été"),
        ("می\u200cخواهد", "می\u200cخواهد"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("\ufeffخبر", "خبر"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("  a \t b  \n\n\n\n  c ", "a b\n\nc"),
        ("Donau\u00addampf", "Donaudampf"),
        ("half \ud83d surrogate", "half surrogate"),
        ("no\ufffe char\U0001ffffacter", "no character"),
        ("خبر 🗞️", "خبر 🗞️"),
    ],
)
def test_stored_text_keeps_letters_and_loses_what_corrupts(given_text, stored):
    assert clean_text(given_text) == stored


@given(st.text() | st.text(st.characters(max_codepoint=0x7F)))
def test_printable_is_what_python_calls_so(text):
    assert is_printable(text) == text.isprintable()


def test_squeezed_text_is_one_line():
    assert squeeze(" A headline\n\n in\u3000two\tlines ") == "A headline in two lines"


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("١٧ نوفمبر ٢٠٢٥", "17 نوفمبر 2025"),
        ("۱۴۰۴/۰۸/۲۶", "1404/08/26"),
        ("２０２５年", "2025年"),
        ("٣٫٥٪", "3.5%"),
        ("१७", "17"),
        ("plain 7", "plain 7"),
        ("𝟙𝟚", "12"),
    ],
)
def test_digits_of_every_script_become_ascii(given_text, folded):
    assert fold_digits(given_text) == folded


@pytest.mark.parametrize(
    ("given_text", "language", "lowered"),
    [
        ("İSTANBUL IŞIK", "tr", "istanbul ışık"),
        ("BAKI İL", "az", "bakı il"),
        ("INFLATION İ", "en", "inflation i"),
        ("INFLATION", None, "inflation"),
    ],
)
def test_turkish_letters_keep_their_dots_apart(given_text, language, lowered):
    assert lower(given_text, language) == lowered


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("أكّدت الوكالةُ", "اكدت الوكاله", "ar"),
        ("على", "علي", None),
        ("الــعــربــيــة", "العربية", None),
        ("ﻻ إله", "لا اله", None),
        ("ایران", "ايران", "fa"),
        ("می\u200cخواهد", "میخواهد", "fa"),
        ("“quoted” – ‘text’", "\"QUOTED\" - 'text'", "en"),
        ("IŞIK", "ışık", "tr"),
        ("ΟΔΟΣ", "οδοσ", "el"),
        ("ＫＨＡＢＡＲ　１２", "khabar 12", "ja"),
        ("ال\u202bنص\u202c\u200f", "النص", None),
        ("ا\u0653", "آ", None),
    ],
)
def test_spellings_of_one_text_share_a_key(one, other, language):
    assert match_key(one, language) == match_key(other, language)


def test_kurdish_keeps_its_vowel_apart_from_heh():
    assert match_key("هەواڵ", "ckb") != match_key("ههواڵ", "ckb")
    assert match_key("هەواڵ", "ar") == match_key("ههواڵ", "ar")


def test_latin_letters_with_marks_stay_letters_of_their_own():
    assert match_key("Çîrok Û şev") == "çîrok û şev"


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("nothing lost, 24/7", ["nothing", "lost", "24", "7"]),
        ("الاناضول 17_2025", ["الاناضول", "17", "2025"]),
        ("新华社北京", ["新", "华", "社", "北", "京"]),
        ("연합 뉴스", ["연합", "뉴스"]),
        ("东京 tokyo 2025 में", ["东", "京", "tokyo", "2025", "में"]),
        ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("", []),
    ],
)
def test_words_of_a_key(key, found):
    assert words(key) == found


@given(ANY_TEXT)
def test_cleaning_is_done_once(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert squeeze(squeeze(text)) == squeeze(text)


@given(ANY_TEXT, LANGUAGES)
@settings(max_examples=300)
def test_a_key_of_a_key_is_itself(text, language):
    key = match_key(text, language)

    assert match_key(key, language) == key
    words(key)


@given(st.binary(max_size=200))
def test_mutated_bytes_never_break_text(body):
    for text in (body.decode("utf-8", "surrogateescape"), body.decode("utf-16", "replace")):
        clean_text(text).encode("utf-8")
        match_key(text).encode("utf-8")


@pytest.mark.parametrize(
    "run", ["\u0301\u0316", "\U0001d165\u0301", "ـ\u064b", " \n", "\u00a0\ud800"]
)
def test_time_is_linear_in_length(run):
    started = time.perf_counter()

    clean_text("a" + run * 50_000)
    match_key("a" + run * 50_000)

    assert time.perf_counter() - started < 2  # a quadratic pass takes minutes
