"""BBC World Service in Arabic, Persian, Turkish and Russian."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SERVICES = {"arabic": "ar", "persian": "fa", "turkce": "tr", "russian": "ru"}

SOURCE = Source(
    slug="bbc",
    name="BBC World Service",
    agency="BBC",
    homepage="https://www.bbc.com/ws/languages",
    timezone=ZoneInfo("Etc/GMT"),
    evidence=Evidence.CONFIRMED,
    hosts=("bbc.com", "bbc.co.uk", "feeds.bbci.co.uk"),
    languages=tuple(SERVICES.values()),
    path_languages=SERVICES,
    feeds=tuple(
        Feed(
            url=f"https://feeds.bbci.co.uk/{service}/rss.xml",
            language=language,
            evidence=Evidence.CONFIRMED if service == "arabic" else Evidence.LISTED,
            note="live 2026-09-28; summaries" if service == "arabic" else "summaries",
        )
        for service, language in SERVICES.items()
    ),
)
