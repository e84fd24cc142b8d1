"""The rooms' values as JSON: an article, a feed, a sitemap, as the pipes print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.model import Article, Entry, Moment, ParsedFeed, Sitemap, SitemapEntry

Answer = dict[str, Any]


def _iso(moment: Moment | None) -> str | None:
    return None if moment is None else moment.iso()


def article_json(article: Article) -> Answer:
    """Return an article as `khabar extract` prints it."""
    return {
        "title": article.title,
        "standfirst": article.standfirst,
        "authors": article.authors,
        "published": _iso(article.published),
        "published_precision": article.published and article.published.precision.value,
        "modified": _iso(article.modified),
        "language": article.language,
        "section": article.sections,
        "tags": article.tags,
        "image": article.image,
        "image_credit": article.image_credit,
        "place": article.place,
        "agency": article.agency,
        "canonical": article.canonical,
        "notice": article.notice,
        "body": article.body,
        "pictures": article.pictures,
        "filed": article.filed,
    }


def feed_json(parsed: ParsedFeed) -> Answer:
    """Return a feed as `khabar feed parse` prints it."""
    return {
        "feed": {
            "format": parsed.format,
            "title": parsed.title,
            "homepage": parsed.homepage,
            "self": parsed.self_url,
            "language": parsed.language,
            "image": parsed.image,
            "hub": parsed.hub,
            "poll_interval": parsed.poll_interval,
            "well_formed": parsed.well_formed,
            "complete": parsed.complete,
            "complaints": parsed.complaints,
        },
        "entries": [_entry_json(entry) for entry in parsed.entries],
    }


def _entry_json(entry: Entry) -> Answer:
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "authors": entry.authors,
        "categories": entry.categories,
        "image": entry.image,
        "enclosures": [
            {"url": file.url, "type": file.media_type, "length": file.length}
            for file in entry.enclosures
        ],
    }


def sitemap_json(sitemap: Sitemap) -> Answer:
    """Return a sitemap as `khabar sitemap` prints it."""
    return {
        "sitemaps": [_listed_json(entry) for entry in sitemap.sitemaps],
        "urls": [_listed_json(entry) for entry in sitemap.urls],
    }


def _listed_json(entry: SitemapEntry) -> Answer:
    return {
        "url": entry.url,
        "lastmod": _iso(entry.lastmod),
        "published": _iso(entry.published),
        "title": entry.title,
    }
