"""A wire's service end to end: a stand-in of Anadolu's HAS on loopback, a real worker, Postgres."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ingest.clock import Clock
from ingest.pipeline.follow import declared_feeds, follow_source
from ingest.sample_agency.newsroom import Newsroom
from ingest.sample_agency.wire_service import WireService
from ingest.sources.aa_has import SOURCE
from tests.command import khabar
from tests.service import changes, open_test_service, rows, work

MINUTE = timedelta(minutes=1)
PACE = 0.02


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """The subscriber's, in the environment."""
    monkeypatch.setenv("KHABAR_AA_HAS_USER", "subscriber")
    monkeypatch.setenv("KHABAR_AA_HAS_PASSWORD", "sample")


def newsroom(stories, *, ago=timedelta(hours=6), every=MINUTE):
    """So many stories, a minute from one to the next, all of them out for hours."""
    return Newsroom(first=datetime.now(UTC) - ago, every=every, stories=stories)


def open_service(stories=12, **how):
    """The stand-in; it wants fewer seconds between requests than the real one."""
    room = stories if isinstance(stories, Newsroom) else newsroom(stories)
    return WireService(newsroom=room, clock=how.pop("clock", Clock()), pace=PACE, port=0, **how)


def open_khabar(database, wire, **changes):
    """A service of khabar's that asks the stand-in where it would ask the agency."""
    settings = {
        "connect_to": f"https://api.aa.com.tr={wire.origin}",
        "wire_gap": timedelta(seconds=PACE),
        "poll_floor": timedelta(seconds=10),
    }
    return open_test_service(database, **settings | changes)


def follow(khabar):
    """Follow the wire and nothing else."""
    (done,) = follow_source(khabar, SOURCE, origin="declared")
    rows_of = "UPDATE ingest.feed SET next_poll_at = %s WHERE id = %s RETURNING id"
    assert rows(khabar, rows_of, khabar.clock.now(), done.feed_id)
    rows(khabar, "UPDATE ingest.host SET due_at = %s RETURNING id", khabar.clock.now())


def all_tried(khabar):
    """Return whether the search is over and every page was tried."""
    waiting = """
        SELECT 1 FROM ingest.page WHERE state = 'waiting'
        UNION ALL SELECT 1 FROM ingest.feed WHERE checkpoint ->> 'read_until' IS NULL
           OR checkpoint ->> 'news' IS NOT NULL OR checkpoint ->> 'history' IS NOT NULL"""
    return lambda: not rows(khabar, waiting)


def fast_clock(*, speed):
    """A clock that agrees with the real one now and runs ahead of it."""
    return Clock(epoch=datetime.now(UTC), speed=speed)


def as_settings(clock):
    """The settings that make such a clock."""
    return {"clock_epoch": clock.epoch, "clock_speed": clock.speed}


class Hand:
    """A clock whose hand the test moves; the stand-in's."""

    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


@contextmanager
def a_day_at_the_wire(database, *, story, ago=timedelta(hours=1)):
    """One story, with its fate; its first version was sent so long ago, the next are to come.

    Yields khabar, `wait(query)`, which works until the query finds something, and the clock of
    the wire, to be moved on.
    """
    hand = Hand(datetime.now(UTC) - ago)
    first = hand.at - story * MINUTE - timedelta(seconds=20)
    room = OneStory(Newsroom(first=first, every=MINUTE, stories=story + 1), story)
    with (
        open_service(room, clock=hand) as wire,
        open_khabar(database, wire, poll_floor=timedelta(seconds=0.2)) as service,
    ):
        follow(service)
        yield service, lambda query: work(service, until=lambda: bool(rows(service, query))), hand


class OneStory(Newsroom):
    """A newsroom that sends one story only."""

    def __init__(self, whole, number):
        self.__dict__.update(whole.__dict__)
        self._only = number

    def items(self, now, since=None):  # noqa: ARG002 - the newsroom's signature
        return iter(self.sent_with(self._only)) if now >= self._time(self._only) else iter(())


RAW_TEXT = """
    SELECT 1 FROM ingest.raw_page JOIN ingest.page ON id = page_id WHERE url LIKE '%%:text:%%'"""
NOTE = "SELECT wire ->> 'ed_note', body FROM khabar.article WHERE wire ->> 'version' = '2'"
LATE = """
    SELECT first_seen > (wire ->> 'embargoed')::timestamptz FROM khabar.article WHERE url = %s"""
TEXT_ID = "SELECT id FROM ingest.article WHERE agency_key LIKE '%%:text:%%'"


def article_id(khabar):
    """The text's article."""
    ((found,),) = rows(khabar, TEXT_ID)
    return found


def test_every_document_is_stored_once_in_its_newest_version(database):
    room = newsroom(40)

    with open_service(room) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar, until=all_tried(khabar))
        stored = rows(khabar, "SELECT agency_key, wire_version FROM ingest.article")

    now = datetime.now(UTC)
    sent = {item.id: item.at(now).number for item in room.items(now)}
    assert sorted(key for key, _ in stored) == sorted(sent)
    assert {k: v for k, v in stored if ":text:" in k} == {
        k: v for k, v in sent.items() if ":text:" in k
    }


def test_requests_keep_the_wires_distance_even_after_a_worker_died(database):
    with open_service(6) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar)
        killed = """
            UPDATE ingest.host SET leased_until = %s, due_at = %s, next_request_at = NULL
            RETURNING id"""
        rows(khabar, killed, khabar.clock.real(), khabar.clock.now())
        rows(
            khabar,
            "UPDATE ingest.page SET due_at = %s, state = 'waiting' RETURNING id",
            datetime.now(UTC),
        )
        work(khabar, until=all_tried(khabar))

        assert len(wire.asked) > 12
        assert min(wire.gaps()) >= PACE
        assert not [asked for asked in wire.asked if asked.status == 429]


def test_what_the_service_is_too_busy_for_waits_for_the_whole_source(database):
    with open_service(4, busy_every=5) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar)
        (asked,) = [n for n, one in enumerate(wire.asked) if one.status == 429]
        ((until, failures),) = rows(khabar, "SELECT backoff_until, failures FROM ingest.host")

    assert asked == len(wire.asked) - 1, "nothing is asked after a 429"
    assert failures == 1
    assert until - datetime.now(UTC) > timedelta(seconds=50)


def test_a_429_loses_nothing(database):
    clock = fast_clock(speed=600)
    room = newsroom(4, ago=timedelta(hours=1))
    with (
        open_service(room, busy_every=6) as wire,
        open_khabar(database, wire, **as_settings(clock)) as khabar,
    ):
        follow(khabar)
        work(khabar, until=all_tried(khabar))
        stored = {key for (key,) in rows(khabar, "SELECT agency_key FROM ingest.article")}

    assert [one for one in wire.asked if one.status == 429]
    assert stored == {item.id for item in room.items(datetime.now(UTC))}


def test_a_wrong_password_keeps_everybody_away_and_says_so(database):
    with open_service(2, password="another") as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar)
        ((error, outcome),) = rows(khabar, "SELECT last_error, last_outcome FROM ingest.feed")
        ((quiet,),) = rows(khabar, "SELECT backoff_until > %s FROM ingest.host", datetime.now(UTC))

    assert [one.status for one in wire.asked] == [401]
    assert outcome == "401"
    assert "user or password is wrong" in error
    assert "sample" not in error
    assert quiet


def test_without_credentials_nothing_is_asked_and_the_row_names_the_settings(database, monkeypatch):
    monkeypatch.delenv("KHABAR_AA_HAS_USER")
    monkeypatch.delenv("KHABAR_AA_HAS_PASSWORD")
    with open_service(2) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar)
        ((error,),) = rows(khabar, "SELECT last_error FROM ingest.feed")

    assert wire.asked == []
    assert "KHABAR_AA_HAS_USER and KHABAR_AA_HAS_PASSWORD are not set" in error


def test_the_wire_is_declared_but_off_until_there_are_credentials(monkeypatch):
    on = {source.slug for source, _ in declared_feeds(None)}
    monkeypatch.delenv("KHABAR_AA_HAS_USER")
    monkeypatch.delenv("KHABAR_AA_HAS_PASSWORD")
    off = {source.slug for source, _ in declared_feeds(None)}

    assert on - off == {"aa-has"}


# ── versions, as they come ──────────────────────────────────────────────────────────────


def test_a_correction_becomes_a_revision(database):
    with a_day_at_the_wire(database, story=8) as (khabar, wait, hand):
        wait("SELECT 1 FROM khabar.article WHERE wire ->> 'version' = '1'")
        hand.at += 4 * MINUTE
        wait("SELECT 1 FROM khabar.article WHERE wire ->> 'version' = '2'")
        texts = rows(
            khabar,
            "SELECT revision, body FROM khabar.revision WHERE article = %s ORDER BY revision",
            article_id(khabar),
        )
        kinds = [row["kind"] for row in changes(khabar) if row["article"] == article_id(khabar)]
        note = rows(
            khabar,
            "SELECT wire ->> 'ed_note', body FROM khabar.article WHERE wire ->> 'version' = '2'",
        )

    assert [number for number, _ in texts] == [1, 2]
    assert "Düzeltme" in texts[1][1]
    assert kinds == ["new", "revised"]
    assert note[0][0] == "Rakam düzeltildi"
    assert "Rakam düzeltildi" not in note[0][1]


def test_a_withdrawn_item_is_withdrawn_and_its_text_kept(database):
    with a_day_at_the_wire(database, story=40) as (khabar, wait, hand):
        wait(
            "SELECT 1 FROM khabar.article WHERE wire ->> 'class' = 'text'",
        )
        hand.at += 16 * MINUTE
        wait("SELECT 1 FROM khabar.article WHERE state = 'withdrawn' AND body <> ''")
        kinds = [row["kind"] for row in changes(khabar) if row["article"] == article_id(khabar)]

    assert kinds == ["new", "withdrawn"]


def test_a_withheld_item_is_stored_and_shown_to_nobody_until_it_is_usable(database):
    with a_day_at_the_wire(database, story=52) as (khabar, wait, hand):
        wait("SELECT 1 FROM ingest.article WHERE state = 'withheld'")
        hidden = rows(khabar, "SELECT 1 FROM khabar.article WHERE wire ->> 'class' = 'text'")
        raw = rows(khabar, RAW_TEXT)
        hand.at += 7 * MINUTE
        wait("SELECT 1 FROM khabar.article WHERE wire ->> 'version' = '3'")
        kinds = [row["kind"] for row in changes(khabar) if row["article"] == article_id(khabar)]

    assert hidden == []
    assert raw
    assert kinds == ["new"]


def test_an_embargo_ends_by_the_clock_from_the_archive(database):
    with a_day_at_the_wire(database, story=36, ago=timedelta()) as (khabar, wait, _):
        wait("SELECT 1 FROM ingest.page WHERE state = 'embargoed'")
        hidden = rows(khabar, "SELECT 1 FROM ingest.article WHERE agency_key LIKE '%%:text:%%'")
        ((url,),) = rows(khabar, "SELECT url FROM ingest.page WHERE state = 'embargoed'")
    began = datetime.now(UTC) - 11 * MINUTE  # a clock twice as fast is eleven minutes ahead now
    with (
        open_service(1, password="locked") as locked,
        open_khabar(database, locked, clock_epoch=began, clock_speed=2) as khabar,
    ):
        work(khabar, until=lambda: bool(rows(khabar, LATE, url)))
        shown = rows(khabar, LATE, url)

    assert hidden == []
    assert shown == [(True,)], "though the service lets nobody in any more"


# ── other ways to the same news, and to what belongs to it ──────────────────────────────


def test_a_picture_has_the_addresses_of_its_files(database):
    with open_service(1) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar, until=all_tried(khabar))
        ((files,),) = rows(
            khabar,
            "SELECT wire -> 'files' FROM khabar.article WHERE wire ->> 'class' = 'picture' LIMIT 1",
        )
        ((beside,),) = rows(
            khabar, "SELECT wire -> 'files' FROM khabar.article WHERE wire ->> 'class' = 'text'"
        )

    assert [file["form"] for file in files] == ["web", "print"]
    assert files[0]["url"].startswith("https://api.aa.com.tr/abone/token/aa:picture:")
    assert {file["item"].split(":")[1] for file in beside} == {"picture", "video", "graph"}


def test_an_old_archive_is_history_and_waits_behind_the_news(database):
    room = newsroom(6, ago=timedelta(days=3), every=timedelta(hours=14))
    with open_service(room) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar, until=all_tried(khabar))
        causes = dict(rows(khabar, "SELECT cause, count(*) FROM khabar.change GROUP BY cause"))

    assert set(causes) == {"live", "backfill"}


def test_what_lies_beyond_the_subscriptions_archive_is_not_asked_for(database):
    room = newsroom(6, ago=timedelta(days=3), every=timedelta(hours=14))
    with open_service(room, archive_days=1) as wire, open_khabar(database, wire) as khabar:
        follow(khabar)
        work(khabar, until=all_tried(khabar))
        ((oldest,),) = rows(khabar, "SELECT min(published) FROM khabar.article")

    assert datetime.now(UTC) - oldest < timedelta(days=1)


# ── what people do with it ──────────────────────────────────────────────────────────────


def stand_in(wire):
    """The environment in which a command meets the stand-in."""
    return {
        "KHABAR_CONNECT_TO": f"https://api.aa.com.tr={wire.origin}",
        "KHABAR_WIRE_GAP": str(PACE),
        "KHABAR_ALLOW_LOOPBACK": "1",
        "KHABAR_AA_HAS_USER": wire.user,
        "KHABAR_AA_HAS_PASSWORD": wire.password,
    }


def test_a_dry_run_asks_and_stores_nothing(database):
    with open_service(3) as wire, open_khabar(database, wire) as service:
        done = khabar("source", "check", "aa-has", "--json", database=database, **stand_in(wire))
        stored = rows(service, "SELECT 1 FROM ingest.page UNION ALL SELECT 1 FROM ingest.article")
        gaps = wire.gaps()

    assert done.status == 0, done.err
    (feed,) = done.json["feeds"]
    assert feed["entries"] == 8
    assert [page["problem"] for page in feed["pages"]] == [None, None]
    assert stored == []
    assert min(gaps) >= PACE


def test_a_dry_run_without_credentials_names_the_settings(database):
    with open_service(1) as wire:
        bare = stand_in(wire) | {"KHABAR_AA_HAS_USER": "", "KHABAR_AA_HAS_PASSWORD": ""}
        done = khabar("source", "check", "aa-has", database=database, **bare)

    assert done.status == 1
    assert "KHABAR_AA_HAS_USER and KHABAR_AA_HAS_PASSWORD" in done.out
    assert wire.asked == []


def test_a_pictures_file_is_fetched_whole_in_the_wires_pace(database, tmp_path):
    with open_service(1) as wire, open_khabar(database, wire) as service:
        follow(service)
        picture = next(item.id for item in wire.newsroom.sent_with(0) if item.type == "picture")
        to = tmp_path / "picture.jpg"
        done = khabar("wire", "file", picture, "--to", to, database=database, **stand_in(wire))
        wrong = khabar("wire", "file", picture, "--form", "sd", database=database, **stand_in(wire))
        gaps = wire.gaps()

    assert done.status == 0, done.err
    assert to.read_bytes().startswith(b"\xff\xd8")
    assert to.read_bytes().endswith(b"</svg>\n") or to.read_bytes().endswith(b"</svg>")
    assert min(gaps) >= PACE, "the link that a redirect leads to waits for its turn as well"
    assert wrong.status == 1
    assert "there are web, print" in wrong.err


def test_the_archive_is_searched_by_days_when_a_person_asks(database):
    room = newsroom(8, ago=timedelta(days=5), every=timedelta(hours=12))
    day = (datetime.now(UTC) - timedelta(days=4)).date().isoformat()
    with open_service(room) as wire, open_khabar(database, wire) as service:
        done = khabar(
            "backfill", "start", "aa-has", "--from", day, "--to", day, "--no-follow",
            database=database, **stand_in(wire),
        )  # fmt: skip
        work(service, until=lambda: bool(rows(service, "SELECT 1 FROM khabar.change")))
        work(service)
        causes = rows(service, "SELECT DISTINCT cause FROM khabar.change")
        published = rows(service, "SELECT published_local::date::text FROM khabar.article")

    assert done.status == 0, done.err
    assert causes == [("backfill",)]
    assert 1 <= len(published) <= 3


def test_a_file_that_has_no_place_or_no_id_says_so(database, tmp_path):
    with open_service(1) as wire, open_khabar(database, wire) as service:
        follow(service)
        picture = next(item.id for item in wire.newsroom.sent_with(0) if item.type == "picture")

        def ask(*words):
            return khabar("wire", "file", *words, database=database, **stand_in(wire))

        folder = ask(picture, "--to", tmp_path)
        lost = ask(picture, "--to", tmp_path / "none" / "picture.jpg")
        none = ask("nope")

    assert (folder.status, "a folder" in folder.err) == (2, True)
    assert (lost.status, "No such file or directory" in lost.err) == (2, True)
    assert (none.status, "is no id of a picture" in none.err) == (1, True)
