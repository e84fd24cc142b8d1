"""Sputnik in English."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="sputnik-globe",
    name="Sputnik Globe",
    agency="Sputnik",
    homepage="https://sputnikglobe.com/",
    timezone=ZoneInfo("Europe/Moscow"),
    evidence=Evidence.LISTED,
    hosts=("sputnikglobe.com",),
    languages=("en",),
    feeds=(Feed(url="https://sputnikglobe.com/export/rss2/archive/index.xml", language="en"),),
)
