"""Bytes ▶ text and trees that cannot hurt."""

from ingest.markup.encoding import decode
from ingest.markup.fragments import clean_html, plain_text
from ingest.markup.html import parse_html
from ingest.markup.xml import parse_xml

__all__ = [
    "clean_html",
    "decode",
    "parse_html",
    "parse_xml",
    "plain_text",
]
