"""ISNA, the Iranian Students' News Agency."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="isna",
    name="Iranian Students' News Agency",
    agency="ISNA",
    homepage="https://www.isna.ir/",
    timezone=ZoneInfo("Asia/Tehran"),
    evidence=Evidence.LISTED,
    hosts=("isna.ir",),
    languages=("fa", "en"),
    feeds=(Feed(url="https://www.isna.ir/rss", language="fa", note="in many lists"),),
    note=(
        "Sections are /rss/tp/{topic}, such as /rss/tp/20. Articles open with a credit instead of "
        "a dateline (به گزارش خبرنگار ایسنا) and close with انتهای پیام."
    ),
)
