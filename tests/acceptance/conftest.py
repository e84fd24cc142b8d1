"""A home of its own for each run of the whole service."""

from __future__ import annotations

import pytest

from tests.acceptance.running import new_home


@pytest.fixture
def home():
    """A folder that root's servers can reach, short enough for a socket."""
    with new_home("acc") as folder:
        yield folder
