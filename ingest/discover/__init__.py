"""Where articles and feeds are to be found: sitemaps, archives, pages that name feeds, OPML."""

from ingest.discover.archives import archive_urls
from ingest.discover.links import find_feeds
from ingest.discover.opml import read_opml, write_opml
from ingest.discover.sitemap import parse_sitemap

__all__ = ["archive_urls", "find_feeds", "parse_sitemap", "read_opml", "write_opml"]
