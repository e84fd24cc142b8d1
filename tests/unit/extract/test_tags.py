"""Tags of markup that a parser wrote."""

import pytest

from ingest.extract.blocks import outline_of
from ingest.extract.hints import Hint
from ingest.extract.tags import BLOCK, INLINE, NAMED, STYLED, VOID, link_of, tag_of
from ingest.markup.html import parse_html


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("p", BLOCK),
        ('div class="related"', BLOCK),
        ("span", INLINE),
        ('span class="related"', NAMED),
        ("b", STYLED),
        ('img src="x"', VOID),
        ("?php echo 1 ?", VOID),
    ],
)
def test_a_tag_is_of_a_kind(text, kind):
    assert tag_of(text)[0] == kind


def test_a_tag_tells_classes_and_hints():
    tag = tag_of('div class="related box" data-id="comments"')

    assert tag == (BLOCK, "div", Hint.RELATED, "related box")


@pytest.mark.parametrize(
    ("text", "link", "rest"),
    [
        ('a class="k" href="/x?a=1&amp;b=2" id="i"', "/x?a=1&b=2", 'a class="k" id="i"'),
        ('a href=""', "#", "a"),
        ('a onclick="go()"', "#", 'a onclick="go()"'),
        ('a name="top"', None, 'a name="top"'),
    ],
)
def test_a_link_is_taken_out_of_its_tag(text, link, rest):
    assert link_of(text) == (link, rest)


def test_instructions_in_a_page_open_nothing():
    tree = parse_html("<div><?php if (a) { ?><p>One</p><?php } ?></div><p>Two</p>")

    outline = outline_of(tree)

    assert [block.text for block in outline.blocks] == ["One", "Two"]
    assert outline.regions[0].last == 2
