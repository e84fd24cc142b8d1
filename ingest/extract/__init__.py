"""Page ▶ article: parse, metadata, body, cleaning."""

from ingest.extract.engine import extract_article
from ingest.extract.explain import BlockScore, explain_page
from ingest.extract.language import load_language_model

__all__ = ["BlockScore", "explain_page", "extract_article", "load_language_model"]
