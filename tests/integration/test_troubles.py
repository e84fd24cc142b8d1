"""What needs a person: found on a real database, shown by status, told once by the alert."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from ingest.embedded.servers import is_alive
from ingest.pipeline import upkeep
from ingest.pipeline.troubles import (
    FEW,
    MANY,
    feed_troubles,
    look_for_troubles,
    source_troubles,
    unusual_silence,
)
from ingest.storage import trouble as troubles
from ingest.storage.trouble import FeedHealth, SourceHealth, Trouble
from tests.command import khabar
from tests.programs import wait_for
from tests.service import open_test_service, rows, settings_for
from tests.stored import DAY, HOUR, NOON, add_feed, add_host, add_source
from workers.alerts import Alerts


@pytest.fixture
def service(database):
    with open_test_service(database) as opened:
        yield opened


@pytest.fixture
def feed(service):
    """A feed with a habit: an entry each hour for two weeks."""
    now = service.clock.now()
    with service.database.connection() as connection:
        number = add_feed(connection, add_source(connection), add_host(connection))
        connection.execute(
            "INSERT INTO ingest.entry (feed_id, identity, digest, first_seen_at, changed_at)"
            " SELECT %s, n, '', at, at FROM (SELECT n, %s - n * interval '1 hour' AS at"
            " FROM generate_series(0, 336) AS n) AS entry",
            (number, now - 2 * DAY),
        )
        connection.execute(
            "UPDATE ingest.feed SET last_new_at = %s, last_ok_at = %s", (now - 2 * DAY, now)
        )
    return number


def kinds(service):
    return [found.kind for found in look_for_troubles(service, service.clock.now())]


def run_sql(service, statement, *params):
    with service.database.connection() as connection:
        connection.execute(statement, params)


# ── feeds ───────────────────────────────────────────────────────────────────────────────


def test_a_feed_that_answers_but_brings_nothing_is_noticed(service, feed):
    found = look_for_troubles(service, service.clock.now())

    assert [one.kind for one in found] == ["feed-stale"]
    assert "brought nothing for 2 d; usual is 1 h" in found[0].sentence
    assert found[0].cure == f"khabar feed show {feed}"


@pytest.mark.usefixtures("feed")
def test_a_feed_that_brings_something_again_is_no_trouble_any_more(service):
    look_for_troubles(service, service.clock.now())

    run_sql(service, "UPDATE ingest.feed SET last_new_at = %s", service.clock.now())
    look_for_troubles(service, service.clock.now())

    assert rows(service, "SELECT kind FROM ingest.trouble WHERE ended_at IS NULL") == []


@pytest.mark.usefixtures("feed")
def test_a_feed_that_fails_for_a_day_is_noticed(service):
    run_sql(
        service,
        "UPDATE ingest.feed SET failures = 9, last_error = url || ': HTTP 404', last_ok_at = %s",
        service.clock.now() - 2 * DAY,
    )

    found = look_for_troubles(service, service.clock.now())

    assert [one.kind for one in found] == ["feed-fails"]
    assert found[0].sentence.endswith("no answer for 2 d: HTTP 404")


@pytest.mark.usefixtures("feed")
def test_a_feed_that_is_gone_is_told_for_a_week(service):
    now = service.clock.now()
    run_sql(service, "UPDATE ingest.feed SET retired_at = %s, last_error = 'HTTP 410'", now - DAY)
    first = kinds(service)
    run_sql(service, "UPDATE ingest.feed SET retired_at = %s", now - 8 * DAY)

    assert (first, kinds(service)) == (["feed-retired"], [])


@pytest.mark.usefixtures("feed")
def test_a_feed_that_a_person_paused_is_nobodys_trouble(service):
    run_sql(service, "UPDATE ingest.feed SET paused_at = %s", service.clock.now())

    assert kinds(service) == []


def health(**changes):
    given = FeedHealth(
        id=1, source="wire", url="https://wire.example/feed", added_at=NOON - 90 * DAY, failures=0,
        last_ok_at=NOON, last_new_at=NOON, last_error=None, retired_at=None, news=100,
        span=timedelta(days=20), longest=timedelta(hours=14),
    )  # fmt: skip
    return replace(given, **changes)


@pytest.mark.parametrize(
    ("silence", "changes", "is_unusual"),
    [
        (47 * HOUR, {}, False),  # ten times 4.8 h
        (49 * HOUR, {}, True),
        (49 * HOUR, {"longest": 2.5 * DAY}, False),  # a weekend is its habit
        (4 * DAY, {"longest": 2.5 * DAY}, True),
        (49 * HOUR, {"span": 5 * DAY}, False),  # its first weekend
        (300 * DAY, {"news": 4}, False),  # no habit yet
    ],
)
def test_a_silence_is_measured_by_the_feeds_own_habit(silence, changes, is_unusual):
    feed = health(last_new_at=NOON - silence, **changes)

    assert (unusual_silence(feed, NOON) is not None) == is_unusual


def test_a_feed_that_never_answered_is_given_a_day():
    never = {"last_ok_at": None, "last_new_at": None, "failures": 3}
    young, old = health(added_at=NOON - HOUR, **never), health(added_at=NOON - 2 * DAY, **never)

    assert [one.kind for one in feed_troubles([young, old], NOON)] == ["feed-fails"]


# ── articles ────────────────────────────────────────────────────────────────────────────


def agency(**changes):
    given = SourceHealth(
        source="wire", articles=20, articles_before=200, length=2000.0, length_before=2100.0,
        empty=0, empty_before=2, ahead=0, undated=0, undated_before=3, no_article=1,
        no_article_before=10,
    )  # fmt: skip
    return replace(given, **changes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"length": 700.0}, "bodies-short"),
        ({"length": 800.0}, None),
        ({"empty": 12, "length": None}, "bodies-short"),
        ({"empty": 12, "empty_before": 150, "length": None}, None),  # an agency of pictures
        ({"ahead": 7}, "dates-ahead"),
        ({"ahead": 2}, None),
        ({"undated": 15}, "dates-missing"),
        ({"undated": 15, "undated_before": 150}, None),  # it never says
        ({"articles": 0, "length": None, "no_article": 9}, "no-article"),
        ({"no_article": 20, "no_article_before": 200}, None),  # as ever
        ({"articles": FEW - 1, "length": 100.0}, None),
        ({"articles_before": MANY - 1, "length": 100.0}, None),
    ],
)
def test_an_agencys_articles_are_compared_with_its_own(changes, kind):
    found = [one.kind for one in source_troubles([agency(**changes)], NOON)]

    assert found == ([kind] if kind else [])


def add_articles(connection, source_id, number, *, at, body, published):
    connection.execute(
        "WITH article AS (INSERT INTO ingest.article (source_id, url, first_seen_at, changed_at,"
        " revision) SELECT %s, n::text, %s, %s, 1 FROM generate_series(1, %s) AS n RETURNING id)"
        " INSERT INTO ingest.revision (article_id, number, cause, digest, title, body,"
        " published_at, published_precision, fetched_at, engine, rule, stored_at)"
        " SELECT id, 1, 'live', '', 'T', %s, %s, 'minute', %s, 1, 'x', %s FROM article",
        (source_id, at, at, number, body, published, at, at),
    )


def test_an_agency_that_changes_its_layout_is_noticed(service):
    now = service.clock.now()
    with service.database.connection() as connection:
        wire, fine = add_source(connection), add_source(connection, "fine")
        for source_id, body in ((wire, "short"), (fine, "a text of a usual length" * 9)):
            add_articles(
                connection, source_id, 30, at=now - 3 * DAY, published=now - 3 * DAY,
                body="a text of a usual length" * 10,
            )  # fmt: skip
            add_articles(
                connection, source_id, 10, at=now - HOUR, body=body,
                published=now + (2 * HOUR if source_id == wire else -HOUR),
            )  # fmt: skip

    found = look_for_troubles(service, now)

    assert {(one.kind, one.subject) for one in found} == {
        ("bodies-short", "wire"),
        ("dates-ahead", "wire"),
    }
    assert found[0].cure == "khabar source check wire"


# ── pages, readers ──────────────────────────────────────────────────────────────────────


def test_pages_that_wait_or_kill_their_reader_are_noticed(service):
    now = service.clock.now()
    with service.database.connection() as connection:
        source_id, host_id = add_source(connection), add_host(connection)
        for path, state, outcome, due in (
            ("https://wire.example/?p=1&n=1", "waiting", None, now - 2 * DAY),
            ("2", "waiting", None, now - HOUR),
            ("3", "failed", "crash", None),
            ("4", "failed", "404", None),
        ):
            connection.execute(
                "INSERT INTO ingest.page (host_id, source_id, url, url_key, state, last_outcome,"
                " due_at, added_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (host_id, source_id, path, path, state, outcome, due, now),
            )
        connection.execute("UPDATE ingest.host SET last_error = 'the certificate has expired'")

    found = {one.kind: one for one in look_for_troubles(service, now)}

    assert {kind: one.sentence for kind, one in found.items()} == {
        "pages-crash": "wire: pages whose reading killed its process: 1",
        "pages-wait": "wire.example: pages that wait, up to 2 d: 1; the certificate has expired",
    }
    assert found["pages-wait"].cure == "khabar extract 'https://wire.example/?p=1&n=1'"


def test_a_consumer_that_stands_still_is_noticed(service):
    run_sql(
        service,
        "INSERT INTO khabar.change (at, kind, cause, article, source)"
        " VALUES (%s, 'new', 'live', 1, 'wire')",
        NOON,
    )
    run_sql(
        service,
        "INSERT INTO ingest.consumer (name, cursor, committed_at)"
        " VALUES ('late', 0, %(old)s), ('there', 1, %(old)s), ('new', 0, now())".replace(
            "%(old)s", "now() - interval '8 days'"
        ),
    )

    found = look_for_troubles(service, service.clock.now())

    assert [(one.kind, one.subject) for one in found] == [("reader-behind", "late")]


def test_what_the_catalog_lacks_is_noticed_and_checked_by_command(database, service):
    upkeep.run_upkeep(service)
    fine = khabar("db", "check", database=database)
    now = service.clock.now()
    month = f"{now.replace(day=28) + 7 * DAY:%Y_%m}"
    run_sql(service, "DROP PUBLICATION khabar")
    run_sql(service, f"DROP TABLE ingest.poll_{month}")
    run_sql(
        service,
        "ALTER TABLE ingest.gap ADD CONSTRAINT gap_odd CHECK (at_least < 99) NOT VALID",
    )

    found = look_for_troubles(service, now)
    done = khabar("db", "check", "--json", database=database)

    assert fine.status == 0
    assert fine.out.endswith("fine\n")
    assert [(one.kind, one.subject) for one in found] == [
        ("catalog", "gap_odd"),
        ("catalog", f"ingest.poll_{month}"),
        ("catalog", "khabar"),
    ]
    assert done.status == 1
    assert [one["thing"] for one in done.json["faults"]] == [one.subject for one in found]


# ── shown ───────────────────────────────────────────────────────────────────────────────


def test_upkeep_looks_and_status_shows_with_the_command_that_helps(database, service, feed):
    upkeep.run_upkeep(service)

    shown = khabar("status", database=database).out
    told = khabar("status", "--json", database=database).json["troubles"]

    assert "needs a person" in shown
    assert f"khabar feed show {feed}" in shown
    assert [trouble["kind"] for trouble in told] == ["feed-stale"]


def test_without_troubles_status_does_not_speak_of_them(database):
    assert "needs a person" not in khabar("status", database=database).out


# ── alerts ──────────────────────────────────────────────────────────────────────────────


class Reports:
    """What an operator's command was told, a JSON object a line."""

    def __init__(self, path):
        self.path = path
        self.command = f"cat >> {path}"

    def read(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture
def reports(tmp_path):
    path = tmp_path / "told"
    path.touch()
    return Reports(path)


def alerts(database, command, reasons=(), **seconds):
    settings = settings_for(database, alert=command)
    return Alerts(settings, lambda: list(reasons), unready_seconds=100.0, **seconds)


STALE = Trouble(kind="feed-stale", subject="u", sentence="wire: خبر", cure="look", since=NOON)


def keep(service, *found):
    with service.database.connection() as connection:
        troubles.keep_troubles(connection, ["feed-stale"], found, at=NOON)


def test_a_trouble_is_told_once_whoever_looks(database, service, reports):
    keep(service, STALE, replace(STALE, subject="v"))

    for _ in range(3):  # a restart of the daemon each
        alerts(database, reports.command).look(0.0)

    assert [one["subject"] for one in reports.read()] == ["u", "v"]
    assert reports.read()[0]["sentence"] == "wire: خبر"


def test_a_trouble_that_ends_and_comes_back_is_told_again(database, service, reports):
    for found in ((STALE,), (), (STALE,), (STALE,)):
        keep(service, *found)
        alerts(database, reports.command).look(0.0)

    assert len(reports.read()) == 2


def test_a_command_that_fails_is_run_again_later(database, service, reports):
    keep(service, STALE)
    alert = alerts(database, f"cat >> {reports.path}; false")

    alert.look(0.0)
    alert.look(1.0)
    once = len(reports.read())
    alert.look(40.0)

    assert (once, len(reports.read())) == (1, 2)


def test_a_command_that_hangs_is_killed_with_all_that_it_started(database, service, tmp_path):
    keep(service, STALE)
    command = f"sleep 1000 & echo $! > {tmp_path}/child; wait"

    alerts(database, command, command_seconds=1.0).look(0.0)

    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not psutil.pid_exists(child) or not is_alive(psutil.Process(child)))
    assert rows(service, "SELECT told_at FROM ingest.trouble") == [(None,)]


def test_the_command_finds_the_facts_in_its_environment(database, service, tmp_path):
    keep(service, STALE)

    alerts(database, f'echo "$KHABAR_TROUBLE_KIND: $KHABAR_TROUBLE_CURE" > {tmp_path}/x').look(0.0)

    assert (tmp_path / "x").read_text() == "feed-stale: look\n"


def test_a_service_that_is_not_ready_for_long_is_a_trouble(database, service, reports):
    reasons = ["no ring was answered for 60 s"]
    alert = alerts(database, reports.command, reasons)

    alert.look(0.0)
    alert.look(99.0)
    early = reports.read()
    alert.look(101.0)
    alert.look(102.0)
    told = reports.read()
    reasons.clear()
    alert = Alerts(settings_for(database, alert=reports.command), list)
    alert.look(200.0)

    assert early == []
    assert [one["sentence"] for one in told] == ["nothing comes in: no ring was answered for 60 s"]
    assert rows(service, "SELECT ended_at IS NULL FROM ingest.trouble") == [(False,)]


def test_a_daemon_that_is_not_ready_is_told_once_beside_one_that_is(database, service, reports):
    """Such as workers and beat on one machine."""
    ready, unready = (alerts(database, reports.command, why) for why in ([], ["beat is silent"]))

    for now in (0.0, 101.0, 102.0, 103.0):
        unready.look(now)
        ready.look(now)

    assert [one["kind"] for one in reports.read()] == ["not-ready"]
    assert rows(service, "SELECT ended_at IS NULL FROM ingest.trouble") == [(True,)]


def test_a_database_that_is_away_is_told_from_memory_once(reports):
    nobody = "postgresql://127.0.0.1:1/nobody"
    alert = alerts(nobody, reports.command, ["no database: away"])

    for now in (0.0, 101.0, 102.0, 500.0):
        alert.look(now)

    assert [one["kind"] for one in reports.read()] == ["not-ready"]


# ── retention ───────────────────────────────────────────────────────────────────────────


def add_raw(connection, source_id, host_id, path, at):
    connection.execute(
        "WITH page AS (INSERT INTO ingest.page (host_id, source_id, url, url_key, added_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (url_key) DO UPDATE SET url = excluded.url"
        " RETURNING id) INSERT INTO ingest.raw_page (page_id, fetched_at, final_url, size, body)"
        " SELECT id, %s, '', 1, 'x' FROM page",
        (host_id, source_id, path, path, at, at),
    )


def test_each_agencys_raw_pages_are_kept_as_long_as_it_declares(service):
    now = service.clock.now()
    with service.database.connection() as connection:
        host = add_host(connection)
        for slug, retention in (("short", 7 * DAY), ("long", 400 * DAY), ("usual", None)):
            source_id = add_source(connection, slug)
            connection.execute(
                "UPDATE ingest.source SET retention = %s WHERE id = %s", (retention, source_id)
            )
            for days in (1, 8, 100, 500):
                add_raw(connection, source_id, host, f"{slug}-{days}", now - days * DAY)

    upkeep.run_upkeep(service)

    left = rows(
        service,
        "SELECT page.url FROM ingest.raw_page JOIN ingest.page ON page.id = page_id ORDER BY 1",
    )
    assert [row[0] for row in left] == [
        "long-1", "long-100", "long-8", "short-1", "usual-1", "usual-8",
    ]  # fmt: skip


@pytest.mark.usefixtures("feed")
def test_a_step_of_upkeep_that_fails_leaves_the_others_alone(service):
    run_sql(service, "ALTER TABLE ingest.poll RENAME COLUMN at TO moment")

    assert upkeep.run_upkeep(service)

    assert ("feed-stale",) in rows(service, "SELECT kind FROM ingest.trouble")


def test_troubles_that_ended_long_ago_are_forgotten(service):
    at = datetime.now(UTC) - 100 * DAY
    with service.database.connection() as connection:
        troubles.open_trouble(connection, STALE)
        troubles.end_trouble(connection, STALE, at=at)

    upkeep.run_upkeep(service)

    assert rows(service, "SELECT count(*) FROM ingest.trouble") == [(0,)]
