import pytest

from ingest.errors import SettingsError
from ingest.fetch.credentials import Credentials, names_in
from ingest.fetch.guard import Origin

STEM = "KHABAR_CREDENTIALS_WIRE_ONE"
ORIGIN = {f"{STEM}_ORIGIN": "https://feeds.example"}
HERE = Origin("https", "feeds.example", 443)


def read(**variables):
    environment = ORIGIN | {f"{STEM}_{name}": value for name, value in variables.items()}
    return Credentials.from_environment(["wire-one"], environment)[0]


@pytest.mark.parametrize(
    ("variables", "header"),
    [
        ({"USER": "desk", "PASSWORD": "geheim:é"}, ("Authorization", "Basic ZGVzazpnZWhlaW06w6k=")),
        ({"TOKEN": "geheim"}, ("Authorization", "Bearer geheim")),
        ({"HEADER": "X-Api-Key: geheim"}, ("X-Api-Key", "geheim")),
    ],
)
def test_each_way_gives_a_header(variables, header):
    assert read(**variables).headers_for(HERE) == [header]


@pytest.mark.parametrize(
    "origin",
    [
        Origin("http", "feeds.example", 443),
        Origin("https", "feeds.example", 8443),
        Origin("https", "other.example", 443),
        Origin("https", "sub.feeds.example", 443),
    ],
)
def test_a_secret_goes_to_its_origin_only(origin):
    assert read(TOKEN="geheim").headers_for(origin) == []


def test_a_secret_never_shows():
    credentials = read(TOKEN="geheim")

    assert "geheim" not in f"{credentials} {credentials!r} {[credentials]}"
    assert "https://feeds.example" in str(credentials)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"TOKEN": "geheim", "USER": "desk"},
        {"HEADER": "geheim"},
        {"HEADER": "X: geheim\r\nY: z"},
        {"HEADER": "X-é: geheim"},
        {"TOKEN": "geheim", "ORIGIN": ""},
        {"TOKEN": "geheim", "ORIGIN": "feeds.example"},
        {"TOKEN": "geheim", "ORIGIN": "https://feeds.example/path"},
        {"TOKEN": "geheim", "ORIGIN": "https://u:geheim@feeds.example"},
    ],
)
def test_what_cannot_be_used_says_so_without_showing_it(variables):
    with pytest.raises(SettingsError, match=STEM) as caught:
        read(**variables)

    assert "geheim" not in str(caught.value)


def test_names_are_found_by_their_origins():
    environment = {**ORIGIN, "KHABAR_CREDENTIALS_B_ORIGIN": "x", "HOME": "/", f"{STEM}_TOKEN": "y"}

    assert names_in(environment) == ("B", "WIRE_ONE")
