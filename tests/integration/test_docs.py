"""The SQL and Python that docs/consuming.md shows runs as it stands; every page leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from ingest.cli.commands import COMMANDS, load_command
from tests.agency import feed, html, item, page
from tests.command import khabar
from tests.service import changes, follow, open_test_service, work
from tests.web import Web

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "consuming.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(sql|python)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# `khabar …` after a prompt, in an indented block or between back-quotes; two blanks end it.
SHOWN = re.compile(r"(?:^(?:\$ |    )[^\n`]*?|`)\bkhabar ((?:\S| (?! ))+?)(?=`|  |$)", re.MULTILINE)
NO_COMMANDS = {"work"}  # the name of workers' sessions
SAID = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
END_THE_FIRST_CONNECTION = """
    CREATE SEQUENCE website.attempt;
    CREATE FUNCTION website.end_the_first() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('website.attempt') = 1 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER end_the_first AFTER INSERT ON website.article
    FOR EACH STATEMENT EXECUTE FUNCTION website.end_the_first();"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of code in the document; `part` is what the fence calls it besides its language."""

    language: str
    part: str
    line: int
    code: str


def read_blocks(language, part=""):
    text = DOC.read_text("utf-8")
    found = [
        Block(
            language=match[1],
            part=match[2] or "",
            line=text.count("\n", 0, match.start()) + 1,
            code=match[3],
        )
        for match in BLOCK.finditer(text)
    ]
    return [block for block in found if (block.language, block.part) == (language, part)]


def as_role(url, role):
    """Return the URL under which another role comes in."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))


def run_python(block, url, **environment):
    """Run a block as a program of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.code],
        env=os.environ | {"NEWS_URL": url} | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, f"{DOC.name}:{block.line}: {done.stderr}"
    return done.stdout


FIGURE = b"<figure><img src=/2.jpg><figcaption>The harbour.</figcaption></figure><p>"


@pytest.fixture
def news(database):
    """The URL of a database with articles, a copy of another agency and a correction."""
    with Web() as web:
        one, other = web.new_host(), web.new_host()
        one.on("/feed", feed([item(one.origin, n, published=SAID) for n in (1, 2)]))
        one.on("/1", html(page(1)), html(page(1, 2)))
        one.on("/2", html(page(2).replace(b"<p>", FIGURE, 1)))
        other.on("/feed", feed([item(other.origin, 2, published=SAID)]))
        other.on("/2", html(page(2)))
        with open_test_service(database) as service:
            for host in (one, other):
                follow(service, host.url("/feed"))
                work(service, until=lambda host=host: is_told(service, host))
            with service.database.connection() as connection:
                connection.execute(
                    "UPDATE ingest.page SET due_at = now() - interval '1 s' WHERE url = %s",
                    [one.url("/1")],
                )
                connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
            work(service, until=lambda: len(changes(service)) == 4)
    return database


def is_told(service, host):
    """Return whether everything that a host announced was published."""
    with service.database.connection() as connection:
        left = connection.execute(
            "SELECT count(*) FILTER (WHERE state <> 'stored'), count(*) FROM ingest.page"
            " WHERE url LIKE %s",
            [f"{host.origin}/%"],
        ).fetchone()
    return left is not None and left[0] == 0 and left[1] > 0


@pytest.fixture
def website(news):
    """The URL of the consumer's role, made as the document says."""
    (block,) = read_blocks("sql", "owner")
    with psycopg.connect(news) as connection:
        connection.execute(block.code)
    yield as_role(news, "website")
    with psycopg.connect(news) as connection:
        connection.execute("DROP OWNED BY website; DROP ROLE website")


@pytest.fixture
def consumer():
    """The consumer of the document, as a module's names."""
    (block,) = read_blocks("python", "consumer")
    names = {"__name__": "consumer"}
    exec(compile(block.code, f"{DOC.name}:{block.line}", "exec"), names)
    return names


def kept(url):
    """Return what the consumer has: articles, and its cursor."""
    with psycopg.connect(url) as connection:
        articles = connection.execute("SELECT article, title, body FROM website.article").fetchall()
        place = connection.execute("SELECT khabar.cursor_of('website')").fetchone()
    return sorted(articles), place[0]


def published(url):
    """Return what khabar has: articles, and the newest change."""
    with psycopg.connect(url) as connection:
        articles = connection.execute("SELECT article, title, body FROM khabar.article").fetchall()
        newest = connection.execute("SELECT max(id) FROM khabar.change").fetchone()
    return sorted(articles), newest[0]


# ── every block ─────────────────────────────────────────────────────────────────────────


def test_every_query_runs_as_the_reader_and_finds_something(news):
    empty = []
    with psycopg.connect(as_role(news, "khabar_reader"), autocommit=True) as connection:
        for block in read_blocks("sql"):
            cursor = connection.execute(block.code)
            if not cursor.fetchall():
                empty.append(f"{DOC.name}:{block.line}")

    assert len(read_blocks("sql")) >= 8
    assert empty == []


def test_every_program_runs_as_the_reader_and_prints_something(news):
    programs = read_blocks("python")
    printed = [run_python(block, as_role(news, "khabar_reader")) for block in programs]

    assert printed
    assert all("Headline of item 1" in text for text in printed)


def test_no_block_is_left_out():
    fences = re.findall(r"^```(?:sql|python).*$", DOC.read_text("utf-8"), re.MULTILINE)
    known = [("sql", ""), ("sql", "owner")]
    known += [("python", part) for part in ("", "consumer", "elsewhere")]

    assert len(fences) == sum(len(read_blocks(*parts)) for parts in known)


# ── the consumer ────────────────────────────────────────────────────────────────────────


def test_the_consumer_ends_with_every_article_and_the_newest_cursor(website, consumer):
    consumer["follow"](website, range(1), wait=0.1)

    assert kept(website) == published(website)


def test_a_consumer_that_breaks_in_mid_batch_has_done_nothing(website, consumer):
    with psycopg.connect(website) as connection:
        connection.execute("ALTER TABLE website.article ADD CHECK (title NOT LIKE '%item 2')")

    with pytest.raises(psycopg.errors.CheckViolation):
        consumer["follow"](website, range(1), wait=0.1)

    assert kept(website) == ([], 0)


def test_the_consumer_comes_back_after_its_connection_was_ended(website, consumer, capsys):
    with psycopg.connect(website) as connection:
        connection.execute(END_THE_FIRST_CONNECTION)

    consumer["follow"](website, range(2), wait=0.1)

    assert "again in 2 s" in capsys.readouterr().out
    assert kept(website) == published(website)


def test_the_consumer_has_thirty_lines_and_survives_being_killed(website):
    (block,) = read_blocks("python", "consumer")
    command = [sys.executable, "-W", "error", "-c", block.code]
    for seconds in (0.3, 0.6, 0.9):  # in the middle of whatever it does
        with subprocess.Popen(command, env=os.environ | {"NEWS_URL": website}) as program:
            time.sleep(seconds)
            program.kill()
    with subprocess.Popen(command, env=os.environ | {"NEWS_URL": website}) as program:
        ends_at = time.monotonic() + 60
        while kept(website) != published(website):
            assert time.monotonic() < ends_at
            time.sleep(0.05)
        program.kill()

    assert len([line for line in block.code.splitlines() if line.strip()]) == 30


def test_a_consumer_elsewhere_has_the_same_articles_however_often_it_runs(news, tmp_path):
    (block,) = read_blocks("python", "elsewhere")
    for _ in range(2):
        run_python(block, as_role(news, "khabar_reader"), OURS=str(tmp_path / "news.db"))

    with sqlite3.connect(tmp_path / "news.db") as ours:
        rows = ours.execute("SELECT article, title, body FROM article").fetchall()
        place = ours.execute("SELECT change FROM place").fetchone()
    ours.close()

    assert (sorted(rows), place[0]) == published(news)
    with psycopg.connect(news) as connection:
        assert connection.execute("SELECT khabar.cursor_of('archive')").fetchone() == place


# ── every page ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(path):
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_are_named_are_there(path):
    named = re.findall(
        r"`((?:ingest|tests|workers|docs|migrations)/[\w./-]*)`", path.read_text("utf-8")
    )

    assert [name for name in named if not (ROOT / name).exists()] == []


def shown_commands(path):
    """Return the words of each `khabar …` that a page shows, up to a pipe or a remark."""
    text = re.sub(r" *\\\n *", " ", path.read_text("utf-8"))  # lines that go on in the next
    for match in SHOWN.finditer(text):
        words = shlex.shlex(match[1], posix=True, punctuation_chars="|;<>()&")
        words.whitespace_split = True
        line = []
        for word in words:
            if set(word) <= set("|;<>()&"):
                break
            line.append(word)
        yield line


def unknown_in(line):
    """Return the first word that is no command of ours, or no option of it; None where all are."""
    name, *rest = line
    if name.startswith("-"):
        return None if name in khabar("--help").out else name
    if name in NO_COMMANDS:
        return None
    if name not in COMMANDS:
        return name
    command = load_command(name)
    while hasattr(command, "commands") and rest:
        if rest[0] not in command.commands:
            return rest[0]
        command, rest = command.commands[rest[0]], rest[1:]
    if command.ignore_unknown_options:  # what follows is another program's
        return None
    options = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    return next((word for word in rest if word.startswith("--") and word not in options), None)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_that_are_shown_exist_with_their_options(path):
    wrong = [(line, word) for line in shown_commands(path) if (word := unknown_in(line))]

    assert wrong == []


def test_the_pages_show_most_commands():
    shown = {line[0] for path in PAGES for line in shown_commands(path)}

    assert len(shown & set(COMMANDS)) >= 20
    assert unknown_in(["feed", "nonsense"]) == "nonsense"
    assert unknown_in(["changes", "--nonsense"]) == "--nonsense"


def test_the_list_of_commands_in_the_readme_is_whole():
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.partition("## Commands")[2].partition("Each tells more")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table.replace("\\|", "/"), re.MULTILINE)
    listed = set()
    for cell in re.findall(r"`([^`]+)`", " ".join(rows)):
        name, _, parts = cell.partition(" ")
        listed |= {f"{name} {part}" for part in parts.split("/")} if parts else {name}

    known = set()
    for name in COMMANDS:
        parts = getattr(load_command(name), "commands", None)
        known |= {f"{name} {part}" for part in parts} if parts else {name}
    assert listed == known
