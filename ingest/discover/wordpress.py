"""WordPress' own list of posts, where the site leaves it open: /wp-json/wp/v2/posts."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from ingest.dates import parse_machine_date
from ingest.discover.addresses import address_of
from ingest.errors import DateContradiction, EmptyFeed, NotAFeed
from ingest.model import Days, Moment, SitemapEntry
from ingest.text import squeeze

POSTS_A_PAGE: Final = 100  # WordPress' own bound


def posts_url(site: str, wanted: Days, page: int = 1) -> str:
    """Return the address of one page of a site's posts.

    Args:
        site: address of its front page.
        wanted: days on the site's own calendar, which is what WordPress compares with.
        page: from 1 upwards.
    """
    asked = {"per_page": str(POSTS_A_PAGE), "orderby": "date", "order": "asc"}
    asked["_fields"] = "link,date_gmt,modified_gmt,title"
    if wanted.first is not None:
        asked["after"] = f"{wanted.first - timedelta(days=1)}T23:59:59"
    if wanted.last is not None:
        asked["before"] = f"{wanted.last + timedelta(days=1)}T00:00:00"
    return f"{site.rstrip('/')}/wp-json/wp/v2/posts?{urlencode(asked | {'page': str(page)})}"


def read_posts(body: bytes, *, url: str) -> tuple[SitemapEntry, ...]:
    """Return the posts of one page of the list.

    Raises:
        EmptyFeed: nothing in it.
        NotAFeed: something else, or a list that is closed to us.
    """
    if not body.strip():
        raise EmptyFeed(url, "nothing in it")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(url, "no list of posts: not JSON") from error
    if not isinstance(found, list):
        raise NotAFeed(url, "no list of posts: the site keeps it closed")
    posts = [_post(post, url) for post in found[:POSTS_A_PAGE] if isinstance(post, dict)]
    return tuple(post for post in posts if post is not None)


def _post(post: dict[str, Any], url: str) -> SitemapEntry | None:
    link = post.get("link")
    address = address_of(link, url) if isinstance(link, str) else None
    if address is None:
        return None
    title = post.get("title")
    words = title.get("rendered") if isinstance(title, dict) else title
    return SitemapEntry(
        url=address,
        lastmod=_moment(post.get("modified_gmt")),
        published=_moment(post.get("date_gmt")),
        title=squeeze(unescape(words)) or None if isinstance(words, str) else None,
    )


def _moment(text: object) -> Moment | None:
    """Return a time that WordPress gives in UTC and writes without saying so."""
    if not isinstance(text, str) or not text or text.startswith("0000"):
        return None
    try:
        return parse_machine_date(f"{text}Z" if "T" in text and text[-1].isdigit() else text)
    except DateContradiction:
        return None
