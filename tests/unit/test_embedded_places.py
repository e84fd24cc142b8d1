"""Where a server lies and whom it runs as: decided from what can really be reached."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

import pytest

from ingest.embedded.places import (
    Account,
    NoPlace,
    Places,
    choose_account,
    home_folder,
    open_own,
    reachable_programs,
    recorded_places,
    server_folder,
    settle_places,
)
from ingest.errors import SettingsError

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as someone else")
OURSELVES = Account()


@pytest.fixture
def open_folder():
    """A folder that every user can pass; pytest's own is 0700."""
    with tempfile.TemporaryDirectory(prefix="khabar-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def nobody():
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def make_program(folder):
    """A folder of programs that only its owner can use."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "server"
    program.write_text("#!/bin/sh\necho 1.0\n")
    (folder / "share").write_text("what it reads")
    for path in (folder, folder / "bin", program):
        path.chmod(0o700)
    (folder / "share").chmod(0o600)
    return folder


def test_a_home_is_made_with_whatever_lies_above_it(tmp_path):
    home = home_folder(tmp_path / "above" / "home")

    assert home.is_dir()
    assert home.is_absolute()
    assert server_folder(home, "postgres").is_dir()


def test_a_server_folder_that_cannot_be_made_is_a_setting_to_change(tmp_path):
    (tmp_path / "postgres").write_text("a file")

    with pytest.raises(SettingsError, match="postgres can't be made"):
        server_folder(tmp_path, "postgres")


def test_places_are_recorded_and_found_again(open_folder):
    places = settle_places(open_folder, OURSELVES, "s.sock")

    assert recorded_places(open_folder) == places
    assert places == Places(open_folder, open_folder / "run")
    assert settle_places(open_folder, OURSELVES, "s.sock") == places


@pytest.mark.parametrize("record", ["", "{}", "[]", '{"room": 1, "sockets": 2}', "\x00"])
def test_a_record_that_cannot_be_read_is_as_good_as_none(tmp_path, record):
    (tmp_path / "places.json").write_text(record)

    assert recorded_places(tmp_path) is None


@pytest.mark.parametrize("name", ["x" * 90, "commas, and spaces", "örtlich"])
def test_a_path_unfit_for_a_socket_gets_a_short_private_folder(open_folder, name):
    folder = open_folder / name
    folder.mkdir(mode=0o711)

    places = settle_places(folder, OURSELVES, "s.sock")
    again = settle_places(folder, OURSELVES, "s.sock")
    places.sockets.rmdir()

    assert places.room == folder
    assert len(str(places.sockets)) < 60
    assert places.sockets != folder / "run"
    assert again == places


def test_a_recorded_socket_folder_open_to_others_is_not_trusted(open_folder):
    folder = open_folder / ("x" * 90)
    folder.mkdir(mode=0o711)
    first = settle_places(folder, OURSELVES, "s.sock")
    (first.room / "data").mkdir()
    first.sockets.chmod(0o777)

    second = settle_places(folder, OURSELVES, "s.sock")
    for places in (first, second):
        places.sockets.rmdir()

    assert second.sockets != first.sockets
    assert second.room == first.room


def test_our_own_programs_are_used_where_they_lie(tmp_path):
    original = make_program(tmp_path / "wheel")

    assert reachable_programs(original, "copy-1", "bin/server", OURSELVES) == original


def test_programs_that_do_not_run_are_an_error_that_names_a_way_out(tmp_path):
    with pytest.raises(NoPlace, match="set KHABAR_DATABASE_URL"):
        reachable_programs(tmp_path, "copy-1", "bin/server", OURSELVES)


def test_an_account_without_a_name_is_called_by_its_number():
    assert str(Account(54321, 54321)) == "user 54321"
    assert str(OURSELVES) == pwd.getpwuid(os.geteuid()).pw_name


@AS_ROOT
def test_programs_out_of_reach_are_copied_once(open_folder, nobody):
    original = make_program(open_folder / "wheel")
    system = open_folder / "system"
    system.mkdir(mode=0o755)

    def found():
        return reachable_programs(
            original, "copy-1", "bin/server", nobody, system_folders=(system,)
        )

    copy = found()
    original.joinpath("bin", "server").unlink()

    assert copy == system / "khabar" / "programs" / "copy-1"
    assert found() == copy
    assert (copy / "share").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in copy.parent.iterdir()] == ["copy-1"]


@AS_ROOT
def test_programs_only_partly_readable_are_copied_too(open_folder, nobody):
    original = make_program(open_folder / "wheel")
    for path in (original, original / "bin", original / "bin" / "server"):
        path.chmod(0o755)

    copy = reachable_programs(
        original, "copy-1", "bin/server", nobody, system_folders=(open_folder,)
    )

    assert copy != original


@AS_ROOT
def test_a_room_out_of_reach_moves_and_no_mode_changes(tmp_path, open_folder, nobody):
    tmp_path.chmod(0o700)

    places = settle_places(tmp_path, nobody, "s.sock", system_folders=(open_folder,))
    (places.room / "data").mkdir()
    again = settle_places(tmp_path, nobody, "s.sock", system_folders=(open_folder,))

    assert places.room.parent == open_folder / "khabar"
    assert places.room.joinpath("home").read_text() == f"{tmp_path}\n"
    assert again == places
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_where_no_folder_can_be_reached_a_way_out_is_named(tmp_path, nobody):
    tmp_path.chmod(0o700)

    with pytest.raises(NoPlace, match=r"nobody, whom servers run as .* set KHABAR_HOME"):
        settle_places(tmp_path, nobody, "s.sock", system_folders=(tmp_path,))
    assert [path.name for path in tmp_path.iterdir()] == ["khabar"]


@AS_ROOT
def test_root_runs_servers_as_the_owner_of_the_home_or_as_nobody(tmp_path, nobody):
    roots = choose_account(tmp_path)
    nobody.own(tmp_path)
    theirs = choose_account(tmp_path)
    os.chown(tmp_path, 54321, 54321)
    of_a_user_unknown = choose_account(tmp_path)

    assert roots == theirs == of_a_user_unknown == nobody


def test_a_link_in_the_way_is_not_written_through(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "start.log").symlink_to(precious)

    with pytest.raises(OSError, match="symbolic links"):
        open_own(tmp_path / "start.log")
    assert precious.read_text() == "precious"


def test_what_is_not_there_can_be_run_by_nobody():
    assert not OURSELVES.can_run("/nonexistent/program")
    assert not OURSELVES.can_enter(Path("/nonexistent"))


def test_a_socket_that_fits_nowhere_is_an_error(open_folder):
    with pytest.raises(NoPlace, match="shorten KHABAR_HOME"):
        settle_places(open_folder, OURSELVES, "s" * 120)


@AS_ROOT
def test_system_folders_that_cannot_be_used_are_passed_over(tmp_path, open_folder, nobody):
    tmp_path.chmod(0o700)
    (open_folder / "file").write_text("no folder")
    original = make_program(tmp_path / "wheel")
    folders = (open_folder / "file", tmp_path, open_folder)

    copy = reachable_programs(original, "copy-1", "bin/server", nobody, system_folders=folders)
    places = settle_places(tmp_path, nobody, "s.sock", system_folders=folders)

    assert copy.is_relative_to(open_folder)
    assert places.room.is_relative_to(open_folder)


@AS_ROOT
def test_programs_that_nobody_can_be_given_are_an_error(tmp_path, nobody):
    tmp_path.chmod(0o700)
    original = make_program(tmp_path / "wheel")

    with pytest.raises(NoPlace, match="nobody can't run"):
        reachable_programs(original, "copy-1", "bin/server", nobody, system_folders=(tmp_path,))
