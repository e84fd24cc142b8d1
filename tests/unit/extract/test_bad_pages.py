# pages read best unbroken
"""Bad pages: each says in words what it is, none hangs, none raises anything else."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bad_pages import BOMBS
from ingest.errors import ExtractError, NotAnArticle, NotAPage
from ingest.extract import extract_article
from tests.unit.extract.pages import ARABIC, PROSE, URL, article_page, page, paragraphs


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "image"),
        (b"\xff\xd8\xff\xe0....", "image"),
        (b"PK\x03\x04....", "archive"),
        (b"\x1f\x8b....", "compressed"),
        (b"\x00\x01\x02\x03" * 400, "binary"),
        (b"just a line of text", "plain text"),
        (b"<!-- nothing -->", "no HTML tree"),
        (b"<div>" * 100_000, "more than 100000 tags"),
        (b"<p>a</p>" * 5_000, "hold nothing to read"),
        (b"<div>" * 600 + b"x" + b"</div>" * 600, "deeper than 500"),
    ],
)
def test_what_is_no_page_says_what_it_is(body, reason):
    with pytest.raises(NotAPage, match=reason):
        extract_article(body, url=URL)


TEASERS = "".join(
    f'<div class=item><h3><a href="/{n}">Headline number {n} of this section</a></h3>'
    f"<p>What happened in story {n} of this section, told in a sentence or two.</p></div>"
    for n in range(20)
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<p></p>", "no text"),
        ("<nav><a href=/>Home</a></nav>", "no text"),
        (
            "<h1>404</h1><p>The page you asked for is not here any more, we are sorry.</p>",
            "error page",
        ),
        (
            "<h1>Sayfa bulunamadı</h1><p>Aradığınız sayfa burada yok, özür dileriz efendim.</p>",
            "error page",
        ),
        ("<h1>الصفحة غير موجودة</h1><p>الصفحة التي طلبتها ليست هنا، نعتذر منكم.</p>", "error page"),
        (
            "<p>Database error: could not connect to the server that holds our articles.</p>",
            "error page",
        ),
        (
            "<h1>Just a moment...</h1><p>Verify you are human by completing the action below.</p>",
            "robots",
        ),
        (
            "<h1>Before you continue</h1><p>We use cookies and data to do many things for you.</p>",
            "consent",
        ),
        (f"<h1>World</h1><div>{TEASERS}</div>", "section front"),
    ],
)
def test_what_is_no_article_says_what_it_is(body, reason):
    with pytest.raises(NotAnArticle, match=reason):
        extract_article(page(body), url=URL)


def test_a_page_that_declares_an_article_is_believed():
    html = page(
        "<h1>404 days on the river</h1><p>It was a long way, and the boat was not found again.</p>",
        '<meta property="og:type" content="article">',
    )

    assert extract_article(html, url=URL).title == "404 days on the river"


def test_a_long_text_about_captchas_is_an_article():
    html = page(f"<h1>How a captcha works</h1><div>{paragraphs(PROSE * 3)}</div>")

    assert extract_article(html, url=URL).body.startswith(PROSE[0])


def test_levels_within_the_bound_are_read():
    html = page("<div>" * 450 + paragraphs() + "</div>" * 450)

    assert extract_article(html, url=URL).body == "\n".join(PROSE)


def test_a_page_of_many_short_rows_is_read():
    rows = "".join(f"<tr><td>Runner {n}</td><td>{n % 60} min</td></tr>" for n in range(2_000))
    html = page(f"<h1>Results of the run</h1>{paragraphs()}<table>{rows}</table>")

    assert extract_article(html, url=URL).body.startswith("\n".join(PROSE))


def test_nothing_unstorable_is_stored():
    dirt = "\x00\x07\u202e\ufffe&#0;&#xD800;&#x202E;"
    html = article_page(
        head=f"<title>Bri{dirt}dge</title>", texts=(f"{dirt}{PROSE[0]}", *PROSE[1:])
    )

    article = extract_article(html, url=URL)

    stored = f"{article.title}{article.body}{article.body_html}"
    assert not set(stored) & set("\x00\x07\u202e\ud800\ufffe")
    stored.encode()


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_costs_time_in_proportion(bomb):
    html = bomb.encode()
    before = time.process_time()

    with _either():
        extract_article(html, url=URL)

    assert time.process_time() - before < 20  # what is quadratic takes minutes


class _either:  # noqa: N801  # reads as a word where it is used
    """Accepts an article and a named refusal alike."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, ExtractError)


SAMPLES = [
    article_page(
        head='<script type="application/ld+json">{"@type":"Article","author":[]}</script>'
    ),
    page(f"<table><tr><td>{paragraphs(ARABIC)}</td></tr></table>", attributes="lang=ar"),
]


@settings(max_examples=60)
@given(
    sample=st.sampled_from(SAMPLES),
    cut=st.integers(0, 900),
    length=st.integers(0, 60),
    junk=st.binary(max_size=30),
)
def test_damaged_pages_raise_nothing_but_named_errors(sample, cut, length, junk):
    html = sample[:cut] + junk + sample[cut + length :]

    with _either():
        article = extract_article(html, url=URL)
        article.body.encode()
        assert article == extract_article(html, url=URL)
