"""News exchange formats: bytes become items, items articles; an article becomes a document again.

    door.py       read_wire: the one way in, whatever the format
    from_*.py     a reader for each: ninjs, NewsML-G2, NewsML 1, NITF, IPTC 7901, ANPA 1312, text
    article.py    article_of: an item as consumers see it
    ninjs.py, to_*.py   the way out

Read leniently, as real wires need: what is not as its standard says is told in `oddities`, never
dropped in silence, and never guessed.
"""

from ingest.wires.article import article_of
from ingest.wires.door import read_wire
from ingest.wires.item import PubStatus, WireDocument, WireItem
from ingest.wires.ninjs import read_ninjs, write_ninjs

__all__ = [
    "PubStatus",
    "WireDocument",
    "WireItem",
    "article_of",
    "read_ninjs",
    "read_wire",
    "write_ninjs",
]
