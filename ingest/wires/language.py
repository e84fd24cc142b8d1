"""Language tags as wires write them: `FR`, `nl_nl`, `en-US`; `x-default` names none."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?((?:[-_]\w{2,8})*)"
)


def language_tag(text: str | None) -> str | None:
    """Return a tag in the usual spelling of BCP 47; None for what is none."""
    found = _TAG.fullmatch((text or "").strip())
    if found is None:
        return None
    parts = [found[1].lower()]
    parts += [found[2].title()] if found[2] else []
    parts += [found[3].upper()] if found[3] else []
    return "-".join(parts) + found[4].replace("_", "-")
