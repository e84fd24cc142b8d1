"""NNA, Lebanon's National News Agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="nna",
    name="National News Agency",
    agency="NNA",
    homepage="https://www.nna-leb.gov.lb/",
    timezone=ZoneInfo("Asia/Beirut"),
    evidence=Evidence.LISTED,
    hosts=("nna-leb.gov.lb",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://www.nna-leb.gov.lb/rss",
            language="ar",
            note="in lists, but a search for a stable address found none on 2026-05-26",
        ),
        Feed(url="https://www.nna-leb.gov.lb/en/rss", language="en", note="as the Arabic one"),
    ),
    datelines=(
        # وطنية - بيروت -
        re.compile(r"\s*(?P<agency>وطنية)\s*[-–—]\s*(?P<place>[^-–—\n]{2,30}?)\s*[-–—]\s*"),
    ),
    note="Articles close with === and initials.",
)
