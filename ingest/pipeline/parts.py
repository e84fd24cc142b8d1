"""The further pages of an article that stands on several, asked for one after the other.

    first page ─ rel=next ▶ part 2 ─ rel=next ▶ … until no next page is named
                    │
                    ├─ leads back to a part we have       a loop: what we have is all there is
                    ├─ speaks under another headline      another article: not joined
                    ├─ more than MOST_PARTS               the article is marked partial
                    ├─ is not there (404), or forbidden   partial at once; re-checks look again
                    └─ can't be had now                   tried again later; partial in the end

Every request goes through the conversation, so the pace and robots.txt hold for each part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import structlog

from ingest.errors import ExtractError, FetchError, ReplyRefused, RobotsRefused
from ingest.extract.parts import is_next_part, is_same_headline, join_parts
from ingest.fetch.etiquette import MISSING
from ingest.pipeline.conversation import NotYet
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ingest.errors import KhabarError
    from ingest.model import Article, Reply, Source
    from ingest.pipeline.conversation import Conversation

log = structlog.get_logger(__name__)

MOST_PARTS: Final = 20
PATIENCE: Final = timedelta(minutes=1)  # real; how long a part waits for its turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """An article with all its parts, as far as they could be had.

    Attributes:
        replies: of the parts, the first page's first.
        trouble: what kept it from being joined, or ended it, in words.
        is_whole: nothing is missing that time may bring.
        is_gone: what is missing is not there, or not for us; a minute changes nothing.
    """

    article: Article
    replies: tuple[Reply, ...]
    trouble: str | None = None
    is_whole: bool = True
    is_gone: bool = False

    @property
    def digest(self) -> bytes:
        """What tells these bytes from any others; of one whole page, the digest of its body."""
        if len(self.replies) == 1 and self.is_whole:
            return blake2b(self.replies[0].body, digest_size=16).digest()
        digests = (blake2b(reply.body, digest_size=16).digest() for reply in self.replies)
        lacking = b"" if self.is_whole else b"and more"
        return blake2b(b"".join(digests), digest_size=16, person=lacking).digest()


async def join_pages(
    talk: Conversation,
    source: Source,
    first: Reply,
    article: Article,
    read: Callable[[Reply], Awaitable[Article]],
) -> Joined:
    """Return the article of a page with all its further parts.

    Args:
        talk: with their host.
        source: whose page it is.
        first: the first page.
        article: what was read from it.
        read: reads a part.

    Raises:
        LeaseLost: the host is another's.
        PageKillsReader: a part kills who reads it.
    """
    chain = _Chain(first, article)
    while (url := chain.next_part()) is not None:
        try:
            await talk.learn_robots(url, source)
            reply = await talk.ask(
                url, source=source, limits=talk.service.page_limits, patience=PATIENCE
            )
            part = await read(reply)
        except (FetchError, ExtractError, NotYet) as error:
            chain.trouble = f"part {chain.count + 1} can't be had: {error}"
            chain.is_whole, chain.is_gone = False, _is_gone(error)
            break
        if not chain.add(reply, part):
            break
    if chain.trouble:
        log.warning("parts.trouble", url=first.url, reason=chain.trouble)
    return chain.joined()


def _is_gone(error: KhabarError) -> bool:
    if isinstance(error, ReplyRefused):
        return error.status in MISSING
    return isinstance(error, RobotsRefused)


class _Chain:
    """The parts of one article, in order; where the next one is, and why there is none."""

    def __init__(self, first: Reply, article: Article) -> None:
        self._replies = [first]
        self._articles = [article]
        self._numbers = {url_key(first.url): 1, url_key(first.final_url): 1}
        self.trouble: str | None = None
        self.is_whole = True
        self.is_gone = False
        self._is_cut = False

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self._replies)

    def next_part(self) -> str | None:
        """Return the address of the next part; None where there is none to be asked."""
        url = self._articles[-1].next_page
        if url is None or self._closes_a_loop(url):
            return None
        if not is_next_part(self._replies[-1].final_url, url, self.count + 1):
            return None
        if self.count == MOST_PARTS:
            self.trouble = f"it has more than {MOST_PARTS} parts"
            self._is_cut = True
            return None
        return url

    def add(self, reply: Reply, part: Article) -> bool:
        """Take a part; False where it turns out to be none."""
        if self._closes_a_loop(reply.final_url):
            return False
        if not is_same_headline(self._articles[0], part):
            self.trouble = f"{reply.final_url} speaks under another headline: not joined"
            return False
        self._replies.append(reply)
        self._articles.append(part)
        for url in (reply.url, reply.final_url):
            self._numbers.setdefault(url_key(url), self.count)
        return True

    def _closes_a_loop(self, url: str) -> bool:
        known = self._numbers.get(url_key(url))
        if known is not None and known != self.count:
            self.trouble = f"a loop: after part {self.count} comes part {known} again"
        return known is not None

    def joined(self) -> Joined:
        """Return what the parts make together."""
        article = join_parts(self._articles)
        if self._is_cut or not self.is_whole:
            article = replace(article, partial=True)
        return Joined(
            article=article,
            replies=tuple(self._replies),
            trouble=self.trouble,
            is_whole=self.is_whole,
            is_gone=self.is_gone,
        )
