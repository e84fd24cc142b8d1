"""When it was published and changed, to the minute where the page knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.dates import parse_machine_date
from ingest.extract.jsonld import text_of
from ingest.extract.page import Page, text_content
from ingest.model import Moment, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "dc.date",
    "dc.date.issued",
    "sailthru.date",
    "parsely-pub-date",
    "article.published",
    "publication_date",
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "lastmod")


def published_of(page: Page, now: datetime | None) -> Moment | None:
    """Return when the article was published."""
    times = (time.get("datetime") or text_content(time) for time in page.times)
    told = text_of(page.article.get("datePublished"))
    return _first([told, page.meta(*_PUBLISHED), *times], page, now)


def modified_of(page: Page, now: datetime | None) -> Moment | None:
    """Return when the article was last changed."""
    return _first([text_of(page.article.get("dateModified")), page.meta(*_MODIFIED)], page, now)


def _first(texts: Iterable[str | None], page: Page, now: datetime | None) -> Moment | None:
    zone = zone_of(page.source)
    moments = (parse_machine_date(text, timezone=zone, now=now) for text in texts if text)
    return next((moment for moment in moments if moment), None)
