"""Every wire sample: a document that we wrote, read as expected, field by field.

    tests/samples/wires/NAME.EXT              as a wire delivers it, with its quirks
    tests/samples/wires/NAME.expected.json    what must be read from it: all that is not empty

A name's first word is the format. Samples named `…-rome` are of a source in Rome.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.model import Moment, Precision, ZoneReason
from ingest.wires import read_wire
from ingest.wires.item import PubStatus
from ingest.wires.ninjs import ninjs_of
from ingest.wires.shown import as_json
from ingest.wires.to_g2 import g2_of
from ingest.wires.to_nitf import nitf_of
from tests import wires_dtd
from tests.ninjs import complaints_about

SAMPLES = Path(__file__).parents[1] / "samples" / "wires"
DOCUMENTS = sorted(
    path for path in SAMPLES.iterdir() if path.suffixes[-2:] != [".expected", ".json"]
)


def zone_of_sample(path):
    return ZoneInfo("Europe/Rome") if path.stem.endswith("-rome") else None


def read_sample(path):
    return read_wire(path.read_bytes(), name=path.name, zone=zone_of_sample(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_a_wire_sample_is_read_as_expected(path):
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))

    assert as_json(read_sample(path)) == expected


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_what_a_sample_says_goes_out_as_valid_ninjs(path):
    complaints = [complaints_about(ninjs_of(item)) for item in read_sample(path).items]

    assert complaints == [[] for _ in complaints]


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_what_a_sample_says_goes_out_as_valid_newsml_g2_and_nitf(path):
    # NewsML-G2 asks for a time, which an item that tells none cannot have: it gets one here.
    items = [
        replace(item, version_created=item.version_created or MOMENT)
        for item in read_sample(path).items
    ]
    complaints = []
    for item in items:
        package = item if item.members else None
        written = g2_of(items, sent=AT, package=package)
        complaints += wires_dtd.complaints_about(written, wires_dtd.G2)
        complaints += wires_dtd.complaints_about(nitf_of(item), wires_dtd.NITF)

    assert complaints == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_what_a_sample_says_survives_the_xml_formats(path):
    for item in read_sample(path).items:
        for written in (g2_of([item], sent=AT), nitf_of(item)):
            found = read_wire(written).items[0]

            is_gone = item.pub_status is PubStatus.CANCELED
            assert found.guid == item.guid
            assert found.pub_status is item.pub_status
            assert words(found.body) == ("" if is_gone else words(item.body))
            assert (found.headline == item.headline) or is_gone


AT = datetime(2026, 6, 1, tzinfo=UTC)
MOMENT = Moment(at=AT, precision=Precision.SECOND, text="2026-06-01", zone=ZoneReason.TEXT)


def words(text):
    """Return a text's words; formats differ in what is a line of a table."""
    return " ".join(text.replace(" | ", " ").split())
