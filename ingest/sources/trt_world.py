"""TRT in English."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="trt-world",
    name="TRT World",
    agency="TRT",
    homepage="https://www.trtworld.com/",
    timezone=ZoneInfo("Europe/Istanbul"),
    evidence=Evidence.CONFIRMED,
    hosts=("trtworld.com",),
    languages=("en",),
    feeds=(
        Feed(
            url="https://www.trtworld.com/feed/rss.xml",
            language="en",
            evidence=Evidence.CONFIRMED,
            note="declared in the head of its pages",
        ),
    ),
    note="Lists name trt.global as the new domain of TRT's foreign services.",
)
