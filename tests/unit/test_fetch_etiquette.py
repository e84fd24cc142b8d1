import random
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import (
    AddressRefused,
    HostSilent,
    HostUnreachable,
    ReplyDamaged,
    ReplyRefused,
    ReplyTooLarge,
    ReplyTooSlow,
    RobotsRefused,
    TooManyRedirects,
)
from ingest.fetch.etiquette import (
    MANNERS,
    NOT_MOVED,
    Moved,
    after_failed_poll,
    after_poll,
    gap_between_requests,
    host_wait,
    is_answer,
    is_host_failure,
    is_silence,
    robots_lifetime,
    url_wait,
)
from ingest.model import Hop

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
URL = "https://agency.example/feed"
NEW = "https://new.example/feed"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def refused(status, retry_after=None):
    return ReplyRefused(URL, status, retry_after)


def draws(decide, count=200):
    """Return what is decided with many dice, shortest first."""
    return sorted(decide(random.Random(seed)) for seed in range(count))


@pytest.mark.parametrize("status", [429, 503, 500, 302])
def test_a_named_wait_holds_for_the_whole_host(status):
    waits = draws(lambda draw: host_wait(refused(status, 300), 1, draw))

    assert timedelta(seconds=300) <= waits[0] <= waits[-1] <= timedelta(seconds=330)


def test_a_named_wait_is_believed_for_a_day_at_most():
    assert host_wait(refused(503, 1e9), 1, random.Random(1)) <= DAY + MINUTE


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_that_names_no_time_gets_a_minute_and_more(status):
    once = draws(lambda draw: host_wait(refused(status), 1, draw))
    often = draws(lambda draw: host_wait(refused(status), 8, draw))

    assert once[0] >= MINUTE
    assert once[-1] <= 2 * MINUTE
    assert often[-1] > timedelta(hours=3)


@pytest.mark.parametrize("error", [HostUnreachable(URL), ReplyTooSlow(URL)])
def test_an_unreachable_host_is_asked_ever_less_but_always_again(error):
    bounds = [draws(lambda draw, n=n: host_wait(error, n, draw))[-1] for n in (1, 2, 3, 30, 3000)]

    assert bounds == sorted(bounds)
    assert bounds[0] <= MANNERS.first
    assert bounds[-1] <= MANNERS.ceiling


def test_jitter_is_full():
    waits = draws(lambda draw: host_wait(HostUnreachable(URL), 5, draw))

    assert waits[0] < timedelta(minutes=1)
    assert waits[len(waits) // 2] == pytest.approx(timedelta(minutes=8), abs=timedelta(minutes=2))


def test_one_broken_url_does_not_stop_its_host():
    draw = random.Random(1)

    assert host_wait(refused(500), 1, draw) is None
    assert host_wait(refused(500), 2, draw) is None
    assert host_wait(refused(500), 3, draw) <= MANNERS.first


@pytest.mark.parametrize(
    "error",
    [
        None,
        refused(404),
        refused(410),
        refused(302),
        refused(302, 0.0),
        AddressRefused(URL),
        ReplyDamaged(URL),
        ReplyTooLarge(URL),
        TooManyRedirects(URL),
    ],
)
def test_what_concerns_one_url_leaves_the_host_alone(error):
    assert host_wait(error, 5, random.Random(1)) is None
    assert error is None or not is_host_failure(error)


# ── feeds and pages ─────────────────────────────────────────────────────────────────────


def test_what_is_gone_retires():
    assert url_wait(refused(410), 1, MINUTE, random.Random(1)).is_retired


@pytest.mark.parametrize("error", [refused(404), refused(403), RobotsRefused(URL)])
def test_what_is_missing_is_asked_for_ever_less(error):
    waits = [url_wait(error, n, 10 * MINUTE, random.Random(1)).wait for n in (1, 2, 3, 20, 2000)]

    assert waits == sorted(waits)
    assert 18 * MINUTE <= waits[0] <= 20 * MINUTE
    assert waits[-1] <= DAY
    assert not url_wait(error, 2000, MINUTE, random.Random(1)).is_retired


@pytest.mark.parametrize(
    "error",
    [
        refused(500),
        refused(429),
        refused(408),
        HostUnreachable(URL),
        ReplyDamaged(URL),
        ReplyTooLarge(URL),
        TooManyRedirects(URL),
    ],
)
def test_what_may_heal_backs_off_with_jitter(error):
    waits = draws(lambda draw: url_wait(error, 4, MINUTE, draw).wait)

    assert waits[0] < 2 * MINUTE
    assert 6 * MINUTE < waits[-1] <= 8 * MINUTE


def test_a_url_waits_for_what_its_server_named():
    assert url_wait(refused(503, 7200), 1, MINUTE, random.Random(1)).wait >= timedelta(hours=2)


@pytest.mark.parametrize(
    ("crawl_delay", "gap"), [(None, 1), (0.0, 1), (0.5, 1), (10.0, 10), (1e12, 3600)]
)
def test_the_gap_is_the_longer_of_both(crawl_delay, gap):
    assert gap_between_requests(crawl_delay, timedelta(seconds=1)) == timedelta(seconds=gap)


# ── moved for good ──────────────────────────────────────────────────────────────────────


def polls(*chains):
    known = NOT_MOVED
    for chain in chains:
        known = after_poll(known, [Hop(status=status, url=url) for status, url in chain])
    return known


def test_five_polls_that_agree_move_a_feed():
    assert not polls(*[[(301, NEW)]] * 4).is_adopted()
    assert polls(*[[(301, NEW)]] * 5) == Moved(url=NEW, polls=5)
    assert polls(*[[(308, NEW)]] * 6).is_adopted()


def test_the_permanent_hops_at_its_beginning_are_what_a_chain_says_of_a_move():
    via = "https://via.example/"

    assert polls(*[[(301, via), (308, NEW)]] * 5) == Moved(url=NEW, polls=5)
    assert polls(*[[(301, via), (302, NEW)]] * 5) == Moved(url=via, polls=5)
    assert polls(*[[(307, via), (301, NEW)]] * 5) == NOT_MOVED


def test_a_new_address_that_never_answered_is_believed_after_twice_as_many():
    assert not polls(*[[(301, NEW)]] * 9).is_adopted(has_answered=False)
    assert polls(*[[(301, NEW)]] * 10).is_adopted(has_answered=False)
    assert polls(*[[(301, NEW)]] * 5).is_adopted(has_answered=True)


def failed(error, *chain):
    error.hops = tuple(Hop(status=status, url=url) for status, url in chain)
    return after_failed_poll(Moved(url=NEW, polls=3), error)


@pytest.mark.parametrize(
    "error",
    [refused(503), refused(404), HostUnreachable(NEW), ReplyDamaged(NEW), ReplyTooSlow(NEW)],
)
def test_what_fails_behind_a_permanent_redirect_says_that_the_feed_moved(error):
    assert failed(error, (301, NEW)) == Moved(url=NEW, polls=4)
    assert failed(error, (301, URL)) == Moved(url=URL, polls=1)
    assert failed(error, (302, NEW)) == NOT_MOVED


def test_what_fails_in_its_own_place_says_nothing_of_a_move():
    assert failed(HostUnreachable(URL)) == Moved(url=NEW, polls=3)


def test_a_chain_that_leads_nowhere_moves_nothing():
    ring = (301, NEW), (301, URL)

    assert failed(AddressRefused(NEW), (301, NEW)).polls == 3
    assert failed(TooManyRedirects(URL), *ring).polls == 3
    assert failed(TooManyRedirects(URL), (301, NEW), (302, URL), (302, NEW)).polls == 4


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_never_moves_a_feed(status):
    assert polls(*[[(status, NEW)]] * 50) == NOT_MOVED


def test_a_different_answer_begins_anew():
    assert polls(*[[(301, NEW)]] * 4, [], [(301, NEW)]) == Moved(url=NEW, polls=1)
    assert polls(*[[(301, NEW)]] * 4, [(301, URL)]) == Moved(url=URL, polls=1)


# ── robots.txt ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "headers", "hours"),
    [
        (200, {}, 24),
        (200, {"cache-control": "max-age=60"}, 1),
        (200, {"cache-control": "max-age=7200"}, 2),
        (404, {"cache-control": "max-age=31536000"}, 24),
    ],
)
def test_rules_are_kept_a_day_at_most(status, headers, hours):
    assert robots_lifetime(status, headers, NOON) == timedelta(hours=hours)


def test_rules_that_could_not_be_had_are_asked_for_again_soon():
    waits = [robots_lifetime(None, {}, NOON, failures=n) for n in (0, 1, 2, 3, 50)]

    assert waits == [5 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, DAY]
    assert robots_lifetime(503, {}, NOON, failures=1) == 5 * MINUTE


# ── is anybody there? ───────────────────────────────────────────────────────────────────


def detoured(error):
    error.hops = (Hop(status=302, url=NEW),)
    return error


@pytest.mark.parametrize(
    ("error", "answers", "silent"),
    [
        (None, True, False),
        (refused(503), True, False),
        (refused(404), True, False),
        (ReplyTooLarge(URL), True, False),
        (ReplyDamaged(URL), True, False),
        (detoured(HostSilent(NEW)), True, False),  # whoever sent us there is there
        (HostSilent(URL), False, True),
        (HostUnreachable(URL), False, False),  # refused, reset: somebody, perhaps on the way
        (ReplyTooSlow(URL), False, True),
        (RobotsRefused(URL), False, False),
        (AddressRefused(URL), False, False),
    ],
)
def test_what_ends_a_request_says_who_is_there(error, answers, silent):
    assert (is_answer(error), is_silence(error)) == (answers, silent)
