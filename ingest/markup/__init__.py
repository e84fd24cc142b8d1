"""Bytes ▶ text and trees that cannot hurt."""

from ingest.markup.encoding import decode
from ingest.markup.fragments import clean_html, plain_text
from ingest.markup.html import parse_html
from ingest.markup.scripts import Script, cut_scripts
from ingest.markup.xml import parse_xml

__all__ = [
    "Script",
    "clean_html",
    "cut_scripts",
    "decode",
    "parse_html",
    "parse_xml",
    "plain_text",
]
