"""Scripts out of a page's text before it is parsed.

They are half of a news page. Cutting them by searching for their tags is many times faster than
parsing them, and what a script holds (JSON-LD, a framework's data) is read as text anyway.
Whatever is not plainly a script, one inside a comment or a tag, say, is left to the parser.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COMMENT = "<!--"
_START, _END = "<script", "</script"  # a script in capitals is left to the parser
_OTHER_ENDS = ("</SCRIPT", "</Script")
_LONGEST_TAG = 4_096
_AFTER_NAME = frozenset("> \n\t\r\f/")
_TYPE = re.compile(r"\stype\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)


class Script(NamedTuple):
    """A script element: its type in lower case, and what is in it."""

    kind: str
    text: str


def cut_scripts(text: str) -> tuple[str, tuple[Script, ...]]:
    """Return the text without its scripts, and these in order."""
    cutting = _Cutting(text)
    while cutting.step():
        pass
    if not cutting.kept:
        return text, ()
    return "".join([*cutting.kept, text[cutting.start :]]), tuple(cutting.scripts)


class _Cutting:
    """The state of one way through a text.

    Attributes:
        kept: what stands between the elements cut so far.
        start: where what is kept next begins.
        at: what is before it has been read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.kept: list[str] = []
        self.scripts: list[Script] = []
        self.start = self.at = 0
        self.comment, self.script = text.find(_COMMENT), text.find(_START)

    def step(self) -> bool:
        """Go past the next comment or script; False where there is none, or it has no end."""
        if 0 <= self.script < self.at:
            self.script = self.text.find(_START, self.at)
        place = self.script
        if place < 0:
            return False
        if 0 <= self.comment < self.at:
            self.comment = self.text.find(_COMMENT, self.at)
        if 0 <= self.comment < place:
            self.at = self._end_of_comment(self.comment)
            return self.at >= 0
        return self._cut(place)

    def _end_of_comment(self, start: int) -> int:
        for short in ("<!-->", "<!--->"):
            if self.text.startswith(short, start):
                return start + len(short)
        end = self.text.find("-->", start + 4)
        return end + 3 if end >= 0 else -1

    def _cut(self, start: int) -> bool:
        """Cut a script, unless it is none or only a parser can tell its end."""
        text = self.text
        self.at = after = start + len(_START)
        if text[after : after + 1] not in _AFTER_NAME or self._is_within_tag(start):
            return True
        end = text.find(_END, after)
        close, last = text.find(">", after), text.find(">", end)
        if min(end, close, last) < 0:
            return False
        self.at = end
        inside = text[close + 1 : end]
        if close > end or _is_doubtful(inside):
            return True
        kind = _TYPE.search(text, after - 1, close)
        self.scripts.append(Script(kind[1].lower() if kind else "", inside))
        self.kept.append(text[self.start : start])
        self.start = self.at = last + 1
        return True

    def _is_within_tag(self, start: int) -> bool:
        back = max(0, start - _LONGEST_TAG)
        return self.text.rfind("<", back, start) > self.text.rfind(">", back, start)


def _is_doubtful(inside: str) -> bool:
    """Tell whether a script may end elsewhere: in capitals, or after a script in its comment."""
    if _COMMENT in inside and _START in inside:
        return True
    return any(end in inside for end in _OTHER_ENDS)
