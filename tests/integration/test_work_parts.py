"""An article on several pages: joined, archived, followed; loops and holes named."""

from __future__ import annotations

import pytest

from tests.agency import feed, html, item, page, paragraphs
from tests.service import changes, follow, open_test_service, pages, rows, work
from tests.web import Answer, Web


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def part(number: int, next_page: str | None, version: int = 1, title: str = "Headline") -> Answer:
    """Return a page whose text is an item's, with where its next one is."""
    link = f"<link rel=next href='{next_page}'>" if next_page else ""
    body = page(number, version, title=title).replace(b"</head>", f"{link}</head>".encode())
    return html(body, ("ETag", f'"{number}-{version}"'))


def announce(site, path: str = "story") -> None:
    site.on("/feed", feed([item(site.origin, path)]))


def fall_due(service) -> None:
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.page SET due_at = now() - interval '1 s'")
        connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")


def collected(service) -> bool:
    return bool(changes(service))


def three_parts(site) -> None:
    announce(site)
    site.on("/story", part(1, "/story/2"))
    site.on("/story/2", part(2, "/story/3"))
    site.on("/story/3", part(3, None))


def test_the_parts_are_one_text_and_all_of_them_are_archived(database, site):
    three_parts(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (row,) = changes(service)
        kept = rows(service, "SELECT part, final_url, fetched_at FROM ingest.raw_page ORDER BY 1")

    assert row["body"].split("\n") == [*paragraphs(1), *paragraphs(2), *paragraphs(3)]
    assert row["url"] == site.url("/story")
    assert [line[0] for line in kept] == [0, 1, 2]
    assert len({line[2] for line in kept}) == 1
    assert kept[2][1] == site.url("/story/3")


def test_a_recheck_reads_every_part_and_finds_what_changed_in_the_last(database, site):
    three_parts(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        fall_due(service)
        work(service, until=lambda: len(site.asked("/story/3")) == 2)
        unchanged = pages(service)[0].last_outcome
        site.on("/story/3", part(3, None, version=2))
        fall_due(service)
        work(service, until=lambda: len(changes(service)) == 2)
        revised = changes(service)[1]

    assert unchanged == "unchanged"
    assert revised["kind"] == "revised"
    assert revised["body"].split("\n")[-6:] == paragraphs(3, 2)


def test_a_part_that_fails_makes_the_text_no_shorter(database, site):
    three_parts(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        site.on("/story", part(1, "/story/2", version=2))
        site.on("/story/3", Answer(status=404))
        fall_due(service)
        work(service, until=lambda: len(site.asked("/story/3")) == 2)
        (row,) = pages(service)
        found = changes(service)

    assert len(found) == 1
    assert row.state == "stored"
    assert row.last_outcome == "parts"
    assert row.last_error.startswith("part 3 can't be had: ")
    assert row.due_at is not None


def test_a_part_that_is_not_there_keeps_nobody_waiting(database, site):
    three_parts(site)
    site.on("/story/2", Answer(status=404))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (first,) = changes(service)
        fall_due(service)
        work(service, until=lambda: len(site.asked("/story/2")) == 2)
        (row,), again = pages(service), changes(service)
        site.on("/story/2", part(2, "/story/3"))
        fall_due(service)
        work(service, until=lambda: len(changes(service)) == 2)
        whole = changes(service)[1]

    assert first["partial"]
    assert first["body"].split("\n") == paragraphs(1)
    assert (row.state, row.last_outcome, len(again)) == ("stored", "unchanged", 1)
    assert not whole["partial"]
    assert whole["body"].split("\n") == [*paragraphs(1), *paragraphs(2), *paragraphs(3)]


def test_a_correction_waits_for_a_part_that_is_gone_but_not_for_ever(database, site):
    three_parts(site)
    site.on("/story/2", Answer(status=404))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        site.on("/story", part(1, "/story/2", version=2))
        waited = []
        for attempt in (2, 3, 4):
            waited.append(len(changes(service)))
            fall_due(service)
            work(service, until=lambda n=attempt: len(site.asked("/story/2")) == n)
        work(service, until=lambda: len(changes(service)) == 2)
        corrected = changes(service)[1]

    assert waited == [1, 1, 1]
    assert corrected["kind"] == "revised"
    assert corrected["body"].split("\n") == paragraphs(1, 2)


def test_what_is_never_whole_is_stored_as_partial_in_the_end(database, site):
    three_parts(site)
    site.on("/story/2", Answer(status=403))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        for attempt in (1, 2, 3):
            work(service, until=lambda n=attempt: len(site.asked("/story/2")) == n)
            fall_due(service)
        (row,) = changes(service)
        ((is_partial,),) = rows(service, "SELECT partial FROM khabar.article")

    assert row["body"].split("\n") == paragraphs(1)
    assert is_partial


@pytest.mark.parametrize("back", ["/story", "/story/2"])
def test_a_loop_is_named_and_what_it_holds_is_stored(database, site, back):
    announce(site)
    site.on("/story", part(1, "/story/2"))
    site.on("/story/2", part(2, "/story/3"))
    site.on("/story/3", part(3, back))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (row,) = changes(service)
        (stored,) = pages(service)

    assert len(row["body"].split("\n")) == 15
    assert "a loop: after part 3 comes part" in stored.last_error
    assert len(site.asked("/story/2")) == 1


def test_a_chain_without_end_is_cut_and_the_article_marked_partial(database, site):
    announce(site)
    site.on("/story", part(1, "/story/2"))
    for number in range(2, 30):
        site.on(f"/story/{number}", part(number, f"/story/{number + 1}"))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (stored,) = pages(service)
        ((is_partial,),) = rows(service, "SELECT partial FROM khabar.article")

    assert stored.last_error == "it has more than 20 parts"
    assert is_partial
    assert not site.asked("/story/21")


def test_the_next_post_of_a_blog_is_neither_joined_nor_asked_for(database, site):
    announce(site)
    site.on("/story", part(1, "/another-story"))
    site.on("/another-story", part(2, None, title="Another headline"))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (row,) = changes(service)

    assert row["body"].split("\n") == paragraphs(1)
    assert not site.asked("/another-story")


def test_a_page_under_another_headline_is_not_joined(database, site):
    announce(site)
    site.on("/story", part(1, "/story/2"))
    site.on("/story/2", part(2, None, title="Quite another"))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (row,) = changes(service)
        (stored,) = pages(service)

    assert row["body"].split("\n") == paragraphs(1)
    assert stored.last_error.endswith("speaks under another headline: not joined")


def test_a_part_that_robots_txt_forbids_is_not_asked_for(database, site):
    three_parts(site)
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /story/2"))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: collected(service))
        (stored,) = pages(service)

    assert not site.asked("/story/2")
    assert "robots.txt asks us to stay away" in stored.last_error
