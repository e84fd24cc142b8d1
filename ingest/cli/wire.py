"""`khabar wire`: what a document of a news wire holds."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ingest.cli.answers import article_json
from ingest.cli.lines import BadQuestion, answer_lines
from ingest.cli.options import JSONL, What, read_document
from ingest.cli.session import open_session
from ingest.cli.show import print_json
from ingest.errors import UnusableSource, WireError
from ingest.extract.dateline import dateline_of
from ingest.fetch.folder import read_place
from ingest.model import After, Feed, Source, SourceKind, WireFolder
from ingest.pipeline.errand import fetch_file
from ingest.pipeline.follow import follow_source, known_source
from ingest.settings import parse_duration
from ingest.sources import find_source
from ingest.storage import source as stored
from ingest.wires import article_of, read_wire
from ingest.wires.shown import as_json

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question
    from ingest.wires import WireDocument

app = typer.Typer(
    help="Read documents of news wires, follow folders of them.", no_args_is_help=True
)

UNNAMED = "https://wire.invalid/"


@app.callback()
def wire() -> None:
    """Read documents of news wires, follow folders of them."""


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


@app.command("add")
def add(
    slug: Annotated[str, typer.Argument(metavar="SLUG")],
    url: Annotated[str, typer.Argument(metavar="FOLDER")],
    name: Annotated[str, typer.Option(help="As people call it; the slug by default.")] = "",
    agency: Annotated[str, typer.Option(help="The credit it signs with, such as AP.")] = "",
    timezone: Annotated[str, typer.Option(help="Of times that name no zone.")] = "UTC",
    language: Annotated[list[str] | None, typer.Option(help="Of its texts: en, ar.")] = None,
    after: Annotated[After, typer.Option(help="What becomes of a stored file.")] = After.KEEP,
    moved_to: Annotated[str, typer.Option(help="Where it is moved to.")] = "done",
    settle: Annotated[str, typer.Option(help="How long a file must not have grown.")] = "5s",
    credentials: Annotated[
        str | None, typer.Option(help="NAME of KHABAR_NAME_USER, _PASSWORD, _KEY, _HOST_KEY.")
    ] = None,
) -> None:
    """Follow a wire whose documents are put into a folder: here, or behind SFTP, FTP or S3.

    Example: khabar wire add desk sftp://wire.example/out --credentials DESK --after move
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", slug):
        raise typer.BadParameter(f"{slug!r}: write a name of lower-case letters, digits, - and .")
    zone = _zone(timezone)
    source = Source(
        slug=slug,
        name=name or slug,
        agency=agency or None,
        homepage="",
        timezone=zone or ZoneInfo("UTC"),
        kind=SourceKind.FOLDER,
        languages=tuple(language or ()),
        feeds=(Feed(url=read_place(url).url),),
        wire=WireFolder(
            after=after,
            moved_to=moved_to,
            settle=_duration(settle),
            credentials=credentials,
        ),
    )
    with open_session() as service:
        with service.database.connection() as connection:
            stored.drop_empty_source(connection, slug)  # of a wire whose feed was removed
            is_taken = stored.source_id(connection, slug) is not None
        if is_taken or find_source(slug):
            raise UnusableSource(slug, "is a source already; take another name for this wire")
        (done,) = follow_source(service, source, origin="person")
    state = "is followed now" if done.is_new else "was followed already"
    print(f"{slug}: {done.url} {state}")


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command("file")
def file(
    item: Annotated[str, typer.Argument(metavar="ID")],
    form: Annotated[str, typer.Option(help="web or print; of a video web or sd.")] = "web",
    to: Annotated[Path | None, typer.Option(help="Where to; named after the item.")] = None,
    slug: Annotated[str, typer.Option("--source", help="The wire.")] = "aa-has",
) -> None:
    """Fetch a file of a wire's picture, video or graphic, in the wire's pace.

    Example: khabar wire file aa:picture:20260605:41586360 --form print
    """
    path = to or Path(f"{item.replace(':', '_')}_{form}")
    if path.is_dir():
        raise typer.BadParameter(f"--to {path}: a folder; name the file in it")
    with open_session() as service, service.database.connection() as connection:
        source = known_source(connection, slug)
        reply = asyncio.run(fetch_file(service, source, item, form))
    try:
        path.write_bytes(reply.body)
    except OSError as error:
        raise typer.BadParameter(f"--to {path}: {error.strerror}") from error
    print(f"{path}: {len(reply.body):,} bytes, {reply.content_type or 'of no named type'}")


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
