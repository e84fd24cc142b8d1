"""Which version of a wire's item counts: the higher one, whatever order they arrive in.

nothing known                    it counts
another version number           the higher one counts
the same number, or none         the later release counts; the same again when nothing tells
a status that holds it back      counts like a text: a late older one does not undo it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an item has come: its version, where the wire numbers them, and its release."""

    version: int | None = None
    released: datetime | None = None


class Step(StrEnum):
    """What an item that has come does to its article."""

    NOTHING = "nothing"  # an older version, late
    PUBLISH = "publish"
    WITHHOLD = "withhold"
    WITHDRAW = "withdraw"


def is_older(new: Standing, known: Standing) -> bool:
    """Return whether an item is an older version than the one that is known."""
    if new.version is not None and known.version is not None and new.version != known.version:
        return new.version < known.version
    if new.released is None or known.released is None:
        return False
    return new.released < known.released


def next_step(new: Standing, known: Standing | None, status: str) -> Step:
    """Return what to do with an item.

    Args:
        new: its version.
        known: the newest version seen; None for an item never seen.
        status: usable, withheld or canceled.
    """
    if known is not None and is_older(new, known):
        return Step.NOTHING
    if status == "canceled":
        return Step.WITHDRAW
    return Step.WITHHOLD if status == "withheld" else Step.PUBLISH


def newest(new: Standing, known: Standing | None) -> Standing:
    """Return the version to remember: what one of them leaves out, the other tells."""
    if known is None:
        return new
    version = known.version if new.version is None else new.version
    return Standing(version=version, released=new.released or known.released)
