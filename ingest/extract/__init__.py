"""Page ▶ article: parse, metadata, body, cleaning."""

from ingest.extract.engine import extract_article
from ingest.extract.explain import BlockScore, explain_page

__all__ = ["BlockScore", "explain_page", "extract_article"]
