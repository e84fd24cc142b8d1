"""What may be done with an item, by the words that formats and agencies have for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.wires.item import PubStatus

if TYPE_CHECKING:
    from ingest.model import Moment
    from ingest.wires.stamps import Stamps

_WORDS: Final = {
    "usable": PubStatus.USABLE,
    "published": PubStatus.USABLE,
    "": PubStatus.USABLE,
    "withheld": PubStatus.WITHHELD,
    "embargoed": PubStatus.WITHHELD,
    "hold": PubStatus.WITHHELD,
    "held": PubStatus.WITHHELD,
    "canceled": PubStatus.CANCELED,
    "cancelled": PubStatus.CANCELED,
    "killed": PubStatus.CANCELED,
    "kill": PubStatus.CANCELED,
    "deleted": PubStatus.CANCELED,
    "withdrawn": PubStatus.CANCELED,
    "retracted": PubStatus.CANCELED,
}


def status_of(name: str | None, oddities: list[str]) -> PubStatus:
    """Return the status that a word means; one that nobody knows withholds the item, and is told.

    Args:
        name: with or without a scheme, such as "stat:usable"; None is usable.
        oddities: where an unknown word is told.
    """
    word = (name or "").strip().lower()
    word = word.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    found = _WORDS.get(word)
    if found is None:
        oddities.append(f"status {word[:40]!r} is none that is known: withheld")
        return PubStatus.WITHHELD
    return found


def embargo_of(
    text: str | None, status: PubStatus, stamps: Stamps
) -> tuple[Moment | None, PubStatus]:
    """Return until when an item is embargoed, and its status.

    Args:
        text: as written; None where nothing is said. One that names no time that can be read
            withholds the item, for an embargo must never end by mistake.
        status: as the item tells it.
        stamps: read the time.
    """
    if text is None:
        return None, status
    until = stamps.read(text, "embargo")
    if until is None and status is PubStatus.USABLE:
        stamps.oddities.append("embargoed without a time that can be read: withheld")
        return None, PubStatus.WITHHELD
    return until, status
