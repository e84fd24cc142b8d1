"""Scripts leave a page's text before it is parsed; what only looks like one stays."""

import time

import pytest

from ingest.markup import Script, cut_scripts


def test_scripts_are_cut_and_kept_in_order():
    text = (
        '<p>a</p><script type="Application/LD+JSON">{"x": 1}</script ><p>b</p><script>y</script>c'
    )

    left, scripts = cut_scripts(text)

    assert left == "<p>a</p><p>b</p>c"
    assert scripts == (Script("application/ld+json", '{"x": 1}'), Script("", "y"))


@pytest.mark.parametrize(
    "text",
    [
        "<p>no script</p>",
        "<!-- <script> --><p>text</p><!-- </script> -->",
        '<div data-embed="<script>x</script>"><p>text</p></div>',
        "<scripture>not one</scripture>",
        "<script>never ends <p>text</p>",
        "<script>capitals</SCRIPT><p>text</p><script>x</script>",
        "<script><!-- <script>x</script> --></script>",
        "<!-- a comment that never ends <script>x</script>",
    ],
)
def test_what_only_a_parser_can_tell_is_left_to_it(text):
    left, _ = cut_scripts(text)

    assert left.startswith(text[: text.rfind("<script>x</script>")] if "text" in text else text)
    assert left.count("text") == text.count("text")


def test_a_short_comment_hides_nothing():
    assert cut_scripts("<!--><p>a</p><script>x</script>b")[0] == "<!--><p>a</p>b"


@pytest.mark.parametrize(
    "text",
    [
        "<script>" * 200_000,
        "<!--" * 200_000,
        "<!-- x -->" * 100_000,
        "<a <script " * 100_000,
        "<script>x</script>" * 50_000 + "</SCRIPT>",
        "<script>" + "<!-- <script>" * 100_000 + "</script>",
    ],
    ids=["open", "comments open", "comments", "in tags", "many", "nested"],
)
def test_time_is_in_proportion_to_the_text(text):
    before = time.process_time()

    cut_scripts(text)

    assert time.process_time() - before < 3
