"""`khabar url` and `khabar date`: what is written in many ways, in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ingest.cli.lines import BadQuestion, answer_lines, read_instant
from ingest.cli.options import JSONL
from ingest.cli.show import print_json
from ingest.dates import parse_date
from ingest.urls import normalize_url, url_key

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()


@app.command()
def url(
    address: Annotated[str | None, typer.Argument(metavar="URL")] = None,
    base: Annotated[str | None, typer.Option(help="What it is relative to.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show an address's normal form and the key it is known by.

    Example: khabar url 'HTTPS://Example.org:443/a/../b?utm_source=x'
    """
    if jsonl:
        answer_lines(lambda question: _url(question.needed("url"), question.text("base")))
        return
    if address is None:
        raise typer.BadParameter("name an address, or say --jsonl")
    print_json(_url(address, base))


def _url(address: str, base: str | None) -> Answer:
    normal = normalize_url(address, base)
    return {"url": normal, "key": url_key(normal)}


@app.command()
def date(
    text: Annotated[str | None, typer.Argument()] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA name, if the text has none.")] = None,
    now: Annotated[str | None, typer.Option(help="For relative dates: ISO 8601.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show what a date in words says.

    Example: khabar date '17 تشرين الثاني 2025' --timezone Asia/Damascus
    """
    if jsonl:
        answer_lines(_answer_date)
        return
    if text is None:
        raise typer.BadParameter("name a date, or say --jsonl")
    try:
        print_json(_date(text, language=language, timezone=timezone, now=now))
    except BadQuestion as error:
        raise typer.BadParameter(str(error)) from error


def _answer_date(question: Question) -> Answer:
    return _date(
        question.needed("text"),
        language=question.text("language"),
        timezone=question.text("timezone"),
        now=question.text("now"),
    )


def _date(text: str, *, language: str | None, timezone: str | None, now: str | None) -> Answer:
    found = parse_date(
        text, language=language, timezone=_zone(timezone), now=read_instant("now", now)
    )
    if found is None:
        return {"at": None, "precision": None}
    return {"at": found.iso(), "precision": found.precision.value}


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadQuestion(f"no timezone {name!r}: write an IANA name, Europe/Istanbul") from error
