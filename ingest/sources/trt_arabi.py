"""TRT in Arabic."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="trt-arabi",
    name="TRT Arabi",
    agency="TRT",
    homepage="https://www.trtarabi.com/",
    timezone=ZoneInfo("Europe/Istanbul"),
    evidence=Evidence.CONFIRMED,
    hosts=("trtarabi.com",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://www.trtarabi.com/feed/rss.xml",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="answered with 100 items",
        ),
    ),
    note="Lists name trt.global as the new domain of TRT's foreign services.",
)
