"""The command line: what it takes, how it ends, and what it says when it can't."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import pytest

from ingest import __version__
from ingest.cli import main
from ingest.cli.commands import COMMANDS, load_command
from tests.agency import page
from tests.command import khabar, start_khabar

LIGHT = ("--version", "--help", "feed")
HEAVY_ROOMS = {"psycopg", "httpx", "lxml", "pydantic", "numpy", "bs4"}


def every_command():
    """Yield (words, command) of all commands, those in groups too."""
    for name in COMMANDS:
        command = load_command(name)
        yield (name,), command
        for inner, found in getattr(command, "commands", {}).items():
            yield (name, inner), found


def test_the_version_is_told():
    done = khabar("--version")

    assert (done.status, done.out) == (0, f"khabar {__version__}\n")


def test_light_commands_read_no_heavy_room():
    code = (
        "import sys; from ingest.cli import main; main(['--version']);"
        f"sys.exit(' '.join(set(sys.modules) & {HEAVY_ROOMS}))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stderr.strip() == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    said = (load_command(name).help or "").split("\n\n")[0]

    assert " ".join(said.split()) == COMMANDS[name][1]


def test_every_command_shows_an_example():
    lacking = [
        " ".join(words)
        for words, command in every_command()
        if not hasattr(command, "commands") and "Example" not in (command.help or "")
    ]

    assert lacking == []


def test_help_lists_every_command():
    done = khabar("--help")

    assert done.status == 0
    assert all(f" {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("feed", "nonsense"),
        ("feed", "show"),
        ("changes", "--after", "-1"),
        ("changes", "--after", str(2**63)),
        ("changes", "--after", "many"),
        ("changes", "--json", "--follow"),
        ("changes", "--unknown"),
        ("status", "--every", "0"),
        ("extract",),
        ("extract", "/no/such/file"),
        ("extract", "\0"),
        ("feed", "parse"),
        ("feed", "import", "/no/such/file"),
        ("sitemap",),
        ("url",),
        ("date",),
        ("date", "2025-11-17", "--timezone", "Mars/Olympus"),
        ("date", "2025-11-17", "--now", "noon"),
        ("robots", "check"),
        ("cluster",),
        ("article", "retry"),
        ("article", "search", "x", "--since", "soon"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(arguments):
    done = khabar(*arguments)

    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("khabar: ")
    assert done.err.count("\n") == 1
    assert "--help` shows how" in done.err


@pytest.mark.parametrize("group", ["", "feed", "source", "article", "db", "gap", "robots"])
def test_a_group_without_its_command_shows_what_there_is(group):
    done = khabar(*filter(None, [group]))

    assert done.status == 2
    assert "Usage: khabar" in done.out
    assert done.err == ""


def test_a_reason_in_odd_letters_is_still_one_line():
    done = khabar("extract", "/no/\ud800\nfile")

    assert done.status == 2
    assert done.err.count("\n") == 1


def test_ctrl_c_ends_with_130_and_no_traceback():
    with start_khabar("url", "--jsonl") as program:
        program.stdin.write(b"{}\n")
        program.stdin.flush()
        program.stdout.readline()
        program.send_signal(2)

        assert program.wait(10) == 130
        assert b"Traceback" not in program.stderr.read()


def test_a_pipe_that_nobody_reads_ends_a_listing_without_a_word():
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as pipe, contextlib.redirect_stdout(pipe):
        assert main(["source", "list", "--declared", "--json"]) == 0


def test_output_is_utf_8_in_any_locale():
    environment = os.environ | {"PYTHONIOENCODING": "iso-8859-9"}

    done = subprocess.run(
        [sys.executable, "-m", "ingest", "extract", "-"],
        env=environment,
        input=page(1, title="خبر عاجل"),
        capture_output=True,
    )

    assert '"title": "خبر عاجل"' in done.stdout.decode("utf-8")


def test_a_file_gives_its_article(tmp_path):
    file = tmp_path / "page.html"
    file.write_bytes(page(3))

    done = khabar("extract", file, "--url", "https://a.example/3")

    assert done.status == 0
    assert done.json["title"] == "Headline of item 3"


def test_stdin_gives_its_article():
    assert khabar("extract", "-", stdin=page(4)).json["title"] == "Headline of item 4"


def test_a_page_that_is_no_article_says_what_it_is():
    done = khabar("extract", "-", stdin=b"%PDF-1.7 ...")

    assert done.status == 1
    assert "PDF" in done.err
    assert done.err.count("\n") == 1


def test_a_file_that_is_no_feed_says_what_it_is():
    done = khabar("feed", "parse", "-", stdin=b"<!doctype html><title>x</title>")

    assert done.status == 1
    assert "HTML" in done.err


@pytest.mark.parametrize("words", [("extract",), ("feed", "parse"), ("sitemap",)])
def test_a_file_that_cannot_be_read_is_named_and_no_address_is_made_up(tmp_path, words):
    file = tmp_path / "notes.txt"
    file.write_text("Only some words.")

    for more in ((), ("--url", "https://a.example/")):
        done = khabar(*words, file, *more)

        assert done.status == 1
        assert done.err.startswith(f"khabar: {file}: ")
        assert "https://" not in done.err
    assert khabar(*words, "-", stdin=b"Only some words.").err.startswith("khabar: stdin: ")


@pytest.mark.parametrize("words", [("extract",), ("feed", "parse"), ("sitemap",)])
def test_no_name_at_all_is_no_folder(words):
    done = khabar(*words, "")

    assert (done.status, "name a file" in done.err) == (2, True)


def test_a_sitemap_and_an_address_and_a_date_are_read_from_the_command_line():
    sitemap = b"<urlset><url><loc>https://a.example/1</loc></url></urlset>"

    assert khabar("sitemap", "-", stdin=sitemap).json["urls"][0]["url"] == "https://a.example/1"
    assert khabar("url", "b", "--base", "https://a.example/").json["key"] == "https://a.example/b"
    assert khabar("date", "17 Kasım 2025", "--language", "tr").json["at"] == "2025-11-17"


def test_an_address_that_is_none_fails_in_one_line():
    done = khabar("url", "javascript:alert(1)")

    assert done.status == 1
    assert done.err.count("\n") == 1


def test_a_robots_file_is_read(tmp_path):
    file = tmp_path / "robots.txt"
    file.write_text("User-agent: *\nDisallow: /no\n")

    done = khabar("robots", "check", "https://a.example/no", "--robots", file)

    assert done.json == {"allowed": False, "crawl_delay": None}


def test_declared_agencies_are_listed_without_a_database():
    table = khabar("source", "list", "--declared")
    listed = khabar("source", "list", "--declared", "--json").json

    assert "anadolu" in table.out
    assert {"confirmed", "listed"} <= {source["evidence"] for source in listed}


def test_settings_say_what_they_mean():
    done = khabar("settings", KHABAR_TICK="2")

    assert "KHABAR_TICK" in done.out
    assert "beat's tick" in done.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("khabar st", {"status", "story"}),
        ("khabar db du", {"dump"}),
        ("khabar feed show --js", {"--json"}),
    ],
)
def test_a_shell_completes_commands_of_groups_and_options_too(words, offered):
    environment = os.environ | {
        "_KHABAR_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }

    done = subprocess.run(
        [sys.executable, "-c", "import sys; from ingest.cli import main; sys.exit(main([]))"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert set(done.stdout.split()) == offered


def test_every_listing_can_be_read_by_programs():
    listings = {"list", "show", "search", "status", "settings", "doctor", "changes", "diff", "lag"}

    lacking = [
        " ".join(words)
        for words, command in every_command()
        if words[-1] in listings
        and not {option for given in command.params for option in given.opts}
        & {"--json", "--jsonl"}
    ]

    assert lacking == []
