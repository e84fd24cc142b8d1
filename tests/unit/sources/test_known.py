"""Which agencies there are, and whose page a URL is."""

import re

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex, sampled_from, text

from ingest.errors import UnusableSource
from ingest.model import Evidence, Feed
from ingest.sources import find_source, is_followed, load_source, source_of_url, sources

LABEL = re.compile(r"\A[a-z][a-z0-9]{0,8}\Z")


def test_agencies_are_listed_in_the_order_of_their_slugs():
    slugs = [source.slug for source in sources()]

    assert slugs == sorted(set(slugs))


def test_an_agency_is_found_by_its_slug():
    found = find_source("anadolu")

    assert found is not None
    assert found.name == "Anadolu Agency"


def test_an_unknown_slug_finds_nothing():
    assert find_source("no-such-agency") is None


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.aa.com.tr/ar/%D8%AF%D9%88%D9%84/x/3817682", "anadolu"),
        ("http://v.aa.com.tr/3529015", "anadolu"),
        ("https://AA.com.tr:443/tr", "anadolu"),
        ("https://sana.sy/?p=2215080", "sana"),
    ],
)
def test_a_page_belongs_to_the_agency_of_its_host(url, slug):
    owner = source_of_url(url)

    assert owner is not None
    assert owner.slug == slug


@pytest.mark.parametrize(
    "url",
    ["https://notaa.com.tr/tr/x/1", "https://com.tr/", "https://[half", "nothing", "", "/path"],
)
def test_a_page_of_nobody_belongs_to_nobody(url):
    assert source_of_url(url) is None


@pytest.mark.parametrize(
    ("evidence", "followed"),
    [(Evidence.CONFIRMED, True), (Evidence.LISTED, True), (Evidence.UNVERIFIED, False)],
)
def test_a_feed_known_from_memory_alone_waits_for_a_person(evidence, followed):
    assert is_followed(Feed(url="https://agency.example/feed", evidence=evidence)) is followed


DECLARATION = """
from zoneinfo import ZoneInfo
from ingest.model import Feed, Source

SOURCE = Source(
    slug="hill-wire", name="Hill Wire", homepage="https://hill.example/",
    timezone=ZoneInfo("Europe/Vienna"), feeds=(Feed(url="https://hill.example/feed"),),
)
"""


def test_a_file_outside_the_package_declares_an_agency(tmp_path):
    path = tmp_path / "hill-wire.py"
    path.write_text(DECLARATION, encoding="utf-8")

    assert load_source(path).slug == "hill-wire"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("empty.py", "", "it declares no agency; write SOURCE = Source(…)"),
        ("text.py", "SOURCE = 'hill'", "its SOURCE is a str; it must be an ingest.model.Source"),
        ("torn.py", "SOURCE = (", "line 1: '(' was never closed"),
        ("failing.py", "import no_such_room", "No module named 'no_such_room'"),
        ("notes.txt", DECLARATION, "not a Python file; its name must end with .py"),
    ],
)
def test_a_file_that_declares_no_agency_says_why_in_one_line(tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UnusableSource) as raised:
        load_source(path)

    assert str(raised.value).startswith(str(path))
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(UnusableSource, match="there is no such file"):
        load_source(tmp_path / "missing.py")


def test_a_folder_is_not_said_to_be_missing(tmp_path):
    with pytest.raises(UnusableSource, match="a folder, or no plain file"):
        load_source(tmp_path)


@given(text())
def test_any_text_has_an_owner_or_none_and_raises_nothing(anything):
    source_of_url(anything)
    source_of_url(f"https://{anything}/")


@given(sampled_from([host for source in sources() for host in source.hosts]), from_regex(LABEL))
def test_what_is_below_a_host_is_the_same_agency_s_or_another_declared_one(host, label):
    below = source_of_url(f"https://{label}.{host}/a/b?c=d")

    declared = find_owner(f"{label}.{host}") or find_owner(host)
    assert below is declared


def find_owner(host):
    """Return the agency that declares exactly this host."""
    return next((source for source in sources() if host in source.hosts), None)
