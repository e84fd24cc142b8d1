"""The one door to wire documents: what it takes, and what it says of anything else."""

import json

import pytest

from ingest.errors import WireError
from ingest.wires import read_wire


def test_a_document_carried_in_json_is_read_and_told():
    body = json.dumps([{"uri": "u:1", "body_text": "It rained."}, 3]).encode()

    document = read_wire(body)

    assert [item.guid for item in document.items] == ["u:1"]
    assert document.oddities == ("1 of 2 values are no ninjs documents",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "nothing in it"),
        (b" \n", "only white space in it"),
        (b"%PDF-1.7", "not a wire document but a PDF document"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": 1}', "not a ninjs document"),
        (b"x" * (20 * 1024 * 1024 + 1), "more than the 20,971,520 a document may have"),
    ],
)
def test_what_is_no_wire_document_is_an_error_that_says_what_it_is(body, reason):
    with pytest.raises(WireError, match=reason):
        read_wire(body)
