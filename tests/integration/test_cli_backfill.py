"""`khabar backfill` as people type it."""

from __future__ import annotations

import json
import signal
import time
from contextlib import contextmanager

import pytest

from ingest.storage.database import connect
from ingest.storage.schema import WORKERS
from tests.agency import feed, html, page
from tests.command import LOOPBACK, khabar, start_khabar
from tests.service import follow, open_test_service, work
from tests.warc import warc_record
from tests.web import Answer, Web


@pytest.fixture
def site():
    with Web() as web:
        host = web.new_host()
        rows = ""
        for number in (1, 2, 3):
            host.on(f"/n/{number}", html(page(number)))
            rows += f"<url><loc>/n/{number}</loc><lastmod>2025-11-17</lastmod></url>"
        rows += "<url><loc>/n/4</loc></url>"
        host.on("/sitemap.xml", Answer(f"<urlset>{rows}</urlset>".encode()))
        host.on("/feed", feed([]))
        yield host


@pytest.fixture
def run(database, site, tmp_path):
    """Run `khabar backfill …` on a database that follows the site."""
    with open_test_service(database) as service:
        follow(service, site.url("/feed"))

    def run(*arguments, stdin=b"", **environment):
        settings = LOOPBACK | {"KHABAR_HOME": str(tmp_path)} | environment
        return khabar("backfill", *arguments, stdin=stdin, database=database, **settings)

    return run


@contextmanager
def workers(database):
    """A worker's session, as `khabar backfill` looks for it."""
    with connect(database, name=WORKERS):
        yield


def work_off(database):
    with open_test_service(database) as service:

        def ended():
            with service.database.connection() as connection:
                running = "SELECT count(*) FROM ingest.backfill WHERE state = 'running'"
                return connection.execute(running).fetchone() == (0,)

        work(service, until=ended)


def start(run, site, *more):
    return run("start", site.address, "--from", "2025-11-01", "--to", "2025-11-30", *more)


def test_a_dry_run_says_what_would_be_fetched_and_stores_nothing(run, site):
    done = start(run, site, "--dry-run")
    found = start(run, site, "--dry-run", "--json").json

    assert done.status == 0
    assert "nothing was stored" in done.out
    assert "to fetch 3" in done.out
    assert "--undated takes them" in done.out
    assert (found["found"], found["in_range"], found["undated"], found["to_fetch"]) == (4, 3, 1, 3)
    assert found["hosts"] == {site.netloc: 3}
    assert run("list", "--json").json == []
    assert not site.asked("/n/1")


def test_a_dry_run_obeys_robots_and_says_what_cannot_be_read(run, site):
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /sitemap\nSitemap: /sitemap.xml\n"))

    found = start(run, site, "--dry-run", "--json").json

    (failed,) = found["failed"]
    assert "robots.txt" in failed["reason"]
    assert not site.asked("/sitemap.xml")


def test_without_a_worker_it_is_recorded_and_says_who_will_do_it(run, site, database):
    done = start(run, site)

    assert done.status == 0
    assert done.out.splitlines() == [
        f"backfill 1 of {site.address}: recorded",
        "no worker is running: `khabar up` does the work",
        "`khabar backfill show 1 --follow` shows how it goes on",
    ]
    work_off(database)
    shown = run("show", "1")
    assert "done after" in shown.out
    assert "no worker" not in shown.out


def test_its_report_names_every_figure_and_the_file_of_failures(run, site, database, tmp_path):
    site.on("/n/2", html(b"<html><h1>Section</h1></html>"))
    start(run, site)
    work_off(database)

    report = run("show", "1").out
    row = run("show", "1", "--json").json
    (listed,) = run("list", "--json").json

    for figure in ("found 4 addresses in 1 listing", "in range 3", "known 0", "stored 2",
                   "no article 1", "failed 0"):  # fmt: skip
        assert figure in report
    written = tmp_path / "backfills" / "backfill-1-failures.tsv"
    assert str(written) in report
    assert written.read_text() == run("show", "1", "--failures").out
    (failure,) = run("show", "1", "--failures", "--json").json
    assert (failure["url"], failure["state"]) == (site.url("/n/2"), "no-article")
    for name in ("in_range", "known", "stored", "no_article", "failed", "left", "found", "outside"):
        assert row[name] == listed[name]
    assert (row["state"], row["stored"], row["undated"]) == ("done", 2, 1)
    assert run("list").out.split()[:2] == ["no", "source"]


def test_a_file_of_failures_can_be_handed_back(run, site, database, tmp_path):
    site.on("/n/2", Answer(status=404))
    start(run, site)
    with open_test_service(database) as service:

        def given_up():
            with service.database.connection() as connection:
                connection.execute("UPDATE ingest.page SET due_at = now() WHERE due_at > now()")
                connection.execute("UPDATE ingest.host SET due_at = now()")
                return connection.execute("SELECT state FROM ingest.backfill").fetchone() == (
                    "done",
                )

        work(service, until=given_up)
    run("show", "1")

    failures = tmp_path / "backfills" / "backfill-1-failures.tsv"
    again = run("start", site.address, "--via", "urls", str(failures), "--no-follow")

    assert again.status == 0
    assert run("show", "2", "--json").json["found"] == 1


@pytest.mark.usefixtures("run")
def test_it_is_followed_to_its_end(site, database, tmp_path):
    asked = (
        "start",
        site.address,
        "--from",
        "2025-11-01",
        "--to",
        "2025-11-30",
        "--follow",
        "--json",
    )
    home = {"KHABAR_HOME": str(tmp_path)}
    with (
        workers(database),
        start_khabar("backfill", *asked, database=database, **LOOPBACK, **home) as program,
        open_test_service(database) as service,
    ):
        work(service, until=lambda: program.poll() is not None)
        assert program.stdout is not None
        found = json.loads(program.stdout.read())

    assert (program.returncode, found["state"], found["stored"]) == (0, "done", 3)


def test_ctrl_c_leaves_it_running_and_says_so(site, database, tmp_path, run):
    assert run("list").status == 0
    arguments = ("backfill", "start", site.address, "--from", "2025-11-01", "--follow")
    with (
        workers(database),
        start_khabar(
            *arguments, database=database, KHABAR_HOME=str(tmp_path), **LOOPBACK
        ) as program,
    ):
        assert program.stdout is not None
        assert program.stderr is not None
        assert b"recorded" in program.stdout.readline()
        time.sleep(0.5)
        program.send_signal(signal.SIGINT)
        said = program.stderr.read().decode()
        status = program.wait(30)

    assert status == 130
    assert said == (
        "khabar: backfill 1 goes on in the service; `khabar backfill show 1 --follow` shows it"
        " again\n"
    )
    assert run("show", "1", "--json").json["state"] == "running"


def test_status_counts_backfills_apart(run, site, database):
    start(run, site)

    found = khabar("status", "--json", database=database, **LOOPBACK).json
    shown = khabar("status", database=database, **LOOPBACK).out

    assert found["backfills"] == {"running": 1, "paused": 0, "waiting_pages": 0}
    assert "backfills  1 running, 0 paused; 0 pages to fetch" in " ".join(shown.split("\n"))


def test_pause_resume_and_cancel_say_what_they_did(run, site):
    start(run, site)

    assert run("pause", "1").out == "backfill 1: paused\n"
    assert run("pause", "1").out == "backfill 1: is paused already\n"
    assert run("resume", "1").out.startswith("backfill 1: goes on\n")
    assert run("resume", "1").out.startswith("backfill 1: runs already\n")
    assert run("cancel", "1").out == "backfill 1: cancelled\n"
    assert run("show", "1", "--json").json["state"] == "cancelled"
    for action in ("pause", "resume"):
        refused = run(action, "1")
        assert refused.status == 1
        assert refused.err.startswith("khabar: backfill 1 is cancelled")


def test_what_a_cancelled_backfill_left_is_not_waited_for(run, site):
    pages = "".join(f"{site.url(f'/n/{number}')}\n" for number in (1, 2, 3))
    run("start", site.address, "--via", "urls", "-", stdin=pages.encode())

    waiting = run("show", "1").out
    run("cancel", "1")
    cancelled = run("show", "1").out

    assert "left 3, about" in waiting
    assert "left 3, never fetched\n" in cancelled


def test_what_has_failed_is_said_to_have_failed(run, site, database):
    site.on("/sitemap.xml", Answer(b"", status=404))
    start(run, site)
    work_off(database)

    refused = run("resume", "1")

    assert refused.err.startswith("khabar: backfill 1 has failed; start it again")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("SITE",), 2, "say from which day"),
        (("SITE", "--from", "17.11.2025"), 2, "write a day as 2025-11-01"),
        (("SITE", "--from", "2025-11-17", "--to", "2025-11-01"), 2, "lies after"),
        (("SITE", "--from", "2999-01-01", "--to", "2999-01-02"), 2, "in the future"),
        (("SITE", "--from", "2025-11-17", "--via", "magic"), 2, "there are sitemap"),
        (("SITE", "--via", "urls"), 2, "needs a file, or -"),
        (("SITE", "--via", "warc", "-"), 2, "not from a pipe"),
        (("SITE", "--via", "warc", "/nowhere.warc"), 2, "no such file"),
        (("SITE", "--via", "urls", "-", "--dry-run"), 2, "reads your file"),
        (("SITE", "--from", "2025-11-17", "--via", "archive"), 1, "declares no archive"),
        (("SITE", "no-address", "--from", "2025-11-17"), 1, "not an absolute URL"),
        (("nobody", "--from", "2025-11-17"), 1, "no source 'nobody'"),
    ],
)
def test_what_cannot_be_begun_says_why(run, site, arguments, status, said):
    given = [site.address if one == "SITE" else one for one in arguments]

    done = run("start", *given)

    assert (done.status, said in done.err) == (status, True), done.err
    assert run("list", "--json").json == []


def test_an_unknown_backfill_says_so(run):
    for action in ("show", "pause", "resume", "cancel"):
        done = run(action, "7")
        assert done.status == 1
        assert done.err == "khabar: no backfill 7; `khabar backfill list` shows them\n"


@pytest.mark.parametrize("action", ["show", "pause", "resume", "cancel"])
def test_a_number_that_no_backfill_can_have_is_wrong_use(run, action):
    done = run(action, "9" * 25)

    assert (done.status, done.err.count("\n")) == (2, 1), done.err


def test_addresses_from_a_pipe(run, site, database):
    listed = f"{site.url('/n/1')}\n{site.url('/n/2')}\n".encode()

    done = run("start", site.address, "--via", "urls", "-", stdin=listed)
    work_off(database)

    assert done.status == 0
    assert run("show", "1", "--json").json["stored"] == 2


def test_a_web_archive_is_stored_at_once(run, site, tmp_path):
    crawl = tmp_path / "crawl.warc.gz"
    crawl.write_bytes(warc_record(site.url("/w/1"), page(31)))

    done = run("start", site.address, "--via", "warc", str(crawl))

    assert done.status == 0
    assert "done after" in done.out
    assert "stored 1" in done.out
