"""Bytes ▶ entries: a file per format, one door."""

from ingest.feeds.door import parse_feed

__all__ = ["parse_feed"]
