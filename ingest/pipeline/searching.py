"""Articles find their way into the index of words, soon after they were published.

    publish ─▶ search_due ─▶ words folded here ─▶ search (tsvector, GIN)
      (under the change lock)   (in transactions of its own: no writer waits for it)

Whoever dies in between leaves the articles due; the next batch, `khabar article search` or upkeep
takes them up.
"""

from __future__ import annotations

from functools import cache
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
MAX_PLACE: Final = 16_383  # of a word: Postgres counts no further
MAX_BYTES: Final = 1_000_000  # of all words and their places


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
    """Return an article's words as a tsvector: headline A, standfirst B, names C, text D.

    A word stands there as often as the text has it; Postgres gathers its places, the first 256.
    """
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("A", [text.title or ""]),
        ("B", [text.standfirst or ""]),
        ("C", [text.place or "", *text.authors, *text.sections, *text.tags]),
        ("", [text.body]),
    )
    said = []
    place = 1
    for weight, lines in parts:
        words = search_words("\n".join(lines)[:MAX_LETTERS])
        said.append(_placed(words, place, weight))
        place += len(words) + 1  # no phrase begins in one part and ends in the next
    return _within(MAX_BYTES, "".join(said))


def _placed(words: list[str], first: int, weight: str) -> str:
    """Return words with their places, from the first on; past the last place each word once."""
    words = [word[:MAX_WORD] for word in words] if _is_long(words) else words
    ends = _ends(weight)[first - 1 : first - 1 + len(words)]
    late = dict.fromkeys(words[len(ends) :])
    told = ["'"] * (3 * len(ends))
    told[1::3] = words[: len(ends)]
    told[2::3] = ends
    return "".join(told) + "".join(f"'{word}':{MAX_PLACE}{weight} " for word in late)


def _is_long(words: list[str]) -> bool:
    return max(map(len, words), default=0) > MAX_WORD


@cache
def _ends(weight: str) -> list[str]:
    """Return what follows a word at each place."""
    return [f"':{place}{weight} " for place in range(1, MAX_PLACE + 1)]


def _within(most: int, said: str) -> str:
    """Return as many words as there is room for; Postgres refuses the article otherwise."""
    if len(said) * 4 <= most:
        return said
    return said.encode()[:most].rpartition(b" ")[0].decode()
