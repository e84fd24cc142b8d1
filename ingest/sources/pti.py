"""Press Trust of India."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="pti",
    name="Press Trust of India",
    agency="PTI",
    homepage="https://www.ptinews.com/",
    timezone=ZoneInfo("Asia/Kolkata"),
    evidence=Evidence.LISTED,
    hosts=("ptinews.com",),
    languages=("en",),
    feeds=(Feed(url="https://www.ptinews.com/feed/", language="en"),),
    datelines=(
        # New Delhi, Nov 17 (PTI)
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ ./-]{1,50}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>PTI)\)\s*(?:[-–—]+\s*)?"
        ),
    ),
)
