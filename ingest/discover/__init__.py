"""Where articles and feeds are to be found: sitemaps, archives, pages that name feeds, OPML."""

from ingest.discover.archives import archive_urls
from ingest.discover.links import find_feeds
from ingest.discover.lost import (
    Span,
    addresses_for,
    first_places,
    is_older_than,
    shape_of,
    shapes_of,
    sitemaps_for,
)
from ingest.discover.opml import read_opml, write_opml
from ingest.discover.sitemap import parse_sitemap

__all__ = [
    "Span",
    "addresses_for",
    "archive_urls",
    "find_feeds",
    "first_places",
    "is_older_than",
    "parse_sitemap",
    "read_opml",
    "shape_of",
    "shapes_of",
    "sitemaps_for",
    "write_opml",
]
