"""Asharq Al-Awsat, in Arabic."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="asharq-al-awsat",
    name="Asharq Al-Awsat",
    agency="Asharq Al-Awsat",
    homepage="https://aawsat.com/",
    timezone=ZoneInfo("Asia/Riyadh"),
    evidence=Evidence.CONFIRMED,
    hosts=("aawsat.com",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://aawsat.com/feed",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
