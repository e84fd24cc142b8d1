"""A document and its items as JSON has them: what is empty is left out, a moment says why.

{"at": "2013-11-13T11:37:00+00:00", "precision": "minute", "text": "131137 GMT Nov 13",
 "zone": "text"}
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ingest.model import Moment


def as_json(value: object) -> Any:
    """Return a document, an item or any part of one as plain values."""
    if isinstance(value, Moment):
        return {
            "at": value.iso(),
            "precision": value.precision.value,
            "text": value.text,
            "zone": value.zone.value,
        }
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: as_json(getattr(value, one.name)) for one in fields(value)}
        return {name: found for name, found in shown.items() if found not in (None, "", [], False)}
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    return value.value if isinstance(value, Enum) else value
