"""Alsumaria, Iraq."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="alsumaria",
    name="Alsumaria",
    agency="Alsumaria",
    homepage="https://www.alsumaria.tv/",
    timezone=ZoneInfo("Asia/Baghdad"),
    evidence=Evidence.CONFIRMED,
    hosts=("alsumaria.tv",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://www.alsumaria.tv/Rss/iraq-latest-news/ar",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
