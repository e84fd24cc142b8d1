"""Al Jazeera, in English and Arabic, with a sitemap for every day."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

ARABIC = "a7c186be-1baa-4bd4-9d80-a84db769f779/73d0e1b4-532f-45ef-b135-bfdff8b8cab9"
DAY = "yyyy={yyyy}&mm={mm}&dd={dd}"

SOURCE = Source(
    slug="al-jazeera",
    name="Al Jazeera",
    agency="Al Jazeera",
    homepage="https://www.aljazeera.net/",
    timezone=ZoneInfo("Asia/Qatar"),
    evidence=Evidence.CONFIRMED,
    hosts=("aljazeera.net", "aljazeera.com"),
    languages=("ar", "en"),
    feeds=(
        Feed(
            url=f"https://www.aljazeera.net/aljazeerarss/{ARABIC}",
            language="ar",
            evidence=Evidence.CONFIRMED,
            note="live 2026-09-28; a near twin of this address, ending in bfa02f8bd0e0, is gone",
        ),
        Feed(
            url="https://www.aljazeera.com/xml/rss/all.xml",
            language="en",
            evidence=Evidence.CONFIRMED,
            note="seen in a captured reply",
        ),
    ),
    sitemaps=(
        "https://www.aljazeera.net/sitemap.xml",
        "https://www.aljazeera.com/sitemap.xml",
    ),
    archives=(
        f"https://www.aljazeera.net/sitemap.xml?{DAY}",
        f"https://www.aljazeera.com/sitemap.xml?{DAY}",
    ),
    note="Daily sitemaps held 29 to 41 addresses on 2026-05-02. Arabic pages show Mecca time.",
)
