"""Where articles and feeds are to be found: sitemaps, archives, pages that name feeds, OPML."""

from ingest.discover.archives import archive_urls
from ingest.discover.articles import article_links
from ingest.discover.days import Place, days_in_url, may_hold, place_entry
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
from ingest.discover.wordpress import read_posts

__all__ = [
    "Place",
    "Span",
    "addresses_for",
    "archive_urls",
    "article_links",
    "days_in_url",
    "find_feeds",
    "first_places",
    "is_older_than",
    "may_hold",
    "parse_sitemap",
    "place_entry",
    "read_opml",
    "read_posts",
    "shape_of",
    "shapes_of",
    "sitemaps_for",
    "write_opml",
]
