"""Articles find their way into the index of words, soon after they were published.

    publish ─▶ search_due ─▶ words folded here ─▶ search (tsvector, GIN)
      (under the change lock)   (in transactions of its own: no writer waits for it)

Whoever dies in between leaves the articles due; the next batch, `khabar article search` or upkeep
takes them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.storage import search
from ingest.text import search_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.storage.database import Database
    from ingest.storage.search import DueText

BATCH: Final = 100
MAX_LETTERS: Final = 100_000  # of a text; what comes later is not found
MAX_WORD: Final = 200  # letters; Postgres takes 2,046 bytes
MAX_PLACE: Final = 16_383  # of a word: Postgres counts no further …
MAX_PLACES: Final = 255  # … and keeps no more of one word


def index_texts(database: Database, *, most: int = 100_000) -> int:
    """Index the articles that are due, batch by batch; return how many."""
    done = 0
    while done < most:
        with database.connection() as connection:
            texts = search.take_due_texts(connection, most=min(BATCH, most - done))
            search.store_words(connection, {text.article_id: words_of(text) for text in texts})
        done += len(texts)
        if len(texts) < BATCH:
            break
    return done


def words_of(text: DueText) -> str:
    """Return an article's words as a tsvector: headline A, standfirst B, names C, text D."""
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("A", [text.title or ""]),
        ("B", [text.standfirst or ""]),
        ("C", [text.place or "", *text.authors, *text.sections, *text.tags]),
        ("", [text.body]),
    )
    places: dict[str, list[str]] = {}
    place = 0
    for weight, lines in parts:
        for word in search_words("\n".join(lines)[:MAX_LETTERS]):
            place = min(place + 1, MAX_PLACE)
            held = places.setdefault(word[:MAX_WORD], [])
            if len(held) < MAX_PLACES:
                held.append(f"{place}{weight}")
        place = min(place + 1, MAX_PLACE)  # no phrase begins in one part and ends in the next
    return " ".join(f"'{word}':{','.join(held)}" for word, held in places.items())
