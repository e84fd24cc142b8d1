"""What an answer means for its host, and for the feed or page that was asked for.

                          the whole host                      the feed or page
    429, 503              until Retry-After, else backs off   no earlier than the host
    unreachable, slow     backs off                           backs off
    other 5xx             backs off from the third in a row   backs off
    404, 403, other 4xx   -                                   slower with each in a row
    410                   -                                   a feed retires, a page is given up
    damaged, too large,   -                                   backs off
    redirects in a ring
    anything usable       recovers                            recovers

Backing off is full jitter: anything between the floor and a bound that doubles with each failure
in a row. Nothing is ever switched off, and one success recovers everything. Pure: the caller counts
failures, keeps the times, brings the dice and the clock; every wait is virtual time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from ingest.errors import (
    AddressRefused,
    FetchError,
    HostSilent,
    HostUnreachable,
    ReplyDamaged,
    ReplyRefused,
    ReplyTooLarge,
    ReplyTooSlow,
    RobotsRefused,
    TooManyRedirects,
)
from ingest.fetch.caching import LONGEST_RETRY, fresh_for
from ingest.model import Hop

MISSING: Final = frozenset({404, 410})
PERMANENT: Final = frozenset({301, 308})
ADOPTED_AFTER: Final = 5
_MOST_DOUBLINGS: Final = 20
_LONGEST_GAP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How patient we are; virtual time.

    Attributes:
        floor: the shortest wait after a failure.
        busy_floor: the shortest wait after a 429 or 503 that names none.
        first: the bound of the first back-off; doubles with each further failure in a row.
        ceiling: the longest back-off of a host.
        longest_retry: the longest Retry-After that is believed.
        url_ceiling: the longest wait of a feed or page.
        host_failures: 5xx in a row from which on the whole host is meant.
        robots_age: how long a robots.txt is kept.
        robots_retry: when one that could not be had is asked for again, doubling.
    """

    floor: timedelta = timedelta(seconds=5)
    busy_floor: timedelta = timedelta(seconds=60)
    first: timedelta = timedelta(seconds=60)
    ceiling: timedelta = timedelta(hours=6)
    longest_retry: timedelta = LONGEST_RETRY
    url_ceiling: timedelta = timedelta(days=1)
    host_failures: int = 3
    robots_age: timedelta = timedelta(days=1)
    robots_retry: timedelta = timedelta(minutes=5)


MANNERS: Final = Manners()


def back_off(
    failures: int, draw: random.Random, *, floor: timedelta, first: timedelta, ceiling: timedelta
) -> timedelta:
    """Return a wait with full jitter.

    Args:
        failures: in a row, the one that just happened included.
        draw: the dice.
        floor: the shortest.
        first: bound after one failure; it doubles with each more.
        ceiling: the bound's own bound.
    """
    doubled = first * (1 << min(max(failures - 1, 0), _MOST_DOUBLINGS))
    bound = max(min(doubled, ceiling), floor)
    return floor + (bound - floor) * draw.random()


def host_wait(
    error: FetchError | None, failures: int, draw: random.Random, manners: Manners = MANNERS
) -> timedelta | None:
    """Return how long the whole host is left in peace; None: it need not be.

    Args:
        error: what the request ended with; None for a usable answer.
        failures: of this host in a row, this one included; see `is_host_failure`.
        draw: the dice.
        manners: how patient we are.
    """
    if error is None or not is_host_failure(error):
        return None
    if isinstance(error, ReplyRefused):
        if error.retry_after is not None:
            return _named_wait(error.retry_after, draw, manners)
        if error.status in (429, 503):
            return back_off(
                failures,
                draw,
                floor=manners.busy_floor,
                first=manners.busy_floor * 2,
                ceiling=manners.ceiling,
            )
        if failures < manners.host_failures:
            return None
        failures -= manners.host_failures - 1
    return back_off(
        failures, draw, floor=manners.floor, first=manners.first, ceiling=manners.ceiling
    )


def is_host_failure(error: FetchError) -> bool:
    """Tell whether a failure counts against the host rather than the URL alone."""
    if isinstance(error, ReplyRefused):
        return error.status == 429 or error.status >= 500 or _asks_to_wait(error)
    return isinstance(error, (HostUnreachable, ReplyTooSlow))


def is_silence(error: FetchError | None) -> bool:
    """Tell whether a request ended with nobody there: the host's fault, or our own network's.

    A name server that cannot be reached takes longer to say so than a request may.
    """
    return isinstance(error, (HostSilent, ReplyTooSlow)) and not error.hops


def is_answer(error: FetchError | None) -> bool:
    """Tell whether somebody answered a request, whatever it was.

    What broke off, or was refused by ourselves, tells neither.
    """
    if error is None or error.hops:
        return True
    return isinstance(error, (ReplyRefused, ReplyTooLarge, ReplyDamaged))


def _asks_to_wait(error: ReplyRefused) -> bool:
    return 300 <= error.status < 400 and bool(error.retry_after)


def _named_wait(seconds: float, draw: random.Random, manners: Manners) -> timedelta:
    """Return the time the server named, and up to a tenth more, so that not all come at once."""
    named = min(timedelta(seconds=max(seconds, 0.0)), manners.longest_retry)
    return named + min(named / 10, timedelta(seconds=30)) * draw.random()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAsk:
    """When a feed or page may be asked for again.

    Attributes:
        wait: from the end of the request that failed; virtual time.
        is_retired: 410: never, unless a person says so.
    """

    wait: timedelta
    is_retired: bool = False


def url_wait(
    error: FetchError,
    failures: int,
    usual: timedelta,
    draw: random.Random,
    manners: Manners = MANNERS,
) -> NextAsk:
    """Return what a failure means for the feed or page that was asked for.

    Args:
        error: what the request ended with.
        failures: of this URL in a row, this one included.
        usual: its wait when all is well: a feed's learned pace, a page's first retry.
        draw: the dice.
        manners: how patient we are.
    """
    if isinstance(error, ReplyRefused) and error.status == 410:
        return NextAsk(wait=manners.url_ceiling, is_retired=True)
    if is_url_failure(error):
        slower = usual * (1 << min(failures, _MOST_DOUBLINGS))
        wait = min(slower, max(manners.url_ceiling, usual))
        return NextAsk(wait=wait * draw.uniform(0.9, 1.0))
    first = max(manners.first, usual)
    wait = back_off(failures, draw, floor=manners.floor, first=first, ceiling=manners.url_ceiling)
    if isinstance(error, ReplyRefused) and error.retry_after is not None:
        wait = max(wait, _named_wait(error.retry_after, draw, manners))
    return NextAsk(wait=wait)


def is_url_failure(error: FetchError) -> bool:
    """Tell whether the server, or our guard, means this URL: time alone rarely heals it."""
    if isinstance(error, ReplyRefused):
        return error.status < 500 and error.status not in (408, 425, 429)
    return isinstance(error, (AddressRefused, RobotsRefused))


def gap_between_requests(crawl_delay: float | None, default: timedelta) -> timedelta:
    """Return the wait after each request to a host: the longer of both, at most an hour."""
    if crawl_delay is None:
        return default
    return max(default, timedelta(seconds=min(crawl_delay, _LONGEST_GAP.total_seconds())))


# ── moved for good ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a feed's polls said of a new address.

    Attributes:
        url: where the permanent hops at the chain's beginning end; None where it has none.
        polls: how many in a row said so.
    """

    url: str | None = None
    polls: int = 0

    def is_adopted(self, after: int = ADOPTED_AFTER, *, has_answered: bool = True) -> bool:
        """Tell whether so many polls agreed: the new address is the feed's own.

        One that never gave us the feed is believed after twice as many: both addresses are as
        good as dead, and the old one's server has said ten times that it is not to be asked.
        """
        needed = after if has_answered else after * 2
        return self.url is not None and self.polls >= needed


NOT_MOVED: Final = Moved()


def after_poll(before: Moved, hops: Sequence[Hop]) -> Moved:
    """Return what is known of a move after one more poll.

    Args:
        before: what was known.
        hops: the redirects followed, whatever came at their end; none where the feed answered in
            its own place. A detour behind the permanent ones is the new address's own affair.
    """
    lasting = list(takewhile(lambda hop: hop.status in PERMANENT, hops))
    if not lasting:
        return NOT_MOVED
    url = lasting[-1].url
    return Moved(url=url, polls=before.polls + 1 if url == before.url else 1)


def after_failed_poll(before: Moved, error: FetchError) -> Moved:
    """Return what is known of a move after a poll that failed behind the redirects it followed.

    One that failed in the feed's own place says nothing, and so does a chain that leads where we
    never go, or nowhere.
    """
    if not error.hops or isinstance(error, AddressRefused):
        return before
    if isinstance(error, TooManyRedirects) and all(hop.status in PERMANENT for hop in error.hops):
        return before
    return after_poll(before, error.hops)


# ── robots.txt ──────────────────────────────────────────────────────────────────────────


def robots_lifetime(
    status: int | None,
    headers: Mapping[str, str],
    now: datetime,
    *,
    failures: int = 0,
    manners: Manners = MANNERS,
) -> timedelta:
    """Return how long an answer for robots.txt is used, at most a day.

    Args:
        status: of the answer; None where none came.
        headers: of the answer.
        now: when it came; aware.
        failures: in a row, this one included; 0 for a usable answer.
        manners: how patient we are.
    """
    if status is None or status >= 500:
        doubled = manners.robots_retry * (1 << min(max(failures - 1, 0), _MOST_DOUBLINGS))
        return min(doubled, manners.robots_age)
    fresh = fresh_for(headers, now)
    if fresh is None:
        return manners.robots_age
    return min(max(fresh, timedelta(hours=1)), manners.robots_age)
