"""`khabar backfill`: what an agency published before, from its sitemaps and archives."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ingest.cli.backfill_views import (
    backfill_json,
    follow,
    new_bar,
    print_estimate,
    print_report,
    progress_json,
    write_failures,
)
from ingest.cli.options import LARGEST_ID, AsJSON
from ingest.cli.session import open_rows, open_session
from ingest.cli.show import ago, print_json, print_table, terminal
from ingest.model import Days
from ingest.pipeline import backfill as jobs
from ingest.pipeline.backfill import FROM_DISK, STDIN, WAYS, Order
from ingest.storage import backfill as backfills
from ingest.storage import source as stored

if TYPE_CHECKING:
    from ingest.pipeline.backfill import Progress
    from ingest.pipeline.listings import NamedListing
    from ingest.pipeline.service import Service

app = typer.Typer(
    help="Fetch what an agency published before, from its archives.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=LARGEST_ID)]
NOBODY = "no worker is running: `khabar up` does the work"


@app.command("start")
def start(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A slug, or a feed of it.")],
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLACE]...",
            help="Addresses or patterns instead of the declared ones; files for warc and urls.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day, as 2025-11-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day; by default today.")
    ] = None,
    via: Annotated[str | None, typer.Option(metavar="WAY", help=", ".join(WAYS))] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fetched; store nothing.")
    ] = False,
    undated: Annotated[
        bool, typer.Option("--undated", help="Also take addresses of which no day is known.")
    ] = False,
    follow_it: Annotated[
        bool | None,
        typer.Option("--follow/--no-follow", help="Show how it goes on; by default on a terminal."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Fetch what an agency published between two days of its own calendar.

    The workers of a running service do it, after all else that is due at the agency's hosts.
    Ctrl-C leaves it running; pages that are stored already are not fetched again.

    Example: khabar backfill start al-jazeera --from 2025-11-01 --to 2025-11-30 --dry-run
    """
    with open_session() as service:
        order = _order(service, source, tuple(places or ()), since, until, via, undated=undated)
        if dry_run:
            _dry_run(service, order, as_json=as_json)
            return
        number, has_workers = _begin(service, order)
        if not as_json:
            terminal().print(f"backfill {number} of {escape(order.source.slug)}: recorded")
        if order.via in FROM_DISK:
            _read_files(service, number, is_quiet=as_json)
        _go_on(service, number, has_workers=has_workers, follow_it=follow_it, as_json=as_json)


def _order(
    service: Service,
    name: str,
    places: tuple[str, ...],
    since: str | None,
    until: str | None,
    via: str | None,
    *,
    undated: bool,
) -> Order:
    with service.database.connection() as connection:
        source = jobs.find_source_of(connection, name)
    via = via or jobs.default_via(source, places)
    if via not in WAYS:
        raise typer.BadParameter(f"--via {via}: there are {', '.join(WAYS)}")
    if via in FROM_DISK:
        _check_files(via, places)
    elif since is None:
        raise typer.BadParameter("say from which day: --from 2025-11-01")
    today = service.clock.now().astimezone(source.timezone).date()
    first, last = _day("--from", since), _day("--to", until)
    if via not in FROM_DISK:
        last = last or today
    if first and last and first > last:
        raise typer.BadParameter(f"--from {first} lies after --to {last}")
    if first and first > today:
        raise typer.BadParameter(f"--from {first} lies in the future")
    return Order(source=source, via=via, wanted=Days(first, last), places=places, undated=undated)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option} {text}: write a day as 2025-11-01") from error


def _check_files(via: str, places: tuple[str, ...]) -> None:
    if not places:
        raise typer.BadParameter(f"--via {via} needs a file" + (", or -" if via == "urls" else ""))
    for name in places:
        if name == STDIN and via == "warc":
            raise typer.BadParameter("a web archive is read from a file, not from a pipe")
        if name != STDIN and not Path(name).is_file():
            raise typer.BadParameter(f"{name}: there is no such file")


def _begin(service: Service, order: Order) -> tuple[int, bool]:
    from ingest.pipeline.files import add_files

    with service.database.connection() as connection:
        number = jobs.begin(connection, service, order)
        if order.via in FROM_DISK:
            add_files(connection, number, order.via, order.places)
        return number, jobs.has_workers(connection)


def _dry_run(service: Service, order: Order, *, as_json: bool) -> None:
    from ingest.pipeline.scout import try_dry

    if order.via == "wire":
        raise typer.BadParameter("--dry-run reads pages; `khabar source check` tries a wire")
    if order.via in FROM_DISK:
        raise typer.BadParameter(f"--dry-run asks the agency; --via {order.via} reads your file")
    source_id, begin = _plan(service, order)
    console = terminal()
    with console.status("") as status:
        found = asyncio.run(
            try_dry(service, order, begin, source_id, tell=lambda url: status.update(escape(url)))
        )
    if as_json:
        print_json(asdict(found))
    else:
        print_estimate(order, found)


def _plan(service: Service, order: Order) -> tuple[int, list[NamedListing]]:
    with service.database.connection() as connection:
        source_id = stored.source_id(connection, order.source.slug) or 0
        return source_id, jobs.plan(connection, source_id, order)


def _read_files(service: Service, number: int, *, is_quiet: bool) -> None:
    """Read a backfill's files to their end, showing how far it is."""
    from ingest.pipeline.files import read_files

    with service.database.connection() as connection:
        found = jobs.find_backfill(connection, number)
        source = jobs.find_source_of(connection, found.source)
    steps = read_files(service, found, source, sys.stdin.buffer)
    try:
        if is_quiet or not terminal().is_terminal:
            for _ in steps:
                pass
        else:
            _show_reading(steps)
    except KeyboardInterrupt:
        sentence = f"reading was cut short; `khabar backfill resume {number}` goes on from there"
        terminal().print(sentence)
        raise
    jobs.settle(service)


def _show_reading(steps: Any) -> None:
    with new_bar() as bar:
        task = bar.add_task("reading", total=1.0)
        for name, share in steps:
            bar.update(task, description=f"reading {escape(Path(name).name)}", completed=share or 0)
        bar.update(task, completed=1.0)


def _go_on(
    service: Service,
    number: int,
    *,
    has_workers: bool,
    follow_it: bool | None,
    as_json: bool,
) -> None:
    """Follow a backfill that was begun, or say who will do it."""
    console = terminal()
    is_followed = console.is_terminal and has_workers if follow_it is None else follow_it
    if is_followed:
        _follow(service, number, as_json=as_json)
        return
    progress = _look(service, number)
    if as_json:
        print_json(progress_json(progress))
    elif progress.backfill.state in ("done", "failed"):
        _report(service, progress)
    else:
        if not has_workers:
            console.print(NOBODY)
        console.print(f"`khabar backfill show {number} --follow` shows how it goes on")


def _follow(service: Service, number: int, *, as_json: bool) -> None:
    try:
        progress = follow(service, number, is_quiet=as_json)
    except KeyboardInterrupt:
        again = f"`khabar backfill show {number} --follow` shows it again"
        sys.stderr.write(f"khabar: backfill {number} goes on in the service; {again}\n")
        raise
    if as_json:
        print_json(progress_json(progress))
    else:
        _report(service, progress)
    if progress.backfill.state != "done":
        raise typer.Exit(1)


def _look(service: Service, number: int) -> Progress:
    with service.database.connection() as connection:
        return jobs.look(connection, service, number)


def _report(service: Service, progress: Progress) -> None:
    print_report(service, progress, failures=_failures_file(service, progress))


def _failures_file(service: Service, progress: Progress) -> Path | None:
    """Write what failed beside the service's data; None where there is nothing to write."""
    number = progress.backfill.id
    with service.database.connection() as connection:
        failed = backfills.failures(connection, number)
    if not failed:
        return None
    place = service.settings.home / "backfills" / f"backfill-{number}-failures.tsv"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8") as out:
            write_failures(out, failed)
    except OSError as error:
        terminal().print(f"{escape(str(place))} can't be written: {error.strerror}")
        return None
    return place


@app.command("list")
def list_backfills(
    most: Annotated[
        int, typer.Option("--most", min=1, max=LARGEST_ID, help="Newest so many.")
    ] = 50,
    as_json: AsJSON = False,
) -> None:
    """List the backfills: what each asked for, and how far it is.

    Example: khabar backfill list --json
    """
    with open_rows() as (service, connection):
        found = backfills.list_backfills(connection, most=most)
        counts = backfills.count_items(connection, [one.id for one in found])
    if as_json:
        print_json([backfill_json(one, counts[one.id]) for one in found])
        return
    print_table(
        ("#no", "source", "via", "from", "to", "state", "#in range", "#known", "#stored",
         "#no article", "#failed", "#left", "started"),
        (
            (
                one.id,
                one.source,
                one.via,
                one.from_day,
                one.to_day,
                one.state,
                counts[one.id].in_range,
                counts[one.id].known,
                counts[one.id].stored,
                counts[one.id].no_article,
                counts[one.id].failed,
                counts[one.id].left,
                ago(one.created_at, service.clock),
            )
            for one in found
        ),
    )  # fmt: skip


@app.command("show")
def show(
    number: Number,
    follow_it: Annotated[
        bool, typer.Option("--follow", help="Show how it goes on, until it ends.")
    ] = False,
    failures: Annotated[
        bool, typer.Option("--failures", help="Print what failed, a line each, and why.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Show a backfill: how far it is, what it found, stored and could not have.

    Example: khabar backfill show 3 --follow
    """
    with open_session() as service:
        if failures:
            _print_failures(service, number, as_json=as_json)
            return
        progress = _look(service, number)
        if follow_it and progress.backfill.state == "running":
            _follow(service, number, as_json=as_json)
        elif as_json:
            print_json(progress_json(progress))
        else:
            _report(service, progress)
            if progress.backfill.state == "running" and not _has_workers(service):
                terminal().print(NOBODY)


def _has_workers(service: Service) -> bool:
    with service.database.connection() as connection:
        return jobs.has_workers(connection)


def _print_failures(service: Service, number: int, *, as_json: bool) -> None:
    with service.database.connection() as connection:
        jobs.find_backfill(connection, number)
        failed = backfills.failures(connection, number)
    if as_json:
        print_json(failed)
    else:
        write_failures(sys.stdout, failed)


@app.command("pause")
def pause(number: Number) -> None:
    """Hold a backfill; what is being fetched now is still stored.

    Example: khabar backfill pause 3
    """
    with open_session() as service:
        is_new = jobs.change(jobs.pause, service, number)
    print(f"backfill {number}: {'paused' if is_new else 'is paused already'}")


@app.command("resume")
def resume(
    number: Number,
    follow_it: Annotated[
        bool | None,
        typer.Option("--follow/--no-follow", help="Show how it goes on; by default on a terminal."),
    ] = None,
) -> None:
    """Let a paused backfill go on, or read on a file whose reading was cut short.

    Example: khabar backfill resume 3
    """
    with open_session() as service:
        is_new = jobs.change(jobs.resume, service, number)
        with service.database.connection() as connection:
            files = jobs.unread_files(connection, number)
            has_workers = jobs.has_workers(connection)
        print(f"backfill {number}: {'goes on' if is_new or files else 'runs already'}")
        if files:
            _read_files(service, number, is_quiet=False)
        _go_on(service, number, has_workers=has_workers, follow_it=follow_it, as_json=False)


@app.command("cancel")
def cancel(number: Number) -> None:
    """End a backfill; what it stored stays.

    Example: khabar backfill cancel 3
    """
    with open_session() as service:
        is_new = jobs.change(jobs.cancel, service, number)
    print(f"backfill {number}: {'cancelled' if is_new else 'is cancelled already'}")
