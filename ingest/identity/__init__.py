"""The same URL, the same text, the same story: decisions without I/O.

    entries.py     which announcement is which
    articles.py    which article a page is
    revisions.py   whether a text is new, and what is new about it

    letters.py ─▶ shingles.py ─▶ compare.py ─▶ stories.py    which articles tell one story
                                                memory.py     an index for that, in memory
                                                originals.py  with which it began, and why

Nothing here asks a clock, a network or a database; what is known comes in as arguments.
"""

from ingest.identity.articles import (
    ArticleKeys,
    agency_key,
    article_keys,
    believable_canonical,
    confirms_twin,
)
from ingest.identity.entries import announcement_digest, entry_identity
from ingest.identity.memory import ArrivalClock, MemoryStoryIndex
from ingest.identity.originals import Original, Telling, likely_original
from ingest.identity.revisions import (
    RECENT_TEXTS,
    Text,
    is_flapping,
    is_restless,
    is_same_text,
    text_digest,
    what_changed,
)
from ingest.identity.shingles import Sketch, sketch
from ingest.identity.stories import POSTINGS, WINDOW, Known, Posting, StoryIndex, link_items

__all__ = [
    "POSTINGS",
    "RECENT_TEXTS",
    "WINDOW",
    "ArrivalClock",
    "ArticleKeys",
    "Known",
    "MemoryStoryIndex",
    "Original",
    "Posting",
    "Sketch",
    "StoryIndex",
    "Telling",
    "Text",
    "agency_key",
    "announcement_digest",
    "article_keys",
    "believable_canonical",
    "confirms_twin",
    "entry_identity",
    "is_flapping",
    "is_restless",
    "is_same_text",
    "likely_original",
    "link_items",
    "sketch",
    "text_digest",
    "what_changed",
]
