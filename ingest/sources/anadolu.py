"""Anadolu Agency: thirteen languages, one counter, two page layouts.

    V1, until April 2026     V2, since then: a Next.js stream
    span.detay-news-category    a > span.bg-categoryTagBackground    sections
    h4                          span.text-descriptionColor           standfirst
    span ("Name |")             JSON-LD                              byline
    span.tarih                  JSON-LD (Istanbul time, no zone)     dates
    .detay-icerik > h6          JSON-LD contentLocation              city, in Latin letters
    span.detay-foto-editor      p with a link to /p/…/1001           notice

V1 gives the photo's credit and the notice the same class; only the notice holds a link.
"""

import re
from zoneinfo import ZoneInfo

from ingest.model import ArticleRules, Evidence, Feed, Source

# The path is the only truth: the pages call /kk Kazakh and /ks Kashmiri, but these are
# Kurmanji and Sorani.
LANGUAGES = {
    "tr": "tr",
    "en": "en",
    "ba": "bs",
    "ru": "ru",
    "fr": "fr",
    "ar": "ar",
    "kk": "ku",
    "ks": "ckb",
    "sq": "sq",
    "fa": "fa",
    "mk": "mk",
    "id": "id",
    "es": "es",
}
LIVE = frozenset({"tr", "en", "ar"})  # their feeds answered on 2026-09-28

SOURCE = Source(
    slug="anadolu",
    name="Anadolu Agency",
    agency="AA",
    homepage="https://www.aa.com.tr/",
    timezone=ZoneInfo("Europe/Istanbul"),
    evidence=Evidence.CONFIRMED,
    hosts=("aa.com.tr",),
    languages=tuple(LANGUAGES.values()),
    path_languages=LANGUAGES,
    feeds=tuple(
        Feed(
            url=f"https://www.aa.com.tr/{path}/rss/default?cat=guncel",
            language=language,
            evidence=Evidence.CONFIRMED if path in LIVE else Evidence.LISTED,
            note="live 2026-09-28" if path in LIVE else "the same address in another language",
            stable_guids=False,  # whether items carry one is unknown; the link always does
        )
        for path, language in LANGUAGES.items()
    ),
    # One counter over all languages, but an article in two languages has two numbers. The
    # short link v.aa.com.tr/N names no language; /p/… are pages about the agency.
    number=re.compile(
        r"https?://(?:(?:www|m|v)\.)?aa\.com\.tr/"
        r"(?![a-z]{2}/(?:p|rss|search)/)(?:(?P<language>[a-z]{2})/)?"
        r"(?:[^?#]*/)?(?P<number>\d{4,})/?(?:[?#]|$)"
    ),
    article=ArticleRules(
        sections=("span.detay-news-category a", "a > span.bg-categoryTagBackground"),
        standfirst=(".detay-spot-category h4", "h1 + span.text-descriptionColor"),
        authors=(".detay-spot-category .row > span:not(.tarih)",),
        published=("span.tarih",),
        place=(".detay-icerik > h6", 'span.text-dateColor[class~="text-[18px]"]'),
        image=("img.detay-buyukFoto",),
        image_credit=("img.detay-buyukFoto + span.detay-foto-editor",),
        notice=(
            ".detay-icerik span.detay-foto-editor",
            ".bg-shareNewsBackground p",
        ),
        tags=('.detay-paylas a[href*="tag=1"]',),
        body=(".detay-icerik > div", 'div[dir][class~="prose"]'),
        drop=("h6", ".detay-paylas", "span.detay-foto-editor", ".social-left"),
    ),
    datelines=(
        # إسطنبول / الأناضول    المدينة / الكاتب / الأناضول
        re.compile(
            r"\s*(?P<place>[^/\n]{2,40}?)\s*/\s*(?:[^/\n]{2,40}/\s*)?(?P<agency>الأناضول)\s*"
        ),
        # DÜZCE (AA) -
        re.compile(r"\s*(?P<place>[A-ZÇĞİÖŞÜÂÎÛ][^()\n]{1,60}?)\s*\((?P<agency>AA)\)\s*[-–—]\s*"),
        # AA / Ville / Auteur
        re.compile(
            r"\s*(?P<agency>AA)\s*/\s*(?P<place>[^/\n]{2,40}?)\s*(?:/\s*[^/\n]{2,60})?(?:\n|$)"
        ),
        # ISTANBUL, alone on the first line
        re.compile(
            r"\s*(?P<place>[A-ZÇĞİÖŞÜ][A-ZÇĞİÖŞÜ' .-]{2,40}(?:, [^\W\d_][\w ]{2,30})?)\s*(?:\n|$)"
        ),
    ),
    licence="The site shows a part of the service, abridged; the whole is licensed through HAS.",
    note=(
        "Servers in data centres are often cut off before any answer; there is no sitemap. Body "
        "images hold %2F inside a path segment: never decode it. V2 stamps carry no zone and "
        "article:published_time is the time of the last change, so JSON-LD's times are the ones "
        "to believe, and JSON-LD's articleBody is the standfirst."
    ),
)
