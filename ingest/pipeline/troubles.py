"""What needs a person: found by upkeep in what feeds, pages and articles have become.

    no-network     this machine reaches nobody: what follows from it is held back meanwhile
    feed-fails     no good answer for a day
    feed-stale     answers, but brings nothing for ten times its habit
    feed-retired   gone for good, in the last week
    bodies-short   the texts of an agency have suddenly shrunk, or are gone
    no-article     its pages suddenly yield no article
    dates-ahead    its articles are dated in the future
    dates-missing  its articles suddenly carry no date
    pages-crash    pages whose reading killed its process
    pages-wait     pages that could not be had for a day
    reader-behind  a consumer that has stood still for a week
    disk-full      little room where the data lies
    catalog        an index, a partition, a role, a publication or a slot that is not as it should

Pure judgement over rows; `look_for_troubles` fetches them. A trouble ends when it is seen no more.
"""

from __future__ import annotations

import shlex
import shutil
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.pipeline.network import NO_NETWORK, explains_silence, network_troubles
from ingest.storage import trouble as troubles
from ingest.storage.schema import catalog_faults
from ingest.storage.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ingest.pipeline.service import Service
    from ingest.storage.schema import CatalogFault
    from ingest.storage.trouble import (
        FeedHealth,
        ParkedPages,
        SourceHealth,
        StandingConsumer,
        StuckPages,
    )

KINDS = (
    NO_NETWORK, "feed-fails", "feed-stale", "feed-retired", "bodies-short", "no-article",
    "dates-ahead", "dates-missing", "pages-crash", "pages-wait", "reader-behind",
    "disk-full", "catalog",
)  # fmt: skip

FOLLOW_NETWORK = frozenset({"feed-fails", "feed-stale", "pages-wait"})  # while it is away

DAY = timedelta(days=1)
LONGER_THAN_HABIT = 10
LONGER_THAN_EVER = 1.5  # of the longest silence it was ever heard to keep: nights and weekends
SHORTEST_SILENCE = timedelta(hours=1)
WEEKEND = 3 * DAY  # before a week is known, nobody knows whether it writes on Sundays
KNOWN_WEEK = 8 * DAY
LEAST_NEWS = 5  # polls that brought something, before there is a habit to speak of
FEW, MANY = 8, 20  # articles: of today to be judged, of before to be judged by
SHRUNK = 0.35
LITTLE_ROOM = 1_000_000_000  # bytes


def look_for_troubles(service: Service, now: datetime) -> list[Trouble]:
    """Find what needs a person, keep it in the database and return it."""
    with service.database.connection() as connection:
        feeds = troubles.feed_health(connection, now=now)
        agencies = troubles.source_health(connection, now=now)
        parked = troubles.parked_pages(connection)
        stuck = troubles.stuck_pages(connection, before=now - DAY)
        faults = catalog_faults(connection, now=now)
        readers = troubles.standing_consumers(connection, since=service.clock.real() - 7 * DAY)
        lost = network_troubles(connection, service.clock)
        held_back = FOLLOW_NETWORK if explains_silence(connection, service.clock) else frozenset()
    found = [
        *lost,
        *feed_troubles(feeds, now),
        *source_troubles(agencies, now),
        *page_troubles(parked, stuck, now),
        *reader_troubles(readers, now),
        *disk_troubles(service, now),
        *catalog_troubles(faults, now),
    ]
    found = [one for one in found if one.kind not in held_back]
    with service.database.connection() as connection:
        troubles.keep_troubles(connection, set(KINDS) - held_back, found, at=now)
    return found


def feed_troubles(feeds: Sequence[FeedHealth], now: datetime) -> Iterator[Trouble]:
    """Yield the feeds that fail, are silent, or are gone."""
    for feed in feeds:
        show = f"khabar feed show {feed.id}"
        if feed.retired_at is not None:
            again = f"khabar feed discover {shlex.quote(feed.url)}, or khabar feed resume {feed.id}"
            yield _feed("feed-retired", feed, f"is gone: {_reason(feed)}", again, now)
        elif feed.failures and now - (feed.last_ok_at or feed.added_at) > DAY:
            since = _ago(now - (feed.last_ok_at or feed.added_at))
            yield _feed("feed-fails", feed, f"no answer for {since}: {_reason(feed)}", show, now)
        elif not feed.failures and (silence := unusual_silence(feed, now)):
            said = f"answers, but has brought nothing for {_ago(silence)}"
            yield _feed("feed-stale", feed, f"{said}; usual is {_ago(_habit(feed))}", show, now)


def unusual_silence(feed: FeedHealth, now: datetime) -> timedelta | None:
    """Return how long a feed has brought nothing, if that is out of its habit."""
    if feed.last_new_at is None or feed.news < LEAST_NEWS:
        return None
    silence = now - feed.last_new_at
    usual = max(LONGER_THAN_HABIT * _habit(feed), LONGER_THAN_EVER * feed.longest, SHORTEST_SILENCE)
    if feed.span < KNOWN_WEEK:
        usual = max(usual, WEEKEND)
    return silence if silence > usual else None


def _habit(feed: FeedHealth) -> timedelta:
    habit: timedelta = feed.span / max(feed.news - 1, 1)
    return habit


def _reason(feed: FeedHealth) -> str:
    return (feed.last_error or "no reason known").removeprefix(f"{feed.url[:200]}: ")


def _feed(kind: str, feed: FeedHealth, what: str, cure: str, now: datetime) -> Trouble:
    sentence = f"{feed.source}: feed {feed.id} ({feed.url}) {what}"
    return Trouble(kind=kind, subject=feed.url, sentence=sentence, cure=cure, since=now)


def source_troubles(agencies: Sequence[SourceHealth], now: datetime) -> Iterator[Trouble]:
    """Yield the agencies whose articles have suddenly become worse."""
    for agency in agencies:
        for kind, what in _worse(agency):
            yield Trouble(
                kind=kind,
                subject=agency.source,
                sentence=f"{agency.source}: {what}",
                cure=f"khabar source check {agency.source}",
                since=now,
            )


def _worse(agency: SourceHealth) -> Iterator[tuple[str, str]]:
    bad, tried = agency.no_article, agency.no_article + agency.articles
    bad_before = agency.no_article_before
    was = bad_before / max(bad_before + agency.articles_before, 1)
    if bad >= LEAST_NEWS and bad / tried >= 0.4 and bad / tried > 2 * was:
        yield "no-article", f"{bad} of {tried} pages of the last day yield no article"
    if agency.articles < FEW or agency.articles_before < MANY:
        return
    if agency.empty / agency.articles >= 0.5 and agency.empty_before < 0.2 * agency.articles_before:
        yield "bodies-short", f"{agency.empty} of the last {agency.articles} articles have no text"
    elif agency.length and agency.length < SHRUNK * agency.length_before:
        shrunk = f"{agency.length:.0f} bytes, {agency.length_before:.0f} before"
        yield "bodies-short", f"texts have shrunk: {shrunk}"
    if agency.ahead >= 3 and agency.ahead / agency.articles >= 0.3:
        yield "dates-ahead", f"{agency.ahead} of the last {agency.articles} are dated in the future"
    no_date, no_date_before = agency.undated, agency.undated_before
    if no_date >= 0.5 * agency.articles and no_date_before < 0.1 * agency.articles_before:
        yield "dates-missing", f"{no_date} of the last {agency.articles} articles carry no date"


def page_troubles(
    parked: Sequence[ParkedPages], stuck: Sequence[StuckPages], now: datetime
) -> Iterator[Trouble]:
    """Yield the pages that kill their reader, and those that cannot be had."""
    for some in parked:
        yield Trouble(
            kind="pages-crash",
            subject=some.source,
            sentence=f"{some.source}: pages whose reading killed its process: {some.pages}",
            cure=f"khabar article retry {some.example}, and a report to us",
            since=now,
        )
    for some_wait in stuck:
        why = some_wait.last_error or "not asked yet"
        waited = _ago(now - some_wait.longest_due_at)
        yield Trouble(
            kind="pages-wait",
            subject=some_wait.host,
            sentence=f"{some_wait.host}: pages that wait, up to {waited}: {some_wait.pages}; {why}",
            cure=f"khabar extract {shlex.quote(some_wait.example)}",
            since=now,
        )


def reader_troubles(readers: Sequence[StandingConsumer], now: datetime) -> Iterator[Trouble]:
    """Yield the consumers that stand still while changes pile up."""
    for reader in readers:
        yield Trouble(
            kind="reader-behind",
            subject=reader.name,
            sentence=f"consumer {reader.name} has committed nothing for a week, and is behind",
            cure=f"start it, or khabar consumer drop {reader.name}",
            since=now,
        )


def catalog_troubles(faults: Sequence[CatalogFault], now: datetime) -> Iterator[Trouble]:
    """Yield what is wrong with the database's own things."""
    for fault in faults:
        sentence = f"{fault.thing}: {fault.problem}"
        yield Trouble(
            kind="catalog", subject=fault.thing, sentence=sentence, cure=fault.cure, since=now
        )


def disk_troubles(service: Service, now: datetime) -> Iterator[Trouble]:
    """Yield this machine's disk, where little of it is left."""
    home = service.settings.home.resolve()
    nearest = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    if free < LITTLE_ROOM:
        yield Trouble(
            kind="disk-full",
            subject=socket.gethostname(),
            sentence=f"only {free // 1_000_000} MB are free at {home}",
            cure="free some space; khabar db prune --raw 30d makes room",
            since=now,
        )


def _ago(wait: timedelta) -> str:
    seconds = wait.total_seconds()
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
