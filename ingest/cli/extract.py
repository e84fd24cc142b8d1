"""`khabar extract`: a page's article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ingest.cli.answers import article_json
from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, CameFrom, What, read_document
from ingest.cli.show import print_json
from ingest.extract import extract_article
from ingest.sources import source_of_url

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()

NOWHERE = "https://page.invalid/"


@app.command()
def extract(what: What = None, url: CameFrom = None, jsonl: JSONL = False) -> None:
    """Show the article of a page: a file, an address, or a JSON pipe.

    Example: khabar extract page.html --url https://www.aa.com.tr/tr/gundem/1
    """
    if jsonl:
        answer_lines(_answer)
        return
    page = read_document(what, url, unnamed=NOWHERE)
    print_json(_article(page.body, page.url, page.content_type))


def _answer(question: Question) -> Answer:
    url = question.text("url") or NOWHERE
    return {"out": _article(question.bytes("html"), url, question.text("content_type"))}


def _article(body: bytes, url: str, content_type: str | None) -> Answer:
    article = extract_article(body, url=url, content_type=content_type, source=source_of_url(url))
    return article_json(article)
