import re
from zoneinfo import ZoneInfo

import pytest

from ingest.identity import agency_key, article_keys, believable_canonical, confirms_twin
from ingest.identity.articles import may_share_number
from ingest.model import Source
from ingest.urls import twin_number

HARBOUR = (
    "The harbour of the old town opened again on Sunday after a week of storms that had kept forty"
    " boats at their moorings, the keeper of the light told those who had come to see them leave."
)
WIRE = Source(
    slug="wire",
    name="Wire",
    homepage="https://www.wire.example/",
    timezone=ZoneInfo("UTC"),
    hosts=("wire.example", "news.wire-group.example"),
    path_languages={"kk": "ku"},
    number=re.compile(
        r"https?://(?:(?:www|v)\.)?wire\.example/(?:(?P<language>[a-z]{2})/)?"
        r"(?:[^?#]*/)?(?P<number>\d{4,})/?(?:[?#]|$)"
    ),
)
PAGE = "https://www.wire.example/ar/world/harbour-reopens/3817682"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (PAGE, "ar:3817682"),
        (PAGE + "?utm_source=x", "ar:3817682"),
        ("http://v.wire.example/3817682", "3817682"),
        ("https://www.wire.example/kk/cihan/3817690", "ku:3817690"),
        ("https://www.wire.example/ar/world", None),
        ("https://elsewhere.example/ar/world/3817682", None),
        ("not a url", None),
    ],
)
def test_the_agencys_own_number_is_read_from_the_url(url, key):
    assert agency_key(WIRE, url) == key


def test_a_source_without_numbers_has_no_agency_keys():
    assert agency_key(None, PAGE) is None


@pytest.mark.parametrize(
    ("canonical", "page"),
    [
        (PAGE, PAGE),
        (PAGE, PAGE + "?utm_source=rss"),
        ("https://www.wire.example/ar/world/harbour-open-again/3817682", PAGE),
        ("https://news.wire-group.example/ar/x/3817682", PAGE),
        ("https://site.example/2026/03/01/harbour-reopens/", "https://site.example/?p=812345"),
        (
            "https://site.example/news/harbour-reopens",
            "https://m.site.example/news/harbour-reopens",
        ),
        ("https://site.example/news/17-harbour", "https://site.example/news/17-harbour?page=2"),
        ("https://site.example/a/harbour.html", "https://site.example/a/harbour.html/amp"),
        ("https://site.example/", "https://www.site.example/"),
        ("https://site.example/news/harbour", "https://site.example/news/harbour-reopens"),
        ("https://site.example/news/17-harbour", "https://site.example/news/17-harbour/2"),
        (
            "https://site.example/2026/03/01/harbour-reopens",
            "https://site.example/2026/03/01/harbour-reopens-after-storm",
        ),
        ("https://site.example/id/812345/new-words", "https://site.example/id/812345/old-words"),
    ],
)
def test_a_canonical_that_can_be_the_pages_own_is_believed(canonical, page):
    assert believable_canonical(canonical, page, WIRE)


@pytest.mark.parametrize(
    ("canonical", "page"),
    [
        ("https://www.wire.example/", PAGE),
        ("https://www.wire.example/index.html", PAGE),
        ("https://www.wire.example/ar", PAGE),
        ("https://www.wire.example/ar/world", PAGE),
        ("https://www.wire.example/ar/world/storm-kills-two/3817999", PAGE),
        ("https://www.wire.example/en/world/harbour-reopens/3817682", PAGE),
        ("https://elsewhere.example/ar/world/harbour-reopens/3817682", PAGE),
        ("https://site.example/sport/", "https://site.example/2026/03/01/harbour-reopens"),
        ("https://site.example/id/812346", "https://site.example/id/812345"),
        (
            "https://site.example/2026/02/11/storm-kills-two",
            "https://site.example/2026/03/01/harbour-reopens",
        ),
        ("https://site.example/", "https://site.example/amp"),
        ("https://site.example/2026/03/01/", "https://site.example/2026/03/01/harbour-reopens"),
        ("javascript:void(0)", PAGE),
        (PAGE, "mailto:desk@wire.example"),
    ],
)
def test_a_canonical_that_leads_elsewhere_is_ignored(canonical, page):
    assert not believable_canonical(canonical, page, WIRE)


def test_keys_come_in_the_order_of_their_weight():
    keys = article_keys(
        "http://v.wire.example/3817682?utm_source=x",
        final="https://www.wire.example/ar/world/harbour/3817682",
        canonical=PAGE,
        links=("http://v.wire.example/3817682", "https://www.wire.example/ar/x/3999999"),
        source=WIRE,
    )

    assert keys.number == "ar:3817682"
    assert keys.urls == (
        "https://v.wire.example/3817682",
        "https://www.wire.example/ar/world/harbour/3817682",
        PAGE,
    )
    assert keys.canonical == PAGE


def test_a_wrong_canonical_gives_no_key():
    keys = article_keys(PAGE, canonical="https://www.wire.example/", source=WIRE)

    assert keys.urls == (PAGE,)
    assert keys.canonical is None


def test_a_redirect_to_the_home_page_gives_no_key():
    keys = article_keys(PAGE, final="https://www.wire.example/", source=WIRE)

    assert keys.urls == (PAGE,)


def test_a_redirect_to_a_new_slug_gives_a_key():
    keys = article_keys(
        "https://site.example/news/harbour", final="https://site.example/ports/harbour"
    )

    assert keys.urls == ("https://site.example/news/harbour", "https://site.example/ports/harbour")


def test_a_final_address_that_is_no_url_is_left_out():
    assert article_keys(PAGE, final="about:blank", source=WIRE).urls == (PAGE,)


def test_a_short_links_number_stands_until_a_language_is_known():
    assert article_keys("http://v.wire.example/3817682", source=WIRE).number == "3817682"


def test_links_of_a_source_without_numbers_are_not_believed():
    keys = article_keys("https://site.example/a/harbour-reopens-again", links=(PAGE,))

    assert keys.number is None
    assert keys.urls == ("https://site.example/a/harbour-reopens-again",)


def test_twins_are_guesses_and_no_keys():
    keys = article_keys("https://site.example/news/harbour-reopens-at-last/amp")

    assert keys.twins == (twin_number("http://m.site.example/news/harbour-reopens-at-last/"),)
    assert keys.urls == ("https://site.example/news/harbour-reopens-at-last/amp",)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (HARBOUR, True),
        (HARBOUR.partition(",")[0], True),
        (f"{HARBOUR} Nobody was hurt. The mayor thanked all who had worked by night.", True),
        ("Nothing of the kind was told in the hills, where snow fell on the pass.", False),
    ],
)
def test_a_text_confirms_a_twin_or_does_not(other, same):
    assert confirms_twin(HARBOUR, other) is same


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (None, None, True),
        ("en:77123", None, True),
        ("en:77123", "77123", True),
        ("en:77123", "tr:77123", False),
        ("77123", "77124", False),
    ],
)
def test_numbers_that_differ_speak_against_one_article(one, other, may):
    assert may_share_number(one, other) is may
    assert may_share_number(other, one) is may


def test_an_announced_address_that_is_no_url_gives_no_keys():
    keys = article_keys("news 17")

    assert keys.urls == ()
    assert keys.twins == ()
