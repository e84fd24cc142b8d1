"""LBCI, Beirut, in Arabic."""

from zoneinfo import ZoneInfo

from ingest.model import Evidence, Feed, Source

SOURCE = Source(
    slug="lbci",
    name="LBCI",
    agency="LBCI",
    homepage="https://www.lbcgroup.tv/",
    timezone=ZoneInfo("Asia/Beirut"),
    evidence=Evidence.CONFIRMED,
    hosts=("lbcgroup.tv",),
    languages=("ar",),
    feeds=(
        Feed(
            url="https://www.lbcgroup.tv/Rss/latest-news/ar",
            language="ar",
            evidence=Evidence.UNVERIFIED,
            note="its Arabic feeds are live, this address is from memory",
        ),
    ),
    sitemaps=("https://www.lbcgroup.tv/newssitemap.xml",),
    note=(
        "Headlines in its JSON-LD hold HTML entities such as &quot;. The news sitemap is what a "
        "public crawler reads; it was not looked at here."
    ),
)
