"""`khabar status`: how the service does, in one look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from ingest.cli.session import open_session
from ingest.cli.show import ago, isolated, print_json
from ingest.storage import change, status
from ingest.storage import source as sources

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ingest.pipeline.service import Service

status_app = typer.Typer()

MOST_FAILING = 10


@status_app.command("status")
def show_status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between looks.", min=0.2)] = 2.0,
) -> None:
    """Show sources, feeds, backlog, failures, gaps and consumers."""
    with open_session() as service:
        if as_json:
            print_json(read_status(service))
            return
        if not watch:
            Console(highlight=False).print(_picture(service))
            return
        with Live(_picture(service), refresh_per_second=4, screen=True) as live:
            while True:
                time.sleep(every)
                live.update(_picture(service))


def read_status(service: Service) -> dict[str, Any]:
    """Return what `khabar status --json` prints."""
    clock = service.clock
    now = clock.now()
    with service.database.connection() as connection:
        return {
            "now": now,
            "feeds": status.count_feeds(connection, now=now),
            "pages": status.count_pages(connection, now=now),
            "waiting_pages": status.count_fresh_backlog(connection),
            "hosts": status.count_hosts(connection, now=now, real_now=clock.real()),
            "stored": status.count_articles(connection),
            "failing": status.failing_feeds(connection, most=MOST_FAILING),
            "consumers": change.list_consumers(connection),
            "sources": [row for row in sources.list_sources(connection) if row.articles],
        }


def _picture(service: Service) -> RenderableType:
    found, clock = read_status(service), service.clock
    feeds, hosts, stored = found["feeds"], found["hosts"], found["stored"]
    head = Table.grid(padding=(0, 2))
    head.add_row(
        "feeds",
        f"{feeds.feeds}, {feeds.due} due, {feeds.failing} failing, {feeds.paused} paused,"
        f" {feeds.retired} retired; last poll {ago(feeds.last_polled_at, clock)},"
        f" next {ago(feeds.next_poll_at, clock)}",
    )
    pages = ", ".join(f"{row.pages} {row.state}" for row in found["pages"]) or "none"
    head.add_row("pages", f"{pages}; {found['waiting_pages']} never fetched yet")
    head.add_row(
        "hosts", f"{hosts.hosts}, {hosts.leased} visited now, {hosts.backing_off} left alone"
    )
    head.add_row(
        "stored",
        f"{stored.articles} articles in {stored.revisions} texts from {stored.entries} entries;"
        f" change {stored.newest_change}, {ago(stored.newest_change_at, clock)};"
        f" {stored.gaps} gaps",
    )
    parts: list[RenderableType] = [head]
    if found["sources"]:
        parts.append(_sources_table(found["sources"], service))
    if found["failing"]:
        parts.append(_failing_table(found["failing"], service))
    parts += [
        f"consumer {escape(consumer.name)}: {consumer.lag} changes behind"
        for consumer in found["consumers"]
    ]
    return Group(*parts)


def _sources_table(rows: list[sources.ListedSource], service: Service) -> Table:
    table = Table(box=None, pad_edge=False, title="\nsources with articles", title_justify="left")
    for name in ("source", "feeds", "articles", "answered", "news"):
        table.add_column(
            name, no_wrap=True, justify="right" if name in ("feeds", "articles") else "left"
        )
    for row in sorted(rows, key=lambda row: -row.articles)[:20]:
        table.add_row(
            row.slug,
            str(row.feeds),
            str(row.articles),
            ago(row.last_ok_at, service.clock),
            ago(row.last_new_at, service.clock),
        )
    return table


def _failing_table(rows: list[status.FailingFeed], service: Service) -> Table:
    table = Table(box=None, pad_edge=False, title="\nfailing feeds", title_justify="left")
    for name in ("feed", "source", "failed", "why", "again"):
        table.add_column(name, no_wrap=name != "why", overflow="ellipsis")
    for row in rows:
        table.add_row(
            str(row.id),
            row.source,
            f"{row.failures}x",
            escape(isolated(row.last_error or row.last_outcome or "")),
            ago(row.next_poll_at, service.clock),
        )
    return table
