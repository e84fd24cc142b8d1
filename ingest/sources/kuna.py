"""KUNA, Kuwait."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="kuna",
    name="Kuwait News Agency",
    agency="KUNA",
    homepage="https://www.kuna.net.kw/",
    timezone=ZoneInfo("Asia/Kuwait"),
    evidence=Evidence.UNVERIFIED,
    hosts=("kuna.net.kw",),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url="https://www.kuna.net.kw/rss/",
            evidence=Evidence.UNVERIFIED,
            note="at least nine different addresses are in use in public code",
        ),
    ),
    # The id comes before the language: ArticleDetails.aspx?id=…&language=en
    number=re.compile(
        r"https?://(?:www\.)?kuna\.net\.kw/ArticleDetails\.aspx\?(?:[^#]*&)?id=(?P<number>\d+)"
        r"(?:&(?:[^#]*&)?language=(?P<language>[a-z]{2}))?(?:[&#]|$)",
        re.IGNORECASE,
    ),
    datelines=(
        # الكويت - 17 - 11 (كونا) --
        re.compile(
            r"\s*(?P<place>[^-–\d()\n]{2,30}?)\s*[-–]\s*(?P<date>\d{1,2}\s*[-–]\s*\d{1,2})\s*"
            r"\((?P<agency>كونا)\)\s*[-–—]*\s*"
        ),
        # KUWAIT, Nov 17 (KUNA) --
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .-]{1,40}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>KUNA)\)\s*[-–—]*\s*"
        ),
    ),
    note="Articles close with (النهاية) or (end) and initials.",
)
