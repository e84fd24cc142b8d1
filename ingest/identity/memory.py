"""The story index in memory: for `khabar cluster`, and to test the one in Postgres against.

Bounded by its window: what arrived more than WINDOW and a day ago is forgotten.
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
        self._postings: dict[int, tuple[Posting, ...]] = {}
        self._members: dict[str, list[str]] = {}
        self._order: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, features: Collection[int]) -> Mapping[int, Sequence[Posting]]:
        """Return the newest POSTINGS articles that hold each feature, the latest linked last."""
        held = self._postings
        return {feature: held[feature] for feature in features if feature in held}

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
            mine = (Posting(known.article, known.source, known.story),)
            for feature in known.sketch.features.tolist():
                held = self._postings.get(feature)
                self._postings[feature] = (held + mine)[-POSTINGS:] if held else mine
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

    def _repost(self, known: Known, instead: tuple[Posting, ...]) -> None:
        """Put other postings in the place of an article's, or none."""
        for feature in known.sketch.features.tolist():
            held: list[Posting] = []
            for posting in self._postings.pop(feature, ()):
                held.extend(instead if posting.article == known.article else (posting,))
            if held:
                self._postings[feature] = tuple(held)

    def _forget_before(self, oldest: datetime) -> None:
        while self._order and self._order[0][0] < oldest:
            arrived, article = self._order.popleft()
            known = self._known.get(article)
            if known is not None and known.arrived == arrived:
                self._forget(article)

    def _forget(self, article: str) -> None:
        known = self._known.pop(article)
        members = self._members[known.story]
        members.remove(article)
        if not members:
            del self._members[known.story]
        self._repost(known, ())


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
