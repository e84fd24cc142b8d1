"""`khabar db dump`, `restore` and `prune`: what is stored, elsewhere or less of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.options import AsJSON, read_duration
from ingest.cli.session import bring_up_to_date, open_database, open_rows, open_session
from ingest.cli.show import counted, print_json
from ingest.embedded import bin_path
from ingest.errors import DumpFailed
from ingest.pipeline.upkeep import prune_polls, prune_raw_pages
from ingest.settings import read_settings
from ingest.storage import dump as dumps
from ingest.storage import status
from ingest.storage.database import connect

File = Annotated[Path, typer.Argument(dir_okay=False, show_default=False)]


Age = Annotated[
    timedelta | None,
    typer.Option(parser=read_duration, metavar="AGE", show_default=False, help="As in 30d or 12h."),
]


def dump(
    file: File,
    small: Annotated[
        bool, typer.Option("--small", help="Without raw pages and the log of polls.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write everything into one file, as it is at this instant; the service may go on.

    Example: khabar db dump /backup/khabar-$(date +%F).dump
    """
    if file.exists() and not force:
        raise DumpFailed(f"{file} is there already; name another, or say --force")
    if not file.parent.is_dir():
        raise typer.BadParameter(f"{file.parent} is no folder")
    with open_session() as service:
        program = dumps.newest_program("pg_dump", bin_path("pg_dump"))
        dumps.dump_database(service.database.url, file, program=program, is_small=small)
    print(f"{file}: {file.stat().st_size / 1_000_000:.1f} MB")


def restore(file: File) -> None:
    """Put a dump into a database that is still empty; consumers' cursors go on from there.

    Example: KHABAR_HOME=/srv/khabar khabar db restore /backup/khabar-2026-11-26.dump
    """
    if not file.is_file():
        raise typer.BadParameter(f"{file}: no such file")
    with open_database(read_settings()) as settings:
        program = dumps.newest_program("pg_restore", bin_path("pg_restore"))
        url = settings.database_url or ""
        dumps.restore_database(url, file.resolve(), program=program, now=settings.clock.now())
        for name in bring_up_to_date(settings):
            print(f"schema: {name}")
    with open_rows() as (_, connection):
        stored = status.count_articles(connection)
    print(f"{counted(stored.articles, 'article')}, newest change {stored.newest_change}")


def prune(
    raw: Age = None,
    polls: Age = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go; remove nothing.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Remove raw pages and lines of the poll log that are older than you say; texts stay.

    Their room is given back to the disk at once.

    What is removed now and then by itself: KHABAR_RAW_RETENTION, KHABAR_POLL_RETENTION.

    Example: khabar db prune --raw 30d --polls 7d --dry-run
    """
    if raw is None and polls is None:
        raise typer.BadParameter("say what: --raw AGE, --polls AGE")
    with open_session() as service:
        now = service.clock.now()
        with service.database.connection() as connection:
            pages, size = dumps.raw_pages_before(connection, now=now, retention=raw)
            lines = dumps.polls_before(connection, before=None if polls is None else now - polls)
        if not dry_run:
            if raw is not None:
                prune_raw_pages(service, now, raw)
            if polls is not None:
                prune_polls(service, now - polls)
            with connect(service.database.url, name="khabar prune", bounded=False) as connection:
                dumps.give_room_back(connection)
    found = {"raw_pages": pages, "bytes": size, "polls": lines, "removed": not dry_run}
    if as_json:
        print_json(found)
        return
    verb = "would go" if dry_run else "removed"
    raw_pages = f"{counted(pages, 'raw page')} ({size / 1_000_000:.1f} MB)"
    print(f"{verb}: {raw_pages}, {counted(lines, 'line')} of the poll log")
