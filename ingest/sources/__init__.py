"""The agencies khabar knows: one declaration a file.

    ingest/sources/anadolu.py   SOURCE = Source(slug="anadolu", …)      found by being here

A module whose name begins with an underscore is this room's own code; every other one declares
`SOURCE`. Nothing else names the agencies: adding one is adding its file. The order is that of
the slugs, everywhere.
"""

from __future__ import annotations

from ingest.sources._checks import check_source
from ingest.sources._known import (
    find_source,
    is_followed,
    load_source,
    source_of_url,
    sources,
)
from ingest.sources._tables import agency_table

__all__ = [
    "agency_table",
    "check_source",
    "find_source",
    "is_followed",
    "load_source",
    "source_of_url",
    "sources",
]
