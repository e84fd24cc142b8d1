"""France 24, in Arabic, English, French and Spanish."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

LANGUAGES = ("ar", "en", "fr", "es")

SOURCE = Source(
    slug="france24",
    name="France 24",
    agency="France 24",
    homepage="https://www.france24.com/",
    timezone=ZoneInfo("Europe/Paris"),
    evidence=Evidence.CONFIRMED,
    hosts=("france24.com",),
    languages=LANGUAGES,
    path_languages={language: language for language in LANGUAGES},
    feeds=tuple(
        Feed(
            url=f"https://www.france24.com/{language}/rss",
            language=language,
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28; answers 403 to some hosts",
        )
        for language in LANGUAGES
    ),
)
