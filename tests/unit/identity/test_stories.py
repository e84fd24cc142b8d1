import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.identity import WINDOW, ArrivalClock, MemoryStoryIndex, link_items
from ingest.identity.stories import POSTINGS
from ingest.model import Relation
from tests.unit.identity.stories_written import NOON, item, prose, stories, told

STORY = prose(200, seed=1)
WORDS = STORY.split()
RATES = (
    "The central bank of {city} fixed the dollar at {} on {} March. The euro stood at {}, the "
    "pound at {}, the yen at {} and the franc at {}. Exchange offices in {city} bought dollars "
    "at {} and sold them at {} in the morning, dealers of three houses said."
)


def part(first: int, last: int) -> str:
    return " ".join(WORDS[first:last])


def damaged(text: str, *, one_in: int, seed: int = 5) -> str:
    """Return a text in which one word in so many was misread."""
    rng = random.Random(seed)
    return " ".join(
        word[:-1] if rng.random() < 1 / one_in and len(word) > 2 else word for word in text.split()
    )


def rates(city: str, seed: int) -> str:
    rng = random.Random(seed)
    return RATES.format(*(f"{rng.uniform(1, 90):.2f}" for _ in range(8)), city=city)


def test_the_first_of_a_story_is_its_original():
    [link] = told(STORY)

    assert link.story == "0"
    assert link.relation is Relation.ORIGINAL
    assert link.of is None
    assert link.score is None


@pytest.mark.parametrize(
    ("later", "relation"),
    [
        (STORY, Relation.COPY),
        (f"PORT (XYZ) - {STORY}", Relation.COPY),
        (f"{STORY} Sign up for our letter. All rights reserved.", Relation.COPY),
        (STORY.upper(), Relation.COPY),
        (STORY.replace(" ", "\u00a0").replace(".", "…"), Relation.COPY),
        (damaged(STORY, one_in=7), Relation.COPY),
        (part(0, 80), Relation.PARTIAL),
        (f"{prose(150, seed=2)} {part(0, 150)}", Relation.PARTIAL),
        (f"{part(0, 60)} {prose(8, seed=3)} {part(75, 130)} {part(140, 180)}", Relation.VERSION),
        (f"{STORY} {prose(60, seed=4)}", Relation.VERSION),
    ],
)
def test_what_carries_a_storys_text_joins_it(later, relation):
    _, link = told(STORY, later, sources=["wire", "paper"])

    assert link.story == "0"
    assert link.of == "0"
    assert link.relation is relation
    assert link.score is not None
    assert 0.2 < link.score <= 1


@pytest.mark.parametrize("language", ["en", "ar", "tr", "zh"])
def test_every_script_is_known_again(language):
    text = prose(300, seed=1, language=language)
    abridged = text[: len(text) // 2]

    links = told(text, prose(300, seed=2, language=language), text, abridged)

    assert stories(links) == ["0", "1", "0", "0"]


def test_spelling_habits_of_arabic_make_no_difference():
    text = prose(120, seed=1, language="ar") + " إلى آخر الأنباء في مدينة الميناء على الساحل"
    plain = text.translate(str.maketrans("أإآىة", "ااايه")).replace("با", "بــا")

    _, link = told(text, plain)

    assert link.relation is Relation.COPY
    assert link.score == 1


def test_a_persian_word_joined_or_spaced_is_the_same():
    text = " ".join(f"می\u200cرود{prose(3, seed=n, language='ar')}" for n in range(30))

    _, link = told(text, text.replace("\u200c", " "))

    assert link.score == 1


def test_turkish_is_known_with_and_without_its_language():
    index = MemoryStoryIndex()
    text = f"İSTANBUL ISPARTA {prose(80, seed=1, language='tr')}"
    one = replace(item(text, id="a"), language="tr")
    other = item(text.lower(), id="b")

    links = link_items([one, other], index, arrived=NOON)

    assert links[1].story == "a"


def test_bulletins_from_one_template_stay_apart():
    bodies = [rates(city, seed) for seed, city in enumerate(["Leeds", "Perth", "Accra"] * 6)]

    links = told(*bodies)

    assert stories(links) == [str(n) for n in range(len(bodies))]


def test_a_bulletin_issued_again_joins_its_own():
    bodies = [rates(city, seed) for seed, city in enumerate(["Leeds", "Perth", "Accra"] * 4)]

    links = told(*bodies, f"LEEDS (XYZ) - {bodies[7]}", sources=["wire"] * 12 + ["paper"])

    assert links[-1].story == "7"
    assert links[-1].relation is Relation.COPY


def test_moved_figures_in_a_long_story_are_a_version():
    text = " ".join(f"{prose(25, seed=n)} Of {n + 10} ships {3 * n} left." for n in range(8))

    _, link = told(text, text.replace(" 12 ", " 13 ").replace(" 9 ", " 11 "))

    assert link.story == "0"
    assert link.relation is Relation.VERSION


def test_one_notice_under_many_stories_joins_none():
    notice = prose(45, seed=99)

    links = told(*(f"{prose(60 + 7 * n, seed=n)} {notice}" for n in range(12)))

    assert len(set(stories(links))) == 12


def test_a_shared_quote_joins_none():
    quote = prose(75, seed=99)

    links = told(*(f"{prose(80, seed=n)} {quote} {prose(80, seed=n + 50)}" for n in range(2)))

    assert len(set(stories(links))) == 2


def test_a_flash_and_its_longer_versions_are_one_story():
    flash = "A fire at a plant near Leeds drove 400 people from their homes, the mayor said."
    second = f"{flash} {prose(70, seed=1)}"
    third = f"{second} {prose(120, seed=2)}"

    links = told(flash, second, third)

    assert [link.story for link in links] == ["0", "0", "0"]
    assert [link.relation for link in links] == [
        Relation.ORIGINAL,
        Relation.VERSION,
        Relation.VERSION,
    ]
    assert links[2].of == "1"


@pytest.mark.parametrize(
    "other",
    [
        "A fire at a plant near Perth drove 400 people from their homes, the mayor said.",
        "A fire at a plant near Leeds drove 900 people from their homes, the mayor said.",
    ],
)
def test_briefs_that_differ_in_a_name_or_a_figure_stay_apart(other):
    flash = "A fire at a plant near Leeds drove 400 people from their homes, the mayor said."

    links = told(flash, other, f"{other} {prose(200, seed=1)}")

    assert links[1].story == "1"
    assert links[2].story == "1"


def test_an_article_that_shows_two_stories_to_be_one_merges_them():
    early, late = part(0, 70), part(60, 200)
    both_before = [f"{prose(40, seed=2)} {early}", f"{prose(60, seed=3)} {late}"]

    links = told(*both_before, STORY)

    assert links[1].story == "1"
    assert links[2].story == "1"
    assert links[2].merges in {(), ("0",)}


def test_a_late_original_draws_its_copies_together():
    one = f"{prose(220, seed=2)} {part(0, 130)}"
    other = f"{prose(230, seed=3)} {part(0, 130)}"

    links = told(one, other, STORY)

    assert links[1].story == "1"
    assert links[2].story in {"0", "1"}
    assert len(set(stories(links))) == 1


def test_a_digest_of_the_day_draws_nothing_together():
    one, other = prose(120, seed=2), prose(120, seed=3)

    links = told(one, other, f"{one} {other}", sources=["wire", "wire", "paper"])

    assert links[2].relation is Relation.PARTIAL
    assert links[2].merges == ()


def test_texts_of_a_few_words_are_stories_of_their_own():
    links = told("Photo.", "Photo.", "", "")

    assert len(set(stories(links))) == 4


def test_what_left_the_window_is_not_found():
    index = MemoryStoryIndex()
    link_items([item(STORY, id="a")], index, arrived=NOON)

    late = NOON + WINDOW + timedelta(hours=1)
    [link] = link_items([item(STORY, id="b", hours=241)], index, arrived=late)

    assert link.relation is Relation.ORIGINAL


def test_articles_published_far_apart_are_not_compared():
    index = MemoryStoryIndex()
    link_items([item(STORY, id="a", hours=-24 * 400)], index, arrived=NOON)
    link_items([item(STORY, id="b", dated=False)], index, arrived=NOON)

    [link] = link_items([item(STORY, id="c")], index, arrived=NOON)

    assert link.of == "b"


def test_the_index_forgets_what_left_its_window():
    index = MemoryStoryIndex()
    for day in range(40):
        at = NOON + timedelta(days=day)
        link_items([item(prose(50, seed=day), id=str(day))], index, arrived=at)

    assert len(index) == 12
    assert all(not index.find([day]) for day in range(100))


def test_a_new_text_of_an_article_keeps_its_story():
    index = MemoryStoryIndex()
    link_items([item(prose(90, seed=2), id="a"), item(STORY, id="b")], index, arrived=NOON)

    [link] = link_items([item(STORY, id="a")], index, arrived=NOON)
    [third] = link_items([item(prose(90, seed=2), id="c")], index, arrived=NOON)

    assert link.story == "a"
    assert link.of == "b"
    assert link.merges == ("b",)
    assert third.relation is Relation.ORIGINAL
    assert len(index) == 3


def test_no_merge_moves_a_story_that_a_person_settled():
    index = MemoryStoryIndex()
    one, other = f"{prose(220, seed=2)} {part(0, 130)}", f"{prose(230, seed=3)} {part(0, 130)}"
    link_items([item(one, id="a"), item(other, id="b")], index, arrived=NOON)
    known = index.load(["a", "b"])
    index.add([replace(known["a"], settled=True), replace(known["b"], settled=True)])

    [link] = link_items([item(STORY, id="c")], index, arrived=NOON)
    link_items([item(one, id="a")], index, arrived=NOON)

    assert link.merges == ()
    assert index.load(["a"])["a"].settled


def test_a_settled_story_draws_others_in_whichever_is_the_most_alike():
    index = MemoryStoryIndex()
    one, other = f"{prose(220, seed=2)} {part(0, 130)}", f"{prose(230, seed=3)} {part(0, 130)}"
    link_items([item(one, id="a"), item(other, id="b")], index, arrived=NOON)
    for settled, drawn in (("a", "b"), ("b", "a")):
        trial = MemoryStoryIndex()
        known = index.load(["a", "b"])
        trial.add([replace(known[settled], settled=True), known[drawn]])

        [link] = link_items([item(STORY, id="c")], trial, arrived=NOON)

        assert (link.story, link.merges) == (settled, (drawn,))
        assert {found.story for found in trial.load(["a", "b", "c"]).values()} == {settled}
        assert all(found.settled for found in trial.load(["a", "b", "c"]).values())


def test_a_merged_storys_articles_answer_by_its_new_label():
    index = MemoryStoryIndex()
    link_items([item(STORY, id="a"), item(prose(90, seed=2), id="b")], index, arrived=NOON)

    index.merge({"b": "a"})
    [link] = link_items([item(prose(90, seed=2), id="c")], index, arrived=NOON)

    assert link.story == "a"
    assert link.of == "b"


def test_what_one_source_says_all_the_time_finds_nobody():
    jingle = prose(30, seed=99)
    bodies = [f"{jingle} {prose(20, seed=n)}" for n in range(30)]

    links = told(*bodies)

    assert links[-1].relation is Relation.ORIGINAL


def test_a_widely_copied_story_is_still_found():
    count = 3 * POSTINGS

    links = told(*[STORY] * count, sources=[f"paper-{n}" for n in range(count)])

    assert {link.story for link in links} == {"0"}


BODIES = [
    *(f"{prose(40 * n, seed=50 + n)} {part(0, 60 + 20 * n)}" for n in range(7)),
    STORY,
    part(0, 90),
    f"{STORY} {prose(50, seed=4)}",
    *(rates("Leeds", seed) for seed in range(5)),
    rates("Leeds", 3),
]


@given(st.permutations(range(len(BODIES))), st.integers(2, 6))
@settings(max_examples=20)
def test_a_batch_answers_as_its_items_one_by_one(order, size):
    items = [item(BODIES[n], id=str(n), source=f"paper-{n % 3}") for n in order]
    one_by_one, batched = MemoryStoryIndex(), MemoryStoryIndex()

    singly = [link_items([one], one_by_one, arrived=NOON)[0] for one in items]
    together = []
    for at in range(0, len(items), size):
        together += link_items(items[at : at + size], batched, arrived=NOON)

    assert together == singly
    assert {n: known.story for n, known in one_by_one.load(map(str, order)).items()} == {
        n: known.story for n, known in batched.load(map(str, order)).items()
    }


@given(st.permutations(range(len(BODIES))))
@settings(max_examples=20)
def test_the_order_of_arrival_changes_no_story(order):
    links = told(*(BODIES[n] for n in order))

    groups: dict[str, set[int]] = {}
    for n, story in zip(order, stories(links), strict=True):
        groups.setdefault(story, set()).add(n)

    assert sorted(map(sorted, groups.values())) == [[*range(10)], [10], [11], [12], [13, 15], [14]]


def test_an_item_twice_in_a_batch_is_one_article():
    index = MemoryStoryIndex()

    links = link_items([item(STORY, id="a"), item(STORY, id="a")], index, arrived=NOON)

    assert [link.story for link in links] == ["a", "a"]
    assert links[1].of is None
    assert len(index) == 1


def test_arrivals_follow_the_dates_of_most():
    clock = ArrivalClock()
    nones = [clock.tick(None) for _ in range(2)]
    times = [clock.tick(NOON + timedelta(minutes=n)) for n in range(40)]

    assert nones[0] == nones[1] < NOON
    assert times == sorted(times)
    assert clock.tick(NOON + timedelta(days=4000)) < NOON + timedelta(hours=1)
    assert clock.tick(NOON - timedelta(days=4000)) >= times[-1]
