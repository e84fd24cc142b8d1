"""What polls teach: the rate, its hours, and what odd feeds must not teach."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.polling import PollOutcome, PollState, learn, next_poll_at, rate_by_hour
from ingest.polling.state import DAY, fano, mean_rate

MONDAY = datetime(2025, 11, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def follow(published, *, every, until, window=20, dates=lambda at: at, order=sorted, state=None):
    """Poll a feed at a fixed interval and return the state learnt: `published` are hours."""
    now, seen = 0.0, -1.0
    while now <= until:
        document = [hour for hour in published if hour <= now][-window:]
        new = [hour for hour in document if hour > seen]
        outcome = PollOutcome(
            at=at(now),
            new=[None if dates(hour) is None else at(dates(hour)) for hour in order(new)],
            window=len(document),
            overflow=seen >= 0 and bool(document) and len(new) == len(document),
        )
        state, seen, now = learn(state, outcome), now, now + every
    return state


def per_day(state):
    return mean_rate(state.level) * DAY


def evenly(step, until):
    return [step * (i + 0.5) for i in range(int(until / step))]


def test_the_first_document_teaches_the_rate_from_its_dates():
    new = [at(-2.0 * i) for i in range(20)]

    state = learn(None, PollOutcome(at=at(0), new=new, window=20))

    assert per_day(state) == pytest.approx(12, rel=0.1)


@pytest.mark.parametrize("entries", [10, 1_000])
def test_documents_of_any_length_teach_the_rate(entries):
    new = [at(-0.5 * i) for i in range(entries)]

    state = learn(None, PollOutcome(at=at(0), new=new, window=entries))

    assert per_day(state) == pytest.approx(48, rel=0.25)


def test_one_entry_pinned_for_years_does_not_hide_the_rate():
    new = [at(-1.0 * i) for i in range(9)] + [at(-24 * 900)]

    state = learn(None, PollOutcome(at=at(0), new=new, window=10))

    assert per_day(state) == pytest.approx(24, rel=0.25)


def test_a_feed_whose_newest_entry_is_months_old_is_slow():
    new = [at(-24 * 120 - i) for i in range(10)]

    state = learn(None, PollOutcome(at=at(0), new=new, window=10))

    assert per_day(state) < 0.2


def test_a_first_document_without_dates_teaches_nothing_on_the_rate():
    state = learn(None, PollOutcome(at=at(0), new=[None] * 50, window=50))

    assert state.level == PollState(at=0.0).level
    assert state.window == 50


@pytest.mark.parametrize("order", [sorted, lambda new: sorted(new, reverse=True), lambda new: new])
def test_the_order_of_entries_does_not_matter(order):
    published = evenly(0.7, 72)

    one = follow(published, every=1.0, until=72)
    other = follow(published, every=1.0, until=72, order=order)

    assert one == other


def test_entries_without_dates_are_counted_all_the_same():
    state = follow(evenly(0.5, 240), every=1.0, until=240, dates=lambda _: None)

    assert per_day(state) == pytest.approx(48, rel=0.1)


def test_entries_dated_in_the_future_are_counted_where_they_were_seen():
    state = follow(evenly(0.5, 240), every=1.0, until=240, dates=lambda hour: hour + 5000)

    assert per_day(state) == pytest.approx(48, rel=0.1)
    assert state.newest == 0.0


def test_entries_dated_long_before_the_last_poll_are_counted_where_they_were_seen():
    state = follow(evenly(0.5, 240), every=1.0, until=240, dates=lambda hour: hour - 5000)

    assert per_day(state) == pytest.approx(48, rel=0.2)


def test_the_hours_in_which_a_feed_publishes_are_learnt():
    working_day = [24 * day + 9 + i / 4 for day in range(14) for i in range(32)]

    hours = rate_by_hour(follow(working_day, every=1.0, until=24 * 14, window=50))

    assert min(hours[10:16]) > 3.0
    assert max(hours[20:] + hours[:7]) < 0.5
    assert sum(hours) == pytest.approx(32, rel=0.25)


def test_the_weekdays_on_which_a_feed_publishes_are_learnt():
    weekdays = [24 * day + i for day in range(21) if day % 7 < 5 for i in range(24)]

    habit = follow(weekdays, every=1.0, until=24 * 21).habit

    share = [
        seen / expected for seen, expected in zip(habit.days, habit.days_expected, strict=True)
    ]
    assert min(share[:5]) > 1.2
    assert max(share[5:]) < 0.3


def test_entries_that_come_together_widen_the_spread():
    single = follow(evenly(2.0, 480), every=3.0, until=480)
    together = follow(sorted(evenly(16.0, 480) * 8), every=3.0, until=480)

    assert fano(single.tempo) < 1.5
    assert fano(together.tempo) > 3.0


def test_a_feed_that_exchanges_every_guid_does_not_look_busy():
    state = learn(None, PollOutcome(at=at(0), new=[at(-2.0 * i) for i in range(20)], window=20))
    usual = per_day(state)

    for hour in range(1, 25):
        new = [at(hour - hour % 2 - 2.0 * i) for i in range(20)]
        state = learn(state, PollOutcome(at=at(hour), new=new, window=20, overflow=True))

    assert per_day(state) == pytest.approx(usual, rel=0.2)


def test_a_feed_that_exchanges_every_guid_and_dates_nothing_is_not_polled_ever_faster():
    state, now, polls = None, at(0), 0
    while now < at(24 * 7):
        outcome = PollOutcome(at=now, new=[None] * 10, window=10, overflow=state is not None)
        state, polls = learn(state, outcome), polls + 1
        now = next_poll_at(state, now=now, price=600.0).at

    assert polls / 7 < 200


def test_an_overflow_teaches_the_rate_from_the_dates_that_are_left():
    dates = [at(-24.0 * i) for i in range(10)]
    before = learn(None, PollOutcome(at=at(0), new=dates, window=10))

    new = [at(24 - 0.1 * i) for i in range(10)]
    after = learn(before, PollOutcome(at=at(24), new=new, window=10, overflow=True))

    wait = next_poll_at(after, now=at(24), price=600.0).at - at(24)
    assert after.overflows == 1
    assert per_day(after) > 2 * per_day(before)
    assert wait < HOUR


def test_a_document_without_new_entries_ends_a_row_of_overflows():
    state = PollState(at=at(0).timestamp(), overflows=3)

    assert learn(state, PollOutcome(at=at(1))).overflows == 0


def test_a_failure_teaches_nothing():
    state = follow(evenly(1.0, 48), every=1.0, until=48)

    assert learn(state, PollOutcome(at=at(60), ok=False)) is state
    assert learn(None, PollOutcome(at=at(60), ok=False)) is None


def test_an_unchanged_document_keeps_the_window_and_lowers_the_rate():
    state = follow(evenly(1.0, 48), every=1.0, until=48)

    later = learn(state, PollOutcome(at=at(60)))

    assert later.window == state.window
    assert per_day(later) < per_day(state)


def test_a_clock_that_goes_back_costs_one_poll_of_learning():
    state = follow(evenly(1.0, 480), every=1.0, until=480)

    back = learn(state, PollOutcome(at=at(-9000), new=[at(-9000)], window=20))
    later = learn(back, PollOutcome(at=at(-8999), new=[at(-8999.5)], window=20))

    assert back.level == state.level
    assert later.at == at(-8999).timestamp()
    assert per_day(later) == pytest.approx(per_day(state), rel=0.05)


def test_weeks_of_downtime_do_not_make_a_busy_feed_slow():
    state = follow(evenly(0.5, 240), every=1.0, until=240)

    now = 240 + 24 * 30
    new = [at(now - 0.5 * i) for i in range(20)]
    later = learn(state, PollOutcome(at=at(now), new=new, window=20, overflow=True))

    assert per_day(later) == pytest.approx(48, rel=0.2)


def test_the_lifetime_of_the_servers_copy_is_the_longest_it_named():
    state = None
    for hour, seconds in enumerate((120, 300, 40)):
        left = timedelta(seconds=seconds)
        state = learn(state, PollOutcome(at=at(hour), window=5, fresh_for=left))

    assert state.renewal.lifetime == 300.0
    assert state.renewal.due == at(2).timestamp() + 40
    assert learn(state, PollOutcome(at=at(3))).renewal.due == 0.0


def test_a_lifetime_that_the_server_shortened_is_noticed():
    state = learn(None, PollOutcome(at=at(0), fresh_for=HOUR))
    for hour in range(1, 40):
        state = learn(state, PollOutcome(at=at(hour), fresh_for=HOUR / 60))

    assert state.renewal.lifetime == 60.0


@pytest.mark.parametrize("new", [(), (datetime(2025, 11, 17),)])  # noqa: DTZ001 - the point
def test_a_time_without_a_zone_is_refused(new):
    when = at(0) if new else datetime(2025, 11, 17)  # noqa: DTZ001 - the point

    with pytest.raises(ValueError, match="carries no timezone"):
        learn(None, PollOutcome(at=when, new=new))


def test_a_state_survives_the_database():
    state = follow(evenly(0.37, 240), every=1.3, until=240)

    again = PollState.from_json(json.loads(json.dumps(state.to_json())))

    assert again.at == pytest.approx(state.at, abs=0.001)
    assert rate_by_hour(again) == pytest.approx(rate_by_hour(state), rel=1e-4)
    assert again.to_json() == state.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"at": None},
        {"level": {}},
        {"level": {"count": "many", "seconds": 1.0}},
        {"habit": {"hours": [1.0]}},
        {"unheard": 1.0},
    ],
)
def test_a_stored_state_that_cannot_be_read_is_learnt_anew(change):
    stored = PollState(at=0.0).to_json() | change

    if change == {"level": {}}:
        stored.pop("level")

    assert PollState.from_json(stored) is None
    assert PollState.from_json(None) is None


moments = st.floats(-1e9, 1e9, allow_nan=False)
polls = st.tuples(
    moments,
    st.lists(st.none() | moments, max_size=30),
    st.none() | st.integers(0, 1000),
    st.booleans(),
    st.none() | st.integers(-10, 10**7),
)


@settings(max_examples=150)
@given(st.lists(polls, max_size=12))
def test_whatever_a_feed_does_its_state_stays_small_and_its_next_poll_in_bounds(outcomes):
    state = None
    for when, new, window, overflow, fresh in outcomes:
        now = MONDAY + timedelta(seconds=when)
        state = learn(
            state,
            PollOutcome(
                at=now,
                new=[None if n is None else MONDAY + timedelta(seconds=n) for n in new],
                window=window,
                overflow=overflow,
                fresh_for=None if fresh is None else timedelta(seconds=fresh),
            ),
        )
        plan = next_poll_at(state, now=now, price=600.0)

        assert timedelta(seconds=59.9) <= plan.at - now <= timedelta(days=1, seconds=0.1)
        assert len(json.dumps(state.to_json())) < 1_500
        assert all(0 < rate < 1e6 for rate in rate_by_hour(state))


def test_a_feed_that_changes_its_pace_is_followed_within_days():
    published = evenly(4.0, 24 * 20) + [24 * 20 + hour for hour in evenly(0.25, 24 * 3)]

    before = follow(published, every=1.0, until=24 * 20 - 1, window=50)
    after = follow(published, every=1.0, until=24 * 23, window=50)

    assert per_day(before) == pytest.approx(6, rel=0.15)
    assert per_day(after) > 18


def test_rates_of_neighbouring_hours_are_smoothed_around_midnight():
    hours = rate_by_hour(follow(evenly(24.0, 24 * 20), every=1.0, until=24 * 20))

    assert max(abs(b - a) for a, b in pairwise((*hours, hours[0]))) < 0.8
