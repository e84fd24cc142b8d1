"""INA, the Iraqi News Agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="ina",
    name="Iraqi News Agency",
    agency="INA",
    homepage="https://ina.iq/",
    timezone=ZoneInfo("Asia/Baghdad"),
    evidence=Evidence.LISTED,
    hosts=("ina.iq",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://ina.iq/rss.ashx",
            language="ar",
            note="answered 403 on 2026-09-28; lists contradict: /rss.xml and /rss as well",
        ),
    ),
    datelines=(
        # بغداد – واع
        re.compile(r"\s*(?P<place>[^-–—/\n]{2,30}?)\s*[-–—]\s*(?P<agency>واع)\b\s*"),
        # واع/ بغداد
        re.compile(r"\s*(?P<agency>واع)\s*/\s*(?P<place>[^-–—/\n]{2,30}?)\s*(?:[-–—/]\s*|\n|$)"),
    ),
)
