"""Whatever order items arrive in, in whatever batches: the same articles, texts and stories."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace

import pytest

from ingest.model import Article, Reply
from ingest.pipeline.publish import publish
from ingest.storage.database import connect
from ingest.storage.page import DuePage
from ingest.urls import url_key
from tests.stored import (
    NOON,
    SECOND,
    add_host,
    add_source,
    article,
    claim,
    page_outcome,
    source,
    text,
)

NUMBER = re.compile(r"https://wire\.example/(?:(?P<language>[a-z]{2})/)?\S*?(?P<number>\d{5,})")
SLUGS = ("wire", "copyist", "third")


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it may arrive: what it yields, and which article it is of in truth."""

    of: str
    path: str
    found: Article
    slug: str = "wire"
    more: dict[str, str] = field(default_factory=dict)


def boats(number, **changes):
    """Return an article of six paragraphs."""
    return article(number, body=text(number, paragraphs=6), **changes)


WIRE = "https://wire.example"
LONGER = boats(1, title="Headline 1, longer")
LONGER = replace(LONGER, body=f"{LONGER.body}\nTwo more ships came in the evening, it was said.")
LONGER_QUAY = boats(8, title="Headline 8, longer")
LONGER_QUAY = replace(
    LONGER_QUAY, body=f"{LONGER_QUAY.body}\nTwo old ships came first, it was said."
)
NIGHTS = [f"The night{n} was quiet at pier{n} of port{n}, and ferry{n} left." for n in range(9)]
WORLD = [
    # one article at five addresses: tracked, for small screens (its text says so), short, corrected
    Seen("boats", "news/boats-are-back-again", boats(1)),
    Seen("boats", "news/boats-are-back-again?utm_source=rss", boats(1)),
    Seen("boats", "amp/news/boats-are-back-again", boats(1)),
    Seen("boats", "b1", boats(1), more={"final": f"{WIRE}/news/boats-are-back-again"}),
    Seen("boats", "news/boats-are-back-again/print", LONGER),
    # by the agency's number, in two sections, and as a canonical says
    Seen("nets", "en/sea/nets-77123", boats(2)),
    Seen("nets", "en/trade/nets-77123", boats(2)),
    Seen("nets", "sea/nets-of-harbour", boats(2, canonical=f"{WIRE}/en/sea/nets-77123")),
    Seen("nets in Turkish", "tr/sea/nets-77123", boats(12, language="tr")),
    # canonicals that are wrong: the home page, another article's
    Seen("tide", "news/tide-rises-and-falls", boats(3, canonical=f"{WIRE}/")),
    Seen("storm", "news/storm-over-harbours", boats(4, canonical=f"{WIRE}/")),
    Seen("light", "2026/03/light-burns-again-88123",
         boats(5, canonical=f"{WIRE}/2026/03/storm-over-everything-88000")),
    # twins of an address that tell something else
    Seen("ropes", "news/ropes-for-all-boats", boats(6)),
    Seen("ropes twice", "news/ropes-for-all-boats/index.html", boats(7)),
    # two addresses of which a third page tells that they are one, whether or not they came first
    Seen("quay", "news/quay-opens-today", boats(8)),
    Seen("quay", "port/harbour-has-a-quay", LONGER_QUAY),
    Seen("quay", "q/quay-of-today", replace(LONGER_QUAY, canonical=f"{WIRE}/news/quay-opens-today"),
         more={"final": f"{WIRE}/port/harbour-has-a-quay"}),
    Seen("quay copied", "c/quay-copied-by-us", boats(8), "copyist"),
    # other agencies': whole, in part, with more
    Seen("boats copied", "c/boats-copied-by-us", boats(1), "copyist"),
    Seen("boats abridged", "t/boats-in-short-form",
         article(1, body="\n".join(boats(1).body.splitlines()[:4])), "third"),
    Seen("nets copied", "c/nets-copied-by-us", boats(2), "copyist"),
    # nobody's copy
    *(Seen(f"night {n}", f"news/night-{n}-was-quiet", article(n, body=told), SLUGS[n % 3])
      for n, told in enumerate(NIGHTS)),
]  # fmt: skip
STORIES = [
    {"boats", "boats copied", "boats abridged"},
    {"nets", "nets copied"},
    {"quay", "quay copied"},
]


class Newsroom:
    """A database into which the world arrives, again and again."""

    def __init__(self, connection):
        self.connection = connection
        self.places = {}
        for slug in SLUGS:
            source_id, host_id = (
                add_source(connection, slug),
                add_host(connection, f"{slug}.example"),
            )
            (host,) = [host for host in claim(connection) if host.id == host_id]
            self.places[slug] = (source_id, host)
        connection.commit()

    def take(self, world, draw):
        """Let a world arrive in batches; return what was made of it, and forget it."""
        made = {}
        rest = list(enumerate(world))
        while rest:
            size = draw.choice((1, 2, 5, 9))
            batch, rest = rest[:size], rest[size:]
            outcomes = [self.outcome(seen, len(world) - len(rest)) for _, seen in batch]
            found = publish(self.connection, outcomes).article_of_page
            for (_, seen), outcome in zip(batch, outcomes, strict=True):
                made.setdefault(found[outcome.page.id], set()).add(seen.of)
        made = self.unfolded(made)
        answer = (self.articles(made), self.stories(made))
        self.connection.rollback()
        return answer

    def outcome(self, seen, minute):
        source_id, host = self.places[seen.slug]
        url = f"https://{seen.slug}.example/{seen.path}"
        page = DuePage(
            id=WORLD.index(seen) + 1,
            source_id=source_id,
            slug=seen.slug,
            url=url,
            url_key=url_key(url),
            cause="live",
            priority=0,
            crashes=0,
            attempts=1,
            rechecks=0,
            state="waiting",
            etag=None,
            last_modified=None,
            validators_url=None,
            body_digest=None,
            entry_id=None,
            article_id=None,
            added_at=NOON,
        )
        reply = None
        if "final" in seen.more:
            reply = Reply(url=url, final_url=seen.more["final"], status=200)
        return page_outcome(
            host,
            page,
            seen.found,
            at=NOON + minute * SECOND,
            source=replace(source(seen.slug), number=NUMBER),
            reply=reply,
        )

    def unfolded(self, made):
        """Return the names by the articles that they are of in the end."""
        query = "SELECT id, of_id FROM ingest.article WHERE state = 'folded'"
        into = dict(self.connection.execute(query).fetchall())
        shown = {}
        for number, names in made.items():
            shown.setdefault(into.get(number, number), set()).update(names)
        return shown

    def articles(self, made):
        """Return what each article was called and the texts it had."""
        digests = "SELECT digest FROM ingest.revision WHERE article_id = %s"
        return sorted(
            (sorted(names), sorted(row[0].hex() for row in self.connection.execute(digests, [n])))
            for n, names in made.items()
        )

    def stories(self, made):
        """Return the stories by their articles' names."""
        grouped = {}
        query = "SELECT story_id FROM ingest.article WHERE id = %s"
        for number, names in made.items():
            (story,) = self.connection.execute(query, [number]).fetchone()
            grouped.setdefault(story, set()).update(names)
        return sorted(sorted(names) for names in grouped.values())


@pytest.fixture
def newsroom(database):
    with connect(database) as connection:
        yield Newsroom(connection)


def test_any_order_gives_the_same_articles_revisions_and_stories(newsroom):
    answers = []
    for seed in range(12):
        draw = random.Random(seed)
        world = WORLD[:]
        if seed:
            draw.shuffle(world)
        answers.append(newsroom.take(world, draw))

    articles, stories = answers[0]
    assert [names for names, _ in articles] == sorted([name] for name in {s.of for s in WORLD})
    assert [set(names) for names in stories if len(names) > 1] == STORIES
    for seed, answer in enumerate(answers):
        assert answer == answers[0], f"order {seed}"
