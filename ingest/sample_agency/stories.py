"""Invented news, the same for the same seed: sentences from texts/*.toml, put together by dice.

The dice are a digest of a name, not a generator with a state: what one sentence becomes does
not depend on how many were asked for before it, nor on Python's version.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LANGUAGES = ("ar", "tr", "en")
_WORDINGS = re.compile(r"\[([^\[\]]*)\]")
_RANGES = {  # lowest, how many, step
    "small": (11, 89, 1),
    "few": (11, 23, 1),
    "age": (45, 40, 1),
    "hundreds": (100, 9, 100),
    "percent": (11, 28, 1),
    "ago": (1988, 30, 1),
}
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws that are settled by their name."""

    name: str

    def number(self, what: str, below: int) -> int:
        """Return a number from 0 to `below` - 1."""
        digest = blake2b(f"{self.name}/{what}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % below

    def pick(self, what: str, options: Sequence[str]) -> str:
        """Return one of several."""
        return options[self.number(what, len(options))]

    def order(self, what: str, options: Sequence[str]) -> list[str]:
        """Return all of them, shuffled."""
        return sorted(options, key=lambda option: self.number(f"{what}/{option}", 1 << 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A piece of news as its desk wrote it.

    Attributes:
        place: of the dateline, as it stands in the language.
        paragraphs: of the body, without the dateline.
        correction: a sentence on what was changed; None in a first version.
    """

    language: str
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    section: str
    tags: tuple[str, ...]
    place: str
    reporter: str
    caption: str
    correction: str | None = None


@cache
def texts(language: str) -> dict[str, Any]:
    """Return what the agency knows to say in a language."""
    return tomllib.loads(
        files(__package__).joinpath("texts", f"{language}.toml").read_text("utf-8")
    )


def write_story(language: str, dice: Dice, on: datetime, *, corrected: bool = False) -> Story:
    """Return the story that the dice tell.

    Args:
        language: one of LANGUAGES.
        dice: named for the story; the same dice write the same text.
        on: when it is published, in the agency's zone; names the weekday.
        corrected: the second version, with another figure and a note on it.
    """
    words = texts(language)
    kinds = words["kinds"]
    kind = kinds[dice.number("kind", len(kinds))]
    place, other = dice.order("place", words["places"])[:2]
    wrong = _figure(kind, dice, words["thousands"])
    figure = _figure(kind, dice, words["thousands"], off=3 + dice.number("off", 7))
    slots = {
        "place": place,
        "other": other,
        "day": words["weekdays"][on.weekday()],
        "figure": figure if corrected else wrong,
        "wrong": wrong,
    }
    desk = Desk(dice, slots, (words["given_names"], words["family_names"]))
    event = dice.number("event", len(kind["titles"]))  # a title and its lead tell of the same
    return Story(
        language=language,
        title=desk.write("story", kind["titles"][event]),
        standfirst=desk.write("story", dice.pick("standfirst", kind["standfirsts"])),
        paragraphs=(
            desk.write("story", kind["leads"][event]),
            *_further_paragraphs(desk, kind, words),
        ),
        section=kind["section"],
        tags=(*dice.order("tag", kind["tags"])[:2], place),
        place=place,
        reporter=dice.pick("reporter", words["reporters"]),
        caption=desk.write("caption", words["caption"]),
        correction=desk.write("correction", words["correction"]) if corrected else None,
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """Settles wordings and fills slots.

    Attributes:
        dice: of the story.
        slots: what holds throughout the story; other slots are filled where they stand.
        names: given and family names for people in the news.
    """

    dice: Dice
    slots: dict[str, str]
    names: tuple[Sequence[str], Sequence[str]] = ((), ())

    def write(self, about: str, sentence: str) -> str:
        """Return a sentence; `about` names the numbers it shares with others of that name."""

        def choose(found: re.Match[str]) -> str:
            return self.dice.pick(f"{about}/{sentence}/{found.start()}", found[1].split("|"))

        def fill(found: re.Match[str]) -> str:
            own = about if about == "story" else f"{about}/{found.start()}"
            return self.slots.get(found[1]) or self._slot(own, found[1])

        text = _SLOT.sub(fill, _WORDINGS.sub(choose, sentence))
        return text[:1].upper() + text[1:]

    def _slot(self, about: str, name: str) -> str:
        number = self.dice.number(f"{about}/{name}", 1 << 32)
        if name in _RANGES:
            low, count, step = _RANGES[name]
            return str(low + number % count * step)
        if name == "person":
            first, last = self.names
            return f"{first[number % len(first)]} {last[number // 97 % len(last)]}"
        raise ValueError(name)


def _figure(kind: dict[str, Any], dice: Dice, mark: str, off: int = 0) -> str:
    low, high, step = kind["figure"]
    number = low + dice.number("figure", (high - low) // step) * step + off * step
    return f"{number:,}".replace(",", mark)


def _further_paragraphs(desk: Desk, kind: dict[str, Any], words: dict[str, Any]) -> tuple[str, ...]:
    dice = desk.dice

    def several(what: str, sentences: Sequence[str]) -> list[str]:
        ordered = dice.order(what, sentences)
        return [desk.write(f"{what}{number}", text) for number, text in enumerate(ordered)]

    details = several("detail", kind["details"])
    closer = several("closer", words["closer"])
    background = several("background", words["background"])
    closing = desk.write("closing", dice.pick("closing", words["closings"]))
    return (
        f"{details[0]} {details[1]}",
        desk.write("quote", dice.pick("quote", kind["quotes"])),
        closer[0],
        f"{background[0]} {closer[1]}",
        *closer[2 : 3 + dice.number("long", 2)],
        closing,
    )
