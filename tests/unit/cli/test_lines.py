"""JSON pipes: whatever a line holds gets its one answer, in order."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agency import page, paragraphs, rss
from tests.command import khabar, start_khabar

PIPES = (
    ("extract",),
    ("feed", "parse"),
    ("sitemap",),
    ("url",),
    ("date",),
    ("robots", "check"),
    ("cluster",),
)
SITEMAP = (
    b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    b"<url><loc>https://a.example/1</loc><lastmod>2026-03-04</lastmod></url></urlset>"
)


def asked(pipe, *questions):
    """Return a pipe's answers; a question is a value, or bytes as they are."""
    lines = [q if isinstance(q, bytes) else json.dumps(q).encode() for q in questions]
    done = khabar(*pipe, "--jsonl", stdin=b"".join(line + b"\n" for line in lines))
    assert (done.status, done.err) == (0, "")
    return done.lines


def base64_of(body):
    return base64.b64encode(body).decode()


def test_a_page_gives_its_article():
    question = {"id": 7, "url": "https://a.example/1", "html": base64_of(page(1)), "more": 1}

    (answer,) = asked(("extract",), question)

    assert answer["id"] == 7
    assert answer["out"]["title"] == "Headline of item 1"
    assert answer["out"]["body"].splitlines() == paragraphs(1)
    assert list(answer["out"]) == [
        "title", "standfirst", "authors", "published", "published_precision", "modified",
        "language", "section", "tags", "image", "image_credit", "place", "agency", "canonical",
        "notice", "body", "pictures", "filed",
    ]  # fmt: skip


def test_a_feed_gives_its_entries():
    item = "<item><title>One</title><link>/1</link><guid>g1</guid></item>"
    question = {"id": "f", "url": "https://a.example/feed", "body": base64_of(rss([item]))}

    (answer,) = asked(("feed", "parse"), question)

    assert answer["feed"]["title"] == "Test wire"
    assert [(e["url"], e["title"]) for e in answer["entries"]] == [("https://a.example/1", "One")]


def test_a_sitemap_gives_its_addresses():
    question = {"id": 1, "url": "https://a.example/map.xml", "body": base64_of(SITEMAP)}

    (answer,) = asked(("sitemap",), question)

    assert answer["sitemaps"] == []
    assert answer["urls"] == [
        {
            "url": "https://a.example/1",
            "lastmod": "2026-03-04",
            "published": None,
            "title": None,
        }
    ]


def test_an_address_gives_its_normal_form_and_key():
    answers = asked(
        ("url",),
        {"id": 1, "url": "HTTP://A.example:80/x/../y?utm_source=z"},
        {"id": 2, "url": "../b", "base": "https://a.example/x/y/"},
    )

    assert answers[0] == {
        "id": 1,
        "url": "http://a.example/y?utm_source=z",
        "key": "https://a.example/y",
    }
    assert answers[1]["url"] == "https://a.example/x/b"


def test_a_date_gives_a_time_a_day_or_nothing():
    answers = asked(
        ("date",),
        {"id": 1, "text": "17 تشرين الثاني 2025", "language": "ar"},
        {"id": 2, "text": "2025-11-17 06:30", "timezone": "Europe/Istanbul"},
        {"id": 3, "text": "2 hours ago", "language": "en", "now": "2025-11-17T06:00"},
        {"id": 4, "text": "no date at all"},
        {"id": 5, "text": "2025-11-17", "timezone": "Mars/Olympus"},
        {"id": 6, "text": "2025-11-17", "now": "noon"},
    )

    assert answers[0] == {"id": 1, "at": "2025-11-17", "precision": "day"}
    assert answers[1]["at"] == "2025-11-17T06:30:00+03:00"
    assert answers[2]["at"] == "2025-11-17T04:00:00+00:00"
    assert answers[3] == {"id": 4, "at": None, "precision": None}
    assert "Mars/Olympus" in answers[4]["error"]
    assert "ISO 8601" in answers[5]["error"]


def test_robots_txt_gives_its_verdict():
    rules = "User-agent: *\nDisallow: /private\nCrawl-delay: 3"

    answers = asked(
        ("robots", "check"),
        {"id": 1, "robots": rules, "url": "https://a.example/private/x"},
        {"id": 2, "robots": rules, "url": "https://a.example/open", "user_agent": "khabar/1"},
        {"id": 3, "robots": rules, "status": 404, "url": "https://a.example/private"},
        {"id": 4, "robots": None, "status": 503, "url": "https://a.example/open"},
        {"id": 5, "robots": rules, "status": "404", "url": "https://a.example/open"},
    )

    assert answers[0] == {"id": 1, "allowed": False, "crawl_delay": 3.0}
    assert [answer.get("allowed") for answer in answers] == [False, True, True, False, None]
    assert answers[3]["why"].startswith("robots.txt answers HTTP 503; ")
    assert not any("why" in answer for answer in answers[:3])
    assert answers[4]["error"] == "status must be a whole number"


def test_items_give_their_stories():
    body = "\n".join(paragraphs(1))
    items = [
        {"id": number, "source": source, "title": "T", "body": body, "published": published}
        for number, source, published in (
            (1, "a", "2026-03-01T06:00:00+00:00"),
            ("b2", "b", "2026-03-01T07:00:00"),
        )
    ]

    first, second = asked(("cluster",), *items)

    assert (first["relation"], first["of"], first["merges"]) == ("original", None, [])
    assert (second["id"], second["relation"], second["of"]) == ("b2", "copy", "1")
    assert second["story"] == first["story"]


@pytest.mark.parametrize("pipe", PIPES)
def test_every_line_gets_its_answer_in_order(pipe):
    lines = [
        b"not JSON",
        b"",
        b"[1]",
        b"null",
        b'{"id": NaN}',
        b'{"id": 1e999}',
        b'\xff\xfe{"id"',
        b"[" * 100_000,
        b'{"id": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"id": "\\ud800", "html": "\\ud800", "body": 7, "url": "\\udfff", "text": []}',
        b'{"id": {"deep": [null, true]}, "html": "!!!", "body": "%%%", "url": {}, "text": 5}',
        b'{"id": "last", "unknown": "key", "html": "", "body": "", "url": "http://\\u0000/"}',
    ]

    answers = asked(pipe, *lines)

    assert len(answers) == len(lines)
    assert all("id" in answer for answer in answers)
    assert all(isinstance(answer["error"], str) for answer in answers[:4])
    assert answers[9]["id"] == "\ud800"
    assert answers[10]["id"] == {"deep": [None, True]}
    assert answers[-1]["id"] == "last"


@pytest.mark.parametrize(
    ("pipe", "field"), [(("extract",), "html"), (("feed", "parse"), "body"), (("sitemap",), "body")]
)
def test_bytes_that_are_no_base64_are_an_error(pipe, field):
    answers = asked(
        pipe,
        {"id": 1},
        {"id": 2, field: None},
        {"id": 3, field: "a*b="},
        {"id": 4, field: "abc"},
        {"id": 5, field: "خبر"},
        {"id": 6, field: [1]},
        {"id": 7, field: True},
    )

    assert [answer["error"] for answer in answers] == [
        f"no {field}",
        f"no {field}",
        f"{field} is not base64",
        f"{field} is not base64",
        f"{field} is not base64",
        f"{field} must be text",
        f"{field} must be text",
    ]


def test_base64_may_be_folded():
    folded = base64.encodebytes(page(1)).decode()

    (answer,) = asked(("extract",), {"id": 1, "html": folded})

    assert answer["out"]["title"] == "Headline of item 1"


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_an_id_comes_back_as_it_went(name):
    question = json.dumps({"id": name, "url": "https://a.example/"}).encode()

    (answer,) = asked(("url",), question)

    if "NaN" in question.decode() or "Infinity" in question.decode():
        assert "error" in answer or answer["id"] == name
    else:
        assert answer["id"] == name


@settings(max_examples=40)
@given(st.sampled_from(PIPES), st.binary(max_size=60).filter(lambda line: b"\n" not in line))
def test_no_line_ends_a_pipe(pipe, line):
    assert len(asked(pipe, line, b'{"id": "after"}')) == 2


def test_an_answer_is_handed_on_before_the_next_question():
    with start_khabar("url", "--jsonl") as program:
        for number in (1, 2):
            question = json.dumps({"id": number, "url": "https://a.example/"})
            program.stdin.write(question.encode() + b"\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["id"] == number
        program.stdin.close()

        assert program.wait(10) == 0


def test_a_reader_that_leaves_ends_the_pipe_without_a_word():
    with start_khabar("url", "--jsonl") as program:
        program.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            while True:
                program.stdin.write(b'{"url": "https://a.example/"}\n')

        assert program.stderr.read() == b""
        assert program.wait(10) == 0
