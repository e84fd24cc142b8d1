"""`khabar reprocess`: the raw archive, read again."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from ingest.cli.options import AsJSON
from ingest.cli.session import open_session
from ingest.cli.show import counted, print_json, print_table
from ingest.pipeline.follow import UnknownSource
from ingest.pipeline.reprocess import REVISED, Report, Reprocess
from ingest.settings import parse_duration
from ingest.storage.source import source_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer()

SHOWN = 50  # articles in the table; --json lists all
WORDS = {
    "unchanged": "read as before",
    "revised": "read differently",
    "no_article": "give no article now, and were left as they are",
    "not_archived": "have no page in the archive any more",
    "broken": "kill or hang who reads them, and were left as they are",
    "overtaken": "were changed by others meanwhile, and were left to them",
}


@app.command()
def reprocess(
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Fetched within this time, or from this day on.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; store nothing.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Read the raw archive again with the present extractor.

    Where the text is another now, the article gets a revision and a change of cause `reprocess`.
    The service may go on meanwhile. What was interrupted goes on with the same command.

    Example: khabar reprocess --source sana --since 30d --dry-run
    """
    with open_session() as service:
        earliest = _earliest(since, service.clock.now())
        if source is not None:
            with service.database.connection() as connection:
                if source_id(connection, source) is None:
                    raise UnknownSource(source)
        run = Reprocess(
            service,
            source=source,
            since=earliest,
            scope=f"source={source or ''} since={since or ''}",
            dry_run=dry_run,
        )
        with _progress() as progress:
            report = run.run(progress)
    if as_json:
        print_json(_answer(report, dry_run=dry_run))
    else:
        _print(report, dry_run=dry_run)


def _earliest(since: str | None, now: datetime) -> datetime | None:
    if since is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(since), time(), UTC)
    except ValueError:
        pass
    try:
        return now - parse_duration(since)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{since!r} is neither a duration like 30d nor a day") from error


@contextmanager
def _progress() -> Iterator[Callable[[Report], None]]:
    """Yield what draws the bar on stderr, where that is a terminal."""
    columns = (
        TextColumn("reading the archive"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[revised]} read differently"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None, revised=0)

        def draw(report: Report) -> None:
            revised = report.counts.get(REVISED, 0)
            bar.update(task, total=report.articles, completed=report.done, revised=revised)

        yield draw


def _answer(report: Report, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "articles": report.articles,
        "resumed_after": report.resumed_after,
        **{what: report.counts.get(what, 0) for what in WORDS},
        "reasons": report.reasons,
        "changed": report.revised,
    }


def _print(report: Report, *, dry_run: bool) -> None:
    if report.resumed_after is not None:
        print(f"went on after article {report.resumed_after}, where the last run ended")
    print(counted(report.articles, "article"))
    for what, words in WORDS.items():
        if report.counts.get(what):
            print(f"  {report.counts[what]} {words}")
    for reason, count in sorted(report.reasons.items(), key=lambda found: -found[1])[:10]:
        print(f"    {count}: {reason}")
    if report.revised:
        print_table(
            ("#article", "source", "would change" if dry_run else "changed", "address"),
            (
                (one.article, one.source, ", ".join(one.changed), one.url)
                for one in report.revised[:SHOWN]
            ),
        )
    if len(report.revised) > SHOWN:
        print(f"and {len(report.revised) - SHOWN} more; --json lists all")
