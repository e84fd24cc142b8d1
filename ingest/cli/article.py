"""`khabar article`: what is stored, one by one."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ingest.cli.diff import changed_fields, print_diff
from ingest.cli.export import Format, export_articles, export_story
from ingest.cli.options import AsJSON, NumberOrURL, number_in
from ingest.cli.session import open_rows, open_session
from ingest.cli.show import (
    ago,
    counted,
    isolated,
    moment_text,
    picture_text,
    print_bytes,
    print_facts,
    print_json,
    print_table,
    terminal,
)
from ingest.errors import KhabarError, UnusableURL
from ingest.pipeline.corrections import remove_article
from ingest.pipeline.follow import known_source
from ingest.pipeline.searching import index_texts
from ingest.settings import parse_duration
from ingest.storage import article as articles
from ingest.storage import host as hosts
from ingest.storage import page as pages
from ingest.storage.search import search_articles
from ingest.storage.story import stories_of
from ingest.urls import url_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.clock import Clock
    from ingest.storage.queries import Connection

app = typer.Typer(help="Show, search, export, retry and remove articles.", no_args_is_help=True)

GIVEN_UP = ("failed", "gone", "no-article")


class UnknownArticle(KhabarError):
    """Neither an article's number nor an address that one was seen under."""

    def __str__(self) -> str:
        return f"no article {self.args[0]!r}: name its number, or an address it was seen under"


class UnknownPage(KhabarError):
    """Neither a page's number nor its address."""

    def __str__(self) -> str:
        return f"no page {self.args[0]!r}; `khabar status` shows those that were given up"


class UnknownRevision(KhabarError):
    """Two numbers of revisions, of which the article has not both."""

    def __str__(self) -> str:
        article, between, last = self.args
        return f"article {article} has no revisions {between}: it has 1 to {last}"


def find_article(connection: Connection, name: str) -> articles.FoundArticle:
    """Return the article with this number or address.

    Raises:
        UnknownArticle: there is none.
    """
    found = articles.find_article(connection, article_id=number_in(name), url_key=_key(name))
    if found is None:
        raise UnknownArticle(name)
    return found


def _key(name: str) -> str | None:
    try:
        return url_key(name)
    except UnusableURL:
        return None


@app.command("show")
def show(
    name: NumberOrURL,
    diff: Annotated[bool, typer.Option("--diff", help="What its last revision changed.")] = False,
    between: Annotated[
        str | None, typer.Option(metavar="N:M", help="With --diff: of these two revisions.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Show an article with all its fields, addresses and texts; or what a correction changed.

    Examples: khabar article show 17; khabar article show 17 --diff --between 1:3
    """
    if diff or between:
        _show_diff(name, between, as_json=as_json)
        return
    with open_rows() as (service, connection):
        found = find_article(connection, name)
        row = articles.show_article(connection, found.id)
        revisions = articles.article_revisions(connection, found.id)
        addresses = articles.article_addresses(connection, found.id)
        fetched = pages.list_pages(connection, article_id=found.id)
    if as_json:
        print_json(
            {"article": row, "revisions": revisions, "addresses": addresses, "pages": fetched}
        )
    elif row is None:
        print(f"article {found.id} of {found.source} was removed")
    else:
        _print_article(row, addresses, len(revisions), _troubles(fetched, service.clock))


def _troubles(fetched: Sequence[pages.ListedPage], clock: Clock) -> list[tuple[str, object]]:
    """Return what was wrong with the article's pages when they were asked last."""
    return [
        ("page", f"{page.last_outcome}: {page.last_error}; asked again {ago(page.due_at, clock)}")
        for page in fetched
        if page.last_error
    ]


def _show_diff(name: str, between: str | None, *, as_json: bool) -> None:
    with open_rows() as (_, connection):
        found = find_article(connection, name)
        texts = articles.article_revisions(connection, found.id)
    if not texts:
        print(f"article {found.id} of {found.source} was removed")
        return
    numbers = _two_numbers(between) if between else (max(found.revision - 1, 1), found.revision)
    chosen = [text for number in numbers for text in texts if text["revision"] == number]
    if len(chosen) != 2:
        raise UnknownRevision(found.id, between, found.revision)
    if as_json:
        named = {"article": found.id, "from": numbers[0], "to": numbers[1]}
        print_json(named | {"changed": changed_fields(*chosen)})
    elif numbers[0] == numbers[1]:
        print(f"article {found.id} of {found.source} has one revision")
    else:
        print_diff(*chosen)


def _two_numbers(between: str) -> tuple[int, int]:
    old, colon, new = between.partition(":")
    first, second = number_in(old), number_in(new)
    if not colon or first is None or second is None:
        raise typer.BadParameter(f"{between!r}: write two revisions as 1:2")
    return first, second


def _print_article(
    row: dict[str, Any],
    addresses: list[dict[str, Any]],
    texts: int,
    troubles: list[tuple[str, object]],
) -> None:
    console = terminal()
    console.print(f"[bold]{escape(isolated(row['title'] or '(no headline)'))}[/]")
    if row["standfirst"]:
        console.print(escape(isolated(row["standfirst"])))
    console.print()
    print_facts(console, _facts(row, texts))
    print_facts(console, ((address["why"], address["url"]) for address in addresses))
    print_facts(console, troubles)
    console.print()
    for paragraph in (row["body"] or "").splitlines():
        console.print(escape(isolated(paragraph)) + "\n")
    if row["notice"]:
        console.print(f"[dim]{escape(isolated(row['notice']))}[/]")


_DATELINE = ("place", "agency", "filed")


def _facts(row: dict[str, Any], texts: int) -> list[tuple[str, object]]:
    return [
        ("article", f"{row['article']} of {row['source']}, {row['state']}"),
        ("text", f"{row['revision']} of {texts}"),
        ("authors", ", ".join(row["authors"])),
        ("published", moment_text(row, "published")),
        ("modified", moment_text(row, "modified")),
        ("place", ", ".join(str(row[name]) for name in _DATELINE if row[name])),
        ("section", " / ".join(row["section"])),
        ("tags", ", ".join(row["tags"])),
        ("language", row["language"]),
        ("image", " ".join(filter(None, [row["image"], row["image_credit"]]))),
        *(("picture", picture_text(told)) for told in row["pictures"]),
        ("story", f"{row['story']}, {row['relation']}" if row["story"] else None),
    ]


@app.command("search")
def search(
    words: Annotated[list[str], typer.Argument(help="All of them must be there.")],
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    since: Annotated[str | None, typer.Option(help="Stored within this time: 6h, 3d.")] = None,
    most: Annotated[int, typer.Option(help="At most so many.", min=1, max=1000)] = 20,
    as_json: AsJSON = False,
) -> None:
    """Find articles that hold every word, or words that begin so; the best first.

    "Words in quotes" stand one after the other, -words not at all.

    Example: khabar article search زلزال --since 3d
    """
    span = _read_span(since)
    with open_session() as service:
        index_texts(service.database)
        earliest = None if span is None else service.clock.now() - span
        with service.database.connection() as connection:
            if source is not None:
                known_source(connection, source)
            rows = search_articles(
                connection, " ".join(words), source=source, since=earliest, most=most
            )
    if as_json:
        print_json(rows)
        return
    print_table(
        ("#article", "source", "published", "language", "title"),
        (
            (row["article"], row["source"], row["published"], row["language"], row["title"])
            for row in rows
        ),
    )


def _read_span(text: str | None) -> timedelta | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command("remove")
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NUMBER|URL...", help="Which articles.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask first, as without a terminal.")
    ] = False,
) -> None:
    """Erase articles for good: every text, raw page, announcement and index of them.

    Their addresses and numbers are kept, so that nothing brings them back; consumers are told.
    Of a wire, every archived document that held one goes; the texts of what else it held stay.
    Copies made before, such as dumps and consumers' own, are theirs to erase.

    Example: khabar article remove https://wire.example/17
    """
    with open_rows() as (_, connection):
        found = {article.id: article for article in (find_article(connection, n) for n in names)}
    for article in found.values():
        if not yes and sys.stdin.isatty():
            typer.confirm(
                f"erase article {article.id} of {article.source}, {article.url}?", abort=True
            )
    for article in found.values():
        with open_rows() as (service, connection):
            is_done = remove_article(connection, article.id, at=service.clock.now())
        print(
            f"article {article.id} of {article.source}: {'removed' if is_done else 'was removed'}"
        )


@app.command("export")
def export(
    names: Annotated[list[str], typer.Argument(metavar="NUMBER|URL...", help="Which articles.")],
    format: Annotated[Format, typer.Option(help="Of the document.")] = Format.NINJS,
    whole_story: Annotated[
        bool, typer.Option("--story", help="The story of the article, as a package.")
    ] = False,
) -> None:
    """Print articles as documents of a news wire: ninjs 3.1, NewsML-G2 2.35 or NITF 3.6.

    One that was withdrawn or removed goes out as canceled, without its text.

    Example: khabar article export 17 --format newsml-g2 > 17.xml
    """
    with open_rows() as (service, connection):
        found = list(dict.fromkeys(find_article(connection, name).id for name in names))
        now = service.clock.now()
        if not whole_story:
            print_bytes(export_articles(connection, found, format, now=now))
            return
        told = stories_of(connection, found)
        if len(found) != 1 or found[0] not in told:
            raise typer.BadParameter("--story takes one article, and one that has a story")
        print_bytes(export_story(connection, told[found[0]], format, now=now))


@app.command("retry")
def retry(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="PAGE|URL", help="Which pages.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that were given up.")] = False,
    source: Annotated[str | None, typer.Option(help="With --failed: of this one.")] = None,
) -> None:
    """Fetch pages again, now and with a clean slate.

    Example: khabar article retry --failed --source sana
    """
    if not names and not failed:
        raise typer.BadParameter("name pages or addresses, or say --failed")
    with open_rows() as (service, connection):
        if source is not None:
            known_source(connection, source)
        ids = [_page_of(connection, name) for name in names or ()]
        for state in GIVEN_UP if failed else ():
            found = pages.list_pages(connection, source=source, state=state, most=100_000)
            ids += [page.id for page in found]
        now = service.clock.now()
        due = pages.retry_pages(connection, ids, now=now)
        hosts.wake_hosts(connection, dict.fromkeys(due.values(), now))
    print(f"{counted(len(due), 'page')} {'is' if len(due) == 1 else 'are'} due now")


def _page_of(connection: Connection, name: str) -> int:
    number, key = number_in(name), _key(name)
    found = (
        pages.list_pages(connection, page_id=number, url_key=key, most=1) if number or key else []
    )
    if not found:
        raise UnknownPage(name)
    return found[0].id
