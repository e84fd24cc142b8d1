"""The story index in Postgres: what `ingest.identity.link_items` asks, answered by queries.

Lives as long as one transaction, under the change lock, so that what it is told is seen by the
next batch and by nobody in between. Ids travel as text in identity and as numbers in storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.identity import POSTINGS, WINDOW, Known, Posting, Sketch
from ingest.storage import story as stories
from ingest.storage.story import MovedArticle, NewSketch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from ingest.storage.queries import Connection


class PostgresStoryIndex:
    """A `StoryIndex` over one open transaction.

    Attributes:
        moved: articles whose story was merged into another's.
    """

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._since = now - WINDOW
        self._merged: dict[str, str] = {}
        self.moved: list[MovedArticle] = []

    def find(self, features: Collection[int]) -> Mapping[int, Sequence[Posting]]:
        """Return the newest POSTINGS articles that hold each feature, the latest linked last."""
        found: dict[int, list[Posting]] = {}
        for row in stories.find_postings(
            self._connection, features, since=self._since, most=POSTINGS
        ):
            posting = Posting(str(row.article_id), row.source, str(row.story_id))
            found.setdefault(row.feature, []).append(posting)
        return found

    def load(self, articles: Collection[str]) -> Mapping[str, Known]:
        """Return these articles, as far as they are known."""
        ids = [int(article) for article in articles]
        return {
            str(row.article_id): Known(
                article=str(row.article_id),
                story=str(row.story_id),
                sketch=Sketch.from_bytes(row.sketch),
                source=row.source,
                published=row.published,
                arrived=row.arrived,
                settled=row.settled,
            )
            for row in stories.load_sketches(self._connection, ids, since=self._since)
        }

    def add(self, articles: Sequence[Known]) -> None:
        """Keep these articles, under each feature of their sketches; replace one already kept."""
        earlier = self.load([known.article for known in articles])
        stories.forget_sketches(
            self._connection,
            {int(name): known.sketch.features.tolist() for name, known in earlier.items()},
        )
        stories.add_sketches(
            self._connection,
            [
                NewSketch(
                    article_id=int(known.article),
                    arrived=known.arrived,
                    published=known.published,
                    sketch=known.sketch.to_bytes(),
                    features=known.sketch.features.tolist(),
                )
                for known in articles
            ],
        )

    def merge(self, merges: Mapping[str, str]) -> None:
        """Count the articles of each story on the left as its right-hand story's from now on."""
        self._merged.update(merges)
        numbers = {int(gone): int(self.now(gone)) for gone in merges}
        self.moved += stories.merge_stories(self._connection, numbers)

    def now(self, story: str) -> str:
        """Return the label a story goes by after the merges of this transaction."""
        while story in self._merged:
            story = self._merged[story]
        return story


def forget_article(connection: Connection, article_id: int) -> None:
    """Let an article be compared with no more."""
    for stored in stories.stored_sketches(connection, article_id):
        features = Sketch.from_bytes(stored).features.tolist()
        stories.forget_sketches(connection, {article_id: features})
