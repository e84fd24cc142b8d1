"""`khabar sitemap`: what a sitemap lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ingest.cli.answers import sitemap_json
from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, CameFrom, What, named, read_document
from ingest.cli.show import print_json
from ingest.discover import parse_sitemap

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()

NOWHERE = "https://site.invalid/sitemap.xml"


@app.command()
def sitemap(what: What = None, url: CameFrom = None, jsonl: JSONL = False) -> None:
    """Show what a sitemap lists: a file, an address, or a JSON pipe.

    Example: khabar sitemap https://www.aa.com.tr/sitemap.xml
    """
    if jsonl:
        answer_lines(_answer)
        return
    found = read_document(what, url, unnamed=NOWHERE)
    with named(found.file):
        read = parse_sitemap(found.body, url=found.url)
    print_json(sitemap_json(read))


def _answer(question: Question) -> Answer:
    url = question.text("url") or NOWHERE
    return sitemap_json(parse_sitemap(question.bytes("body"), url=url))
