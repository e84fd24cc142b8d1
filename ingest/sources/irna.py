"""IRNA, Iran's state news agency."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="irna",
    name="Islamic Republic News Agency",
    agency="IRNA",
    homepage="https://www.irna.ir/",
    timezone=ZoneInfo("Asia/Tehran"),
    evidence=Evidence.LISTED,
    hosts=("irna.ir",),
    languages=("fa", "en", "ar"),
    feeds=(
        Feed(url="https://www.irna.ir/rss", language="fa", note="in many lists"),
        Feed(url="https://en.irna.ir/rss", language="en", note="in many lists"),
        Feed(
            url="https://ar.irna.ir/rss",
            language="ar",
            evidence=Evidence.UNVERIFIED,
            note="the same system's address on the Arabic site",
        ),
    ),
    datelines=(
        # تهران- ایرنا-
        re.compile(r"\s*(?P<place>[^-–—/\n]{2,30}?)\s*[-–—]\s*(?P<agency>ایرنا)\s*[-–—]\s*"),
        # طهران / 17 تشرين الثاني/نوفمبر /ارنا-
        re.compile(
            r"\s*(?P<place>[^\d/\n]{2,30}?)\s*/\s*(?P<date>\d{1,2} [^\d\n]{3,40}?)\s*"
            r"/\s*(?P<agency>[إا]رنا)\s*/?\s*[-–—]\s*"
        ),
    ),
    note=(
        "Sections are /rss/tp/{topic}. Out of reach from some countries; pages show Jalali dates "
        "in Persian digits."
    ),
)
