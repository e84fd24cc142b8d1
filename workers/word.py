"""A word: what one process tells the daemon of itself, as a datagram of JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ingest.pipeline.tally import BY_NAME, Sums

SOCKET_VARIABLE = "KHABAR_TELL_SOCKET"  # the number of an open file; set by the daemon alone
ROWS_AT_ONCE = 100
MAX_WORD_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one process tells of itself.

    Attributes:
        role: "beat" or "pool".
        done: rings or tasks it has begun since it started.
        busy: seconds that the task in hand has taken; None between tasks.
        still: seconds since its loop last turned.
        memory: bytes of it that are in memory.
    """

    role: str
    pid: int
    done: int
    busy: float | None
    still: float
    memory: int


def parts_of(sums: Sums) -> list[Sums]:
    """Return sums in parts that fit a datagram; one empty part where there is nothing."""
    counts, spreads = list(sums.counts.items()), list(sums.spreads.items())
    most = max(len(counts), len(spreads), 1)
    return [
        Sums(dict(counts[at : at + ROWS_AT_ONCE]), dict(spreads[at : at + ROWS_AT_ONCE]))
        for at in range(0, most, ROWS_AT_ONCE)
    ]


def write_word(word: Word, sums: Sums) -> bytes:
    """Return a word as a datagram."""
    fields: dict[str, Any] = {name: getattr(word, name) for name in Word.__slots__}
    fields["counts"] = [[name, labels, n] for (name, labels), n in sums.counts.items()]
    fields["spreads"] = [
        [name, labels, spread.buckets, spread.total]
        for (name, labels), spread in sums.spreads.items()
    ]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def read_word(datagram: bytes) -> tuple[Word, Sums]:
    """Return what a datagram says.

    Raises:
        ValueError, KeyError: it is none of ours.
    """
    fields = json.loads(datagram)
    word = Word(**{name: fields[name] for name in Word.__slots__})
    sums = Sums()
    for name, labels, amount in fields["counts"]:
        sums.add(BY_NAME[name], tuple(labels), amount)
    for name, labels, buckets, total in fields["spreads"]:
        sums.merge(BY_NAME[name], tuple(labels), buckets, total)
    return word, sums
