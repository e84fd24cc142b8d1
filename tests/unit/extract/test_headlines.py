"""Which of several headlines is the editor's, and what of it is no headline."""

import json

import pytest

from ingest.extract import extract_article
from tests.unit.extract.pages import URL, page, paragraphs


def title_of(body, *, named=None, shared=None, titled=None):
    """Return the headline of a story below this, with what its head says."""
    head = f"<title>{titled}</title>" if titled else ""
    head += f'<meta property="og:title" content="{shared}">' if shared else ""
    if named:
        data = json.dumps({"@type": "NewsArticle", "headline": named})
        head += f'<script type="application/ld+json">{data}</script>'
    return extract_article(
        page(f"<main>{body}<div class=text>{paragraphs()}</div></main>", head), url=URL
    ).title


@pytest.mark.parametrize(
    "inside",
    [
        "<em class=overline>River</em><em class=offscreen> - </em>Bridge opens after eleven years",
        "<span class='kicker'>River</span>Bridge opens after eleven years",
        "<small class='topline'>River</small> | Bridge opens after eleven years",
        "<small>River</small><br>Bridge opens after eleven years",
        "Bridge opens after eleven years <small>It cost twenty million</small>",
    ],
    ids=["hidden dash", "glued", "bar", "small above", "small after"],
)
def test_a_kicker_is_no_part_of_the_headline(inside):
    shared = "On the river: Bridge opens after eleven years"

    assert title_of(f"<h1>{inside}</h1>", shared=shared) == "Bridge opens after eleven years"


def test_a_kicker_that_is_all_there_is_stays():
    title = title_of("<h1><span class=kicker>Bridge opens after years</span> now</h1>")

    assert title == "Bridge opens after years now"


def test_lines_of_a_headline_are_set_apart():
    assert title_of("<h1>Bridge opens<br>after eleven years</h1>") == (
        "Bridge opens after eleven years"
    )


def test_a_word_over_a_box_is_no_headline():
    shared = "Bridge over the river opens after eleven years, say reviews of its plans"

    assert title_of("<h1>Reviews</h1>", shared=shared) == shared


def test_the_last_crumb_is_no_headline_where_the_page_marks_another():
    body = (
        "<div class=crumbs><h1 class='breadcrumb_last'>Is the bridge open?</h1></div>"
        "<h2 itemprop=headline>Seven figures that show how late the bridge is</h2>"
    )

    title = title_of(
        body,
        named="Is the bridge open?",
        shared="Seven figures that show how late the bridge is",
        titled="Is the bridge open?",
    )

    assert title == "Seven figures that show how late the bridge is"


def test_the_last_crumb_is_the_headline_where_there_is_no_other():
    body = "<ol class=breadcrumb><li><h1>Bridge opens after eleven years</h1></li></ol>"

    assert title_of(body) == "Bridge opens after eleven years"


def test_what_readers_are_shown_goes_before_what_the_head_says_everywhere():
    told = "Bridge opening: when, where, and who pays"
    shown = "<h1>When and where the bridge opens, and who pays for it</h1>"

    title = title_of(shown, named=told, shared=told, titled=told)

    assert title == "When and where the bridge opens, and who pays for it"


def test_what_readers_are_shown_goes_before_what_networks_and_search_engines_are_told():
    told = "Bridge opening: when, where, and who pays"
    shown = "<h1>When and where the bridge opens, and who pays for it</h1>"

    title = title_of(shown, named=told, shared="Who pays for this bridge?", titled=told)

    assert title == "When and where the bridge opens, and who pays for it"


def test_a_kicker_that_the_head_adds_everywhere_is_kept():
    told = "River: Bridge opens after eleven years"

    title = title_of(
        "<h1>Bridge opens after eleven years</h1>", named=told, shared=told, titled=told
    )

    assert title == told


def test_json_ld_may_carry_the_site_s_name_too():
    title = title_of("", named="Bridge opens after eleven years - news.example", shared=None)

    assert title == "Bridge opens after eleven years"


def test_a_logo_is_no_headline_though_the_site_names_itself_nowhere_else():
    logo = "<h1><a href=/>News Example</a></h1>"

    title = title_of(logo, shared="Bridge opens", titled="News Example: Bridge opens")

    assert title == "Bridge opens"


def test_the_site_s_name_after_the_headline_goes_from_an_h1_too():
    signed = "Bridge opens after eleven years – Example"
    head_says = {"named": signed, "shared": signed, "titled": f"{signed} | Example"}

    title = title_of(f"<meta property=og:site_name content=Example><h1>{signed}</h1>", **head_says)

    assert title == "Bridge opens after eleven years"


def test_a_head_cut_at_its_own_quotation_mark_is_completed():
    whole = 'Mayor calls the new bridge "a gift"'

    assert title_of("", shared=whole, titled=whole) == whole


@pytest.mark.parametrize(
    ("titled", "title"),
    [
        ("老街钟楼重新敲响吸引居民_社会_新闻网", "老街钟楼重新敲响吸引居民"),
        ("老街钟楼重新敲响吸引居民！-新闻网", "老街钟楼重新敲响吸引居民！"),
        ("Bridge opens after eleven years | World | News", "Bridge opens after eleven years"),
        ("Bridge opens :: a story of eleven years", "Bridge opens :: a story of eleven years"),
        (
            "Bridge opens after talks of unions - employers",
            "Bridge opens after talks of unions - employers",
        ),
    ],
)
def test_short_last_parts_of_a_title_alone_are_section_and_site(titled, title):
    assert title_of("", titled=titled) == title
