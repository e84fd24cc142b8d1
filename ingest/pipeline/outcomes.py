"""What a visit hands to the writer: complete, so that committing asks nothing of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.identity.versions import Standing
    from ingest.model import Article, Reply, Source
    from ingest.storage.feed import EntryRow, FeedRow, PollRow
    from ingest.storage.gap import GapRow, SearchRow
    from ingest.storage.host import LeasedHost
    from ingest.storage.page import DuePage, PageRow, RawPage, WantedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An entry to store and, where it leads somewhere, the page it makes due."""

    entry: EntryRow
    page: WantedPage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutcome:
    """What one poll learnt; `poll_url` is the address that was asked."""

    host: LeasedHost
    feed: FeedRow
    poll: PollRow
    poll_url: str | None = None
    announced: tuple[Announced, ...] = ()
    gap: GapRow | None = None

    @property
    def rows(self) -> int:
        """How much of a batch it takes."""
        return 1 + len(self.announced)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One item of a wire's document, as it is to be stored.

    Attributes:
        key: the agency's own name for it, the same in all its versions.
        url: where it is known to be.
        status: usable, withheld or canceled.
        article: what readers see; None for an item without a word for them.
        facts: what only a wire tells, for consumers.
        embargoed: not to be shown before.
        is_nameless: its document is a file by itself and names it nothing: the key is made of its
            bytes, and the file's name tells what it corrects.
    """

    key: str
    url: str
    standing: Standing
    status: str
    article: Article | None
    facts: dict[str, Any]
    embargoed: datetime | None = None
    is_nameless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOutcome:
    """What one attempt at a page brought.

    Attributes:
        article: what the page yields; None for an attempt that brought no new text.
        is_withdrawn: the page was there and the agency took it away.
        boilerplate: keys of the lines that were left out of the article.
        dispatches: the items of a wire's document, each of which is an article.
        dispatch: the one that `article` is of, once they are told apart.
        is_last: nothing of this attempt follows; else the page's row waits for what does.
    """

    host: LeasedHost
    page: DuePage
    row: PageRow
    at: datetime
    source: Source
    raw: tuple[RawPage, ...] = ()
    article: Article | None = None
    reply: Reply | None = None
    is_withdrawn: bool = False
    boilerplate: frozenset[int] = frozenset()
    dispatches: tuple[Dispatch, ...] = ()
    dispatch: Dispatch | None = None
    is_last: bool = True

    @property
    def rows(self) -> int:
        """How much of a batch it takes."""
        return max(1, len(self.dispatches))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """What a host's sitemaps brought to light of what windows lost."""

    host: LeasedHost
    searches: tuple[SearchRow, ...]
    pages: tuple[WantedPage, ...] = ()

    @property
    def rows(self) -> int:
        """How much of a batch it takes."""
        return len(self.searches) + len(self.pages)


Outcome = FeedOutcome | PageOutcome | SearchOutcome
