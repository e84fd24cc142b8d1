"""What a feed's reply brings that was not known.

    entry new under its identity and its link        fresh: its page is due
    known entry, or known link, that says something new   changed: its page is due again
    known link under a new guid, saying nothing new  neither; many of them: the guids churn

The last complete reply's keys are kept: a reply to which none of its entries came back unchanged
shows that the window ran over in between, and one that fills a feed which was empty may show it. An
update that was put back at the top is no proof of the contrary; half of the links coming back is,
in a feed whose texts always change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from ingest.errors import UnusableURL
from ingest.identity.entries import announcement_digest, entry_identity
from ingest.pipeline.believe import believable_entry
from ingest.pipeline.outcomes import Announced
from ingest.storage import feed as feeds
from ingest.storage import host as hosts
from ingest.storage.feed import EntryRow
from ingest.storage.page import WantedPage
from ingest.urls import host_of, normalize_url, url_key

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from ingest.model import Entry, ParsedFeed
    from ingest.pipeline.service import Service
    from ingest.storage.feed import DueFeed, KnownEntry

SHORTEST_WINDOW = 5  # entries; hardly a feed shows fewer
WINDOW_KEPT = 2_000  # entries of the last complete reply, for telling a gap


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a reply brought that was not known.

    Attributes:
        announced: entries that are new or changed.
        fresh: how many of them were never announced before, under any guid.
        overlap: this reply goes on where the last complete one ended, for all one can tell.
        window: how many entries it holds.
        keys: of these entries, for telling a gap next time.
        churns: known links came under new guids, saying nothing new.
        host_id: where most of its entries lead; None where none leads anywhere.
    """

    announced: tuple[Announced, ...]
    fresh: tuple[Entry, ...]
    overlap: bool
    window: int
    keys: tuple[int, ...]
    churns: bool
    host_id: int | None


def compare_with_known(service: Service, feed: DueFeed, parsed: ParsedFeed) -> Novelty:
    """Compare a reply with what the feed announced before; makes the hosts its links need."""
    now = service.clock.now()
    entries = [believable_entry(entry, now) for entry in parsed.entries]
    named = _identified(entries, stable_guids=feed.stable_guids)
    links = {name: _link_of(entry) for name, entry in named.items()}
    with service.database.connection() as connection:
        known = feeds.known_entries(
            connection,
            feed_id=feed.id,
            identities=list(named),
            url_keys=[link[1] for link in links.values() if link],
        )
        names = {host_of(link[0]) for link in links.values() if link}
        host_ids = hosts.ensure_hosts(connection, names)
    by_identity = {row.identity: row for row in known}
    by_link = _by_link(known)
    announced, fresh, reissued = [], [], 0
    pages_at = _pages_due_at(feed, now, service.settings.poll_floor)
    for name, entry in named.items():
        digest, link = announcement_digest(entry), links[name]
        before = by_identity.get(name)
        if before is not None and before.digest == digest:
            continue
        said = by_link.get(link[1], set()) if link else set()
        if before is None and not said:
            fresh.append(entry)
        elif before is None and digest in said:
            reissued += 1  # a new guid for a known link that says nothing new
        row = EntryRow(
            feed_id=feed.id,
            identity=name,
            url_key=link[1] if link else None,
            digest=digest,
            entry=entry,
            seen_at=now,
        )
        page = link and WantedPage(
            host_id=host_ids[host_of(link[0])],
            source_id=feed.source_id,
            url=link[0],
            url_key=link[1],
            due_at=pages_at,
            added_at=now,
            again=bool(before is not None or said) and digest not in said,
        )
        announced.append(Announced(entry=row, page=page or None))
    keys = _window_keys(named, links)
    return Novelty(
        announced=tuple(announced),
        fresh=tuple(fresh),
        overlap=feed.window_at is None or _overlaps(set(feed.window_keys or ()), keys),
        window=len(named),
        keys=tuple(key for pair in _both_ends(keys) for key in pair),
        churns=reissued >= 3 and reissued >= len(announced) // 2,
        host_id=_commonest_host(links, host_ids),
    )


def _pages_due_at(feed: DueFeed, now: datetime, floor: timedelta) -> datetime:
    """Return when pages announced now fall due: at once, but for what an imported feed says first.

    That is mostly of yesterday, and what the other feeds of the list say may be gone soon: their
    first polls go before these pages.
    """
    is_first = feed.origin == "import" and feed.last_ok_at is None
    return now + floor if is_first else now


def _identified(entries: list[Entry], *, stable_guids: bool) -> dict[str, Entry]:
    """Return entries by identity; of those that share one, the first in the document counts."""
    named: dict[str, Entry] = {}
    for entry in entries:
        name = entry_identity(entry, stable_guids=stable_guids)
        if name is not None:
            named.setdefault(name, entry)
    return named


def _link_of(entry: Entry) -> tuple[str, str] | None:
    """Return an entry's link and its key; None for one that can't be fetched."""
    if entry.url is None:
        return None
    try:
        url = normalize_url(entry.url)
        return url, url_key(url)
    except UnusableURL:
        return None


def _by_link(known: list[KnownEntry]) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for row in known:
        if row.url_key is not None:
            found.setdefault(row.url_key, set()).add(row.digest)
    return found


def _window_keys(
    named: dict[str, Entry], links: dict[str, tuple[str, str] | None]
) -> list[tuple[int, int]]:
    """Return two keys of each entry: where it leads, and the same with what it says."""
    pairs = []
    for name, entry in named.items():
        link = links[name]
        place = (link[1] if link else name).encode()
        pairs.append((_number(place), _number(place + announcement_digest(entry))))
    return pairs


def _both_ends(keys: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the keys to keep: of a very long document, begun at either end, its two ends."""
    half = WINDOW_KEPT // 2
    return keys if len(keys) <= WINDOW_KEPT else keys[:half] + keys[-half:]


def _commonest_host(
    links: dict[str, tuple[str, str] | None], host_ids: dict[str, int]
) -> int | None:
    counted = Counter(host_of(link[0]) for link in links.values() if link)
    return host_ids[counted.most_common(1)[0][0]] if counted else None


def _overlaps(kept: set[int], keys: list[tuple[int, int]]) -> bool:
    """Return whether the window can have held everything since the reply whose keys were kept."""
    if not keys:
        return True
    if not kept:  # it was empty: what fills it since may be the end of more
        return len(keys) < SHORTEST_WINDOW
    if any(same in kept for _, same in keys):
        return True
    back = sum(place in kept for place, _ in keys)
    return 4 * back >= min(len(kept), 2 * len(keys))  # two keys were kept of each entry


def _number(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)
