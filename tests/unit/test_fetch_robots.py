import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from ingest.errors import AddressRefused
from ingest.fetch.robots import (
    ALLOW_ALL,
    DISALLOW_ALL,
    MAX_ROBOTS_BYTES,
    RobotsRules,
    robots_url,
    rules_for_status,
    storable_robots,
)

SITE = "https://agency.example"


def allows(robots, path, agent="khabar"):
    body = robots if isinstance(robots, bytes) else robots.encode()
    return RobotsRules.parse(body).allows(agent, SITE + path)


def for_all(*lines):
    return "\n".join(["User-agent: *", *lines])


@pytest.mark.parametrize(
    ("rule", "path", "is_matched"),
    [
        ("/fish", "/fish", True),
        ("/fish", "/fish.html", True),
        ("/fish", "/fish/salmon", True),
        ("/fish", "/Fish.asp", False),
        ("/fish", "/catfish", False),
        ("/fish", "/?id=fish", False),
        ("/fish*", "/fishheads/yummy.html", True),
        ("/fish/", "/fish", False),
        ("/fish/", "/fish/?salt", True),
        ("/*.php", "/folder/any.php.file.html", True),
        ("/*.php", "/windows.PHP", False),
        ("/*.php$", "/filename.php", True),
        ("/*.php$", "/filename.php?parameters", False),
        ("/*.php$", "/filename.php/", False),
        ("/fish*.php", "/fishheads/catfish.php?parameters", True),
        ("/a*b*c", "/a-c-b", False),
        ("/a*b*c", "/a-b-c", True),
        ("/a*bb$", "/ab", False),
        ("*/print", "/news/print", True),
        ("/**/x", "/a/x", True),
        ("/$", "/", True),
        ("/$", "/a", False),
        ("/a$b", "/a$b", True),
        ("/a%24", "/a$", True),
        ("/a%2A", "/a*", True),
        ("/a%2A", "/ab", False),
        ("/?lang=", "/?lang=ar", True),
        ("fish", "/fish", False),
    ],
)
def test_a_rule_matches_as_the_rfc_has_it(rule, path, is_matched):
    assert allows(for_all(f"Disallow: {rule}"), path) is not is_matched


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/ツ"),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A"),
        ("/%7Euser", "/~user"),
        ("/foo?baz=https://foo.bar", "/foo?baz=https%3A%2F%2Ffoo.bar"),
        ("/foo?baz=https%3A%2F%2Ffoo.bar", "/foo?baz=https://foo.bar"),
        ("/go*/secret", "/go?to=a/secret"),
        ("/go*%2Fsecret", "/go?to=a%2Fsecret"),
        ("/a:b@c", "/a%3Ab%40c"),
        ("/voilà", "/voil%C3%A0/1"),
        ("/خبر", "/%D8%AE%D8%A8%D8%B1/1"),
    ],
)
def test_spellings_of_one_path_are_one(rule, path):
    assert not allows(for_all(f"Disallow: {rule}"), path)


def test_a_slash_and_an_escaped_slash_are_two():
    assert allows(for_all("Disallow: /a/b"), "/a%2Fb")
    assert allows(for_all("Disallow: /a%2Fb"), "/a/b")


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        (["Allow: /p", "Disallow: /"], "/page", True),
        (["Allow: /folder", "Disallow: /folder"], "/folder/page", True),
        (["Disallow: /folder", "Allow: /folder"], "/folder/page", True),
        (["Allow: /page", "Disallow: /*.htm"], "/page.htm", False),
        (["Allow: /page", "Disallow: /*.ph"], "/page.php5", True),
        (["Allow: /$", "Disallow: /"], "/", True),
        (["Allow: /$", "Disallow: /"], "/page.htm", False),
        (["Disallow: /x", "Allow: /x/y"], "/x/y/z", True),
        (["Disallow:"], "/x", True),
        (["Disallow: /", "Allow:"], "/x", False),
        (["Disallow: /"], "/robots.txt", True),
        (["Allow: /x/index.html", "Disallow: /x"], "/x/", False),
    ],
)
def test_the_longest_rule_decides_and_ties_allow(rules, path, is_allowed):
    assert allows(for_all(*rules), path) is is_allowed


def test_groups_of_one_agent_are_merged():
    robots = (
        "User-agent: khabar\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\n"
        "User-agent: Khabar/2.0\nDisallow: /b"
    )

    assert allows(robots, "/c")
    assert not allows(robots, "/a")
    assert not allows(robots, "/b")


def test_an_agent_of_its_own_owes_nothing_to_the_star():
    robots = "User-agent: *\nDisallow: /\nUser-agent: khabar\nAllow: /"

    assert allows(robots, "/x", "khabar/0.1 (+mailto:desk@khabar.example)")
    assert not allows(robots, "/x", "otherbot")


def test_agents_in_a_row_share_what_follows():
    robots = "User-agent: one\nUser-agent: khabar\nSitemap: /s.xml\nUser-agent: two\nDisallow: /x"

    assert [allows(robots, "/x", agent) for agent in ("one", "khabar", "two", "three")] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("line", "agent", "is_meant"),
    [
        ("khabar", "KHABAR/1.0", True),
        ("khabar*", "khabar", True),
        ("khab", "khabar", False),
        ("khabar-news", "khabar", False),
        ("FooBot", "Mozilla/5.0 (compatible; FooBot/2.1; +https://foo.example)", True),
        ("* all", "khabar", True),
    ],
)
def test_an_agent_is_its_product_token(line, agent, is_meant):
    assert allows(f"User-agent: {line}\nDisallow: /", "/x", agent) is not is_meant


@pytest.mark.parametrize(
    "robots",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
        b"User-agent: *\rDisallow: /x",
        b"User-agent: *\r\nDisallow: /x # because",
        b"user-AGENT :*\n\tDisallow  :  /x  ",
        b"User-agent *\nDisallow /x",
        b"User-agent: *\n<html>\nnonsense\n\xff\xfe: \x00\nDisalow: /x",
        b"Disallow: /y\nUser-agent: *\nCrawl-delay: 1\n\nDisallow: /x",
        b"User-agent: *\nDisallow: /a\x0bUser-agent: b\nDisallow: /x",
    ],
)
def test_a_careless_file_still_counts(robots):
    assert not allows(robots, "/x")
    assert allows(robots, "/y")


def test_what_lies_beyond_the_bound_is_not_read():
    start = b"User-agent: *\nDisallow: /a\n"
    padding = b"#" * (MAX_ROBOTS_BYTES - len(start) - 13) + b"\n"
    robots = start + padding + b"Disallow: /b/c\nDisallow: /d"

    assert not allows(robots, "/a")
    assert allows(robots, "/b/c")  # the line that is cut in two is none
    assert allows(robots, "/b")
    assert allows(robots, "/d")


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        (["Crawl-delay: 5"], 5),
        (["Crawl-delay: 0.5"], 0.5),
        (["Crawl-delay: 2,5 seconds"], 2.5),
        (["Crawl-delay: 3", "Crawl-delay: 1"], 3),
        (["Crawl-delay: -1"], None),
        (["Crawl-delay: inf"], None),
        (["Crawl-delay: soon"], None),
        (["Disallow: /x"], None),
    ],
)
def test_a_crawl_delay_is_read_or_ignored(lines, delay):
    assert RobotsRules.parse(for_all(*lines)).crawl_delay("khabar") == delay


def test_an_empty_file_says_nothing():
    rules = RobotsRules.parse(b"")

    assert rules.allows("khabar", SITE + "/x")
    assert rules.crawl_delay("khabar") is None
    assert rules.sitemaps == ()


def test_sitemaps_belong_to_nobody_and_come_once():
    rules = RobotsRules.parse(
        "Sitemap: https://agency.example/خبر.xml\nUser-agent: x\nDisallow: /\n"
        "SITEMAP: https://agency.example/b.xml\nSitemap: https://agency.example/b.xml\nSitemap:"
    )

    assert rules.sitemaps == ("https://agency.example/خبر.xml", "https://agency.example/b.xml")


@pytest.mark.parametrize(
    ("status", "rules"),
    [
        (200, None),
        (204, None),
        (302, ALLOW_ALL),
        (403, ALLOW_ALL),
        (404, ALLOW_ALL),
        (500, DISALLOW_ALL),
        (503, DISALLOW_ALL),
        (None, DISALLOW_ALL),
    ],
)
def test_a_status_can_decide_alone(status, rules):
    assert rules_for_status(status) is rules


def test_unreachable_rules_shut_everything_but_themselves():
    assert not DISALLOW_ALL.allows("khabar", SITE + "/x")
    assert DISALLOW_ALL.allows("khabar", SITE + "/robots.txt")
    assert ALLOW_ALL.allows("khabar", SITE + "/x")


def test_a_path_alone_is_understood():
    rules = RobotsRules.parse(for_all("Disallow: /x"))

    assert not rules.allows("khabar", "/x?y#z")
    assert not rules.allows("khabar", "x")
    assert not rules.allows("khabar", "//x")


def test_the_rules_of_a_url_are_at_its_origin():
    assert robots_url("http://Agency.example:80/a/b?c") == "http://agency.example/robots.txt"
    with pytest.raises(AddressRefused):
        robots_url("mailto:desk@agency.example")


def test_what_is_stored_reads_the_same():
    body = "User-agent: *\nDisallow: /خبر\n".encode() + b"\0\xff\n" + b"#" * MAX_ROBOTS_BYTES

    stored = storable_robots(body)

    assert "\0" not in stored
    assert not RobotsRules.parse(stored).allows("khabar", SITE + "/خبر")


paths = st.text(alphabet="ab/-", max_size=6).map("/".__add__)
patterns = st.builds(
    lambda path, end: path + end,
    st.text("ab/*", max_size=6).map("/".__add__),
    st.sampled_from(["", "*"]),
)
rules_ = st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), patterns), max_size=6)


@given(st.dictionaries(st.sampled_from(["*", "khabar", "otherbot"]), rules_), paths)
@settings(max_examples=200)
def test_protego_agrees_where_it_follows_the_rfc(groups, path):
    lines = []
    for agent, rules in groups.items():
        lines += [f"User-agent: {agent}", *(f"{kind}: {value}" for kind, value in rules), ""]
        lines += [] if rules else ["Disallow:"]
    text = "\n".join(lines)

    assert RobotsRules.parse(text).allows("khabar", SITE + path) == Protego.parse(text).can_fetch(
        SITE + path, "khabar"
    )


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=20))
@settings(max_examples=100)
def test_no_file_url_or_agent_is_a_surprise(body, path, agent):
    rules = RobotsRules.parse(b"User-agent: *\nDisallow: " + body)

    assert rules.allows(agent, path) in (True, False)
    assert RobotsRules.parse(storable_robots(body)).sitemaps is not None
