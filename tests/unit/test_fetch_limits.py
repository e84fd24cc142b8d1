import contextlib
import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ReplyDamaged, ReplyTooLarge
from ingest.fetch.limits import BodyReader, Limits, codings_of

TEXT = "خبر: a paragraph of news. ".encode() * 400
URL = "https://agency.example/page"


def bare_deflate(body):
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(body) + engine.flush()


def brotlied(body):
    return brotli.compress(body, quality=4)


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotlied,
    "zstd": zstandard.compress,
}


def read(packed, coding=None, *, limits=None, step=7):
    reader = BodyReader(URL, coding, limits or Limits())
    for start in range(0, len(packed), step):
        reader.feed(packed[start : start + step])
    return reader.finish()


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_each_coding_is_undone_however_it_arrives(coding, step):
    assert read(PACKERS[coding](TEXT), coding, step=step) == TEXT


@pytest.mark.parametrize("step", [1, 100_000])
def test_a_bare_deflate_stream_is_deflate_too(step):
    assert read(bare_deflate(TEXT), "deflate", step=step) == TEXT


@pytest.mark.parametrize("coding", [None, "", "identity", "utf-8", "none"])
def test_what_is_no_coding_changes_nothing(coding):
    assert read(TEXT, coding) == TEXT


@pytest.mark.parametrize("coding", PACKERS)
def test_an_empty_body_is_whole(coding):
    assert read(b"", coding) == b""


def test_several_codings_are_undone_last_first():
    assert read(zlib.compress(gzip.compress(TEXT)), "gzip, deflate") == TEXT
    assert read(brotli.compress(zstandard.compress(TEXT)), "ZSTD , BR", step=3) == TEXT


@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_several_members_are_one_body(step):
    members = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(TEXT)
    frames = zstandard.compress(b"one ") + zstandard.compress(TEXT)

    assert read(members, "gzip", step=step) == b"one " + TEXT
    assert read(frames, "zstd", step=step) == b"one " + TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("step", [1, 100_000])
def test_padding_behind_the_end_is_ignored(coding, step):
    assert read(PACKERS[coding](TEXT) + b"\0\0\0 padding", coding, step=step) == TEXT


def test_a_body_that_is_not_the_gzip_it_claims_is_taken_as_it_is():
    assert read(TEXT, "gzip", step=1) == TEXT


@pytest.mark.parametrize("coding", PACKERS)
def test_a_body_cut_short_is_damaged(coding):
    packed = PACKERS[coding](TEXT)

    with pytest.raises(ReplyDamaged, match="cut short"):
        read(packed[: len(packed) // 2], coding)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)[:20] + b"\xff" * 60),
        ("gzip", gzip.compress(TEXT)[:-8] + b"\0" * 8),
        ("deflate", b"\xff" * 60),
        ("br", b"\xff" * 60),
        ("zstd", b"\xff" * 60),
    ],
    ids=["gzip-garbled", "gzip-wrong-sum", "deflate", "br", "zstd"],
)
def test_a_body_that_does_not_decode_is_damaged(coding, packed):
    with pytest.raises(ReplyDamaged, match="content coding"):
        read(packed, coding)


def test_a_coding_we_never_asked_for_is_named():
    with pytest.raises(ReplyDamaged, match="compress"):
        read(b"x", "compress")


@pytest.mark.parametrize("coding", [None, *PACKERS])
def test_a_long_body_is_refused_at_its_bound(coding):
    noise = zstandard.compress(b"")  # some bytes that compress badly
    body = b"".join(zlib.crc32(b"%d" % n).to_bytes(4, "big") for n in range(5000)) + noise
    packed = PACKERS[coding](body) if coding else body

    with pytest.raises(ReplyTooLarge, match="more than 10000 bytes"):
        read(packed, coding, limits=Limits(max_bytes=10_000))


@pytest.mark.parametrize("coding", PACKERS)
def test_a_bomb_is_refused_while_it_is_small(coding):
    bomb = PACKERS[coding](b"\0" * 20_000_000)
    reader = BodyReader(URL, coding, Limits())

    with pytest.raises(ReplyTooLarge, match="expands more than 200 times"):
        reader.feed(bomb)

    assert reader.body_bytes < 3_000_000


def test_a_bomb_in_a_bomb_is_refused():
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))

    with pytest.raises(ReplyTooLarge):
        read(bomb, "gzip, gzip", step=1000)


def test_a_short_page_of_blanks_is_no_bomb():
    assert read(gzip.compress(b" " * 100_000), "gzip") == b" " * 100_000


def test_a_cut_body_keeps_its_start():
    limits = Limits(max_bytes=1000, cut=True)
    reader = BodyReader(URL, "gzip", limits)

    reader.feed(gzip.compress(TEXT))

    assert reader.is_full
    assert reader.finish() == TEXT[:1000]
    assert read(b"short", limits=limits) == b"short"


def test_a_coding_knows_its_own_end():
    reader = BodyReader(URL, "br", Limits())
    packed = brotli.compress(TEXT)

    reader.feed(packed[:-1])
    before = reader.has_end_mark
    reader.feed(packed[-1:])

    assert (before, reader.has_end_mark) == (False, True)
    assert not BodyReader(URL, None, Limits()).has_end_mark


def test_a_coding_that_broke_knows_no_end():
    reader = BodyReader(URL, "br", Limits())

    with pytest.raises(ReplyDamaged):
        reader.feed(b"\xff" * 100)

    assert not reader.has_end_mark


def test_codings_are_named_in_the_order_they_were_applied():
    assert codings_of("GZIP,, utf-8 , br") == ["gzip", "br"]
    assert codings_of(None) == []


@given(st.binary(max_size=400), st.sampled_from([*PACKERS, "gzip, br"]), st.integers(1, 50))
@settings(max_examples=150)
def test_no_bytes_are_a_surprise(packed, coding, step):
    with contextlib.suppress(ReplyDamaged, ReplyTooLarge):
        read(packed, coding, step=step)


@given(st.binary(max_size=3000), st.sampled_from(list(PACKERS)), st.integers(1, 500))
@settings(max_examples=100)
def test_every_body_survives_its_way(body, coding, step):
    assert read(PACKERS[coding](body), coding, step=step) == body
