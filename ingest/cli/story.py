"""`khabar story`: which articles tell one story, and a person's word against the machine's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ingest.cli.article import find_article
from ingest.cli.options import AsJSON, NumberOrURL
from ingest.cli.session import open_rows
from ingest.cli.show import (
    counted,
    isolated,
    moment_text,
    print_facts,
    print_json,
    print_table,
    terminal,
)
from ingest.errors import KhabarError
from ingest.pipeline import corrections
from ingest.storage import story as stories

if TYPE_CHECKING:
    from ingest.storage.queries import Connection

app = typer.Typer(
    help="Show stories, and put right which articles belong to one.", no_args_is_help=True
)

Articles = Annotated[list[str], typer.Argument(metavar="NUMBER|URL...", help="Articles.")]


class NoStory(KhabarError):
    """An article that belongs to no story."""

    def __str__(self) -> str:
        return f"article {self.args[0]} belongs to no story"


@app.command("show")
def show(name: NumberOrURL, as_json: AsJSON = False) -> None:
    """Show the story of an article: its likely original and why, who has it, and how.

    A story has the number of an article of its own, so either number will do.

    Example: khabar story show 17
    """
    with open_rows() as (_, connection):
        story = _story_of(connection, name)
        row = stories.show_story(connection, story)
        members = stories.show_members(connection, story)
    if row is None:
        raise NoStory(name)
    if as_json:
        print_json(row | {"members": [_member_json(member) for member in members]})
    else:
        _print_story(row, members)


def _story_of(connection: Connection, name: str) -> int:
    article = find_article(connection, name)
    story = stories.stories_of(connection, [article.id]).get(article.id)
    if story is None:
        raise NoStory(article.id)
    return story


def _member_json(member: dict[str, Any]) -> dict[str, Any]:
    return member | {"published": moment_text(member, "published")}


def _print_story(row: dict[str, Any], members: list[dict[str, Any]]) -> None:
    console = terminal()
    original = next((m for m in members if m["article"] == row["original"]), members[0])
    console.print(f"[bold]{escape(isolated(original['title'] or '(no headline)'))}[/]\n")
    settled = "by a person; no merge moves it" if row["settled"] else None
    size = f"{counted(row['articles'], 'article')} of {counted(row['sources'], 'source')}"
    print_facts(
        console,
        [
            ("story", f"{row['story']}: {size}"),
            ("original", f"{row['original']} of {original['source']}: {row['reason']}"),
            ("settled", settled),
        ],
    )
    console.print()
    print_table(
        ("#article", "source", "relation", "#of", "#score", "published", "title"),
        (
            (
                member["article"],
                member["source"],
                member["relation"],
                member["of"],
                None if member["score"] is None else f"{member['score']:.2f}",
                moment_text(member, "published"),
                member["title"],
            )
            for member in members
        ),
    )


@app.command("split")
def split(names: Articles, as_json: AsJSON = False) -> None:
    """Take articles out of their story, together, for good.

    Later arrivals join the one or the other; nothing draws the two together again but you.

    Example: khabar story split 23
    """
    with open_rows() as (service, connection):
        ids = [find_article(connection, name).id for name in names]
        story = corrections.split_story(connection, ids, at=service.clock.now())
    _print_done(ids, story, as_json=as_json)


@app.command("join")
def join(names: Articles, as_json: AsJSON = False) -> None:
    """Make the stories of some articles one, the first one's, for good.

    Example: khabar story join 17 23
    """
    with open_rows() as (service, connection):
        ids = [find_article(connection, name).id for name in names]
        story = corrections.join_stories(connection, ids, at=service.clock.now())
    _print_done(ids, story, as_json=as_json)


def _print_done(ids: list[int], story: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"articles": ids, "story": story})
    else:
        named = ", ".join(map(str, ids))
        print(f"{'articles' if len(ids) > 1 else 'article'} {named}: story {story}")
