"""What stands between headline and text: leads, key points, teasers, and what is none."""

import pytest

from ingest.extract import extract_article
from tests.unit.extract.pages import PROSE, URL, page, paragraphs

LEAD = (
    "Eleven years late and twice as dear, the bridge is there; the mayor says who is to pay for"
    " it, and why the soldiers' old one stays."
)


def story_with(above, *, headline="<h1>Bridge opens after eleven years</h1>", texts=PROSE, head=""):
    """Return the article whose text stands in a box below this."""
    return extract_article(
        page(
            f"<main>{headline}{above}<div class=article-body>{paragraphs(texts)}</div></main>", head
        ),
        url=URL,
    )


@pytest.mark.parametrize(
    "above",
    [
        f"<div class='teaser-text'><p>{LEAD}</p></div>",
        f"<div class='news-teaser'>{LEAD}</div>",
        f"<div class='texto-bajada'><p>{LEAD}</p></div>",
    ],
    ids=["a teaser text", "a teaser without a link", "in the words of a newsroom"],
)
def test_a_lead_above_the_text_is_the_text_s(above):
    lines = story_with(above).body.split("\n")

    assert lines[-len(PROSE) :] == list(PROSE)
    assert LEAD in [*lines, story_with(above).standfirst]


@pytest.mark.parametrize(
    "above",
    [
        f"<div class='news-teaser'>{LEAD} <a href='/old'>More</a></div>",
        f"<div class='slide'>{LEAD}</div><div class='slide'>{LEAD}</div>",
        "<div class='intro'>Bridge opens after eleven years!</div>",
        f"<div class='img_description'><p>{LEAD}</p></div>",
    ],
    ids=["a teaser of another story", "slides", "the headline again", "a caption"],
)
def test_what_only_stands_there_is_not(above):
    assert story_with(above).body.split("\n") == list(PROSE)


@pytest.mark.parametrize("name", ["headline audio-title", "title published", "top caption"])
def test_a_headline_is_found_in_a_box_named_for_something_else(name):
    headline = f"<div class='{name}'><h1>Bridge opens after eleven years</h1></div>"
    other = paragraphs(f"{text} Elsewhere it rained, as it often does." for text in PROSE)
    body = (
        f"<article>{headline}<div>{paragraphs()}</div></article>"
        f"<article class=other><h1>Another town</h1><div>{other}</div></article>"
    )

    article = extract_article(page(body, "<title>Bridge opens after eleven years</title>"), url=URL)

    assert article.body.split("\n") == list(PROSE)


def test_key_points_are_a_standfirst():
    points = ("The bridge is open, after eleven years.", "It was twice as dear as was planned.")
    listed = "".join(f"<li>{point}</li>" for point in points)

    article = story_with(f"<div class='summary-bullets'><ul>{listed}</ul></div>")

    assert article.standfirst == " ".join(points)


def test_a_first_paragraph_in_bold_is_a_standfirst():
    head = '<meta name="description" content="Bridge, river, town, news and weather">'

    bold = story_with("", texts=(f"<b>{LEAD}</b>", *PROSE), head=head)
    all_bold = story_with("", texts=[f"<b>{text}</b>" for text in (LEAD, *PROSE)], head=head)

    assert bold.standfirst == LEAD
    assert bold.body.split("\n") == [LEAD, *PROSE]
    assert all_bold.standfirst == "Bridge, river, town, news and weather"


def test_in_a_box_of_several_the_one_called_so_is_the_standfirst():
    teaser = "<h2><span>The old bridge may yet be sold to a museum</span></h2>"
    above = f"<header class='article-intro'>{teaser}<p class='lead'>{LEAD}</p></header>"

    assert story_with(above).standfirst == LEAD


def test_headings_between_paragraphs_above_the_text_s_region_are_the_text_s():
    above = "".join(
        f"<h3>Heading {number}</h3><p>{text} That is what was told in the town that day.</p>"
        for number, text in enumerate(PROSE[:2])
    )
    longer = [f"{text} So said witness {number}." for number, text in enumerate(PROSE * 6)]

    body = extract_article(
        page(
            f"<main><h1>Bridge opens after eleven years</h1><div class=a>{above}</div>"
            f"<div class=b>{paragraphs(longer)}</div></main>"
        ),
        url=URL,
    ).body.split("\n")

    assert [line for line in body if line.startswith("Heading")] == ["Heading 1"]


@pytest.mark.parametrize(
    ("between", "kept"), [("", 1), ("<p>17 November 2025</p>", 0)], ids=["under it", "further down"]
)
def test_a_heading_right_under_the_headline_is_the_text_s(between, kept):
    below = "What the mayor promised, and what the town got"

    article = story_with(f"{between}<h2>{below}</h2>")

    assert article.body.split("\n") == [below][:kept] + list(PROSE)
