"""What is followed: declared agencies mirrored, a person's feeds added, first polls spread."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.model import Cadence, Evidence, Feed, FeedLink, Source, WireService
from ingest.pipeline.follow import (
    UnknownSource,
    declared_feeds,
    follow_declared,
    follow_links,
    follow_source,
    follow_url,
    slug_of,
)
from ingest.sources import sources
from ingest.storage import feed as feeds
from ingest.storage.source import list_sources
from tests.service import open_test_service


def listed(service):
    """Return the followed feeds by address."""
    with service.database.connection() as connection:
        return {feed.url: feed for feed in feeds.list_feeds(connection)}


def test_declared_agencies_are_followed_once(database):
    with open_test_service(database) as service:
        first, again = follow_declared(service), follow_declared(service)
        found = listed(service)

    assert first == len(found) == len(declared_feeds(None))
    assert again == 0


def test_feeds_known_from_memory_alone_wait_for_a_person(database):
    with open_test_service(database) as service:
        follow_declared(service)
        found = listed(service)

    for feed in found.values():
        assert (feed.paused_at is not None) == (feed.evidence == Evidence.UNVERIFIED)


def test_first_polls_of_many_feeds_are_spread_over_the_floor(database):
    with open_test_service(database, poll_floor=timedelta(seconds=60)) as service:
        now = service.clock.now()
        follow_declared(service)
        polls = [feed.next_poll_at - now for feed in listed(service).values()]

    assert max(polls) - min(polls) > timedelta(seconds=30)
    assert max(polls) < timedelta(seconds=70)


def test_a_feed_that_a_person_adds_is_polled_at_once(database):
    with open_test_service(database) as service:
        follow_url(service, "https://wire.example/feed")
        (feed,) = listed(service).values()

        assert feed.next_poll_at <= service.clock.now()
    assert (feed.source, feed.origin) == ("wire.example", "person")


def test_bridges_are_followed_where_an_operator_runs_one():
    without, bridged = declared_feeds(None), declared_feeds("http://127.0.0.1:1200/")
    added = {feed.url for _, feed in bridged} - {feed.url for _, feed in without}

    assert added
    assert all(url.startswith("http://127.0.0.1:1200/") for url in added)
    wires = [s.wire for s in sources() if isinstance(s.wire, WireService)]
    assert len(without) == sum(len(s.feeds) for s in sources()) - len(added) - len(wires)


def test_a_list_keeps_its_good_feeds_beside_its_bad_ones(database):
    links = [
        FeedLink(url="https://a.example/feed", title="A"),
        FeedLink(url="javascript:alert(1)"),
        FeedLink(url="https://b.example/feed"),
    ]
    with open_test_service(database) as service:
        done = follow_links(service, links)

        assert set(listed(service)) == {"https://a.example/feed", "https://b.example/feed"}
    assert [row.is_new for row in done] == [True, False, True]
    assert done[1].problem


def test_a_source_without_a_file_keeps_its_own_bounds(database):
    source = Source(
        slug="own-wire",
        name="Own wire",
        homepage="https://own.example/",
        timezone=ZoneInfo("UTC"),
        feeds=(
            Feed(url="https://own.example/a"),
            Feed(url="https://own.example/b", cadence=Cadence(floor=timedelta(seconds=5))),
        ),
    )
    with open_test_service(database) as service:
        follow_source(service, source, origin="sample")
        found = listed(service)

    assert found["https://own.example/a"].floor is None
    assert found["https://own.example/b"].floor == timedelta(seconds=5)


def test_a_feed_that_is_followed_already_keeps_its_source_and_makes_no_other(database):
    url = "https://own.example/a"
    source = Source(
        slug="own-wire",
        name="Own wire",
        homepage="https://own.example/",
        timezone=ZoneInfo("UTC"),
        feeds=(Feed(url=url),),
    )
    with open_test_service(database) as service:
        follow_source(service, source, origin="sample")
        again = follow_url(service, url)
        with service.database.connection() as connection:
            slugs = [row.slug for row in list_sources(connection)]

    assert (again.source, again.is_new) == ("own-wire", False)
    assert slugs == ["own-wire"]


def test_an_unknown_source_is_named(database):
    with (
        open_test_service(database) as service,
        pytest.raises(UnknownSource, match="no source 'nobody'"),
    ):
        follow_url(service, "https://a.example/", slug="nobody")


@pytest.mark.parametrize(
    ("site", "slug"),
    [
        ("example.com", "example.com"),
        ("127.0.0.1:8800", "127.0.0.1"),
        ("[::1]", "1"),
        ("xn--mgbh0fb.example", "xn--mgbh0fb.example"),
        ("[::]", "site"),
    ],
)
def test_a_slug_is_made_of_a_sites_name(site, slug):
    assert slug_of(site) == slug
