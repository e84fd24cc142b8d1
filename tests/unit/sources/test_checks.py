"""What a person who declares an agency is told."""

import re
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from ingest.model import ArticleRules, Cadence, Feed, Source, SourceKind, WireFolder, WireService
from ingest.sources import check_source, find_source

GOOD = Source(
    slug="hill-wire",
    name="Hill Wire",
    homepage="https://hill.example/",
    timezone=ZoneInfo("Europe/Vienna"),
    feeds=(Feed(url="https://hill.example/feed", language="de-AT"),),
    hosts=("hill.example",),
    languages=("de", "ku-Arab", "es-419"),
    path_languages=MappingProxyType({"dt": "de"}),
    number=re.compile(r"-(?P<number>\d+)$"),
    datelines=(re.compile(r"(?P<place>[A-Z]{3,}) \(HW\)"),),
    article=ArticleRules(body=("article > .text", 'div[data-kind="story"]')),
    sitemaps=("https://hill.example/sitemap.xml",),
    archives=("https://hill.example/{yyyy}/{mm}/{dd}/?page={page}",),
    ports=(8088,),
    retention=timedelta(days=5),
)


def test_a_good_declaration_has_nothing_wrong():
    assert check_source(GOOD) == ()


ONE_HOUR = timedelta(hours=1)
FEED = Feed(url="https://hill.example/feed")
WRONG = [
    ({"slug": "Hill Wire"}, "slug 'Hill Wire' must be lower-case letters and digits"),
    ({"slug": "sana"}, "slug 'sana' is already that of Syrian Arab News Agency"),
    ({"name": " "}, "name is empty"),
    ({"homepage": "hill.example"}, "homepage 'hill.example' must begin with https://"),
    ({"homepage": "https://[half"}, "homepage 'https://[half' is no address"),
    ({"timezone": "Vienna"}, "timezone must be an IANA zone"),
    ({"feeds": ()}, "feeds is empty: there is nothing to poll"),
    ({"feeds": FEED}, "feeds must be a tuple; one alone is written with a comma"),
    ({"feeds": (Feed(url="/feed"),)}, "feed '/feed' must begin with https://"),
    ({"feeds": (Feed(url="ftp://hill.example/f"),)}, "must begin with https:// or http://"),
    ({"feeds": (Feed(url="https://me:key@hill.example/"),)}, "must not carry credentials"),
    ({"feeds": (FEED, FEED)}, "feed 'https://hill.example/feed' is declared 2 times"),
    ({"feeds": (Feed(url="https://a.example/", language="German"),)}, "language 'German' is no"),
    ({"kind": SourceKind.BRIDGE}, "must be a path below the bridge"),
    ({"hosts": ("www.hill.example",)}, "host 'www.hill.example' must be a bare lower-case host"),
    ({"hosts": ("https://hill.example",)}, "host 'https://hill.example' must be a bare"),
    ({"hosts": ("aa.com.tr",)}, "host 'aa.com.tr' already belongs to Anadolu Agency"),
    ({"languages": ("Deutsch",)}, "language 'Deutsch' is no BCP 47 tag"),
    ({"path_languages": {"/dt/": "de"}}, "path_languages: '/dt/' must be one path segment"),
    ({"number": "([0-9]+)"}, "number '([0-9]+)' must be compiled: re.compile(…)"),
    ({"number": re.compile(r"(\d+)")}, r"number '(\\d+)' must name the group (?P<number>…)"),
    ({"datelines": (re.compile("[A-Z]+"),)}, "must name the group (?P<place>…)"),
    ({"datelines": (re.compile("(?P<place>.*)"),)}, "it would match everywhere"),
    ({"article": ArticleRules(body="p")}, "article.body must be a tuple"),
    ({"article": ArticleRules(body=("p[",))}, "article.body: 'p[' is no standard CSS selector"),
    ({"article": ArticleRules(body=('p:contains("x")',))}, "is no standard CSS selector"),
    ({"article": ArticleRules(body=("p::text",))}, "is no standard CSS selector"),
    ({"sitemaps": ("/sitemap.xml",)}, "sitemap '/sitemap.xml' must begin with https://"),
    ({"archives": ("/{yyyy}",)}, "archive '/{yyyy}' must begin with https://"),
    ({"archives": ("https://hill.example/{year}",)}, "needs {yyyy}, {mm}, {dd} or {page}"),
    ({"archives": ("https://hill.example/all",)}, "needs {yyyy}, {mm}, {dd} or {page}"),
    ({"cadence": Cadence(floor=timedelta())}, "cadence: its floor must be above zero"),
    (
        {"feeds": (replace(FEED, cadence=Cadence(floor=ONE_HOUR, ceiling=ONE_HOUR / 2)),)},
        "cadence of 'https://hill.example/feed': its floor must be above zero and not above",
    ),
    ({"recheck_after": (ONE_HOUR, ONE_HOUR)}, "recheck_after must rise"),
    ({"recheck_after": (timedelta(),)}, "recheck_after: every wait must be above zero"),
    ({"ports": (0,)}, "ports must be between 1 and 65535"),
    ({"retention": timedelta()}, "retention must be above zero"),
]


@pytest.mark.parametrize(("change", "complaint"), WRONG)
def test_each_mistake_is_told_in_one_sentence(change, complaint):
    complaints = check_source(replace(GOOD, **change))

    assert [told for told in complaints if complaint in told]
    assert all("\n" not in told for told in complaints)


def test_a_wire_says_how_it_is_asked():
    service = WireService(root="https://wire.example/api/", credentials="WIRE")
    wire = replace(GOOD, kind=SourceKind.WIRE, wire=service)

    assert check_source(wire) == ()
    assert check_source(replace(wire, wire=None)) == (
        "a source of kind wire needs wire=WireService(…)",
    )
    assert (
        "ends with a slash"
        in check_source(replace(wire, wire=replace(service, root="https://wire.example/api")))[0]
    )


def test_a_folder_is_where_files_are_put():
    feed = Feed(url="sftp://wire.example/out")
    folder = replace(GOOD, kind=SourceKind.FOLDER, feeds=(feed,), wire=WireFolder())

    assert check_source(folder) == ()
    assert check_source(replace(folder, feeds=GOOD.feeds)) != ()
    assert check_source(replace(GOOD, wire=WireFolder())) == (
        "wire is for a source of kind wire or folder",
    )


def test_a_bridge_names_paths_below_the_operator_s_address():
    bridge = replace(GOOD, kind=SourceKind.BRIDGE, feeds=(Feed(url="/x/user/hill"),))

    assert check_source(bridge) == ()


def test_a_second_declaration_of_a_built_in_agency_is_told():
    edited = replace(find_source("sana"), note="a new note")

    assert check_source(edited) == ("slug 'sana' is already that of Syrian Arab News Agency",)


def test_a_built_in_declaration_read_again_is_itself():
    assert check_source(replace(find_source("sana"))) == ()
