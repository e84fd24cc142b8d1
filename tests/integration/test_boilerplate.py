"""What a source's pages repeat is learnt as they come, on a real database and a web of ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.extract.recurring import RECENT, WINDOW, witnesses_in
from ingest.pipeline.boilerplate import apply_boilerplate
from ingest.storage import boilerplate as lines
from ingest.storage import page as pages
from tests.agency import feed, html, item, page, paragraphs
from tests.command import khabar
from tests.service import changes, follow, open_test_service, rows, work
from tests.service import pages as pages_of
from tests.stored import (
    add_host,
    add_source,
    article,
    claim,
    page_outcome,
    take_pages,
    text,
    wanted,
)
from tests.web import Web

NOTICE = "Reports on this page are a part of what subscribers receive; write to us for the rest."


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def with_line(number: int, line: str = NOTICE, version: int = 1) -> bytes:
    return page(number, version).replace(b"</article>", f"<p>{line}</p></article>".encode())


def with_lead(number: int, line: str = NOTICE) -> bytes:
    return page(number).replace(b"</h1>", f"</h1><p>{line}</p>".encode())


def bodies(service) -> dict[str, list[str]]:
    """Return the lines of each article's newest text, by the path of its page."""
    found = {row["url"].rpartition("/")[2]: row["body"].split("\n") for row in changes(service)}
    return dict(sorted(found.items()))


def collect(service, site, made) -> None:
    """Store the articles of pages by number, in order; `batch_rows=1` makes it one a commit."""
    for number, body in made.items():
        site.on(f"/{number}", html(body))
    site.on("/feed", feed([item(site.origin, number) for number in made]))
    follow(service, site.url("/feed"))
    work(service, until=lambda: len(changes(service)) == len(made))


@pytest.mark.parametrize("make", [with_line, with_lead])
def test_from_the_fifth_page_on_a_notice_stands_apart(database, site, make):
    with open_test_service(database, batch_rows=1) as service:
        collect(service, site, {number: make(number) for number in range(1, 8)})
        found = {row["url"].rpartition("/")[2]: row for row in changes(service)}

    kept = [number for number in range(1, 8) if NOTICE in found[str(number)]["body"]]
    assert kept == [1, 2, 3, 4]
    assert found["5"]["body"].split("\n") == paragraphs(5)
    assert NOTICE not in found["5"]["body_html"]
    assert [found[str(number)]["notice"] for number in (4, 5, 7)] == [None, NOTICE, NOTICE]


def test_pages_of_one_batch_teach_each_other(database, site):
    for number in range(1, 10):
        site.on(f"/{number}", html(with_line(number)))
    site.on("/feed", feed([item(site.origin, number) for number in range(1, 10)]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 9)
        found = bodies(service)

    assert sum(NOTICE in body for body in found.values()) <= 4


def test_a_line_that_few_pages_carry_is_news(database, site):
    for number in range(1, 19):
        site.on(f"/{number}", html(page(number) if number % 3 else with_line(number)))
    site.on("/feed", feed([item(site.origin, number) for number in range(1, 19)]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 18)
        found = bodies(service)

    assert sum(NOTICE in body for body in found.values()) == 6


def test_stored_articles_are_left_alone_and_a_recheck_makes_no_revision(database, site):
    with open_test_service(database, batch_rows=1) as service:
        collect(service, site, {number: with_line(number) for number in range(1, 7)})
        before = len(changes(service))
        site.on("/1", html(with_line(1) + b"<!-- another ad -->"))
        site.on("/2", html(with_line(2, version=2)))
        with service.database.connection() as connection:
            connection.execute(
                "UPDATE ingest.page SET due_at = now() - interval '1 s' WHERE url ~ '/[12]$'"
            )
            connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
        work(service, until=lambda: len(site.asked("/1")) == len(site.asked("/2")) == 2)
        found = changes(service)[before:]

    assert [row["url"] for row in found] == [site.url("/2")]
    assert found[0]["body"].split("\n") == paragraphs(2, 2)


def test_a_page_that_is_nothing_but_boilerplate_is_no_article(database, site):
    empty = page(9)
    for line in paragraphs(9):
        empty = empty.replace(f"<p>{line}</p>".encode(), b"")

    with open_test_service(database, batch_rows=1) as service:
        collect(service, site, {number: with_line(number) for number in range(1, 6)})
        site.on("/9", html(empty.replace(b"</article>", f"<p>{NOTICE}</p></article>".encode())))
        site.on("/feed", feed([item(site.origin, 9)]))
        with service.database.connection() as connection:
            connection.execute("UPDATE ingest.feed SET next_poll_at = now() - interval '1 s'")
            connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
        work(service, until=lambda: pages_of(service)[0].state == "no-article")
        row = pages_of(service)[0]

    assert (row.url, row.article_id) == (site.url("/9"), None)
    assert row.last_error == "its text is only what stands on every page of its source"
    assert row.due_at is not None


def test_a_source_shows_what_its_pages_repeat(database, site):
    for number in range(1, 7):
        site.on(f"/{number}", html(with_line(number)))
    site.on("/feed", feed([item(site.origin, number) for number in range(1, 7)]))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 6)
    table = khabar("source", "show", site.address, database=database).out
    (line,) = khabar("source", "show", site.address, "--json", database=database).json[
        "boilerplate"
    ]

    assert NOTICE in table
    assert "100%" in table
    assert (line["text"], line["shelf"], line["share"]) == (NOTICE, "en", 1.0)


def test_what_nobody_repeats_gets_no_row(database, site):
    for number in range(100):
        site.on(f"/{number}", html(with_line(number)))
    site.on("/feed", feed([item(site.origin, number) for number in range(100)]))

    with open_test_service(database, slice=20) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: len(changes(service)) == 100)
        kept = rows(service, "SELECT text, last FROM ingest.boilerplate")
        shelf = rows(service, "SELECT articles, recent FROM ingest.boilerplate_shelf")

    assert kept == [(NOTICE, 100)]
    assert [(row[0], len(witnesses_in(row[1]))) for row in shelf] == [(100, RECENT)]


def test_workers_that_learn_at_once_count_every_page_once(database):
    with open_test_service(database, request_gap=0) as service:
        with service.database.connection() as connection:
            source = add_source(connection)
            hosts = [add_host(connection, f"h{number}.example") for number in range(4)]
            pages.make_pages_due(
                connection,
                [
                    wanted(source, host, f"{host}/{number}")
                    for host in hosts
                    for number in range(10)
                ],
            )
            taken = [(host, take_pages(connection, host)) for host in claim(connection)]

        def learn(host, page):
            found = article(page.id, body=f"{text(page.id)}\n{NOTICE}")
            with service.database.connection() as connection:
                apply_boilerplate(service, connection, [page_outcome(host, page, found)])

        def learn_all(host, due) -> None:
            for page in due:
                learn(host, page)

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(learn_all, host, due) for host, due in taken]:
                done.result()
        with service.database.connection() as connection:
            (learned,) = lines.learned_lines(connection, "wire", window=WINDOW)

    assert learned.articles == 40
    assert learned.share == 1
    assert learned.text == NOTICE
