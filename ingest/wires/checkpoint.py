"""How far a wire's search has come, and what it asks for next.

    news      what came since the last time, a page at a time; begun anew at the wire's pace
    history   what the archive held before, and what a person wants of it; between the news

Pure: the caller asks, stores what was listed and the checkpoint together, and brings the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ingest.wires.has import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

NEWS: Final = timedelta(days=1)  # of a first search: what is older is history
USUAL_ARCHIVE: Final = timedelta(days=7)  # where the subscription does not say
LONGEST_ARCHIVE: Final = timedelta(days=366)
_SWEEPS: Final = ("news", "history")
_TIMES: Final = ("read_until", "news_at", "told_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far a wire was read; travels as JSON on its feed's row.

    Attributes:
        read_until: everything the service dates before it was listed.
        news, history: the searches that are under way.
        news_at: when to ask for news again.
        told_at: when codes and subscription were read.
        codes: by kind, each code's label.
    """

    read_until: datetime | None = None
    news: Sweep | None = None
    history: Sweep | None = None
    news_at: datetime | None = None
    told_at: datetime | None = None
    archive_days: int | None = None
    download_limit: int | None = None
    codes: Mapping[str, Mapping[str, str]] | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Checkpoint:
        """Return what a feed's row keeps; the beginning, where it keeps nothing."""
        found = {name: value for name, value in (kept or {}).items() if name in cls.__slots__}
        for name in _TIMES:
            found[name] = _time(found.get(name))
        for name in _SWEEPS:
            found[name] = _sweep(found.get(name))
        return cls(**found)

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        found = {name: _plain(getattr(self, name)) for name in type(self).__slots__}
        for name in _SWEEPS:
            sweep = getattr(self, name)
            found[name] = sweep and {
                part: _plain(getattr(sweep, part)) for part in type(sweep).__slots__
            }
        return found

    @property
    def archive(self) -> timedelta:
        """How far back a search reaches."""
        if self.archive_days is None:
            return USUAL_ARCHIVE
        return min(timedelta(days=self.archive_days), LONGEST_ARCHIVE)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _sweep(kept: Mapping[str, Any] | None) -> Sweep | None:
    if kept is None:
        return None
    times = {name: _time(kept[name]) for name in ("since", "began", "until", "newest")}
    return Sweep(**{**kept, **times})


def next_search(
    checkpoint: Checkpoint, now: datetime, overlap: timedelta
) -> tuple[Checkpoint, Sweep]:
    """Return the page to ask for now, and the checkpoint with the search it belongs to begun."""
    if checkpoint.news is not None:
        return checkpoint, checkpoint.news
    is_due = checkpoint.news_at is None or checkpoint.news_at <= now
    if checkpoint.history is not None and not is_due:
        return checkpoint, checkpoint.history
    begun = _begin(checkpoint, now, overlap)
    return begun, begun.news or Sweep(since=now, began=now)


def _begin(checkpoint: Checkpoint, now: datetime, overlap: timedelta) -> Checkpoint:
    oldest = now - checkpoint.archive
    if checkpoint.read_until is not None:
        since = max(checkpoint.read_until - overlap, oldest)
        return replace(checkpoint, news=Sweep(since=since, began=now))
    since = max(now - NEWS, oldest)
    begun = replace(checkpoint, news=Sweep(since=since, began=now))
    return with_history(begun, oldest, since, now) if oldest < since else begun


def with_history(
    checkpoint: Checkpoint, since: datetime, until: datetime, now: datetime
) -> Checkpoint:
    """Return a checkpoint that also looks through the archive between two times."""
    before = checkpoint.history
    if before is not None:
        since, until = min(since, before.since), max(until, before.until or until)
    sweep = Sweep(since=since, until=until, began=now, is_history=True)
    return replace(checkpoint, history=sweep)


def after_page(
    checkpoint: Checkpoint,
    asked: Sweep,
    following: Sweep | None,
    newest: datetime | None,
    *,
    news_at: datetime,
) -> Checkpoint:
    """Return the checkpoint after a page was read.

    Args:
        checkpoint: with the search that was asked.
        asked: the page.
        following: the search's next page; None: it is over.
        newest: the latest date of a row that the search has seen.
        news_at: when the news are asked for again, once they are all read.
    """
    if asked.is_history:
        return replace(checkpoint, history=following)
    if following is not None:
        return replace(checkpoint, news=following)
    told = [time for time in (checkpoint.read_until, newest, asked.since) if time is not None]
    return replace(checkpoint, news=None, read_until=max(told), news_at=news_at)
