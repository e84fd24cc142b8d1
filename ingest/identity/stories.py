"""Which articles tell one story: each new item against those of the last ten days.

    item ──sketch──▶ features ──index.find──▶ who holds them ──vote──▶ a few candidates
                                                 │ held by more than a few stories:
                                                 ▼ boilerplate, votes for nobody
    candidates ──index.load──▶ sketches ──compare──▶ likeness ──▶ story, relation, merges

Decisions only: what is known is behind `StoryIndex`. A batch asks it twice, tells it once, and
answers exactly as the same items one by one would.

A story's label is the id of the item that opened it. Joining is to one earlier item, the most
alike; two stories become one only if an item shares the *same* part of its text with both, so a
digest of the day's stories draws none of them together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ingest.identity.compare import Likeness, compare, is_same_part, relation
from ingest.identity.shingles import SHORT_WORDS, Sketch, sketch
from ingest.model import Item, Relation, StoryLink

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

WINDOW: Final = timedelta(days=10)
POSTINGS: Final = 12  # of the articles that hold a feature, the newest so many are told
MOST_STORIES: Final = 3  # what more stories hold says nothing about any of them,
MOST_OF_A_SOURCE: Final = 8  # nor what one source says in more articles: a template, a notice
ENOUGH_VOTES: Final = 2  # for a candidate; one for a short text, where none has more
CANDIDATES: Final = 6  # so many are compared


class Posting(NamedTuple):
    """An article that holds a feature, its source, and the story it belongs to now."""

    article: str
    source: str
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An article as the index keeps it.

    Attributes:
        article: its id.
        story: label of its story now, merges counted.
        sketch: of its text.
        source: slug of its source.
        published: aware, where known.
        arrived: when it was linked.
        settled: a person joined or split its story; no merge moves that story.
    """

    article: str
    story: str
    sketch: Sketch
    source: str
    published: datetime | None
    arrived: datetime
    settled: bool = False


class StoryIndex(Protocol):
    """What is known of the articles of at least the last WINDOW.

    In Postgres: `posting (feature, linked, article_id)`, partitioned by day of arrival, where
    `linked` rises with each article added, and an index on (feature, linked DESC) that covers the
    article, so that looking a feature up costs the same however old the archive is; and
    `sketch (article_id, arrived, sketch bytea)`, partitioned likewise. Source, story and date
    are the article's. A feature has 32 bits and no sign: bigint, or integer after
    taking 2^31 off. Partitions go when the window and a day have passed, so that a batch sees
    what its items one by one would.
    """

    def find(self, features: Collection[int]) -> Mapping[int, Sequence[Posting]]:
        """Return the newest POSTINGS articles that hold each feature, the latest linked last."""
        ...

    def load(self, articles: Collection[str]) -> Mapping[str, Known]:
        """Return these articles, as far as they are known."""
        ...

    def add(self, articles: Sequence[Known]) -> None:
        """Keep these articles, under each feature of their sketches; replace one already kept."""
        ...

    def merge(self, stories: Mapping[str, str]) -> None:
        """Count the articles of each story on the left as its right-hand story's from now on."""
        ...


def link_items(items: Sequence[Item], index: StoryIndex, *, arrived: datetime) -> list[StoryLink]:
    """Return where each item belongs among the stories, and keep it in the index.

    Args:
        items: in the order they came; an id that the index holds already is that article's
            new text: it keeps its story, and may show others to be the same.
        index: what is known of earlier items.
        arrived: when the items came; aware.
    """
    batch = _Batch(index, items)
    links = [batch.link(at, arrived) for at in range(len(items))]
    index.add(batch.added())
    if batch.merged:
        index.merge(batch.merged)
    return links


class _Match(NamedTuple):
    known: Known
    likeness: Likeness


class _Batch:
    """What the index knows about the features of some items, and the items linked so far."""

    def __init__(self, index: StoryIndex, items: Sequence[Item]) -> None:
        self._index = index
        self._items = items
        self._sketches = [sketch(item.body) for item in items]
        self._features: list[list[int]] = [drawn.features.tolist() for drawn in self._sketches]
        self._postings = {**index.find({*chain.from_iterable(self._features)})}
        self._known: dict[str, Known] = {}
        self._absent: set[str] = set()
        self._added: dict[str, Known] = {}
        self._settled: set[str] = set()
        self._asked: dict[int, tuple[list[str], list[int]]] = {}
        self.merged: dict[str, str] = {}
        likely = (article for at in range(len(items)) for article in self._likely(at)[0])
        self._load({*likely, *(item.id for item in items)})

    def added(self) -> list[Known]:
        """Return the items linked, each under the story it belongs to now."""
        added = self._added.values()
        if not self.merged:
            return [*added]
        now = ((known, self._now(known.story)) for known in added)
        return [replace(known, story=s, settled=s in self._settled) for known, s in now]

    def link(self, at: int, arrived: datetime) -> StoryLink:
        """Return where the item at this place belongs, given all that came before it."""
        item = self._items[at]
        earlier = self._known.get(item.id)
        matches = self._matches(at, arrived)
        best = max(matches, key=_weight, default=None)
        story = self._now(earlier.story if earlier else best.known.story if best else item.id)
        story, merges = self._merge(story, matches, best)
        self._keep(at, story, arrived)
        if best is None:
            return StoryLink(story=story, relation=Relation.ORIGINAL, merges=merges)
        same_source = best.known.source == item.source
        return StoryLink(
            story=story,
            relation=relation(best.likeness, same_source=same_source),
            of=best.known.article,
            score=best.likeness.contained,
            merges=merges,
        )

    def _now(self, story: str) -> str:
        """Return the label a story goes by after the merges of this batch."""
        while story in self.merged:
            story = self.merged[story]
        return story

    def _load(self, articles: Collection[str]) -> None:
        wanted = {article for article in articles if article not in self._known}
        if wanted := wanted - self._absent:
            found = self._index.load(wanted)
            self._known.update(found)
            self._settled |= {known.story for known in found.values() if known.settled}
            self._absent |= wanted - self._known.keys()

    def _matches(self, at: int, arrived: datetime) -> list[_Match]:
        """Return the earlier items that tell the item's story, the most votes first."""
        item, drawn = self._items[at], self._sketches[at]
        likely, common = self._likely(at)
        self._load(likely)
        matches = []
        for article in likely:
            known = self._known.get(article)
            if known is None or not _is_near(item, known, arrived):
                continue
            likeness = compare(drawn, known.sketch, telling=_telling(drawn, known.sketch, common))
            if likeness is not None:
                matches.append(_Match(known, likeness))
        return matches

    def _likely(self, at: int) -> tuple[list[str], list[int]]:
        """Return the articles to compare an item with, and the features that vote for nobody.

        Remembered until an item of the batch is linked, which may change the answer.
        """
        if at not in self._asked:
            votes, common = self._votes(at)
            likely = sorted(votes, key=lambda article: -votes[article])[:CANDIDATES]
            self._asked[at] = likely, common
        return self._asked[at]

    def _votes(self, at: int) -> tuple[dict[str, int], list[int]]:
        """Return how many votes articles have, and the features that vote for nobody."""
        votes: dict[str, int] = {}
        common = []
        for feature in self._features[at]:
            held = self._postings.get(feature)
            if held and self._is_boilerplate(held):
                common.append(feature)
            elif held:
                for article, _, _ in held:
                    votes[article] = votes.get(article, 0) + 1
        votes.pop(self._items[at].id, None)
        enough = ENOUGH_VOTES
        if self._sketches[at].size <= SHORT_WORDS:
            enough = min(enough, max(votes.values(), default=0))
        return {article: count for article, count in votes.items() if count >= enough}, common

    def _is_boilerplate(self, held: Sequence[Posting]) -> bool:
        if len(held) <= MOST_STORIES:
            return False
        newest = {story for _, _, story in held[-MOST_STORIES - 1 :]}
        if len(newest) > MOST_STORIES and not self.merged:
            return True  # as it mostly is: what many hold is held by others each time
        stories = {story for _, _, story in held}
        if len(stories) > MOST_STORIES and len({*map(self._now, stories)}) > MOST_STORIES:
            return True
        if len(held) <= MOST_OF_A_SOURCE:
            return False
        return max(Counter(source for _, source, _ in held).values()) > MOST_OF_A_SOURCE

    def _merge(
        self, story: str, matches: Sequence[_Match], best: _Match | None
    ) -> tuple[str, tuple[str, ...]]:
        """Make the stories that share what the best match shares one.

        A story that a person settled is moved into no other; others are moved into it.

        Returns:
            The story they are now, and the labels that are its own from now on.
        """
        shared = (
            self._now(match.known.story)
            for match in matches
            if best and is_same_part(match.likeness, best.likeness)
        )
        one = dict.fromkeys((story, *shared))
        into = next((label for label in one if label in self._settled), story)
        gone = tuple(label for label in one if label != into and label not in self._settled)
        self.merged.update(dict.fromkeys(gone, into))
        return into, gone

    def _keep(self, at: int, story: str, arrived: datetime) -> None:
        """Let the items that follow find this one."""
        self._asked.clear()
        item = self._items[at]
        known = Known(
            article=item.id,
            story=story,
            sketch=self._sketches[at],
            source=item.source,
            published=item.published,
            arrived=arrived,
            settled=story in self._settled,
        )
        if at + 1 < len(self._items):
            self._forget(item.id)
            posting = Posting(item.id, item.source, story)
            for feature in self._features[at]:
                held = (*self._postings.get(feature, ()), posting)
                self._postings[feature] = held[-POSTINGS:]
        self._known[item.id] = self._added[item.id] = known

    def _forget(self, article: str) -> None:
        """Take an article's older text out of the postings."""
        earlier = self._known.get(article)
        for feature in earlier.sketch.features.tolist() if earlier else ():
            held = self._postings.get(feature, [])
            self._postings[feature] = [posting for posting in held if posting.article != article]


def _telling(new: Sketch, old: Sketch, common: Sequence[int]) -> float:
    """Return how much of what two texts share is not said everywhere, going by features."""
    if not common:
        return 1.0
    held = {*old.text.tolist(), *old.figures.tolist()}
    shared = held.intersection(new.features.tolist())
    return max(1, len(shared.difference(common))) / max(1, len(shared))


def _is_near(item: Item, known: Known, arrived: datetime) -> bool:
    """Whether two items are within the window of one another, both ways of telling time."""
    if arrived - known.arrived > WINDOW:
        return False
    if item.published is None or known.published is None:
        return True
    return abs(item.published - known.published) <= WINDOW


def _weight(match: _Match) -> float:
    return match.likeness.of_new + match.likeness.of_old
