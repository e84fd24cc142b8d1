"""Xinhua, China's state news agency. Its feeds are said to have stopped; its sites go on."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from ingest.model import Cadence, Evidence, Feed, Source

SELDOM = Cadence(floor=timedelta(hours=6))
STALE = "reported as failing since 2021; asked seldom, in case it comes back"

SOURCE = Source(
    slug="xinhua",
    name="Xinhua",
    agency="Xinhua",
    homepage="https://english.news.cn/",
    timezone=ZoneInfo("Asia/Shanghai"),
    evidence=Evidence.LISTED,
    hosts=("xinhuanet.com", "news.cn"),
    languages=("zh", "en", "ar"),
    feeds=(
        Feed(
            url="http://www.xinhuanet.com/english/rss/worldrss.xml",
            language="en",
            section="world",
            cadence=SELDOM,
            note=STALE,
        ),
        Feed(
            url="http://www.xinhuanet.com/english/rss/chinarss.xml",
            language="en",
            section="China",
            cadence=SELDOM,
            note=STALE,
        ),
    ),
    datelines=(
        # BEIJING, Nov. 17 (Xinhua) --
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z'’ .,/-]{1,50}?), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>Xinhua)\)\s*[-–—]+\s*"
        ),
        # بكين 17 نوفمبر 2025 (شينخوا)    بكين اول سبتمبر 2008 (شينخوا)
        re.compile(
            r"\s*(?P<place>[^\d()\n]{2,30}?) "
            r"(?P<date>(?:\d{1,2}|[أا]ول) [^\d()\n]{3,30}(?: \d{4})?) ?"
            r"\((?P<agency>شينخوا)\)\s*(?:[-–—]+\s*)?"
        ),
        # 新华社北京11月17日电（记者…）
        re.compile(
            r"\s*(?P<agency>新华社)(?P<place>[^\d\s]{2,12}?)(?P<date>\d{1,2}月\d{1,2}日)电"
            r"(?:（[^）]{1,40}）|\([^)]{1,40}\))?\s*"
        ),
    ),
    note=(
        "Moved from xinhuanet.com to news.cn. Dates are in the paths (/20230108/<32 hex>/c.html, "
        "older /2022-05/01/…); old pages are GB 2312. The Arabic site has no known feed."
    ),
)
