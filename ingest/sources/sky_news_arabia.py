"""Sky News Arabia, Abu Dhabi."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="sky-news-arabia",
    name="Sky News Arabia",
    agency="Sky News Arabia",
    homepage="https://www.skynewsarabia.com/",
    timezone=ZoneInfo("Asia/Dubai"),
    evidence=Evidence.CONFIRMED,
    hosts=("skynewsarabia.com",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://www.skynewsarabia.com/rss",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28; /rss.xml is missing at times",
        ),
    ),
)
