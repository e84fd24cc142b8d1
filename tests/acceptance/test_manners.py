"""Every rule that docs/manners.md promises, before the whole service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.manners import RULES, Trial
from tests.web import Web

DOCS = Path(__file__).parents[2] / "docs" / "manners.md"


@pytest.mark.xdist_group("acceptance")
def test_nobody_is_annoyed(home):
    with Web() as web:
        verdicts = Trial(web).hear(home)

    assert {name: said for name, said in verdicts.items() if said} == {}


def test_what_is_promised_is_tried_and_what_is_tried_is_promised():
    promised = re.findall(r"\| `([a-z0-9-]+)` \|$", DOCS.read_text("utf-8"), re.MULTILINE)

    assert sorted(promised) == sorted(RULES)
