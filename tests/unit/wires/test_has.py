"""HAS: what is asked, and what its answers say, however they are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import WireRefused
from ingest.wires import has
from ingest.wires.checkpoint import Checkpoint, after_page, next_search, with_history
from ingest.wires.has import Found, Row, Sweep

ROOT = "https://wire.example/abone/"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIVE = timedelta(minutes=5)
TEXT = "aa:text:20260304:41000001"


def told(data, **response):
    """An answer as the service writes it."""
    return json.dumps({"response": {"success": True} | response, "data": data}).encode()


# ── asking ──────────────────────────────────────────────────────────────────────────────


def test_a_search_is_a_form_with_times_in_utc():
    ask = has.ask_for_rows(
        ROOT, since=NOON, until=None, offset=100, limit=50, filters={"type": "1,2"}
    )

    assert ask.url == f"{ROOT}search/"
    assert ask.body == (
        b"start_date=2026-03-04T12%3A00%3A00Z&end_date=NOW&filter_type=1%2C2&offset=100&limit=50"
    )


def test_a_search_can_be_kept_as_an_address_and_goes_on_from_it():
    ask = has.ask_for_rows(ROOT, since=NOON, until=NOON, offset=0, limit=50, filters={})

    assert has.ask_of_url(ask.as_url()) == ask
    assert has.ask_of_url(ask.after(50).as_url()).offset == 50


def test_filters_may_be_labels_in_any_case_of_turkish_letters():
    codes = {"category": {"1": "Genel", "5": "BİLİM-Teknoloji"}}

    assert has.codes_of({"category": ("bilim-teknoloji", "1")}, codes, ROOT) == {"category": "5,1"}
    with pytest.raises(WireRefused, match="the service knows Genel, BİLİM-Teknoloji"):
        has.codes_of({"category": ("Spor",)}, codes, ROOT)


def test_pictures_videos_and_series_have_addresses_of_files_and_texts_none():
    assert dict(has.file_urls(ROOT, "aa:picture:20260304:7")) == {
        "web": f"{ROOT}token/aa:picture:20260304:7/web",
        "print": f"{ROOT}token/aa:picture:20260304:7/print",
    }
    assert dict(has.file_urls(ROOT, "aa:videogroup:20260304:7"))["sd"].startswith(
        f"{ROOT}multitoken/"
    )
    assert has.file_urls(ROOT, TEXT) == ()


def test_an_id_is_found_in_an_address_and_in_a_longer_name():
    assert has.item_in(ROOT, has.document_url(ROOT, TEXT, "newsml29")) == TEXT
    assert has.item_in(ROOT, f"{ROOT}document/aa%3Atext%3A20260304%3A41000001/newsml12") == TEXT
    assert has.item_in(ROOT, "https://other.example/document/aa:text:20260304:1/newsml29") is None
    assert has.id_within(f"urn:newsml:aa.com.tr:20260304:{TEXT}:2") == TEXT


# ── answers ─────────────────────────────────────────────────────────────────────────────


def test_rows_are_read_one_or_many_numbers_as_texts():
    row = {"id": f" {TEXT} ", "type": "text", "date": "2026-03-04T12:00:00Z", "title": " A\n B "}

    found = has.read_rows(told({"result": row, "total": "1"}), ROOT)

    assert found.total == 1
    (read,) = found.rows
    assert (read.id, read.type, read.title, read.group) == (TEXT, "text", "A B", None)
    assert read.at is not None
    assert read.at.at == NOON


def test_a_row_without_an_id_is_counted_and_the_others_are_kept():
    rows = [{"title": "no id"}, {"id": TEXT, "type": 1, "date": "04.03.2026"}, "row"]

    found = has.read_rows(told({"result": rows, "total": 3}), ROOT)

    assert (len(found.rows), found.unread) == (1, 2)
    assert (found.rows[0].type, found.rows[0].at) == ("text", None)


def test_an_empty_search_may_say_null():
    assert has.read_rows(told(None), ROOT).rows == ()
    assert has.read_rows(told({"result": None, "total": 0}), ROOT).total == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (told(None, success=False, message="Kota doldu"), "Kota doldu"),
        (told(None, success="false"), "it says no, and not why"),
        (b"<html>Bakimda</html>", "no JSON: '<html>Bakimda</html>'"),
        (b"[1]", "its answer is no JSON object"),
    ],
)
def test_an_answer_that_says_no_is_an_error_with_its_message(body, reason):
    with pytest.raises(WireRefused, match=reason.replace("(", r"\(")):
        has.read_rows(body, ROOT)


def test_a_document_comes_as_it_is_or_within_json():
    assert has.read_document(b"<newsItem/>", ROOT) == b"<newsItem/>"
    assert has.read_document(b' {"data": "<NewsML/>"}', ROOT) == b"<NewsML/>"
    with pytest.raises(WireRefused, match="bulunamad"):
        has.read_document(told(None, success=False, message="bulunamadı"), ROOT)


def test_codes_are_read_however_they_are_listed():
    body = told(
        {
            "type": {"1": "Haber"},
            "language": [{"id": 1, "name": "Türkçe"}],
            "category": [{"code": "2", "label": "Spor"}, "x"],
        }
    )

    assert has.read_codes(body, ROOT) == {
        "type": {"1": "Haber"},
        "language": {"1": "Türkçe"},
        "category": {"2": "Spor"},
    }


# ── page after page ─────────────────────────────────────────────────────────────────────


def rows(count):
    """So many rows."""
    return tuple(Row(id=f"aa:text:20260304:{n}", type="text") for n in range(count))


def test_a_search_ends_with_its_total_or_an_empty_page():
    sweep = Sweep(since=NOON - DAY, began=NOON)

    following = has.next_page(sweep, Found(rows=rows(100), total=150), 100)

    assert following is not None
    assert following.offset == 100
    assert has.next_page(following, Found(rows=rows(50), total=150), 50) is None
    assert has.next_page(sweep, Found(rows=(), total=150), 0) is None


def test_where_rows_went_away_the_next_page_begins_earlier():
    sweep = Sweep(since=NOON - DAY, began=NOON, offset=100, total=300)

    following = has.next_page(sweep, Found(rows=rows(100), total=297), 100)

    assert following is not None
    assert following.offset == 197


def test_the_first_search_takes_the_news_and_leaves_the_archive_behind_them():
    checkpoint, sweep = next_search(Checkpoint(archive_days=30), NOON, FIVE)

    assert sweep.since == NOON - DAY
    assert checkpoint.history is not None
    assert (checkpoint.history.since, checkpoint.history.until) == (NOON - 30 * DAY, NOON - DAY)


def test_news_are_asked_for_from_the_last_row_on_and_five_minutes_twice():
    before = Checkpoint(read_until=NOON - HOUR, archive_days=30)

    _, sweep = next_search(before, NOON, FIVE)

    assert sweep.since == NOON - HOUR - FIVE


def test_a_long_absence_is_caught_up_no_farther_than_the_archive_reaches():
    before = Checkpoint(read_until=NOON - 90 * DAY, archive_days=30)

    _, sweep = next_search(before, NOON, FIVE)

    assert sweep.since == NOON - 30 * DAY


def test_the_archive_is_searched_between_the_news():
    checkpoint, sweep = next_search(Checkpoint(archive_days=30), NOON, FIVE)
    after = after_page(checkpoint, sweep, None, NOON - HOUR, news_at=NOON + HOUR)

    _, between = next_search(after, NOON + FIVE, FIVE)
    _, later = next_search(after, NOON + HOUR, FIVE)

    assert between.is_history
    assert not later.is_history
    assert later.since == NOON - HOUR - FIVE


def test_rows_from_the_future_move_no_checkpoint():
    sweep = Sweep(since=NOON - DAY, began=NOON)
    found = Found(
        rows=(Row(id=TEXT, type="text", at=has.read_time("2027-01-01T00:00:00Z")),), total=1
    )

    assert has.newest_of(sweep, found) is None


def test_a_checkpoint_survives_as_json():
    checkpoint, sweep = next_search(Checkpoint(archive_days=30), NOON, FIVE)
    further = after_page(
        checkpoint,
        sweep,
        has.next_page(sweep, Found(rows=rows(9), total=20), 9),
        NOON,
        news_at=NOON,
    )

    assert Checkpoint.of(json.loads(json.dumps(further.kept()))) == further
    assert Checkpoint.of(None) == Checkpoint()


def test_days_that_a_person_wants_join_the_archive_that_is_searched():
    before = with_history(Checkpoint(), NOON - 9 * DAY, NOON - 8 * DAY, NOON)

    both = with_history(before, NOON - 30 * DAY, NOON - 20 * DAY, NOON)

    assert both.history is not None
    assert (both.history.since, both.history.until) == (NOON - 30 * DAY, NOON - 8 * DAY)
