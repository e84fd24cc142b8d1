"""Whether a stored text and the one its page shows now differ by our doing alone.

    learnt since     the source's boilerplate: left out of the stored text, too, they are the same
    upgraded since   the extractor: the bytes of the last fetch say the same to the present one

Then the agency corrected nothing, and nothing is told; `khabar reprocess` brings the stored text up
to date, and says that it was us.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.errors import ExtractError
from ingest.extract import extract_article
from ingest.extract.parts import join_parts
from ingest.extract.recurring import leave_out
from ingest.identity.revisions import Text, is_same_text
from ingest.storage import page as pages

if TYPE_CHECKING:
    from ingest.model import Article
    from ingest.pipeline.outcomes import PageOutcome
    from ingest.storage.article import CurrentRevision
    from ingest.storage.queries import Connection


def is_our_doing(
    connection: Connection, current: CurrentRevision, outcome: PageOutcome, new: Article
) -> bool:
    """Return whether only our own reading makes a page's new text another than the stored one."""
    stored = current.article
    if stored is None or outcome.dispatch is not None:
        return False
    is_upgraded = stored.engine != new.engine
    if not is_upgraded and not outcome.boilerplate:
        return False
    if is_upgraded:
        again = _read_again(connection, outcome)
        # What a page leaves out, its announcement told when it was stored.
        stored = stored if again is None else replace(again, title=again.title or stored.title)
    before = leave_out(stored, outcome.boilerplate)
    return before is not None and is_same_text(Text.of(before), Text.of(new))


def _read_again(connection: Connection, outcome: PageOutcome) -> Article | None:
    """Return what the page's last fetch says to the present extractor; None if nothing."""
    newest = pages.newest_raw(connection, outcome.page.id)
    if newest is None:
        return None
    fetch = (newest.page_id, newest.fetched_at)
    try:
        parts = [
            extract_article(
                part.body,
                url=part.final_url,
                content_type=part.content_type,
                source=outcome.source,
                now=part.fetched_at,
            )
            for part in pages.archived_pages(connection, [fetch])[fetch]
        ]
    except ExtractError:
        return None
    return join_parts(parts)
