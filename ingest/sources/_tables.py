"""The table of agencies, as docs/agencies.md shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.model import Source, SourceKind, WireService
from ingest.sources._known import is_followed, sources

if TYPE_CHECKING:
    from ingest.model import Feed


def agency_table() -> str:
    """Return every declared agency and feed as a Markdown table, ordered by slug."""
    rows = [
        "| agency | feed | language | evidence | followed | note |",
        "|---|---|---|---|---|---|",
    ]
    for source in sources():
        name = f"**{source.name}** `{source.slug}`"
        for number, feed in enumerate(source.feeds):
            rows.append(_row(source, feed, name if number == 0 else ""))
    return "\n".join(rows) + "\n"


def _row(source: Source, feed: Feed, name: str) -> str:
    followed = "yes" if is_followed(feed) else "when resumed"
    if source.kind is SourceKind.BRIDGE:
        followed = "with KHABAR_BRIDGE_URL"
    if isinstance(source.wire, WireService):
        followed = f"with KHABAR_{source.wire.credentials}_USER"
    cells = (
        name,
        f"`{feed.url}`",
        feed.language or "",
        feed.evidence.value,
        followed,
        feed.note.replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"
