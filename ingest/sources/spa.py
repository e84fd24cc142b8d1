"""SPA, the Saudi Press Agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="spa",
    name="Saudi Press Agency",
    agency="SPA",
    homepage="https://www.spa.gov.sa/",
    timezone=ZoneInfo("Asia/Riyadh"),
    evidence=Evidence.LISTED,
    hosts=("spa.gov.sa",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://www.spa.gov.sa/rss.xml",
            evidence=Evidence.CONFIRMED,
            note="answered, but held nothing; lists contradict on /rss.php?l=ar, /RssFeeds.php",
        ),
    ),
    datelines=(
        # الرياض 26 جمادى الأولى 1447 هـ الموافق 17 نوفمبر 2025 م واس
        re.compile(
            r"\s*(?P<place>[^\d\n]{2,30}?) \d{1,2} [^\d\n]{3,20}? \d{4} ?هـ ?الموافق "
            r"(?P<date>\d{1,2} [^\d\n]{3,20}? \d{4}) ?م ?(?P<agency>واس)\s*[-–—]*\s*"
        ),
        # Riyadh, November 17, 2025, SPA --
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .-]{1,40}?), "
            r"(?P<date>[A-Z][a-z]{2,8} \d{1,2}, \d{4}), (?P<agency>SPA)\s*[-–—]+\s*"
        ),
    ),
    note="A site built by script; articles close with // انتهى // or -- SPA and two clock times.",
)
