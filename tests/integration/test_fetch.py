from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.errors import (
    AddressRefused,
    HostUnreachable,
    LeaseLost,
    ReplyDamaged,
    ReplyRefused,
    ReplyTooLarge,
    ReplyTooSlow,
    TooManyRedirects,
)
from ingest.fetch import Fetcher, FetchOptions, Limits
from ingest.fetch.credentials import Credentials
from ingest.model import Hop, Validators
from tests.web import Answer, Web, gzipped, redirect

OPTIONS = FetchOptions(
    user_agent="khabar/0.1 (+mailto:desk@khabar.example)",
    allow_loopback=True,
    limits=Limits(max_seconds=5),
)


@pytest.fixture(scope="module")
def web():
    with Web() as web:
        yield web


@pytest.fixture
def site(web):
    return web.new_host()


@pytest.fixture
async def fetcher():
    async with Fetcher(OPTIONS) as fetcher:
        yield fetcher


async def test_a_page_comes_whole_with_what_the_server_said_of_it(site, fetcher):
    url = site.on(
        "/page", Answer(b"text", headers=[("Content-Type", "text/html"), ("ETag", '"1"')])
    )

    reply = await fetcher.get(url)

    assert (reply.status, reply.body, reply.content_type) == (200, b"text", "text/html")
    assert reply.validators == Validators(etag='"1"')
    assert reply.final_url == reply.url == url


async def test_validators_go_back_byte_for_byte(site, fetcher):
    odd = Validators(etag='W/odd"caf\xe9\xa0\x85"  ' + "x" * 5000, last_modified="yesterday, gmt")
    url = site.on("/feed", Answer(status=304, headers=[("ETag", '"2"')]))

    reply = await fetcher.get(url, validators=odd)

    assert site.requests[0].header("If-None-Match") == odd.etag
    assert site.requests[0].header("If-Modified-Since") == odd.last_modified
    assert (reply.status, reply.body) == (304, b"")
    assert reply.validators == Validators(etag='"2"', last_modified="yesterday, gmt")


async def test_a_path_goes_out_as_the_url_has_it(site, fetcher):
    site.on("*", Answer(b"x"))

    await fetcher.get(site.url("/a%7Eb/x|y/%D8%AE%d8%a8/'\"(c)?q=a'b%20|{}&r=[1]&empty=#part"))

    assert site.requests[0].path == "/a%7Eb/x|y/%D8%AE%d8%a8/'%22(c)?q=a%27b%20|{}&r=[1]&empty="


async def test_redirects_are_followed_and_told(site, fetcher):
    site.on("/old", redirect("/new", 301))
    site.on("/new", redirect(site.url("/now"), 307))
    site.on("/now", Answer(b"here"))

    reply = await fetcher.get(site.url("/old"))

    assert reply.hops == (
        Hop(status=301, url=site.url("/new")),
        Hop(status=307, url=site.url("/now")),
    )
    assert (reply.final_url, reply.body) == (site.url("/now"), b"here")


async def test_a_loop_of_redirects_is_named(site, fetcher):
    site.on("/a", redirect("/b"))
    site.on("/b", redirect("/a"))

    with pytest.raises(TooManyRedirects, match="a loop"):
        await fetcher.get(site.url("/a"))


async def test_a_refusing_status_brings_its_retry_after(site, fetcher):
    url = site.on("/busy", Answer(status=503, headers=[("Retry-After", "120")]))

    with pytest.raises(ReplyRefused) as caught:
        await fetcher.get(url)

    assert (caught.value.status, caught.value.retry_after) == (503, 120)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"x" * 1000, cut_after=100), ReplyDamaged),
        (Answer(ending="reset"), HostUnreachable),
        (Answer(b"x", headers=[("X-Padding", "a" * 1_000_000)]), ReplyTooLarge),
        (Answer(b"x" * 11_000_000), ReplyTooLarge),
        (Answer(gzipped(b" " * 9_000_000), headers=[("Content-Encoding", "gzip")]), ReplyTooLarge),
        (redirect("http://169.254.169.254/latest/"), AddressRefused),
        (redirect("file:///etc/passwd"), AddressRefused),
    ],
)
async def test_what_goes_wrong_has_a_name(site, fetcher, answer, error):
    url = site.on("/", answer)

    with pytest.raises(error):
        await fetcher.get(url)


async def test_a_silent_server_costs_no_more_than_the_total_time(site, fetcher):
    url = site.on("/", Answer(ending="silence"))

    with pytest.raises(ReplyTooSlow):
        await fetcher.get(url, limits=Limits(max_seconds=0.2))


async def test_a_dripping_server_costs_no_more_than_the_total_time(site, fetcher):
    site.on("/", redirect("/drip"))
    site.on("/drip", Answer(b"x" * 1000, pieces=1000, pause=0.02))

    with pytest.raises(ReplyTooSlow, match=r"/drip: not whole within 0\.3 s"):
        await fetcher.get(site.url("/"), limits=Limits(max_seconds=0.3))


async def test_a_slow_reply_in_time_is_whole(site, fetcher):
    url = site.on("/", Answer(b"x" * 1000, pieces=10, pause=0.01, delay=0.05))

    reply = await fetcher.get(url)

    assert len(reply.body) == reply.wire_bytes == 1000
    assert 0.1 < reply.seconds < 5


# ── redirects ───────────────────────────────────────────────────────────────────────────


async def test_more_than_five_redirects_are_too_many(site, fetcher):
    for n in range(7):
        site.on(f"/{n}", redirect(f"/{n + 1}"))
    site.on("/6", Answer(b"the end"))

    assert len((await fetcher.get(site.url("/1"))).hops) == 5
    with pytest.raises(TooManyRedirects, match="more than 5"):
        await fetcher.get(site.url("/0"))


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("?page=2", "/a/b?page=2"),
        ("../c", "/c"),
        (" /spaced ", "/spaced"),
        ("/with space", "/with%20space"),
        ("/\u062e\u0628\u0631".encode().decode("latin-1"), "/%D8%AE%D8%A8%D8%B1"),
        ("/caf\xe9", "/caf%C3%A9"),
        ("/voil\u00e0".encode().decode("latin-1"), "/voil%C3%A0"),
        ("/part#there", "/part"),
        ("//{netloc}/x", "/x"),
    ],
)
async def test_a_location_is_read_as_browsers_read_it(site, fetcher, location, path):
    site.on("*", Answer(b"here"))
    site.on("/a/b", redirect(location.replace("{netloc}", site.netloc)), Answer(b"here"))

    await fetcher.get(site.url("/a/b"))

    assert site.requests[-1].path == path


@pytest.mark.parametrize("headers", [[], [("Location", "")], [("Location", " ")]])
async def test_a_redirect_to_nowhere_is_refused(site, fetcher, headers):
    url = site.on("/", Answer(status=302, headers=headers))

    with pytest.raises(ReplyRefused, match="HTTP 302"):
        await fetcher.get(url)


async def test_a_redirect_that_asks_for_a_moment_is_given_it(site):
    waits = []

    async def sleep(wait):
        waits.append(wait.total_seconds())

    site.on("/", redirect("/there", 302, ("Retry-After", "3")))
    site.on("/long", redirect("/there", 302, ("Retry-After", "300")))
    site.on("/there", Answer(b"here"))

    async with Fetcher(replace(OPTIONS, sleep=sleep)) as fetcher:
        reply = await fetcher.get(site.url("/"))
        with pytest.raises(ReplyRefused) as caught:
            await fetcher.get(site.url("/long"))

    assert (reply.body, waits) == (b"here", [3])
    assert (caught.value.status, caught.value.retry_after) == (302, 300)


async def test_every_request_is_announced_before_it_is_made(site, fetcher):
    announced = []

    async def before(url):
        announced.append((url, len(site.requests)))

    site.on("/a", redirect("/b"))
    site.on("/b", Answer(b"here"))
    await fetcher.get(site.url("/a"), before_request=before)

    assert announced == [(site.url("/a"), 0), (site.url("/b"), 1)]


async def test_who_is_announced_to_may_end_the_chain(site, fetcher):
    async def before(url):
        if url.endswith("/b"):
            raise LeaseLost("agency")

    site.on("/a", redirect("/b"))

    with pytest.raises(LeaseLost):
        await fetcher.get(site.url("/a"), before_request=before)
    assert site.asked("/b") == []


async def test_a_redirect_to_a_refused_place_says_from_where(site, fetcher):
    url = site.on("/", redirect("gopher://agency.example/"))

    with pytest.raises(AddressRefused, match=f"redirect from {url}"):
        await fetcher.get(url)


# ── validators ──────────────────────────────────────────────────────────────────────────


async def test_validators_are_not_carried_to_another_url(site, fetcher):
    site.on("/a", redirect("/b"))
    site.on("/b", Answer(b"here", headers=[("ETag", '"b"')]))

    reply = await fetcher.get(site.url("/a"), validators=Validators(etag='"a"'))

    assert site.asked("/a")[0].header("If-None-Match") == '"a"'
    assert site.asked("/b")[0].header("If-None-Match") is None
    assert reply.validators == Validators(etag='"b"')


async def test_each_url_of_a_chain_gets_its_own_validators(site, fetcher):
    site.on("/a", redirect("/b"))
    site.on("/b", Answer(status=304))
    held = Validators(etag='"b"', last_modified="Mon, 17 Nov 2025 12:00:00 GMT")

    reply = await fetcher.get(site.url("/a"), validators={site.url("/b"): held})

    assert site.asked("/a")[0].header("If-None-Match") is None
    assert site.asked("/b")[0].header("If-Modified-Since") == held.last_modified
    assert (reply.status, reply.validators, len(reply.hops)) == (304, held, 1)


async def test_a_304_that_nobody_asked_for_is_no_answer(site, fetcher):
    url = site.on("/", Answer(status=304))

    with pytest.raises(ReplyRefused, match="HTTP 304"):
        await fetcher.get(url)


@pytest.mark.parametrize("value", ["", "a\r\nX: y", "\u062e", " ", "a\0"])
async def test_a_validator_no_header_can_hold_is_not_sent(site, fetcher, value):
    url = site.on("/", Answer(b"x"))

    reply = await fetcher.get(url, validators=Validators(etag=value, last_modified="then"))

    assert reply.body == b"x"
    assert site.requests[0].header("If-None-Match") is None
    assert site.requests[0].header("If-Modified-Since") == "then"


async def test_a_repeated_validator_is_taken_once(site, fetcher):
    url = site.on(
        "/", Answer(b"x", headers=[("ETag", '"1"'), ("etag", '"2"'), ("A", "b"), ("a", "c")])
    )

    reply = await fetcher.get(url)

    assert reply.validators.etag == '"1"'
    assert reply.headers["a"] == "b, c"


# ── what is asked ───────────────────────────────────────────────────────────────────────


async def test_a_request_tells_who_asks_and_nothing_more(site, fetcher):
    site.on("/a", redirect("/b", 302, ("Set-Cookie", "a=b")))
    site.on("/b", Answer(b"x"))

    await fetcher.get(site.url("/a"))

    assert site.requests[1].headers == (
        ("Host", site.netloc),
        ("User-Agent", OPTIONS.user_agent),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
    )


async def test_a_callers_headers_stay_at_the_first_origin(web, site, fetcher):
    other = web.new_host()
    site.on("/a", redirect("/b"))
    site.on("/b", redirect(other.url("/c")))
    other.on("/c", Answer(b"x"))

    await fetcher.get(site.url("/a"), headers={"accept": "text/html", "X-Key": "k"})

    assert [request.header("X-Key") for request in site.requests] == ["k", "k"]
    assert [request.header("Accept") for request in site.requests] == ["text/html"] * 2
    assert other.requests[0].header("X-Key") is None
    assert other.requests[0].header("Accept") == "*/*"


async def test_credentials_go_to_their_origin_only(web, site):
    other = web.new_host()
    site.on("/a", redirect(other.url("/b")))
    other.on("/b", redirect(site.url("/c")))
    site.on("/c", Answer(status=403))
    credentials = Credentials.basic("wire", site.origin, "desk", "geheim")

    async with Fetcher(replace(OPTIONS, credentials=(credentials,))) as fetcher:
        with pytest.raises(ReplyRefused) as caught:
            await fetcher.get(site.url("/a"))

    assert [bool(request.header("Authorization")) for request in site.requests] == [True, True]
    assert other.requests[0].header("Authorization") is None
    assert "geheim" not in repr(caught.value)


async def test_a_closed_fetcher_says_so(site):
    fetcher = Fetcher(OPTIONS)

    with pytest.raises(RuntimeError, match="async with"):
        await fetcher.get(site.url("/"))


# ── what answers ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [200, 203])
async def test_an_answer_needs_no_content_type(site, fetcher, status):
    reply = await fetcher.get(site.on("/", Answer(b"x", status=status)))

    assert (reply.status, reply.body, reply.content_type) == (status, b"x", None)


@pytest.mark.parametrize(
    "status", [201, 202, 204, 205, 206, 300, 305, 400, 401, 404, 410, 451, 500, 999]
)
async def test_any_other_status_is_no_answer(site, fetcher, status):
    url = site.on("/", Answer(b"x", status=status))

    with pytest.raises(ReplyRefused, match=f"HTTP {status}"):
        await fetcher.get(url)


@pytest.mark.parametrize(
    ("part", "is_whole"), [("bytes 0-3/4", True), ("bytes 0-3/9", False), ("bytes 1-4/5", False)]
)
async def test_a_part_nobody_asked_for_must_be_the_whole(site, fetcher, part, is_whole):
    url = site.on("/", Answer(b"text", status=206, headers=[("Content-Range", part)]))

    if is_whole:
        assert (await fetcher.get(url)).body == b"text"
    else:
        with pytest.raises(ReplyRefused, match="HTTP 206"):
            await fetcher.get(url)


async def test_a_date_is_measured_by_the_servers_own_clock(site, fetcher):
    headers = [
        ("Date", "Mon, 17 Nov 2025 09:00:00 GMT"),
        ("Retry-After", "Mon, 17 Nov 2025 09:10:00 GMT"),
    ]
    url = site.on("/", Answer(status=429, headers=headers))

    with pytest.raises(ReplyRefused) as caught:
        await fetcher.get(url)

    assert caught.value.retry_after == 600


async def test_a_date_without_one_is_measured_by_ours(site):
    noon = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
    headers = [("Retry-After", "Mon, 17 Nov 2025 12:01:00 GMT")]
    url = site.on("/", Answer(status=503, headers=headers))

    async with Fetcher(replace(OPTIONS, now=lambda: noon)) as fetcher:
        with pytest.raises(ReplyRefused) as caught:
            await fetcher.get(url)

    assert caught.value.retry_after == 60
