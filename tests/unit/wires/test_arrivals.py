"""Which files are whole, and archives taken apart."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import WireError
from ingest.wires import archives
from ingest.wires.archives import members_of
from ingest.wires.arrivals import is_finished_name, settled

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=5)


@dataclass(frozen=True)
class Lying:
    """A file as it lies there."""

    name: bytes
    size: int = 1
    stamp: str = "1"


def test_a_file_is_ready_once_it_has_looked_the_same_for_a_while():
    ready, watched = settled([Lying(b"a")], {}, NOON, SETTLE)
    still, watched = settled([Lying(b"a")], watched, NOON + SETTLE / 2, SETTLE)
    then, _ = settled([Lying(b"a")], watched, NOON + SETTLE, SETTLE)

    assert [ready, still] == [[], []]
    assert [file.name for file in then] == [b"a"]


def test_a_file_that_grew_begins_anew():
    _, watched = settled([Lying(b"a")], {}, NOON, SETTLE)

    ready, watched = settled([Lying(b"a", size=2)], watched, NOON + SETTLE, SETTLE)

    assert ready == []
    assert watched[b"a"].since == NOON + SETTLE


def test_files_are_read_by_their_time_then_by_name():
    files = [Lying(b"c", stamp="2"), Lying(b"b", stamp="10"), Lying(b"a", stamp="10")]

    ready, _ = settled(files, {}, NOON, timedelta())

    assert [file.name for file in ready] == [b"c", b"a", b"b"]


@pytest.mark.parametrize("name", [b".a.xml", b"a.xml.part", b"a.TMP", b"a.filepart", b"a~"])
def test_names_of_unfinished_files_are_known(name):
    assert not is_finished_name(name)
    assert is_finished_name(b"caf\xe9.xml")


# ── archives ────────────────────────────────────────────────────────────────────────────


def zipped(**members):
    """A zip of these."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(**members):
    """A tar of these."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def contents(body):
    """Name and content, or what is wrong, of each member."""
    return [(one.name, one.problem or one.content) for one in members_of(body)]


def test_what_is_no_archive_comes_as_it_is():
    assert contents(b"<newsItem/>") == [(None, b"<newsItem/>")]
    assert contents(b"") == [(None, b"")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_one_compressed_document_is_unpacked_and_so_is_a_compressed_tar(pack):
    assert contents(pack(b"<newsItem/>")) == [(None, b"<newsItem/>")]
    assert contents(pack(tarred(a=b"1", b=b"2"))) == [("a", b"1"), ("b", b"2")]


def test_members_come_in_their_order_without_folders_and_litter():
    body = zipped(**{"b.xml": b"1", "a.xml": b"2", "__MACOSX/a.xml": b"x", "d/.DS_Store": b"x"})

    assert contents(body) == [("b.xml", b"1"), ("a.xml", b"2")]


def test_a_bomb_is_told_and_its_neighbours_are_read():
    found = contents(zipped(a=b"1", bomb=b"\0" * 50_000_000, b=b"2"))

    assert found[0] == ("a", b"1")
    assert "expands more than" in str(found[1][1])
    assert found[2] == ("b", b"2")


def test_an_archive_within_an_archive_stays_closed():
    assert contents(zipped(inner=zipped(a=b"1"))) == [
        ("inner", "an archive within an archive is not opened")
    ]


def test_a_damaged_archive_is_an_error():
    whole = zipped(a=b"1" * 1000)
    with pytest.raises(WireError):
        contents(whole[: len(whole) // 2])
    with pytest.raises(WireError):
        contents(gzip.compress(b"1" * 1000)[:-9])


def test_an_archive_of_too_many_documents_is_an_error():
    many = {f"{n}": b"" for n in range(archives.MOST_MEMBERS + 1)}
    with pytest.raises(WireError, match="more than 20,000 documents"):
        contents(zipped(**many))


def test_names_keep_bytes_that_are_no_utf_8():
    packed = io.BytesIO()
    with tarfile.open(
        fileobj=packed, mode="w", encoding="latin-1", format=tarfile.GNU_FORMAT
    ) as archive:
        archive.addfile(tarfile.TarInfo("caf\xe9.xml"), io.BytesIO())

    ((name, _),) = contents(packed.getvalue())

    assert str(name).encode("utf-8", "surrogateescape") == b"caf\xe9.xml"
