"""A home of its own for each run of the whole service."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def home():
    """A folder that root's servers can reach, short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-acc-"))
    folder.chmod(0o711)
    (folder / "home").mkdir(mode=0o711)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)
