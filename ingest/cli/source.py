"""`khabar source`: the agencies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ingest.cli.pipes import article_json
from ingest.cli.session import open_session
from ingest.cli.show import ago, isolated, print_json, print_table
from ingest.errors import KhabarError
from ingest.pipeline.check import check_source_live
from ingest.pipeline.follow import UnknownSource
from ingest.sources import check_source, find_source, is_followed, load_source, sources
from ingest.storage import feed as feeds
from ingest.storage import source as stored

if TYPE_CHECKING:
    from ingest.model import Source
    from ingest.pipeline.check import CheckedFeed

source_app = typer.Typer(help="Show and try the agencies.", no_args_is_help=True)

AsJSON = Annotated[bool, typer.Option("--json", help="For programs.")]


@source_app.command("list")
def list_sources(
    as_json: AsJSON = False,
    declared: Annotated[
        bool, typer.Option("--declared", help="Only the declarations; needs no database.")
    ] = False,
) -> None:
    """List the agencies, how each is known, and what came of it."""
    if declared:
        _list_declared(as_json=as_json)
        return
    with open_session() as service, service.database.connection() as connection:
        found = stored.list_sources(connection)
    if as_json:
        print_json([asdict(row) for row in found])
        return
    print_table(
        ("source", "name", "kind", "evidence", "#feeds", "#articles", "answered", "news"),
        (
            (
                row.slug,
                row.name,
                row.kind,
                row.evidence or "added by hand",
                row.feeds,
                row.articles,
                ago(row.last_ok_at, service.clock),
                ago(row.last_new_at, service.clock),
            )
            for row in found
        ),
    )
    if not any(row.declared for row in found):
        print("no declared agency is followed yet: `khabar up` does, `--declared` lists them")


def _list_declared(*, as_json: bool) -> None:
    if as_json:
        print_json([_declaration(source) for source in sources()])
        return
    print_table(
        ("source", "name", "kind", "evidence", "#feeds", "languages", "zone"),
        (
            (
                s.slug,
                s.name,
                s.kind.value,
                s.evidence.value,
                len(s.feeds),
                " ".join(s.languages),
                s.timezone,
            )
            for s in sources()
        ),
    )


def _declaration(source: Source) -> dict[str, object]:
    return {
        "slug": source.slug,
        "name": source.name,
        "agency": source.agency,
        "kind": source.kind.value,
        "evidence": source.evidence.value,
        "homepage": source.homepage,
        "timezone": source.timezone.key,
        "languages": source.languages,
        "licence": source.licence,
        "note": source.note,
        "feeds": [
            {
                "url": feed.url,
                "language": feed.language,
                "evidence": feed.evidence.value,
                "followed": is_followed(feed),
                "note": feed.note,
            }
            for feed in source.feeds
        ],
    }


@source_app.command("show")
def show(slug: str, as_json: AsJSON = False) -> None:
    """Show one agency: its declaration, and how its feeds do."""
    declared = find_source(slug)
    with open_session() as service, service.database.connection() as connection:
        rows = stored.list_sources(connection, slug=slug)
        followed = feeds.list_feeds(connection, source=slug)
    if declared is None and not rows:
        raise UnknownSource(slug)
    if as_json:
        declaration = None if declared is None else _declaration(declared)
        print_json(
            {"declared": declaration, "stored": rows[0] if rows else None, "feeds": followed}
        )
        return
    console = Console(highlight=False)
    if declared is not None:
        console.print(f"[bold]{escape(isolated(declared.name))}[/] ({declared.slug})")
        for label, value in (
            ("evidence", declared.evidence.value),
            ("homepage", declared.homepage),
            ("zone", declared.timezone.key),
            ("languages", " ".join(declared.languages)),
            ("licence", declared.licence),
            ("note", declared.note),
        ):
            if value:
                console.print(f"[dim]{label:>10}[/] {escape(value)}", soft_wrap=True)
    print_table(
        ("#feed", "evidence", "last poll", "outcome", "#entries", "address"),
        (
            (
                f.id,
                f.evidence,
                ago(f.last_polled_at, service.clock),
                f.last_outcome,
                f.entries,
                f.url,
            )
            for f in followed
        ),
    )


class SourceFails(KhabarError):
    """A dry run that found problems."""

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]} problems; see above"


@source_app.command("check")
def check(
    name: Annotated[str, typer.Argument(metavar="SLUG|FILE.py")],
    offline: Annotated[bool, typer.Option("--offline", help="Only the declaration.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Try an agency: its declaration, each feed, two pages. Nothing is stored."""
    source = load_source(Path(name)) if name.endswith(".py") else find_source(name)
    if source is None:
        raise UnknownSource(name)
    problems = list(check_source(source))
    checked = [] if offline or problems else check_source_live(source)
    if as_json:
        print_json(
            {"source": source.slug, "problems": problems, "feeds": [_checked(x) for x in checked]}
        )
    else:
        _print_check(source, problems, checked)
    bad = len(problems) + sum(1 for feed in checked if feed.problem or not _has_article(feed))
    if bad:
        raise SourceFails(source.slug, bad)


def _has_article(feed: CheckedFeed) -> bool:
    return any(page.article for page in feed.pages)


def _checked(feed: CheckedFeed) -> dict[str, object]:
    return {
        "url": feed.feed.url,
        "problem": feed.problem,
        "entries": len(feed.parsed.entries) if feed.parsed else 0,
        "complaints": feed.parsed.complaints if feed.parsed else (),
        "pages": [
            {
                "url": page.url,
                "problem": page.problem,
                "article": article_json(page.article) if page.article else None,
            }
            for page in feed.pages
        ],
    }


def _print_check(source: Source, problems: list[str], checked: list[CheckedFeed]) -> None:
    console = Console(highlight=False)
    console.print(
        f"[bold]{escape(source.name)}[/]: the declaration is {'bad' if problems else 'fine'}"
    )
    for problem in problems:
        console.print(f"  [red]✗[/] {escape(problem)}")
    for feed in checked:
        mark = "[red]✗[/]" if feed.problem else "[green]✓[/]"
        entries = f"{len(feed.parsed.entries)} entries" if feed.parsed else feed.problem or ""
        console.print(f"{mark} {escape(feed.feed.url)}: {escape(entries)}", soft_wrap=True)
        for page in feed.pages:
            if page.article is None:
                console.print(f"  [red]✗[/] {escape(page.url)}: {escape(page.problem or '')}")
                continue
            article = page.article
            console.print(f"  [green]✓[/] {escape(isolated(article.title or '(no headline)'))}")
            published = article.published.iso() if article.published else "no date"
            paragraphs = article.body.count("\n") + 1
            authors = ", ".join(article.authors) or "no author"
            console.print(
                f"    [dim]{published} · {escape(isolated(authors))} · {paragraphs} paragraphs[/]"
            )
