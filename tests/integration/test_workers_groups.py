"""Two groups of workers, as on two machines, against one Postgres and one broker."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.agency import feed, html, item, page
from tests.cable import Cable
from tests.programs import Program, environment_for, wait_for
from tests.service import changes, follow, open_test_service
from tests.web import Answer, Web

HOSTS = 8
PAGES = 6
SECONDS_A_REPLY = 0.2


def slowly(answer, seconds=SECONDS_A_REPLY):
    """Return an answer that takes so long to come."""
    return Answer(answer.body, headers=answer.headers, pieces=5, pause=seconds / 4)


def contact_of(request):
    """Return which group asked."""
    return (request.header("User-Agent") or "").partition("https://")[2][:5]


def kinds(service):
    """Return the kind of each change; hosts have texts in common, so stories may join as well."""
    return [row["kind"] for row in changes(service)]


@pytest.fixture
def group(database, broker, home):
    """Start groups of workers by name; each has a home, and is known by its contact."""

    def start(name, role="worker", **settings):
        environment = environment_for(
            database,
            broker.broker_url,
            **{
                "KHABAR_HOME": str(home / name),
                "KHABAR_CONTACT": f"https://{name}.example",
                "KHABAR_LEASE": "2",
                **settings,
            },
        )
        return Program(["-m", "workers", role], environment)

    return start


@pytest.fixture
def postgres_cable(database):
    """A cable to Postgres, and the database's URL through it."""
    parts = urlsplit(database)
    (folder,) = parse_qs(parts.query)["host"]
    with Cable(f"{folder}/.s.PGSQL.5432") as cable:
        yield cable, f"postgresql://{parts.username}@127.0.0.1:{cable.port}{parts.path}"


@pytest.fixture
def broker_cable(broker):
    """A cable to the broker, and its URL through it."""
    with Cable(urlsplit(broker.broker_url).path) as cable:
        yield cable, f"redis://127.0.0.1:{cable.port}/0"


def test_groups_share_the_work_and_no_host_is_asked_twice_at_once(database, group):
    with Web() as web, open_test_service(database) as service:
        sites = [web.new_host() for _ in range(HOSTS)]
        for site in sites:
            items = [item(site.origin, n) for n in range(1, PAGES + 1)]
            site.on("/feed", slowly(feed(items)))
            for n in range(1, PAGES + 1):
                site.on(f"/{n}", slowly(html(page(n))))
            follow(service, site.url("/feed"))
        few = {"KHABAR_VISITS": "2"}
        with group("one.1", **few), group("two.2", **few), group("three", "beat"):
            wait_for(lambda: kinds(service).count("new") == HOSTS * PAGES)

    requests = [sorted(site.requests, key=lambda one: one.at) for site in sites]
    gaps = [
        after.at - before.at
        for ours in requests
        for before, after in itertools.pairwise(ours)
        if before.path != "/robots.txt"
    ]
    assert min(gaps) >= SECONDS_A_REPLY
    assert {contact_of(one) for ours in requests for one in ours} == {"one.1", "two.2"}


def test_groups_are_restarted_one_after_the_other_and_nothing_is_lost(desk, group):
    with group("beats", "beat"), group("old.1") as one:
        desk.publish(slowly(html(page(1)), seconds=1))
        wait_for(lambda: desk.site.asked("/1"))
        with group("new.1"):
            one.end()
            desk.publish(slowly(html(page(2)), seconds=1))
            wait_for(desk.has_arrived)

    assert [(row["kind"], row["revision"]) for row in changes(desk.service)] == [("new", 1)] * 2


def test_a_group_cut_off_from_postgres_writes_nothing_late_and_comes_back(
    desk, group, postgres_cable
):
    cable, url = postgres_cable
    patient = {"KHABAR_FETCH_TIMEOUT": "6"}
    with (
        group("beats", "beat"),
        group("far.1", KHABAR_DATABASE_URL=url, **patient) as far,
    ):
        desk.publish()
        wait_for(desk.has_arrived)
        desk.publish(slowly(html(page(2)), seconds=2))
        wait_for(lambda: desk.site.asked("/2"))

        cable.cut()
        with group("near1", **patient):
            wait_for(desk.has_arrived)
        cable.mend()
        desk.publish()
        wait_for(desk.has_arrived)

        assert far.process.poll() is None
    assert [contact_of(one) for one in desk.site.asked("/2")][:2] == ["far.1", "near1"]
    assert contact_of(desk.site.asked("/3")[0]) == "far.1"
    assert [(row["kind"], row["revision"]) for row in changes(desk.service)] == [("new", 1)] * 3


def test_a_group_cut_off_from_the_broker_comes_back(desk, group, broker_cable):
    cable, url = broker_cable
    with group("beats", "beat"), group("far.1", KHABAR_BROKER_URL=url, KHABAR_WATCHDOG="5"):
        desk.publish()
        wait_for(desk.has_arrived)

        cable.cut()
        with group("near1"):
            desk.publish()
            wait_for(desk.has_arrived)
        cable.mend()
        desk.publish()
        wait_for(desk.has_arrived)

    assert contact_of(desk.site.asked("/3")[0]) == "far.1"
    assert [row["kind"] for row in changes(desk.service)] == ["new"] * 3
