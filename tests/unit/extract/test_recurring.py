"""What is learnt to recur on a source's pages, what is not, and how it leaves an article."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import extract_article
from ingest.extract.recurring import (
    FEWEST,
    RECENT,
    WINDOW,
    Margins,
    Recurrence,
    Witness,
    leave_out,
    line_key,
    recurrence,
)
from ingest.model import Article
from tests.unit.extract.pages import PROSE, URL, article_page

NOTICE = "Reports of Example Wire are for its subscribers; whoever wants them all may write to us."
MENTION = "The ministry said that the agency's News Broadcasting System (HAS) would be renewed."


def article(*lines: str, title: str | None = "A headline", **more: object) -> Article:
    return Article(title=title, body="\n".join(lines), **more)


def story(number: int, lines: int = 3) -> list[str]:
    return [
        f"Story {number} says in line {line} what no other story says." for line in range(lines)
    ]


def taught(articles: list[Article]) -> dict[int, Recurrence]:
    """Return what is known of each line that came back, after these articles of one shelf."""
    known: dict[int, Recurrence] = {}
    recent: list[bytes] = []
    for number, read in enumerate(articles, 1):
        learned = {key for key, one in known.items() if one.is_learned}
        margins = Margins(read)
        witness = Witness.of(read, margins, learned)
        for key in edges_of(read, learned):
            before = known.get(key) or recurrence(recent, number - 1, key)
            if before.seen:
                known[key] = before.seen_again(number, key, witness)
        recent = [*recent, witness.to_bytes()][-RECENT:]
    return known


def edges_of(read: Article, learned: set[int]) -> set[int]:
    margins = Margins(read)
    return {margins.keys[at] for at in margins.edges(learned)}


def is_learned(line: str, articles: list[Article]) -> bool:
    found = taught(articles).get(line_key(line))
    return found is not None and found.is_learned


def with_notice(number: int, *more: str) -> Article:
    return article(*story(number), NOTICE, *more, title=f"Headline of item {number}")


def test_a_notice_is_learned_at_the_fifth_page_and_not_before():
    pages = [with_notice(number) for number in range(FEWEST)]

    assert not is_learned(NOTICE, pages[:-1])
    assert is_learned(NOTICE, pages)


def test_a_notice_of_three_lines_under_flashes_is_learned():
    notice = [NOTICE, "All rights are reserved by the wire.", "Write to the desk for more."]
    flashes = ("Snow in Bergen", "Cork votes", "Delft floods", "Evora burns", "Faro opens port")
    pages = [article(f"{flash}, police say.", *notice, title=flash) for flash in flashes]

    assert all(is_learned(line, pages) for line in notice)


def test_a_line_on_a_third_of_the_pages_is_news():
    background = "The war began in the spring of that year and has driven many from their homes."
    pages = [
        article(*story(number), *([background] if number % 3 == 0 else []), title=f"News {number}")
        for number in range(60)
    ]

    assert not is_learned(background, pages)


def test_a_template_whose_figures_change_is_news():
    pages = [
        article(f"The Dow closed at {38_000 + number}.", *story(number), title=f"Week {number}")
        for number in range(20)
    ]

    assert not any(one.is_learned for one in taught(pages).values())


def test_one_story_published_again_and_again_is_one_witness():
    text = story(1, 4)
    pages = [article(*text, f"Update {n} to the story.", title="Quake hits") for n in range(9)]
    pages += [article(*text[:2], title="Quake"), article("Urgent:", *text, title="It shook")]

    assert not any(one.is_learned for one in taught(pages).values())


def test_a_line_that_came_once_is_not_kept():
    assert taught([with_notice(1)]) == {}
    assert {*taught([with_notice(1), with_notice(2)])} == {line_key(NOTICE)}


def test_a_line_inside_the_text_is_not_even_counted():
    pages = [
        article(*story(number, 4), MENTION, *story(number + 100, 6), title=f"Day {number}")
        for number in range(9)
    ]

    assert line_key(MENTION) not in taught(pages)


def test_what_leaves_most_pages_again_is_news_again():
    pages = [with_notice(number) for number in range(FEWEST)]
    pages += [article(*story(n), title=f"Item {n}") for n in range(50, 50 + WINDOW)]
    pages += [with_notice(500)]

    assert is_learned(NOTICE, pages[:FEWEST])
    assert not is_learned(NOTICE, pages)


def test_a_learned_line_stays_so_on_a_fifth_of_the_pages():
    pages = [with_notice(number) for number in range(FEWEST)]
    pages += [
        with_notice(n) if n % 5 == 0 else article(*story(n), title=f"Item {n}")
        for n in range(100, 100 + 2 * WINDOW)
    ]

    assert is_learned(NOTICE, pages)


def test_a_notice_leaves_the_body_and_the_html_for_its_own_field():
    html = article_page(texts=(*PROSE, NOTICE))
    whole = extract_article(html, url=URL)

    left = leave_out(whole, {line_key(NOTICE)})

    assert left is not None
    assert left.body.split("\n") == list(PROSE)
    assert NOTICE not in left.body_html
    assert left.body_html == extract_article(article_page(texts=PROSE), url=URL).body_html
    assert left.notice == NOTICE


def test_an_agencys_own_notice_is_kept_beside_what_is_learned():
    left = leave_out(article(*PROSE, NOTICE, notice="Ours (HAS)."), {line_key(NOTICE)})

    assert left is not None
    assert left.notice == f"Ours (HAS).\n{NOTICE}"


def test_a_short_standing_line_leaves_and_is_no_notice():
    left = leave_out(article("Read on below", *PROSE), {line_key("Read on below")})

    assert left is not None
    assert (left.body, left.notice) == ("\n".join(PROSE), None)


def test_a_learned_line_inside_the_text_stays():
    text = [*story(1, 3), NOTICE, *story(2, 5)]

    assert leave_out(article(*text), {line_key(NOTICE)}) == article(*text)


def test_lines_behind_learned_ones_are_at_the_edge():
    standing = [f"Standing line {number} of the imprint of this wire." for number in range(5)]
    read = article(*story(1, 9), "The next one.", *standing)

    assert line_key("The next one.") not in edges_of(read, set())
    assert line_key("The next one.") in edges_of(read, {line_key(line) for line in standing})


def test_a_closing_mark_before_the_notice_becomes_a_credit():
    left = leave_out(
        article(
            "First.",
            "Second and last. (END)",
            NOTICE,
            body_html=f"<p>First.</p>\n<p>Second and last. (END)</p>\n<p>{NOTICE}</p>",
        ),
        {line_key(NOTICE)},
    )

    assert left is not None
    assert (left.body, left.credits) == ("First.\nSecond and last.", ("(END)",))
    assert left.body_html == "<p>First.</p>\n<p>Second and last.</p>"


def test_a_list_that_is_left_empty_goes_with_its_items():
    left = leave_out(
        article(
            *PROSE,
            "Share",
            "Print",
            body_html="".join(f"<p>{p}</p>\n" for p in PROSE)
            + "<ul>\n<li>Share</li>\n<li>Print</li>\n</ul>",
        ),
        {line_key("Share"), line_key("Print")},
    )

    assert left is not None
    assert left.body_html == "\n".join(f"<p>{p}</p>" for p in PROSE)


def test_html_of_another_make_loses_what_reads_like_the_line():
    left = leave_out(
        article(*PROSE, NOTICE, body_html=f"<div>\n<p>{PROSE[0]}\n{PROSE[1]}</p>\n<p>{NOTICE}</p>"),
        {line_key(NOTICE)},
    )

    assert left is not None
    assert NOTICE not in left.body_html


def test_a_text_that_is_nothing_else_is_no_article():
    assert leave_out(article(NOTICE), {line_key(NOTICE)}) is None


def test_what_is_not_met_changes_nothing():
    read = article(*PROSE)

    assert leave_out(read, {line_key(NOTICE)}) is read


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)), st.text()
)
def test_a_witness_reads_as_it_was_written(lines, title):
    read = article(*lines, title=title)
    told = Witness.of(read, Margins(read))

    assert Witness.from_bytes(told.to_bytes()) == told


@given(
    st.lists(st.sampled_from(["a b c", "d e", NOTICE, MENTION, *PROSE]), min_size=1, max_size=30),
    st.sets(st.sampled_from([NOTICE, MENTION, "d e"])),
)
def test_nothing_but_learned_lines_is_ever_left_out(lines, learned):
    keys = {line_key(line) for line in learned}
    once = leave_out(article(*lines), keys)

    assert once is None or set(once.body.split("\n")) <= set(lines)
    assert once is None or len(once.body.split("\n")) >= len(lines) - sum(
        x in learned for x in lines
    )
    assert keys & {*Margins(article(*lines)).keys.values()} or once == article(*lines)
