"""Kyodo News, in English."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="kyodo",
    name="Kyodo News",
    agency="Kyodo",
    homepage="https://english.kyodonews.net/",
    timezone=ZoneInfo("Asia/Tokyo"),
    evidence=Evidence.LISTED,
    hosts=("kyodonews.net",),
    languages=("en",),
    feeds=(
        Feed(
            url="https://english.kyodonews.net/rss/all.xml",
            language="en",
            note="lists name /rss/news.xml as well",
        ),
    ),
    datelines=(
        # BEIJING, July 23    BEIJING, July 23 Kyodo -
        re.compile(
            r"\s*(?P<place>[A-Z][A-Z'’ .,/-]{1,50}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2})"
            r"\s*(?:\(?(?P<agency>Kyodo)\)?\s*)?(?:[-–—]+\s*|\n|$)"
        ),
    ),
)
