"""The two agencies khabar was first made for: their keys and datelines."""

import pytest

from ingest.sources import find_source


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.aa.com.tr/ar/الدول-العربية/عنوان-الخبر/3817682", ("ar", "3817682")),
        ("https://www.aa.com.tr/ar/%D8%AF/%D8%B9-2025/3817682", ("ar", "3817682")),
        ("https://www.aa.com.tr/kk/x/y/3817001/?ref=home#top", ("kk", "3817001")),
        ("https://www.aa.com.tr/tr/gundem/2026/3912126?utm_source=x", ("tr", "3912126")),
        ("http://v.aa.com.tr/3529015", (None, "3529015")),
        ("https://www.aa.com.tr/tr/p/abonelik-talep-formu/1001", None),
        ("https://www.aa.com.tr/tr/gundem", None),
        ("https://example.com/tr/gundem/3912126", None),
    ],
)
def test_an_anadolu_article_is_known_by_language_and_number(url, key):
    assert key_in(url, "anadolu") == key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://sana.sy/?p=2215080", (None, "2215080")),
        ("https://sana.sy/en/?p=2215080&utm_source=x", ("en", "2215080")),
        ("https://sana.sy/?lang=ar&p=2215080", (None, "2215080")),
        ("https://sana.sy/syria/2289847/", (None, "2289847")),
        ("https://www.sana.sy/en/syria/2289847", ("en", "2289847")),
        ("https://sana.sy/?cat=2289847", None),
        ("https://sana.sy/tourism/page/2/", None),
        ("https://sana.sy/2025/11/", None),
    ],
)
def test_old_and_new_sana_addresses_carry_one_number(url, key):
    assert key_in(url, "sana") == key


def key_in(url, slug):
    """Return the language and number that the declaration of `slug` finds in a URL."""
    found = find_source(slug).number.search(url)
    return (found["language"], found["number"]) if found else None


@pytest.mark.parametrize(
    ("slug", "opening", "place"),
    [
        ("anadolu", "إسطنبول / الأناضول\nقال وزير", "إسطنبول"),
        ("anadolu", "غزة/ محمد ماجد/ الأناضول\nأعلنت", "غزة"),
        ("anadolu", "DÜZCE (AA) - Düzce'de", "DÜZCE"),
        ("anadolu", "AA / Tunis / Slim Ben\nLe ministre", "Tunis"),
        ("anadolu", "ISTANBUL\nTürkiye's exports", "ISTANBUL"),
        ("sana", "دمشق-سانا\nبحث وزير", "دمشق"),
        ("sana", "دير الزور – سانا\nبدأت", "دير الزور"),
        ("sana", "Damascus, Nov. 17 (SANA) The ministry", "Damascus"),
    ],
)
def test_a_dateline_gives_its_place(slug, opening, place):
    assert place_at(opening, slug) == place


@pytest.mark.parametrize(
    ("slug", "opening"),
    [
        ("anadolu", "قال وزير الخارجية إن الزيارة / بحسب البيان / مهمة جدا للبلدين وستستمر أياما"),
        ("anadolu", "Türkiye's exports rose in October, official figures showed."),
        ("sana", "بحث وزير الزراعة اليوم مع المزارعين أثر الأمطار - كما قالت سانا في خبر لها"),
    ],
)
def test_a_first_sentence_is_no_dateline(slug, opening):
    assert place_at(opening, slug) is None


def place_at(opening, slug):
    """Return the place of the dateline that the declaration of `slug` sees."""
    matches = (dateline.match(opening) for dateline in find_source(slug).datelines)
    return next((found["place"] for found in matches if found), None)
