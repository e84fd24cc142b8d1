"""The commands that look at the web: discovery, a page, robots.txt, a dry run of an agency."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.agency import feed, html, item, page
from tests.command import LOOPBACK, khabar
from tests.web import Answer, Web

DECLARATION = """
from zoneinfo import ZoneInfo
from ingest.model import Feed, Source, SourceKind

SOURCE = Source(
    slug="test-wire",
    name="Test [wire]",
    homepage="{origin}/",
    timezone=ZoneInfo("Europe/Vienna"),
    languages=("en",),
    feeds=(Feed(url="{feed}"),),
    ports=({port},),
    {more}
)
"""


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


def declare(site, folder, *, feed=None, more=""):
    """Write a declaration of a site's agency; return its file."""
    file = folder / "test_wire.py"
    text = DECLARATION.format(
        origin=site.origin, feed=feed or site.url("/feed"), port=site.port, more=more
    )
    file.write_text(text)
    return file


def ask(*words, **environment):
    return khabar(*words, **(LOOPBACK | environment))


def test_a_site_names_its_feeds(site):
    link = b"<link rel=alternate type=application/rss+xml title=News href=/feed>"
    site.on("/", html(b"<!doctype html><html><head>" + link + b"</head><body></body></html>"))

    told = ask("feed", "discover", site.url("/"))
    found = ask("feed", "discover", site.url("/"), "--json").json

    assert site.url("/feed") in told.out
    assert [(link["url"], link["title"]) for link in found] == [(site.url("/feed"), "News")]


def test_a_page_a_feed_and_a_sitemap_are_read_from_their_addresses(site):
    sitemap = b"<urlset><url><loc>" + site.url("/1").encode() + b"</loc></url></urlset>"
    site.on("/1", html(page(1)))
    site.on("/feed", feed([item(site.origin, 1)]))
    site.on("/sitemap.xml", Answer(sitemap, headers=[("Content-Type", "application/xml")]))

    assert ask("extract", site.url("/1")).json["title"] == "Headline of item 1"
    assert ask("feed", "parse", site.url("/feed")).json["entries"][0]["url"] == site.url("/1")
    assert ask("sitemap", site.url("/sitemap.xml")).json["urls"][0]["url"] == site.url("/1")


def test_an_address_that_cannot_be_had_fails_in_one_line(site):
    for words in (("extract", site.url("/none")), ("feed", "discover", site.url("/none"))):
        done = ask(*words)

        assert (done.status, done.out) == (1, "")
        assert "HTTP 404" in done.err


def test_loopback_is_refused_unless_it_is_allowed(site):
    done = khabar("extract", site.url("/1"))

    assert done.status == 1
    assert site.requests == []


def test_a_sites_own_robots_txt_is_asked(site):
    site.on("/robots.txt", Answer(b"User-agent: khabar\nDisallow: /no\nCrawl-delay: 2\n"))

    assert ask("robots", "check", site.url("/no")).json == {"allowed": False, "crawl_delay": 2.0}
    assert ask("robots", "check", site.url("/yes")).json["allowed"] is True


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Answer(status=503), "robots.txt answers HTTP 503; "),
        (Answer(raw=b"", ending="reset"), "robots.txt cannot be reached: "),
    ],
)
def test_a_robots_txt_that_cannot_be_had_allows_nothing_and_says_why(site, answer, what):
    site.on("/robots.txt", answer)

    found = ask("robots", "check", site.url("/any")).json

    assert found["allowed"] is False
    assert found["why"].startswith(what)
    assert found["why"].endswith("nothing may be asked for (RFC 9309, 2.3.1.4)")


def test_an_agency_that_works_passes_its_dry_run(site, tmp_path):
    site.on("/feed", feed([item(site.origin, number) for number in (1, 2, 3)]))
    for number in (1, 2, 3):
        site.on(f"/{number}", html(page(number)))

    done = ask("source", "check", declare(site, tmp_path))

    assert (done.status, done.err) == (0, "")
    assert "Test [wire]: the declaration is fine" in done.out
    assert f"✓ {site.url('/feed')}: 3 entries" in done.out
    assert "✓ Headline of item 1" in done.out
    assert [request.path for request in site.requests] == ["/feed", "/robots.txt", "/1", "/2"]


def test_a_dry_run_leaves_the_usual_gap(site, tmp_path):
    site.on("/robots.txt", Answer(b"User-agent: *\nCrawl-delay: 0.3\n"))
    site.on("/feed", feed([item(site.origin, number) for number in (1, 2)]))
    for number in (1, 2):
        site.on(f"/{number}", html(page(number)))

    done = ask("source", "check", declare(site, tmp_path), "--json", KHABAR_REQUEST_GAP="100ms")

    times = [request.at for request in site.requests]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert done.status == 0
    assert all(wait >= least for wait, least in zip(waits, (0.1, 0.3, 0.3), strict=True))


def test_a_dry_run_says_what_fails(site, tmp_path):
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /1\n"))
    site.on("/feed", feed([item(site.origin, 1), item(site.origin, 2)], channel="<ttl>x</ttl>"))
    site.on("/2", Answer(b"%PDF-1.7", headers=[("Content-Type", "application/pdf")]))

    done = ask("source", "check", declare(site, tmp_path))
    found = ask("source", "check", declare(site, tmp_path), "--json").json

    assert done.status == 1
    assert done.err == "khabar: test-wire: 1 problem; see above\n"
    assert "robots.txt asks us to stay away" in done.out
    assert "PDF" in done.out
    assert [page["article"] for page in found["feeds"][0]["pages"]] == [None, None]


def test_a_dry_run_says_that_a_feed_is_none(site, tmp_path):
    site.on("/feed", html(b"<!doctype html><title>Moved</title>"))

    done = ask("source", "check", declare(site, tmp_path))

    assert done.status == 1
    assert f"✗ {site.url('/feed')}: not a feed" in done.out


def test_a_bridge_is_tried_where_the_operator_runs_it(site, tmp_path):
    site.on("/user/x", feed([]))
    file = declare(site, tmp_path, feed="/user/x", more="kind=SourceKind.BRIDGE")

    unset = ask("source", "check", file)
    tried = ask("source", "check", file, KHABAR_BRIDGE_URL=site.origin + "/")

    assert "set KHABAR_BRIDGE_URL" in unset.out
    assert f"✓ {site.url('/user/x')}: 0 entries" in tried.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "declares no agency"),
        ("def (", "line 1"),
        ("1 / 0", "ZeroDivisionError"),
        ("SOURCE = 5", "is a int"),
    ],
)
def test_a_file_that_is_no_declaration_says_why(tmp_path, text, said):
    file = tmp_path / "odd.py"
    file.write_text(text)

    done = ask("source", "check", file)

    assert (done.status, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_file_that_is_not_there_says_so(tmp_path):
    done = ask("source", "check", tmp_path / "none.py")

    assert done.status == 1
    assert "there is no such file" in done.err


def test_a_bad_declaration_is_not_tried_on_the_web(site, tmp_path):
    file = declare(site, tmp_path, more='recheck_after=5, note="x",')

    done = ask("source", "check", file)

    assert done.status == 1
    assert "the declaration is bad" in done.out
    assert site.requests == []


def test_a_declared_agency_is_checked_without_the_web():
    assert ask("source", "check", "anadolu", "--offline").status == 0
