"""ANSA, Italy."""

import re
from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="ansa",
    name="ANSA",
    agency="ANSA",
    homepage="https://www.ansa.it/",
    timezone=ZoneInfo("Europe/Rome"),
    evidence=Evidence.CONFIRMED,
    hosts=("ansa.it",),
    languages=("it", "en"),
    feeds=(
        Feed(
            url="https://www.ansa.it/sito/ansait_rss.xml",
            language="it",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-30",
        ),
        Feed(
            url="https://www.ansa.it/sito/notizie/topnews/topnews_rss.xml",
            language="it",
            section="top news",
        ),
    ),
    datelines=(
        # (ANSA) - ROME, JUL 11 -    (ANSA) - ROMA, 17 NOV -
        re.compile(
            r"\s*\((?P<agency>ANSA)\)\s*[-–—]\s*(?P<place>[A-ZÀÈÉÌÒÙ][^\d\n]{1,40}?), "
            r"(?P<date>[A-Z]{3,9} \d{1,2}|\d{1,2} [A-Z]{3,9})\s*[-–—]\s*"
        ),
    ),
    note="Titles may begin with >>>ANSA/; articles close with (ANSA).",
)
