"""Every wire sample: a document that we wrote, read as expected, field by field.

    tests/samples/wires/NAME.EXT              as a wire delivers it, with its quirks
    tests/samples/wires/NAME.expected.json    what must be read from it: all that is not empty

A name's first word is the format. Samples named `…-rome` are of a source in Rome.
"""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.wires import read_wire
from ingest.wires.shown import as_json

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
