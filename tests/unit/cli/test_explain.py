"""What is shown of a page's blocks: a line each, and a picture for a browser."""

from __future__ import annotations

import pytest

from tests.command import khabar

PAGE = (
    '<html lang="en"><body><main><h1>Bridge opens after eleven years</h1><div class="story">'
    "<p>The new bridge over the river was opened on Monday by the mayor, who spoke for an hour.</p>"
    "<p>Traffic had waited for it for eleven years, and the first lorry crossed at noon.</p></div>"
    '<ul class="related"><li><a href="/x">Also read: &lt;script&gt;</a></li></ul>'
    "</main></body></html>"
)


@pytest.fixture
def page(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_every_block_is_shown_with_its_fate(page):
    done = khabar("extract", str(page), "--explain")

    lines = done.out.splitlines()
    assert done.status == 0
    assert [line for line in lines if line.startswith("+ kept")] == lines[2:4]
    assert any("Also read" in line and "100%" in line for line in lines)
    assert not any(line.startswith("+") and "Also read" in line for line in lines)


def test_a_picture_is_a_page_that_holds_no_markup_of_the_page_it_explains(page, tmp_path):
    picture = tmp_path / "picture.html"

    done = khabar("extract", str(page), "--picture", str(picture))

    drawn = picture.read_text(encoding="utf-8")
    assert (done.status, done.out) == (0, "")
    assert drawn.count('class="block') == 4
    assert drawn.count("kept") > 2
    assert "<script>" not in drawn


def test_a_picture_that_cannot_be_written_is_one_sentence(page, tmp_path):
    done = khabar("extract", str(page), "--picture", str(tmp_path / "no" / "picture.html"))

    assert done.status == 2
    assert "can't be written" in done.err


def test_a_pipe_is_not_explained():
    assert khabar("extract", "--jsonl", "--explain").status == 2
