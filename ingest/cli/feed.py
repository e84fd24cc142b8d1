"""`khabar feed`: what is polled."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ingest.cli.pipes import answer_lines, feed_json
from ingest.cli.session import open_session
from ingest.cli.show import ago, isolated, print_json, print_table
from ingest.discover import read_opml, write_opml
from ingest.errors import KhabarError, UnusableURL
from ingest.feeds import parse_feed
from ingest.model import FeedLink
from ingest.pipeline.check import discover_feeds
from ingest.pipeline.follow import follow_links, follow_url
from ingest.polling import PollState, rate_by_hour
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.urls import normalize_url

if TYPE_CHECKING:
    from ingest.pipeline.service import Service
    from ingest.storage.feed import ListedFeed
    from ingest.storage.queries import Connection

feed_app = typer.Typer(help="Show and change what is polled.", no_args_is_help=True)

AsJSON = Annotated[bool, typer.Option("--json", help="For programs.")]
Name = Annotated[str, typer.Argument(metavar="NUMBER|URL")]
BARS = " ▁▂▃▄▅▆▇█"


class UnknownFeed(KhabarError):
    """Neither a feed's number nor its address."""

    def __str__(self) -> str:
        return f"no feed {self.args[0]!r}; `khabar feed list` shows them"


def find_feed(connection: Connection, name: str) -> ListedFeed:
    """Return the feed with this number or address.

    Raises:
        UnknownFeed: there is none.
    """
    if name.isdecimal():
        found = feeds.list_feeds(connection, feed_id=int(name))
    else:
        try:
            found = feeds.list_feeds(connection, url=normalize_url(name))
        except UnusableURL:
            found = []
    if not found:
        raise UnknownFeed(name)
    return found[0]


@feed_app.command("list")
def list_feeds(
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    as_json: AsJSON = False,
) -> None:
    """List the feeds: how each does, and when it is polled next."""
    with open_session() as service, service.database.connection() as connection:
        found = feeds.list_feeds(connection, source=source)
    if as_json:
        print_json([asdict(feed) for feed in found])
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


@feed_app.command("show")
def show(name: Name, as_json: AsJSON = False) -> None:
    """Show a feed: its state in words, learned rate, last polls and entries."""
    with open_session() as service, service.database.connection() as connection:
        feed = find_feed(connection, name)
        polls = feeds.recent_polls(connection, feed.id, most=10)
        entries = feeds.recent_entries(connection, feed.id, most=10)
    if as_json:
        print_json({"feed": feed, "polls": polls, "entries": entries})
        return
    _print_feed(feed, service)
    print_table(
        ("at", "outcome", "#status", "#entries", "#new", "#changed", "#bytes", "why"),
        (
            (p.at, p.outcome, p.status, p.entries, p.fresh, p.changed, p.bytes, p.error)
            for p in polls
        ),
        title="\nlast polls",
    )
    print_table(
        ("first seen", "published", "title"),
        ((e.first_seen_at, e.published_at, e.title or e.url or e.guid) for e in entries),
        title="\nlast entries",
    )


def _print_feed(feed: ListedFeed, service: Service) -> None:
    console = Console(highlight=False)
    clock = service.clock
    console.print(f"[bold]{escape(isolated(feed.title or feed.url))}[/]")
    rows: list[tuple[str, str | None]] = [
        ("feed", f"{feed.id} of {feed.source}, {feed.origin}, {feed.evidence or 'added by hand'}"),
        ("address", feed.url),
        ("state", state_of(feed)),
        ("problem", feed.last_error),
        ("host", f"{feed.host}" + (f": {feed.host_error}" if feed.host_error else "")),
        ("answered", ago(feed.last_ok_at, clock)),
        ("news", ago(feed.last_new_at, clock)),
        ("next poll", f"{ago(feed.next_poll_at, clock)}: {feed.next_poll_reason}"),
        ("rate", _rates(feed)),
        ("guids", "stable" if feed.stable_guids else "not stable: entries are known by address"),
        (
            "moved to",
            f"{feed.moved_url} ({feed.moved_polls} polls say so)" if feed.moved_url else None,
        ),
        ("hub", feed.hub),
    ]
    for label, value in rows:
        if value:
            console.print(f"[dim]{label:>10}[/] {escape(isolated(value))}", soft_wrap=True)


def _rates(feed: ListedFeed) -> str | None:
    """Return the learned rate as a picture: a bar for each hour of the day, UTC."""
    state = PollState.from_json(feed.poll_state)
    if state is None:
        return None
    rates = rate_by_hour(state)
    most = max(rates) or 1.0
    picture = "".join(BARS[round(rate / most * (len(BARS) - 1))] for rate in rates)
    return f"{sum(rates) / len(rates):.2g} entries an hour; 0h {picture} 24h UTC"


@feed_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of the feed.")],
    source: Annotated[str | None, typer.Option(help="Slug of the source it belongs to.")] = None,
    title: Annotated[str | None, typer.Option(help="A name of your own.")] = None,
) -> None:
    """Follow a feed; it is polled at once."""
    with open_session() as service:
        done = follow_url(service, url, slug=source, title=title)
    word = "followed" if done.is_new else "was followed already"
    print(f"feed {done.feed_id} of {done.source}: {word}")


@feed_app.command("pause")
def pause(name: Name) -> None:
    """Stop polling a feed until it is resumed."""
    with open_session() as service, service.database.connection() as connection:
        feed = find_feed(connection, name)
        done = feeds.pause_feed(connection, feed.id, now=service.clock.now())
    print(f"feed {feed.id}: {'paused' if done else 'was paused already'}")


@feed_app.command("resume")
def resume(name: Name) -> None:
    """Poll a paused or retired feed again."""
    with open_session() as service, service.database.connection() as connection:
        feed, now = find_feed(connection, name), service.clock.now()
        host_id = feeds.resume_feed(connection, feed.id, now=now)
        if host_id is not None:
            hosts.wake_hosts(connection, {host_id: now})
    print(f"feed {feed.id}: {'resumed' if host_id is not None else 'was not stopped'}")


@feed_app.command("remove")
def remove(name: Name) -> None:
    """Stop following a feed and forget its entries; its articles stay."""
    with open_session() as service, service.database.connection() as connection:
        feed = find_feed(connection, name)
        feeds.remove_feed(connection, feed.id)
    print(f"feed {feed.id}: removed; its articles stay")


@feed_app.command("poll")
def poll(name: Name) -> None:
    """Let a feed be polled now, though never sooner than its floor."""
    with open_session() as service, service.database.connection() as connection:
        feed = find_feed(connection, name)
        due = feeds.poll_feed_now(
            connection, feed.id, now=service.clock.now(), floor=service.settings.poll_floor
        )
        if due is not None:
            hosts.wake_hosts(connection, {due[0]: due[1]})
        clock = service.clock
    if due is None:
        raise StoppedFeed(feed.id)
    print(f"feed {feed.id}: due {ago(due[1], clock)}; a running service polls it")


class StoppedFeed(KhabarError):
    """A feed that is paused or retired."""

    def __str__(self) -> str:
        return (
            f"feed {self.args[0]} is paused or retired; `khabar feed resume {self.args[0]}` first"
        )


@feed_app.command("import")
def import_feeds(
    path: Annotated[Path, typer.Argument(help="An OPML file, or - for stdin.", allow_dash=True)],
    as_json: AsJSON = False,
) -> None:
    """Follow every feed of an OPML list."""
    body = sys.stdin.buffer.read() if str(path) == "-" else _read(path)
    links = read_opml(body)
    with open_session() as service:
        done = follow_links(service, links)
    if as_json:
        print_json([asdict(row) for row in done])
        return
    new, bad = sum(row.is_new for row in done), [row for row in done if row.problem]
    print(f"{new} feeds followed, {len(done) - new - len(bad)} were already, {len(bad)} can't be")
    for row in bad:
        print(f"  {row.url}: {row.problem}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error


@feed_app.command("export")
def export(source: Annotated[str | None, typer.Option(help="Of this source only.")] = None) -> None:
    """Print the followed feeds as OPML."""
    with open_session() as service, service.database.connection() as connection:
        found = feeds.list_feeds(connection, source=source)
    links = [FeedLink(url=feed.url, title=feed.title, category=feed.source) for feed in found]
    sys.stdout.buffer.write(write_opml(links, "khabar"))


@feed_app.command("discover")
def discover(
    url: Annotated[str, typer.Argument(help="Address of a site.")], as_json: AsJSON = False
) -> None:
    """Find the feeds that a page names."""
    found = discover_feeds(url)
    if as_json:
        print_json([asdict(link) for link in found])
        return
    print_table(("title", "type", "address"), ((x.title, x.media_type, x.url) for x in found))


@feed_app.command("parse")
def parse(
    path: Annotated[
        Path | None, typer.Argument(help="A file, or - for stdin.", allow_dash=True)
    ] = None,
    url: Annotated[str, typer.Option(help="Where it came from.")] = "https://feed.invalid/",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="As a pipe: one question a line.")] = False,
) -> None:
    """Show what a feed says: of a file, or as a JSON pipe."""
    if jsonl:
        answer_lines(_parse_question)
        return
    if path is None:
        raise typer.BadParameter("name a file, or say --jsonl")
    body = sys.stdin.buffer.read() if str(path) == "-" else _read(path)
    print_json(feed_json(parse_feed(body, url=url)))


def _parse_question(question: dict[str, Any], body: bytes) -> dict[str, Any]:
    parsed = parse_feed(
        body, url=question.get("url") or "", content_type=question.get("content_type")
    )
    return feed_json(parsed)
