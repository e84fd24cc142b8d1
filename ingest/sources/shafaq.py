"""Shafaq News, Baghdad, in Arabic, English and Kurdish."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

LANGUAGES = {"ar": "ar", "en": "en", "ku": "ku-Arab"}

SOURCE = Source(
    slug="shafaq",
    name="Shafaq News",
    agency="Shafaq News",
    homepage="https://shafaq.com/",
    timezone=ZoneInfo("Asia/Baghdad"),
    evidence=Evidence.CONFIRMED,
    hosts=("shafaq.com",),
    languages=tuple(LANGUAGES.values()),
    path_languages=LANGUAGES,
    feeds=tuple(
        Feed(
            url=f"https://shafaq.com/rss/{path}",
            language=language,
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        )
        for path, language in LANGUAGES.items()
    ),
)
