"""TASS, in English and Russian."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="tass",
    name="TASS",
    agency="TASS",
    homepage="https://tass.com/",
    timezone=ZoneInfo("Europe/Moscow"),
    evidence=Evidence.CONFIRMED,
    hosts=("tass.com", "tass.ru"),
    languages=("ru", "en"),
    feeds=(
        Feed(
            url="https://tass.com/rss/v2.xml",
            language="en",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-20 with 40 items",
        ),
        Feed(url="https://tass.ru/rss/v2.xml", language="ru", note="in many lists"),
    ),
    datelines=(
        # MOSCOW, January 21. /TASS/.
        re.compile(
            r"\s*(?P<place>[A-Z][A-Z'’ .,/-]{1,50}?), (?P<date>[A-Z][a-z]{2,8} \d{1,2})\.? "
            r"/(?P<agency>TASS)/\.?\s*"
        ),
        # МОСКВА, 17 ноября. /ТАСС/.
        re.compile(
            r"\s*(?P<place>[А-ЯЁ][А-ЯЁ .,/-]{1,50}?), (?P<date>\d{1,2} [а-яё]{3,8})\.? "
            r"/(?:[^/\n]{0,40} )?(?P<agency>ТАСС)[^/\n]{0,40}/\.?\s*"
        ),
    ),
    note="In 2022 the feed hid behind a script's redirect: a 200 that is HTML.",
)
