"""Articles, texts and stories; the index in Postgres against the one in memory."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from ingest.identity import MemoryStoryIndex, link_items
from ingest.model import Item, Picture
from ingest.pipeline.stories import PostgresStoryIndex
from ingest.storage import article as articles
from ingest.storage import change as changes
from ingest.storage import story as stories
from ingest.storage.database import connect
from ingest.storage.story import NewSketch, StoryMembership, StoryRow
from tests.stored import DAY, HOUR, MINUTE, NOON, add_source, article, publish_articles, text

SOURCES = ("wire", "copyist", "third")


@pytest.fixture
def connection(database):
    with connect(database) as opened:
        yield opened


# ── one index answers as the other ──────────────────────────────────────────────────────


def sample_items(seed):
    """Return items of which many tell the same: copies, versions, parts, notices, digests."""
    draw = random.Random(seed)
    notice = "All rights of this wire are reserved and its texts may be quoted in part only."
    bodies = []
    for number in range(30):
        whole = text(number, paragraphs=6)
        lines = whole.splitlines()
        bodies += [
            whole,
            f"{whole}\n{notice}",
            "\n".join(lines[:3]),
            "\n".join([*lines, f"A desk{number} adds this line to an earlier version{number}."]),
            "\n".join(lines[2:] + text(number + 1, paragraphs=3).splitlines()),
        ][: draw.randint(1, 5)]
    bodies.append("\n".join(text(number, paragraphs=1) for number in range(12)))
    draw.shuffle(bodies)
    at = NOON
    items = []
    for number, body in enumerate(bodies, 1):
        at += timedelta(hours=draw.choice((0, 1, 2, 4)))  # all within the window
        published = draw.choice((at, at, at - 2 * HOUR, at - 9 * DAY, None))
        items.append(
            (
                Item(
                    id=str(number),
                    source=draw.choice(SOURCES),
                    language="en",
                    title=f"T{number}",
                    published=published,
                    body=body,
                ),
                at,
            )
        )
    return items, draw


class Rows:
    """The article rows that the index in Postgres leans on."""

    def __init__(self, connection):
        self.connection = connection
        self.source_ids = {slug: add_source(connection, slug) for slug in SOURCES}
        self.index = None

    def link(self, items, at):
        self.connection.cursor().executemany(
            "INSERT INTO ingest.article (id, source_id, url, first_seen_at, changed_at)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, %s, '', %s, %s) ON CONFLICT (id) DO NOTHING",
            [(int(item.id), self.source_ids[item.source], at, at) for item in items],
        )
        self.index = PostgresStoryIndex(self.connection, now=at)
        links = link_items(items, self.index, arrived=at)
        for item, link in zip(items, links, strict=True):
            number = int(self.index.now(link.story))
            row = StoryRow(id=number, original_id=number, reason="earliest", at=at)
            stories.add_stories(self.connection, [row])
            membership = StoryMembership(
                id=int(item.id),
                story_id=number,
                relation=link.relation.value,
                of_id=None if link.of is None else int(link.of),
                score=link.score,
            )
            stories.link_stories(self.connection, [membership])
        return links


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_indexes_answer_alike(connection, seed):
    items, draw = sample_items(seed)
    rows, memory = Rows(connection), MemoryStoryIndex()
    in_postgres, in_memory = [], []
    at = 0
    while at < len(items):
        batch = items[at : at + draw.choice((1, 1, 2, 7))]
        if draw.random() < 0.2:  # an earlier article's text is corrected
            earlier, _ = items[draw.randrange(max(at, 1))]
            batch = [*batch, (earlier, batch[-1][1])]
        arrived = batch[-1][1]
        told = [item for item, _ in batch]
        in_postgres += rows.link(told, arrived)
        in_memory += link_items(told, memory, arrived=arrived)
        at += len(batch)

    assert in_postgres == in_memory
    relations = {link.relation.value for link in in_postgres}
    assert relations >= {"original", "copy", "partial"}


def test_both_indexes_forget_what_the_window_has_left(connection):
    rows, memory = Rows(connection), MemoryStoryIndex()
    told = [
        (Item(id=f"{n}", source="wire", language="en", title=None, published=None, body=body), at)
        for n, (body, at) in enumerate(
            [
                (text(1), NOON),
                (text(2), NOON + 12 * DAY),
                (text(1), NOON + 12 * DAY + MINUTE),
                (text(1), NOON + 21 * DAY),
            ],
            1,
        )
    ]

    in_postgres = [rows.link([item], at)[0] for item, at in told]
    in_memory = [link_items([item], memory, arrived=at)[0] for item, at in told]

    assert in_postgres == in_memory
    assert [link.of for link in in_postgres] == [None, None, None, "3"]


def test_merged_stories_become_one_and_their_articles_are_named(connection):
    rows = Rows(connection)
    one, other = text(1, paragraphs=6), text(2, paragraphs=6)

    def item(number, body):
        return Item(
            id=str(number),
            source=SOURCES[number % 3],
            language="en",
            title=None,
            published=None,
            body=body,
        )

    rows.link([item(1, one), item(2, other)], NOON)
    index = PostgresStoryIndex(connection, now=NOON)
    index.merge({"2": "1"})
    following = rows.link([item(3, other)], NOON + MINUTE)

    assert [(moved.id, moved.story_id) for moved in index.moved] == [(2, 1)]
    assert (index.now("2"), index.now("1")) == ("1", "1")
    assert (following[0].story, following[0].of) == ("1", "2")


# ── the rows beneath ────────────────────────────────────────────────────────────────────


def test_a_feature_keeps_all_its_32_bits_and_tells_the_latest_last(connection):
    rows = Rows(connection)
    numbers = publish_articles(connection, [("wire", article(n)) for n in (1, 2, 3)])
    features = [0, 1, 2**31 - 1, 2**31, 2**32 - 1]
    stories.add_sketches(
        connection,
        [
            NewSketch(
                article_id=number,
                arrived=NOON,
                published=None,
                sketch=b"s",
                features=features,
            )
            for number in numbers
        ],
    )

    found = stories.find_postings(connection, [*features, 77], since=NOON, most=2)

    assert rows.source_ids
    held = {
        feature: [posting.article_id for posting in found if posting.feature == feature]
        for feature in features
    }
    assert held == dict.fromkeys(features, numbers[1:])
    assert stories.find_postings(connection, features, since=NOON + MINUTE, most=2) == []


def test_a_feature_that_thousands_hold_costs_no_more_to_look_up(connection):
    for days in (-6, 0):
        connection.execute("SELECT ingest.add_partitions(%s)", [NOON + days * DAY])
    connection.execute(
        "INSERT INTO ingest.posting (feature, linked, article_id, arrived)"
        " SELECT CASE WHEN n %% 2 = 0 THEN 7 ELSE n END, n, n,"
        "        %s - interval '8 days' * (n / 20000.0)"
        " FROM generate_series(1, 20000) AS n",
        [NOON],
    )
    connection.execute("ANALYZE ingest.posting")
    ask = (
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
        " SELECT * FROM ingest.newest_postings('{7}', %s, 12)"
    )
    asked = [NOON - 10 * DAY]
    connection.execute(ask, asked)  # the first time Postgres reads its own catalog as well

    ((plan,),) = connection.execute(ask, asked).fetchone()

    assert plan["Plan"]["Actual Rows"] == 12
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 100


def test_a_sketch_forgotten_is_found_no_more(connection):
    (number,) = publish_articles(connection, [("wire", article(1))])
    (kept,) = stories.load_sketches(connection, [number], since=NOON)
    index = PostgresStoryIndex(connection, now=NOON)
    features = index.load([str(number)])[str(number)].sketch.features.tolist()

    stories.forget_sketches(connection, {number: features})

    assert (kept.article_id, kept.source, kept.settled) == (number, "wire", False)
    assert stories.load_sketches(connection, [number], since=NOON - DAY) == []
    assert stories.find_postings(connection, features, since=NOON - DAY, most=12) == []


def test_articles_are_found_by_address_number_and_text(connection):
    numbers = publish_articles(
        connection, [("wire", article(1)), ("wire", article(2, title="Boats and nets"))]
    )
    (address,) = articles.article_addresses(connection, numbers[0])
    by_url = articles.articles_of_urls(connection, ["https://wire.example/wire/1", "none"])
    by_number = articles.find_article(connection, article_id=numbers[1], url_key=None)
    by_key = articles.find_article(connection, article_id=None, url_key=next(iter(by_url)))

    assert address["url"] == "https://wire.example/wire/1"
    assert by_url == {"https://wire.example/wire/1": numbers[0]}
    assert by_number is not None
    assert by_number.id == numbers[1]
    assert by_key is not None
    assert by_key.id == numbers[0]
    assert articles.find_article(connection, article_id=999, url_key=None) is None


def test_an_agencys_own_number_leads_to_its_article(connection):
    (number,) = publish_articles(connection, [("wire", article(1))])
    connection.execute("UPDATE ingest.article SET agency_key = 'en/7'")
    source_id = add_source(connection)

    found = articles.articles_of_agency_keys(
        connection, {(source_id, "en/7"), (source_id, "en/8"), (source_id + 1, "en/7")}
    )

    assert found == {(source_id, "en/7"): number}
    assert articles.articles_of_agency_keys(connection, set()) == {}


def test_a_text_reads_back_as_it_was_extracted(connection):
    said = article(
        1,
        standfirst="In short",
        authors=("A. Writer", "B. Writer"),
        sections=("World", "Sea"),
        tags=("boats",),
        credits=("(END)",),
        place="IZMIR",
        notice="All rights reserved",
        image="https://wire.example/p.jpg",
        image_credit="C",
        image_caption="Boats",
        pictures=(Picture(url="https://wire.example/2.jpg", caption="Nets"), Picture(credit="C")),
        filed=date(2026, 3, 3),
        partial=True,
        body_html="<p>x</p>",
        engine=3,
        rule="wire",
    )
    (number,) = publish_articles(connection, [("wire", said)])

    current = articles.current_revisions(connection, [number, 999])
    (revision,) = articles.article_revisions(connection, number)
    shown = articles.show_article(connection, number)

    assert list(current) == [number]
    assert current[number].article == said
    assert len(current[number].digests) == 1
    assert (revision["standfirst"], revision["image_caption"]) == ("In short", "Boats")
    assert revision["pictures"][0] == {
        "url": "https://wire.example/2.jpg", "caption": "Nets", "credit": None,
    }  # fmt: skip
    assert revision["filed"] == date(2026, 3, 3)
    assert shown is not None
    assert (shown["authors"], shown["section"]) == (["A. Writer", "B. Writer"], ["World", "Sea"])
    assert articles.show_article(connection, 999) is None
    assert articles.current_revisions(connection, []) == {}
    assert articles.recent_texts(connection, number, most=3) == [
        (said.title, "In short", said.body)
    ]


def test_what_is_removed_is_seen_by_no_consumer(connection):
    numbers = publish_articles(connection, [("wire", article(1)), ("wire", article(2))])
    connection.execute("UPDATE ingest.article SET state = 'removed' WHERE id = %s", [numbers[0]])

    views = {
        name: connection.execute(f"SELECT count(*) FROM khabar.{name}").fetchone()[0]
        for name in ("article", "revision", "original", "story")
    }
    bodies = [row["body"] for row in changes.changes_after(connection, 0)]

    assert views == dict.fromkeys(views, 1)
    assert bodies == [None, article(2).body]
