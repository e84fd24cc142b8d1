"""A person's errand at a wire: the host is borrowed, so that its pace holds beside the service.

check     codes, subscription, one page of the search, two documents   nothing is stored
fetch     one file of a picture, video or graphic
folder    what lies there, two files read                              nothing is stored
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ingest.errors import FetchError, KhabarError, ServiceError, WireError, WireRefused
from ingest.fetch import Fetcher
from ingest.fetch.folder import Access, open_folder, read_place
from ingest.model import Article, Entry, Feed, ParsedFeed, Source, WireFolder, WireService
from ingest.pipeline.check import PAGES_TRIED, CheckedFeed, CheckedPage
from ingest.pipeline.conversation import Conversation
from ingest.pipeline.dispatch import read_document
from ingest.pipeline.follow import address_and_host
from ingest.pipeline.leases import Leases, lease_length, worker_name
from ingest.pipeline.service import fetch_options, has_credentials
from ingest.pipeline.trial import Trial
from ingest.pipeline.wire import ask, hinted, parsed_rows, send
from ingest.storage import host as hosts
from ingest.wires import has
from ingest.wires.arrivals import in_order, is_finished_name
from ingest.wires.checkpoint import Checkpoint, next_search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ingest.model import Reply
    from ingest.pipeline.service import Service
    from ingest.storage.host import LeasedHost

PATIENCE = 60.0  # real seconds until a busy host is ours


@asynccontextmanager
async def borrowed(service: Service, url: str) -> AsyncIterator[Conversation]:
    """Hold the host of an address for an errand, as a visit would.

    Raises:
        ServiceError: the service holds it all the while.
    """
    host = await _borrow(service, address_and_host(url)[1])
    options = fetch_options(service.settings, service.clock)
    with Leases(service) as leases:
        leases.hold(host)
        async with Fetcher(options) as fetcher, Trial() as trial:
            talk = Conversation(service, fetcher, trial, asyncio.Lock(), leases, host)
            try:
                yield talk
            finally:
                leases.drop(host)
                await talk.close_folder()
                await asyncio.to_thread(_give_back, service, host, talk)


async def _borrow(service: Service, name: str) -> LeasedHost:
    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        host = await asyncio.to_thread(_claim, service, name)
        if host is not None:
            return host
        await asyncio.sleep(0.2)
    raise ServiceError(f"{name} is being visited all the while", "try again in a minute")


def _claim(service: Service, name: str) -> LeasedHost | None:
    real = service.clock.real()
    until = real + lease_length(service)
    with service.database.connection() as connection:
        hosts.ensure_hosts(connection, [name])
        return hosts.claim_host(
            connection,
            name,
            real_now=real,
            leased_until=until,
            due_again=service.clock.virtual(until),
            worker=worker_name(),
        )


def _give_back(service: Service, host: LeasedHost, talk: Conversation) -> None:
    with service.database.connection() as connection:
        hosts.release_host(connection, host, talk.pace)


# ── a dry run ───────────────────────────────────────────────────────────────────────────


async def check_wire(service: Service, source: Source) -> list[CheckedFeed]:
    """Ask a wire once, or look into its folder, and read two documents; nothing is stored."""
    if isinstance(source.wire, WireService):
        return [await _check_service(service, source, source.wire, feed) for feed in source.feeds]
    wire = source.wire or WireFolder()
    return [
        await asyncio.to_thread(_check_folder, source, wire, feed, service) for feed in source.feeds
    ]


async def _check_service(
    service: Service, source: Source, wire: WireService, feed: Feed
) -> CheckedFeed:
    if not has_credentials(wire.root):
        stem = f"KHABAR_{wire.credentials}"
        return CheckedFeed(feed=feed, problem=f"set {stem}_USER and {stem}_PASSWORD")
    async with borrowed(service, feed.url) as talk:
        try:
            parsed = await _first_rows(talk, source, wire, feed)
            pages = [
                await _check_document(talk, source, str(entry.url))
                for entry in parsed.entries[-PAGES_TRIED:]
            ]
        except KhabarError as error:
            return CheckedFeed(feed=feed, problem=hinted(error))
    return CheckedFeed(feed=feed, parsed=parsed, pages=tuple(pages))


async def _first_rows(
    talk: Conversation, source: Source, wire: WireService, feed: Feed
) -> ParsedFeed:
    question = has.ask_for_codes(wire.root)
    codes = has.read_codes(await ask(talk, source, question), question.url)
    question = has.ask_for_subscription(wire.root)
    told = has.read_subscription(await ask(talk, source, question), question.url)
    checkpoint = Checkpoint(archive_days=told.archive_days)
    _, sweep = next_search(checkpoint, talk.service.clock.now(), wire.overlap)
    question = has.ask_for_rows(
        wire.root,
        since=sweep.since,
        until=None,
        offset=0,
        limit=wire.batch,
        filters=has.codes_of(wire.filters, codes, feed.url),
    )
    found = has.read_rows(await ask(talk, source, question), question.url)
    return parsed_rows(found, wire, feed.url)


async def _check_document(talk: Conversation, source: Source, url: str) -> CheckedPage:
    try:
        reply = await send(talk, source, has.Ask(url=url))
        body = has.read_document(reply.body, url)
    except KhabarError as error:
        return CheckedPage(url=url, problem=hinted(error))
    return _read(body, url, reply.content_type, source, talk.service)


def _check_folder(source: Source, wire: WireFolder, feed: Feed, service: Service) -> CheckedFeed:
    place = read_place(feed.url)
    try:
        folder = open_folder(place, Access.from_environment(wire.credentials, os.environ))
        try:
            files = in_order(file for file in folder.files() if is_finished_name(file.name))
            bodies = [
                (place.url_of(file.name), folder.read(file.name, wire.most_bytes))
                for file in files[-PAGES_TRIED:]
            ]
        finally:
            folder.close()
    except WireError as error:
        return CheckedFeed(feed=feed, problem=str(error))
    entries = tuple(Entry(guid=place.url_of(file.name)) for file in files)
    return CheckedFeed(
        feed=feed,
        parsed=ParsedFeed(format="folder", url=place.url, entries=entries),
        pages=tuple(_read(body, url, None, source, service) for url, body in bodies),
    )


def _read(
    body: bytes, url: str, content_type: str | None, source: Source, service: Service
) -> CheckedPage:
    found: Article | None = None
    problems = []
    now = service.clock.now()
    try:
        for reading in read_document(
            body, url=url, content_type=content_type, source=source, now=now
        ):
            problems += [reading.problem] if reading.problem else []
            shown = (one.article for one in reading.dispatches if one.article)
            found = found or next(shown, None)
    except WireError as error:
        problems.append(str(error))
    if found is None:
        return CheckedPage(url=url, problem="; ".join(problems) or "nothing for readers in it")
    return CheckedPage(url=url, article=found)


# ── a file ──────────────────────────────────────────────────────────────────────────────


async def fetch_file(service: Service, source: Source, item: str, form: str) -> Reply:
    """Return a file of a picture, video or graphic.

    Raises:
        WireRefused: no such form of it, the service says no, or it cannot be had.
    """
    wire = source.wire
    if not isinstance(wire, WireService):
        raise WireRefused(source.slug, "is no wire that is asked for files")
    known = dict(has.file_urls(wire.root, item))
    if not known:
        raise WireRefused(item, "is no id of a picture, video or graphic: there are no files of it")
    if form not in known:
        raise WireRefused(item, f"no form {form!r}; there are {', '.join(known)}")
    async with borrowed(service, wire.root) as talk:
        try:
            reply = await send(talk, source, has.Ask(url=known[form]))
        except FetchError as error:
            reason = hinted(error).removeprefix(f"{known[form]}: ")
            raise WireRefused(known[form], reason) from error
    if (reply.content_type or "").startswith("application/json"):
        has.read_document(reply.body, item)
    return reply
