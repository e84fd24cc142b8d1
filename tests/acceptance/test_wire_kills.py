"""A wire loses nothing and annoys nobody, whichever worker is killed when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.model import After, Feed
from tests.acceptance.wire_chaos import follow, hurt, open_stand_in, query, run
from tests.integration.test_wire_folder import SOURCE, document

FILES = 400
SIGNS = """
    SELECT (SELECT count(*) FROM ingest.poll) + (SELECT count(*) FROM ingest.page)
         + (SELECT count(*) FROM khabar.change)"""
WHOLE = """
    SELECT count(*), count(DISTINCT agency_key), max(revision) FROM ingest.article"""


@pytest.mark.xdist_group("acceptance")
def test_every_document_comes_once_in_its_newest_version_and_never_too_fast(database):
    with open_stand_in(70, pace=0.02, speed=300, busy_every=40) as wire:
        found = run(database, wire, speed=300, patience=120, workers=3, every=1, seed=1, most=4)
        gap = min(wire.gaps())
        busy = [one for one in wire.asked if one.status == 429]

    assert found.is_good, found
    assert found.kills >= 2
    assert busy
    assert gap >= 0.02


@pytest.mark.xdist_group("acceptance")
def test_every_file_of_a_folder_is_stored_once_and_then_deleted(database, tmp_path):
    inbox = tmp_path / "in"
    inbox.mkdir()
    for number in range(FILES):
        (inbox / f"{number}.json").write_bytes(document(number))
    source = replace(
        SOURCE,
        feeds=(Feed(url=f"file://{inbox}"),),
        wire=replace(SOURCE.wire, after=After.DELETE),
    )
    follow(database, source)
    environment = {
        "KHABAR_DATABASE_URL": database,
        "KHABAR_LEASE": "3",
        "KHABAR_FETCH_TIMEOUT": "3",
        "KHABAR_TASK": "2",
        "KHABAR_CLOCK_SPEED": "10",
        "KHABAR_LOG": "error",
    }

    kills, _ = hurt(
        environment,
        is_done=lambda: not any(inbox.iterdir()),
        progress=lambda: query(database, SIGNS)[0][0],
        workers=2,
        every=0.1,
        most=4,
        seed=2,
        patience=120,
    )

    ((articles, keys, revisions),) = query(database, WHOLE)
    ((changes,),) = query(database, "SELECT count(*) FROM khabar.change WHERE kind = 'new'")
    assert (articles, keys, changes, revisions) == (FILES, FILES, FILES, 1)
    assert kills >= 2
