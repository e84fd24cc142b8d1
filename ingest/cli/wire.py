"""`khabar wire`: what a document of a news wire holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ingest.cli.answers import article_json
from ingest.cli.lines import BadQuestion, answer_lines
from ingest.cli.options import JSONL, What, read_document
from ingest.cli.show import print_json
from ingest.errors import WireError
from ingest.extract.dateline import dateline_of
from ingest.wires import article_of, read_wire
from ingest.wires.shown import as_json

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question
    from ingest.wires import WireDocument

app = typer.Typer(help="Show what documents of news wires hold.", no_args_is_help=True)

UNNAMED = "https://wire.invalid/"


@app.callback()
def wire() -> None:
    """Show what documents of news wires hold."""


@app.command("read")
def read(
    what: What = None,
    timezone: Annotated[
        str | None, typer.Option(help="Of times that name no zone: Europe/Moscow.")
    ] = None,
    jsonl: JSONL = False,
) -> None:
    """Show the items of a document: NewsML-G2, NewsML 1, NITF, ninjs, IPTC 7901, ANPA or text.

    Example: khabar wire read report.xml --timezone Europe/Moscow
    """
    if jsonl:
        answer_lines(_answer)
        return
    zone = _zone(timezone)
    document = read_document(what, None, unnamed=UNNAMED)
    name = None if what in (None, "-") else str(what).rpartition("/")[2]
    found = read_wire(document.body, content_type=document.content_type, name=name, zone=zone)
    print_json(_shown(found))


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise typer.BadParameter(f"no time zone {name!r}") from error


def _answer(question: Question) -> Answer:
    name = question.text("timezone")
    try:
        zone = _zone(name)
    except typer.BadParameter as error:
        raise BadQuestion(error.message) from error
    found = read_wire(
        question.bytes("body"),
        content_type=question.text("content_type"),
        name=question.text("name"),
        zone=zone,
    )
    return _shown(found)


def _shown(document: WireDocument) -> Answer:
    """Return a document's fields, and the article that each of its items becomes."""
    return {"document": as_json(document), "articles": [_article(item) for item in document.items]}


def _article(item: Any) -> Answer | None:
    try:
        return article_json(article_of(item, find_dateline=dateline_of))
    except WireError:
        return None  # nothing in it is for readers
