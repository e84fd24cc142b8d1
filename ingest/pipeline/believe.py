"""What is believed of what agencies say, and what one tells where another is silent.

A date far in the future or from before the web is a machine's mistake: it is left out, never
replaced. What a page leaves out (headline, time of day, picture, language) its announcement may
tell; what both tell, the page decides.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingest.model import Article, Entry, Moment, Precision

if TYPE_CHECKING:
    from ingest.storage.page import Announcement

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
EARLY = timedelta(hours=36)  # a day alone lies up to 14 h ahead of UTC; some agencies post ahead


def believable(moment: Moment | None, now: datetime) -> Moment | None:
    """Return the moment, or None for one that cannot be true."""
    if moment is None or not OLDEST <= moment.at <= now + EARLY:
        return None
    return moment


def believable_entry(entry: Entry, now: datetime) -> Entry:
    """Return an entry without dates that cannot be true."""
    published, updated = believable(entry.published, now), believable(entry.updated, now)
    if published is entry.published and updated is entry.updated:
        return entry
    return replace(entry, published=published, updated=updated)


def complete_article(article: Article, said: Announcement | None, now: datetime) -> Article:
    """Return an article with what its announcement tells and its page does not."""
    published = believable(article.published, now)
    modified = believable(article.modified, now)
    if said is None and published is article.published and modified is article.modified:
        return article
    if said is None:
        return replace(article, published=published, modified=modified)
    return replace(
        article,
        title=article.title or said.title,
        standfirst=article.standfirst,
        authors=article.authors or tuple(said.authors),
        image=article.image or said.image,
        language=article.language or said.language,
        published=_finer(published, said.published),
        modified=modified,
    )


def _finer(page: Moment | None, feed: Moment | None) -> Moment | None:
    """Return the page's moment, or the feed's where it names a time on the page's day."""
    if page is None or feed is None:
        return page or feed
    if page.precision is not Precision.DAY or feed.precision is Precision.DAY:
        return page
    return feed if feed.at.astimezone(page.at.tzinfo).date() == page.day else page
