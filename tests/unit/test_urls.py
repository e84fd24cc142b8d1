from __future__ import annotations

import pytest
from ada_url import join_url
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import UnusableURL
from ingest.urls import (
    MAX_URL_LENGTH,
    host_of,
    normalize_url,
    origin_of,
    plain_key,
    site_of,
    twins,
    url_key,
)

ARABIC = "https://news.example/ar/%D8%AE%D8%A8%D8%B1/12"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("  https://News.Example/a b\n", "https://news.example/a%20b"),
        ("https://news.example", "https://news.example/"),
        ("HTTP:\\\\news.example\\a\\b", "http://news.example/a/b"),
        ("https://news.exam\tple/a\nb", "https://news.example/ab"),
        ("https://news.example:/x", "https://news.example/x"),
        ("http://news.example:80/x", "http://news.example/x"),
        ("https://news.example/ar/خبر/12", ARABIC),
        ("https://news.example/a/../b/./c", "https://news.example/b/c"),
        ("https://news.example/2025%2F13%2Fa.jpg", "https://news.example/2025%2F13%2Fa.jpg"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://news.example./x", "https://news.example./x"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("https://news.example/\ud800", "https://news.example/%EF%BF%BD"),
        ("https://@news.example/", "https://news.example/"),
        ("https://news.example/a@b", "https://news.example/a@b"),
    ],
)
def test_a_normal_form_is_whatwgs(url, normal):
    assert normalize_url(url) == normal


@pytest.mark.parametrize(
    ("url", "base", "normal"),
    [
        ("../b?x=1", "https://news.example/a/c", "https://news.example/b?x=1"),
        ("//other.example/x", "https://news.example/", "https://other.example/x"),
        ("?p=7", "https://news.example/a", "https://news.example/a?p=7"),
        ("", "https://news.example/a", "https://news.example/a"),
        ("/خبر", "https://news.example/", "https://news.example/%D8%AE%D8%A8%D8%B1"),
    ],
)
def test_a_relative_url_is_resolved_against_its_base(url, base, normal):
    assert normalize_url(url, base) == normal


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("javascript:alert(1)", "javascript: is never fetched"),
        ("data:text/html,x", "data: is never fetched"),
        ("file:///etc/passwd", "file: is never fetched"),
        ("mailto:desk@news.example", "mailto: is never fetched"),
        ("ftp://news.example/x", "ftp: is never fetched"),
        ("https://desk:secret@news.example/", "credentials"),
        ("https://desk@news.example/", "credentials"),
        ("https://news.example/" + "a" * 5000, f"more than {MAX_URL_LENGTH}"),
        ("https://news.example/" + "خ" * 1000, f"more than {MAX_URL_LENGTH}"),
        ("/relative", "not an absolute URL"),
        ("", "not an absolute URL"),
        ("https://", "not a URL"),
        ("https://news.example:99999/", "not a URL"),
    ],
)
def test_what_is_never_fetched_is_refused_in_one_sentence(url, reason):
    with pytest.raises(UnusableURL, match=reason) as caught:
        normalize_url(url)

    assert "\n" not in str(caught.value)


def test_a_relative_url_without_a_usable_base_is_refused():
    with pytest.raises(UnusableURL, match="below its base"):
        normalize_url("/x", "about:blank")


@pytest.mark.parametrize("url", ["https://u:secret@news.example/", "https://u:secret@bad host/"])
def test_a_refusal_never_repeats_a_password(url):
    with pytest.raises(UnusableURL) as caught:
        normalize_url(url)

    assert "secret" not in str(caught.value)
    assert "secret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/ar/خبر/12", ARABIC),
        (ARABIC, ARABIC.lower()),
        ("https://news.example/%7Edesk/%41", "https://news.example/~desk/A"),
        ("http://news.example/x", "https://news.example/x"),
        ("https://news.example:443/x", "http://news.example:80/x"),
        ("https://news.example./x", "https://news.example/x#comments"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://news.example.:8800/x", "https://news.example:8800/x"),
        ("https://news.example/x?", "https://news.example/x"),
        ("https://news.example/x?&&p=1&", "https://news.example/x?p=1"),
        ("https://news.example/x?p=1&amp;utm_source=rss", "https://news.example/x?p=1"),
        ("https://news.example/x?p=1&amp;q=2", "https://news.example/x?p=1&q=2"),
        ("https://news.example/x;jsessionid=8A?p=1", "https://news.example/x?p=1"),
        ("https://news.example/x?ref=rss", "https://news.example/x"),
        ("https://x.com/desk/status/1?s=20&t=abc", "https://x.com/desk/status/1"),
        ("https://www.nytimes.com/x.html?smid=tw-share", "https://www.nytimes.com/x.html"),
        ("https://news.example/100%", "https://news.example/100%25"),
    ],
)
def test_spellings_of_one_address_share_a_key(one, other):
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=rss&utm_medium=feed",
        "UTM_Campaign=x",
        "fbclid=1",
        "gclid=1",
        "at_medium=RSS",
        "at_campaign=KARANGA",
        "xtor=RSS-3208",
        "ns_mchannel=rss",
        "wt_mc=x",
        "mc_cid=1&mc_eid=2",
        "igshid=1",
        "_ga=1.2",
        "msclkid=1",
        "yclid=3",
        "utm%5Fsource=x",
        "WT.mc_id=1",
        "_hsenc=1",
        "srsltid=1",
        "mtm_campaign=a",
        "guccounter=1",
        "ref_src=twsrc",
        "from=facebook",
    ],
)
def test_what_only_counts_visitors_is_no_part_of_a_key(query):
    assert url_key(f"https://news.example/x?{query}&p=5") == "https://news.example/x?p=5"


@pytest.mark.parametrize(
    "query",
    [
        "p=2215080",
        "cat=3&paged=2",
        "id=12",
        "feed=rss2",
        "page=2",
        "unknown=1",
        "s=term",
        "ref=12",
        "source=reuters",
        "b=1&a=2",
        "q=%2F",
        "a",
        "a=",
        "from=2025-11-01",
        "date=6%2F05%2F2026",
    ],
)
def test_what_may_name_the_article_stays_in_order(query):
    assert url_key(f"https://news.example/?{query}") == f"https://news.example/?{query}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/a%2Fb", "https://news.example/a/b"),
        ("https://news.example/a/", "https://news.example/a"),
        ("https://news.example/A", "https://news.example/a"),
        ("https://www.news.example/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example/a"),
        ("https://news.example/a/index.html", "https://news.example/a/"),
    ],
)
def test_what_may_differ_keeps_a_key_of_its_own(one, other):
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.news.example/a", "https://news.example/a"),
        ("https://m.news.example/a", "https://www.news.example/a"),
        ("https://amp.news.example/a", "https://news.example/a"),
        ("https://news.example/a/", "https://news.example/a"),
        ("https://news.example/a/amp/", "https://news.example/a/"),
        ("https://news.example/a/amp", "https://www.news.example/a/"),
        ("https://news.example/amp/a", "https://news.example/a"),
        ("https://news.example/a.amp.html", "https://news.example/a.html"),
        ("https://news.example/a?amp=1", "https://news.example/a"),
        ("https://news.example/a?outputType=amp", "https://news.example/a"),
        ("https://news.example/a?p=7&print=1", "https://news.example/a?p=7"),
        ("https://news.example/a/print/", "https://news.example/a/"),
        ("https://news.example/a/index.html", "https://news.example/a/"),
        ("https://www.news.example/", "https://news.example/"),
    ],
)
def test_twins_share_their_plainest_key(one, other):
    assert url_key(other) in twins(one)
    assert plain_key(one) == plain_key(other)


def test_twins_find_the_variant_that_came_first():
    found = twins("https://www.news.example/a")

    assert url_key("https://m.news.example/a") in found
    assert url_key("https://www.news.example/a/amp/") in found
    assert url_key("https://www.news.example/a?amp=1") in found
    assert url_key("https://www.news.example/a/index.html") in found
    assert url_key("https://www.news.example/a") not in found


def test_different_articles_are_no_twins():
    assert plain_key("https://news.example/?p=1") != plain_key("https://news.example/?p=2")
    assert plain_key("https://news.example/camp") != plain_key("https://news.example/c")


def test_host_origin_and_site():
    assert host_of("HTTPS://WWW.News.Example:443/x") == "www.news.example"
    assert host_of("http://127.0.0.5:8800/x") == "127.0.0.5:8800"
    assert origin_of("http://127.0.0.5:8800/x") == "http://127.0.0.5:8800"
    assert origin_of("https://[::1]/x") == "https://[::1]"


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.news.example", "news.example"),
        ("WWW.M.news.example:8080", "news.example:8080"),
        ("amp.news.example", "news.example"),
        ("www.com", "www.com"),
        ("m.co", "m.co"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("arabic.news.example", "arabic.news.example"),
    ],
)
def test_the_site_of_a_host(host, site):
    assert site_of(host) == site


def test_ports_survive_in_keys_of_numbered_hosts():
    assert url_key("http://[::1]:8800/x") == "https://[::1]:8800/x"
    assert url_key("http://[::1]/x") == "https://[::1]/x"
    assert url_key("http://news.example:443/") == "https://news.example/"


ANY_URL = st.one_of(
    st.text(st.characters(), max_size=80),
    st.builds(
        "{}://{}{}".format,
        st.sampled_from(["http", "https", "HTTP"]),
        st.sampled_from(
            ["news.example", "www.m.news.example.", "h:8800", "[::1]:80", "خبر.example"]
        ),
        st.text(st.sampled_from("/?#&=%;:@.\\aA2Ff5 ~éخ\t+'|") | st.characters(), max_size=40),
    ),
)


@given(ANY_URL)
@settings(max_examples=600)
def test_any_text_gives_a_stable_key_or_one_error(text):
    try:
        normal = normalize_url(text)
    except UnusableURL:
        return

    key = url_key(text)
    assert normalize_url(normal) == normal
    assert url_key(normal) == url_key(key) == key
    assert key not in twins(text)
    assert host_of(normal) in normal


def test_a_key_that_no_index_could_hold_is_cut_and_stays_its_own():
    stem = "https://news.example/" + "a" * 3000

    one, other = url_key(stem + "/1"), url_key(stem + "/2")

    assert len(one) == len(other) == 2000
    assert one != other
    assert url_key(one) == one


# What makes an address another than it looks: dots, escapes, hosts that are numbers, credentials.
TRICKY = st.lists(
    st.sampled_from(
        [*"/.?#%&'^|~@:", "..", "%2e", "%2E", "%41", "//", "a", "b-", "xn--", "é", " ", "\\", ":80"]
    ),
    max_size=8,
).map("".join)
BASES = [
    "https://www.agency.example/a/b?c#d",
    "http://h:8080/x",
    "https://u:p@h.example/",
    "ftp://h/",
]


@given(
    st.sampled_from(["https://a.example.com/", "http://news.example", "/", "/a/", "x"]),
    TRICKY,
    st.sampled_from(BASES),
)
@settings(max_examples=600)
def test_the_short_way_gives_what_the_parser_gives(start, rest, base):
    parsed = join_url(base, start + rest) if can_be_joined(start + rest, base) else ""
    is_usable = parsed.startswith("http") and "@" not in parsed.split("/", 3)[2]

    if is_usable:
        assert normalize_url(start + rest, base) == parsed
    else:
        with pytest.raises(UnusableURL):
            normalize_url(start + rest, base)


def can_be_joined(url, base):
    try:
        join_url(base, url)
    except ValueError:
        return False
    return True
