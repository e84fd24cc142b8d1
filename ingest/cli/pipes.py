"""Rooms as pipes: one JSON object a line in and out, in order, flushed as soon as it is known.

Bytes travel as base64 under `html` or `body`. What can't be answered is answered with `error`,
never with a crash; an answer carries its question's `id`.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ingest.cli.show import print_json, print_json_line
from ingest.dates import parse_date
from ingest.discover import parse_sitemap
from ingest.errors import KhabarError
from ingest.extract import extract_article
from ingest.fetch.robots import RobotsRules, rules_for_status
from ingest.identity import ArrivalClock, MemoryStoryIndex, link_items
from ingest.model import Item, Relation
from ingest.pipeline.check import fetch_page
from ingest.sources import source_of_url
from ingest.urls import normalize_url, url_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.model import Article, Entry, Moment, ParsedFeed, SitemapEntry

pipes_app = typer.Typer()
robots_app = typer.Typer(help="Read robots.txt.", no_args_is_help=True)

JSONL = Annotated[bool, typer.Option("--jsonl", help="As a pipe: one question a line.")]
Answer = dict[str, Any]


def answer_lines(answer: Callable[[Answer, bytes], Answer]) -> None:
    """Answer each line of stdin; a line that is no question gets an error of its own."""
    for line in sys.stdin.buffer:
        if line.strip():
            print_json_line(_answered(line, answer))


def _answered(line: bytes, answer: Callable[[Answer, bytes], Answer]) -> Answer:
    try:
        question = json.loads(line)
    except ValueError as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(question, dict):
        return {"id": None, "error": "not a JSON object"}
    head = {"id": question.get("id")}
    try:
        body = base64.b64decode(question.get("html") or question.get("body") or "", validate=False)
    except (binascii.Error, TypeError, ValueError):
        body = b""  # not base64: a pipe whose body is text reads it itself
    try:
        return head | answer(question, body)
    except KhabarError as error:
        return head | {"error": str(error)}
    except (KeyError, TypeError, ValueError) as error:
        return head | {"error": f"{type(error).__name__}: {error}"}


def _iso(moment: Moment | None) -> str | None:
    return None if moment is None else moment.iso()


def article_json(article: Article) -> Answer:
    """Return an article as `khabar extract` prints it."""
    return {
        "title": article.title,
        "standfirst": article.standfirst,
        "authors": list(article.authors),
        "published": _iso(article.published),
        "published_precision": article.published and article.published.precision.value,
        "modified": _iso(article.modified),
        "language": article.language,
        "section": list(article.sections),
        "tags": list(article.tags),
        "image": article.image,
        "image_credit": article.image_credit,
        "place": article.place,
        "agency": article.agency,
        "canonical": article.canonical,
        "notice": article.notice,
        "body": article.body,
    }


def _entry_json(entry: Entry) -> Answer:
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "authors": list(entry.authors),
        "categories": list(entry.categories),
        "image": entry.image,
        "enclosures": [
            {"url": file.url, "type": file.media_type, "length": file.length}
            for file in entry.enclosures
        ],
    }


def feed_json(parsed: ParsedFeed) -> Answer:
    """Return a feed as `khabar feed parse` prints it."""
    return {
        "feed": {
            "format": parsed.format,
            "title": parsed.title,
            "homepage": parsed.homepage,
            "self": parsed.self_url,
            "language": parsed.language,
            "image": parsed.image,
            "hub": parsed.hub,
            "poll_interval": parsed.poll_interval and parsed.poll_interval.total_seconds(),
            "well_formed": parsed.well_formed,
            "complete": parsed.complete,
            "complaints": list(parsed.complaints),
        },
        "entries": [_entry_json(entry) for entry in parsed.entries],
    }


# ── extract ─────────────────────────────────────────────────────────────────────────────


@pipes_app.command("extract")
def extract(
    what: Annotated[str | None, typer.Argument(metavar="FILE|URL|-")] = None,
    url: Annotated[str | None, typer.Option(help="Where a file came from.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show the article of a page: a file, an address, or as a JSON pipe."""
    if jsonl:
        answer_lines(_extract)
        return
    if what is None:
        raise typer.BadParameter("name a file or an address, or say --jsonl")
    body, address, content_type = _page(what, url)
    article = extract_article(
        body, url=address, content_type=content_type, source=source_of_url(address)
    )
    print_json(article_json(article))


def _page(what: str, url: str | None) -> tuple[bytes, str, str | None]:
    if what == "-":
        return sys.stdin.buffer.read(), url or "https://page.invalid/", None
    if what.startswith(("http://", "https://")):
        reply = fetch_page(what)
        return reply.body, reply.final_url, reply.content_type
    try:
        return Path(what).read_bytes(), url or "https://page.invalid/", None
    except OSError as error:
        raise typer.BadParameter(f"{what}: {error.strerror}") from error


def _extract(question: Answer, body: bytes) -> Answer:
    url = question.get("url") or "https://page.invalid/"
    return {"out": article_json(extract_article(body, url=url, source=source_of_url(url)))}


# ── url, date, sitemap ──────────────────────────────────────────────────────────────────


@pipes_app.command("url")
def url(
    text: Annotated[str | None, typer.Argument()] = None,
    base: Annotated[str | None, typer.Option(help="What it is relative to.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show an address's normal form and the key it is known by."""
    if jsonl:
        answer_lines(lambda question, _: _url(question))
    elif text is None:
        raise typer.BadParameter("name an address, or say --jsonl")
    else:
        print_json(_url({"url": text, "base": base}))


def _url(question: Answer) -> Answer:
    normal = normalize_url(question["url"], question.get("base"))
    return {"url": normal, "key": url_key(normal)}


@pipes_app.command("date")
def date(
    text: Annotated[str | None, typer.Argument()] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA name, if the text has none.")] = None,
    now: Annotated[str | None, typer.Option(help="For relative dates: ISO 8601.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show what a date in words says."""
    if jsonl:
        answer_lines(lambda question, _: _date(question))
    elif text is None:
        raise typer.BadParameter("name a date, or say --jsonl")
    else:
        print_json(_date({"text": text, "language": language, "timezone": timezone, "now": now}))


def _date(question: Answer) -> Answer:
    found = parse_date(
        question["text"],
        language=question.get("language"),
        timezone=_zone(question.get("timezone")),
        now=datetime.fromisoformat(question["now"]) if question.get("now") else None,
    )
    if found is None:
        return {"at": None, "precision": None}
    return {"at": found.iso(), "precision": found.precision.value}


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no timezone {name!r}") from error


@pipes_app.command("sitemap")
def sitemap(
    what: Annotated[str | None, typer.Argument(metavar="FILE|URL|-")] = None,
    url: Annotated[str | None, typer.Option(help="Where a file came from.")] = None,
    jsonl: JSONL = False,
) -> None:
    """Show what a sitemap lists."""
    if jsonl:
        answer_lines(_sitemap)
    elif what is None:
        raise typer.BadParameter("name a file or an address, or say --jsonl")
    else:
        body, address, _ = _page(what, url)
        print_json(_sitemap({"url": address}, body))


def _sitemap(question: Answer, body: bytes) -> Answer:
    found = parse_sitemap(body, url=question.get("url") or "https://site.invalid/sitemap.xml")
    return {
        "sitemaps": [_listed(entry) for entry in found.sitemaps],
        "urls": [_listed(entry) for entry in found.urls],
    }


def _listed(entry: SitemapEntry) -> Answer:
    return {
        "url": entry.url,
        "lastmod": _iso(entry.lastmod),
        "published": _iso(entry.published),
        "title": entry.title,
    }


# ── robots, cluster ─────────────────────────────────────────────────────────────────────


@robots_app.command("check")
def check_robots(
    target: Annotated[str | None, typer.Argument(metavar="URL")] = None,
    robots: Annotated[Path | None, typer.Option(help="A robots.txt.")] = None,
    user_agent: Annotated[str, typer.Option(help="Whose request.")] = "khabar",
    jsonl: JSONL = False,
) -> None:
    """Say whether robots.txt lets an agent ask for an address."""
    if jsonl:
        answer_lines(lambda question, _: _robots(question))
        return
    if target is None or robots is None:
        raise typer.BadParameter("name an address and --robots FILE, or say --jsonl")
    text = robots.read_text("utf-8", "replace")
    print_json(_robots({"robots": text, "user_agent": user_agent, "url": target}))


def _robots(question: Answer) -> Answer:
    status = question.get("status")
    rules = rules_for_status(200 if status is None else status)
    if rules is None:
        rules = RobotsRules.parse(question.get("robots") or "")
    agent = question.get("user_agent") or "khabar"
    return {
        "allowed": rules.allows(agent, question["url"]),
        "crawl_delay": rules.crawl_delay(agent),
    }


@pipes_app.command("cluster")
def cluster(jsonl: JSONL = False) -> None:
    """Tell which news items are one story, as a JSON pipe over an index in memory."""
    if not jsonl:
        raise typer.BadParameter("a pipe only: say --jsonl")
    index, clock = MemoryStoryIndex(), ArrivalClock()

    def answer(question: Answer, _: bytes) -> Answer:
        item = _item(question)
        link = link_items([item], index, arrived=clock.tick(item.published))[0]
        return {
            "story": link.story,
            "relation": link.relation.value,
            "of": link.of if link.relation is not Relation.ORIGINAL else None,
            "merges": list(link.merges),
        }

    answer_lines(answer)


def _item(question: Answer) -> Item:
    published = question.get("published")
    found = datetime.fromisoformat(published) if published else None
    if found is not None and found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo("UTC"))
    return Item(
        id=str(question["id"]),
        url=question.get("url"),
        source=str(question.get("source") or ""),
        language=question.get("language"),
        title=question.get("title"),
        published=found,
        body=question.get("body") or "",
    )
