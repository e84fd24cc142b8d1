"""Page ▶ article: parse, metadata, body, cleaning."""

from ingest.extract.engine import extract_article

__all__ = ["extract_article"]
