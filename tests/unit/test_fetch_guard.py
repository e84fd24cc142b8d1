import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import AddressRefused, HostUnreachable, SettingsError
from ingest.fetch.guard import (
    ConnectTo,
    Guard,
    Origin,
    parse_connect_to,
    read_target,
    reason_to_refuse,
)

PUBLIC = "93.184.215.14"


def knowing(**names):
    """Return a resolver that knows these names, and how often it was asked."""
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        found = names[host.partition(".")[0]]
        if isinstance(found, Exception):
            raise found
        return found

    resolve.asked = asked
    return resolve


async def check(url, **options):
    options.setdefault("resolve", knowing(agency=[PUBLIC]))
    guard = Guard(**options)
    try:
        return await guard.check(read_target(url))
    finally:
        guard.close()


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f000001",
    "0X7F.1",
    "0x7f.0.0.0x1",
    "2130706433",
    "017700000001",
    "0177.0.0.01",
    "127.0.0.1.",
    "１２７.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:808:808::1]",
    "[2001:0:53aa:64c:0:0:80ff:fffe]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fec0::1]",
    "[ff02::1]",
    "[::]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[2001:2::1]",
    "[5f00::1]",
    "[4000::1]",
    "0.0.0.0",
    "0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_what_is_not_public_is_refused_in_every_spelling(host):
    resolve = knowing()

    with pytest.raises(AddressRefused):
        await check(f"http://{host}/latest", resolve=resolve)

    assert resolve.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "127.255.255.254", "0x7f000001", "[::1]"])
async def test_loopback_can_be_opened_at_any_port(host):
    route = await check(f"http://{host}:40001/", allow_loopback=True)

    assert ipaddress.ip_address(route.host).is_loopback


@pytest.mark.parametrize(
    "host",
    [host for host in SPELLINGS if "7f00:1]" in host or "::ffff" in host or "::127" in host]
    + ["0.0.0.0", "10.1.2.3", "[fe80::1]", "169.254.169.254", "[::]", "224.0.0.1"],
)
async def test_open_loopback_opens_nothing_else(host):
    with pytest.raises(AddressRefused):
        await check(f"http://{host}/", allow_loopback=True)


@pytest.mark.parametrize("host", [PUBLIC, "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "1.1.1.1"])
async def test_public_unicast_is_asked(host):
    assert (await check(f"https://{host}/")).scheme == "https"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "scheme 'file'"),
        ("gopher://agency.example/", "scheme 'gopher'"),
        ("data:text/plain,hello", "scheme 'data'"),
        ("ftp://agency.example/feed", "scheme 'ftp'"),
        ("javascript:alert(1)", "scheme 'javascript'"),
        ("//agency.example/feed", "not a URL"),
        ("http://", "not a URL"),
        ("http://a b/", "not a URL"),
        ("http://agency.example:99999/", "not a URL"),
        ("", "not a URL"),
        ("http://agency.example/" + "a" * 20_000, "over 16384 characters"),
        ("http://user:geheim@agency.example/", "credentials"),
        ("http://geheim@agency.example/", "credentials"),
        ("http://agency.example:8000/", "port 8000"),
        ("http://agency.example:22/", "port 22"),
        ("https://agency.example:25/", "port 25"),
    ],
)
async def test_what_is_never_asked_is_refused_by_name(url, reason):
    with pytest.raises(AddressRefused, match=reason) as caught:
        await check(url)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://u:geheim@h/", "http://u:geheim@h:99999/", "http://u:geheim@"]
)
def test_no_error_shows_a_password(url):
    with pytest.raises(AddressRefused) as caught:
        read_target(url)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
async def test_the_usual_ports_are_open(port):
    assert (await check(f"http://agency.example:{port}/")).port == port


async def test_a_source_may_have_a_port_of_its_own():
    guard = Guard(resolve=knowing(agency=[PUBLIC]))

    route = await guard.check(read_target("http://agency.example:8888/"), ports=(8888,))

    assert route == Origin("http", "agency.example", 8888)
    guard.close()


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["fe80::1%eth0"], ["::1", PUBLIC], ["64:ff9b::1"]],
)
async def test_a_name_for_a_private_address_is_refused(found):
    with pytest.raises(AddressRefused, match=r"agency\.example is"):
        await check("http://agency.example/", resolve=knowing(agency=found))


@pytest.mark.parametrize("found", [OSError("no such name"), UnicodeError("label too long"), []])
async def test_a_name_for_nothing_is_unreachable(found):
    with pytest.raises(HostUnreachable, match="no address"):
        await check("http://agency.example/", resolve=knowing(agency=found))


async def test_a_name_is_resolved_once_for_check_and_connection():
    resolve = knowing(agency=[PUBLIC, PUBLIC, "1.1.1.1"])
    guard = Guard(resolve=resolve)

    await guard.check(read_target("http://agency.example/a"))
    found = await guard.addresses("agency.example", 80)

    assert found == (PUBLIC, "1.1.1.1")
    assert resolve.asked == [("agency.example", 80)]
    guard.close()


async def test_a_local_name_may_use_any_port_once_loopback_is_open():
    resolve = knowing(localhost=["::1", "127.0.0.1"], agency=[PUBLIC])

    route = await check("http://localhost:40001/", resolve=resolve, allow_loopback=True)

    assert route.port == 40001
    with pytest.raises(AddressRefused, match="port 40001"):
        await check("http://agency.example:40001/", resolve=resolve, allow_loopback=True)


async def test_the_systems_resolver_knows_localhost():
    guard = Guard(allow_loopback=True)

    assert set(await guard.addresses("localhost", 80)) <= {"127.0.0.1", "::1"}
    guard.close()


# ── KHABAR_CONNECT_TO ───────────────────────────────────────────────────────────────────


async def test_connections_can_be_sent_elsewhere():
    routes = parse_connect_to(
        "https://agency.example=http://127.0.0.1:8900, *=https://stage.example:444"
    )
    resolve = knowing(stage=[PUBLIC])

    first = await check("https://agency.example/", connect_to=routes, allow_loopback=True)
    second = await check("http://other.example/", connect_to=routes, resolve=resolve)

    assert first == Origin("http", "127.0.0.1", 8900)
    assert second == Origin("https", "stage.example", 444)


async def test_where_connections_are_sent_is_checked_too():
    routes = parse_connect_to("*=http://127.0.0.1:8900")

    with pytest.raises(AddressRefused, match="loopback"):
        await check("https://agency.example/", connect_to=routes)


async def test_a_private_address_stays_refused_though_it_would_be_sent_elsewhere():
    routes = parse_connect_to("*=http://127.0.0.1:8900")

    with pytest.raises(AddressRefused, match="link-local"):
        await check("http://169.254.169.254/", connect_to=routes, allow_loopback=True)


@pytest.mark.parametrize("text", ["", " , ", ","])
def test_no_routes_are_none(text):
    assert parse_connect_to(text) == ConnectTo()


@pytest.mark.parametrize(
    "text",
    ["http://a.example", "a=b", "http://a.example=ftp://b", "*=http://b.example/x", "=", "*="],
)
def test_a_route_that_is_none_says_so(text):
    with pytest.raises(SettingsError, match="KHABAR_CONNECT_TO"):
        parse_connect_to(text)


# ── whatever comes ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("origin", "netloc"),
    [
        (Origin("http", "a.example", 80), "a.example"),
        (Origin("https", "a.example", 80), "a.example:80"),
        (Origin("https", "::1", 8443), "[::1]:8443"),
    ],
)
def test_the_host_header_leaves_out_the_usual_port(origin, netloc):
    assert origin.netloc == netloc


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}"]))
@settings(max_examples=200)
def test_a_number_is_judged_as_the_address_it_means(number, spelling):
    address = ipaddress.ip_address(number)

    target = read_target(f"http://{spelling.format(number)}/")

    assert target.origin.address == address
    if not address.is_global or address.is_multicast:
        assert reason_to_refuse(address)


@given(st.integers(0, 2**128 - 1))
@settings(max_examples=200)
def test_no_ipv6_outside_global_unicast_passes(number):
    address = ipaddress.IPv6Address(number)

    if number >> 125 != 1 or not address.is_global:
        assert reason_to_refuse(address, allow_loopback=True) or number == 1


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_no_text_is_a_surprise(text):
    try:
        target = read_target(text)
    except AddressRefused:
        return
    assert target.origin.scheme in ("http", "https")
