"""What items are about: codes with their schemes, and the IPTC media topic they stand for.

medtop:20000002   http://cv.iptc.org/newscodes/mediatopic/20000002 ── a media topic
subj:01001000     http://cv.iptc.org/newscodes/subjectcode/01001000 ── its media topic
AAcat:SPO ──────────────────────────────────────────────────────────── the agency's own
"""

from __future__ import annotations

import re
from typing import Final

_NEWSCODES: Final = re.compile(
    r"https?://(?:cv|www)\.iptc\.org/newscodes/([a-z0-9]+)/(.+)", re.IGNORECASE
)
_QCODE: Final = re.compile(r"([A-Za-z][\w.-]{0,60}):(\S.*)")
_NO_QCODE: Final = ("http:", "https:", "urn:", "tag:", "mailto:", "info:")
_ALIASES: Final = {"mediatopic": "medtop", "subjectcode": "subj"}
_NAMES_OF_NEWSCODES: Final = {"medtop": "mediatopic", "subj": "subjectcode"}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_TOPIC: Final = re.compile(r"\d{8}")
# The seventeen subjects of the older subject codes kept their numbers as media topics; what is
# below them did not, so a code maps to the broadest topic only.
_SUBJECTS: Final = frozenset(f"{number:02}" for number in range(1, 18))


def split_code(code: str | None, scheme: str | None = None) -> tuple[str | None, str | None]:
    """Return the scheme and the local part of a code, a qcode or a URI of NewsCodes."""
    if not code:
        return scheme, None
    if found := _NEWSCODES.fullmatch(code):
        name = found[1].lower()
        return _ALIASES.get(name, name), found[2]
    if scheme is not None:
        named = _NEWSCODES.match(f"{scheme.rstrip('/')}/x")
        if named:
            name = named[1].lower()
            return _ALIASES.get(name, name), code
        return scheme, code
    if not code.startswith(_NO_QCODE) and (found := _QCODE.fullmatch(code)):
        return found[1], found[2]
    return None, code


def topic_of(scheme: str | None, code: str | None) -> str | None:
    """Return the media topic that a code is, or is known to stand for."""
    if code is None or scheme is None or not _TOPIC.fullmatch(code):
        return None
    lowered = scheme.lower()
    if lowered == "medtop" or "mediatopic" in lowered:  # also within a topic set's URN
        return code
    if lowered in ("subj", "iptc", "iptcsubject") or "subjectcode" in lowered:
        return f"{code[:2]}000000" if code[:2] in _SUBJECTS else None
    return None


def code_uri(scheme: str | None, code: str | None) -> tuple[str | None, str | None]:
    """Return a code as a URI where it has one, else as a literal; None for what it is not."""
    if code is None:
        return None, None
    if is_uri(code):
        return code, None
    name = _NAMES_OF_NEWSCODES.get(scheme or "")
    if name:
        return f"http://cv.iptc.org/newscodes/{name}/{code}", None
    if scheme and scheme.startswith(("http://", "https://")):
        return f"{scheme.rstrip('/')}/{code}", None
    return None, f"{scheme}:{code}" if scheme else code


def is_uri(text: str) -> bool:
    """Tell whether a text is an absolute URI of plain letters."""
    return _URI.fullmatch(text) is not None
