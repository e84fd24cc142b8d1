"""Which address is an article's next page, and what its pages make together."""

from __future__ import annotations

import pytest

from ingest.extract.parts import is_next_part, is_same_headline, join_parts
from ingest.model import Article, Picture

SITE = "https://news.example"


@pytest.mark.parametrize(
    ("here", "there", "number"),
    [
        ("/story", "/story?page=2", 2),
        ("/story?page=2", "/story?page=3", 3),
        ("/story?utm_source=rss", "/story?page=2", 2),
        ("/story.html?id=7", "/story.html?id=7&seite=2", 2),
        ("/?p=120", "/?p=120&page=2", 2),
        ("/story/", "/story/2/", 2),
        ("/story/2/", "/story/3/", 3),
        ("/2026/11/story/", "/2026/11/story/page/2/", 2),
        ("/story.html", "/story-2.html", 2),
        ("/story_1.html", "/story_2.html", 2),
        ("/story,1.html", "/story,2.html", 2),
        ("/story.html", "/story_p2.html", 2),
        ("/covid-19", "/covid-19?page=2", 2),
        ("/covid-19", "/covid-19/2", 2),
        ("/covid-19-2", "/covid-19-3", 3),
        ("/haber/köprü", "/haber/k%C3%B6pr%C3%BC?sayfa=2", 2),
        ("/story", "/story/the-second-part", 2),
        ("/story.html", "/story/page-b.html", 2),
    ],
)
def test_the_same_address_with_the_next_number_is_the_next_part(here, there, number):
    assert is_next_part(SITE + here, SITE + there, number)


@pytest.mark.parametrize(
    ("here", "there", "number"),
    [
        ("/2026/a-story", "/2026/b-story", 2),
        ("/news/52.html", "/news/53.html", 2),
        ("/archives/12", "/archives/13", 2),
        ("/?p=12", "/?p=13", 2),
        ("/story", "/story?page=3", 2),
        ("/story?page=2", "/story?page=4", 3),
        ("/story?page=2", "/other?page=3", 3),
        ("/story", "/story#part2", 2),
        ("/story", "/story", 2),
        ("/", "/page/2", 2),
        ("/story", "/", 2),
        ("/story", "/story-telling/2", 2),
        ("/story/2", "/story/2/the-next", 3),
    ],
)
def test_a_neighbour_is_no_part(here, there, number):
    assert not is_next_part(SITE + here, SITE + there, number)


def test_another_host_and_nonsense_are_no_part():
    assert not is_next_part(f"{SITE}/story", "https://other.example/story?page=2", 2)
    assert not is_next_part(f"{SITE}/story", "mailto:desk", 2)


def test_a_part_may_number_its_headline_or_have_none():
    first = Article(title="The bridge", body="One.")

    assert is_same_headline(first, Article(title="The bridge – page 2", body="Two."))
    assert is_same_headline(first, Article(title=None, body="Two."))
    assert not is_same_headline(first, Article(title="The harbour", body="Two."))


def test_parts_follow_each_other_and_what_they_repeat_stands_once():
    first = Article(
        title="T", body="Lead.\nOne.", body_html="<p>Lead.</p>\n<p>One.</p>", standfirst="Stand."
    )
    second = Article(
        title="T",
        body="Stand.\nLead.\nTwo & three.",
        body_html="<p>Stand.</p>\n<p>Lead.</p>\n<p>Two &amp; three.</p>",
        notice="Ours.",
        credits=("(END)",),
        partial=True,
    )

    joined = join_parts([first, second])

    assert joined.body == "Lead.\nOne.\nTwo & three."
    assert joined.body_html == "<p>Lead.</p>\n<p>One.</p>\n<p>Two &amp; three.</p>"
    assert (joined.notice, joined.credits, joined.partial) == ("Ours.", ("(END)",), True)


def test_the_pictures_of_all_parts_are_the_article_s():
    quay, nets = Picture(url=f"{SITE}/a.jpg", caption="Quay"), Picture(caption="Nets")
    first = Article(title="T", body="One.", pictures=(quay,))
    second = Article(title="T", body="Two.", pictures=(quay, nets))

    assert join_parts([first, second]).pictures == (quay, nets)


def test_one_part_is_the_article_itself():
    only = Article(title="T", body="One.", next_page="https://news.example/2")

    assert join_parts([only]) is only
