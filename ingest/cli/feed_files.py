"""`khabar feed import|export|discover|parse`: lists of feeds, and feeds from elsewhere.

The rooms that read documents are imported where they are needed: `khabar feed list` does not
wait for them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.answers import feed_json
from ingest.cli.lines import answer_lines
from ingest.cli.options import JSONL, AsJSON, CameFrom, What, named, read_document, read_file
from ingest.cli.session import open_rows, open_session
from ingest.cli.show import counted, print_json, print_table
from ingest.model import FeedLink
from ingest.pipeline.follow import follow_links, known_source
from ingest.storage import feed as feeds

if TYPE_CHECKING:
    from ingest.cli.answers import Answer
    from ingest.cli.lines import Question

app = typer.Typer()

NOWHERE = "https://feed.invalid/"


@app.command("import")
def import_feeds(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="An OPML file.")],
    as_json: AsJSON = False,
) -> None:
    """Follow every feed of an OPML list.

    Example: khabar feed import subscriptions.opml
    """
    from ingest.discover import read_opml

    body = read_file(path)
    with named(path):
        links = read_opml(body)
    with open_session() as service:
        done = follow_links(service, links)
    if as_json:
        print_json(done)
        return
    new, bad = sum(row.is_new for row in done), [row for row in done if row.problem]
    known = len(done) - new - len(bad)
    print(f"{counted(new, 'feed')} followed, {known} followed already, {len(bad)} can't be")
    for row in bad:
        print(f"  {row.url}: {row.problem}")


@app.command("export")
def export(source: Annotated[str | None, typer.Option(help="Of this source only.")] = None) -> None:
    """Print the followed feeds as OPML; where a wire comes from is left out.

    Example: khabar feed export > subscriptions.opml
    """
    from ingest.discover import write_opml
    from ingest.pipeline.trial import WIRES

    with open_rows() as (_, connection):
        if source is not None:
            known_source(connection, source)
        found = feeds.list_feeds(connection, source=source)
    # A wire is a subscriber's own place, and nothing that a reader of feeds can read.
    links = [
        FeedLink(url=feed.url, title=feed.title, category=feed.source)
        for feed in found
        if feed.kind not in WIRES
    ]
    sys.stdout.buffer.write(write_opml(links, "khabar"))
    sys.stdout.buffer.flush()


@app.command("discover")
def discover(
    url: Annotated[str, typer.Argument(help="Address of a site.")], as_json: AsJSON = False
) -> None:
    """Find the feeds that a page names.

    Example: khabar feed discover https://www.dailysabah.com/
    """
    from ingest.pipeline.check import discover_feeds

    found = discover_feeds(url)
    if as_json:
        print_json(found)
        return
    print_table(("title", "type", "address"), ((x.title, x.media_type, x.url) for x in found))


@app.command("parse")
def parse(what: What = None, url: CameFrom = None, jsonl: JSONL = False) -> None:
    """Show what a feed says: a file, an address, or a JSON pipe.

    Example: khabar feed parse feed.xml --url https://example.org/feed
    """
    if jsonl:
        answer_lines(_answer)
        return
    found = read_document(what, url, unnamed=NOWHERE)
    with named(found.file):
        read = _feed(found.body, found.url, found.content_type)
    print_json(read)


def _answer(question: Question) -> Answer:
    url = question.text("url") or NOWHERE
    return _feed(question.bytes("body"), url, question.text("content_type"))


def _feed(body: bytes, url: str, content_type: str | None) -> Answer:
    from ingest.feeds import parse_feed

    return feed_json(parse_feed(body, url=url, content_type=content_type))
