import pytest

from ingest.errors import (
    AddressRefused,
    HostUnreachable,
    ReplyDamaged,
    ReplyRefused,
    ReplyTooLarge,
    ReplyTooSlow,
    TooManyRedirects,
)
from ingest.fetch import Fetcher, FetchOptions, Limits
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
    odd = Validators(etag='W/odd"caf\xe9"  ' + "x" * 5000, last_modified="yesterday, gmt")
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
