"""The raw archive is read again: what changed is told apart, what failed is left, runs go on."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from ingest.errors import DiskShort
from ingest.extract.engine import ENGINE
from ingest.pipeline.disk import Disk
from ingest.pipeline.reprocess import Reprocess
from ingest.storage.change import lock_changes
from tests.agency import feed, html, item, page, paragraphs
from tests.command import khabar, start_khabar
from tests.service import changes, follow, open_test_service, pages, rows, work
from tests.web import Web

DISK_RESERVE = 100_000_000
LOCK_WAITED_FOR = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
NOTICE = "Reports on this page are a part of what subscribers receive; write to us for the rest."


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def with_notice(number: int) -> bytes:
    return page(number).replace(b"</article>", f"<p>{NOTICE}</p></article>".encode())


def collect(service, site, numbers) -> None:
    """Store articles with a notice, one after the other."""
    for number in numbers:
        site.on(f"/{number}", html(with_notice(number)))
    site.on("/feed", feed([item(site.origin, number) for number in numbers]))
    follow(service, site.url("/feed"))
    work(service, until=lambda: len(changes(service)) == len(numbers))


def execute(service, statement, *params) -> None:
    with service.database.connection() as connection:
        connection.execute(statement, params)


def archive(service, number: int, body: bytes) -> None:
    """Let the archive hold other bytes for a page: what a better extractor would make of it."""
    packed = zstandard.ZstdCompressor().compress(body)
    execute(
        service,
        """UPDATE ingest.raw_page SET body = %s FROM ingest.page
            WHERE page.id = page_id AND page.url LIKE %s""",
        packed,
        f"%/{number}",
    )


def run(service, **options):
    return Reprocess(service, **options).run(lambda _report: None)


@pytest.fixture
def newsroom(database, site):
    """A service that stored six articles, four of them before their notice was learnt."""
    with open_test_service(database, batch_rows=1) as service:
        collect(service, site, range(1, 7))
        yield service


def test_what_was_stored_before_the_notice_was_learnt_loses_it(newsroom):
    before = len(changes(newsroom))

    report = run(newsroom)
    told = changes(newsroom)[before:]

    assert report.counts == {"revised": 4, "unchanged": 2}
    assert {(row["kind"], row["cause"]) for row in told} == {("revised", "reprocess")}
    assert {tuple(row["changed"]) for row in told} == {("body", "notice")}
    assert told[0]["body"].split("\n") == paragraphs(1)
    assert told[0]["notice"] == NOTICE
    assert {row["story"] for row in told} == {row["story"] for row in changes(newsroom)[:4]}


def test_the_same_again_changes_nothing(newsroom):
    run(newsroom)
    before = len(changes(newsroom))

    report = run(newsroom)

    assert report.counts == {"unchanged": 6}
    assert len(changes(newsroom)) == before


def test_a_revision_tells_what_it_was_read_from_and_by_whom(newsroom):
    run(newsroom)

    told = rows(
        newsroom,
        """SELECT two.cause, two.engine, two.page_id = one.page_id, two.fetched_at = one.fetched_at,
                  two.stored_at > one.stored_at
             FROM ingest.revision AS one
             JOIN ingest.revision AS two USING (article_id)
            WHERE one.number = 1 AND two.number = 2""",
    )

    assert set(told) == {("reprocess", ENGINE, True, True, True)}


def test_a_dry_run_says_the_same_and_stores_nothing(newsroom):
    before = len(changes(newsroom))

    report = run(newsroom, dry_run=True)

    assert report.counts == {"revised": 4, "unchanged": 2}
    assert [one.changed for one in report.revised] == [("body", "notice")] * 4
    assert len(changes(newsroom)) == before
    assert rows(newsroom, "SELECT * FROM ingest.reprocess") == []


def test_an_article_whose_page_gives_none_now_is_left_as_it_is(newsroom):
    archive(newsroom, 1, b"<html><title>404 not found</title><p>Page not found.</p></html>")
    archive(newsroom, 2, b"")
    before = len(changes(newsroom))

    report = run(newsroom)

    assert report.counts == {"no_article": 2, "revised": 2, "unchanged": 2}
    assert sum(report.reasons.values()) == 2
    assert {row["article"] for row in changes(newsroom)[before:]}.isdisjoint(
        row["article"] for row in changes(newsroom)[:2]
    )


@pytest.mark.parametrize("state", ["withdrawn", "removed"])
def test_what_was_taken_away_is_not_touched(newsroom, state):
    execute(newsroom, "UPDATE ingest.article SET state = %s", state)
    before = len(changes(newsroom))

    report = run(newsroom)

    assert report.articles == 0
    assert len(changes(newsroom)) == before


def test_a_page_that_left_the_archive_is_counted(newsroom):
    execute(newsroom, "DELETE FROM ingest.raw_page")

    assert run(newsroom).counts == {"not_archived": 6}


def test_what_was_interrupted_goes_on_where_it_ended(newsroom):
    def stop(report) -> None:
        if report.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Reprocess(newsroom, scope="all", batch=2).run(stop)
    between = len(changes(newsroom))
    report = run(newsroom, scope="all")

    assert between == 6 + 2
    assert report.resumed_after == changes(newsroom)[1]["article"]
    assert (report.articles, report.counts) == (6, {"revised": 4, "unchanged": 2})
    assert len(report.revised) == 2
    assert rows(newsroom, "SELECT * FROM ingest.reprocess") == []


def test_little_room_ends_it_in_a_sentence_and_the_same_words_go_on(database, site, service_home):
    free = [DISK_RESERVE]

    def fill(report) -> None:
        free[0] -= report.done

    with open_test_service(database, home=service_home, disk_reserve=DISK_RESERVE) as service:
        collect(service, site, range(1, 7))
        service.disk = Disk(service.settings, free=lambda _: free[0])
        with pytest.raises(DiskShort, match=r"MB are free at .*; the same command goes on"):
            Reprocess(service, batch=2).run(fill)
        looked_only = run(service, dry_run=True)
        free[0] = 2 * DISK_RESERVE
        report, stored = run(service), [row["article"] for row in changes(service)]

    assert looked_only.articles == 6
    assert report.done == 6
    assert report.resumed_after == stored[1]


def test_who_revised_an_article_meanwhile_wins(newsroom):
    """A reading waits for the change lock while an editor's correction is committed under it."""
    first = changes(newsroom)[0]["article"]
    with ThreadPoolExecutor(1) as pool, newsroom.database.connection() as other:
        lock_changes(other)
        done = pool.submit(run, newsroom)
        while not rows(newsroom, LOCK_WAITED_FOR):
            assert not done.done()
            time.sleep(0.02)
        other.execute("UPDATE ingest.revision SET number = 2 WHERE article_id = %s", [first])
        other.execute("UPDATE ingest.article SET revision = 2 WHERE id = %s", [first])
        other.commit()
        report = done.result()

    assert report.counts == {"overtaken": 1, "revised": 3, "unchanged": 2}
    assert first not in {one.article for one in report.revised}


def test_only_one_source_or_only_what_was_fetched_lately(newsroom):
    (slug,) = {row["source"] for row in changes(newsroom)}
    execute(newsroom, "UPDATE ingest.revision SET fetched_at = fetched_at - interval '9 days'")
    late = newsroom.clock.now()

    assert run(newsroom, source="nobody", dry_run=True).articles == 0
    assert run(newsroom, source=slug, dry_run=True).articles == 6
    assert run(newsroom, since=late, dry_run=True).articles == 0


def test_an_article_on_several_pages_is_read_whole(database, site):
    link = b"<link rel=next href='/story/2'></head>"
    site.on("/story", html(page(1, title="Long").replace(b"</head>", link)))
    site.on("/story/2", html(page(2, title="Long")))
    site.on("/feed", feed([item(site.origin, "story")]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        report = run(service)

    assert report.counts == {"unchanged": 1}


def test_a_text_older_than_the_window_stays_out_of_the_story_index(newsroom):
    execute(newsroom, "DELETE FROM ingest.sketch")
    execute(newsroom, "DELETE FROM ingest.posting")

    report = run(newsroom)

    assert report.counts["revised"] == 4
    assert rows(newsroom, "SELECT * FROM ingest.sketch") == []


# ── the command ─────────────────────────────────────────────────────────────────────────


def test_the_command_says_what_changed(newsroom):
    database = newsroom.settings.database_url

    dry = khabar("reprocess", "--dry-run", database=database).out
    done = khabar("reprocess", "--since", "1d", "--json", database=database).json
    again = khabar("reprocess", database=database).out

    assert "6 articles\n  2 read as before\n  4 read differently\n" in dry
    assert "would change" in dry
    assert (done["revised"], done["unchanged"], done["dry_run"]) == (4, 2, False)
    assert [one["changed"] for one in done["changed"]] == [["body", "notice"]] * 4
    assert again == "6 articles\n  6 read as before\n"


def test_ctrl_c_ends_the_command_and_the_same_command_goes_on(newsroom):
    """It is interrupted while it waits for the change lock; the batch in hand is committed."""
    database = newsroom.settings.database_url
    with newsroom.database.connection() as other:
        lock_changes(other)
        with start_khabar("reprocess", database=database) as program:
            while not rows(newsroom, LOCK_WAITED_FOR):
                assert program.poll() is None
                time.sleep(0.02)
            program.send_signal(signal.SIGINT)
            other.commit()
            status = program.wait(60)
    again = khabar("reprocess", database=database).out

    assert status == 130
    assert again.startswith("went on after article")
    assert "6 articles\n  2 read as before\n  4 read differently\n" in again


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--source", "nobody"), 1, "no source 'nobody'"),
        (("--since", "yesterday"), 2, "neither a duration like 30d nor a day"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_sentence(database, words, status, said):
    done = khabar("reprocess", *words, database=database)

    assert done.status == status
    assert said in done.err
    assert done.err.count("\n") == 1


def test_pages_seen_are_untouched_by_a_reading(newsroom):
    before = pages(newsroom)

    run(newsroom)

    assert pages(newsroom) == before


def test_a_text_read_anew_is_found_by_its_words(newsroom):
    execute(newsroom, "DELETE FROM ingest.search_due")

    report = run(newsroom)
    due = rows(newsroom, "SELECT article_id FROM ingest.search_due ORDER BY 1")

    assert [row[0] for row in due] == [one.article for one in report.revised]
