"""Texts for the tests of stories, of invented words so that nothing is shared by chance."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

from ingest.identity import MemoryStoryIndex, link_items
from ingest.model import Item, StoryLink

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_SYLLABLES = {
    "en": re.findall("..", "bakelominurasotivuwadenfogahijomenopusita"),
    "ar": re.findall("..", "باكرلومينوراسوتيفاوادنفلجرهنصلمرنببرسلطم"),
    "tr": re.findall("..", "bakölımınüraşotivuyadenfogahıçomenöpusiğa"),
    "zh": list("港口重新开放周一两艘船离岸风暴过后居民返回家园市长表示道路明日恢复供电学校停课"),
}


def prose(words: int, *, seed: int, language: str = "en") -> str:
    """Return so many words that no other seed's prose shares."""
    rng = random.Random(f"{language} {seed}")
    said = ("".join(rng.choices(_SYLLABLES[language], k=3)) for _ in range(words))
    if language == "zh":
        return "".join(said)
    return " ".join(said).capitalize() + "."


def item(body: str, *, id: str, source: str = "wire", hours: float = 0, dated: bool = True) -> Item:
    published = NOON + timedelta(hours=hours)
    return Item(
        id=id,
        source=source,
        language=None,
        title=body[:40],
        published=published if dated else None,
        body=body,
    )


def told(*bodies: str, sources: str | list[str] = "wire") -> list[StoryLink]:
    """Return how the texts are linked, one after the other; their ids are 0, 1, 2."""
    names = [sources] * len(bodies) if isinstance(sources, str) else sources
    index = MemoryStoryIndex()
    links: list[StoryLink] = []
    for at, (body, source) in enumerate(zip(bodies, names, strict=True)):
        links += link_items([item(body, id=str(at), source=source)], index, arrived=NOON)
    return links


def stories(links: list[StoryLink]) -> list[str]:
    """Return the label of each item's story after all merges."""
    into: dict[str, str] = {}
    for link in links:
        into.update(dict.fromkeys(link.merges, link.story))

    def last(story: str) -> str:
        while story in into:
            story = into[story]
        return story

    return [last(link.story) for link in links]
