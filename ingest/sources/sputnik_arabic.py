"""Sputnik in Arabic."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="sputnik-arabic",
    name="Sputnik Arabic",
    agency="Sputnik",
    homepage="https://sputnikarabic.ae/",
    timezone=ZoneInfo("Europe/Moscow"),
    evidence=Evidence.LISTED,
    hosts=("sputnikarabic.ae", "arabic.sputniknews.com"),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://sputnikarabic.ae/export/rss2/archive/index.xml",
            language="ar",
            note="in many lists",
        ),
    ),
    datelines=(
        # القاهرة – سبوتنيك    موسكو- سبوتنيك
        re.compile(r"\s*(?P<place>[^-–—.\n]{2,30}?)\s*[-–—]\s*(?P<agency>سبوتنيك)\s*[.،:]?\s*"),
    ),
    note="Moved here from arabic.sputniknews.com.",
)
