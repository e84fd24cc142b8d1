"""A wire's folder, wherever it lies: the same behaviour here, behind SFTP and behind FTP."""

from __future__ import annotations

import os

import pytest

from ingest.errors import FolderUnavailable, UnusableURL
from ingest.fetch.folder import Access, name_in, open_folder, read_place
from tests.servers import PASSWORD, USER, ftp_server, sftp_server

ODD = b"caf\xe9 %23 \xd8\xae\xd8\xa8\xd8\xb1#?.xml"  # Latin-1, Arabic, and marks of addresses


@pytest.fixture(params=["file", "sftp", "ftp"])
def opened(request, tmp_path):
    """A folder with three files, and its local path."""
    inbox = tmp_path / "in box"
    inbox.mkdir()
    for name, content in ((b"a.xml", b"first"), (ODD, b"odd"), (b".hidden", b"")):
        (inbox / os.fsdecode(name)).write_bytes(content)
    (inbox / "below").mkdir()
    if request.param == "file":
        yield open_folder(read_place(f"file://{inbox}".replace(" ", "%20")), Access()), inbox
        return
    serve = sftp_server if request.param == "sftp" else ftp_server
    with serve(tmp_path) as server:
        access = Access(user=USER, password=PASSWORD, host_key=server.host_key)
        folder = open_folder(read_place(f"{server.url}/in%20box"), access)
        yield folder, inbox
        folder.close()


def test_it_lists_files_with_names_of_any_bytes_and_no_folders(opened):
    folder, _ = opened

    found = {file.name: file.size for file in folder.files()}

    assert found == {b"a.xml": 5, ODD: 3, b".hidden": 0}


def test_it_reads_a_file_up_to_a_bound(opened):
    folder, _ = opened

    assert folder.read(ODD, 100) == b"odd"
    assert len(folder.read(b"a.xml", 3)) > 3, "one byte more tells that there is more"


def test_it_moves_files_and_overwrites_none(opened):
    folder, inbox = opened
    (inbox / "done").mkdir()
    (inbox / "done" / "a.xml").write_bytes(b"an older one")

    folder.move(b"a.xml", b"done")
    folder.move(ODD, b"done")

    moved = {os.fsencode(path.name): path.read_bytes() for path in (inbox / "done").iterdir()}
    assert moved == {b"a.xml": b"an older one", b"a.xml~1": b"first", ODD: b"odd"}


def test_it_makes_the_folder_that_files_are_moved_to(opened):
    folder, inbox = opened

    folder.move(b"a.xml", b"read")

    assert (inbox / "read" / "a.xml").read_bytes() == b"first"


def test_it_deletes_a_file_and_does_not_mind_one_that_is_gone(opened):
    folder, inbox = opened

    folder.delete(b"a.xml")
    folder.delete(b"a.xml")

    assert not (inbox / "a.xml").exists()


def test_a_look_tells_a_file_that_was_written_anew(opened):
    folder, inbox = opened
    before = folder.look(b"a.xml")

    (inbox / "a.xml").write_bytes(b"longer than it was")

    assert folder.look(b"a.xml") != before
    assert folder.look(b"nothing.xml") is None


def test_a_file_that_is_gone_is_told_apart_from_trouble(opened):
    folder, _ = opened

    with pytest.raises(FolderUnavailable) as error:
        folder.read(b"nothing.xml", 10)

    assert error.value.is_missing


# ── what does not open ──────────────────────────────────────────────────────────────────


def test_an_unknown_host_key_is_refused_with_the_cure(tmp_path):
    with sftp_server(tmp_path) as server, pytest.raises(FolderUnavailable, match="_HOST_KEY"):
        open_folder(read_place(f"{server.url}/x"), Access(user=USER, password=PASSWORD))


@pytest.mark.parametrize("serve", [sftp_server, ftp_server])
def test_a_wrong_password_is_told_and_never_shown(tmp_path, serve):
    with serve(tmp_path) as server:
        access = Access(user=USER, password="hunter2", host_key=server.host_key)
        place = read_place(f"{server.url}/x")
        with pytest.raises(FolderUnavailable) as error:
            open_folder(place, access)

    assert "mend KHABAR_<NAME>_USER" in str(error.value)
    assert "hunter2" not in str(error.value) + repr(access)


def test_a_bucket_without_its_extra_says_what_to_install():
    with pytest.raises(FolderUnavailable, match=r"khabar\[s3\]"):
        open_folder(read_place("s3://bucket/wire"), Access())


# ── addresses ───────────────────────────────────────────────────────────────────────────


def test_an_address_has_one_spelling_and_gives_names_back():
    place = read_place("SFTP://Wire.Example:22/in%20box/")

    assert place.url == "sftp://wire.example/in%20box"
    assert name_in(place.url_of(ODD)) == ODD
    assert place.work == "sftp://wire.example"
    assert read_place("file:///srv/wire/").work == "file:///srv/wire"


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "sftp:///x", "file://host/x", "ftp://user:secret@a.example/x", "x"],
)
def test_what_is_no_folder_is_refused(url):
    with pytest.raises(UnusableURL) as error:
        read_place(url)

    assert "secret" not in str(error.value)
