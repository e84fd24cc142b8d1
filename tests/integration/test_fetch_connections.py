"""How connections are opened, kept, replaced and ended, and what comes over them."""

import asyncio
import contextlib
import random
import ssl
import time
from dataclasses import replace
from pathlib import Path

import brotli
import httpx
import psutil
import pytest
import zstandard

from ingest.errors import (
    AddressRefused,
    FetchError,
    HostSilent,
    HostUnreachable,
    ReplyDamaged,
    ReplyTooLarge,
)
from ingest.fetch import Fetcher, FetchOptions, Limits, parse_connect_to
from ingest.fetch.guard import Guard
from ingest.fetch.robots import MAX_ROBOTS_BYTES, ask_for_robots
from ingest.fetch.transport import Transport
from tests.web import Answer, Web, endless, gzipped, redirect

OPTIONS = FetchOptions(
    user_agent="khabar/0.1 (+mailto:desk@khabar.example)",
    allow_loopback=True,
    limits=Limits(max_seconds=5),
)
CERTIFICATE = Path(__file__).parent.parent / "samples" / "tls" / "loopback.pem"
TEXT = b"a paragraph of news. " * 500


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


@contextlib.asynccontextmanager
async def client_of(**patience):
    """Give httpx itself our transport."""
    guard = Guard(allow_loopback=True)
    tls = ssl.create_default_context()
    transport = Transport(guard, tls, max_header_bytes=65_536, **patience)
    async with httpx.AsyncClient(transport=transport) as client:
        yield client
    guard.close()


def connections(site):
    return [request.connection for request in site.requests]


# ── kept and replaced ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x"),
        Answer(b"x" * 100, chunked=True, pieces=3),
        Answer(b"not here", status=404),
        Answer(b"busy", status=503),
        redirect("/there"),
    ],
)
async def test_one_connection_serves_many_requests(site, fetcher, answer):
    site.on("/", answer)
    site.on("/there", Answer(b"x"))

    for _ in range(3):
        try:
            await fetcher.get(site.url("/"))
        except FetchError:
            continue

    assert len(set(connections(site))) == 1


async def test_a_304_leaves_its_connection_open(site, fetcher):
    url = site.on("/", Answer(b"x", headers=[("ETag", '"1"')]), Answer(status=304))

    first = await fetcher.get(url)
    await fetcher.get(url, validators=first.validators)
    await fetcher.get(url, validators=first.validators)

    assert len(set(connections(site))) == 1


async def test_a_kept_connection_that_died_is_replaced_once(web, fetcher):
    site = web.new_host()
    url = site.on("/", Answer(b"x"))

    await fetcher.get(url)
    web.break_connections()
    reply = await fetcher.get(url)

    assert reply.body == b"x"
    assert len(site.requests) == 2


async def test_an_end_that_the_loop_has_yet_to_see_is_seen(web, fetcher):
    site = web.new_host()
    url = site.on("/", Answer(b"x"))

    await fetcher.get(url)
    web.break_connections()
    wait_for_the_end_on_the_wire(site)
    reply = await fetcher.get(url)

    assert reply.body == b"x"
    assert len(site.requests) == 2


def wait_for_the_end_on_the_wire(site):
    """Hold the loop up until the system has taken in that the server ended the connection."""
    ends_at = time.monotonic() + 5
    while not any(
        one.status == psutil.CONN_CLOSE_WAIT and one.raddr.port == site.port
        for one in psutil.Process().net_connections("tcp")
        if one.raddr
    ):
        assert time.monotonic() < ends_at, "the end did not come"


def asked_to_wait(*answers):
    """Return who is asked whether a request may be sent again, and what they are asked about."""
    asked, turns = [], iter(answers)

    async def may_ask_again(url):
        asked.append(url)
        return next(turns)

    return may_ask_again, asked


@pytest.mark.parametrize("ending", ["close", "reset"])
async def test_a_kept_connection_that_dies_under_the_request_is_replaced_when_its_turn_comes(
    site, fetcher, ending
):
    dying = Answer(raw=b"", ending=ending)
    url = site.on("/", Answer(b"x"), dying, Answer(b"y"))
    may_ask_again, asked = asked_to_wait(True)

    await fetcher.get(url)
    reply = await fetcher.get(url, may_ask_again=may_ask_again)

    assert reply.body == b"y"
    assert asked == [url]
    assert len(site.requests) == 3


async def test_a_request_is_sent_twice_at_most(site, fetcher):
    url = site.on("/", Answer(b"x"), Answer(raw=b"", ending="reset"))
    may_ask_again, asked = asked_to_wait(True)

    await fetcher.get(url)
    with pytest.raises(HostUnreachable):
        await fetcher.get(url, may_ask_again=may_ask_again)

    assert asked == [url]
    assert len(site.requests) == 3


async def test_a_wait_for_the_turn_is_not_counted(site, fetcher):
    url = site.on("/", Answer(b"x"), Answer(raw=b"", ending="reset"), Answer(b"y"))

    async def wait(_url):
        await asyncio.sleep(0.4)
        return True

    await fetcher.get(url)
    reply = await fetcher.get(url, may_ask_again=wait, limits=Limits(max_seconds=0.3))

    assert reply.body == b"y"


@pytest.mark.parametrize("answers", [None, [False]])
async def test_nothing_is_sent_again_without_leave(site, fetcher, answers):
    url = site.on("/", Answer(b"x"), Answer(raw=b"", ending="reset"))
    may_ask_again = asked_to_wait(*answers)[0] if answers else None

    await fetcher.get(url)
    with pytest.raises(HostUnreachable):
        await fetcher.get(url, may_ask_again=may_ask_again)

    assert len(site.requests) == 2


@pytest.mark.parametrize("ending", ["close", "reset"])
async def test_a_new_connection_that_dies_is_not_tried_again(site, fetcher, ending):
    url = site.on("/", Answer(raw=b"", ending=ending))

    with pytest.raises(HostUnreachable):
        await fetcher.get(url)

    assert len(site.requests) == 1


@pytest.mark.parametrize("ending", ["close", "reset"])
async def test_headers_that_break_off_are_not_asked_for_again(site, fetcher, ending):
    url = site.on("/", Answer(b"x"), Answer(raw=b"HTTP/1.1 200 OK\r\nContent-", ending=ending))

    await fetcher.get(url)
    with pytest.raises(HostUnreachable):
        await fetcher.get(url)

    assert len(site.requests) == 2


async def test_bytes_nobody_asked_for_end_the_connection(site, fetcher):
    url = site.on("/", Answer(b"textmore", length=4))

    assert (await fetcher.get(url)).body == b"text"
    assert (await fetcher.get(url)).body == b"text"
    assert len(set(connections(site))) == 2


async def test_a_cancelled_request_leaves_nothing_behind(site, fetcher):
    url = site.on("/", Answer(b"x"), Answer(b"x" * 100, pieces=100, pause=0.05), Answer(b"y"))

    await fetcher.get(url)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await fetcher.get(url)

    assert (await fetcher.get(url)).body == b"y"
    assert len(set(connections(site))) == 2


async def test_a_long_refusal_is_not_read_to_its_end(site, fetcher):
    url = site.on("/", Answer(status=404, stream=endless(b"x" * 10_000), length=None))

    with pytest.raises(FetchError, match="HTTP 404"):
        await fetcher.get(url)


async def test_a_refusal_that_drips_is_answer_enough(site, fetcher):
    url = site.on("/", Answer(b"x" * 1000, status=404, pieces=1000, pause=0.05))

    with pytest.raises(FetchError, match="HTTP 404"):
        await fetcher.get(url)


async def test_idle_connections_are_closed_in_time(site):
    site.on("/", Answer(b"x"))
    async with client_of(idle_seconds=0.05, sweep_seconds=0.02) as client:
        for pause in (0, 0.3, 0):
            assert (await client.get(site.url("/"))).text == "x"
            await asyncio.sleep(pause)

    assert len(set(connections(site))) == 2


async def test_a_handshake_that_never_ends_is_given_up(site):
    async with client_of(connect_seconds=0.1) as client:
        with pytest.raises(HostSilent, match=r"no connection within 0\.1 s"):
            await client.get(f"https://{site.netloc}/")


# ── opened ──────────────────────────────────────────────────────────────────────────────


async def test_a_closed_port_is_unreachable(fetcher):
    with pytest.raises(HostUnreachable, match="no connection"):
        await fetcher.get("http://127.0.0.1:1/")


async def test_the_address_that_answers_is_used(web):
    site = web.new_host()
    site.on("/", Answer(b"x"))

    async def resolve(_host, _port):
        return ["::1", "127.99.99.99", site.address]

    async with Fetcher(replace(OPTIONS, resolve=resolve)) as fetcher:
        reply = await fetcher.get(f"http://agency.example:{site.port}/")

    assert reply.body == b"x"
    assert site.requests[0].header("Host") == f"agency.example:{site.port}"


async def test_a_name_that_changes_its_mind_changes_nothing(web):
    site = web.new_host()
    site.on("/", Answer(b"x"))
    answers = iter([[site.address], ["169.254.169.254"]])

    async def resolve(_host, _port):
        return next(answers)

    async with Fetcher(replace(OPTIONS, resolve=resolve)) as fetcher:
        for _ in range(3):
            await fetcher.get(f"http://agency.example:{site.port}/")

    assert len(site.requests) == 3


async def test_loopback_is_shut_unless_it_is_opened(site):
    async with Fetcher(FetchOptions(user_agent="khabar/0.1")) as fetcher:
        with pytest.raises(AddressRefused, match="loopback"):
            await fetcher.get(site.url("/"))
        with pytest.raises(AddressRefused, match="loopback"):
            await fetcher.get("http://localhost/")

    assert site.requests == []


async def test_real_urls_can_be_served_from_elsewhere(site):
    site.on("/feed", redirect("https://www.agency.example/feed?x=1"))
    routes = parse_connect_to(f"*={site.origin}")
    site.on("/feed", redirect("/feed2", 301), Answer(b"x"))
    site.on("/feed2", Answer(b"here"))

    async with Fetcher(replace(OPTIONS, connect_to=routes)) as fetcher:
        reply = await fetcher.get("https://agency.example/feed?a=b")

    assert reply.final_url == "https://agency.example/feed2"
    assert [request.header("Host") for request in site.requests] == ["agency.example"] * 2
    assert site.requests[0].path == "/feed?a=b"


def trusting():
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def serving():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture(scope="module")
def secure_site(web):
    site = web.new_host("127.0.0.1", tls=serving())
    site.on("/", Answer(TEXT, chunked=True))
    site.on("/cut", Answer(TEXT, cut_after=100))
    return site


async def test_a_certificate_that_is_trusted_is_enough(secure_site):
    async with Fetcher(replace(OPTIONS, tls=trusting())) as fetcher:
        for _ in range(2):
            assert (await fetcher.get(secure_site.url("/"))).body == TEXT
        with pytest.raises(ReplyDamaged):
            await fetcher.get(secure_site.url("/cut"))

    assert len(set(connections(secure_site))) == 1


async def test_a_certificate_nobody_knows_is_refused(secure_site, fetcher):
    with pytest.raises(HostUnreachable, match="TLS: self-signed certificate"):
        await fetcher.get(secure_site.url("/"))


async def test_a_certificate_must_name_the_host(web):
    site = web.new_host(tls=serving())

    async with Fetcher(replace(OPTIONS, tls=trusting())) as fetcher:
        with pytest.raises(HostUnreachable, match=r"TLS: .*mismatch"):
            await fetcher.get(site.url("/"))


async def test_a_connection_sent_elsewhere_still_wants_the_first_hosts_certificate(secure_site):
    routes = parse_connect_to(f"*={secure_site.origin}")
    options = replace(OPTIONS, tls=trusting(), connect_to=routes)

    async with Fetcher(options) as fetcher:
        assert (await fetcher.get("https://agency.example/")).body == TEXT
        with pytest.raises(HostUnreachable, match="TLS"):
            await fetcher.get("https://other.example/")


# ── what comes over them ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        Answer(TEXT, chunked=True, pieces=9, trailers=[("X-Sum", "1"), ("ETag", "no")]),
        Answer(TEXT, version="HTTP/1.0", length=None),
        Answer(TEXT, version="HTTP/1.0"),
        Answer(TEXT, length=None),
        Answer(TEXT, headers=[("Content-Length", str(len(TEXT)))]),
        Answer(TEXT, headers=[("Bad Name", "x"), ("Caf\xe9", "x")]),
        Answer(TEXT, headers=[("A", "\x01\xff")], reason=""),
        Answer(TEXT, raw=b"HTTP/1.1 200\nContent-Length: %d\nno header at all\n\n" % len(TEXT)),
        Answer(TEXT, raw=b"HTTP/1.1 200 OK\r\nX: y\r\n <-- cut\r\n\r\n", ending="close"),
        Answer(
            TEXT,
            raw=b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(TEXT),
        ),
        Answer(gzipped(TEXT), headers=[("Content-Encoding", "gzip")]),
        Answer(gzipped(TEXT), headers=[("Content-Encoding", "gzip")], chunked=True, pieces=50),
        Answer(
            gzipped(TEXT), headers=[("Content-Encoding", "gzip")], length=len(TEXT), ending="close"
        ),
        Answer(brotli.compress(TEXT), headers=[("Content-Encoding", "br")]),
        Answer(zstandard.compress(TEXT), headers=[("Content-Encoding", "zstd")]),
    ],
)
async def test_a_careless_server_is_understood(site, fetcher, answer):
    reply = await fetcher.get(site.on("/", answer))

    assert reply.body == TEXT


@pytest.mark.parametrize(
    "answer",
    [
        Answer(TEXT, cut_after=100),
        Answer(TEXT, cut_after=100, ending="reset"),
        Answer(TEXT, chunked=True, pieces=9, cut_after=5000),
        Answer(TEXT, length=len(TEXT) + 1, ending="close"),
        Answer(gzipped(TEXT)[:-20], headers=[("Content-Encoding", "gzip")]),
        Answer(b"x", headers=[("Content-Encoding", "compress")]),
        Answer(b"x", length="many"),
        Answer(raw=b"garbage\r\n\r\n", ending="close"),
        Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 30),
        Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ending="close"),
    ],
)
async def test_a_damaged_reply_is_named(site, fetcher, answer):
    url = site.on("/", answer)

    with pytest.raises(ReplyDamaged):
        await fetcher.get(url)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x", headers=[(f"X-{n}", "a" * 1000) for n in range(70)]),
        Answer(b"x", headers=[("X", "a" * 70_000)]),
        Answer(raw=b"HTTP/1.1 200 OK\r\nX: ", stream=endless(b"a" * 1000)),
        Answer(b"", length=None, stream=endless(b"x" * 10_000)),
        Answer(b"x", length=30_000_000),
        Answer(b"", length=20_000_000, stream=endless(b"x" * 10_000)),
        Answer(gzipped(b"\0" * 30_000_000), headers=[("Content-Encoding", "gzip")]),
        Answer(
            gzipped(b"\0" * 1_000_000),
            length=None,
            headers=[("Content-Encoding", "gzip")],
            stream=endless(gzipped(b"\0" * 1_000_000)),
        ),
    ],
)
async def test_a_reply_over_its_bounds_is_left(site, fetcher, answer):
    url = site.on("/", answer)

    with pytest.raises(ReplyTooLarge):
        await fetcher.get(url)


async def test_a_body_of_crumbs_holds_nobody_up(site, fetcher):
    site.on("/crumbs", Answer(b"x" * 20_000, chunked=True, pieces=20_000))
    site.on("/", Answer(b"x"))

    crumbs = asyncio.create_task(fetcher.get(site.url("/crumbs")))
    await fetcher.get(site.url("/"))

    assert len((await crumbs).body) == 20_000


async def test_a_body_waits_for_its_reader(site, fetcher):
    body = random.Random(1).randbytes(9_000_000)
    url = site.on("/", Answer(body))

    reply = await fetcher.get(url)

    assert reply.body == body


async def test_no_bytes_are_a_surprise(site, fetcher):
    draw = random.Random(20251117)
    parts = [b"HTTP/1.1 200 OK", b"\r\n", b"\n", b": ", b"Content-Length", b"Transfer-Encoding"]
    parts += [b"chunked", b"5", b"0", b"hello", b"\xff", b"\0", b" ", b"\r\n\r\n", b"HTTP/1.1 302 "]
    parts += [b"Location", b"Content-Encoding", b"gzip", b"ffffffff", b";", b"-1"]
    for _ in range(150):
        raw = b"HTTP/1.1 200 OK\r\n" * draw.getrandbits(1) + b"".join(draw.choices(parts, k=12))
        url = site.on("/", Answer(raw=raw, ending="close"))
        try:
            reply = await fetcher.get(url)
        except FetchError:
            continue
        assert reply.status == 200


# ── robots.txt ──────────────────────────────────────────────────────────────────────────


async def test_rules_are_asked_for_at_the_origin(site, fetcher):
    site.on("/robots.txt", Answer(b"User-agent: *\nDisallow: /x\nCrawl-delay: 7"))

    found = await ask_for_robots(fetcher, site.url("/a/b?c"))

    assert not found.rules.allows("khabar", site.url("/x"))
    assert found.rules.crawl_delay("khabar") == 7


async def test_rules_follow_redirects_to_other_hosts(web, site, fetcher):
    other = web.new_host()
    site.on("/robots.txt", redirect(other.url("/robots")))
    other.on("/robots", Answer(b"User-agent: *\nDisallow: /"))

    found = await ask_for_robots(fetcher, site.url("/"))

    assert not found.rules.allows("khabar", site.url("/x"))


async def test_long_rules_are_read_up_to_their_bound(site, fetcher):
    body = b"User-agent: *\nDisallow: /x\n" + b"# more\n" * 200_000
    site.on("/robots.txt", Answer(body, chunked=True, pieces=100))

    found = await ask_for_robots(fetcher, site.url("/"))

    assert 500_000 < len(found.text) <= MAX_ROBOTS_BYTES
    assert not found.rules.allows("khabar", site.url("/x"))


@pytest.mark.parametrize(
    ("answer", "is_allowed"),
    [
        (Answer(status=404), True),
        (Answer(status=403), True),
        (redirect("/robots.txt"), True),
        (redirect("file:///robots.txt"), True),
        (Answer(status=302), True),
        (Answer(b"<html>nothing here</html>"), True),
        (Answer(status=503, headers=[("Retry-After", "60")]), False),
        (Answer(ending="reset"), False),
        (Answer(b"x", length=9, ending="close"), False),
    ],
)
async def test_what_comes_instead_of_rules_is_an_answer(site, fetcher, answer, is_allowed):
    site.on("/robots.txt", answer)

    found = await ask_for_robots(fetcher, site.url("/"))

    assert found.rules.allows("khabar", site.url("/x")) is is_allowed
    assert found.retry_after == (60 if found.status == 503 else None)


async def test_a_host_that_may_not_be_asked_has_no_rules(fetcher):
    with pytest.raises(AddressRefused):
        await ask_for_robots(fetcher, "http://10.0.0.1/x")
