"""`khabar status`: how the service does, in one look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from ingest.cli.options import AsJSON
from ingest.cli.session import open_session
from ingest.cli.show import (
    ago,
    counted,
    isolated,
    make_table,
    noun,
    print_json,
    print_json_line,
    reason_of,
    terminal,
)
from ingest.errors import DatabaseUnavailable
from ingest.storage import backfill as backfills
from ingest.storage import change, page, status
from ingest.storage import gap as gaps
from ingest.storage import source as sources
from ingest.storage import trouble as troubles
from ingest.storage.counting import COUNTED

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ingest.clock import Clock
    from ingest.pipeline.service import Service

app = typer.Typer()

MOST_FAILING = 10
MOST_SOURCES = 20
HANGS_AFTER = 5.0  # seconds; a batch takes a tenth of one


@app.command("status")
def show_status(
    as_json: AsJSON = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between looks.", min=0.2)] = 2.0,
) -> None:
    """Show what needs a person, feeds, backlog, failures, gaps and consumers.

    Example: khabar status --watch
    """
    with open_session() as service:
        if watch and as_json:
            while True:
                print_json_line(read_status(service))
                time.sleep(every)
        if watch:
            _watch(service, every)
        elif as_json:
            print_json(read_status(service))
        else:
            terminal().print(_picture(read_status(service), service.clock))


def _watch(service: Service, every: float) -> None:
    """Show the status until Ctrl-C; while the database is away, say so and go on."""
    console = terminal()
    if not console.is_terminal:
        while True:
            console.print(_look(service))
            time.sleep(every)
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            live.update(_look(service), refresh=True)
            time.sleep(every)


def _look(service: Service) -> RenderableType:
    try:
        return _picture(read_status(service), service.clock)
    except DatabaseUnavailable as error:
        return escape(str(error))


def read_status(service: Service) -> dict[str, Any]:
    """Return what `khabar status --json` prints."""
    clock = service.clock
    now = clock.now()
    with service.database.connection() as connection:
        return {
            "now": now,
            "counted_to": COUNTED,
            "feeds": status.count_feeds(connection, now=now),
            "pages": status.count_pages(connection, now=now),
            "waiting_pages": status.count_fresh_backlog(connection),
            "backfills": backfills.count_backfills(connection),
            "disk": service.disk.lack(),
            "hosts": status.count_hosts(connection, now=now, real_now=clock.real()),
            "stored": status.count_articles(connection),
            "change_lock": change.change_lock(connection),
            "failing": status.failing_feeds(connection, most=MOST_FAILING),
            "failed_pages": page.list_pages(connection, state="failed", most=MOST_FAILING),
            "no_article_pages": page.list_pages(connection, state="no-article", most=MOST_FAILING),
            "gaps": gaps.list_gaps(connection, most=MOST_FAILING),
            "consumers": change.list_consumers(connection),
            "troubles": troubles.open_troubles(connection),
            "sources": [row for row in sources.list_sources(connection) if row.articles],
        }


def _picture(found: dict[str, Any], clock: Clock) -> RenderableType:
    head = Table.grid(padding=(0, 2))
    for label, sentence in _sentences(found, clock):
        head.add_row(f"[bold]{label}[/]", sentence)
    tables = (
        _troubles_table(found["troubles"], clock),
        _sources_table(found["sources"], clock),
        _failing_table(found["failing"], clock),
        _pages_table(found["failed_pages"], clock, "pages given up"),
        _pages_table(found["no_article_pages"], clock, "pages that are no article"),
        _gaps_table(found["gaps"]),
        _consumers_table(found["consumers"], clock),
    )
    return Group(head, *(table for table in tables if table.row_count))


def _sentences(found: dict[str, Any], clock: Clock) -> list[tuple[str, str]]:
    feed, host, stored = found["feeds"], found["hosts"], found["stored"]
    pages = ", ".join(f"{roughly(row.pages)} {row.state}" for row in found["pages"]) or "none"
    due = sum(row.due for row in found["pages"])
    states = f"{feed.due} due, {feed.failing} failing, {feed.paused} paused, {feed.retired} retired"
    polls = f"last poll {ago(feed.last_polled_at, clock)}, next {ago(feed.next_poll_at, clock)}"
    newest = f"change {stored.newest_change}, {ago(stored.newest_change_at, clock)}"
    texts = (
        f"{roughly(stored.articles)} {noun(stored.articles, 'article')}"
        f" in {roughly(stored.revisions)} {noun(stored.revisions, 'text')}"
        f" from {roughly(stored.entries)} {noun(stored.entries, 'entry')}"
    )
    return [
        *([("[red]disk[/]", escape(found["disk"]))] if found["disk"] else []),
        *_hanging_writer(found["change_lock"]),
        ("feeds", f"{feed.feeds}, {states}; {polls}"),
        (
            "pages",
            f"{pages}; {due} due now, {found['waiting_pages']} fresh ones never fetched yet",
        ),
        *_backfills(found["backfills"]),
        ("hosts", f"{host.hosts}, {host.leased} visited now, {host.backing_off} left alone"),
        ("stored", f"{texts}; {newest}; {counted(stored.gaps, 'gap')}"),
    ]


def roughly(number: int) -> str:
    """Return a count as people read it: an estimate says that it is one."""
    return f"~{number}" if number > COUNTED else str(number)


def _backfills(counts: backfills.BackfillCounts) -> list[tuple[str, str]]:
    if not counts.running and not counts.paused:
        return []
    states = f"{counts.running} running, {counts.paused} paused"
    return [("backfills", f"{states}; {counted(counts.waiting_pages, 'page')} to fetch")]


def _hanging_writer(holder: change.LockHolder | None) -> list[tuple[str, str]]:
    """Return a line about a writer that keeps the others, and so all consumers, waiting."""
    if holder is None or holder.seconds is None or holder.seconds < HANGS_AFTER:
        return []
    who = f"{escape(holder.name or 'somebody')} (pid {holder.pid}, {holder.state})"
    held = f"nothing is published: {who} holds the change lock for {holder.seconds:.0f} s"
    cut = "Postgres cuts it off by itself; SELECT pg_terminate_backend(pid) does so now"
    return [("[red]writer[/]", f"[red]{held}, {holder.waiting} wait[/]; {cut}")]


def _troubles_table(rows: list[troubles.Trouble], clock: Clock) -> Table:
    """Return what needs a person: a line for what is wrong, one for the command that helps."""
    table = Table.grid(padding=(0, 2))
    if rows:
        table.add_row("\n[bold red]needs a person[/]")
    for row in rows:
        table.add_row(f"{escape(isolated(row.sentence))} [dim]({ago(row.since, clock)})[/]")
        table.add_row(f"    [green]{escape(row.cure)}[/]")
    return table


def _sources_table(rows: list[sources.ListedSource], clock: Clock) -> Table:
    most = sorted(rows, key=lambda row: -row.articles)[:MOST_SOURCES]
    return make_table(
        ("source", "#feeds", "#articles", "answered", "news"),
        (
            (
                row.slug,
                row.feeds,
                row.articles,
                ago(row.last_ok_at, clock),
                ago(row.last_new_at, clock),
            )
            for row in most
        ),
        title="\nsources with articles",
    )


def _failing_table(rows: list[status.FailingFeed], clock: Clock) -> Table:
    return make_table(
        ("#feed", "source", "#failed", "again", "why"),
        (
            (
                row.id,
                row.source,
                f"{row.failures}x",
                ago(row.next_poll_at, clock),
                reason_of(row.last_error, row.url) or row.last_outcome,
            )
            for row in rows
        ),
        title="\nfailing feeds (khabar feed show NUMBER)",
    )


def _pages_table(rows: list[page.ListedPage], clock: Clock, title: str) -> Table:
    return make_table(
        ("#page", "source", "#tried", "last", "again", "why"),
        (
            (
                row.id,
                row.source,
                row.attempts,
                ago(row.fetched_at, clock),
                ago(row.due_at, clock),
                reason_of(row.last_error, row.url),
            )
            for row in rows
        ),
        title=f"\n{title} (khabar article retry NUMBER)",
    )


def _gaps_table(rows: list[gaps.ListedGap]) -> Table:
    return make_table(
        ("from", "to", "#at least", "#filled", "feed"),
        ((row.from_at, row.to_at, row.at_least, row.filled, row.feed_url) for row in rows),
        title="\ngaps (khabar gap list)",
    )


def _consumers_table(rows: list[change.ListedConsumer], clock: Clock) -> Table:
    return make_table(
        ("consumer", "#behind", "committed"),
        ((row.name, row.lag, ago(row.committed_at, clock)) for row in rows),
        title="\nconsumers",
    )
