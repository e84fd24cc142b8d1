"""Servers of our own: started, shared, killed in every way, and found again with what they kept."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

import ingest
from ingest.embedded import (
    bin_path,
    find_running,
    hold_service_lock,
    open_services,
    revive_services,
    use_server,
)
from ingest.embedded.places import Account, choose_account, recorded_places
from ingest.embedded.postgres import Postgres, postgres_programs
from ingest.embedded.servers import (
    cure_of,
    ends_within,
    ensure_running,
    last_words,
    stop_server,
)
from ingest.embedded.valkey import Valkey
from ingest.errors import (
    AlreadyRunning,
    BrokerUnavailable,
    DatabaseUnavailable,
    ServiceError,
    SettingsError,
)

HASTY = {"fsync": "off", "shared_buffers": "16MB"}
CHECKOUT = Path(ingest.__file__).parents[1]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be someone else")

USER_OF_A_HOME = """
import sys
from pathlib import Path
from ingest.embedded import open_services
with open_services(Path(sys.argv[1]), postgres_settings={"fsync": "off"}) as services:
    print(services.database_url, flush=True)
    sys.stdin.read()
"""
HOLDER_OF_THE_LOCK = """
import sys
from pathlib import Path
from ingest.embedded import hold_service_lock
with hold_service_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def used_home(quick_folder):
    """A home that has been used once; homes may be copied while nothing runs in them."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-test-", dir=quick_folder))
    folder.chmod(0o711)
    with open_services(folder / "home", postgres_settings=HASTY):
        pass
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def home(new_home, used_home):
    """A home with a database in it that nobody uses."""
    subprocess.run(["cp", "-a", used_home, new_home], check=True)
    return new_home


@pytest.fixture
def new_home(quick_folder):
    """A home below a folder that every user can pass; whatever still runs in it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-test-", dir=quick_folder))
    folder.chmod(0o711)
    yield folder / "home"
    for server in (Postgres(folder / "home" / "postgres"), Valkey(folder / "home" / "valkey")):
        stop_server(server)
        if places := recorded_places(server.folder):
            shutil.rmtree(places.sockets, ignore_errors=True)
    shutil.rmtree(folder)


@contextmanager
def another_process(script, home, account=None):
    """A process that runs a script of ours on a home, from its first line of output on."""
    account = account or Account()
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.first_line = process.stdout.readline().strip()
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(60)


def nobody():
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


@contextmanager
def forked_user(home, account):
    """A fork of ours that uses a home as another user; gives its database URL, or its error.

    A fork, because that user may not be able to start our Python.
    """
    answer_from, answer_to = os.pipe()
    end_from, end_to = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(end_to)
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            with open_services(home, postgres_settings=HASTY) as services:
                os.write(answer_to, services.database_url.encode())
                os.read(end_from, 1)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test compares it
            os.write(answer_to, str(error).encode())
        finally:
            os._exit(0)
    os.close(answer_to)
    try:
        yield os.read(answer_from, 10_000).decode()
    finally:
        os.close(end_to)
        os.waitpid(child, 0)
        os.close(answer_from)
        os.close(end_from)


def write_word(services, word):
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def read_words(services):
    with psycopg.connect(services.database_url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept ORDER BY word")]


def broker(services):
    return redis.Redis(unix_socket_path=str(services.valkey_socket))


def kill(process):
    """End a process as a crash would, and wait until it is gone."""
    process.kill()
    assert ends_within(process, 20)


def test_what_was_stored_is_there_at_the_next_start(new_home):
    with open_services(new_home) as services:
        write_word(services, "kept")
        with broker(services) as valkey:
            valkey.rpush("queue", "bell")

    with open_services(new_home) as services, broker(services) as valkey:
        words, bells = read_words(services), valkey.lrange("queue", 0, -1)

    assert words == ["kept"]
    assert bells == [b"bell"]


def test_nothing_runs_before_the_first_user_or_after_the_last(new_home):
    before = find_running(new_home)
    with open_services(new_home, postgres_settings=HASTY) as services:
        during = find_running(new_home)
    after = find_running(new_home)

    assert before is None
    assert during == services
    assert after is None
    assert Postgres(new_home / "postgres").find() is None
    assert Valkey(new_home / "valkey").find() is None


def test_only_what_is_wanted_is_started(home):
    with open_services(home, postgres=False) as services:
        found = find_running(home)

    assert services.database_url is None
    assert found == services


def test_settings_are_those_a_small_machine_needs(new_home):
    names = ("wal_level", "fsync", "synchronous_commit", "listen_addresses", "server_encoding")
    with open_services(new_home) as services, broker(services) as valkey:
        with psycopg.connect(services.database_url) as connection:
            values = [connection.execute(f"SHOW {name}").fetchone()[0] for name in names]
        append_only = valkey.config_get("appendonly", "save", "maxmemory-policy", "port")

    assert values == ["logical", "on", "on", "", "UTF8"]
    assert append_only == {
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "port": "0",
    }


def test_the_first_user_may_leave_while_another_goes_on(home):
    with open_services(home, postgres_settings=HASTY) as ours:
        with another_process(USER_OF_A_HOME, home) as other:
            first_postmaster = Postgres(home / "postgres").find()
            theirs = other.first_line
            with open_services(home) as third:
                assert third == ours
            still_there = Postgres(home / "postgres").find()

        after_the_other = Postgres(home / "postgres").find()

    assert theirs == ours.database_url
    assert still_there == first_postmaster == after_the_other
    assert find_running(home) is None


def test_the_last_user_stops_the_servers_that_another_started(home):
    with another_process(USER_OF_A_HOME, home), open_services(home):
        pass

    assert find_running(home) is None


def test_a_user_killed_is_no_user_any_more(home):
    with another_process(USER_OF_A_HOME, home) as other, open_services(home) as services:
        write_word(services, "kept")
        other.kill()
        other.wait(20)
        assert find_running(home) == services

    assert find_running(home) is None


def test_servers_left_by_a_killed_parent_are_found_and_used(home):
    with another_process(USER_OF_A_HOME, home) as other:
        other.kill()
        other.wait(20)
    left = Postgres(home / "postgres").find(), Valkey(home / "valkey").find()

    with open_services(home) as services:
        write_word(services, "kept")
        used = Postgres(home / "postgres").find(), Valkey(home / "valkey").find()

    assert None not in left
    assert used == left
    assert find_running(home) is None


def test_after_everything_was_killed_nothing_is_lost(home):
    with another_process(USER_OF_A_HOME, home) as other:
        services = find_running(home)
        write_word(services, "kept")
        with broker(services) as valkey:
            valkey.rpush("queue", "bell")
        other.kill()
        kill(Postgres(home / "postgres").find())
        kill(Valkey(home / "valkey").find())

    with open_services(home) as services, broker(services) as valkey:
        words, bells = read_words(services), valkey.lrange("queue", 0, -1)

    assert words == ["kept"]
    assert bells == [b"bell"]


def test_servers_killed_in_use_are_revived_at_the_same_addresses(home):
    with open_services(home) as services:
        write_word(services, "kept")
        kill(Postgres(home / "postgres").find())
        kill(Valkey(home / "valkey").find())

        revived = revive_services(services)

        assert revived == ("PostgreSQL", "Valkey")
        assert revive_services(services) == ()
        assert read_words(services) == ["kept"]
        with broker(services) as valkey:
            assert valkey.ping()


def test_a_server_that_died_leaves_no_zombie(home):
    with open_services(home) as services:
        dead = Valkey(home / "valkey").find()
        dead.kill()
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it ended, and waits to be reaped

        revived = revive_services(services)

        assert revived == ("Valkey",)
        assert not psutil.pid_exists(dead.pid)


def test_backends_of_a_killed_postmaster_are_waited_for(home):
    with open_services(home, valkey=False) as services:
        busy = psycopg.connect(services.database_url, autocommit=True)
        backend = psutil.Process(busy.info.backend_pid)
        backend.suspend()  # it can't notice that its postmaster is gone
        kill(Postgres(home / "postgres").find())
        with pytest.raises(DatabaseUnavailable, match="pre-existing shared memory"):
            ensure_running(Postgres(home / "postgres"), 2.0)
        backend.resume()

        assert revive_services(services) == ("PostgreSQL",)
        busy.close()


def test_a_pid_that_went_to_another_program_is_left_alone(home):
    with open_services(home, postgres_settings=HASTY) as services:
        write_word(services, "kept")
        pid_file = home / "postgres" / "data" / "postmaster.pid"
        left = pid_file.read_text().split("\n")
    with subprocess.Popen(["sleep", "600"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *left[1:]]))
        (home / "valkey" / "data" / "server.pid").write_text(f"{stranger.pid}\n")
        (home / "postgres" / "run" / ".s.PGSQL.5432").touch()
        (home / "postgres" / "run" / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        (home / "valkey" / "run" / "valkey.sock").touch()

        with open_services(home) as services:
            words = read_words(services)
        spared = stranger.poll() is None
        stranger.kill()

    assert words == ["kept"]
    assert spared


@pytest.mark.parametrize("torn", ["", "\x00\x00\x00"])
def test_a_pid_file_torn_by_a_crash_of_the_machine_is_no_obstacle(home, torn):
    with open_services(home, valkey=False, postgres_settings=HASTY) as services:
        write_word(services, "kept")
    (home / "postgres" / "data" / "postmaster.pid").write_text(torn)

    with open_services(home, valkey=False) as services:
        assert read_words(services) == ["kept"]


def test_a_valkey_without_its_pid_file_is_found_all_the_same(home):
    with open_services(home, postgres=False):
        process = Valkey(home / "valkey").find()
        (home / "valkey" / "data" / "server.pid").unlink()

        assert Valkey(home / "valkey").find() == process


def test_an_initdb_that_broke_off_leaves_nothing_in_the_way(new_home):
    draft = new_home / "postgres" / "draft-0000"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    new_home.chmod(0o711)
    draft.parent.chmod(0o711)

    with open_services(new_home, valkey=False, postgres_settings=HASTY) as services:
        write_word(services, "first")

    assert not draft.exists()


def test_a_database_that_is_missing_is_made(home):
    with open_services(home, valkey=False, postgres_settings=HASTY) as services:
        elsewhere = services.database_url.replace("/khabar?", "/postgres?")
        with psycopg.connect(elsewhere, autocommit=True) as connection:
            connection.execute("DROP DATABASE khabar")

        with open_services(home, valkey=False) as again:
            assert psycopg.connect(again.database_url).close() is None


def test_an_append_only_file_that_cannot_be_read_is_set_aside(home):
    with open_services(home, postgres=False) as services, broker(services) as valkey:
        valkey.set("key", "value" * 100)
    files = home / "valkey" / "data" / "appendonlydir"
    for path in files.glob("*.incr.aof"):
        path.write_bytes(b"this is no command\r\n" * 20)

    with open_services(home, postgres=False) as services, broker(services) as valkey:
        assert valkey.get("key") is None
    assert list((home / "valkey" / "data").glob("damaged-*"))


def test_a_server_that_cannot_start_is_quoted(home):
    with open_services(home, postgres_settings=HASTY):
        pass
    with (home / "postgres" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = nonsense\n")

    with (
        pytest.raises(DatabaseUnavailable, match=r'it said: .*"shared_buffers"'),
        open_services(home),
    ):
        pass


def test_what_a_full_disk_made_a_server_say_is_found_and_its_cure_named(tmp_path):
    log = tmp_path / "postgres.log"
    turned_away = (
        "FATAL:  the database system is not yet accepting connections\n"
        "DETAIL:  Consistent recovery state has not been yet reached.\n"
    )
    full = 'FATAL:  could not write to file "pg_wal/xlogtemp.7": No space left on device'
    log.write_text(f"{full}\n{turned_away * 100}LOG:  database system is shut down\n")

    said = last_words([tmp_path / "none.log", log])

    assert said == [full, "LOG:  database system is shut down"]
    assert cure_of(said, tmp_path).startswith(f"free some space on the disk of {tmp_path}")
    assert cure_of(said[1:], tmp_path) == ""


def test_a_broker_that_cannot_start_is_quoted(home):
    with open_services(home, postgres=False):
        pass
    shutil.rmtree(home / "valkey" / "data")
    (home / "valkey" / "data").mkdir()
    (home / "valkey" / "data" / "appendonlydir").write_text("a file where a folder belongs")
    choose_account(home).own(home / "valkey" / "data")

    with pytest.raises(BrokerUnavailable, match="Valkey stopped at its start; it said: "):
        open_services(home, postgres=False).__enter__()


def test_a_server_that_does_not_answer_in_time_is_left_to_its_recovery(home):
    with open_services(home, postgres=False, start_timeout=60):
        process = Valkey(home / "valkey").find()
        process.suspend()
        with pytest.raises(BrokerUnavailable, match="does not answer after 0 s"):
            ensure_running(Valkey(home / "valkey"), 0.1)
        process.resume()

        assert not ensure_running(Valkey(home / "valkey"), 60)


def test_a_server_deaf_to_the_gentle_signal_is_ended_all_the_same(home):
    with open_services(home, postgres=False):
        process = Valkey(home / "valkey").find()
        process.suspend()
        hasty = Valkey(home / "valkey", stop_signals=((signal.SIGTERM, 0.1), (signal.SIGKILL, 10)))

        stop_server(hasty)

        assert hasty.find() is None


def test_a_server_that_outlives_every_signal_is_an_error(home):
    with open_services(home, postgres=False):
        patient = Valkey(home / "valkey", stop_signals=((signal.SIGCONT, 0.1),))

        with pytest.raises(BrokerUnavailable, match="can't be stopped"):
            stop_server(patient)


def test_a_long_home_gets_its_sockets_elsewhere(new_home):
    long_home = new_home / ("a" * 60) / ("ü,'%& " * 5)
    long_home.mkdir(parents=True)
    for folder in (new_home, *new_home.rglob("*")):
        folder.chmod(0o711)
    with open_services(long_home, postgres_settings=HASTY) as services:
        write_word(services, "kept")
        with broker(services) as valkey:
            assert valkey.ping()
        sockets = [recorded_places(long_home / name).sockets for name in ("postgres", "valkey")]

    with open_services(long_home) as services:
        assert read_words(services) == ["kept"]
        assert recorded_places(long_home / "postgres").sockets == sockets[0]
    assert all(len(str(folder)) < 60 for folder in sockets)
    for folder in sockets:
        shutil.rmtree(folder)


def test_a_home_may_be_moved(home):
    with open_services(home, valkey=False, postgres_settings=HASTY) as services:
        write_word(services, "kept")
    moved = home.with_name("moved")
    home.rename(moved)

    with open_services(moved, valkey=False) as services:
        assert read_words(services) == ["kept"]


def test_a_second_service_on_one_home_is_told_so(home):
    with (
        another_process(HOLDER_OF_THE_LOCK, home) as holder,
        pytest.raises(AlreadyRunning, match=f"process {holder.pid} holds it; stop that one"),
        hold_service_lock(home),
    ):
        pass


def test_the_service_lock_dies_with_its_holder(home):
    with another_process(HOLDER_OF_THE_LOCK, home) as holder:
        holder.kill()
        holder.wait(20)
        with hold_service_lock(home):
            pass
    with hold_service_lock(home):
        pass


def test_a_home_that_is_a_file_is_one_clear_sentence(new_home):
    new_home.write_text("not a folder")

    with pytest.raises(SettingsError, match=r"KHABAR_HOME: .* can't be made"):
        open_services(new_home).__enter__()


def test_programs_of_postgres_are_found_by_name():
    assert os.access(bin_path("pg_dump"), os.X_OK)
    with pytest.raises(DatabaseUnavailable, match="there is no pg_nothing"):
        bin_path("pg_nothing")


class InterruptedValkey(Valkey):
    """A Valkey at whose start somebody presses Ctrl-C."""

    def is_ready(self):
        if self.find() is not None:
            raise KeyboardInterrupt
        return False


def test_ctrl_c_at_the_start_ends_what_nobody_else_uses(home):
    with open_services(home, postgres=False):
        pass

    with pytest.raises(KeyboardInterrupt), use_server(InterruptedValkey(home / "valkey"), 60.0):
        pass

    assert Valkey(home / "valkey").find() is None


def test_ctrl_c_at_the_start_spares_what_another_uses(home):
    with open_services(home, postgres=False):
        interrupted = use_server(InterruptedValkey(home / "valkey"), 60.0)
        with pytest.raises(KeyboardInterrupt), interrupted:
            pass

        assert Valkey(home / "valkey").find() is not None


def test_a_forked_child_that_leaves_ends_nothing(home):
    context = open_services(home, postgres=False)
    with context as services:
        child = os.fork()
        if child == 0:
            try:
                context.__exit__(None, None, None)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

        assert find_running(home) == services


@AS_ROOT
def test_roots_servers_run_as_somebody_else(home):
    with open_services(home, postgres_settings=HASTY):
        names = {
            server.find().username()
            for server in (Postgres(home / "postgres"), Valkey(home / "valkey"))
        }

    assert names == {"nobody"}


@AS_ROOT
def test_a_home_that_only_root_can_pass_keeps_its_data_in_the_system_folder(new_home):
    new_home.mkdir()
    new_home.chmod(0o700)
    with open_services(new_home, postgres_settings=HASTY) as services:
        write_word(services, "kept")
        rooms = [recorded_places(new_home / name).room for name in ("postgres", "valkey")]

    with open_services(new_home) as services:
        words = read_words(services)
    mode = new_home.stat().st_mode & 0o777
    for room in rooms:
        shutil.rmtree(room)
    with suppress(OSError):  # someone else's data may lie there
        Path("/var/lib/khabar").rmdir()

    assert words == ["kept"]
    assert mode == 0o700
    assert all(room.is_relative_to("/var/lib/khabar") for room in rooms)
    assert len(services.remarks) == 2
    assert "PostgreSQL's data lies in /var/lib/khabar/" in services.remarks[0]


@AS_ROOT
def test_an_ordinary_user_has_servers_of_their_own(home):
    user = nobody()
    if not user.can_run(postgres_programs() / "bin" / "postgres", "--version"):
        pytest.skip("nobody can't reach this environment")
    for path in (home, *home.rglob("*")):
        user.own(path)
    with forked_user(home, user) as theirs, open_services(home) as ours:
        # Root joins them in a home that is not root's.
        write_word(ours, "kept")
        assert theirs == ours.database_url
    with open_services(home) as ours:
        runs_as = Postgres(home / "postgres").find().username()
        sockets = ours.valkey_socket.owner()
    # And leaves nothing behind that would shut them out.
    with forked_user(home, user):
        words = read_words(find_running(home))

    assert (runs_as, sockets) == ("nobody", "nobody")
    assert words == ["kept"]
    assert {path.owner() for path in home.rglob("*")} == {"nobody"}


@AS_ROOT
@pytest.mark.parametrize("part", ["", "postgres"])
def test_a_folder_of_someone_else_is_refused_in_one_sentence(new_home, part):
    (new_home / part).mkdir(parents=True)
    if part:
        nobody().own(new_home)

    with forked_user(new_home, nobody()) as said:
        pass

    assert said.startswith("KHABAR_HOME: ")
    assert "belongs to root" in said
    assert "run as root" in said


def test_recovery_is_quick_enough_to_be_waited_for(home):
    with open_services(home, valkey=False) as services:
        write_word(services, "kept")
        kill(Postgres(home / "postgres").find())
        started = time.monotonic()
        revive_services(services)

        assert time.monotonic() - started < 60


def test_the_wheels_programs_are_of_postgres_18():
    version = subprocess.run(
        [postgres_programs() / "bin" / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "PostgreSQL) 18." in version


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_folder_that_cannot_be_made_is_one_clear_sentence(new_home, name):
    (new_home / name).mkdir(parents=True)
    (new_home / name / "log").write_text("a file")

    with pytest.raises(ServiceError, match="can't be started as"):
        open_services(new_home, postgres=name == "postgres").__enter__()


MOUNT_READ_ONLY = 'mount -t tmpfs -o ro none "$1" && exec "$2" -c "$3" "$1"'
OPEN_HOME = """
import sys
from pathlib import Path
from ingest.embedded.places import home_folder
from ingest.errors import SettingsError
try:
    home_folder(Path(sys.argv[1]))
except SettingsError as error:
    print(error)
"""


def may_mount():
    """Return whether this user may mount something in a name space of its own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not may_mount(), reason="nothing may be mounted here")
def test_a_home_on_a_disk_that_takes_no_writes_is_one_clear_sentence(new_home):
    new_home.mkdir()
    inside = ["unshare", "-rm", "sh", "-c", MOUNT_READ_ONLY, "sh"]

    done = subprocess.run(
        [*inside, str(new_home), sys.executable, OPEN_HOME],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == (
        f"KHABAR_HOME: {new_home} lies on a disk that takes no writes now;"
        " mend the disk, or set it elsewhere\n"
    )
