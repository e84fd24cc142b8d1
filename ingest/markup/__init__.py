"""Bytes ▶ text and trees that cannot hurt."""

from ingest.markup.encoding import decode

__all__ = ["decode"]
