"""QNA, Qatar."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="qna",
    name="Qatar News Agency",
    agency="QNA",
    homepage="https://www.qna.org.qa/",
    timezone=ZoneInfo("Asia/Qatar"),
    evidence=Evidence.LISTED,
    hosts=("qna.org.qa",),
    languages=("ar", "en"),
    path_languages={"ar": "ar", "ar-QA": "ar", "en": "en"},
    feeds=(
        Feed(
            url="https://www.qna.org.qa/en/Pages/RSS-Feeds/General",
            language="en",
            note="in lists; the older addresses were gone on 2026-05-17",
        ),
    ),
    datelines=(
        # الدوحة في 17 نوفمبر /قنا/
        re.compile(
            r"\s*(?P<place>[^\d/\n]{2,30}?) في (?P<date>\d{1,2} [^\d/\n]{3,20}?(?: \d{4})?) ?"
            r"/ ?(?P<agency>قنا) ?/\s*[-–—]*\s*"
        ),
        # Doha, November 17 (QNA) -
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .-]{1,40}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>QNA)\)\s*[-–—]*\s*"
        ),
    ),
    note="An article's date is in its query, with day and month in no stated order.",
)
