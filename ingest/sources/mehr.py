"""Mehr News Agency, Tehran."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="mehr",
    name="Mehr News Agency",
    agency="MNA",
    homepage="https://www.mehrnews.com/",
    timezone=ZoneInfo("Asia/Tehran"),
    evidence=Evidence.LISTED,
    hosts=("mehrnews.com",),
    languages=("fa", "en", "ar"),
    feeds=(
        Feed(url="https://www.mehrnews.com/rss", language="fa", note="in many lists"),
        Feed(url="https://en.mehrnews.com/rss", language="en", note="in many lists"),
        Feed(
            url="https://ar.mehrnews.com/rss",
            language="ar",
            evidence=Evidence.UNVERIFIED,
            note="the same system's address on the Arabic site",
        ),
    ),
    note="Sections are /rss/tp/{topic}, such as /rss/tp/25. Articles close with /انتهى/.",
)
