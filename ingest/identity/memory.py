"""The story index in memory: for `khabar cluster`, and to test the one in Postgres against.

Bounded by its window: what arrived more than WINDOW and a day ago is forgotten, an article each
time one comes. By then a million features are held, most of them by one article, and what costs
time is memory that is not in the cache: so a feature of one holder leads to the holder itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ingest.identity.stories import POSTINGS, WINDOW, Known, Posting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_MARGIN: Final = timedelta(days=1)  # so that a batch sees what its items one by one would
_RECENT: Final = 31


class MemoryStoryIndex:
    """What is known of the articles of the last days; a `StoryIndex`."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._one: dict[int, Posting] = {}  # features that one article holds
        self._several: dict[int, tuple[Posting, ...]] = {}  # the others, the latest linked last
        self._members: dict[str, list[str]] = {}
        self._order: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, features: Collection[int]) -> Mapping[int, Sequence[Posting]]:
        """Return the newest POSTINGS articles that hold each feature, the latest linked last."""
        one, several = self._one, self._several
        found: dict[int, Sequence[Posting]] = {}
        for feature in features:
            if feature in several:
                found[feature] = several[feature]
            elif feature in one:
                found[feature] = (one[feature],)
        return found

    def load(self, articles: Collection[str]) -> Mapping[str, Known]:
        """Return these articles, as far as they are known."""
        return {article: self._known[article] for article in articles if article in self._known}

    def add(self, articles: Sequence[Known]) -> None:
        """Keep these articles, replacing one already kept; forget what the window has left."""
        for known in articles:
            if known.article in self._known:
                self._forget(known.article)
            self._known[known.article] = known
            self._members.setdefault(known.story, []).append(known.article)
            self._order.append((known.arrived, known.article))
            self._post(known)
        if articles:
            self._forget_before(articles[-1].arrived - WINDOW - _MARGIN)

    def merge(self, stories: Mapping[str, str]) -> None:
        """Count the articles of each story on the left as its right-hand story's from now on."""
        for gone in stories:
            story = stories[gone]
            while story in stories:
                story = stories[story]
            settled = any(self._known[member].settled for member in self._members.get(story, ()))
            for known in [self._known[article] for article in self._members.pop(gone, ())]:
                self._known[known.article] = replace(known, story=story, settled=settled)
                self._members.setdefault(story, []).append(known.article)
                self._repost(known, (Posting(known.article, known.source, story),))

    def _post(self, known: Known) -> None:
        """Let an article be found, as the one linked last."""
        mine = Posting(known.article, known.source, known.story)
        one, several = self._one, self._several
        for feature in known.sketch.features.tolist():
            if feature in several:
                several[feature] = (*several[feature], mine)[-POSTINGS:]
            elif feature in one:
                several[feature] = (one.pop(feature), mine)
            else:
                one[feature] = mine

    def _repost(self, known: Known, instead: tuple[Posting, ...]) -> None:
        """Put other postings in the place of an article's, or none."""
        features = known.sketch.features.tolist()
        for feature, holders in self.find(features).items():
            held: list[Posting] = []
            for posting in holders:
                held.extend(instead if posting.article == known.article else (posting,))
            self._hold(feature, tuple(held))

    def _hold(self, feature: int, holders: tuple[Posting, ...]) -> None:
        """Let a feature that is held be held by these."""
        self._one.pop(feature, None)
        self._several.pop(feature, None)
        if len(holders) == 1:
            self._one[feature] = holders[0]
        elif holders:
            self._several[feature] = holders

    def _forget_before(self, oldest: datetime) -> None:
        while self._order and self._order[0][0] < oldest:
            arrived, article = self._order.popleft()
            known = self._known.get(article)
            if known is not None and known.arrived == arrived:
                self._drop(known)
                self._unpost_oldest(known)

    def _unpost_oldest(self, known: Known) -> None:
        """Let the article that was linked before all others be found no more.

        Where it is still told it is told first: POSTINGS newer ones push it out.
        """
        one, several = self._one, self._several
        for feature in known.sketch.features.tolist():
            holders = several.get(feature)
            if holders is not None:
                if holders[0].article == known.article:
                    self._hold(feature, holders[1:])
            elif feature in one and one[feature].article == known.article:
                del one[feature]

    def _forget(self, article: str) -> None:
        known = self._known[article]
        self._drop(known)
        self._repost(known, ())

    def _drop(self, known: Known) -> None:
        del self._known[known.article]
        members = self._members[known.story]
        members.remove(known.article)
        if not members:
            del self._members[known.story]


class ArrivalClock:
    """When items arrive that come with their own dates, as in a file of old news.

    An item arrives at the median of the last _RECENT dates: one that is dated years ahead or
    back moves nothing. Without any date all arrive at once.
    """

    def __init__(self) -> None:
        self._recent: deque[datetime] = deque(maxlen=_RECENT)
        self._now = datetime.min.replace(tzinfo=UTC)

    def tick(self, published: datetime | None) -> datetime:
        """Return when an item with this date arrives; never earlier than the one before."""
        if published is not None:
            self._recent.append(published)
            self._now = max(self._now, sorted(self._recent)[len(self._recent) // 2])
        return self._now
