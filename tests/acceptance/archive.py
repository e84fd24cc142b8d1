"""An agency with an archive: a sitemap index, months, pages that misbehave by plan.

Of each eleven pages one is cut short first, one is reset, one drips; one gives no article, one is
gone. What a backfill makes of it is the same however often it was killed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.agency import feed, html, page
from tests.web import Answer, Host, Web, gzipped

SECTION = b"<html><h1>Section</h1><ul><li><a href=/>Home</a></li></ul></html>"


class Archive:
    """One agency; its November has so many pages, its September ten; `pause` seconds in a drip."""

    def __init__(self, web: Web, count: int, *, pause: float = 0.05) -> None:
        self.site: Host = web.new_host()
        self.count = count
        self._pause = pause
        november = [self._add(number) for number in range(1, count + 1)]
        september = [self.site.url(f"/2025/09/{day:02}/old") for day in range(1, 11)]
        half = count // 2
        self._sitemap("/posts-2025-11-1.xml", november[:half])
        self.site.on("/posts-2025-11-2.xml.gz", Answer(gzipped(_urlset(november[half:]))))
        self._sitemap("/posts-2025-09.xml", september)
        names = ("posts-2025-11-1.xml", "posts-2025-11-2.xml.gz", "posts-2025-09.xml")
        rows = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in names)
        index = f"<sitemapindex>{rows}</sitemapindex>".encode()
        self.site.on("/index.xml", Answer(status=503), Answer(index))
        self.site.on("/robots.txt", Answer(b"Sitemap: /index.xml\n"))
        self.feed = self.site.on("/feed", feed([]))

    def _add(self, number: int) -> str:
        path = f"/2025/11/{number % 30 + 1:02}/item-{number}"
        whole = html(page(number))
        answers = {
            1: [Answer(whole.body, cut_after=100), whole],
            2: [Answer(ending="reset"), whole],
            3: [Answer(whole.body, headers=whole.headers, pieces=5, pause=self._pause)],
            4: [html(SECTION)],
            5: [Answer(status=404)],
        }.get(number % 11, [whole])
        self.site.on(path, *answers)
        return self.site.url(path)

    def _sitemap(self, path: str, urls: list[str]) -> None:
        self.site.on(path, Answer(_urlset(urls)))

    @property
    def articles(self) -> set[str]:
        """The addresses that lead to an article in the end."""
        return {
            self.site.url(f"/2025/11/{number % 30 + 1:02}/item-{number}")
            for number in range(1, self.count + 1)
            if number % 11 not in (4, 5)
        }

    def asked_pages(self) -> list[str]:
        """Return the paths of the pages asked for so far, each as often as it was."""
        return [one.path for one in self.site.requests if one.path.startswith("/2025/11/")]

    def count_of(self, rest: int) -> int:
        """Return how many pages have this rest when their number is divided by eleven."""
        return sum(number % 11 == rest for number in range(1, self.count + 1))


def _urlset(urls: list[str]) -> bytes:
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f"<urlset>{rows}</urlset>".encode()


def faults_of(rows: list[dict[str, Any]], archive: Archive) -> dict[str, list[str]]:
    """Return what is wrong with what consumers see; empty lists when nothing is."""
    new = Counter(row["url"] for row in rows if row["kind"] == "new")
    return {
        "lost": sorted(archive.articles - set(new)),
        "phantom": sorted(set(new) - archive.articles),
        "twice": sorted(url for url, count in new.items() if count > 1),
        "not new": sorted(row["url"] for row in rows if row["kind"] != "new"),
        "cause": sorted({row["cause"] for row in rows} - {"backfill"}),
        "incomplete": sorted(row["url"] for row in rows if len(row["body"].splitlines()) != 5),
    }
