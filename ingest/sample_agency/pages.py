"""The agency's replies in HTML and XML: what is around the news is there to be left out."""

from __future__ import annotations

import json
import re
import unicodedata
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ingest.sample_agency.stories import Story, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ingest.sample_agency.calendar import Item

_NO_WORD = re.compile(r"[^\w]+")
_LATIN = str.maketrans("ıİ", "iI")


def slug(title: str) -> str:
    """Return a title as an address spells it: Arabic letters stay, percent-encoded."""
    plain = unicodedata.normalize("NFKD", title.translate(_LATIN)).lower()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return quote(_NO_WORD.sub("-", letters).strip("-"))


def dateline(story: Story) -> str:
    """Return how a report opens, after the custom of its language."""
    credit = texts(story.language)["credit"]
    match story.language:
        case "ar":
            return f"{story.place} / {credit}"
        case "tr":
            return f"{story.place.replace('i', 'İ').replace('ı', 'I').upper()} ({credit}) - "
        case _:
            return f"{story.place.upper()} ({credit}) - "


def body_paragraphs(story: Story) -> list[str]:
    """Return the body as it is printed, dateline and correction included."""
    opening, rest = dateline(story), list(story.paragraphs)
    start = [opening, *rest] if story.language == "ar" else [opening + rest[0], *rest[1:]]
    return [*start, story.correction] if story.correction else start


def show_date(at: datetime, language: str) -> str:
    """Return a date as readers see it."""
    return f"{at.day} {texts(language)['months'][at.month - 1]} {at.year}, {at:%H:%M}"


def article_page(
    item: Item, url: str, paragraphs: Sequence[str], others: Sequence[tuple[str, str]], name: str
) -> str:
    """Return a story's page.

    Args:
        item: the story.
        url: its own address.
        paragraphs: of the body.
        others: addresses and titles of other stories.
        name: of the site.
    """
    story, words = item.story, texts(item.story.language)
    right = "rtl" if story.language == "ar" else "ltr"
    body = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    links = "".join(f'<li><a href="{url}">{escape(title)}</a></li>' for url, title in others)
    teasers = "".join(
        f'<div class="teaser"><a href="{url}"><h3>{escape(title)}</h3></a></div>'
        for url, title in others[:4]
    )
    tags = "".join(f'<li><a href="/tag/{quote(tag)}">{escape(tag)}</a></li>' for tag in story.tags)
    return f"""<!DOCTYPE html>
<html lang="{story.language}" dir="{right}">
<head>
<meta charset="utf-8">
<title>{escape(story.title)} - {escape(name)}</title>
{_head(item, url, name)}
</head>
<body>
<header><a class="logo" href="/">{escape(name)}</a>{_menu(words["menu"])}</header>
<div class="ticker"><strong>{words["newest"]}</strong><ul>{links}</ul></div>
<main>
<article class="story">
<p class="crumbs"><a href="/">{words["menu"][0]}</a> /
<a class="section" href="/">{story.section}</a></p>
<h1>{escape(story.title)}</h1>
<p class="standfirst">{escape(story.standfirst)}</p>
<p class="byline"><span class="author">{escape(story.reporter)}</span> |
{_times(item, words["updated"])}</p>
{_share(words["share"])}
<figure><img src="/img/{item.number}.svg" alt="{escape(story.caption)}" width="1200">
<figcaption>{escape(story.caption)}
<span class="credit">{words["photo"]}: {escape(name)}</span></figcaption></figure>
<div class="story-text">
{body}
</div>
{_share(words["share"])}
<div class="tags"><h4>{words["tags"]}</h4><ul>{tags}</ul></div>
{_notice(words, name)}
</article>
<aside class="related"><h2>{words["related"]}</h2>{teasers}</aside>
</main>
<footer>{_menu(words["menu"])}<p>&copy; {item.published.year} {escape(name)}</p></footer>
</body>
</html>
"""


def front_page(name: str, feeds: Iterable[str], others: Iterable[tuple[str, str]]) -> str:
    """Return the site's front: its feeds and its newest headlines."""
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{feed}" title="{escape(name)}">'
        for feed in feeds
    )
    titles = "".join(f'<li><a href="{url}">{escape(title)}</a></li>' for url, title in others)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(name)}</title>{links}'
        f"</head><body><h1>{escape(name)}</h1><ul>{titles}</ul></body></html>\n"
    )


def rss(name: str, origin: str, address: str, rows: Sequence[tuple[Item, str]]) -> str:
    """Return an RSS 2.0 feed; rows are stories and their addresses, newest first."""
    language = rows[0][0].story.language if rows else "en"
    items = "".join(_rss_item(item, url, origin) for item, url in rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>{escape(name)}</title>\n<link>{origin}/</link>\n"
        f"<description>{escape(name)}</description>\n<language>{language}</language>\n"
        f'<atom:link href="{escape(address)}" rel="self" type="application/rss+xml"/>\n'
        f"{items}</channel>\n</rss>\n"
    )


def atom(name: str, origin: str, address: str, rows: Sequence[tuple[Item, str]]) -> str:
    """Return an Atom feed; rows as in `rss`."""
    updated = max((item.modified or item.published for item, _ in rows), default=None)
    entries = "".join(_atom_entry(item, url) for item, url in rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{escape(name)}</title>\n<id>{origin}/</id>\n"
        f'<link href="{origin}/"/>\n<link rel="self" href="{escape(address)}"/>\n'
        f"<updated>{updated.isoformat() if updated else ''}</updated>\n{entries}</feed>\n"
    )


def sitemap_index(addresses: Iterable[str]) -> str:
    """Return a sitemap of sitemaps."""
    rows = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return _sitemap("sitemapindex", rows)


def sitemap(name: str, rows: Iterable[tuple[Item, str]]) -> str:
    """Return a sitemap with Google's news extension."""
    return _sitemap("urlset", "".join(_sitemap_row(name, item, url) for item, url in rows))


def picture(number: int) -> str:
    """Return a plain picture in a colour of its own."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9">'
        f'<rect width="16" height="9" fill="hsl({number * 47 % 360} 40% 60%)"/></svg>\n'
    )


def _head(item: Item, url: str, name: str) -> str:
    story = item.story
    changed = item.modified or item.published
    tags = f'<meta name="keywords" content="{escape(", ".join(story.tags))}">'
    meta = {
        "og:type": "article",
        "og:title": story.title,
        "og:description": story.standfirst,
        "og:url": url,
        "og:site_name": name,
        "og:image": f"{url[: url.index('/', 8)]}/img/{item.number}.svg",
        "article:published_time": item.published.isoformat(),
        "article:modified_time": changed.isoformat(),
        "article:section": story.section,
    }
    lines = [f'<meta property="{key}" content="{escape(text)}">' for key, text in meta.items()]
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": item.published.isoformat(),
        "dateModified": changed.isoformat(),
        "author": [{"@type": "Person", "name": story.reporter}],
        "articleSection": story.section,
        "inLanguage": story.language,
    }
    return "\n".join(
        (
            f'<link rel="canonical" href="{escape(url)}">',
            f'<meta name="description" content="{escape(story.standfirst)}">',
            tags,
            *lines,
            f'<script type="application/ld+json">{json.dumps(facts, ensure_ascii=False)}</script>',
        )
    )


def _times(item: Item, updated: str) -> str:
    language, published = item.story.language, item.published
    shown = show_date(published, language)
    text = f'<time datetime="{published.isoformat()}">{shown}</time>'
    if item.modified:
        text += f' <span class="updated">{updated}: {show_date(item.modified, language)}</span>'
    return text


def _notice(words: Mapping[str, Any], name: str) -> str:
    """Return the wire's standing text; a site of another name has none."""
    if name != words["agency"]:
        return ""
    link = f'<a href="/subscribe">{words["subscribe"]}</a>'
    return f'<p class="notice">{escape(words["notice"])} {link}</p>'


def _menu(words: Sequence[str]) -> str:
    points = "".join(f'<li><a href="/">{word}</a></li>' for word in words)
    return f"<nav><ul>{points}</ul></nav>"


def _share(words: Sequence[str]) -> str:
    buttons = "".join(f'<li><a href="#share">{word}</a></li>' for word in words)
    return f'<ul class="share">{buttons}</ul>'


def _summary(item: Item) -> str:
    # Whoever reads only the feed learns of a correction as well.
    correction = item.story.correction
    return f"{item.story.standfirst}. {correction}" if correction else f"{item.story.standfirst}."


def _rss_item(item: Item, url: str, origin: str) -> str:
    story = item.story
    return (
        f"<item>\n<title>{escape(story.title)}</title>\n<link>{escape(url)}</link>\n"
        f'<guid isPermaLink="false">{origin}/{item.number}</guid>\n'
        f"<description>{escape(_summary(item))}</description>\n"
        f"<category>{escape(story.section)}</category>\n"
        f"<dc:creator>{escape(story.reporter)}</dc:creator>\n"
        f"<pubDate>{format_datetime(item.published)}</pubDate>\n"
        f"<atom:updated>{(item.modified or item.published).isoformat()}</atom:updated>\n</item>\n"
    )


def _atom_entry(item: Item, url: str) -> str:
    story = item.story
    return (
        f"<entry>\n<title>{escape(story.title)}</title>\n<id>{escape(url)}</id>\n"
        f'<link href="{escape(url)}"/>\n<summary>{escape(_summary(item))}</summary>\n'
        f"<published>{item.published.isoformat()}</published>\n"
        f"<updated>{(item.modified or item.published).isoformat()}</updated>\n</entry>\n"
    )


def _sitemap(root: str, rows: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}</{root}>\n'
    )


def _sitemap_row(name: str, item: Item, url: str) -> str:
    story = item.story
    return (
        f"<url><loc>{escape(url)}</loc>"
        f"<lastmod>{(item.modified or item.published).isoformat()}</lastmod>"
        f"<news:news><news:publication><news:name>{escape(name)}</news:name>"
        f"<news:language>{story.language}</news:language></news:publication>"
        f"<news:publication_date>{item.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
    )
