"""When a feed is asked again: the price of waiting within everybody's bounds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import Cadence
from ingest.polling import (
    DEFAULT_PRICE,
    PollOutcome,
    PollState,
    first_poll_at,
    fleet_price,
    host_prices,
    learn,
    next_poll_at,
)
from ingest.polling.state import Habit, Level, Renewal, Tempo

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def feed_of(per_day: float, **parts) -> PollState:
    """Return a feed that is known well to publish so often, evenly."""
    level = Level(count=100 * per_day, seconds=100 * 86400.0)
    return PollState(at=NOON.timestamp(), level=level, **parts)


def wait_of(state, price=600.0, now=NOON, **bounds):
    return next_poll_at(state, now=now, price=price, **bounds).at - now


def test_unseen_entries_wait_for_the_price_and_no_longer():
    wait = wait_of(feed_of(48)).total_seconds()

    expected_waiting = 48 / 86400 * wait * wait / 2
    assert expected_waiting == pytest.approx(600, rel=0.02)


def test_the_reason_names_the_learned_rate():
    assert next_poll_at(feed_of(48), now=NOON, price=600.0).reason == "learned rate 2 an hour"


def test_a_busier_feed_is_polled_sooner_and_a_dearer_request_later():
    assert wait_of(feed_of(100)) < wait_of(feed_of(10))
    assert wait_of(feed_of(10), price=100.0) < wait_of(feed_of(10), price=1000.0)


def test_a_feed_of_two_entries_a_second_is_polled_at_the_floor():
    plan = next_poll_at(feed_of(172_800, window=1000), now=NOON, price=600.0)

    assert plan.at == NOON + MINUTE
    assert plan.reason == "floor"


def test_a_feed_of_one_entry_a_month_is_polled_at_the_ceiling():
    plan = next_poll_at(feed_of(1 / 30), now=NOON, price=2000.0)

    assert plan.at == NOON + timedelta(days=1)
    assert plan.reason == "ceiling"


def test_a_new_feed_is_asked_soon_whatever_its_first_window_says():
    quiet = feed_of(1 / 30)

    plan = next_poll_at(quiet, now=NOON, price=2000.0, is_new=True)
    named = wait_of(quiet, is_new=True, server_interval=20 * MINUTE)
    slow = wait_of(quiet, is_new=True, cadence=Cadence(floor=60 * MINUTE))

    assert (plan.at, plan.reason) == (NOON + 5 * MINUTE, "new")
    assert (named, slow) == (20 * MINUTE, 60 * MINUTE)
    assert wait_of(feed_of(172_800), is_new=True) == MINUTE


def test_a_narrow_window_is_polled_before_it_overflows():
    plan = next_poll_at(feed_of(1000, window=10), now=NOON, price=1e5)

    assert plan.reason == "window may overflow"
    expected = 1000 / 86400 * (plan.at - NOON).total_seconds()
    assert expected < 9 - 2.5 * expected**0.5 + 0.1


def test_after_an_overflow_the_window_is_trusted_half_as_far():
    usual = wait_of(feed_of(1000, window=10), price=1e5)
    careful = wait_of(feed_of(1000, window=10, overflows=1), price=1e5)

    assert careful / usual == pytest.approx(0.5, rel=0.01)


def test_entries_that_come_together_need_more_room_in_the_window():
    gathered = Tempo(squares=40.0, spread=5.0)

    assert wait_of(feed_of(1000, window=20, tempo=gathered), price=1e6) < wait_of(
        feed_of(1000, window=20), price=1e6
    )


def test_a_feed_is_polled_when_its_hours_begin():
    hours = tuple(24.0 if hour >= 18 else 0.0 for hour in range(24))
    habit = Habit(hours=tuple(100 * h for h in hours), hours_expected=(600.0,) * 24)

    busy = wait_of(feed_of(24, habit=habit), now=NOON + timedelta(hours=8))
    quiet = wait_of(feed_of(24, habit=habit))

    assert quiet > timedelta(hours=5)
    assert busy < timedelta(hours=1)


def test_a_burst_brings_the_next_poll_nearer_and_fades():
    quiet = feed_of(24)
    burst = feed_of(24, tempo=Tempo(burst=6.0, burst_expected=0.5))

    assert wait_of(burst) < wait_of(quiet) / 2
    assert wait_of(burst, price=1e7) > timedelta(hours=23)


def test_the_server_is_never_asked_sooner_than_it_named():
    plan = next_poll_at(feed_of(5000), now=NOON, price=600.0, server_interval=15 * MINUTE)

    assert plan.at == NOON + 15 * MINUTE
    assert plan.reason == "server named 900 s"


def test_what_the_server_names_counts_up_to_the_ceiling():
    wait = wait_of(feed_of(5000), server_interval=timedelta(days=365))

    assert wait == timedelta(days=1)


def test_retry_after_may_pass_the_ceiling():
    cadence = Cadence(floor=MINUTE, ceiling=timedelta(hours=1))
    later = NOON + timedelta(hours=7)

    plan = next_poll_at(feed_of(5), now=NOON, price=600.0, cadence=cadence, not_before=later)

    assert plan.at == later
    assert plan.reason == "waiting as asked or after a failure"


def test_a_wait_that_is_shorter_than_ours_changes_nothing():
    assert wait_of(feed_of(5), not_before=NOON + MINUTE) == wait_of(feed_of(5))


def test_after_a_failure_the_time_since_the_last_success_counts():
    state = feed_of(10)
    usual = wait_of(state)
    half_way = NOON + usual / 2

    assert wait_of(state, now=half_way) == pytest.approx(usual / 2, abs=timedelta(seconds=1))
    assert wait_of(state, now=NOON + 2 * usual) == MINUTE


def test_a_feed_that_never_succeeded_is_asked_within_hours():
    assert timedelta(minutes=10) < wait_of(None) < timedelta(hours=4)


def test_the_poll_comes_just_after_the_server_renews_its_copy():
    renewal = Renewal(lifetime=1800.0, due=NOON.timestamp() + 100)
    state = feed_of(200, renewal=renewal)

    wait = wait_of(state).total_seconds()

    assert (wait - 100) % 1800 == pytest.approx(0, abs=0.01)


def test_a_poll_before_the_copy_is_renewed_would_be_wasted():
    state = feed_of(5000, renewal=Renewal(lifetime=1800.0, due=NOON.timestamp() + 1700))

    assert wait_of(state).total_seconds() == pytest.approx(1700)


def test_a_renewal_named_by_a_clock_that_went_back_is_ignored():
    state = feed_of(24, renewal=Renewal(lifetime=300.0, due=NOON.timestamp() + 1e7))

    assert wait_of(state) == wait_of(feed_of(24))


def test_hours_and_days_that_the_feed_skips_are_skipped():
    evening = next_poll_at(feed_of(48), now=NOON, price=600.0, skip_hours=frozenset(range(12, 20)))
    tuesday = next_poll_at(
        feed_of(48), now=NOON, price=600.0, skip_hours=frozenset({0, 1}), skip_days=frozenset({0})
    )

    assert (evening.at, evening.reason) == (NOON.replace(hour=20), "skipHours")
    assert (tuesday.at, tuesday.reason) == (NOON.replace(day=18, hour=2), "skipHours")
    weekend = next_poll_at(feed_of(48), now=NOON, price=600.0, skip_days=frozenset(range(6)))
    assert (weekend.at.weekday(), weekend.reason) == (6, "skipDays")


def test_a_feed_that_skips_every_hour_skips_none():
    usual = wait_of(feed_of(48))

    assert wait_of(feed_of(48), skip_hours=frozenset(range(24))) == usual
    assert wait_of(feed_of(48), skip_days=frozenset(range(7))) == usual


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="carries no timezone"):
        next_poll_at(None, now=datetime(2025, 11, 17), price=600.0)  # noqa: DTZ001 - the point


def test_first_polls_are_spread_over_the_floor_and_stay_the_same():
    times = [first_poll_at(NOON, MINUTE, f"https://feed.example/{i}") for i in range(600)]

    assert min(times) >= NOON
    assert max(times) < NOON + 0.9 * MINUTE
    assert len({at.second for at in times}) == 54
    assert first_poll_at(NOON, MINUTE, "https://feed.example/7") == times[7]


def test_the_price_spends_the_budget_of_the_fleet():
    fleet = [feed_of(rate) for rate in (2, 5, 12, 40, 150)] * 20

    price = fleet_price(fleet, 2_400)

    spent = sum(timedelta(days=1) / wait_of(state, price) for state in fleet)
    assert spent == pytest.approx(2_400, rel=0.1)


def test_a_host_pays_more_only_where_its_feeds_would_ask_too_often():
    crowded, quiet = [feed_of(40)] * 50, [feed_of(40)]
    price = fleet_price(crowded + quiet, 2_000)

    dearer = host_prices({1: crowded, 2: quiet}, price, 500)

    assert list(dearer) == [1]
    spent = sum(timedelta(days=1) / wait_of(state, dearer[1]) for state in crowded)
    assert spent == pytest.approx(500, rel=0.1)


def test_a_bigger_budget_makes_a_request_cheaper():
    fleet = [feed_of(rate) for rate in (2, 5, 12, 40, 150)]

    assert fleet_price(fleet, 500) < fleet_price(fleet, 50)


def test_a_budget_that_no_price_meets_gets_the_nearest():
    fleet = [feed_of(10, window=10), None]

    assert fleet_price(fleet, 1e12) < 2.0
    assert fleet_price(fleet, 0.001) > 1e8
    assert fleet_price([], 100) == DEFAULT_PRICE


def test_the_guard_of_narrow_windows_is_part_of_what_a_fleet_spends():
    wide = [feed_of(2000, window=1000), *[feed_of(10)] * 20]
    narrow = [feed_of(2000, window=10), *[feed_of(10)] * 20]

    assert fleet_price(narrow, 700) > fleet_price(wide, 700)


@settings(max_examples=100)
@given(
    st.floats(0.01, 1e5),
    st.floats(1.0, 1e8),
    st.integers(0, 2000),
    st.integers(0, 5000),
    st.floats(0, 50),
)
def test_every_plan_keeps_the_bounds(per_day, price, window, named, burst):
    state = feed_of(per_day, window=window, tempo=Tempo(burst=burst))
    cadence = Cadence(floor=5 * MINUTE, ceiling=timedelta(hours=6))

    wait = wait_of(state, price, cadence=cadence, server_interval=timedelta(seconds=named))

    assert max(5 * MINUTE, timedelta(seconds=named)) - MINUTE / 60 <= wait <= timedelta(hours=6)


def test_a_poll_by_hand_between_two_polls_counts_as_a_poll():
    state = feed_of(24)
    later = NOON + 10 * MINUTE

    learnt = learn(state, PollOutcome(at=later, window=20))

    assert next_poll_at(learnt, now=later, price=600.0).at > wait_of(state) + NOON
