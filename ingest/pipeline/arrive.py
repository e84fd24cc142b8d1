"""A wire's folder: the files that have come become entries and pages; those stored are cleared.

    list ─┬─ known, its page stored     left, moved or deleted, as declared
          ├─ known                      its page is on its way
          └─ new ─┬─ still growing      watched on
                  └─ whole              entry, page due, in order

A file is known by name, size and time. A worker that dies between storing and clearing leaves the
file to the next, which finds it known. What could not be read stays where it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import structlog

from ingest.errors import FolderUnavailable
from ingest.fetch.folder import read_place
from ingest.identity.entries import announcement_digest, entry_identity
from ingest.model import After, Entry, WireFolder
from ingest.pipeline.outcomes import Announced, FeedOutcome
from ingest.storage import feed as feeds
from ingest.storage import page as pages
from ingest.storage.feed import EntryRow, FeedRow, PollRow
from ingest.storage.page import WantedPage
from ingest.wires.arrivals import Sighting, is_finished_name, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.fetch.folder import File, Folder, Place
    from ingest.pipeline.conversation import Conversation
    from ingest.storage.feed import DueFeed

log = structlog.get_logger(__name__)

FILES_AT_ONCE = 2_000  # of one look; a longer folder is looked at again at once
IDLE = timedelta(seconds=10)  # real; between two looks at a folder in which nothing grows
SLOWEST = timedelta(minutes=10)  # real; between two looks at a folder that cannot be had
MAX_KEY = 2_000  # of a page's key, as for addresses


async def look_into_folder(talk: Conversation, feed: DueFeed, before: FeedRow) -> FeedOutcome:
    """Look into a folder once and return what is to be stored.

    Raises:
        LeaseLost, NotYet: it was not looked into.
        DatabaseUnavailable: nothing is known of it.
    """
    talk.check_lease()
    wire = folder_of(talk, feed.slug)
    try:
        folder = await talk.open_folder(feed.url, wire)
        return await asyncio.to_thread(_look, talk, feed, before, wire, folder)
    except FolderUnavailable as error:
        await talk.close_folder()
        return _unavailable(talk, feed, before, error)


def folder_of(talk: Conversation, slug: str) -> WireFolder:
    """Return what a source says of its folder's files."""
    wire = talk.service.source_of(slug).wire
    return wire if isinstance(wire, WireFolder) else WireFolder()


def _look(
    talk: Conversation, feed: DueFeed, before: FeedRow, wire: WireFolder, folder: Folder
) -> FeedOutcome:
    place = read_place(feed.url)
    names = {_identity(file): file for file in folder.files() if is_finished_name(file.name)}
    known = _known(talk, feed, names)
    if wire.after is not After.KEEP:
        _clear(talk, place, wire, folder, [names[name] for name in known])
    real = talk.service.clock.real()
    new = [file for name, file in names.items() if name not in known]
    ready, watch = settled(new, _watched(feed.checkpoint), real, wire.settle)
    taken = ready[:FILES_AT_ONCE]
    announced = tuple(
        _announced(talk, feed, place, file, order) for order, file in enumerate(taken, 1)
    )
    wait = timedelta() if len(ready) > len(taken) else wire.settle if watch else IDLE
    row = _looked(talk, before, wait, watch)
    if announced:
        row = replace(row, last_new_at=row.last_polled_at)
    poll = PollRow(
        feed_id=feed.id,
        at=row.last_polled_at,
        outcome="read",
        entries=len(names),
        fresh=len(announced),
    )
    return FeedOutcome(host=talk.host, feed=row, poll=poll, poll_url=feed.url, announced=announced)


def _known(talk: Conversation, feed: DueFeed, names: dict[str, File]) -> set[str]:
    with talk.service.database.connection() as connection:
        found = feeds.known_entries(
            connection, feed_id=feed.id, identities=list(names), url_keys=[]
        )
    return {row.identity for row in found if row.identity in names}


def _clear(
    talk: Conversation, place: Place, wire: WireFolder, folder: Folder, files: Sequence[File]
) -> None:
    """Move or delete the files whose pages are stored, unless they were written anew since."""
    keys = {key_of(place.url_of(file.name)): file for file in files}
    with talk.service.database.connection() as connection:
        stored = pages.settled_pages(connection, list(keys))
    for key in stored:
        file = keys[key]
        if folder.look(file.name) != file:
            continue
        if wire.after is After.DELETE:
            folder.delete(file.name)
        else:
            folder.move(file.name, wire.moved_to.encode("utf-8", "surrogateescape"))


def _identity(file: File) -> str:
    """Return what makes a file the same file the next time: its name, size and time."""
    name = blake2b(file.name, digest_size=16).hexdigest()
    guid = f"{name} {file.size} {file.stamp}"
    return entry_identity(Entry(guid=guid), stable_guids=True) or guid


def _announced(
    talk: Conversation, feed: DueFeed, place: Place, file: File, order: int
) -> Announced:
    now, url = talk.service.clock.now(), place.url_of(file.name)
    entry = Entry(guid=_identity(file).removeprefix("guid:"), title=shown(file.name))
    page = WantedPage(
        host_id=talk.host.id,
        source_id=feed.source_id,
        url=url,
        url_key=key_of(url),
        due_at=now,
        added_at=now,
        again=True,
        order=order,
    )
    row = EntryRow(
        feed_id=feed.id,
        identity=_identity(file),
        url_key=None,
        digest=announcement_digest(entry),
        entry=entry,
        seen_at=now,
    )
    return Announced(entry=row, page=page)


def shown(name: bytes) -> str:
    """Return a file's name as people read it."""
    return name.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def key_of(url: str) -> str:
    """Return the key of a file's address: itself, or its beginning and a digest of all of it."""
    if len(url) <= MAX_KEY:
        return url
    return f"{url[: MAX_KEY - 33]}~{blake2b(url.encode(), digest_size=16).hexdigest()}"


def _watched(kept: dict[str, Any] | None) -> dict[bytes, Sighting]:
    return {
        bytes.fromhex(name): Sighting(size, stamp, datetime.fromisoformat(since))
        for name, (size, stamp, since) in (kept or {}).get("watched", {}).items()
    }


def _looked(
    talk: Conversation, before: FeedRow, wait: timedelta, watch: dict[bytes, Sighting]
) -> FeedRow:
    clock = talk.service.clock
    now = clock.now()
    watched = {
        name.hex(): [seen.size, seen.stamp, seen.since.isoformat()] for name, seen in watch.items()
    }
    return replace(
        before,
        checkpoint={"watched": watched},
        next_poll_at=now + clock.virtual_wait(wait),
        next_poll_reason="files are growing" if watched else "the folder's pace",
        failures=0,
        last_ok_at=now,
        last_outcome="read",
    )


def _unavailable(
    talk: Conversation, feed: DueFeed, before: FeedRow, error: FolderUnavailable
) -> FeedOutcome:
    """Return the outcome of a folder that cannot be had: looked at less often, never given up."""
    clock, failures = talk.service.clock, feed.failures + 1
    wait = min(IDLE * 2 ** min(failures, 8), SLOWEST)
    row = replace(
        before,
        next_poll_at=clock.now() + clock.virtual_wait(wait),
        next_poll_reason=f"after {failures} failed look{'s' if failures > 1 else ''}",
        failures=failures,
        last_outcome="unavailable",
        last_error=str(error)[:500],
    )
    poll = PollRow(
        feed_id=feed.id, at=row.last_polled_at, outcome="unavailable", error=row.last_error
    )
    return FeedOutcome(host=talk.host, feed=row, poll=poll, poll_url=feed.url)
