"""Rows for tests of storage: a source, a host, feeds, pages, texts and their outcomes.

Times are arguments here as everywhere; NOON is when these stories begin, virtual and real.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest.model import Article, Source
from ingest.pipeline.outcomes import FeedOutcome, PageOutcome
from ingest.pipeline.publish import publish
from ingest.storage import change as changes
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage import source as sources
from ingest.storage.feed import DueFeed, FeedRow, NewFeed, PollRow
from ingest.storage.host import LeasedHost
from ingest.storage.page import DuePage, PageRow, RawPage, WantedPage
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
LEASE = timedelta(seconds=45)


def source(slug: str = "wire") -> Source:
    """Return a declaration."""
    return Source(
        slug=slug,
        name=slug.title(),
        homepage=f"https://{slug}.example/",
        timezone=ZoneInfo("Europe/Istanbul"),
        languages=("en",),
    )


def add_source(connection: Any, slug: str = "wire") -> int:
    """Store a source; return its id."""
    sources.store_sources(connection, [source(slug)], now=NOON, declared=True)
    found = sources.source_id(connection, slug)
    assert found is not None
    return found


def add_host(connection: Any, name: str = "wire.example", *, due_at: datetime = NOON) -> int:
    """Make a host that is due."""
    number = hosts.ensure_hosts(connection, [name])[name]
    hosts.wake_hosts(connection, {number: due_at})
    return number


def new_feed(source_id: int, host_id: int, path: str = "feed", **more: Any) -> NewFeed:
    """Return the row of a feed to follow, due at NOON."""
    row = NewFeed(
        source_id=source_id,
        host_id=host_id,
        url=f"https://wire.example/{path}",
        origin="person",
        added_at=NOON,
        next_poll_at=NOON,
        title=None,
        language=None,
        section=None,
        evidence=None,
        stable_guids=True,
        floor=None,
        ceiling=None,
    )
    return replace(row, **more)


def add_feed(connection: Any, source_id: int, host_id: int, path: str = "feed", **more: Any) -> int:
    """Follow a feed that is due at NOON."""
    number = feeds.add_feeds(connection, [new_feed(source_id, host_id, path, **more)])[0]
    assert number is not None
    return number


def wanted(source_id: int, host_id: int, path: str = "1", **more: Any) -> WantedPage:
    """Return a page to make due at NOON."""
    url = f"https://wire.example/{path}"
    given: dict[str, Any] = {"due_at": NOON, "added_at": NOON} | more
    return WantedPage(host_id=host_id, source_id=source_id, url=url, url_key=url_key(url), **given)


def claim(
    connection: Any,
    *,
    now: datetime = NOON,
    real: datetime = NOON,
    batch: int = 10,
    worker: str = "machine/1",
) -> list[LeasedHost]:
    """Claim due hosts; the clocks agree unless told otherwise."""
    return hosts.claim_due_hosts(
        connection,
        now=now,
        real_now=real,
        leased_until=real + LEASE,
        due_again=now + LEASE,
        batch=batch,
        worker=worker,
    )


def take_feeds(
    connection: Any, host: LeasedHost, *, now: datetime = NOON, retry: timedelta = MINUTE
) -> list[DueFeed]:
    """Take a host's due feeds."""
    return feeds.take_due_feeds(
        connection, host_id=host.id, token=host.token, now=now, floor=MINUTE, retry=retry, batch=9
    )


def take_pages(connection: Any, host: LeasedHost, *, now: datetime = NOON) -> list[DuePage]:
    """Take a host's due pages."""
    return pages.take_due_pages(connection, host_id=host.id, token=host.token, now=now, batch=99)


def polled(feed: DueFeed, host: LeasedHost, **changes: Any) -> FeedRow:
    """Return a feed's columns after a poll that read it."""
    row = FeedRow(
        id=feed.id,
        url=feed.url,
        host_id=host.id,
        title="Wire",
        language="en",
        stable_guids=True,
        next_poll_at=NOON + HOUR,
        next_poll_reason="learned",
        poll_state=None,
        retired_at=None,
        etag=None,
        last_modified=None,
        validators_url=None,
        body_digest=None,
        window_keys=None,
        window_at=None,
        moved_url=None,
        moved_polls=0,
        failures=0,
        last_polled_at=NOON,
        last_ok_at=NOON,
        last_new_at=None,
        last_status=200,
        last_outcome="read",
        last_error=None,
        hub=None,
    )
    return replace(row, **changes)


def attempted(page: DuePage, **changes: Any) -> PageRow:
    """Return a page's columns after an attempt that stored it."""
    row = PageRow(
        id=page.id,
        crashes=0,
        attempts=0,
        rechecks=0,
        priority=page.priority,
        state="stored",
        due_at=None,
        fetched_at=NOON,
        etag=None,
        last_modified=None,
        validators_url=None,
        body_digest=b"digest",
        last_status=200,
        last_outcome="stored",
        last_error=None,
        article_id=None,
    )
    return replace(row, **changes)


def text(number: int, *, paragraphs: int = 4) -> str:
    """Return a body that shares next to nothing with any other number's."""
    return "\n".join(
        f"Town{number}x{line} has counted its {number * 7 + line} boats, said the keeper{number}n"
        f"{line} of harbour{number}k{line}, who wrote ledger{number}b{line} for crew{number}c{line}"
        f" while the tide{number}d{line} fell under bridge{number}e{line}."
        for line in range(paragraphs)
    )


def article(number: int = 1, **changes: Any) -> Article:
    """Return what a page yields."""
    made = Article(title=f"Headline {number}", body=text(number), language="en", agency="WIRE")
    return replace(made, **changes)


def page_outcome(
    host: LeasedHost, page: DuePage, found: Article | None, *, slug: str = "wire", **changes: Any
) -> PageOutcome:
    """Return what an attempt brought."""
    raw = RawPage(
        page_id=page.id,
        fetched_at=changes.get("at", NOON),
        final_url=page.url,
        content_type="text/html",
        body=b"<p>as received</p>",
    )
    made = PageOutcome(
        host=host,
        page=page,
        row=attempted(page),
        at=NOON,
        source=source(slug),
        raw=(raw,),
        article=found,
    )
    return replace(made, **changes)


def feed_outcome(host: LeasedHost, feed: DueFeed, **changes: Any) -> FeedOutcome:
    """Return what a poll learnt."""
    made = FeedOutcome(
        host=host,
        feed=polled(feed, host),
        poll=PollRow(feed_id=feed.id, at=NOON, outcome="read", status=200),
        poll_url=feed.url,
    )
    return replace(made, **changes)


class Desk:
    """Publishes what pages yield, one page an address."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.place = (add_source(connection), add_host(connection))
        (self.host,) = claim(connection)

    def page(self, path: str) -> DuePage:
        """Make an address due, and take it."""
        pages.make_pages_due(self.connection, [wanted(*self.place, path, again=True)])
        return next(
            page for page in take_pages(self.connection, self.host) if page.url.endswith(path)
        )

    def outcome(self, path: str, found: Article | None, **changes_of_it: Any) -> PageOutcome:
        """Return what an attempt at an address brought."""
        page = replace(self.page(path), article_id=changes_of_it.pop("article_id", None))
        return page_outcome(self.host, page, found, **changes_of_it)

    def publish(self, path: str, found: Article | None, **changes_of_it: Any) -> int | None:
        """Publish what an address brought; return the article it led to."""
        outcome = self.outcome(path, found, **changes_of_it)
        numbers = publish(self.connection, [outcome]).article_of_page
        pages.store_fetches(self.connection, [outcome.row])
        return numbers.get(outcome.page.id)

    def told(self) -> list[tuple[str, int, list[str]]]:
        """Return what consumers were told."""
        return [
            (row["kind"], row["article"], row["changed"])
            for row in changes.changes_after(self.connection, 0)
        ]


def publish_articles(
    connection: Any, found: Sequence[tuple[str, Article]], *, at: datetime = NOON
) -> list[int]:
    """Publish articles, each under an address of its own; return their numbers in order."""
    first = connection.execute("SELECT count(*) FROM ingest.page").fetchone()[0]
    numbers = []
    for count, (slug, text) in enumerate(found, first + 1):
        source_id = add_source(connection, slug)
        host_id = add_host(connection, f"{slug}.example")
        path = f"{slug}/{count}"
        pages.make_pages_due(connection, [wanted(source_id, host_id, path)])
        (host,) = [host for host in claim(connection) if host.id == host_id]
        (page,) = take_pages(connection, host)
        outcome = page_outcome(host, page, text, slug=slug, at=at)
        numbers.append(publish(connection, [outcome]).article_of_page[page.id])
        pages.store_fetches(connection, [outcome.row])
        connection.execute("UPDATE ingest.host SET leased_until = NULL, due_at = %s", [NOON])
    return numbers
