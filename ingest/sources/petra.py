"""PETRA, the Jordan News Agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="petra",
    name="Jordan News Agency",
    agency="PETRA",
    homepage="https://www.petra.gov.jo/",
    timezone=ZoneInfo("Asia/Amman"),
    evidence=Evidence.LISTED,
    hosts=("petra.gov.jo",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://www.petra.gov.jo/rss.xml",
            language="ar",
            note="lists contradict one another: /RSS.aspx and /rss/JoSiteAr.aspx as well",
        ),
    ),
    archives=("https://pt1.petra.gov.jo/ar/news/search/news_week/{yyyy}-{mm}-{dd}",),
    datelines=(
        # عمان 4 كانون الأول (بترا) -
        re.compile(
            r"\s*(?P<place>[^\d()\n]{2,30}?) (?P<date>\d{1,2} [^\d()\n]{2,30}?) ?"
            r"\((?P<agency>بترا)\)\s*[-–—]*\s*"
        ),
    ),
    note="Levantine months without a year; a body once held escaped markup (&lt;p&gt;).",
)
