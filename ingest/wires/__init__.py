"""News exchange formats: a document becomes an article, an article a document.

    ninjs.py    IPTC ninjs: 1.0 to 3.1 are read, 3.1 is written

Read leniently, as real wires need: a field that is not what its standard says is left out, never
the document. Services that deliver such documents, and the XML formats, come to this room later.
"""

from ingest.wires.ninjs import read_ninjs, write_ninjs

__all__ = ["read_ninjs", "write_ninjs"]
