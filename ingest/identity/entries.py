"""Which announcement is which: an entry's identity, and whether it says something new.

guid, where the feed's guids are stable ─┐
else the key of its own link ────────────┼──▶ identity, one string
else a digest of title and date ─────────┘

title, summary, content, updated ──────────▶ announcement digest: when it changes,
                                             the page is due again
"""

from __future__ import annotations

import re
from datetime import UTC
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from ingest.errors import UnusableURL
from ingest.text import squeeze
from ingest.urls import url_key

if TYPE_CHECKING:
    from ingest.model import Entry, Moment

MAX_IDENTITY: Final = 500  # bytes; a longer one is cut and a digest of all of it put after

_TAG: Final = re.compile(r"<[^<>]*>")
_COUNTED: Final = (
    r"comments?|points?|views?|likes?|shares?|reads?|votes?"
    r"|تعليق(?:ات)?|مشاهدات?|قراء[ةه]|yorum|görüntülenme|okunma|commentaires?|vues"
    r"|comentarios|комментари\w{1,9}|просмотр\w{1,9}|Kommentare?|نظر|评论|阅读"
)
# Bounded: a run of a million digits, or of half a word, would take its square in time.
_NUMBER: Final = r"\d[\d.,]{0,15}"
_COUNTER: Final = re.compile(
    rf"[(\[]?(?:{_NUMBER}\s?[kKmM]?\s+(?:{_COUNTED})\b"
    rf"|(?:{_COUNTED})\s{{0,9}}[:：]\s{{0,9}}{_NUMBER}[kKmM]?)[)\]]?",
    re.IGNORECASE,
)


def entry_identity(entry: Entry, *, stable_guids: bool) -> str | None:
    """Return what makes an entry the same entry the next time its feed is read.

    Args:
        entry: as parsed.
        stable_guids: the feed gives a corrected entry its old guid; else guids are ignored
            where there is a link.

    Returns:
        `guid:…`, `url:…` or `text:…`, at most MAX_IDENTITY bytes; None for an entry without
        guid, link and text, which is nothing.
    """
    guid = squeeze(entry.guid or "")
    if guid and (stable_guids or entry.url is None):
        return _bounded(f"guid:{guid}")
    if entry.url is not None:
        return _bounded(f"url:{_link_key(entry.url)}")
    said = entry.title or entry.summary or entry.content
    if not said:
        return None
    return f"text:{_digest(squeeze(said), _instant(entry.published)).hex()}"


def announcement_digest(entry: Entry) -> bytes:
    """Return 16 bytes that change when the announcement says something else.

    Title, summary, content and `updated` count; links, images, categories, markup and
    the numbers of comments, views and votes do not.
    """
    texts = (entry.title, entry.summary, entry.content)
    return _digest(*(_steady(text or "") for text in texts), _instant(entry.updated))


def _steady(text: str) -> str:
    return squeeze(_COUNTER.sub(" ", _TAG.sub(" ", text)))


def _instant(moment: Moment | None) -> str:
    """Return the same string for the same instant, whatever zone it is told in."""
    if moment is None:
        return ""
    try:
        return moment.at.astimezone(UTC).isoformat()
    except OverflowError:  # the year 1, as some software writes "never"
        return moment.at.isoformat()


def _link_key(url: str) -> str:
    try:
        return url_key(url)
    except UnusableURL:
        return squeeze(url)


def _digest(*parts: str) -> bytes:
    whole = "\x1f".join(parts).encode("utf-8", "replace")
    return blake2b(whole, digest_size=16).digest()


def _bounded(identity: str) -> str:
    whole = identity.encode("utf-8", "replace")
    if len(whole) <= MAX_IDENTITY:
        return whole.decode()
    start = whole[: MAX_IDENTITY - 33].decode("utf-8", "ignore")
    return f"{start}~{_digest(identity).hex()}"
