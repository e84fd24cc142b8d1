"""What only a wire tells of an item, as consumers find it beside the article: plain JSON.

    guid, version, released, class, urgency, priority, signals, embargoed, expires
    ed_note       for editors, never for readers
    copyright, copyright_holder, usage_terms
    slugline, genres, subjects, keywords, dateline, located, places, headlines, service, sources
    renditions, associations, links, members      files of the item, and other items beside it

A name is there only where the item says something of it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from ingest.model import Moment

if TYPE_CHECKING:
    from ingest.wires.item import WireItem

_EMPTY: Final[tuple[object, ...]] = (None, "", (), [], {})
MAX_FACTS: Final = 200  # of one kind: a package may list thousands


def facts_of(item: WireItem) -> dict[str, Any]:
    """Return what a wire's item says besides its article."""
    found = {
        "guid": item.guid,
        "format": item.format,
        "version": item.version,
        "released": item.version_created,
        "class": item.item_class,
        "profile": item.profile,
        "urgency": item.urgency,
        "priority": item.priority,
        "signals": item.signals,
        "embargoed": item.embargoed,
        "expires": item.expires,
        "ed_note": "\n".join(item.notes),
        "copyright": item.copyright_notice,
        "copyright_holder": item.copyright_holder,
        "usage_terms": item.usage_terms,
        "slugline": item.slugline,
        "genres": item.genres,
        "subjects": item.subjects,
        "keywords": item.keywords,
        "headlines": item.headlines if len(item.headlines) > 1 else (),
        "by": item.by,
        "authors": [one for one in item.authors if one.role or one.code or one.title],
        "credit": item.credit,
        "dateline": item.dateline,
        "located": item.located,
        "places": item.places,
        "service": item.service,
        "provider": item.provider,
        "sources": item.sources,
        "direction": item.direction,
        "renditions": item.renditions,
        "associations": item.associations,
        "links": item.links,
        "members": item.members,
        "alt_ids": [{"role": role, "id": value} for role, value in item.alt_ids],
        "oddities": item.oddities,
    }
    return {name: _plain(value) for name, value in found.items() if value not in _EMPTY}


def _plain(value: Any) -> Any:
    """Return a value of the model as JSON has it; what is empty is left out."""
    if value is None or isinstance(value, str | int | float):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value[:MAX_FACTS]]
    if isinstance(value, Moment):
        return value.iso()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    parts = ((name, getattr(value, name)) for name in type(value).__slots__)
    return {name: _plain(part) for name, part in parts if part not in _EMPTY}
