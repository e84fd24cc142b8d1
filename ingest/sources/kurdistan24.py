"""Kurdistan 24, Erbil, in Sorani, Arabic and English."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

LANGUAGES = ("ckb", "ar", "en")

SOURCE = Source(
    slug="kurdistan24",
    name="Kurdistan 24",
    agency="Kurdistan 24",
    homepage="https://www.kurdistan24.net/",
    timezone=ZoneInfo("Asia/Baghdad"),
    evidence=Evidence.CONFIRMED,
    hosts=("kurdistan24.net",),
    languages=LANGUAGES,
    path_languages={language: language for language in LANGUAGES},
    feeds=tuple(
        Feed(
            url=f"https://www.kurdistan24.net/{language}/rss.xml",
            language=language,
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28",
        )
        for language in LANGUAGES
    ),
)
