"""Esta, Sulaymaniyah, in Sorani."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="esta",
    name="Esta",
    agency="Esta",
    homepage="https://esta.krd/",
    timezone=ZoneInfo("Asia/Baghdad"),
    evidence=Evidence.CONFIRMED,
    hosts=("esta.krd",),
    languages=("ckb",),
    feeds=(
        Feed(
            url="https://esta.krd/feed/",
            language="ckb",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        ),
    ),
)
