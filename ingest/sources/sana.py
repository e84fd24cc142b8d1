"""SANA, the Syrian Arab News Agency: WordPress, one article under old and new addresses.

https://sana.sy/?p=2215080    https://sana.sy/{section}/{id}/    https://sana.sy/en/syria/2289847/
"""

import re
from zoneinfo import ZoneInfo

from ingest.model import ArticleRules, Evidence, Feed, Source

SOURCE = Source(
    slug="sana",
    name="Syrian Arab News Agency",
    agency="SANA",
    homepage="https://sana.sy/",
    timezone=ZoneInfo("Asia/Damascus"),
    evidence=Evidence.LISTED,
    hosts=("sana.sy",),
    languages=("ar", "en", "fr", "es", "ru", "tr", "fa", "he", "ku", "zh"),
    path_languages={code: code for code in ("ar", "en", "fr", "es", "ru", "tr", "fa", "he", "ku")},
    feeds=(
        Feed(
            url="https://sana.sy/feed/",
            language="ar",
            note="WordPress; several lists agree, and on https://sana.sy/?feed=rss2 as well",
        ),
        Feed(url="https://sana.sy/en/?feed=rss2", language="en", note="several lists agree"),
    ),
    # The number is the identity: in the query of the old form, last in the path of the new one.
    number=re.compile(
        r"https?://(?:www\.)?sana\.sy/(?:(?P<language>[a-z]{2})/)?"
        r"(?:[^?#]*[/?&](?:p=)?|\?(?:[^#]*&)?p=|)(?P<number>\d{5,})/?(?:[&?#]|$)"
    ),
    article=ArticleRules(
        title=("h1.s-title", "h1.entry-title"),
        sections=('article a[rel~="category"]',),
        tags=('article a[rel="tag"]',),
        published=(".posted-on time", "time.entry-date", ".posted-on"),
        body=(".entry-content.rbct", ".entry-content", ".entry"),
        drop=(".sharedaddy", ".share-post", ".related-posts"),
    ),
    datelines=(
        # دمشق-سانا
        re.compile(r"\s*(?P<place>[^-–\n]{2,30}?)\s*[-–]\s*(?P<agency>سانا)\s*"),
        # Damascus, Nov. 17 (SANA)
        re.compile(
            r"\s*(?P<place>[A-Z][A-Za-z' -]{2,40}), (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}) "
            r"\((?P<agency>SANA)\)\s*(?:[-–—]+\s*)?"
        ),
    ),
    note=(
        "?p= is the article's identity and is never stripped. Old Arabic pages are dated "
        "YYYY-MM-DD without a time; the reporter signs in the last line. The site has been out "
        "of reach for long periods."
    ),
)
