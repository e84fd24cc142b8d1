"""ninjs 3.1 as a JSON schema, written from the standard's list of properties.

An unknown property is an error at every level; of the document only `uri` is required.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

TEXT = {"type": "string", "minLength": 1}
URI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$"}
DATE_TIME = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+\-]\d\d:\d\d)$",
}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number", "minimum": 0, "maximum": 100}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


NAMED = {"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}
SAID = {"role": TEXT, "contentType": TEXT, "value": TEXT}
RENDITION = _object(
    ("name",),
    name=TEXT,
    href=URI,
    contentType=TEXT,
    title=TEXT,
    width=COUNT,
    height=COUNT,
    sizeInBytes=COUNT,
    duration={"type": "number", "minimum": 0},
    format=TEXT,
    poi=_object(x=COUNT, y=COUNT, width=COUNT, height=COUNT),
)
ITEM: dict[str, Any] = {
    "uri": URI,
    "type": {
        "enum": [
            "text",
            "audio",
            "video",
            "picture",
            "graphic",
            "composite",
            "component",
            "event",
            "planning",
        ]
    },
    "representationType": {"enum": ["full", "partial"]},
    "profile": TEXT,
    "version": TEXT,
    "firstCreated": DATE_TIME,
    "versionCreated": DATE_TIME,
    "contentCreated": DATE_TIME,
    "embargoedUntil": DATE_TIME,
    "pubStatus": {"enum": ["usable", "withheld", "canceled"]},
    "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
    "copyrightHolder": TEXT,
    "copyrightNotice": TEXT,
    "usageTerms": TEXT,
    "edNote": TEXT,
    "language": {"type": "string", "pattern": r"^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$"},
    "descriptions": _list(_object(("value",), **SAID)),
    "bodies": _list(_object(("value",), **SAID, charCount=COUNT, wordCount=COUNT)),
    "headlines": _list(_object(("value",), **SAID)),
    "people": _list(_object(**NAMED)),
    "organisations": _list(_object(**NAMED, symbols=_list(_object(**NAMED)))),
    "places": _list(_object(**NAMED, geoJSON={"type": "object"})),
    "subjects": _list(_object(**NAMED, creator=TEXT, relevance=NUMBER, confidence=NUMBER)),
    "events": _list(_object(**NAMED)),
    "objects": _list(_object(**NAMED)),
    "infoSources": _list(_object(**NAMED, role=TEXT)),
    "title": TEXT,
    "by": TEXT,
    "slugline": TEXT,
    "located": TEXT,
    "renditions": _list(RENDITION),
    "altIds": _list(_object(role=TEXT, value=TEXT)),
    "trustIndicators": _list(_object(role=TEXT, title=TEXT, href=URI)),
    "standard": _object(name=TEXT, version=TEXT, schema=URI),
    "genres": _list(_object(**NAMED)),
    "expires": DATE_TIME,
    "rightsInfo": _object(langId=TEXT, linkedRights=URI, encodedRights=TEXT),
    "digitalSourceType": _object(**NAMED),
}
ASSOCIATION = _object(("name", "uri"), **ITEM, name=TEXT, rel=TEXT)
ASSOCIATION["properties"]["associations"] = _list(
    _object(("name", "uri"), **ITEM, name=TEXT, rel=TEXT)
)
SCHEMA = _object(("uri",), **ITEM, associations=_list(ASSOCIATION))
_VALIDATOR = Draft202012Validator(SCHEMA)


def complaints_about(document: object) -> list[str]:
    """Return what the standard would say against a document."""
    return [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(document)]
