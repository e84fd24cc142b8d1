"""Euronews Arabic."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="euronews-arabic",
    name="Euronews Arabic",
    agency="Euronews",
    homepage="https://arabic.euronews.com/",
    timezone=ZoneInfo("Europe/Paris"),
    evidence=Evidence.CONFIRMED,
    hosts=("arabic.euronews.com",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://arabic.euronews.com/rss",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
