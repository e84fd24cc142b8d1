"""Deutsche Welle, in Arabic and Turkish. The Turkish feed is RSS 1.0."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="dw",
    name="Deutsche Welle",
    agency="DW",
    homepage="https://www.dw.com/ar/",
    timezone=ZoneInfo("Europe/Berlin"),
    evidence=Evidence.CONFIRMED,
    hosts=("dw.com",),
    languages=("ar", "tr"),
    path_languages={"ar": "ar", "tr": "tr", "en": "en", "de": "de"},
    feeds=(
        Feed(
            url="https://rss.dw.com/xml/rss-ar-all",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28; /rdf/rss-ar-all is the same as RSS 1.0",
        ),
        Feed(
            url="https://rss.dw.com/rdf/rss-tur-all",
            language="tr",
            note="RSS 1.0: items stand outside the channel and carry dc:date",
        ),
    ),
    sitemaps=(
        "https://www.dw.com/ar/news-sitemap.xml",
        "https://www.dw.com/ar/article-sitemap.xml",
    ),
    note="The sitemaps are confirmed for /de and /en; those of /ar follow the pattern.",
)
