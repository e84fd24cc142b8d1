"""HTML trees: lenient as browsers are, bounded as they are not."""

import pytest

from ingest.errors import MarkupError
from ingest.markup.html import MAX_ATTRIBUTES, parse_html


def test_a_page_becomes_a_tree_without_comments():
    root = parse_html("<p>One<!-- no --><p>Two")

    assert [element.text for element in root.iter("p")] == ["One", "Two"]


@pytest.mark.parametrize("text", ["", "  ", "<!-- only this -->"])
def test_nothing_makes_no_tree(text):
    with pytest.raises(MarkupError):
        parse_html(text)


def test_levels_are_bounded():
    deep = "<div>" * 40 + "x" + "</div>" * 40

    assert parse_html(deep, max_depth=60) is not None
    assert parse_html(deep, max_depth=None) is not None
    with pytest.raises(MarkupError, match="deeper than 30"):
        parse_html(deep, max_depth=30)
    with pytest.raises(MarkupError, match="deeper than 500"):
        parse_html("<div>" * 5_000)


def test_a_tag_with_absurdly_many_attributes_loses_them():
    many = " ".join(f"a{n}=1" for n in range(20 * MAX_ATTRIBUTES))

    (div,) = parse_html(f"<div {many}><p class=kept>x</p></div>").iter("div")

    assert not div.attrib
    assert div[0].get("class") == "kept"


def test_scripts_are_no_tags():
    script = "if (a<b) {" + "x = y; " * 20_000 + "}"

    root = parse_html(f"<script>{script}</script><p>x</p>")

    assert next(root.iter("script")).text == script
    assert next(root.iter("p")).text == "x"


def test_a_script_left_open_ends_the_search():
    root = parse_html("<p>x</p><script>" + "a = b; " * 20_000)

    assert next(root.iter("p")).text == "x"


def test_what_follows_the_end_of_the_page_is_kept():
    root = parse_html("<html><body><p>One</p></body></html>" + "<p>Two</p>" * 200)

    assert len(list(root.iter("p"))) == 201


def test_characters_that_no_tree_holds_are_left_out():
    assert parse_html("<p>a\x00b\ud800c</p>").findtext(".//p") == "abc"
