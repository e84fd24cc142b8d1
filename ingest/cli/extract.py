"""`khabar extract`: a page's article."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.answers import article_json
from ingest.cli.explain import lines_of, picture_of
from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, CameFrom, Document, What, named, read_document
from ingest.cli.show import print_json, print_line
from ingest.extract import explain_page, extract_article, load_language_model
from ingest.sources import source_of_url

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()

NOWHERE = "https://page.invalid/"


Explain = Annotated[bool, typer.Option("--explain", help="Every block and why it is kept or not.")]
Picture = Annotated[
    Path | None,
    typer.Option("--picture", metavar="FILE", help="The same as an HTML page for a browser."),
]


@app.command()
def extract(
    what: What = None,
    url: CameFrom = None,
    jsonl: JSONL = False,
    explain: Explain = False,
    picture: Picture = None,
) -> None:
    """Show the article of a page: a file, an address, or a JSON pipe.

    Example: khabar extract page.html --url https://www.aa.com.tr/tr/gundem/1
    """
    if jsonl and (explain or picture):
        raise typer.BadParameter("--explain and --picture take one page, not --jsonl")
    if jsonl:
        load_language_model()
        answer_lines(_answer)
        return
    page = read_document(what, url, unnamed=NOWHERE)
    with named(page.file):
        if explain or picture:
            _explain(page, explain=explain, picture=picture)
            return
        read = _article(page.body, page.url, page.content_type)
    print_json(read)


def _explain(page: Document, *, explain: bool, picture: Path | None) -> None:
    scores = explain_page(
        page.body,
        url=page.url,
        content_type=page.content_type,
        source=source_of_url(page.url),
    )
    if picture:
        try:
            picture.write_text(picture_of(page.url, scores), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{picture} can't be written: {error.strerror}") from error
    if explain:
        for line in lines_of(scores):
            print_line(line)


def _answer(question: Question) -> Answer:
    url = question.text("url") or NOWHERE
    return {"out": _article(question.bytes("html"), url, question.text("content_type"))}


def _article(body: bytes, url: str, content_type: str | None) -> Answer:
    article = extract_article(body, url=url, content_type=content_type, source=source_of_url(url))
    return article_json(article)
