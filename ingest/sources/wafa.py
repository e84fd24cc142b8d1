"""WAFA, the Palestinian news agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="wafa",
    name="Palestine News and Information Agency",
    agency="WAFA",
    homepage="https://www.wafa.ps/",
    timezone=ZoneInfo("Asia/Hebron"),
    evidence=Evidence.LISTED,
    hosts=("wafa.ps",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://english.wafa.ps/rss.aspx",
            language="en",
            note="lists name /rss.xml as well",
        ),
    ),
    datelines=(
        # رام الله 17-11-2025 وفا-
        re.compile(
            r"\s*(?P<place>[^\d\n]{2,30}?) (?P<date>\d{1,2}-\d{1,2}-\d{4}) "
            r"(?P<agency>وفا)\s*[-–—]\s*"
        ),
        # RAMALLAH, November 17, 2025 (WAFA) –
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .-]{1,40}?), "
            r"(?P<date>[A-Z][a-z]{2,8} \d{1,2}, \d{4}) \((?P<agency>WAFA)\)\s*[-–—]*\s*"
        ),
    ),
)
