"""The service as one command, and the commands that look at what it stands on."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from ingest.embedded import find_running
from tests.command import khabar, start_khabar

PATIENCE = 60.0


@pytest.fixture
def home(quick_folder):
    """A folder for servers of this test's own."""
    with tempfile.TemporaryDirectory(prefix="khabar-cli-", dir=quick_folder) as folder:
        Path(folder).chmod(0o711)
        yield folder


def read_until(program, said):
    """Read what a program prints until it has said something; return all of it."""
    ends_at, text = time.monotonic() + PATIENCE, b""
    while said not in text:
        assert select.select([program.stdout], [], [], ends_at - time.monotonic())[0], text
        piece = os.read(program.stdout.fileno(), 65_536)
        assert piece, (text, program.stderr.read())
        text += piece
    return text.decode()


def test_the_service_shows_articles_survives_deaths_and_ends(home, capfd):
    """In this process; whoever looks at it and hurts it does so from a thread."""
    environment = {"KHABAR_HOME": home, "KHABAR_PROCESSES": "1", "KHABAR_LOG": "error"}
    with ThreadPoolExecutor(1) as threads:
        seen = threads.submit(look_around, home, environment)

        done = khabar("up", "--sample", "--articles", **environment)

    looked = seen.result()
    assert done.status == 130
    assert "feeds are new" in done.out
    assert "sample agency: " in done.out
    assert "ready after " in done.out
    assert " new " in done.out
    assert "the workers ended with status -9; again" in done.out
    assert "Valkey had died and was started again" in done.out
    assert done.out.endswith("khabar: ending\n")
    assert json.loads(looked["changes"])[0]["kind"] == "new"
    assert "articles in" in looked["watched"]
    assert looked["second"].startswith("khabar: khabar is already up on ")
    assert looked["second"].count("\n") == 1
    capfd.readouterr()  # what the workers said


def look_around(home, environment):
    """Use a service that runs in this process, kill what it stands on, and interrupt it."""
    try:
        until(lambda: newest_change(home))
        return {
            "second": run("up", environment, status=1)[1],
            "changes": run("changes", "--most", 1, "--json", environment, status=0)[0],
            "watched": watch(environment),
            "killed": [kill_and_wait("-m workers"), kill_and_wait(f"{home}/valkey")],
        }
    finally:
        os.kill(os.getpid(), signal.SIGINT)


def newest_change(home):
    """Return whether a service has published anything."""
    services = find_running(Path(home))
    if services is None or services.database_url is None:
        return False
    with psycopg.connect(services.database_url) as connection:
        made = connection.execute("SELECT to_regclass('khabar.change')").fetchone()[0]
        return made and connection.execute("SELECT max(id) FROM khabar.change").fetchone()[0]


def run(*words_and_environment, status):
    """Run a command as a program; return what it printed and what it complained of."""
    *words, environment = words_and_environment
    with start_khabar(*words, **environment) as program:
        out, err = program.communicate(timeout=PATIENCE)
        assert program.returncode == status, err
    return out.decode(), err.decode()


def watch(environment):
    """Return what `status --watch` shows at first; it ends by Ctrl-C."""
    with start_khabar("status", "--watch", "--every", "0.2", **environment) as watched:
        told = read_until(watched, b"stored")
        watched.send_signal(signal.SIGINT)
        assert watched.wait(20) == 130
    return told


def kill_and_wait(part):
    """Kill the child of ours whose command holds a text, and wait until there is another."""
    first = child_with(part)
    first.kill()
    until(lambda: (again := child_with(part)) and again.pid != first.pid)
    return first.pid


def child_with(part):
    """Return the running child of this process whose command holds a text; None if none does."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if part in " ".join(child.cmdline()):
                return child
    return None


def until(is_so):
    """Wait until something is so."""
    ends_at = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends_at, "what the test waits for did not come"
        time.sleep(0.1)


def test_a_command_starts_servers_of_its_own_and_stops_them(home):
    done = khabar("status", KHABAR_HOME=home)

    assert done.status == 0
    assert not list(Path(home, "postgres", "data").glob("postmaster.pid"))


def test_the_watch_is_a_line_a_look_for_programs(database):
    arguments = ("status", "--watch", "--json", "--every", "0.2")
    with start_khabar(*arguments, database=database) as watched:
        found = json.loads(read_until(watched, b"\n").splitlines()[0])
        watched.send_signal(signal.SIGINT)

        assert watched.wait(20) == 130
    assert found["feeds"]["feeds"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--watch", "--every", "0.2"),
        ("status", "--watch", "--every", "0.2", "--json"),
        ("changes", "--follow"),
    ],
)
def test_ctrl_c_ends_whoever_waits(database, words):
    interrupt = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()

    done = khabar(*words, database=database)

    interrupt.join()
    assert (done.status, done.err) == (130, "")


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("worker",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
        (("worker",), {}),
        (("beat",), {}),
        (("beat",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
        (("up",), {"KHABAR_BROKER_URL": "redis://127.0.0.1:1/0"}),
    ],
)
def test_no_database_or_broker_is_status_3_and_one_line(home, words, missing):
    done = khabar(*words, KHABAR_HOME=home, **missing)

    assert (done.status, done.out) == (3, "")
    assert done.err.count("\n") == 1


def test_a_worker_needs_a_broker_that_answers(database):
    unnamed = khabar("worker", database=database)
    silent = khabar("worker", database=database, KHABAR_BROKER_URL="redis://127.0.0.1:1/0")

    assert (unnamed.status, silent.status) == (3, 3)
    assert "set KHABAR_BROKER_URL" in unnamed.err
    assert "no broker" in silent.err


def test_a_service_without_its_database_says_so(tmp_path, valkey_url, home):
    done = khabar(
        "up",
        database=f"postgresql:///khabar?host={tmp_path}",
        KHABAR_BROKER_URL=valkey_url,
        KHABAR_HOME=home,
    )

    assert done.status == 3
    assert done.err.startswith("khabar: no database: ")


def test_a_beat_becomes_the_program_itself(valkey_url):
    with start_khabar("beat", KHABAR_BROKER_URL=valkey_url) as program:
        command = Path(f"/proc/{program.pid}/cmdline")

        until(lambda: b"workers\0beat" in command.read_bytes())
