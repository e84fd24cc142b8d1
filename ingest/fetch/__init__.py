"""Bytes from a URL, as the RFCs ask and as safely as the open internet needs.

client       the Fetcher: get(url) -> Reply
transport    httpx over aiohttp's connections
guard        which addresses may be asked, and KHABAR_CONNECT_TO
limits       bounds, and content codings undone within them
caching      Cache-Control, Expires, Retry-After, validators
robots       RFC 9309
etiquette    what an outcome means for host and feed
credentials  of licensed feeds

Only the pure half of it, etiquette and caching, is needed to decide when to ask again.
"""

from ingest.fetch.client import Fetcher, FetchOptions
from ingest.fetch.guard import ConnectTo, parse_connect_to
from ingest.fetch.limits import FEED_LIMITS, PAGE_LIMITS, Limits

__all__ = [
    "FEED_LIMITS",
    "PAGE_LIMITS",
    "ConnectTo",
    "FetchOptions",
    "Fetcher",
    "Limits",
    "parse_connect_to",
]
