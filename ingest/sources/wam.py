"""WAM, the Emirates News Agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

FEED = "rss/feed/g50ndvocjz?slug="

SOURCE = Source(
    slug="wam",
    name="Emirates News Agency",
    agency="WAM",
    homepage="https://www.wam.ae/",
    timezone=ZoneInfo("Asia/Dubai"),
    evidence=Evidence.LISTED,
    hosts=("wam.ae",),
    languages=("ar", "en"),
    path_languages={"ar": "ar", "en": "en"},
    feeds=(
        Feed(
            url=f"https://www.wam.ae/en/{FEED}english-rss-viewnull"
            "&vsCode=avs-002-1jc73h1izx3w&type=rss",
            language="en",
            note="in one list, with this very address",
        ),
        Feed(
            url=f"https://www.wam.ae/ar/{FEED}arabic-rss-viewnull"
            "&vsCode=avs-001-1jc74qmeu03a&type=rss",
            language="ar",
            evidence=Evidence.UNVERIFIED,
            note="vsCode from a list, slug only by the English one's pattern",
        ),
    ),
    datelines=(
        # ABU DHABI, 17th November, 2025 (WAM) --
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .-]{1,40}?), "
            r"(?P<date>\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8},? \d{4}) "
            r"\((?P<agency>WAM)\)\s*[-–—]*\s*"
        ),
        # أبوظبي في 17 نوفمبر / وام /
        re.compile(
            r"\s*(?P<place>[^\d/\n]{2,30}?) في (?P<date>\d{1,2} [^\d/\n]{3,20}?(?: \d{4})?) ?"
            r"/ ?(?P<agency>وام) ?/\s*[-–—.]*\s*"
        ),
    ),
    note="Lists also name /ar/rss, /ar/rss/all and /rss/general; they contradict one another.",
)
