"""UN News."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="un-news",
    name="UN News",
    agency="UN News",
    homepage="https://news.un.org/",
    timezone=ZoneInfo("America/New_York"),
    evidence=Evidence.CONFIRMED,
    hosts=("news.un.org",),
    languages=("ar", "en"),
    path_languages={"ar": "ar", "en": "en"},
    feeds=(
        Feed(
            url="https://news.un.org/feed/subscribe/ar/news/all/rss.xml",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="official; live 2026-09-28",
        ),
        Feed(
            url="https://news.un.org/en/news/region/middle-east/feed/rss.xml",
            language="en",
            section="Middle East",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
