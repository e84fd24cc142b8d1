"""Yonhap, in seven languages, a host each."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

EDITIONS = {
    "en": "en",
    "cn": "zh",
    "jp": "ja",
    "ar": "ar",
    "sp": "es",
    "fr": "fr",
}  # host to BCP 47

SOURCE = Source(
    slug="yonhap",
    name="Yonhap News Agency",
    agency="Yonhap",
    homepage="https://www.yna.co.kr/",
    timezone=ZoneInfo("Asia/Seoul"),  # all but the Korean feed carry no usable offset
    evidence=Evidence.CONFIRMED,
    hosts=("yna.co.kr",),
    languages=("ko", *EDITIONS.values()),
    feeds=(
        Feed(
            url="https://www.yna.co.kr/rss/news.xml",
            language="ko",
            evidence=Evidence.CONFIRMED,
            note="read by a public feed converter",
        ),
        *(
            Feed(
                url=f"https://{edition}.yna.co.kr/RSS/news.xml",
                language=language,
                evidence=Evidence.CONFIRMED,
                note="pubDate is Korean local time without a usable offset",
            )
            for edition, language in EDITIONS.items()
        ),
    ),
    datelines=(
        # SEOUL, Nov. 17 (Yonhap) --
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .,/-]{1,60}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>Yonhap)\)\s*[-–—]+\s*"
        ),
        # سيئول، 17 نوفمبر(يونهاب) --
        re.compile(
            r"\s*(?P<place>[^\d،,()\n]{2,30}?)[،,] ?(?P<date>\d{1,2} [^\d()\n]{3,30}?) ?"
            r"\((?P<agency>يونهاب)\)\s*[-–—]*\s*"
        ),
        # (서울=연합뉴스) 홍길동 기자 =
        re.compile(
            r"\s*\((?P<place>[^=()\n]{2,20})=(?P<agency>연합뉴스)\)\s*"
            r"(?:[^=\n]{2,40}(?:기자|특파원)\s*=\s*)?"
        ),
    ),
    note="Articles close with (END) or (انتهى).",
)
