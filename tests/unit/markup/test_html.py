"""HTML trees: those that browsers build, in time proportional to a page's size."""

import time

import pytest

from ingest.errors import MarkupError
from ingest.markup.html import markup_of_body, parse_html


def test_a_page_becomes_a_tree():
    tree = parse_html("<p>One<!-- no --><p>Two")

    assert [element.text for element in tree.find_all("p")] == ["One", "Two"]


@pytest.mark.parametrize(
    "text", ["", "  ", "<!-- only this -->", "<frameset><frame src=x></frameset>"]
)
def test_nothing_makes_no_tree(text):
    with pytest.raises(MarkupError):
        parse_html(text)


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 100_000,
        "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
        "<p><b>" * 50_000,
        "<table><div>" * 20_000,
        "<b><div>" * 30_000 + "</b>" * 30_000,
    ],
    ids=["levels", "attributes", "formatting", "tables", "misnested"],
)
def test_a_bomb_costs_time_in_proportion(bomb):
    before = time.process_time()

    markup_of_body(parse_html(bomb), "script")

    assert time.process_time() - before < 5  # what is quadratic takes minutes


def test_scripts_are_no_tags():
    script = "if (a<b) {" + "x = y; " * 20_000 + "}"

    tree = parse_html(f"<script>{script}</script><p>x</p>")

    assert tree.find("script").text == script
    assert tree.find("p").text == "x"


def test_what_follows_the_end_of_the_page_is_kept():
    tree = parse_html("<html><body><p>One</p></body></html>" + "<p>Two</p>" * 200)

    assert len(tree.find_all("p")) == 201


def test_the_markup_of_a_body_has_balanced_tags_and_no_bare_brackets():
    tree = parse_html('<p title="a>b<c">x<!-- a>b --> &lt; y<b>z<script>a<b</script>')

    markup = markup_of_body(tree, "script")

    assert markup == ('<body><p title="a&gt;b&lt;c">x &lt; y<b>z</b></p></body>')
