"""What an administrator may expect of us: each rule a host on loopback, the verdict from its log.

    python -m tests.acceptance.manners

The whole service runs at 600 times the pace of life and follows a feed at each host; in the middle
it is stopped and started again. A rule is a generator: it makes its hosts, yields what tells
when they have been asked enough, and then yields one complaint after another. docs/manners.md is
the same list in words; a test keeps the two together.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.acceptance.codings import CODINGS
from tests.acceptance.running import Running, new_home
from tests.agency import html, item, page, rss
from tests.web import Answer, Host, Request, Script, Web, endless, redirect

SPEED = 600.0  # virtual seconds in a real one
FLOOR, CEILING, GAP = 300.0, 900.0, 60.0  # virtual
SOONER = 12.0  # virtual; what the measuring itself may be wrong by
MOST_REAL_SECONDS = 100.0
STOPS = 2  # one in the middle, one at the end; each may cut a poll between its hops
Ready = Callable[[], bool]
Rule = Callable[["Scene"], Iterator[Any]]
RULES: dict[str, Rule] = {}
SECRET = "open-sesame-4711"


def rule(name: str) -> Callable[[Rule], Rule]:
    """Give a rule the name that docs/manners.md knows it by."""

    def add(made: Rule) -> Rule:
        RULES[name] = made
        return made

    return add


@dataclass
class Scene:
    """What the rules share: the web, the clock, and at the end the service's own account."""

    web: Web
    feeds: list[str] = field(default_factory=list)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    spoken: str = ""
    credentials: dict[str, str] = field(default_factory=dict)
    epoch: float = field(default_factory=time.time)
    began: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """Return the virtual time."""
        return datetime.fromtimestamp(self.epoch + (time.time() - self.epoch) * SPEED, UTC)

    def errors(self, site: Host) -> list[str]:
        """Return what the service said of each poll of a host's feed that failed."""
        lines = [line for line in self.spoken.splitlines() if line.startswith("{")]
        polls = [row for row in map(json.loads, lines) if row["event"] == "feed.polled"]
        return [row["error"] for row in polls if row["url"] == site.url("/feed") and row["error"]]

    def follow(self, *answers: Answer | Script, site: Host | None = None) -> Host:
        """Make a host whose feed answers so, and have it followed."""
        site = site or self.web.new_host()
        self.feeds.append(site.on("/feed", *answers))
        return site


# ── what hosts serve ────────────────────────────────────────────────────────────────────


def document(*entries: str, headers: Sequence[tuple[str, str]] = (), channel: str = "") -> Answer:
    """Return a feed."""
    kind = ("Content-Type", "application/rss+xml")
    return Answer(rss(entries, channel=channel), headers=[kind, *headers])


def busy(*headers: tuple[str, str], channel: str = "") -> Script:
    """Return a feed that has something new at each poll, so that it is asked as often as may be."""
    polls = iter(range(1, 10_000))

    def answer(_request: Request) -> Answer:
        newest = next(polls) * 5
        entries = (
            f"<item><title>Flash {n}</title><guid isPermaLink='false'>f{n}</guid></item>"
            for n in range(newest, newest - 20, -1)
        )
        return document(*entries, headers=headers, channel=channel)

    return answer


def serve_pages(site: Host, *numbers: int, prefix: str = "") -> list[str]:
    """Put pages on a host; return the items that announce them."""
    for number in numbers:
        site.on(f"{prefix}/{number}", html(page(number)))
    return [item(site.origin + prefix, number) for number in numbers]


def waits(requests: Sequence[Request]) -> list[float]:
    """Return the virtual seconds between requests."""
    return [(after.at - before.at) * SPEED for before, after in itertools.pairwise(requests)]


def asked(site: Host, times: int, path: str = "/feed") -> Ready:
    """Return whether a path has been asked for so often."""
    return lambda: len(site.asked(path)) >= times


def all_asked(sites: Iterable[Host], times: int, path: str = "/feed") -> Ready:
    """Return whether each host has been asked for a path so often."""
    conditions = [asked(site, times, path) for site in sites]
    return lambda: all(condition() for condition in conditions)


def followed(site: Host, source: str, target: str) -> int:
    """Return how many requests for the target came from the source's redirect.

    A poll that a stop cuts between its hops begins at the source again.
    """
    hops = [one.path for one in site.requests if one.path in (source, target)]
    return list(itertools.pairwise(hops)).count((source, target))


def leaves_few(site: Host, source: str, target: str) -> list[str]:
    """Complain when more polls end at the redirect than stops can have cut."""
    left = len(site.asked(source)) - followed(site, source, target)
    return unless(left <= STOPS, f"leaves {left} polls at the redirect")


def tells(scene: Scene, site: Host, word: str) -> list[str]:
    """Complain unless a poll's error says so, and what people are shown is one of the errors."""
    errors = scene.errors(site)
    shown = scene.accounts[site.url("/feed")]["last_error"]
    is_told = shown in errors and any(word in error for error in errors)
    return unless(is_told, f"{word}: says {errors}, shows {shown!r}")


def sent(site: Host, name: str, path: str = "/feed") -> list[str | None]:
    """Return what each request for a path said in a header."""
    return [request.header(name) for request in site.asked(path)]


def unless(is_fine: bool, complaint: str) -> list[str]:
    """Return the complaint, unless all is fine."""
    return [] if is_fine else [complaint]


# ── who asks ────────────────────────────────────────────────────────────────────────────


@rule("user-agent")
def says_who_it_is(scene: Scene) -> Iterator[Any]:
    site = scene.follow(busy())
    yield asked(site, 3)
    for agent in {request.header("User-Agent") or "" for request in site.requests}:
        is_named = agent.startswith("khabar/") and "(+https://tests.example/contact)" in agent
        yield from unless(is_named, f"asks as {agent!r}")


@rule("nothing-else")
def tells_nothing_else(scene: Scene) -> Iterator[Any]:
    site = scene.follow(busy(("Set-Cookie", "id=1; Path=/")))
    yield asked(site, 3)
    expected = {"host", "user-agent", "accept", "accept-encoding"}
    for request in site.requests:
        names = {name.lower() for name, _ in request.headers}
        yield from unless(names <= expected, f"sends {sorted(names - expected)}")
        yield from unless("?" not in request.path, f"asks for {request.path}")


@rule("one-at-a-time")
def asks_one_after_the_other(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    items = serve_pages(site, *range(1, 7))
    for number in range(1, 7):
        site.on(f"/{number}", Answer(page(number), headers=html(b"").headers, delay=0.3))
    scene.follow(document(*items), site=site)
    yield lambda: all(site.asked(f"/{number}") for number in range(1, 7))
    pages = [one for one in site.requests if one.path.strip("/").isdigit()]
    for wait in waits(pages):
        yield from unless(wait >= 0.3 * SPEED - SOONER, f"asks again after {wait:.0f} s")


@rule("request-gap")
def leaves_a_gap(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    scene.follow(document(*serve_pages(site, *range(1, 7))), site=site)
    scene.feeds.append(site.on("/other", busy()))
    yield (
        lambda: (
            len(site.asked("/other")) >= 3
            and all(site.asked(f"/{number}") for number in range(1, 7))
        )
    )
    for wait in waits(site.requests):
        yield from unless(wait >= GAP - SOONER, f"asks again after {wait:.0f} s")


@rule("once-more")
def waits_for_its_turn_to_ask_once_more(scene: Scene) -> Iterator[Any]:
    site, numbers = scene.web.new_host(), range(1, 5)
    items = serve_pages(site, *numbers)
    for number in numbers:
        site.on(f"/{number}", Answer(raw=b"", ending="reset"), html(page(number)))
    scene.follow(document(*items), site=site)
    dying = [document(), Answer(raw=b"", ending="reset"), document()]
    scene.feeds.append(site.on("/other", *dying, *dying, busy()))
    pages = [f"/{number}" for number in numbers]
    yield lambda: asked(site, 8, "/other")() and all(len(site.asked(one)) >= 2 for one in pages)
    for wait in waits(site.requests):
        yield from unless(wait >= GAP - SOONER, f"asks again after {wait:.0f} s")
    for wait in waits(site.asked("/other")):
        yield from unless(wait >= FLOOR - SOONER, f"polls again after {wait:.0f} s")


@rule("floor")
def polls_no_sooner_than_the_floor(scene: Scene) -> Iterator[Any]:
    site = scene.follow(busy())
    yield asked(site, 8)
    for wait in waits(site.asked("/feed")):
        yield from unless(wait >= FLOOR - SOONER, f"polls again after {wait:.0f} s")


# ── validators ──────────────────────────────────────────────────────────────────────────


@rule("etag")
def sends_an_etag_back_as_it_was(scene: Scene) -> Iterator[Any]:
    tags = ('"a"', 'W/"a b"', "no-quotes", '"{1}", "2"', "'" + "x" * 4000 + "'", '"\xe4"')
    sites = {tag: scene.follow(document(headers=[("ETag", tag)])) for tag in tags}
    yield all_asked(sites.values(), 3)
    for tag, site in sites.items():
        seen = sent(site, "If-None-Match")
        yield from unless(seen == [None] + [tag] * (len(seen) - 1), f"{tag[:20]}: {seen[1]!r}")


@rule("last-modified")
def sends_a_last_modified_back_as_it_was(scene: Scene) -> Iterator[Any]:
    dates = ("Wed, 26 Nov 2025 10:00:00 GMT", "sat, 29 feb 2025 25:61:61 gmt", "yesterday", "0")
    sites = {date: scene.follow(document(headers=[("Last-Modified", date)])) for date in dates}
    yield all_asked(sites.values(), 3)
    for date, site in sites.items():
        seen = sent(site, "If-Modified-Since")
        yield from unless(seen == [None] + [date] * (len(seen) - 1), f"{date}: {seen[1]!r}")


@rule("validators-from-304")
def adopts_validators_from_a_304(scene: Scene) -> Iterator[Any]:
    newer = Answer(status=304, headers=[("ETag", '"2"')])
    site = scene.follow(document(headers=[("ETag", '"1"'), ("Last-Modified", "then")]), newer)
    yield asked(site, 4)
    tags, dates = sent(site, "If-None-Match"), sent(site, "If-Modified-Since")
    yield from unless(tags[:4] == [None, '"1"', '"2"', '"2"'], f"tags {tags[:4]}")
    yield from unless(dates[:3] == [None, "then", "then"], f"dates {dates[:3]}")


@rule("validators-dropped")
def forgets_validators_that_the_server_drops(scene: Scene) -> Iterator[Any]:
    site = scene.follow(document(headers=[("ETag", '"1"')]), document(item("http://x.test", 1)))
    yield asked(site, 4)
    tags = sent(site, "If-None-Match")
    yield from unless(tags[:3] == [None, '"1"', None], f"{tags[:3]}")


@rule("always-conditional")
def asks_no_unconditional_question(scene: Scene) -> Iterator[Any]:
    """Over the restart in the middle as well."""

    def answer(request: Request) -> Answer:
        if request.header("If-None-Match") == '"same"':
            return Answer(status=304, headers=[("ETag", '"same"')])
        return document(headers=[("ETag", '"same"')])

    site = scene.follow(answer)
    yield asked(site, 6)
    blind = sent(site, "If-None-Match").count(None)
    yield from unless(blind == 1, f"asks {blind} times without the validator it holds")


@rule("validators-stay")
def carries_no_validator_to_another_url(scene: Scene) -> Iterator[Any]:
    own, away, other = (scene.web.new_host() for _ in range(3))
    for site in (own, other):
        site.on("/there", document(headers=[("ETag", '"there"')]))
    detour = redirect("/there", 302, ("ETag", '"hop"'))
    scene.follow(document(headers=[("ETag", '"here"')]), detour, site=own)
    scene.follow(redirect(other.url("/there"), 302, ("ETag", '"hop"')), site=away)
    yield lambda: asked(own, 3, "/there")() and asked(other, 3, "/there")()
    here, gone = sent(own, "If-None-Match"), sent(away, "If-None-Match")
    yield from unless(here == [None] + ['"here"'] * (len(here) - 1), f"is sent {here}")
    yield from unless(set(gone) == {None}, f"the old address is sent {gone}")
    for site in (own, other):
        there = sent(site, "If-None-Match", "/there")
        yield from unless(there[:2] == [None, '"there"'], f"the new one is sent {there[:2]}")


@rule("detour-from-the-start")
def asks_conditionally_after_a_detour(scene: Scene) -> Iterator[Any]:
    """Of a feed that its own server has sent elsewhere ever since we know it."""
    site = scene.web.new_host()
    site.on("/there", document(headers=[("ETag", '"there"')]))
    home = document(headers=[("ETag", '"here"')])
    scene.follow(redirect("/there"), redirect("/there"), home, site=site)
    yield asked(site, 5)
    tags = sent(site, "If-None-Match")
    expected = [None, '"there"', '"there"', '"here"', '"here"']
    yield from unless(tags[:5] == expected, f"is sent {tags[:5]}")


# ── redirects ───────────────────────────────────────────────────────────────────────────


@rule("moved-for-good")
def adopts_a_permanent_redirect_after_five_polls(scene: Scene) -> Iterator[Any]:
    sites = {status: scene.follow(redirect("/new", status)) for status in (301, 308)}
    for site in sites.values():
        site.on("/new", busy())
    yield all_asked(sites.values(), 7, "/new")
    for status, site in sites.items():
        old = followed(site, "/feed", "/new")
        yield from unless(old == 5, f"{status}: asks by the old address {old} times")
        yield from leaves_few(site, "/feed", "/new")


@rule("moved-and-failing")
def adopts_a_permanent_redirect_whose_target_fails(scene: Scene) -> Iterator[Any]:
    often, always = (scene.follow(redirect("/new", 301)) for _ in range(2))
    broken, reset = Answer(status=500), Answer(raw=b"", ending="reset")
    often.on("/new", broken, document(), reset, broken, broken, busy())
    always.on("/new", Answer(status=404))
    yield lambda: asked(often, 7, "/new")() and asked(always, 12, "/new")()
    for site, expected in ((often, 5), (always, 10)):
        old = followed(site, "/feed", "/new")
        yield from unless(old == expected, f"asks by the old address {old} times, not {expected}")
        yield from leaves_few(site, "/feed", "/new")


@rule("moved-for-now")
def never_adopts_a_temporary_redirect(scene: Scene) -> Iterator[Any]:
    sites = {status: scene.follow(redirect("/there", status)) for status in (302, 303, 307)}
    for site in sites.values():
        site.on("/there", busy())
    yield all_asked(sites.values(), 7, "/there")
    for status, site in sites.items():
        straight = len(site.asked("/there")) - followed(site, "/feed", "/there")
        yield from unless(straight == 0, f"{status}: asks {straight} times past the old address")
        yield from leaves_few(site, "/feed", "/there")


@rule("redirect-loop")
def gives_up_loops_and_long_chains(scene: Scene) -> Iterator[Any]:
    ring = scene.web.new_host()
    ring.on("/b", redirect("/feed"))
    scene.follow(redirect("/b"), site=ring)
    chain = scene.web.new_host()
    for number in range(1, 10):
        chain.on(f"/{number}", redirect(f"/{number + 1}"))
    scene.follow(redirect("/1"), site=chain)
    yield lambda: asked(ring, 2)() and asked(chain, 2)()
    yield from unless(not chain.asked("/6"), "follows more than five redirects")
    yield from unless(len(ring.asked("/b")) <= len(ring.asked("/feed")), "goes round and round")
    for site, said in ((ring, "loop"), (chain, "more than 5")):
        yield from tells(scene, site, said)


# ── quiet ───────────────────────────────────────────────────────────────────────────────


@rule("retry-after")
def keeps_away_as_long_as_it_is_asked_to(scene: Scene) -> Iterator[Any]:
    def in_seconds() -> str:
        return "1800"

    def as_date() -> str:
        at = datetime.fromtimestamp(scene.now().timestamp() + 1800, UTC)
        return format_datetime(at, usegmt=True)

    def second_time(status: int, named: Callable[[], str]) -> Script:
        turns = iter(range(1000))

        def answer(_request: Request) -> Answer:
            if next(turns) != 1:
                return document()
            headers = [("Location", "/there"), ("Retry-After", named())]
            return Answer(status=status, headers=headers)

        return answer

    cases = ((429, in_seconds), (503, as_date), (302, in_seconds), (503, in_seconds))
    sites = [(status, scene.follow(second_time(status, named))) for status, named in cases]
    for _, site in sites:
        scene.feeds.append(site.on("/other", busy()))
    yield all_asked((site for _, site in sites), 3)
    for status, site in sites:
        told = site.asked("/feed")[1]
        after = next(one for one in site.requests if one.at > told.at)
        wait = (after.at - told.at) * SPEED
        yield from unless(wait >= 1800 - SOONER, f"{status}: the host is asked after {wait:.0f} s")


@rule("back-off")
def backs_off_from_errors_and_comes_back(scene: Scene) -> Iterator[Any]:
    bad: list[Answer] = [
        Answer(status=500),
        Answer(status=502),
        Answer(ending="close", raw=b""),
        Answer(ending="reset"),
        Answer(ending="silence"),
    ]
    sites = [scene.follow(answer, answer, answer, busy()) for answer in bad]
    yield all_asked(sites, 6)
    for site in sites:
        for wait in waits(site.asked("/feed"))[:3]:
            yield from unless(wait >= FLOOR - SOONER, f"asks again after {wait:.0f} s")


@rule("slower-on-4xx")
def slows_down_where_there_is_nothing(scene: Scene) -> Iterator[Any]:
    sites = {
        status: scene.follow(Answer(status=status), Answer(status=status), busy())
        for status in (404, 403, 401)
    }
    yield all_asked(sites.values(), 5)
    for status, site in sites.items():
        first, second, *_ = waits(site.asked("/feed"))
        yield from unless(first >= 1.5 * FLOOR, f"{status}: asks again after {first:.0f} s")
        yield from unless(second >= 2.5 * FLOOR, f"{status}: then after {second:.0f} s")


@rule("gone")
def leaves_what_is_gone(scene: Scene) -> Iterator[Any]:
    site = scene.follow(Answer(status=410))
    other = scene.follow(busy())
    yield lambda: asked(other, 9)() and asked(site, 2)()
    yield from unless(len(site.asked("/feed")) == 2, f"asks {len(site.asked('/feed'))} times")


# ── pace ────────────────────────────────────────────────────────────────────────────────


@rule("freshness")
def asks_no_sooner_than_the_answer_is_stale(scene: Scene) -> Iterator[Any]:
    long_ago = "Mon, 01 Jan 2024 00:00:00 GMT"
    wishes: list[tuple[Sequence[tuple[str, str]], str, float]] = [
        ([("Cache-Control", "max-age=700")], "", 700),
        ([("Cache-Control", "public, s-maxage=700, max-age=10")], "", 700),
        ([("Cache-Control", "max-age=1700"), ("Age", "1000")], "", 700),
        ([("Date", long_ago), ("Expires", "Mon, 01 Jan 2024 00:12:00 GMT")], "", 720),
        ([], "<ttl>12</ttl>", 720),
        (
            [],
            (
                "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>hourly"
                "</sy:updatePeriod><sy:updateFrequency xmlns:sy="
                "'http://purl.org/rss/1.0/modules/syndication/'>5</sy:updateFrequency>"
            ),
            720,
        ),
    ]
    sites = [scene.follow(busy(*headers, channel=channel)) for headers, channel, _ in wishes]
    yield all_asked(sites, 4)
    for (headers, channel, least), site in zip(wishes, sites, strict=True):
        for wait in waits(site.asked("/feed")):
            yield from unless(wait >= least - SOONER, f"{headers or channel}: {wait:.0f} s")


@rule("skip-hours")
def keeps_out_of_the_hours_it_is_asked_to_skip(scene: Scene) -> Iterator[Any]:
    hour = scene.now().hour
    shut = [(hour + more) % 24 for more in (1, 2)]
    hours = "".join(f"<hour>{one}</hour>" for one in shut)
    site = scene.follow(busy(channel=f"<skipHours>{hours}</skipHours>"))
    yield lambda: len(site.asked("/feed")) >= 3 and (scene.now().hour - hour) % 24 >= 3
    for request in site.asked("/feed")[1:]:
        seconds = (request.at - time.monotonic() + time.time() - scene.epoch) * SPEED
        at = datetime.fromtimestamp(scene.epoch + seconds, UTC)
        is_early = at.minute == 59 and at.second > 60 - SOONER  # of the hour before
        yield from unless(at.hour not in shut or is_early, f"asks at {at:%H:%M:%S}")


# ── robots.txt ──────────────────────────────────────────────────────────────────────────


@rule("robots")
def obeys_robots_txt(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    shut = ["/private/1", "/longest/shut/2", "/ends.php", "/%C3%BC/3"]
    open_ = ["/4", "/longest/5", "/private/open/6", "/ends.php/7"]
    text = (
        "\ufeffUser-agent: *\nDisallow: /private/\n\nUser-agent: other\nDisallow: /\n\n"
        "User-agent: *\nAllow: /private/open\nDisallow: /longest/shut\nAllow: /longest\n"
        "Disallow: /*.php$\nDisallow: /ü/\n"
    )
    site.on("/robots.txt", Answer(text.encode()))
    for number, path in enumerate(shut + open_, 1):
        site.on(path, html(page(number)))
    links = [
        f"<item><title>T</title><guid>{path}</guid><link>{site.url(path)}</link></item>"
        for path in shut + open_
    ]
    scene.follow(document(*links), site=site)
    yield lambda: all(site.asked(path) for path in open_) and asked(site, 5)()
    for path in shut:
        yield from unless(not site.asked(path), f"asks for {path}")
    times = len(site.asked("/robots.txt"))
    yield from unless(times == 1, f"asks for robots.txt {times} times")


@rule("robots-missing")
def takes_a_missing_robots_txt_for_a_yes(scene: Scene) -> Iterator[Any]:
    sites = [scene.web.new_host() for _ in range(3)]
    for status, site in zip((404, 403, 401), sites, strict=True):
        site.on("/robots.txt", Answer(status=status))
        scene.follow(document(*serve_pages(site, 1)), site=site)
    yield all_asked(sites, 1, "/1")


@rule("robots-redirect")
def follows_a_redirected_robots_txt(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    site.on("/robots.txt", redirect("/a", 301))
    site.on("/a", redirect("/b", 302))
    site.on("/b", Answer(b"User-agent: khabar\nDisallow: /1\n"))
    scene.follow(document(*serve_pages(site, 1, 2)), site=site)
    yield asked(site, 1, "/2")
    yield from unless(not site.asked("/1"), "asks for what is shut")


@rule("robots-broken")
def stays_away_from_pages_while_robots_txt_is_broken(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    site.on("/robots.txt", Answer(status=500))
    scene.follow(document(*serve_pages(site, 1)), site=site)
    yield asked(site, 4)
    yield from unless(not site.asked("/1"), "asks for a page")


@rule("crawl-delay")
def leaves_the_gap_that_is_asked_for(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    site.on("/robots.txt", Answer(b"User-agent: *\nCrawl-delay: 400\n"))
    scene.follow(document(*serve_pages(site, 1, 2, 3)), site=site)
    yield lambda: all(site.asked(f"/{number}") for number in (1, 2, 3))
    robots = site.requests.index(site.asked("/robots.txt")[0])
    for wait in waits(site.requests[robots:]):
        yield from unless(wait >= 400 - SOONER, f"asks again after {wait:.0f} s")


# ── transport ───────────────────────────────────────────────────────────────────────────


@rule("codings")
def reads_what_it_says_it_accepts(scene: Scene) -> Iterator[Any]:
    sites = {name: scene.web.new_host() for name in CODINGS}
    for name, site in sites.items():
        packed = CODINGS[name](rss(serve_pages(site, 1)))
        scene.follow(Answer(packed, headers=[("Content-Encoding", name)]), site=site)
    yield all_asked(sites.values(), 1, "/1")
    for name, site in sites.items():
        accepted = sent(site, "Accept-Encoding")[0] or ""
        yield from unless(name in accepted, f"takes {name}, and does not say so")


@rule("careless-servers")
def understands_careless_servers(scene: Scene) -> Iterator[Any]:
    ways: list[dict[str, Any]] = [
        {"chunked": True, "trailers": [("X-Sum", "1")], "pieces": 3},
        {"version": "HTTP/1.0", "length": None},
        {"headers": [("Content-Type", "image/png")]},
        {"headers": [("Content-Type", "text/html")]},
        {"headers": []},
    ]
    sites = [scene.web.new_host() for _ in ways]
    for way, site in zip(ways, sites, strict=True):
        scene.follow(Answer(rss(serve_pages(site, 1)), **way), site=site)
    gzip = scene.web.new_host()
    packed = CODINGS["gzip"](rss(serve_pages(gzip, 1)))
    unpacked = {"headers": [("Content-Encoding", "gzip")], "length": 10 * len(packed)}
    scene.follow(Answer(packed, ending="close", **unpacked), site=gzip)
    yield all_asked([*sites, gzip], 1, "/1")


@rule("bounds")
def ends_what_does_not_end(scene: Scene) -> Iterator[Any]:
    bomb = CODINGS["gzip"](b"\0" * 30_000_000)
    answers = {
        "bytes": Answer(length=None, stream=endless(b"x" * 65_536)),
        "times": Answer(bomb, headers=[("Content-Encoding", "gzip")]),
        "headers": Answer(headers=[("X-Long", "x" * 200_000)]),
        "not whole within": Answer(b"x" * 1000, pieces=1000, pause=0.1),
    }
    sites = {name: scene.follow(answer) for name, answer in answers.items()}
    yield all_asked(sites.values(), 2)
    for name, site in sites.items():
        yield from tells(scene, site, name)


@rule("address-guard")
def goes_to_no_private_place(scene: Scene) -> Iterator[Any]:
    places = (
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x0a000001/",
        "http://[64:ff9b::a00:1]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:password@example.com/",
    )
    sites = {place: scene.follow(redirect(place)) for place in places}
    yield all_asked(sites.values(), 2)
    for place, site in sites.items():
        account = scene.accounts[site.url("/feed")]
        is_named = account["last_outcome"] == "refused-address" and account["last_error"]
        yield from unless(is_named, f"{place}: {account['last_outcome']} {account['last_error']}")


@rule("credentials")
def shows_credentials_to_their_origin_alone(scene: Scene) -> Iterator[Any]:
    licensed, elsewhere = scene.web.new_host(), scene.web.new_host()
    elsewhere.on("/there", document())
    scene.credentials["KHABAR_CREDENTIALS_WIRE_ORIGIN"] = licensed.origin
    scene.credentials["KHABAR_CREDENTIALS_WIRE_TOKEN"] = SECRET
    away, later = redirect(elsewhere.url("/there")), iter([Answer(status=500)])
    works = busy()

    def answer(request: Request) -> Answer:
        return next(later, None) or works(request) if elsewhere.requests else away

    scene.follow(answer, site=licensed)
    yield lambda: asked(licensed, 4)() and bool(elsewhere.requests)
    seen = set(sent(licensed, "Authorization"))
    yield from unless(seen == {f"Bearer {SECRET}"}, f"its origin is sent {seen}")
    leaked = [one for one in elsewhere.requests if SECRET in str(one.headers)]
    yield from unless(not leaked, "another host is sent the secret")
    yield from unless(SECRET not in scene.spoken, "the secret is in the log or in an answer")


@rule("window")
def says_what_a_window_lost_and_looks_for_it(scene: Scene) -> Iterator[Any]:
    site = scene.web.new_host()
    first, lost, last = (serve_pages(site, *numbers) for numbers in ((1, 2), (3, 4), (5, 6)))
    assert lost

    def sitemap(_request: Request) -> Answer:
        ago = (time.monotonic() - site.asked("/feed")[0].at - 0.05) * SPEED
        at = datetime.fromtimestamp(scene.now().timestamp() - ago, UTC).isoformat()
        urls = "".join(
            f"<url><loc>{site.url(f'/{number}')}</loc><lastmod>{at}</lastmod></url>"
            for number in range(1, 7)
        )
        return Answer(f"<urlset>{urls}</urlset>".encode())

    site.on("/robots.txt", Answer(f"Sitemap: {site.url('/map.xml')}\n".encode()))
    site.on("/map.xml", sitemap)
    scene.follow(document(*first), document(*last), site=site)
    yield lambda: all(site.asked(f"/{number}") for number in range(1, 7))
    found = [gap for gap in scene.gaps if gap["feed_url"] == site.url("/feed")]
    yield from unless(
        [(gap["at_least"], gap["filled"]) for gap in found] == [(2, 2)], f"gaps: {found}"
    )


# ── the trial ───────────────────────────────────────────────────────────────────────────


class Trial:
    """All rules before one run of the service."""

    def __init__(self, web: Web) -> None:
        self.scene = Scene(web)
        self._open = {name: _Hearing(made(self.scene)) for name, made in RULES.items()}

    def hear(self, home: Path) -> dict[str, list[str]]:
        """Run the service until every host was asked enough; return the complaints by rule."""
        scene = self.scene
        with Running(
            home,
            KHABAR_CLOCK_EPOCH=str(scene.epoch),
            KHABAR_CLOCK_SPEED=str(SPEED),
            KHABAR_POLL_FLOOR=str(FLOOR),
            KHABAR_POLL_CEILING=str(CEILING),
            KHABAR_REQUEST_GAP=str(GAP),
            KHABAR_BACKOFF_CEILING=str(CEILING),
            KHABAR_FETCH_TIMEOUT="3",
            KHABAR_FEED_MAX_BYTES="2000000",
            KHABAR_LOG="debug",
            **scene.credentials,
        ) as service:
            subscriptions = home.parent / "feeds.opml"
            subscriptions.write_text(_opml(scene.feeds))
            service.khabar("feed", "import", str(subscriptions))
            self._wait(MOST_REAL_SECONDS / 10)
            service.stop()  # by order: what a kill leaves unheard is for chaos.py to tell apart
            service.start()
            self._wait(MOST_REAL_SECONDS)
            rows = json.loads(service.khabar("feed", "list", "--json"))
            scene.accounts = {row["url"]: row for row in rows}
            scene.gaps = json.loads(service.khabar("gap", "list", "--json"))
            scene.spoken = service.khabar("settings") + json.dumps(rows)
        scene.spoken += (home.parent / f"{home.name}.log").read_text("utf-8", "replace")
        return {name: hearing.complaints() for name, hearing in self._open.items()}

    def _wait(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at and not all(one.is_ready() for one in self._open.values()):
            time.sleep(0.1)


class _Hearing:
    """One rule: its condition while the service runs, then its complaints."""

    def __init__(self, steps: Iterator[Any]) -> None:
        self._steps = steps
        self.is_ready: Ready = next(steps)

    def complaints(self) -> list[str]:
        """Return what the rule has to say."""
        if not self.is_ready():
            return ["was not asked often enough"]
        return list(self._steps)


def _opml(urls: Sequence[str]) -> str:
    rows = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    return f'<opml version="2.0"><head/><body>{rows}</body></opml>'


def main() -> int:
    """Print the verdicts."""
    with Web() as web, new_home("manners") as home:
        verdicts = Trial(web).hear(home)
    for name, complaints in verdicts.items():
        sys.stdout.write(f"{'FAIL' if complaints else 'pass'}  {name}\n")
        for complaint in complaints[:5]:
            sys.stdout.write(f"      {complaint}\n")
    return int(any(verdicts.values()))


if __name__ == "__main__":
    sys.exit(main())
