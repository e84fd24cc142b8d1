"""Independent Arabia."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="independent-arabia",
    name="Independent Arabia",
    agency="Independent Arabia",
    homepage="https://www.independentarabia.com/",
    timezone=ZoneInfo("Asia/Riyadh"),
    evidence=Evidence.CONFIRMED,
    hosts=("independentarabia.com",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://www.independentarabia.com/rss.xml",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
