"""The sample agencies over real sockets."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from ingest.clock import Clock
from ingest.sample_agency import SampleAgency
from ingest.sample_agency.agencies import Answer
from ingest.sample_agency.server import SiteServer


class SlowSite:
    """Answers every path with a reply that takes its time."""

    def answer(self, path, origin, now):
        return Answer(body=f"{path} {origin} {now.year}".encode() * 100, pause=30.0)


@pytest.fixture(scope="module")
def agency():
    with SampleAgency(clock=Clock(), port=0, with_mishaps=False) as agency:
        yield agency


def ask(url, method="GET", **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, parts.path or "/", headers=named)
        reply = connection.getresponse()
        return reply.status, dict(reply.headers), reply.read()
    finally:
        connection.close()


def test_every_feed_answers(agency):
    assert len(agency.feeds) == 4
    for feed in agency.feeds:
        status, headers, body = ask(feed)

        assert status == 200
        assert "xml" in headers["Content-Type"]
        assert body.startswith(b"<?xml")


def test_sources_declare_the_feeds_that_answer(agency):
    declared = [feed.url for source in agency.sources() for feed in source.feeds]

    assert tuple(declared) == agency.feeds


def test_who_holds_validators_is_spared_the_body(agency):
    url = f"{agency.origins[0]}/img/5.svg"
    _, first, _ = ask(url)
    status, _, body = ask(url, If_None_Match=first["ETag"])

    assert status == 304
    assert body == b""


def test_an_article_carries_when_it_was_modified(agency):
    front = ask(agency.origins[0])[2].decode()
    link = front.split('<li><a href="')[1].split('"')[0]
    status, headers, _ = ask(link)
    again, _, _ = ask(link, If_Modified_Since=headers["Last-Modified"])

    assert (status, again) == (200, 304)


def test_replies_are_compressed_for_those_who_can_read_it(agency):
    _, headers, body = ask(agency.origins[0], Accept_Encoding="br, gzip")

    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"<!DOCTYPE html>")


def test_head_has_the_length_and_no_body(agency):
    status, headers, body = ask(agency.origins[1], "HEAD")

    assert status == 200
    assert int(headers["Content-Length"]) > 500
    assert body == b""


def test_one_connection_carries_many_requests(agency):
    connection = http.client.HTTPConnection(urlsplit(agency.origins[0]).netloc, timeout=20)
    statuses = []
    for path in ("/", "/nothing", "/robots.txt"):
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        statuses.append(reply.status)
    connection.close()

    assert statuses == [200, 404, 200]


def test_a_restart_on_the_same_ports_goes_on_with_the_same_story():
    clock = Clock(epoch=datetime(2026, 11, 23, tzinfo=UTC), speed=1e-9)  # time stands still
    with SampleAgency(clock=clock, port=0) as first:
        port = urlsplit(first.origins[0]).port
        before = [ask(feed)[2] for feed in first.feeds]
    with SampleAgency(clock=clock, port=0, seed=2) as other:
        others = [ask(feed)[2] for feed in other.feeds]
    for _ in range(50):
        try:
            again = SampleAgency(clock=clock, port=port)
            break
        except OSError:  # the next port was another program's for a moment
            time.sleep(0.1)
    else:
        pytest.skip("the ports went to somebody else")
    with again:
        after = ask(again.feeds[0])[2]

    assert after == before[0]
    assert others != before


def test_a_port_that_is_taken_is_an_error_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        SampleAgency(clock=Clock(), port=taken.getsockname()[1])


def test_without_a_port_the_usual_one_is_taken_or_else_any():
    with SampleAgency(clock=Clock()) as first, SampleAgency(clock=Clock()) as second:
        origins = {*first.origins, *second.origins}
        statuses = {ask(feed)[0] for feed in (first.feeds[0], second.feeds[0])}

    assert len(origins) == 4
    assert statuses <= {200, 503}


def test_a_slow_reply_does_not_hold_up_the_end():
    server = SiteServer(("127.0.0.1", 0), SlowSite(), Clock())
    server.start()
    connection = http.client.HTTPConnection(urlsplit(server.origin).netloc, timeout=20)
    connection.request("GET", "/slow")
    reply = connection.getresponse()
    first = reply.read(10)
    started = time.monotonic()

    server.stop()

    assert time.monotonic() - started < 10
    assert first == b"/slow http"
    connection.close()
