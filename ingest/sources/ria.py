"""RIA Novosti, in Russian."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="ria",
    name="RIA Novosti",
    agency="RIA Novosti",
    homepage="https://ria.ru/",
    timezone=ZoneInfo("Europe/Moscow"),
    evidence=Evidence.LISTED,
    hosts=("ria.ru",),
    languages=("ru",),
    feeds=(
        Feed(
            url="https://ria.ru/export/rss2/archive/index.xml",
            language="ru",
            note="in many lists; enclosures are images, the text is a summary",
        ),
        Feed(url="https://ria.ru/export/rss2/index.xml", language="ru", note="in many lists"),
        Feed(
            url="https://ria.ru/export/rss2/politics/index.xml",
            language="ru",
            section="politics",
            note="in many lists",
        ),
    ),
    datelines=(
        # МОСКВА, 17 ноя - РИА Новости.
        re.compile(
            r"\s*(?P<place>[А-ЯЁ][А-ЯЁ .,/-]{1,50}?), (?P<date>\d{1,2} [а-яё]{3,8})\.? ?[-–—] "
            r"(?P<agency>РИА Новости)(?:, [^.\n]{2,60})?\.\s*"
        ),
    ),
)
