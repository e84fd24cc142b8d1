"""`khabar source`: the agencies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ingest.cli.answers import article_json
from ingest.cli.feed import state_of
from ingest.cli.options import AsJSON
from ingest.cli.session import open_rows, open_session
from ingest.cli.show import (
    ago,
    counted,
    isolated,
    print_facts,
    print_json,
    print_table,
    reason_of,
    terminal,
)
from ingest.errors import KhabarError
from ingest.extract.recurring import WINDOW
from ingest.model import Feed
from ingest.pipeline.follow import UnknownSource
from ingest.sources import check_source, find_source, is_followed, load_source, sources
from ingest.storage import boilerplate
from ingest.storage import feed as feeds
from ingest.storage import source as stored

if TYPE_CHECKING:
    from rich.console import Console

    from ingest.model import Source
    from ingest.pipeline.check import CheckedFeed, CheckedPage

app = typer.Typer(help="Show and try the agencies.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(metavar="SLUG")]
GOOD, BAD = "[green]✓[/]", "[red]✗[/]"


@app.command("list")
def list_sources(
    as_json: AsJSON = False,
    declared: Annotated[
        bool, typer.Option("--declared", help="Only the declarations; needs no database.")
    ] = False,
) -> None:
    """List the agencies, how each is known, and what came of it.

    Example: khabar source list --declared
    """
    if declared:
        _list_declared(as_json=as_json)
        return
    with open_rows() as (service, connection):
        found = stored.list_sources(connection)
    if as_json:
        print_json(found)
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
        print("no agency is followed yet: `khabar up` follows them, `--declared` lists them")


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


@app.command("show")
def show(slug: Slug, as_json: AsJSON = False) -> None:
    """Show one agency: its declaration, and how its feeds do.

    Example: khabar source show sana
    """
    declared = find_source(slug)
    with open_rows() as (service, connection):
        rows = stored.list_sources(connection, slug=slug)
        followed = feeds.list_feeds(connection, source=slug)
        repeated = boilerplate.learned_lines(connection, slug, window=WINDOW)
    if declared is None and not rows:
        raise UnknownSource(slug)
    if as_json:
        declaration = None if declared is None else _declaration(declared)
        print_json(
            {
                "declared": declaration,
                "stored": rows[0] if rows else None,
                "feeds": followed,
                "boilerplate": [_learned(line) for line in repeated],
            }
        )
        return
    console = terminal()
    name = declared.name if declared else rows[0].name
    console.print(f"[bold]{escape(isolated(name))}[/] ({escape(slug)})")
    print_facts(console, _facts(declared, rows[0] if rows else None))
    print_table(
        ("#feed", "evidence", "state", "last poll", "#entries", "address"),
        (
            (
                feed.id,
                feed.evidence,
                state_of(feed),
                ago(feed.last_polled_at, service.clock),
                feed.entries,
                feed.url,
            )
            for feed in followed
        ),
    )
    if repeated:
        print_table(
            ("what its pages repeat, and articles leave out", "language", "learnt", "#share"),
            (
                (line.text, line.shelf, ago(line.learned_at, service.clock), f"{line.share:.0%}")
                for line in repeated
            ),
        )


def _learned(line: boilerplate.LearnedLine) -> dict[str, object]:
    return {
        "text": line.text,
        "shelf": line.shelf,
        "learned_at": line.learned_at,
        "share": round(line.share, 3),
    }


def _facts(declared: Source | None, row: stored.ListedSource | None) -> list[tuple[str, object]]:
    articles = ("articles", row.articles if row else 0)
    if declared is None:
        return [("evidence", "added by hand"), ("homepage", row and row.homepage), articles]
    return [
        ("evidence", declared.evidence.value),
        ("homepage", declared.homepage),
        ("zone", declared.timezone.key),
        ("languages", " ".join(declared.languages)),
        ("licence", declared.licence),
        ("note", declared.note),
        articles,
    ]


class SourceFails(KhabarError):
    """A dry run that found problems."""

    def __str__(self) -> str:
        return f"{self.args[0]}: {counted(self.args[1], 'problem')}; see above"


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(metavar="SLUG|FILE.py")],
    offline: Annotated[bool, typer.Option("--offline", help="Only the declaration.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Try an agency: its declaration, each feed, two pages. Nothing is stored.

    Example: khabar source check ./my_agency.py
    """
    is_file = name.endswith(".py") or "/" in name
    source = load_source(Path(name)) if is_file else find_source(name)
    problems = [] if source is None else list(check_source(source))
    if source is None:
        source = _stored(name)
    checked = [] if offline or problems else _tried(source)
    if as_json:
        found = [_checked(feed) for feed in checked]
        print_json({"source": source.slug, "problems": problems, "feeds": found})
    else:
        _print_check(source, problems, checked)
    bad = len(problems) + sum(1 for feed in checked if feed.problem or not _has_article(feed))
    if bad:
        raise SourceFails(source.slug, bad)


def _stored(slug: str) -> Source:
    """Return a source that a person made, with the feeds it has.

    Raises:
        UnknownSource: there is none.
    """
    with open_rows() as (_, connection):
        source = stored.stored_source(connection, slug)
        followed = feeds.list_feeds(connection, source=slug)
    if source is None:
        raise UnknownSource(slug)
    return replace(source, feeds=tuple(Feed(url=feed.url) for feed in followed))


def _tried(source: Source) -> list[CheckedFeed]:
    """Ask what a source's feeds say now."""
    from ingest.pipeline.check import check_source_live  # brings every room

    if source.wire is None:
        return check_source_live(source)
    from ingest.pipeline.errand import check_wire

    with open_session() as service:
        return asyncio.run(check_wire(service, source))


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
    console = terminal()
    verdict = "bad" if problems else "fine"
    console.print(f"[bold]{escape(source.name)}[/]: the declaration is {verdict}")
    for problem in problems:
        console.print(f"  {BAD} {escape(problem)}")
    for feed in checked:
        problem = reason_of(feed.problem, feed.feed.url) or ""
        entries = counted(len(feed.parsed.entries), "entry") if feed.parsed else problem
        mark = BAD if feed.problem else GOOD
        console.print(f"{mark} {escape(feed.feed.url)}: {escape(entries)}", soft_wrap=True)
        for complaint in feed.parsed.complaints if feed.parsed else ():
            console.print(f"    [dim]{escape(complaint)}[/]", soft_wrap=True)
        for page in feed.pages:
            _print_page(console, page)


def _print_page(console: Console, page: CheckedPage) -> None:
    article = page.article
    if article is None:
        console.print(f"  {BAD} {escape(page.problem or page.url)}", soft_wrap=True)
        return
    console.print(f"  {GOOD} {escape(isolated(article.title or '(no headline)'))}")
    facts = (
        article.published.iso() if article.published else "no date",
        isolated(", ".join(article.authors) or "no author"),
        f"{article.body.count(chr(10)) + 1} paragraphs",
        page.url,
    )
    console.print(f"    [dim]{escape(' · '.join(facts))}[/]", soft_wrap=True)
