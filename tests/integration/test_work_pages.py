"""Pages that are no article, pages that come and go, pages in which a counter ticks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.agency import feed, html, item, page, paragraphs
from tests.command import khabar
from tests.service import changes, follow, open_test_service, pages, work
from tests.web import Web, redirect

CONSENT = b"""<!doctype html><html lang=en><title>Before you continue</title><body>
<h1>We value your privacy</h1><p>We and our partners store cookies on your device. You can accept
all cookies or choose what you allow in the privacy settings.</p><button>Accept</button>"""
CAPTCHA = b"""<!doctype html><html lang=en><title>Just a moment...</title><body>
<h1>wire.example</h1><p>Verify you are human by completing the action below.</p>"""
SOFT_404 = b"""<!doctype html><html lang=tr><title>Sayfa bulunamad\xc4\xb1</title><body>
<h1>Sayfa bulunamad\xc4\xb1</h1><p>Arad\xc4\xb1\xc4\x9f\xc4\xb1n\xc4\xb1z sayfa burada yok.</p>"""
BROKEN = b"<html><title>Database Error</title><h1>Error establishing a database connection</h1>"
FRONT = (
    "<!doctype html><html lang=en><title>World news</title><body><h1>World</h1>"
    + "".join(
        f"<div><h2><a href='/world/{n}'>Headline of the report number {n} of today</a></h2>"
        f"<p>The teaser of report {n} tells in one sentence what report {n} is about.</p></div>"
        for n in range(12)
    )
).encode()
NO_ARTICLES = {
    "consent": (CONSENT, "a consent wall"),
    "captcha": (CAPTCHA, "a check for robots"),
    "soft 404": (SOFT_404, "an error page"),
    "database": (BROKEN, "an error page"),
    "front": (FRONT, "a section front"),
}


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def announce(site, body: bytes = b"") -> None:
    site.on("/1", html(body or page(1)))
    site.on("/feed", feed([item(site.origin, 1)]))


def look_again(service, site, body: bytes) -> None:
    """Let the page be asked for once more, whatever it says by then."""
    before = len(site.asked("/1"))
    site.on("/1", html(body))
    with service.database.connection() as connection:
        connection.execute("UPDATE ingest.page SET due_at = now() - interval '1 s'")
        connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
    work(service, until=lambda: len(site.asked("/1")) > before)


def article_of(service) -> dict:
    with service.database.connection() as connection:
        return dict(
            zip(
                ("state", "revision", "body"),
                connection.execute("SELECT state, revision, body FROM khabar.article").fetchone(),
                strict=True,
            )
        )


@pytest.mark.parametrize("kind", NO_ARTICLES)
def test_a_page_that_is_no_article_says_what_it_is_and_is_asked_for_again(database, site, kind):
    body, said = NO_ARTICLES[kind]
    announce(site, body)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(pages(service) and pages(service)[0].last_error))
        (row,) = pages(service)
        stored = changes(service)
        shown = khabar("status", database=database)
        look_again(service, site, page(1))
        found = changes(service)

    assert stored == []
    assert (row.state, row.last_outcome) == ("no-article", "no-article")
    assert row.last_error.startswith(said)
    assert row.due_at is not None
    assert "pages that are no article (khabar article retry NUMBER)" in shown.out
    assert said in shown.out
    assert [one["body"].split("\n") for one in found] == [paragraphs(1)]


def test_an_error_page_is_asked_for_again_as_soon_as_after_any_failure(database, site):
    announce(site, BROKEN)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(pages(service) and pages(service)[0].last_error))
        waits = [pages(service)[0].due_at - pages(service)[0].fetched_at]
        for _ in range(5):
            look_again(service, site, BROKEN)
            waits.append(pages(service)[0].due_at - pages(service)[0].fetched_at)

    for failures, wait in enumerate(waits):
        assert (
            timedelta(seconds=4) < wait < timedelta(minutes=1) * 2**failures + timedelta(seconds=2)
        )


@pytest.mark.parametrize("kind", NO_ARTICLES)
def test_an_article_whose_page_is_none_today_stays_as_it_is(database, site, kind):
    body, said = NO_ARTICLES[kind]
    announce(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        before = article_of(service)
        for _ in range(3):
            look_again(service, site, body)
        (row,) = pages(service)
        during = article_of(service)
        told = len(changes(service))
        shown = khabar("article", "show", site.url("/1"), database=database).out
        look_again(service, site, page(1, 2))
        after = changes(service)

    assert before == during
    assert told == 1
    assert row.state == "stored"
    assert row.due_at is not None
    assert f"no-article: {said}" in shown
    assert [one["kind"] for one in after] == ["new", "revised"]


def test_a_page_that_leads_to_the_home_page_does_not_become_it(database, site):
    announce(site)
    site.on("/", html(FRONT))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        site.on("/1", redirect("/"))
        with service.database.connection() as connection:
            connection.execute("UPDATE ingest.page SET due_at = now() - interval '1 s'")
            connection.execute("UPDATE ingest.host SET due_at = now() - interval '1 s'")
        work(service, until=lambda: bool(site.asked("/")))
        work(service, until=lambda: bool(pages(service)[0].last_error))

        assert len(changes(service)) == 1
        assert article_of(service)["state"] == "live"


def test_a_person_retries_a_page_that_was_no_article(database, site):
    announce(site, CONSENT)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(pages(service) and pages(service)[0].last_error))
        site.on("/1", html(page(1)))
        said = khabar("article", "retry", "--failed", database=database).out
        work(service, until=lambda: bool(changes(service)))

        assert said == "1 page is due now\n"
        assert changes(service)[0]["cause"] == "person"


# ── comings and goings ──────────────────────────────────────────────────────────────────


def test_a_page_that_flaps_between_two_texts_makes_no_endless_revisions(database, site):
    announce(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        for turn in range(6):
            look_again(service, site, page(1, 2 if turn % 2 == 0 else 1))
        found = changes(service)

    assert [row["kind"] for row in found] == ["new", "revised", "revised"]
    assert found[-1]["body"].split("\n") == paragraphs(1)


@pytest.mark.parametrize(
    "tick",
    [
        "Viewed {0} times",
        "Updated {0} minutes ago",
        "{0} people have read this report so far, which is more than on any day of last week.",
    ],
)
def test_a_counter_in_the_text_makes_no_endless_revisions(database, site, tick):
    def ticking(number: int) -> bytes:
        line = f"<p>{tick.format(1000 + 7 * number)}</p>"
        return page(1).replace(b"</p><p>", f"</p>{line}<p>".encode(), 1)

    announce(site, ticking(0))

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        for number in range(1, 12):
            look_again(service, site, ticking(number))
        found = len(changes(service))
        look_again(service, site, ticking(12).replace(b"Item1line3", b"Corrected line3"))
        after = changes(service)

    assert found <= 6
    assert len(after) == found + 1
    assert "Corrected line3" in after[-1]["body"]


def test_a_page_whose_markup_alone_changes_makes_no_revision(database, site):
    announce(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        for number in range(4):
            look_again(service, site, page(1) + f"<!-- served {number} -->".encode())

        assert len(changes(service)) == 1
        assert pages(service)[0].state == "stored"


# ── our own doing ───────────────────────────────────────────────────────────────────────


def stored_by_an_older_extractor(service) -> None:
    """Let the stored text be what an extractor made that lost the last paragraph."""
    with service.database.connection() as connection:
        connection.execute(
            "UPDATE ingest.revision SET engine = 0, digest = '\\x00', body = %s",
            ["\n".join(paragraphs(1)[:-1])],
        )


def test_a_better_extractor_makes_no_correction_of_a_recheck(database, site):
    announce(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        stored_by_an_older_extractor(service)
        look_again(service, site, page(1) + b"<!-- another ad -->")

        assert len(changes(service)) == 1


def test_a_correction_is_told_whoever_read_the_text_before(database, site):
    announce(site)

    with open_test_service(database) as service:
        follow(service, site.url("/feed"))
        work(service, until=lambda: bool(changes(service)))
        stored_by_an_older_extractor(service)
        look_again(service, site, page(1, 2))
        found = changes(service)

    assert [(row["kind"], row["cause"]) for row in found] == [("new", "live"), ("revised", "live")]
