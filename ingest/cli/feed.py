"""`khabar feed`: what is polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ingest.cli import feed_files
from ingest.cli.options import AsJSON, NumberOrURL, number_in
from ingest.cli.session import open_rows, open_session
from ingest.cli.show import (
    ago,
    isolated,
    print_facts,
    print_json,
    print_table,
    reason_of,
    terminal,
)
from ingest.errors import KhabarError, UnusableURL
from ingest.pipeline.follow import follow_url, known_source
from ingest.polling import PollState, rate_by_hour
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.urls import normalize_url

if TYPE_CHECKING:
    from ingest.clock import Clock
    from ingest.storage.feed import ListedFeed
    from ingest.storage.queries import Connection

app = typer.Typer(help="Show and change what is polled.", no_args_is_help=True)

BARS = " ▁▂▃▄▅▆▇█"
SHOWN = 10  # polls and entries of `feed show`


class UnknownFeed(KhabarError):
    """Neither a feed's number nor its address."""

    def __str__(self) -> str:
        return f"no feed {self.args[0]!r}; `khabar feed list` shows them"


class StoppedFeed(KhabarError):
    """A feed that is paused or retired."""

    def __str__(self) -> str:
        number = self.args[0]
        return f"feed {number} is paused or retired; `khabar feed resume {number}` first"


def find_feed(connection: Connection, name: str) -> ListedFeed:
    """Return the feed with this number or address.

    Raises:
        UnknownFeed: there is none.
    """
    number = number_in(name)
    if number is not None:
        found = feeds.list_feeds(connection, feed_id=number)
    else:
        try:
            found = feeds.list_feeds(connection, url=normalize_url(name))
        except UnusableURL:
            found = []
    if not found:
        raise UnknownFeed(name)
    return found[0]


@app.command("list")
def list_feeds(
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    as_json: AsJSON = False,
) -> None:
    """List the feeds: how each does, and when it is polled next.

    Example: khabar feed list --source anadolu
    """
    with open_rows() as (service, connection):
        if source is not None:
            known_source(connection, source)
        found = feeds.list_feeds(connection, source=source)
    if as_json:
        print_json(found)
        return
    print_table(
        ("#feed", "source", "state", "#entries", "last poll", "next poll", "address"),
        (
            (
                feed.id,
                feed.source,
                state_of(feed),
                feed.entries,
                ago(feed.last_polled_at, service.clock),
                "" if feed.paused_at or feed.retired_at else ago(feed.next_poll_at, service.clock),
                feed.url,
            )
            for feed in found
        ),
    )


def state_of(feed: ListedFeed) -> str:
    """Return a feed's state in a word or two."""
    if feed.retired_at:
        return "retired"
    if feed.paused_at:
        return "paused"
    if feed.failures:
        return f"failed {feed.failures}x: {feed.last_outcome}"
    return feed.last_outcome or "new"


@app.command("show")
def show(name: NumberOrURL, as_json: AsJSON = False) -> None:
    """Show a feed: its state in words, learned rate, last polls and entries.

    Example: khabar feed show 12
    """
    with open_rows() as (service, connection):
        feed = find_feed(connection, name)
        polls = feeds.recent_polls(connection, feed.id, most=SHOWN)
        entries = feeds.recent_entries(connection, feed.id, most=SHOWN)
    if as_json:
        print_json({"feed": feed, "polls": polls, "entries": entries})
        return
    console = terminal()
    console.print(f"[bold]{escape(isolated(feed.title or feed.url))}[/]")
    print_facts(console, _facts(feed, service.clock))
    print_table(
        ("at", "outcome", "#status", "#entries", "#new", "#changed", "#bytes", "why"),
        (
            (
                poll.at,
                poll.outcome,
                poll.status,
                poll.entries,
                poll.fresh,
                poll.changed,
                poll.bytes,
                reason_of(poll.error, feed.url),
            )
            for poll in polls
        ),
        title="\nlast polls",
    )
    print_table(
        ("first seen", "published", "title"),
        ((e.first_seen_at, e.published_at, e.title or e.url or e.guid) for e in entries),
        title="\nlast entries",
    )


def _facts(feed: ListedFeed, clock: Clock) -> list[tuple[str, object]]:
    guids = None if feed.stable_guids else "not stable: entries are known by their address"
    moved = f"{feed.moved_url}, so {feed.moved_polls} polls in a row" if feed.moved_url else None
    backs_off = feed.backoff_until is not None and feed.backoff_until > clock.now()
    alone = f", left alone: asked again {ago(feed.backoff_until, clock)}" if backs_off else ""
    trouble = f": {reason_of(feed.host_error, feed.url)}" if feed.host_error else ""
    return [
        ("feed", f"{feed.id} of {feed.source}, {feed.origin}, {feed.evidence or 'added by hand'}"),
        ("address", feed.url),
        ("state", state_of(feed)),
        ("means", meaning_of(feed, clock)),
        ("host", f"{feed.host}{alone}{trouble}"),
        ("answered", ago(feed.last_ok_at, clock)),
        ("news", ago(feed.last_new_at, clock)),
        ("next poll", _next_poll(feed, clock)),
        ("rate", _rates(feed)),
        ("guids", guids),
        ("moved to", moved),
        ("hub", feed.hub),
    ]


def meaning_of(feed: ListedFeed, clock: Clock) -> str:
    """Return in a sentence what happened to a feed, and what comes of it."""
    error = reason_of(feed.last_error, feed.url)
    if feed.retired_at:
        why = error or "the server says that it is gone"
        return f"{why}; retired {ago(feed.retired_at, clock)}; `khabar feed resume {feed.id}`"
    if feed.paused_at:
        return f"stopped {ago(feed.paused_at, clock)}; `khabar feed resume {feed.id}` goes on"
    if feed.failures:
        times = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
        why = error or feed.last_outcome or "unknown"
        return f"failed {times}: {why}; it is asked again by itself"
    if feed.last_polled_at is None:
        return "not polled yet; a running service does it"
    return error or "all is well"


def _next_poll(feed: ListedFeed, clock: Clock) -> str | None:
    if feed.paused_at or feed.retired_at:
        return None
    return f"{ago(feed.next_poll_at, clock)}: {feed.next_poll_reason}"


def _rates(feed: ListedFeed) -> str | None:
    """Return the learned rate as a picture: a bar for each hour of the day, UTC."""
    state = PollState.from_json(feed.poll_state)
    if state is None:
        return None
    rates = rate_by_hour(state)
    most = max(rates) or 1.0
    picture = "".join(BARS[round(rate / most * (len(BARS) - 1))] for rate in rates)
    return f"{sum(rates) / len(rates):.2g} entries an hour; 0h {picture} 24h UTC"


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of the feed.")],
    source: Annotated[str | None, typer.Option(help="Slug of the source it belongs to.")] = None,
    title: Annotated[str | None, typer.Option(help="A name of your own.")] = None,
) -> None:
    """Follow a feed; it is polled at once.

    Example: khabar feed add https://www.aa.com.tr/tr/rss/default?cat=guncel
    """
    with open_session() as service:
        done = follow_url(service, url, slug=source, title=title)
    word = "followed" if done.is_new else "was followed already"
    print(f"feed {done.feed_id} of {done.source}: {word}")


@app.command("pause")
def pause(name: NumberOrURL) -> None:
    """Stop polling a feed until it is resumed.

    Example: khabar feed pause 12
    """
    with open_rows() as (service, connection):
        feed = find_feed(connection, name)
        done = feeds.pause_feed(connection, feed.id, now=service.clock.now())
    print(f"feed {feed.id}: {'paused' if done else 'was paused already'}")


@app.command("resume")
def resume(name: NumberOrURL) -> None:
    """Poll a paused or retired feed again.

    Example: khabar feed resume 12
    """
    with open_rows() as (service, connection):
        feed, now = find_feed(connection, name), service.clock.now()
        host_id = feeds.resume_feed(connection, feed.id, now=now)
        if host_id is not None:
            hosts.wake_hosts(connection, {host_id: now})
    print(f"feed {feed.id}: {'resumed' if host_id is not None else 'was not stopped'}")


@app.command("remove")
def remove(name: NumberOrURL) -> None:
    """Stop following a feed and forget its entries; its articles stay.

    One of a declared agency is followed again by the next `khabar up`: pause it instead.

    Example: khabar feed remove https://example.org/feed
    """
    with open_rows() as (_, connection):
        feed = find_feed(connection, name)
        feeds.remove_feed(connection, feed.id)
    print(f"feed {feed.id}: removed; its articles stay")
    if feed.origin == "declared":
        print("it is declared: the next `khabar up` follows it again, `khabar feed pause` stops it")


@app.command("poll")
def poll(name: NumberOrURL) -> None:
    """Let a feed be polled now, though never sooner than its floor.

    Example: khabar feed poll 12
    """
    with open_rows() as (service, connection):
        feed, now = find_feed(connection, name), service.clock.now()
        due = feeds.poll_feed_now(connection, feed.id, now=now, floor=service.settings.poll_floor)
        if due is None:
            raise StoppedFeed(feed.id)
        hosts.wake_hosts(connection, {due[0]: due[1]})
    print(f"feed {feed.id}: due {ago(due[1], service.clock)}; a running service polls it")


app.add_typer(feed_files.app)
