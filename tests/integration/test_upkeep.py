"""Upkeep, the numbers of status, and the writer when rows are bad or the database is away."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ingest.errors import DatabaseUnavailable, LeaseLost
from ingest.identity import WINDOW
from ingest.model import Entry
from ingest.pipeline.commit import commit_batch
from ingest.pipeline.outcomes import Announced
from ingest.pipeline.service import POLL_PRICE, open_service
from ingest.pipeline.upkeep import LAST_RUN, run_upkeep, set_price
from ingest.pipeline.writer import Writer
from ingest.polling import DEFAULT_PRICE, PollOutcome, learn
from ingest.storage import change as changes
from ingest.storage import feed as feeds
from ingest.storage import page as pages
from ingest.storage import status
from ingest.storage.database import Database
from ingest.storage.feed import EntryRow, PollRow
from tests.service import open_test_service, rows, settings_for
from tests.stored import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    add_feed,
    add_host,
    add_source,
    article,
    attempted,
    claim,
    feed_outcome,
    page_outcome,
    polled,
    publish_articles,
    take_feeds,
    take_pages,
    wanted,
)


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


# ── upkeep ──────────────────────────────────────────────────────────────────────────────


def partitions(service):
    return [
        row[0]
        for row in rows(
            service,
            "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
            " WHERE child.relkind = 'r' AND child.relname !~ 'default' ORDER BY 1",
        )
    ]


def test_upkeep_runs_when_it_is_due_and_not_before(database):
    with open_test_service(database, upkeep=timedelta(hours=1)) as service:
        first, second = run_upkeep(service), run_upkeep(service)
        with service.database.connection() as connection:
            an_hour_ago = service.clock.now().timestamp() - 3601
            status.set_fleet_number(connection, LAST_RUN, an_hour_ago, at=NOON)
        third = run_upkeep(service)

    assert (first, second, third) == (True, False, True)


def test_upkeep_makes_room_ahead_and_forgets_what_is_old(service):
    now = service.clock.now()
    with service.database.connection() as connection:
        for days in (400, 200):
            status.add_partitions(connection, at=now - days * DAY)
        number = add_feed(connection, add_source(connection), add_host(connection))
        old = PollRow(feed_id=number, at=now - 31 * DAY, outcome="read")
        feeds.log_polls(connection, [old, replace(old, at=now - 29 * DAY)])
    before = partitions(service)

    run_upkeep(service)

    after = partitions(service)
    oldest = now - WINDOW - 8 * DAY
    assert len(before) == 16
    assert len(after) == 8
    assert {name for name in after if name.startswith("raw_page")} == {
        f"raw_page_{month:%Y_%m}" for month in (now, now.replace(day=28) + 7 * DAY)
    }
    assert all(name[-10:] > f"{oldest:%Y_%m_%d}" for name in after if name.startswith("sketch"))
    assert rows(service, "SELECT count(*) FROM ingest.poll") == [(1,)]


def test_two_upkeeps_at_once_do_no_harm(service):
    barrier, ended = threading.Barrier(2), []

    def keep_up():
        barrier.wait(timeout=10)
        ended.append(run_upkeep(service))

    both = [threading.Thread(target=keep_up) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)

    assert len(ended) == 2
    assert len(partitions(service)) == 8


def test_the_price_of_a_poll_is_the_whole_fleets(database):
    with open_test_service(database) as service:
        run_upkeep(service)
        priced = rows(service, "SELECT number FROM ingest.fleet WHERE name = %s", POLL_PRICE)
        assert service.poll_price() == priced[0][0] == service.poll_price()
    with open_test_service(database) as service:
        rows(service, "DELETE FROM ingest.fleet RETURNING name")
        assert service.poll_price() == DEFAULT_PRICE


def test_a_host_that_would_be_asked_too_often_gets_a_dearer_price_of_its_own(database):
    busy = learn(learn(None, PollOutcome(at=NOON, window=900)), PollOutcome(at=NOON + HOUR))
    busy = replace(busy, level=replace(busy.level, count=5000.0))
    with open_test_service(database, host_budget=1_000, poll_floor=MINUTE) as service:
        with service.database.connection() as connection:
            source_id = add_source(connection)
            crowded, quiet = (add_host(connection, f"{name}.example") for name in ("a", "b"))
            for number in range(10):
                add_feed(connection, source_id, crowded, f"crowded{number}")
            add_feed(connection, source_id, quiet, "quiet")
            connection.execute("UPDATE ingest.feed SET poll_state = %s", [Jsonb(busy.to_json())])
            connection.execute("UPDATE ingest.host SET poll_price = 1e9")
        set_price(service, NOON)
        prices = dict(rows(service, "SELECT id, poll_price FROM ingest.host"))
        fleet = service.poll_price()

    assert prices[quiet] is None
    assert prices[crowded] > fleet


# ── what status counts ──────────────────────────────────────────────────────────────────


def test_status_counts_what_is_there(service):
    with service.database.connection() as connection:
        source_id, host_id = add_source(connection), add_host(connection)
        failing = add_feed(connection, source_id, host_id, "failing")
        paused = add_feed(connection, source_id, host_id, "paused", next_poll_at=NOON + HOUR)
        feeds.pause_feed(connection, paused, now=NOON)
        add_feed(connection, source_id, host_id, "later", next_poll_at=NOON + HOUR)
        pages.make_pages_due(
            connection, [wanted(source_id, host_id, "a"), wanted(source_id, host_id, "b")]
        )
        (held,) = claim(connection)
        (due,) = take_feeds(connection, held)
        state = {"rate": 1.0}
        feeds.store_poll(
            connection,
            polled(due, held, failures=2, last_error="reset", next_poll_at=NOON, poll_state=state),
        )
        pages.take_due_pages(connection, host_id=host_id, token=held.token, now=NOON, batch=1)
        counted = status.count_feeds(connection, now=NOON)
        (waiting,) = status.count_pages(connection, now=NOON)
        backlog = status.count_fresh_backlog(connection)
        held_hosts = status.count_hosts(connection, now=NOON, real_now=NOON)
        (worst,) = status.failing_feeds(connection)
        states = status.poll_states(connection)

    assert (counted.feeds, counted.paused, counted.retired) == (3, 1, 0)
    assert (counted.failing, counted.due) == (1, 1)
    assert (waiting.state, waiting.pages, waiting.due, waiting.in_flight) == ("waiting", 2, 1, 1)
    assert backlog == 2
    assert (held_hosts.hosts, held_hosts.leased, held_hosts.backing_off) == (1, 1, 0)
    assert (worst.id, worst.failures, worst.last_error) == (failing, 2, "reset")
    assert states == [(host_id, state)]


def test_status_counts_what_is_stored(service):
    with service.database.connection() as connection:
        empty = status.count_articles(connection)
        publish_articles(connection, [("wire", article(1)), ("wire", article(2))])
        stored = status.count_articles(connection)

    assert (empty.articles, empty.newest_change, empty.newest_change_at) == (0, 0, None)
    assert (stored.articles, stored.revisions, stored.gaps, stored.entries) == (2, 2, 0, 0)
    assert (stored.newest_change, stored.newest_change_at) == (2, NOON)


# ── one bad row ─────────────────────────────────────────────────────────────────────────


def claimed_pages(service, count=3):
    """Return a leased host and its pages, taken."""
    with service.database.connection() as connection:
        source_id, host_id = add_source(connection), add_host(connection)
        pages.make_pages_due(
            connection, [wanted(source_id, host_id, str(n)) for n in range(1, count + 1)]
        )
        real = service.clock.real()
        (held,) = claim(connection, real=real)
        return held, take_pages(connection, held)


def claimed_feed(service):
    """Return a leased host and its feed, taken."""
    with service.database.connection() as connection:
        source_id, host_id = add_source(connection), add_host(connection)
        add_feed(connection, source_id, host_id)
        (held,) = claim(connection, real=service.clock.real())
        (due,) = take_feeds(connection, held)
        return source_id, held, due


def announced(feed_id, host_id, source_id, number, title="A title"):
    row = EntryRow(
        feed_id=feed_id,
        identity=f"g{number}",
        url_key=None,
        digest=b"d",
        entry=Entry(guid=f"g{number}", title=title),
        seen_at=NOON,
    )
    return Announced(entry=row, page=wanted(source_id, host_id, str(number)))


def write(service, *outcomes):
    """Hand outcomes to a writer at once; return what became of each."""

    async def put_all():
        async with Writer(service) as writer:
            futures = [await writer.put(outcome) for outcome in outcomes]
        return await asyncio.gather(*futures, return_exceptions=True)

    return asyncio.run(put_all())


def page_states(service):
    return {
        url[-1]: (state, outcome, error)
        for url, state, outcome, error in rows(
            service, "SELECT url, state, last_outcome, last_error FROM ingest.page ORDER BY url"
        )
    }


@pytest.mark.parametrize(
    ("damage", "reason"),
    [("a \0 in it", "NUL"), ("a \ud800 in it", "surrogates not allowed")],
)
def test_a_bad_text_is_said_so_and_its_neighbours_are_stored(service, damage, reason):
    held, taken = claimed_pages(service)
    outcomes = [page_outcome(held, page, article(n)) for n, page in enumerate(taken, 1)]
    outcomes[1] = replace(outcomes[1], article=article(2, title=damage))

    became = write(service, *outcomes)

    states = page_states(service)
    titles = rows(service, "SELECT title FROM khabar.article ORDER BY article")
    assert became == [True, True, True]
    assert titles == [("Headline 1",), ("Headline 3",)]
    assert (states["1"], states["3"]) == (("stored", "stored", None),) * 2
    assert states["2"][:2] == ("failed", "unstorable")
    assert reason in states["2"][2]


def test_a_bad_announcement_is_said_so_and_the_feed_goes_on(service):
    source_id, held, due = claimed_feed(service)
    found = tuple(
        announced(due.id, held.id, source_id, n, "a \0" if n == 2 else "fine") for n in (1, 2)
    )

    became = write(service, feed_outcome(held, due, announced=found))

    kept = rows(service, "SELECT last_outcome, last_error, next_poll_at FROM ingest.feed")
    logged = rows(service, "SELECT outcome FROM ingest.poll")
    assert became == [True]
    assert kept[0][0] == "unstorable"
    assert "NUL" in kept[0][1]
    assert kept[0][2] == NOON + HOUR
    assert logged == [("unstorable",)]


def test_what_cannot_even_be_written_off_is_an_error_of_its_own(service):
    held, (page, neighbour) = claimed_pages(service, 2)
    hopeless = page_outcome(held, page, article(1))
    hopeless = replace(hopeless, row=attempted(page, etag="\0"))

    became = write(service, hopeless, page_outcome(held, neighbour, article(2)))

    assert isinstance(became[0], psycopg.DataError)
    assert became[1] is True
    assert rows(service, "SELECT title FROM khabar.article") == [("Headline 2",)]


def test_a_fault_of_ours_fails_the_batch_and_not_the_writer(service):
    held, (page, other) = claimed_pages(service, 2)
    broken = replace(page_outcome(held, page, article(1)), host=None)

    became = write(service, broken)
    after = write(service, page_outcome(held, other, article(2)))

    assert isinstance(became[0], AttributeError)
    assert after == [True]


# ── leases and batches ──────────────────────────────────────────────────────────────────


def test_a_host_that_is_anothers_by_now_loses_its_rows_and_not_its_neighbours(service):
    held, (one, two) = claimed_pages(service, 2)
    with service.database.connection() as connection:
        other_id = add_host(connection, "other.example")
        source_id = add_source(connection)
        pages.make_pages_due(connection, [wanted(source_id, other_id, "3")])
        (other,) = claim(connection, real=service.clock.real())
        (three,) = take_pages(connection, other)
    stale = replace(held, token=held.token - 1)

    became = write(
        service,
        page_outcome(stale, one, article(1)),
        page_outcome(other, three, article(3)),
        page_outcome(stale, two, article(2)),
    )

    assert [type(found) for found in became] == [LeaseLost, bool, LeaseLost]
    assert rows(service, "SELECT title FROM khabar.article") == [("Headline 3",)]


def test_a_lost_lease_is_found_out_row_by_row_too(service):
    held, taken = claimed_pages(service)
    outcomes = [page_outcome(held, page, article(n)) for n, page in enumerate(taken, 1)]
    outcomes[0] = replace(outcomes[0], host=replace(held, id=held.id + 1))
    outcomes[1] = replace(outcomes[1], article=article(2, title="\0"))

    became = write(service, *outcomes)

    assert isinstance(became[0], LeaseLost)
    assert became[1:] == [True, True]


def test_a_batch_takes_so_many_rows_and_no_more(database):
    with open_test_service(database, batch_rows=2, batch_wait=timedelta(seconds=5)) as service:
        held, taken = claimed_pages(service, 5)
        outcomes = [page_outcome(held, page, article(n)) for n, page in enumerate(taken, 1)]

        became = write(service, *outcomes)
        stored_in = rows(service, "SELECT count(DISTINCT xmin::text) FROM khabar.change")

    assert became == [True] * 5
    assert stored_in == [(3,)]


def test_an_announcement_wakes_the_host_it_leads_to(service):
    source_id, held, due = claimed_feed(service)
    with service.database.connection() as connection:
        elsewhere = add_host(connection, "pages.example", due_at=NOON + DAY)
    found = (
        announced(due.id, elsewhere, source_id, 1),
        replace(announced(due.id, elsewhere, source_id, 2), page=None),
    )

    lost = commit_batch(service, [feed_outcome(held, due, announced=found)])

    woken = rows(service, "SELECT due_at FROM ingest.host WHERE name = 'pages.example'")
    linked = rows(
        service,
        "SELECT page.entry_id = entry.id FROM ingest.page, ingest.entry"
        " WHERE entry.identity = 'g1'",
    )
    assert lost == set()
    assert woken == [(NOON,)]
    assert linked == [(True,)]


def test_a_feed_that_moved_to_another_host_is_due_there(service):
    _, held, due = claimed_feed(service)
    with service.database.connection() as connection:
        elsewhere = add_host(connection, "new.example", due_at=NOON + DAY)
    row = polled(due, held, url="https://new.example/feed", host_id=elsewhere)

    commit_batch(service, [replace(feed_outcome(held, due), feed=row)])

    assert rows(service, "SELECT due_at FROM ingest.host WHERE name = 'new.example'") == [
        (NOON + HOUR,)
    ]


# ── the database away ───────────────────────────────────────────────────────────────────


def test_a_batch_waits_for_a_database_that_comes_back(service):
    held, (page,) = claimed_pages(service, 1)
    outcome = page_outcome(held, page, article(1))
    with psycopg.connect(service.database.url, autocommit=True) as rude:
        rude.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert write(service, outcome) == [True]
    assert rows(service, "SELECT count(*) FROM khabar.article") == [(1,)]


def test_a_process_that_must_end_waits_for_no_database(service):
    held, (page,) = claimed_pages(service, 1)
    outcome = page_outcome(held, page, article(1))
    away = Database("postgresql://127.0.0.1:1/khabar")
    service.database, kept = away, service.database
    service.stop()

    became = write(service, outcome)
    service.database = kept

    assert service.is_stopping
    assert isinstance(became[0], DatabaseUnavailable)


def test_a_database_that_is_away_is_one_sentence(database):
    settings = settings_for("postgresql://127.0.0.1:1/khabar")
    with pytest.raises(DatabaseUnavailable, match="no database"), open_service(settings):
        pass
    unnamed = settings_for(database, database_url=None)
    with pytest.raises(DatabaseUnavailable, match="no database is named"), open_service(unnamed):
        pass


def test_a_source_nobody_declared_is_known_from_its_row(service):
    with service.database.connection() as connection:
        add_source(connection, "by-hand")

    assert service.source_of("by-hand").name == "By-Hand"
    with pytest.raises(LookupError, match="no source 'none'"):
        service.source_of("none")


def test_two_batches_in_each_others_way_are_both_committed(database):
    with open_test_service(database) as service:
        held, taken = claimed_pages(service, 6)
        outcomes = [page_outcome(held, page, article(n)) for n, page in enumerate(taken, 1)]
        barrier, ended = threading.Barrier(2), []

        def commit(mine):
            barrier.wait(timeout=10)
            ended.append(commit_batch(service, mine))

        both = [
            threading.Thread(target=commit, args=(mine,)) for mine in (outcomes[:3], outcomes[3:])
        ]
        for one in both:
            one.start()
        for one in both:
            one.join(timeout=30)
        with service.database.connection() as connection:
            ids = [row["change"] for row in changes.changes_after(connection, 0)]

    assert ended == [set(), set()]
    assert len(ids) == 6
